package io.exchequer.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetAdministration;
import io.exchequer.billing.BudgetBalance;
import io.exchequer.billing.BudgetScope;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Model;
import io.exchequer.routing.PolicyAdministration;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.tenancy.TenancyAdministration;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Finds what tenants keep that names something callable. The registry knows nothing of
 * them, and yet what is deleted under them leaves a configuration that cannot be applied
 * any more.
 */
@Component
class Uses {

	private static final int TOLD_MAX = 20;

	private final TenancyAdministration tenancy;

	private final PolicyAdministration policies;

	private final BudgetAdministration budgets;

	Uses(TenancyAdministration tenancy, PolicyAdministration policies, BudgetAdministration budgets) {
		this.tenancy = tenancy;
		this.policies = policies;
		this.budgets = budgets;
	}

	/**
	 * Refuses to delete an alias or a deployment that a routing policy names.
	 * @throws ConflictProblem {@code alias_in_use}, say, naming the policies
	 */
	void refuse(String kind, String name) {
		refuse(kind, name, uses(name, null));
	}

	/**
	 * Refuses to delete a model that a routing policy names or a budget stands above.
	 * @throws ConflictProblem {@code model_in_use}, naming the policies and budgets
	 */
	void refuse(Model model) {
		refuse("model", model.name(), uses(model.name(), model));
	}

	private static void refuse(String kind, String name, List<String> uses) {
		if (uses.isEmpty()) {
			return;
		}
		String told = String.join(", ", uses.subList(0, Math.min(uses.size(), TOLD_MAX)));
		String more = (uses.size() > TOLD_MAX) ? " and " + (uses.size() - TOLD_MAX) + " more" : "";
		throw new ConflictProblem(kind + "_in_use",
				"The " + kind + " \"" + name + "\" is named by " + told + more + ". Change or delete those first.");
	}

	private List<String> uses(String name, @Nullable Model model) {
		List<String> uses = new ArrayList<>();
		this.tenancy.tenantIds().stream().sorted((one, other) -> one.value().compareTo(other.value())).forEach((id) -> {
			this.policies.list(id)
				.stream()
				.filter((policy) -> names(policy, name))
				.forEach((policy) -> uses.add("the routing policy " + place(id, policy.name())));
			if (model != null) {
				this.budgets.list(id)
					.stream()
					.map(BudgetBalance::budget)
					.filter((budget) -> isAbove(budget, model))
					.forEach((budget) -> uses.add("the budget " + place(id, budget.name())));
			}
		});
		return uses;
	}

	private static boolean names(RoutingPolicy policy, String name) {
		return policy.candidates().stream().anyMatch((candidate) -> candidate.name().equals(name))
				|| policy.fallback().on().values().stream().anyMatch((rule) -> Objects.equals(rule.to(), name));
	}

	private static boolean isAbove(Budget budget, Model model) {
		return budget.scope().equals(new BudgetScope(BudgetScope.Type.MODEL, model.id().toString()));
	}

	private String place(TenantId tenant, String name) {
		return this.tenancy.tenant(tenant).map((found) -> found.name() + "/").orElse("") + name;
	}

}
