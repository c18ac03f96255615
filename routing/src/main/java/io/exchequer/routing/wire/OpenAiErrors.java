package io.exchequer.routing.wire;

import io.exchequer.routing.ApiError;

/**
 * Writes errors in OpenAI's shape.
 */
public final class OpenAiErrors {

	private OpenAiErrors() {
	}

	/** Returns an error's JSON body. */
	public static byte[] body(ApiError error) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns an error as an event of a stream that had begun. No {@code [DONE]} follows
	 * it: the answer is not whole.
	 */
	public static byte[] event(ApiError error) {
		throw new UnsupportedOperationException();
	}

}
