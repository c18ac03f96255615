package io.exchequer.routing.wire;

import io.exchequer.routing.ApiError;

/**
 * The client's request is not one. Carried without a stack trace.
 */
public class InvalidRequestException extends Exception {

	private final transient ApiError error;

	public InvalidRequestException(ApiError error) {
		super(error.message(), null, false, false);
		this.error = error;
	}

	public ApiError error() {
		return this.error;
	}

}
