package io.exchequer.routing.provider.gemini;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;

import com.google.genai.errors.ApiException;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.wire.FailureClassifier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Classifies what Google answers in place of an answer. The status tells most of it; of a
 * 429 only the details tell a spent quota from a rate, and a 400 may also be a rejected
 * key, a prompt that is too long or an account without billing.
 */
final class GeminiFailures {

	/** The most bytes of an error that are read: its details come last. */
	static final int BYTES_MAX = 64 * 1024;

	private static final int CAUSES_MAX = 16;

	private static final String[] SPENT = { "per day", "perday", "permonth", "credits are depleted", "spending cap",
			"spend cap", "spending limit", "limit: 0," };

	private static final String[] TOO_LONG = { "exceeds the maximum number of tokens", "input context is too long",
			"token count exceeds" };

	private static final String[] REFUSED = { "responsible ai", "violates our usage", "prohibited use policy" };

	private static final String[] KEY = { "api_key_invalid", "api key not valid", "api key expired",
			"user location is not supported", "service_disabled", "api_key_service_blocked" };

	private GeminiFailures() {
	}

	/** Returns the failure of an answer with a status that is no success. */
	static UpstreamFailure of(int status, @Nullable String retryAfter, byte[] body, Instant now) {
		String text = new String(body, StandardCharsets.UTF_8);
		JsonNode error = error(text);
		String wait = (retryAfter != null) ? retryAfter : retryDelay(error);
		byte[] told = (error != null) ? told(error) : body;
		UpstreamFailure general = FailureClassifier.classify(status, wait, told, told.length, now);
		FailureClass closer = closer((status != 0) ? status : code(error), text.toLowerCase(Locale.ROOT));
		return (closer == null || closer == general.failureClass()) ? general
				: new UpstreamFailure(closer, words(status, closer), general.mayHaveCost(), general.retryAfter(),
						general.status(), general.advice(), general.param());
	}

	/**
	 * Returns the failure that a stream told of, or null where the problem is no word of
	 * the API.
	 */
	static @Nullable UpstreamFailure of(Throwable problem, Instant now) {
		Throwable cause = problem;
		for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
			if (cause instanceof ApiException told) {
				String error = Values.JSON.writeValueAsString(Values.JSON.createObjectNode()
					.set("error",
							Values.JSON.createObjectNode()
								.put("code", told.code())
								.put("message", String.valueOf(told.message()))
								.put("status", String.valueOf(told.status()))));
				return of(0, null, error.getBytes(StandardCharsets.UTF_8), now);
			}
			cause = cause.getCause();
		}
		return null;
	}

	private static String words(int status, FailureClass failureClass) {
		String said = failureClass.name().toLowerCase(Locale.ROOT).replace('_', ' ');
		return (status != 0) ? "the provider answered with status " + status + " (" + said + ")"
				: "the provider sent an error in place of the answer (" + said + ")";
	}

	/** An error may stand alone or in an array. */
	private static @Nullable JsonNode error(String text) {
		JsonNode root = Values.tree(text);
		if (root == null) {
			return null;
		}
		JsonNode error = (root.isArray() ? root.path(0) : root).path("error");
		return error.isObject() ? error : null;
	}

	/** What the wire's own classifier reads of it. */
	private static byte[] told(JsonNode error) {
		return Values.JSON.writeValueAsBytes(Values.JSON.createObjectNode()
			.set("error",
					Values.JSON.createObjectNode()
						.put("code", error.path("code").asInt(0))
						.put("message", error.path("message").asString(""))
						.put("status", error.path("status").asString(""))));
	}

	private static int code(@Nullable JsonNode error) {
		return (error != null) ? error.path("code").asInt(0) : 0;
	}

	private static @Nullable String retryDelay(@Nullable JsonNode error) {
		if (error != null) {
			for (JsonNode detail : error.path("details")) {
				String delay = detail.path("retryDelay").asString("");
				if (delay.endsWith("s")) {
					return delay.substring(0, delay.length() - 1);
				}
			}
		}
		return null;
	}

	private static @Nullable FailureClass closer(int status, String text) {
		if (status == 429) {
			return says(text, SPENT) ? FailureClass.QUOTA_EXHAUSTED : FailureClass.RATE_LIMITED;
		}
		if (status == 400 || status == 403) {
			if (says(text, KEY)) {
				return FailureClass.CREDENTIAL_REJECTED;
			}
			if (text.contains("billing")) {
				return FailureClass.QUOTA_EXHAUSTED;
			}
		}
		if (status == 400 && says(text, TOO_LONG)) {
			return FailureClass.CONTEXT_TOO_LONG;
		}
		return (status == 400 && says(text, REFUSED)) ? FailureClass.CONTENT_REFUSED : null;
	}

	private static boolean says(String text, String[] words) {
		for (String word : words) {
			if (text.contains(word)) {
				return true;
			}
		}
		return false;
	}

}
