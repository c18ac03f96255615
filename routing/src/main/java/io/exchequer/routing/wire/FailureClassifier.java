package io.exchequer.routing.wire;

import java.time.Instant;

import io.exchequer.routing.UpstreamFailure;
import org.jspecify.annotations.Nullable;

/**
 * Classifies every failure an upstream tells us of. What it says never contains any of
 * the upstream's body.
 */
public final class FailureClassifier {

	/** The most bytes of an error's body that are read to classify it. */
	public static final int EXCERPT_BYTES_MAX = 16 * 1024;

	private FailureClassifier() {
	}

	/**
	 * Classifies an error.
	 * @param status the HTTP status, or 0 for an error within a stream
	 * @param retryAfter the {@code Retry-After} header, or null
	 * @param body the beginning of the body
	 * @param length its bytes
	 * @param now for a {@code Retry-After} that is a date
	 */
	public static UpstreamFailure classify(int status, @Nullable String retryAfter, byte[] body, int length,
			Instant now) {
		throw new UnsupportedOperationException();
	}

}
