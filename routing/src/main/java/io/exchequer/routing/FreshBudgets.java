package io.exchequer.routing;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.BudgetSnapshot;

/**
 * Gives the budgets in force now. Needed only where budgets change while a request falls
 * back: its first attempt is made by then, so the whole request cannot be served again.
 */
@FunctionalInterface
public interface FreshBudgets {

	/**
	 * Reads the budgets' version now and returns the budgets in force.
	 * @throws BillingUnavailableException if they could not be read
	 */
	BudgetSnapshot refresh();

}
