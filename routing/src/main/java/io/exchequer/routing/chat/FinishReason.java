package io.exchequer.routing.chat;

/** Why a choice ended; the wire's names in lower case. */
public enum FinishReason {

	/** The model was done, or met a stop text. */
	STOP,
	/** The output limit or the context window was reached. */
	LENGTH,
	/** The model calls tools. */
	TOOL_CALLS,
	/** The provider's filter, or the model itself, refused. */
	CONTENT_FILTER

}
