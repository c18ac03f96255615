package io.exchequer.billing;

import java.math.BigDecimal;

import org.jspecify.annotations.Nullable;

/**
 * A budget and where it stands in the run of its window that is in force.
 *
 * @param budget the budget
 * @param period the run of its window
 * @param settledNanos what was spent, in nano-units of its currency
 * @param heldNanos what is set aside for calls in flight, zero or more
 */
public record BudgetBalance(Budget budget, BudgetWindow.Period period, BigDecimal settledNanos, BigDecimal heldNanos) {

	/**
	 * Returns what the hard limit leaves, negative where a correction or a lowered limit
	 * left the budget over it; or null where it has none.
	 */
	public @Nullable BigDecimal remainingNanos() {
		BigDecimal limit = this.budget.hardLimitNanos();
		return (limit != null) ? limit.subtract(this.settledNanos).subtract(this.heldNanos) : null;
	}

}
