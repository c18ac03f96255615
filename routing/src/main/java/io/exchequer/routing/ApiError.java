package io.exchequer.routing;

import java.time.Duration;

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
 */
public record ApiError(int status, String type, String code, String message, @Nullable String param,
		@Nullable Duration retryAfter) {

	public static ApiError invalid(String code, String message, @Nullable String param) {
		return new ApiError(400, "invalid_request_error", code, message, param, null);
	}

	public static ApiError of(int status, String type, String code, String message) {
		return new ApiError(status, type, code, message, null, null);
	}

}
