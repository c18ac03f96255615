package io.exchequer.routing;

import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.registry.RegistrySnapshot;

/**
 * Everything routing reads, at one version. A request is served by one of these from its
 * beginning to its end.
 *
 * @param version the configuration's version
 * @param registry what can be called
 * @param budgets the budgets
 * @param policies the routing policies
 */
public record RoutingConfiguration(long version, RegistrySnapshot registry, BudgetSnapshot budgets,
		PolicySnapshot policies) {
}
