package io.exchequer.billing;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import org.jspecify.annotations.Nullable;

/**
 * Bounded reads of one tenant's ledger, for people.
 */
public interface LedgerQueries {

	/** The most lines on a page. */
	int PAGE_MAX = 1_000;

	/** The longest period that usage is summed over, in days. */
	int PERIOD_DAYS_MAX = 400;

	/**
	 * Returns ledger lines, newest first: the usage lines, each of which has a provider
	 * line of the opposite amount in its transaction.
	 * @param after the cursor of the page before, or null for the first
	 * @param limit 1 to {@link #PAGE_MAX}
	 * @throws ValidationProblem if the cursor is not one, or the limit out of range
	 */
	Page lines(TenantId tenant, Filter filter, @Nullable String after, int limit);

	/**
	 * Sums usage and cost by a dimension and currency, the dearest first.
	 * @param filter its period must have both ends, at most {@link #PERIOD_DAYS_MAX} days
	 * apart
	 * @throws ValidationProblem if the period is missing or too long
	 */
	List<UsageRow> usage(TenantId tenant, Dimension by, Filter filter);

	/** Returns a request's latest decision record, or empty where none is kept. */
	Optional<DecisionRow> decision(TenantId tenant, UUID requestId);

	/**
	 * Computes every balance again from ledger and holds.
	 * @return those that differ: always none, unless something is broken
	 */
	List<Difference> recompute(TenantId tenant);

	/** What usage can be summed by. */
	enum Dimension {

		TEAM, PROJECT, KEY, MODEL, DEPLOYMENT, PROVIDER, TASK, COST_CENTRE, TAG, DAY

	}

	/**
	 * Which lines are meant; null leaves a member open.
	 *
	 * @param from the first instant of posting
	 * @param to the first instant after
	 */
	record Filter(@Nullable Instant from, @Nullable Instant to, @Nullable UUID team, @Nullable UUID project,
			@Nullable UUID key, @Nullable UUID model, @Nullable UUID request, @Nullable String task,
			@Nullable String tag) {

		/** Everything. */
		public static final Filter ALL = new Filter(null, null, null, null, null, null, null, null, null);

		/** Returns the filter of a period. */
		public static Filter between(Instant from, Instant to) {
			return new Filter(from, to, null, null, null, null, null, null, null);
		}

	}

	/**
	 * A page of lines.
	 *
	 * @param lines the lines
	 * @param next the cursor of the page after it, or null where there is none
	 */
	record Page(List<Line> lines, @Nullable String next) {
	}

	/**
	 * A usage line.
	 *
	 * @param transactionId its transaction
	 * @param kind {@code settlement}, {@code estimate}, {@code reversal} or
	 * {@code correction}
	 * @param reverses the transaction it reverses, or null
	 * @param amountNanos the cost, in nano-units; negative for a reversal
	 * @param usage what was used; for a reversal, what is taken back; null where that is
	 * not known
	 */
	record Line(UUID transactionId, Instant postedAt, Instant admittedAt, String kind, @Nullable UUID reverses,
			UUID requestId, UUID holdId, int attempt, UUID team, UUID project, UUID key, @Nullable String costCentre,
			String task, List<String> tags, UUID provider, UUID model, UUID deployment, UUID priceCard,
			String serviceTier, @Nullable UUID credentialId, @Nullable String upstreamRequestId,
			@Nullable String estimatedReason, Currency currency, long amountNanos, @Nullable TokenUsage usage) {
	}

	/**
	 * A sum.
	 *
	 * @param value the dimension's value as text: an identifier, a name, a tag, a day
	 * (UTC)
	 * @param currency the currency
	 * @param amountNanos the cost, in nano-units
	 * @param requests the requests that have a line, each once
	 * @param inputTokens every input bucket together
	 * @param outputTokens every output bucket together
	 * @param units what is counted neither in tokens nor in requests, such as images or
	 * milliseconds; what is zero is absent
	 */
	record UsageRow(String value, Currency currency, BigDecimal amountNanos, long requests, long inputTokens,
			long outputTokens, Map<UsageBucket, Long> units) {
	}

	/**
	 * A balance that is not what ledger and holds say.
	 */
	record Difference(UUID budgetId, Instant windowStart, BigDecimal settledNanos, BigDecimal heldNanos,
			BigDecimal ledgerNanos, BigDecimal openHoldsNanos) {
	}

}
