package io.exchequer.routing.wire;

/**
 * Reads requests in OpenAI's wire format.
 */
public final class OpenAiRequests {

	private OpenAiRequests() {
	}

	/**
	 * Reads and checks a request.
	 * @param body the array the body is in, from its beginning; it is kept
	 * @param length the body's bytes
	 * @throws InvalidRequestException with what is wrong, for the client
	 */
	public static RequestDocument parse(Endpoint endpoint, byte[] body, int length) throws InvalidRequestException {
		throw new UnsupportedOperationException();
	}

}
