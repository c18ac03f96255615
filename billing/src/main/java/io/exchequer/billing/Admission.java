package io.exchequer.billing;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Currency;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * The verdict on a {@link HoldRequest}. Only {@link Granted} holds anything.
 */
public sealed interface Admission {

	/** The worst case is held; the call may be dispatched. */
	record Granted(Hold hold) implements Admission {
	}

	/**
	 * A limit would be passed.
	 *
	 * @param budgetId the tightest budget in the way
	 * @param budgetName its name
	 * @param soft whether the soft limit is meant rather than the hard one
	 * @param currency the budget's currency
	 * @param limitNanos the limit, in nano-units
	 * @param remainingNanos limit less settled less held, in nano-units; negative where a
	 * correction or a lowered limit left it over
	 * @param renewsAt when the window ends, or null for a total budget
	 */
	record OverBudget(UUID budgetId, String budgetName, boolean soft, Currency currency, BigDecimal limitNanos,
			BigDecimal remainingNanos, @Nullable Instant renewsAt) implements Admission {
	}

	/**
	 * A rate limit would be passed.
	 *
	 * @param tokens whether tokens per minute are meant rather than requests per minute
	 * @param limit the limit
	 * @param retryAfter until the next minute begins
	 */
	record OverRate(boolean tokens, int limit, Duration retryAfter) implements Admission {
	}

	/**
	 * The card's currency is not the budget's, and no rate is in force.
	 *
	 * @param budgetName the budget's name
	 * @param budgetCurrency its currency
	 * @param cardCurrency the card's
	 */
	record NoRate(String budgetName, Currency budgetCurrency, Currency cardCurrency) implements Admission {
	}

	/**
	 * The share is not there to be drawn: another call has it, or has cost what it held,
	 * or its reserve was released. Nothing may be called.
	 */
	record ShareGone() implements Admission {
	}

	/** The budgets have changed since the snapshot: refresh it and ask again. */
	record StaleConfiguration() implements Admission {
	}

}
