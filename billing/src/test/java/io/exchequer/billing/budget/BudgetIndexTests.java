package io.exchequer.billing.budget;

import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.ChargeTo;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BudgetIndexTests {

	private static final Uuid7 IDS = new Uuid7(Clock.systemUTC());

	private final TenantId tenant = new TenantId(IDS.next());

	private final ModelId model = new ModelId(IDS.next());

	private final ChargeTo chargeTo = new ChargeTo(this.tenant, new TeamId(IDS.next()), new ProjectId(IDS.next()),
			new KeyId(IDS.next()), null, "chat", List.of("a", "b"), null, null);

	private Budget budget(String name, BudgetScope.Type type, Object value, @Nullable BigDecimal hard) {
		return budget(this.tenant, name, type, value, hard);
	}

	private static Budget budget(TenantId tenant, String name, BudgetScope.Type type, Object value,
			@Nullable BigDecimal hard) {
		return new Budget(tenant, UUID.randomUUID(), name, new BudgetScope(type, value.toString()),
				new BudgetWindow.Day(), ZoneId.of("UTC"), Currency.getInstance("USD"), hard, BigDecimal.ONE);
	}

	private List<String> above(List<Budget> budgets) {
		return new BudgetIndex(budgets, Map.of(this.tenant, 7L)).above(this.chargeTo, this.model)
			.stream()
			.map((active) -> active.budget().name())
			.toList();
	}

	@Test
	void findsTheBudgetsOfEveryScope() {
		List<Budget> budgets = List.of(budget("tenant", BudgetScope.Type.TENANT, this.tenant, null),
				budget("team", BudgetScope.Type.TEAM, this.chargeTo.team(), null),
				budget("project", BudgetScope.Type.PROJECT, this.chargeTo.project(), null),
				budget("key", BudgetScope.Type.KEY, this.chargeTo.key(), null),
				budget("model", BudgetScope.Type.MODEL, this.model, null), budget("a", BudgetScope.Type.TAG, "a", null),
				budget("b", BudgetScope.Type.TAG, "b", null), budget("c", BudgetScope.Type.TAG, "c", null),
				budget("other team", BudgetScope.Type.TEAM, UUID.randomUUID(), null));
		assertThat(above(budgets)).containsExactly("tenant", "team", "project", "key", "model", "a", "b");
	}

	@Test
	void findsNothingOfAnotherTenant() {
		TenantId other = new TenantId(IDS.next());
		assertThat(above(List.of(budget(other, "tag", BudgetScope.Type.TAG, "a", null)))).isEmpty();
	}

	@Test
	void isHardLimitedByAnyHardLimitAbove() {
		Map<TenantId, Long> epochs = Map.of(this.tenant, 7L);
		Budget soft = budget("soft", BudgetScope.Type.TENANT, this.tenant, null);
		Budget hard = budget("hard", BudgetScope.Type.TAG, "b", BigDecimal.ZERO);
		assertThat(new BudgetIndex(List.of(soft), epochs).hardLimited(this.chargeTo, this.model)).isFalse();
		assertThat(new BudgetIndex(List.of(soft, hard), epochs).hardLimited(this.chargeTo, this.model)).isTrue();
	}

	@Test
	void knowsEachTenantsEpoch() {
		BudgetIndex index = new BudgetIndex(List.of(), Map.of(this.tenant, 7L));
		assertThat(index.epoch(this.tenant)).isEqualTo(7);
		assertThat(index.epoch(new TenantId(IDS.next()))).isZero();
	}

	@Test
	void movesOnToTheNextPeriod() {
		BudgetIndex index = new BudgetIndex(List.of(budget("t", BudgetScope.Type.TENANT, this.tenant, null)),
				Map.of(this.tenant, 7L));
		BudgetIndex.ActiveBudget active = index.above(this.chargeTo, this.model).getFirst();
		assertThat(active.period(Instant.parse("2026-11-22T23:59:59Z")).start()).isEqualTo("2026-11-22T00:00:00Z");
		assertThat(active.period(Instant.parse("2026-11-23T00:00:00Z")).start()).isEqualTo("2026-11-23T00:00:00Z");
		assertThat(active.period(Instant.parse("2026-11-22T10:00:00Z")).start()).isEqualTo("2026-11-22T00:00:00Z");
	}

}
