package io.exchequer.routing;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * An error for the client of an AI API, before a dialect gives it its shape. It says what
 * to do, and never carries a secret or an upstream's raw body.
 *
 * @param status the HTTP status
 * @param type OpenAI's error type, such as {@code invalid_request_error}
 * @param code the stable machine-readable code, such as {@code budget_exceeded}
 * @param message what happened and what to do
 * @param param the offending request member, or null
 * @param retryAfter when to try again, or null
 * @param details facts for a program to read, such as a budget's {@code limit}, in their
 * order; empty where there are none
 */
public record ApiError(int status, String type, String code, String message, @Nullable String param,
		@Nullable Duration retryAfter, Map<String, String> details) {

	public ApiError {
		details = details.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(details));
	}

	/** Makes an error without details. */
	public ApiError(int status, String type, String code, String message, @Nullable String param,
			@Nullable Duration retryAfter) {
		this(status, type, code, message, param, retryAfter, Map.of());
	}

	public static ApiError invalid(String code, String message, @Nullable String param) {
		return new ApiError(400, "invalid_request_error", code, message, param, null);
	}

	public static ApiError of(int status, String type, String code, String message) {
		return new ApiError(status, type, code, message, null, null);
	}

	/** Returns this error with these details instead of its own. */
	public ApiError withDetails(Map<String, String> newDetails) {
		return new ApiError(this.status, this.type, this.code, this.message, this.param, this.retryAfter, newDetails);
	}

}
