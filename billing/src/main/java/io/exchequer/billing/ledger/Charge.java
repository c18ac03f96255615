package io.exchequer.billing.ledger;

import java.util.ArrayList;
import java.util.Currency;
import java.util.List;

import io.exchequer.billing.Admission;
import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.budget.BudgetIndex;
import org.jspecify.annotations.Nullable;

/**
 * A budget above a request, and the run of its window that is charged.
 *
 * @param budget the budget
 * @param period the run of its window
 */
record Charge(Budget budget, BudgetWindow.Period period) {

	/**
	 * Gathers the budgets above a request that its hold stands in. What costs nothing
	 * passes a budget in another currency, without being counted there.
	 * @param charges where they are put
	 * @return why nothing can be held, or null
	 * @throws IllegalArgumentException if its budgets are not a snapshot of this ledger's
	 */
	static Admission.@Nullable NoRate gather(HoldRequest request, List<Charge> charges) {
		if (!(request.budgets() instanceof BudgetIndex index)) {
			throw new IllegalArgumentException("not a snapshot of this ledger's budgets: " + request.budgets());
		}
		Currency currency = request.priceCard().currency();
		for (BudgetIndex.ActiveBudget budget : index.above(request.chargeTo(), request.deployment().model().id())) {
			if (budget.budget().currency().equals(currency)) {
				charges.add(new Charge(budget.budget(), budget.period(request.at())));
			}
			else if (request.worstCaseNanos() > 0) {
				return new Admission.NoRate(budget.budget().name(), budget.budget().currency(), currency);
			}
		}
		return null;
	}

	/** Returns what a hold stands in that was granted. */
	static List<Charge> of(HoldRequest granted) {
		List<Charge> charges = new ArrayList<>();
		gather(granted, charges);
		return charges;
	}

}
