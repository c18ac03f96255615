package io.exchequer.routing.provider.ollama;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.wire.FailureClassifier;
import org.jspecify.annotations.Nullable;

/**
 * Classifies what Ollama answers in place of an answer: a text under {@code error}, which
 * tells more than its status.
 */
final class OllamaFailures {

	private static final String[] QUOTA = { "weekly usage limit", "monthly usage limit" };

	private static final String[] GONE = { "try pulling it first" };

	private static final String[] OVERLOADED = { "server busy", "maximum pending requests exceeded",
			"requires more system memory", "out of memory" };

	private static final String[] TOO_LONG = { "exceeds the context", "exceeds maximum context",
			"exceeds the available context", "input length exceeds" };

	private OllamaFailures() {
	}

	/** Returns the failure for a status, or for 0 that of an error within an answer. */
	static UpstreamFailure of(int status, @Nullable String retryAfter, byte[] body, int length, Instant now) {
		UpstreamFailure told = FailureClassifier.classify(status, retryAfter, body, length, now);
		FailureClass closer = closer(new String(body, 0, length, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT));
		return (closer == null || closer == told.failureClass()) ? told
				: new UpstreamFailure(closer,
						"the server answered with status " + status + " ("
								+ closer.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ")",
						told.mayHaveCost(), told.retryAfter(), told.status(), told.advice(), told.param());
	}

	private static @Nullable FailureClass closer(String body) {
		if (says(body, QUOTA)) {
			return FailureClass.QUOTA_EXHAUSTED;
		}
		if (says(body, GONE)) {
			return FailureClass.MODEL_GONE;
		}
		if (says(body, TOO_LONG)) {
			return FailureClass.CONTEXT_TOO_LONG;
		}
		return says(body, OVERLOADED) ? FailureClass.OVERLOADED : null;
	}

	private static boolean says(String body, String[] words) {
		for (String word : words) {
			if (body.contains(word)) {
				return true;
			}
		}
		return false;
	}

}
