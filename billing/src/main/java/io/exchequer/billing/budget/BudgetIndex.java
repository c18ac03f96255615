package io.exchequer.billing.budget;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.ChargeTo;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * Every tenant's budgets by what they stand above.
 */
public final class BudgetIndex implements BudgetSnapshot {

	private static final TenantBudgets NONE = new TenantBudgets(0, Map.of());

	private final Map<TenantId, TenantBudgets> tenants = new HashMap<>();

	/**
	 * Makes an index.
	 * @param budgets every budget
	 * @param epochs the budget epoch of each tenant that ever had a budget
	 */
	public BudgetIndex(Collection<Budget> budgets, Map<TenantId, Long> epochs) {
		Map<TenantId, Map<BudgetScope, List<ActiveBudget>>> byScope = new HashMap<>();
		for (Budget budget : budgets) {
			byScope.computeIfAbsent(budget.tenant(), (tenant) -> new HashMap<>())
				.computeIfAbsent(budget.scope(), (scope) -> new ArrayList<>())
				.add(new ActiveBudget(budget));
		}
		epochs.forEach((tenant, epoch) -> this.tenants.put(tenant,
				new TenantBudgets(epoch, byScope.getOrDefault(tenant, Map.of()))));
	}

	@Override
	public boolean hardLimited(ChargeTo chargeTo, ModelId model) {
		return above(chargeTo, model).stream().anyMatch((budget) -> budget.budget().hardLimitNanos() != null);
	}

	@Override
	public long epoch(TenantId tenant) {
		return this.tenants.getOrDefault(tenant, NONE).epoch();
	}

	/** Returns the budgets above a request, each once; mostly none or a few. */
	public List<ActiveBudget> above(ChargeTo chargeTo, ModelId model) {
		TenantBudgets tenant = this.tenants.getOrDefault(chargeTo.tenant(), NONE);
		if (tenant.byScope().isEmpty()) {
			return List.of();
		}
		List<ActiveBudget> result = new ArrayList<>();
		tenant.addTo(result, BudgetScope.Type.TENANT, chargeTo.tenant().toString());
		tenant.addTo(result, BudgetScope.Type.TEAM, chargeTo.team().toString());
		tenant.addTo(result, BudgetScope.Type.PROJECT, chargeTo.project().toString());
		tenant.addTo(result, BudgetScope.Type.KEY, chargeTo.key().toString());
		tenant.addTo(result, BudgetScope.Type.MODEL, model.toString());
		chargeTo.tags().stream().distinct().forEach((tag) -> tenant.addTo(result, BudgetScope.Type.TAG, tag));
		return result;
	}

	/**
	 * A budget, with the run of its window that was asked for last.
	 */
	public static final class ActiveBudget {

		private final Budget budget;

		private volatile BudgetWindow.@Nullable Period latest;

		ActiveBudget(Budget budget) {
			this.budget = budget;
		}

		public Budget budget() {
			return this.budget;
		}

		/** Returns the run of its window that contains an instant. */
		public BudgetWindow.Period period(Instant at) {
			BudgetWindow.Period period = this.latest;
			if (period == null || !period.contains(at)) {
				period = this.budget.period(at);
				this.latest = period;
			}
			return period;
		}

	}

	private record TenantBudgets(long epoch, Map<BudgetScope, List<ActiveBudget>> byScope) {

		void addTo(List<ActiveBudget> result, BudgetScope.Type type, String value) {
			result.addAll(this.byScope.getOrDefault(new BudgetScope(type, value), List.of()));
		}

	}

}
