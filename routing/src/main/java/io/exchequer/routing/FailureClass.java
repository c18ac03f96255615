package io.exchequer.routing;

/**
 * Why an upstream attempt failed. One function classifies every failure; everything else
 * switches on this.
 */
public enum FailureClass {

	/** Too many requests or tokens for now; it passes. */
	RATE_LIMITED,
	/** The account's quota or credit is used up; waiting does not help. */
	QUOTA_EXHAUSTED,
	/** The credential was not accepted. */
	CREDENTIAL_REJECTED,
	/** The provider does not have the model. */
	MODEL_GONE,
	/** The request is at fault and would fail anywhere. */
	CALLER_FAULT,
	/** The prompt is longer than the model's context window. */
	CONTEXT_TOO_LONG,
	/** The provider's content filter refused. */
	CONTENT_REFUSED,
	/** The provider says it is overloaded. */
	OVERLOADED,
	/** Any other 5xx. */
	SERVER_ERROR,
	/** Connect, first-byte, idle or total time ran out. */
	TIMEOUT,
	/** No connection, or one that broke. */
	NETWORK,
	/**
	 * An answer that is not what the wire promises: HTML, half a JSON, a broken stream.
	 */
	BROKEN_ANSWER,
	/** Our own circuit breaker or bulkhead refused to call. */
	NOT_ATTEMPTED

}
