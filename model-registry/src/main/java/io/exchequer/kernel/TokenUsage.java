package io.exchequer.kernel;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * What one attempt used, in disjoint buckets. Immutable.
 */
public final class TokenUsage {

	/** Nothing used. */
	public static final TokenUsage NONE = new TokenUsage(new long[UsageBucket.values().length]);

	private static final UsageBucket[] BUCKETS = UsageBucket.values();

	private final long[] counts;

	private TokenUsage(long[] counts) {
		this.counts = counts;
	}

	/**
	 * Makes a usage from counts; a bucket that is absent counts zero.
	 * @throws IllegalArgumentException if a count is negative
	 */
	public static TokenUsage of(Map<UsageBucket, Long> counts) {
		long[] values = new long[BUCKETS.length];
		counts.forEach((bucket, count) -> {
			if (count < 0) {
				throw new IllegalArgumentException("usage of " + bucket + " must not be negative: " + count);
			}
			values[bucket.ordinal()] = count;
		});
		return new TokenUsage(values);
	}

	/**
	 * Returns this usage with one bucket replaced.
	 * @throws IllegalArgumentException if the count is negative
	 */
	public TokenUsage with(UsageBucket bucket, long count) {
		if (count < 0) {
			throw new IllegalArgumentException("usage of " + bucket + " must not be negative: " + count);
		}
		long[] values = this.counts.clone();
		values[bucket.ordinal()] = count;
		return new TokenUsage(values);
	}

	/** Returns the count in a bucket, zero or more. */
	public long get(UsageBucket bucket) {
		return this.counts[bucket.ordinal()];
	}

	/** Returns the tokens of every input bucket together; tiers by context use it. */
	public long inputTokens() {
		return get(UsageBucket.INPUT) + get(UsageBucket.CACHE_READ) + get(UsageBucket.CACHE_WRITE_5M)
				+ get(UsageBucket.CACHE_WRITE_1H) + get(UsageBucket.AUDIO_INPUT) + get(UsageBucket.IMAGE_INPUT);
	}

	/** Returns the tokens of every output bucket together. */
	public long outputTokens() {
		return get(UsageBucket.OUTPUT) + get(UsageBucket.REASONING) + get(UsageBucket.AUDIO_OUTPUT)
				+ get(UsageBucket.IMAGE_OUTPUT);
	}

	/** Returns the buckets that are not zero, in the enum's order. */
	public Map<UsageBucket, Long> nonZero() {
		Map<UsageBucket, Long> result = new EnumMap<>(UsageBucket.class);
		for (UsageBucket bucket : BUCKETS) {
			if (get(bucket) != 0) {
				result.put(bucket, get(bucket));
			}
		}
		return result;
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof TokenUsage usage && Arrays.equals(this.counts, usage.counts);
	}

	@Override
	public int hashCode() {
		return Arrays.hashCode(this.counts);
	}

	@Override
	public String toString() {
		return nonZero().toString();
	}

}
