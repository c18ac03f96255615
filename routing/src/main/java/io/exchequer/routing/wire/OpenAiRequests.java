package io.exchequer.routing.wire;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamConstraintsException;

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
		requireJsonObject(body, length);
		ParsedRequest request = new ParsedRequest(endpoint, body, length);
		try (RequestParser parser = new RequestParser(body, length)) {
			parser.next();
			switch (endpoint) {
				case CHAT_COMPLETIONS -> new ChatRequestReader(parser, request).read();
				case COMPLETIONS -> new CompletionRequestReader(parser, request).read();
				case EMBEDDINGS -> new EmbeddingRequestReader(parser, request).read();
				case RERANK, MODERATIONS, IMAGES_GENERATIONS, AUDIO_SPEECH ->
					new UnitRequestReader(parser, request).read();
			}
			JsonToken after = parser.next();
			if (after != null) {
				throw RequestParser.invalid("invalid_json", "The body goes on after its JSON object.", null);
			}
		}
		catch (StreamConstraintsException ex) {
			throw RequestParser.invalid("invalid_json", "The body is nested deeper than " + RequestParser.DEPTH_MAX
					+ " levels, or a number or a name in it is too long.", null);
		}
		catch (JacksonException ex) {
			throw malformed(ex);
		}
		return request;
	}

	/**
	 * Checks that a body may be a JSON object: that it begins as one, in UTF-8.
	 * @throws InvalidRequestException if it is none
	 */
	public static void requireJsonObject(byte[] body, int length) throws InvalidRequestException {
		int at = 0;
		while (at < length && (body[at] == ' ' || body[at] == '\n' || body[at] == '\r' || body[at] == '\t')) {
			at++;
		}
		if (at == length) {
			throw RequestParser.invalid("invalid_json", "The body is empty: send a JSON object.", null);
		}
		int malformed = Utf8.firstMalformed(body, length);
		if (malformed >= 0) {
			throw RequestParser.invalid("invalid_json",
					"The body is not UTF-8: the byte at " + malformed + " is malformed.", null);
		}
		// A NUL among the first bytes would make Jackson take them for UTF-16 or UTF-32.
		for (int i = 0; i < Math.min(4, length); i++) {
			if (body[i] == 0) {
				throw RequestParser.invalid("invalid_json", "The body is not JSON in UTF-8.", null);
			}
		}
		if (body[at] != '{') {
			throw RequestParser.invalid("invalid_json",
					"The body is not a JSON object: it must begin with '{' and be encoded in UTF-8.", null);
		}
	}

	/** Says where a body is not JSON. */
	public static InvalidRequestException malformed(JacksonException ex) {
		String problem = ex.getOriginalMessage();
		long at = (ex.getLocation() != null) ? ex.getLocation().getByteOffset() : -1;
		String where = (at >= 0) ? " at byte " + at : "";
		if (problem != null && problem.startsWith("Duplicate")) {
			return RequestParser.invalid("duplicate_member",
					"The body has a member twice in one object" + where + ": send each name once.", null);
		}
		return RequestParser.invalid("invalid_json", "The body is not valid JSON" + where + ".", null);
	}

}
