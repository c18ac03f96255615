package io.exchequer.kernel;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

import io.exchequer.kernel.UsageBucket.Measure;

/**
 * What one attempt used, in disjoint buckets. Immutable.
 */
public final class TokenUsage {

	/**
	 * The highest count of a bucket: a million million, far beyond any real answer. What
	 * a provider reports above it is no usage.
	 */
	public static final long COUNT_MAX = 1_000_000_000_000L;

	/** Nothing used. */
	public static final TokenUsage NONE = new TokenUsage(new long[UsageBucket.values().length]);

	private static final UsageBucket[] BUCKETS = UsageBucket.values();

	private static final int[] INPUT_BUCKETS = of(Measure.INPUT_TOKENS);

	private static final int[] OUTPUT_BUCKETS = of(Measure.OUTPUT_TOKENS);

	private final long[] counts;

	private TokenUsage(long[] counts) {
		this.counts = counts;
	}

	/**
	 * Makes a usage from counts; a bucket that is absent counts zero.
	 * @throws IllegalArgumentException if a count is negative or above {@link #COUNT_MAX}
	 */
	public static TokenUsage of(Map<UsageBucket, Long> counts) {
		long[] values = new long[BUCKETS.length];
		counts.forEach((bucket, count) -> {
			requireCount(bucket, count);
			values[bucket.ordinal()] = count;
		});
		return new TokenUsage(values);
	}

	/**
	 * Returns this usage with one bucket replaced.
	 * @throws IllegalArgumentException if the count is negative or above
	 * {@link #COUNT_MAX}
	 */
	public TokenUsage with(UsageBucket bucket, long count) {
		requireCount(bucket, count);
		long[] values = this.counts.clone();
		values[bucket.ordinal()] = count;
		return new TokenUsage(values);
	}

	private static int[] of(Measure measure) {
		return Arrays.stream(BUCKETS)
			.filter((bucket) -> bucket.measure() == measure)
			.mapToInt(UsageBucket::ordinal)
			.toArray();
	}

	private static void requireCount(UsageBucket bucket, long count) {
		if (count < 0 || count > COUNT_MAX) {
			throw new IllegalArgumentException("usage of " + bucket + " must be 0 to " + COUNT_MAX + ": " + count);
		}
	}

	/** Returns the count in a bucket, zero or more. */
	public long get(UsageBucket bucket) {
		return this.counts[bucket.ordinal()];
	}

	/**
	 * Returns the tokens of every input bucket together; tiers by context use it. What is
	 * not counted in tokens is no part of it.
	 */
	public long inputTokens() {
		return sum(INPUT_BUCKETS);
	}

	/** Returns the tokens of every output bucket together. */
	public long outputTokens() {
		return sum(OUTPUT_BUCKETS);
	}

	private long sum(int[] buckets) {
		long sum = 0;
		for (int bucket : buckets) {
			sum += this.counts[bucket];
		}
		return sum;
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
