package io.exchequer.billing.budget;

import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetAdministration;
import io.exchequer.billing.BudgetBalance;
import io.exchequer.billing.BudgetDraft;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import jakarta.persistence.EntityManager;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Budgets by JPA; their balances by the database's own functions.
 */
@Service
@Transactional
class TransactionalBudgetAdministration implements BudgetAdministration {

	private static final long MICROS_PER_SECOND = 1_000_000;

	private final BudgetRepository budgets;

	private final EntityManager entities;

	private final JdbcClient jdbc;

	private final Clock clock;

	private final Uuid7 ids;

	TransactionalBudgetAdministration(BudgetRepository budgets, EntityManager entities, JdbcClient jdbc, Clock clock) {
		this.budgets = budgets;
		this.entities = entities;
		this.jdbc = jdbc;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	@Override
	@Transactional(readOnly = true)
	public List<BudgetBalance> list(TenantId tenant) {
		return this.budgets.findByKeyTenantIdOrderByName(tenant.value()).stream().map(this::balance).toList();
	}

	@Override
	@Transactional(readOnly = true)
	public List<BudgetBalance> page(Collection<TenantId> tenants, UUID after, int limit) {
		return this.budgets.page(uuids(tenants), after, Limit.of(limit)).stream().map(this::balance).toList();
	}

	@Override
	@Transactional(readOnly = true)
	public Optional<BudgetBalance> find(Collection<TenantId> tenants, UUID id) {
		return this.budgets.findIn(uuids(tenants), id).map(this::balance);
	}

	private static List<UUID> uuids(Collection<TenantId> tenants) {
		return tenants.stream().map(TenantId::value).toList();
	}

	@Override
	@Transactional(readOnly = true)
	public Optional<BudgetBalance> find(TenantId tenant, UUID id) {
		return this.budgets.findById(new BudgetEntity.Key(tenant.value(), id)).map(this::balance);
	}

	@Override
	@Transactional(readOnly = true)
	public Optional<BudgetBalance> findByName(TenantId tenant, String name) {
		return this.budgets.findByKeyTenantIdAndName(tenant.value(), name).map(this::balance);
	}

	private BudgetBalance balance(BudgetEntity entity) {
		return balance(entity.toBudget());
	}

	private BudgetBalance balance(Budget budget) {
		BudgetWindow.Period period = budget.period(this.clock.instant());
		return this.jdbc.sql("""
				SELECT settled, held FROM balance
				WHERE tenant_id = ? AND budget_id = ? AND window_start = instant_of(?)""")
			.params(budget.tenant().value(), budget.id(), micros(period.start()))
			.query((row, n) -> new BudgetBalance(budget, period, row.getBigDecimal(1), row.getBigDecimal(2)))
			.optional()
			.orElseGet(() -> new BudgetBalance(budget, period, BigDecimal.ZERO, BigDecimal.ZERO));
	}

	@Override
	public BudgetBalance create(TenantId tenant, BudgetDraft draft) {
		Budget budget = BudgetRules.budget(tenant, this.ids.next(), draft);
		stopMoney(tenant);
		requireNameFree(budget);
		this.budgets.saveAndFlush(new BudgetEntity(budget, this.clock.instant()));
		open(budget);
		return balance(budget);
	}

	@Override
	public BudgetBalance update(TenantId tenant, UUID id, BudgetDraft draft) {
		Budget wanted = BudgetRules.budget(tenant, id, draft);
		BudgetEntity entity = locked(tenant, id);
		write(entity, wanted);
		return balance(wanted);
	}

	@Override
	public Budget lock(TenantId tenant, UUID id) {
		return locked(tenant, id).toBudget();
	}

	/** What the transaction read before it had the lock is read again. */
	private BudgetEntity locked(TenantId tenant, UUID id) {
		stopMoney(tenant);
		BudgetEntity.Key key = new BudgetEntity.Key(tenant.value(), id);
		this.budgets.findById(key).ifPresent(this.entities::detach);
		return this.budgets.findById(key).orElseThrow(() -> new NotFoundProblem("budget", id.toString()));
	}

	@Override
	public Change put(TenantId tenant, BudgetDraft draft) {
		Optional<BudgetEntity> present = this.budgets.findByKeyTenantIdAndName(tenant.value(), draft.name());
		Change change = change(tenant, present, draft);
		switch (change) {
			case CREATED -> create(tenant, draft);
			case UPDATED -> update(tenant, present.orElseThrow().toBudget().id(), draft);
			case UNCHANGED -> {
			}
		}
		return change;
	}

	@Override
	@Transactional(readOnly = true)
	public Change plan(TenantId tenant, BudgetDraft draft) {
		return change(tenant, this.budgets.findByKeyTenantIdAndName(tenant.value(), draft.name()), draft);
	}

	private Change change(TenantId tenant, Optional<BudgetEntity> present, BudgetDraft draft) {
		Budget before = present.map(BudgetEntity::toBudget).orElse(null);
		Budget wanted = BudgetRules.budget(tenant, (before != null) ? before.id() : this.ids.next(), draft);
		if (before == null) {
			return Change.CREATED;
		}
		if (same(before, wanted)) {
			return Change.UNCHANGED;
		}
		requireSameCurrency(before, wanted);
		return Change.UPDATED;
	}

	private void write(BudgetEntity entity, Budget wanted) {
		Budget before = entity.toBudget();
		if (same(before, wanted)) {
			return;
		}
		requireSameCurrency(before, wanted);
		if (!before.name().equals(wanted.name())) {
			requireNameFree(wanted);
		}
		entity.write(wanted, this.clock.instant());
		this.budgets.saveAndFlush(entity);
		if (!before.scope().equals(wanted.scope()) || !before.window().equals(wanted.window())
				|| !before.zone().equals(wanted.zone())) {
			open(wanted);
		}
	}

	private static void requireSameCurrency(Budget before, Budget wanted) {
		if (!before.currency().equals(wanted.currency())) {
			throw new ConflictProblem("currency_fixed", "Budget \"" + before.name() + "\" counts " + before.currency()
					+ ", which cannot change: make another budget instead.");
		}
	}

	/** Scales do not matter. */
	private static boolean same(Budget one, Budget other) {
		return withoutLimits(one).equals(withoutLimits(other)) && same(one.hardLimitNanos(), other.hardLimitNanos())
				&& same(one.softLimitNanos(), other.softLimitNanos());
	}

	private static Budget withoutLimits(Budget budget) {
		return new Budget(budget.tenant(), budget.id(), budget.name(), budget.scope(), budget.window(), budget.zone(),
				budget.currency(), null, null);
	}

	private static boolean same(@Nullable BigDecimal one, @Nullable BigDecimal other) {
		return (one != null && other != null) ? one.compareTo(other) == 0 : Objects.equals(one, other);
	}

	@Override
	public void delete(TenantId tenant, UUID id) {
		BudgetEntity entity = locked(tenant, id);
		this.budgets.delete(entity);
		this.budgets.flush();
		this.jdbc.sql("SELECT close_budget(?, ?)").params(tenant.value(), id).query((row) -> {
		});
	}

	private void requireNameFree(Budget budget) {
		this.budgets.findByKeyTenantIdAndName(budget.tenant().value(), budget.name()).ifPresent((other) -> {
			throw new ConflictProblem("name_taken",
					"The tenant has a budget \"" + budget.name() + "\" already: choose another name.");
		});
	}

	@Override
	public void stopMoney(Collection<TenantId> tenants) {
		this.jdbc.sql("""
				SELECT pg_advisory_xact_lock(tenant_lock(t.id))
				FROM (SELECT DISTINCT unnest(?) ORDER BY 1) t(id)""")
			.param(tenants.stream().map(TenantId::value).toArray(UUID[]::new))
			.query((row) -> {
			});
		// What was read while somebody else could still change it is read anew.
		this.entities.flush();
		this.entities.clear();
	}

	/** Waits until nothing of the tenant's money moves, and keeps it so. */
	private void stopMoney(TenantId tenant) {
		this.jdbc.sql("SELECT pg_advisory_xact_lock(tenant_lock(?))").param(tenant.value()).query((row) -> {
		});
	}

	private void open(Budget budget) {
		BudgetWindow.Period now = budget.period(this.clock.instant());
		List<BudgetWindow.Period> periods = new ArrayList<>(List.of(now));
		Instant end = now.end();
		if (end != null) {
			periods.add(budget.period(now.start().minusNanos(1)));
			periods.add(budget.period(end));
		}
		this.jdbc.sql("SELECT open_budget(?, ?, ?, ?)")
			.params(budget.tenant().value(), budget.id(),
					periods.stream().map((period) -> micros(period.start())).toArray(Long[]::new),
					periods.stream().map((period) -> endMicros(period)).toArray(Long[]::new))
			.query((row) -> {
			});
	}

	@SuppressWarnings("NullAway") // the database takes null for no end
	private static Long endMicros(BudgetWindow.Period period) {
		Instant end = period.end();
		return (end != null) ? micros(end) : null;
	}

	private static long micros(Instant at) {
		return Math.multiplyExact(at.getEpochSecond(), MICROS_PER_SECOND) + at.getNano() / 1_000;
	}

}
