package io.exchequer.benchmarks;

import java.util.concurrent.TimeUnit;

import org.HdrHistogram.Histogram;

/** What the load generator saw since the last mark. Used by its one thread only. */
final class Measured {

	private static final long LATENCY_NANOS_MAX = TimeUnit.MINUTES.toNanos(2);

	private final Histogram latency = new Histogram(LATENCY_NANOS_MAX, 3);

	private final Histogram firstToken = new Histogram(LATENCY_NANOS_MAX, 3);

	private final long beganNanos = System.nanoTime();

	private long failures;

	private String firstFailure = "";

	private long reconnects;

	/**
	 * Counts an answered request.
	 * @param firstTokenNanos until the first token, 0 where the answer was not streamed
	 */
	void answered(long latencyNanos, long firstTokenNanos) {
		this.latency.recordValue(Math.min(latencyNanos, LATENCY_NANOS_MAX));
		if (firstTokenNanos > 0) {
			this.firstToken.recordValue(Math.min(firstTokenNanos, LATENCY_NANOS_MAX));
		}
	}

	void failed(String reason) {
		this.failures++;
		if (this.firstFailure.isEmpty()) {
			this.firstFailure = reason.replaceAll("\\s+", " ");
		}
	}

	void reconnected() {
		this.reconnects++;
	}

	/** Returns one line; {@link LoadReport} reads it. */
	String report() {
		return "%d %d %d %d %d %d %d %d %s".formatted(System.nanoTime() - this.beganNanos, this.latency.getTotalCount(),
				this.latency.getValueAtPercentile(50), this.latency.getValueAtPercentile(99),
				this.firstToken.getValueAtPercentile(50), this.firstToken.getValueAtPercentile(99), this.failures,
				this.reconnects, this.firstFailure);
	}

}
