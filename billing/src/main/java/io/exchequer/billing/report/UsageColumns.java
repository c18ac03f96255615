package io.exchequer.billing.report;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.jspecify.annotations.Nullable;

/**
 * The ledger's columns of counts, in the order of the buckets.
 */
final class UsageColumns {

	private static final Map<UsageBucket, String> NAMES = Arrays.stream(UsageBucket.values())
		.collect(Collectors.toMap((bucket) -> bucket, UsageColumns::name, (one, other) -> one,
				() -> new EnumMap<>(UsageBucket.class)));

	/** Every column, for a select list. */
	static final String LIST = String.join(", ", NAMES.values());

	/** The sum of every input bucket, an expression. */
	static final String INPUT = sum("input_count", "cache_read_count", "cache_write_5m_count", "cache_write_1h_count",
			"audio_input_count", "image_input_count");

	/** The sum of every output bucket, an expression. */
	static final String OUTPUT = sum("output_count", "reasoning_count", "audio_output_count", "image_output_count");

	private UsageColumns() {
	}

	private static String name(UsageBucket bucket) {
		return switch (bucket) {
			case INPUT -> "input_count";
			case CACHE_READ -> "cache_read_count";
			case CACHE_WRITE_5M -> "cache_write_5m_count";
			case CACHE_WRITE_1H -> "cache_write_1h_count";
			case OUTPUT -> "output_count";
			case REASONING -> "reasoning_count";
			case AUDIO_INPUT -> "audio_input_count";
			case AUDIO_OUTPUT -> "audio_output_count";
			case IMAGE_INPUT -> "image_input_count";
			case IMAGE_OUTPUT -> "image_output_count";
			case REQUEST -> "request_count";
		};
	}

	private static String sum(String... columns) {
		return Arrays.stream(columns)
			.map((column) -> "coalesce(" + column + ", 0)")
			.collect(Collectors.joining(" + ", "(", ")"));
	}

	/**
	 * Reads a line's usage.
	 * @return null for an estimate of which no counts are known. A reversal's counts,
	 * which are negative in the table, come as what is taken back
	 */
	static @Nullable TokenUsage read(ResultSet row) throws SQLException {
		Map<UsageBucket, Long> counts = new EnumMap<>(UsageBucket.class);
		for (Map.Entry<UsageBucket, String> column : NAMES.entrySet()) {
			long count = row.getLong(column.getValue());
			if (count != 0) {
				counts.put(column.getKey(), Math.abs(count));
			}
		}
		return (counts.isEmpty() && row.getString("estimated_reason") != null) ? null : TokenUsage.of(counts);
	}

}
