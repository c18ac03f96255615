package io.exchequer.billing.ledger;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * How the ledger stores usage. Buckets that nearly every answer may have stand in
 * columns, in the order of the enum, and go to the database as a row of counts; all
 * others stand together in {@code other_counts}, by the enum's name, which is null for
 * nearly every line. So a new bucket needs no column, and a line of tokens costs no more
 * for it.
 */
public final class UsageCounts {

	private static final JsonMapper JSON = JsonMapper.shared();

	/** The buckets that stand in columns. */
	public static final List<UsageBucket> COLUMNS = Arrays.stream(UsageBucket.values())
		.filter((bucket) -> column(bucket) != null)
		.toList();

	/** The buckets that stand in {@code other_counts}. */
	public static final List<UsageBucket> OTHERS = Arrays.stream(UsageBucket.values())
		.filter((bucket) -> column(bucket) == null)
		.toList();

	private UsageCounts() {
	}

	/** Returns a bucket's column, or null where it stands in {@code other_counts}. */
	public static @Nullable String column(UsageBucket bucket) {
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
			case AUDIO_CACHE_READ, AUDIO_CACHE_WRITE, CITATION, VIDEO_OUTPUT, CHARACTERS_IN, CHARACTERS_OUT, IMAGES_IN,
					IMAGES_OUT, PIXELS_IN, PIXELS_OUT, AUDIO_TIME_IN, AUDIO_TIME_OUT, VIDEO_TIME_IN, VIDEO_TIME_OUT,
					COMPUTE_TIME, QUERIES, WEB_SEARCHES_LOW, WEB_SEARCHES_MEDIUM, WEB_SEARCHES_HIGH, FILE_SEARCHES,
					CODE_SESSIONS, PAGES, ANNOTATED_PAGES ->
				null;
		};
	}

	/** Returns whether a usage has counts that stand in no column. */
	static boolean hasOthers(@Nullable TokenUsage usage) {
		if (usage != null) {
			for (UsageBucket bucket : OTHERS) {
				if (usage.get(bucket) != 0) {
					return true;
				}
			}
		}
		return false;
	}

	/** Writes the counts that stand in no column, or null where there are none. */
	public static @Nullable String others(@Nullable TokenUsage usage) {
		if (usage == null || !hasOthers(usage)) {
			return null;
		}
		ObjectNode node = JSON.createObjectNode();
		for (UsageBucket bucket : OTHERS) {
			if (usage.get(bucket) != 0) {
				node.put(bucket.name(), usage.get(bucket));
			}
		}
		return node.toString();
	}

	/**
	 * Reads what {@link #others} wrote; a reversal's counts are negative.
	 * @param json null where there are none
	 */
	public static Map<UsageBucket, Long> readOthers(@Nullable String json) {
		Map<UsageBucket, Long> counts = new EnumMap<>(UsageBucket.class);
		if (json != null) {
			JSON.readTree(json)
				.properties()
				.forEach((count) -> counts.put(UsageBucket.valueOf(count.getKey()), count.getValue().asLong()));
		}
		return counts;
	}

}
