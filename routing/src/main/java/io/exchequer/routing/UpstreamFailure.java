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

	private final @Nullable String advice;

	private final @Nullable String param;

	/**
	 * Makes a failure.
	 * @param detail what happened, without any of the upstream's body
	 * @param mayHaveCost whether the provider may charge for the attempt all the same
	 * @param retryAfter what the provider asked to wait, or null
	 * @param status the HTTP status, or 0 where there was none
	 */
	public UpstreamFailure(FailureClass failureClass, String detail, boolean mayHaveCost, @Nullable Duration retryAfter,
			int status) {
		this(failureClass, detail, mayHaveCost, retryAfter, status, null, null);
	}

	/**
	 * Makes a failure of which the caller is told more than its class.
	 * @param detail what happened, without any of the upstream's body
	 * @param mayHaveCost whether the provider may charge for the attempt all the same
	 * @param retryAfter what the provider asked to wait, or null
	 * @param status the HTTP status, or 0 where there was none
	 * @param advice what is wrong with the request, in our own words, or null
	 * @param param the request member at fault, one of the API's own names, or null
	 */
	public UpstreamFailure(FailureClass failureClass, String detail, boolean mayHaveCost, @Nullable Duration retryAfter,
			int status, @Nullable String advice, @Nullable String param) {
		super(detail, null, false, false);
		this.failureClass = failureClass;
		this.mayHaveCost = mayHaveCost;
		this.retryAfter = retryAfter;
		this.status = status;
		this.advice = advice;
		this.param = param;
	}

	/**
	 * Makes the failure of a request that a provider inside the process cannot serve.
	 * @param advice what is wrong with it and what to do
	 * @param param the request member at fault, or null
	 */
	public static UpstreamFailure callersFault(String advice, @Nullable String param) {
		return new UpstreamFailure(FailureClass.CALLER_FAULT, advice, false, null, 400, advice, param);
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

	/** Returns what is wrong with the request, in our own words, or null. */
	public @Nullable String advice() {
		return this.advice;
	}

	/** Returns the request member at fault, or null. */
	public @Nullable String param() {
		return this.param;
	}

}
