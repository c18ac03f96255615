package io.exchequer.billing.report;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

import io.exchequer.billing.ledger.UsageCounts;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.UsageBucket.Measure;
import org.jspecify.annotations.Nullable;

/**
 * The ledger's columns of counts.
 */
final class UsageColumns {

	private static final String OTHERS = "other_counts";

	/** Every column, for a select list. */
	static final String LIST = UsageCounts.COLUMNS.stream()
		.map(UsageColumns::expression)
		.collect(Collectors.joining(", ")) + ", " + OTHERS;

	/** The sum of every input bucket, an expression. */
	static final String INPUT = tokens(Measure.INPUT_TOKENS);

	/** The sum of every output bucket, an expression. */
	static final String OUTPUT = tokens(Measure.OUTPUT_TOKENS);

	/**
	 * How many of a group of lines have counts that stand in no column, an expression.
	 */
	static final String WITH_OTHERS = "count(" + OTHERS + ")";

	/** A condition: the line has counts that stand in no column. */
	static final String HAS_OTHERS = OTHERS + " IS NOT NULL";

	/** What is counted neither in tokens nor in requests. */
	private static final List<UsageBucket> UNITS = UsageCounts.OTHERS.stream()
		.filter((bucket) -> !bucket.measure().isTokens())
		.toList();

	/** The sums that {@link #readUnits} reads, a select list. */
	static final String UNIT_SUMS = UNITS.stream()
		.map((bucket) -> "sum(" + expression(bucket) + ")::bigint AS " + bucket)
		.collect(Collectors.joining(", "));

	private UsageColumns() {
	}

	private static String expression(UsageBucket bucket) {
		return Objects.requireNonNullElse(UsageCounts.column(bucket), "(" + OTHERS + "->>'" + bucket + "')::bigint");
	}

	/** Lines with nothing but columns are not asked for more. */
	private static String tokens(Measure measure) {
		return "(" + sum(measure, true) + " + CASE WHEN " + OTHERS + " IS NULL THEN 0 ELSE " + sum(measure, false)
				+ " END)";
	}

	private static String sum(Measure measure, boolean inColumns) {
		return Arrays.stream(UsageBucket.values())
			.filter((bucket) -> bucket.measure() == measure && (UsageCounts.column(bucket) != null) == inColumns)
			.map((bucket) -> "coalesce(" + expression(bucket) + ", 0)")
			.collect(Collectors.joining(" + "));
	}

	/** Reads a row of {@link #UNIT_SUMS}; what is zero is left out. */
	static Map<UsageBucket, Long> readUnits(ResultSet row) throws SQLException {
		Map<UsageBucket, Long> sums = new EnumMap<>(UsageBucket.class);
		for (UsageBucket bucket : UNITS) {
			long sum = row.getLong(bucket.name());
			if (sum != 0) {
				sums.put(bucket, sum);
			}
		}
		return sums;
	}

	/**
	 * Reads a line's usage.
	 * @return null for an estimate of which no counts are known. A reversal's counts,
	 * which are negative in the table, come as what is taken back
	 */
	static @Nullable TokenUsage read(ResultSet row) throws SQLException {
		Map<UsageBucket, Long> counts = new EnumMap<>(UsageBucket.class);
		for (UsageBucket bucket : UsageCounts.COLUMNS) {
			long count = row.getLong(UsageCounts.column(bucket));
			if (count != 0) {
				counts.put(bucket, Math.abs(count));
			}
		}
		UsageCounts.readOthers(row.getString(OTHERS)).forEach((bucket, count) -> counts.put(bucket, Math.abs(count)));
		return (counts.isEmpty() && row.getString("estimated_reason") != null) ? null : TokenUsage.of(counts);
	}

}
