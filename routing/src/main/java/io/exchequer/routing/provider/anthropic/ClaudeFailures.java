package io.exchequer.routing.provider.anthropic;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;

import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.SseException;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.wire.FailureClassifier;
import org.jspecify.annotations.Nullable;

/**
 * Classifies what Anthropic answers in place of a message. Its {@code type} mostly tells
 * enough; of an {@code invalid_request_error} only the message tells quota, length and
 * filter from the caller's fault.
 */
final class ClaudeFailures {

	private static final String[] QUOTA = { "credit balance", "api usage limits", "spend limit" };

	private static final String[] TOO_LONG = { "prompt is too long", "exceed context limit", "exceeds the context" };

	private static final String[] REFUSED = { "content filtering policy", "usage policy" };

	private ClaudeFailures() {
	}

	/** Returns the failure, or null where the problem is not an answer of the API. */
	static @Nullable UpstreamFailure of(Throwable problem, Instant now) {
		if (!(problem instanceof AnthropicServiceException answer)) {
			return null;
		}
		// An error within a stream comes with the stream's own status.
		int status = (answer instanceof SseException) ? 0 : answer.statusCode();
		byte[] body = Values.text(answer.body()).getBytes(StandardCharsets.UTF_8);
		UpstreamFailure told = FailureClassifier.classify(status, retryAfter(answer), body, body.length, now);
		FailureClass closer = closer(status, new String(body, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT));
		return (closer == null || closer == told.failureClass()) ? told
				: new UpstreamFailure(closer, words(status, closer), told.mayHaveCost(), told.retryAfter(),
						told.status(), told.advice(), told.param());
	}

	private static String words(int status, FailureClass failureClass) {
		return "the provider answered with status " + status + " ("
				+ failureClass.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ")";
	}

	private static @Nullable FailureClass closer(int status, String body) {
		if (body.contains("\"billing_error\"") || says(body, QUOTA) && status != 429 && status < 500 && status != 0) {
			return FailureClass.QUOTA_EXHAUSTED;
		}
		if (status == 400 && says(body, TOO_LONG)) {
			return FailureClass.CONTEXT_TOO_LONG;
		}
		if ((status == 400 || status == 0) && says(body, REFUSED)) {
			return FailureClass.CONTENT_REFUSED;
		}
		return body.contains("\"timeout_error\"") ? FailureClass.TIMEOUT : null;
	}

	private static boolean says(String body, String[] words) {
		for (String word : words) {
			if (body.contains(word)) {
				return true;
			}
		}
		return false;
	}

	private static @Nullable String retryAfter(AnthropicServiceException answer) {
		return answer.headers().values("retry-after").stream().findFirst().orElse(null);
	}

}
