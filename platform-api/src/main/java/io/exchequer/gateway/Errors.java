package io.exchequer.gateway;

import java.time.Duration;

import io.exchequer.routing.ApiError;

/**
 * The gateway's own errors.
 */
final class Errors {

	private static final int CLIENT_ERRORS_END = 500;

	private Errors() {
	}

	/** Returns OpenAI's error type for a status. */
	static String typeOf(int status) {
		return switch (status) {
			case 429 -> "rate_limit_error";
			default -> (status < CLIENT_ERRORS_END) ? "invalid_request_error" : "server_error";
		};
	}

	static ApiError overloaded(String message, Duration retryAfter) {
		return new ApiError(503, "server_error", "overloaded", message, null, retryAfter);
	}

	static ApiError unavailable(String code, String message, Duration retryAfter) {
		return new ApiError(503, "server_error", code, message, null, retryAfter);
	}

	static ApiError internal() {
		return ApiError.of(500, "server_error", "internal_error",
				"The platform failed unexpectedly. Try again; should it go on, give its operator the request id.");
	}

}
