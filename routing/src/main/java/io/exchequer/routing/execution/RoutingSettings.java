package io.exchequer.routing.execution;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How requests are run; a value out of its range stops the start-up.
 *
 * @param circuitWindow how many of a deployment's latest attempts its circuit breaker
 * goes by, 1 to 10,000
 * @param circuitMinimum how many there must be before it may open, 1 to the window
 * @param circuitFailurePercent the share of failures at which it opens, 1 to 100
 * @param circuitOpenFor how long it stays open before it probes
 * @param circuitProbes how many attempts probe a half-open deployment, at least 1
 * @param coolDownMax the longest a provider's {@code Retry-After} keeps a deployment out
 * @param retryBackoff the first pause before a deployment is tried again; it doubles each
 * time, and is spread by half in both directions
 * @param retryBackoffMax the longest such pause
 * @param retryWaitMax the longest {@code Retry-After} that is waited for while another
 * candidate is left
 * @param observationsFor how long an observed speed counts
 * @param answerMax the largest answer that is taken from an upstream
 * @param frameMax the largest frame that is taken from an upstream's stream
 * @param commitBufferMax the most of a stream that waits for its commit point
 */
@ConfigurationProperties("exchequer.routing")
public record RoutingSettings(@DefaultValue("20") int circuitWindow, @DefaultValue("10") int circuitMinimum,
		@DefaultValue("50") int circuitFailurePercent, @DefaultValue("15s") Duration circuitOpenFor,
		@DefaultValue("2") int circuitProbes, @DefaultValue("5m") Duration coolDownMax,
		@DefaultValue("200ms") Duration retryBackoff, @DefaultValue("5s") Duration retryBackoffMax,
		@DefaultValue("2s") Duration retryWaitMax, @DefaultValue("10m") Duration observationsFor,
		@DefaultValue("64MB") DataSize answerMax, @DefaultValue("8MB") DataSize frameMax,
		@DefaultValue("256KB") DataSize commitBufferMax) {

	/** The settings of an installation that names none. */
	public static final RoutingSettings DEFAULTS = new RoutingSettings(20, 10, 50, Duration.ofSeconds(15), 2,
			Duration.ofMinutes(5), Duration.ofMillis(200), Duration.ofSeconds(5), Duration.ofSeconds(2),
			Duration.ofMinutes(10), DataSize.ofMegabytes(64), DataSize.ofMegabytes(8), DataSize.ofKilobytes(256));

	public RoutingSettings {
		range("circuit-window", circuitWindow, 1, 10_000);
		range("circuit-minimum", circuitMinimum, 1, circuitWindow);
		range("circuit-failure-percent", circuitFailurePercent, 1, 100);
		range("circuit-probes", circuitProbes, 1, 1_000);
		positive("circuit-open-for", circuitOpenFor);
		positive("cool-down-max", coolDownMax);
		positive("retry-backoff", retryBackoff);
		positive("retry-wait-max", retryWaitMax);
		positive("observations-for", observationsFor);
		require(retryBackoffMax.compareTo(retryBackoff) >= 0, "retry-backoff-max",
				"must be at least exchequer.routing.retry-backoff (" + retryBackoff + ")", retryBackoffMax);
		size("answer-max", answerMax);
		size("frame-max", frameMax);
		size("commit-buffer-max", commitBufferMax);
	}

	private static void range(String name, int value, int least, int most) {
		require(value >= least && value <= most, name, "must be " + least + " to " + most, value);
	}

	private static void positive(String name, Duration value) {
		require(value.toMillis() > 0, name, "must be at least a millisecond", value);
	}

	private static void size(String name, DataSize value) {
		require(value.toBytes() > 0 && value.toBytes() <= Integer.MAX_VALUE / 2, name, "must be 1 byte to 1 GiB",
				value);
	}

	private static void require(boolean condition, String name, String rule, Object value) {
		if (!condition) {
			throw new IllegalArgumentException("exchequer.routing." + name + " " + rule + ", not " + value);
		}
	}

}
