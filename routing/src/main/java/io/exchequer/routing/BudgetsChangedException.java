package io.exchequer.routing;

/**
 * The budgets changed since the request's configuration was loaded. Nothing was held or
 * sent: refresh the configuration and serve the request again.
 */
public class BudgetsChangedException extends RuntimeException {

	public BudgetsChangedException() {
		super("budgets changed since the configuration was loaded", null, false, false);
	}

}
