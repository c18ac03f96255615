package io.exchequer.routing.wire;

/**
 * Something in a request that OpenAI's own API neither knows nor has another form for:
 * one of the canonical wire's additions. What is null or empty, or only a hint, is none.
 *
 * @param kind what it is
 * @param path where it is, such as {@code messages[2].thinking_blocks}
 */
public record Addition(Kind kind, String path) {

	/** What there is. */
	public enum Kind {

		/** {@code top_k}. */
		TOP_K,
		/** {@code thinking} that says something other than on, with a budget, or off. */
		THINKING,
		/** Reasoning that is given back, proven or not. */
		REASONING,
		/** More beside a tool's call than its proof. */
		CALL_EXTRAS,
		/** A tool's {@code is_error} that is neither true nor false. */
		FAILURE,
		/** An image or a document that a tool answered. */
		TOOL_MEDIA,
		/** An image that was uploaded before. */
		UPLOADED_IMAGE,
		/** A document by its URL. */
		REMOTE_DOCUMENT

	}

}
