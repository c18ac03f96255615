package io.exchequer.routing.wire;

import java.io.IOException;

import io.exchequer.routing.UpstreamFailure;

/**
 * An answer's body failed, and its provider says how: a reader of the body throws the
 * failure rather than guess it from the exception. Carried without a stack trace.
 */
public final class FailedAnswerException extends IOException {

	private final transient UpstreamFailure failure;

	public FailedAnswerException(UpstreamFailure failure) {
		super(failure.getMessage());
		this.failure = failure;
	}

	/** Returns the failure. */
	public UpstreamFailure failure() {
		return this.failure;
	}

	@Override
	public synchronized Throwable fillInStackTrace() {
		return this;
	}

}
