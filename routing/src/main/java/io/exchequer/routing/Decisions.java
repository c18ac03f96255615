package io.exchequer.routing;

import java.util.Optional;
import java.util.UUID;

import io.exchequer.billing.DecisionRow;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.RegistrySnapshot;

/**
 * Reads decision records.
 */
public interface Decisions {

	/**
	 * Returns the decision on a tenant's request, the latest where there are several, or
	 * empty where there is none or its 30 days are over.
	 * @param registry what names the deployments
	 */
	Optional<DecisionView> find(TenantId tenant, UUID requestId, RegistrySnapshot registry);

	/**
	 * Reads a stored row.
	 * @param registry what names the deployments
	 * @throws IllegalArgumentException if its bytes are no decision record
	 */
	DecisionView view(DecisionRow row, RegistrySnapshot registry);

}
