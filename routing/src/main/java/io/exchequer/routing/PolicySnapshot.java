package io.exchequer.routing;

import java.util.Optional;

import io.exchequer.kernel.TenantId;

/**
 * The routing policies in force at one version of the configuration. Immutable.
 */
public interface PolicySnapshot {

	/**
	 * Returns the policy of a tenant for a task: the task's own, else the tenant's policy
	 * for any task ({@code *}), else empty.
	 */
	Optional<RoutingPolicy> policy(TenantId tenant, String task);

}
