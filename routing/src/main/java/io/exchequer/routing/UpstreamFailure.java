package io.exchequer.routing;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * An upstream attempt that failed. An expected outcome on the way to a fallback, carried
 * without a stack trace.
 */
public class UpstreamFailure extends Exception {

	private final FailureClass failureClass;

	private final boolean mayHaveCost;

	private final transient @Nullable Duration retryAfter;

	private final int status;

	/**
	 * Makes a failure.
	 * @param detail what happened, without any of the upstream's body
	 * @param mayHaveCost whether the provider may charge for the attempt all the same
	 * @param retryAfter what the provider asked to wait, or null
	 * @param status the HTTP status, or 0 where there was none
	 */
	public UpstreamFailure(FailureClass failureClass, String detail, boolean mayHaveCost, @Nullable Duration retryAfter,
			int status) {
		super(detail, null, false, false);
		this.failureClass = failureClass;
		this.mayHaveCost = mayHaveCost;
		this.retryAfter = retryAfter;
		this.status = status;
	}

	public FailureClass failureClass() {
		return this.failureClass;
	}

	public boolean mayHaveCost() {
		return this.mayHaveCost;
	}

	public @Nullable Duration retryAfter() {
		return this.retryAfter;
	}

	public int status() {
		return this.status;
	}

}
