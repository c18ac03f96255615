package io.exchequer.gateway;

import java.time.Duration;
import java.util.List;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings of the public AI APIs.
 *
 * @param maxBody the longest request body, as sent and decompressed, at least 1 kB;
 * beyond it is 413
 * @param bodyMemory what all bodies in flight may take together: requests, whole answers
 * until they are sent, and answers that are kept for a repetition; at least what the
 * longest body takes while it is read, less than three times {@code maxBody} and 48 kB.
 * Beyond it is 503; an answer whose call was made waits instead, and one such answer at a
 * time may pass the bound
 * @param bodyTimeout the longest a client may take to send its body; beyond it is 408
 * @param retryAfter what a client is told to wait where nothing better is known, at least
 * a second
 * @param storedAnswerMax the longest answer that is stored for a repetition; a longer one
 * counts as not stored
 * @param corsOrigins the origins that pages may call the API from, such as
 * {@code https://portal.example.com}; empty allows none
 */
@ConfigurationProperties("exchequer.gateway")
record GatewaySettings(@DefaultValue("32MB") DataSize maxBody, @DefaultValue("192MB") DataSize bodyMemory,
		@DefaultValue("60s") Duration bodyTimeout, @DefaultValue("1s") Duration retryAfter,
		@DefaultValue("1MB") DataSize storedAnswerMax, @DefaultValue List<String> corsOrigins) {

	private static final DataSize MAX_BODY_LEAST = DataSize.ofKilobytes(1);

	private static final DataSize MAX_BODY_MOST = DataSize.ofGigabytes(1);

	GatewaySettings {
		require(maxBody.compareTo(MAX_BODY_LEAST) >= 0 && maxBody.compareTo(MAX_BODY_MOST) <= 0,
				"exchequer.gateway.max-body must be between 1KB and 1GB: " + maxBody);
		DataSize needed = DataSize.ofBytes(BodyReader.memoryNeeded(maxBody.toBytes()));
		require(bodyMemory.compareTo(needed) >= 0,
				"exchequer.gateway.body-memory must be at least " + needed + " for a max-body of " + maxBody
						+ ", or the longest body could never be read, since it may come compressed and lies in memory"
						+ " up to three times then: " + bodyMemory);
		require(bodyTimeout.isPositive(), "exchequer.gateway.body-timeout must be positive: " + bodyTimeout);
		require(retryAfter.compareTo(Duration.ofSeconds(1)) >= 0,
				"exchequer.gateway.retry-after must be at least 1s: " + retryAfter);
		require(!storedAnswerMax.isNegative(),
				"exchequer.gateway.stored-answer-max must not be negative: " + storedAnswerMax);
		require(storedAnswerMax.compareTo(bodyMemory) <= 0,
				"exchequer.gateway.stored-answer-max must be at most body-memory: " + storedAnswerMax);
		corsOrigins = List.copyOf(corsOrigins);
		for (String origin : corsOrigins) {
			require(origin.matches("https?://[^/\\s]+"),
					"exchequer.gateway.cors-origins must be origins such as https://portal.example.com: " + origin);
		}
	}

	private static void require(boolean condition, String message) {
		if (!condition) {
			throw new IllegalArgumentException(message);
		}
	}

}
