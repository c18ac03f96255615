package io.exchequer.routing.provider.mistral;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.wire.FailureClassifier;
import org.jspecify.annotations.Nullable;

/**
 * Classifies what Mistral answers in place of an answer. Its codes are numbers in texts,
 * and some of its statuses are of more than one class.
 */
final class MistralFailures {

	private static final String[] QUOTA = { "usage limit", "spending limit", "spend limit", "insufficient credit",
			"monthly limit" };

	private static final String[] OVERLOADED = { "\"3505\"", "service_tier_capacity_exceeded",
			"tier capacity exceeded" };

	private static final String[] TOO_LONG = { "\"3051\"", "too large for model with", "maximum context length" };

	private static final String[] REFUSED = { "moderation", "guardrail" };

	private static final String[] GONE = { "\"1500\"", "\"invalid_model\"" };

	private MistralFailures() {
	}

	/** Returns the failure for a status, or for 0 that of an error within an answer. */
	static UpstreamFailure of(int status, @Nullable String retryAfter, byte[] body, int length, Instant now) {
		UpstreamFailure told = FailureClassifier.classify(status, retryAfter, body, length, now);
		FailureClass closer = closer(status,
				new String(body, 0, length, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT));
		return (closer == null || closer == told.failureClass()) ? told
				: new UpstreamFailure(closer,
						"the provider answered with status " + status + " ("
								+ closer.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ")",
						told.mayHaveCost(), told.retryAfter(), told.status(), told.advice(), told.param());
	}

	private static @Nullable FailureClass closer(int status, String body) {
		if ((status == 429 || status == 403 || status == 401) && says(body, QUOTA)) {
			return FailureClass.QUOTA_EXHAUSTED;
		}
		if (says(body, OVERLOADED)) {
			return FailureClass.OVERLOADED;
		}
		if ((status == 400 || status == 422) && says(body, TOO_LONG)) {
			return FailureClass.CONTEXT_TOO_LONG;
		}
		if ((status == 400 || status == 403) && says(body, REFUSED)) {
			return FailureClass.CONTENT_REFUSED;
		}
		return ((status == 400 || status == 404) && says(body, GONE)) ? FailureClass.MODEL_GONE : null;
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
