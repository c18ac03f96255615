package io.exchequer.gateway;

import io.exchequer.routing.ApiError;

/**
 * The gateway refuses a request. An expected outcome, carried without a stack trace.
 */
final class Rejection extends Exception {

	private final transient ApiError error;

	Rejection(ApiError error) {
		super(error.code(), null, false, false);
		this.error = error;
	}

	static Rejection of(int status, String code, String message) {
		return new Rejection(ApiError.of(status, Errors.typeOf(status), code, message));
	}

	static Rejection invalid(String code, String message, String param) {
		return new Rejection(ApiError.invalid(code, message, param));
	}

	ApiError error() {
		return this.error;
	}

}
