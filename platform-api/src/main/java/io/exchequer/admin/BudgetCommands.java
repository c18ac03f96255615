package io.exchequer.admin;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import io.exchequer.admin.BudgetEntry.ScopeEntry;
import io.exchequer.admin.Changes.Subject;
import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetAdministration;
import io.exchequer.billing.BudgetBalance;
import io.exchequer.billing.BudgetDraft;
import io.exchequer.billing.BudgetScope;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.Model;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Changes budgets, and records it. Each joins the caller's transaction.
 */
@Component
class BudgetCommands {

	private final BudgetAdministration budgets;

	private final RegistryAdministration registry;

	private final References references;

	private final ScopeNames names;

	private final Changes changes;

	BudgetCommands(BudgetAdministration budgets, RegistryAdministration registry, References references,
			ScopeNames names, Changes changes) {
		this.budgets = budgets;
		this.registry = registry;
		this.references = references;
		this.names = names;
		this.changes = changes;
	}

	Change<Budget> put(TenantId tenant, BudgetEntry entry, Put put) {
		BudgetDraft draft = draft(tenant, entry);
		BudgetBalance before = this.budgets.findByName(tenant, entry.name()).orElse(null);
		if (before == null || put == Put.CREATE) {
			return recorded(Change.created(this.budgets.create(tenant, draft).budget()));
		}
		if (this.budgets.plan(tenant, draft) == BudgetAdministration.Change.UNCHANGED) {
			return Change.unchanged(before.budget());
		}
		return change(tenant, before.budget().id(), draft);
	}

	/** Says what putting a budget would do. No call of the tenant waits for it. */
	Change.Kind plan(TenantId tenant, BudgetEntry entry) {
		return switch (this.budgets.plan(tenant, draft(tenant, entry))) {
			case CREATED -> Change.Kind.CREATED;
			case UPDATED -> Change.Kind.UPDATED;
			case UNCHANGED -> Change.Kind.UNCHANGED;
		};
	}

	/**
	 * Returns whether putting these budgets would change anything, as far as can be told
	 * while what they stand above may not be there yet.
	 */
	boolean wouldChange(TenantId tenant, List<BudgetEntry> entries) {
		return entries.stream().anyMatch((entry) -> {
			try {
				return plan(tenant, entry) != Change.Kind.UNCHANGED;
			}
			catch (ValidationProblem | ConflictProblem problem) {
				return true; // told where the budget is put
			}
		});
	}

	/** Stops the money of tenants whose budgets are going to change. */
	void stopMoney(Collection<TenantId> tenants) {
		this.budgets.stopMoney(tenants);
	}

	Change<Budget> update(TenantId tenant, UUID id, BudgetEntry entry) {
		return change(tenant, id, draft(tenant, entry));
	}

	private Change<Budget> change(TenantId tenant, UUID id, BudgetDraft draft) {
		Budget before = this.budgets.lock(tenant, id);
		return recorded(Change.updated(before, this.budgets.update(tenant, id, draft).budget()));
	}

	void delete(TenantId tenant, UUID id) {
		Budget before = this.budgets.lock(tenant, id);
		this.budgets.delete(tenant, id);
		this.changes.recorded(subject(before), Change.deleted(summary(before)));
	}

	BudgetBalance find(TenantId tenant, UUID id) {
		return this.budgets.find(tenant, id).orElseThrow(() -> new NotFoundProblem("budget", id.toString()));
	}

	Optional<BudgetBalance> find(Collection<TenantId> tenants, UUID id) {
		return this.budgets.find(tenants, id);
	}

	/** Returns at most so many budgets with identifiers after the given one, in order. */
	List<BudgetBalance> page(Collection<TenantId> tenants, UUID after, int limit) {
		return this.budgets.page(tenants, after, limit);
	}

	/**
	 * Returns a tenant's budgets as administrators write them, but for those above what
	 * is out of use: nothing is spent there any more, and no name leads to it.
	 */
	List<BudgetEntry> entries(TenantId tenant) {
		return this.budgets.list(tenant)
			.stream()
			.map(BudgetBalance::budget)
			.filter((budget) -> this.names.inUse(tenant, budget.scope()))
			.map(this::summary)
			.toList();
	}

	/** Returns a budget as administrators write it. */
	BudgetEntry summary(Budget budget) {
		return new BudgetEntry(budget.name(),
				new ScopeEntry(budget.scope().type(), this.names.name(budget.tenant(), budget.scope())),
				budget.window().name(), budget.zone().getId(), budget.currency().getCurrencyCode(),
				BudgetEntry.units(budget.hardLimitNanos()), BudgetEntry.units(budget.softLimitNanos()));
	}

	private Change<Budget> recorded(Change<Budget> change) {
		Budget before = change.before();
		Change<BudgetEntry> summary = new Change<>(change.kind(), (before != null) ? summary(before) : null,
				summary(change.now()));
		this.changes.recorded(subject(change.now()), summary);
		return change;
	}

	private static Subject subject(Budget budget) {
		return new Subject("budget", budget.tenant(), budget.id().toString(), budget.name());
	}

	private BudgetDraft draft(TenantId tenant, BudgetEntry entry) {
		ScopeEntry scope = Objects.requireNonNullElse(entry.scope(), new ScopeEntry(BudgetScope.Type.TENANT, null));
		return new BudgetDraft(entry.name(), scope.type().text(), scopeValue(tenant, scope),
				entry.window().toLowerCase(Locale.ROOT), Objects.requireNonNullElse(entry.zone(), "UTC"),
				entry.currency(), entry.hardLimit(), entry.softLimit());
	}

	private String scopeValue(TenantId tenant, ScopeEntry scope) {
		if (scope.type() == BudgetScope.Type.TENANT) {
			return tenant.toString();
		}
		String name = scope.name();
		if (name == null) {
			throw ValidationProblem.of("missing_name", "scope.name", "is needed for this type of scope");
		}
		Set<TenantId> own = Set.of(tenant);
		try {
			return switch (scope.type()) {
				case TENANT, TAG -> name;
				case TEAM -> this.references.team(own, name).id().toString();
				case PROJECT -> this.references.project(own, name).id().toString();
				case KEY -> this.references.key(own, name).id().toString();
				case MODEL -> model(name).id().toString();
			};
		}
		catch (NotFoundProblem problem) {
			throw ValidationProblem.of("unknown_scope", "scope.name", String.valueOf(problem.getMessage()));
		}
	}

	private Model model(String reference) {
		List<Model> models = this.registry.models();
		return models.stream()
			.filter((model) -> model.id().toString().equalsIgnoreCase(reference))
			.findFirst()
			.or(() -> models.stream().filter((model) -> model.name().equals(reference)).findFirst())
			.orElseThrow(() -> new NotFoundProblem("model", reference));
	}

	/**
	 * Where a budget stands.
	 *
	 * @param periodStart the first instant of the window's run in force
	 * @param periodEnd the first instant after it, or null where it never ends
	 * @param settled what was spent, in whole units
	 * @param held what is set aside for calls in flight
	 * @param remaining what the hard limit leaves, or null without one
	 */
	record BalanceResource(Instant periodStart, @Nullable Instant periodEnd, String settled, String held,
			@Nullable String remaining) {

		static BalanceResource of(BudgetBalance balance) {
			var remaining = balance.remainingNanos();
			return new BalanceResource(balance.period().start(), balance.period().end(),
					Money.plain(balance.settledNanos()), Money.plain(balance.heldNanos()),
					(remaining != null) ? Money.plain(remaining) : null);
		}

	}

}
