package io.exchequer.routing.provider.demo;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;

/**
 * How a deployment of the simulator behaves.
 *
 * @param timeToFirstToken the wait before the first token
 * @param tokensPerSecond how fast tokens follow each other, at least 1
 * @param paced whether time is spent at all; {@code pace=none} is for load tests
 * @param errorRate the share of requests that fail with status 500, from 0 to 1; which
 * ones is decided by the request's identifier
 * @param failEvery every so many calls one fails with status 500; 0 for never
 */
record DemoOptions(Duration timeToFirstToken, int tokensPerSecond, boolean paced, double errorRate, int failEvery) {

	static final Duration TIME_TO_FIRST_TOKEN = Duration.ofMillis(80);

	static final int TOKENS_PER_SECOND = 200;

	private static final Duration WAIT_MAX = Duration.ofHours(1);

	/**
	 * Reads a deployment's options; those that are absent get their defaults.
	 * @throws IllegalArgumentException if one cannot be read
	 */
	static DemoOptions of(Map<String, String> options) {
		if (options.isEmpty()) {
			return new DemoOptions(TIME_TO_FIRST_TOKEN, TOKENS_PER_SECOND, true, 0, 0);
		}
		String wait = options.get("timeToFirstToken");
		DemoOptions read = new DemoOptions((wait != null) ? duration(wait) : TIME_TO_FIRST_TOKEN,
				Integer.parseInt(options.getOrDefault("tokensPerSecond", Integer.toString(TOKENS_PER_SECOND))),
				!"none".equals(options.get("pace")), Double.parseDouble(options.getOrDefault("errorRate", "0")),
				Integer.parseInt(options.getOrDefault("failEvery", "0")));
		if (read.tokensPerSecond < 1 || read.failEvery < 0 || !(read.errorRate >= 0 && read.errorRate <= 1)) {
			throw new IllegalArgumentException("options out of range: " + options);
		}
		return read;
	}

	/**
	 * Reads a duration: {@code 250ms}, {@code 2s} or ISO 8601, of at most an hour.
	 * @throws IllegalArgumentException if it is none, or out of that range
	 */
	static Duration duration(String text) {
		Duration duration = read(text);
		if (duration.isNegative() || duration.compareTo(WAIT_MAX) > 0) {
			throw new IllegalArgumentException("not a duration of 0 to 1 h: " + text);
		}
		return duration;
	}

	private static Duration read(String text) {
		try {
			if (text.endsWith("ms")) {
				return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2).strip()));
			}
			return Duration.parse(text.startsWith("P") ? text : "PT" + text.strip());
		}
		catch (DateTimeParseException | NumberFormatException ex) {
			throw new IllegalArgumentException("not a duration: " + text, ex);
		}
	}

	/** Returns the nanoseconds from one token to the next. */
	long nanosPerToken() {
		return 1_000_000_000L / this.tokensPerSecond;
	}

}
