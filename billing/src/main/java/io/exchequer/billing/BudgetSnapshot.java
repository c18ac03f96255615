package io.exchequer.billing;

import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.TenantId;

/**
 * The budgets at one version of the configuration. Immutable.
 */
public interface BudgetSnapshot {

	/**
	 * Returns whether any budget with a hard limit stands above a request: what cannot be
	 * bounded or priced is refused then.
	 */
	boolean hardLimited(ChargeTo chargeTo, ModelId model);

	/** Returns the tenant's budget epoch, which every change to its budgets raises. */
	long epoch(TenantId tenant);

}
