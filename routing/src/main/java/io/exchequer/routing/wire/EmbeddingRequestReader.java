package io.exchequer.routing.wire;

import io.exchequer.registry.Modality;
import tools.jackson.core.JsonToken;

/**
 * Reads the members of an embedding's request that matter to the platform.
 */
final class EmbeddingRequestReader {

	private static final String WANTED = "a string, or an array of strings or of token arrays";

	private final RequestParser parser;

	private final ParsedRequest request;

	EmbeddingRequestReader(RequestParser parser, ParsedRequest request) {
		this.parser = parser;
		this.request = request;
	}

	void read() throws InvalidRequestException {
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			switch (name) {
				case "model" -> ChatRequestReader.model(this.parser, this.request);
				case "input" -> input();
				case "metadata" -> ChatRequestReader.metadata(this.parser, this.request);
				default -> ChatRequestReader.other(this.parser, this.request, name);
			}
			name = this.parser.nextMember();
		}
		if (this.request.model == null) {
			throw this.parser.missing("model");
		}
		if (this.request.messages < 0) {
			throw this.parser.missing("input");
		}
		this.request.asksFor(Modality.EMBEDDING);
	}

	/** Reads one input or several, texts or tokens. */
	void input() throws InvalidRequestException {
		if (this.parser.isText()) {
			this.request.messages = 1;
			return;
		}
		if (!this.parser.isArray()) {
			throw this.parser.wrongType(WANTED);
		}
		int inputs = 0;
		int tokens = 0;
		int longest = 0;
		int textBegin = -1;
		JsonToken first = null;
		JsonToken token = this.parser.next();
		while (token != null && token != JsonToken.END_ARRAY) {
			longest = Math.max(longest, textTokens(textBegin));
			if (first != null && token != first) {
				throw this.parser.wrongType("of the same kind as those before it");
			}
			first = token;
			switch (token) {
				case VALUE_STRING -> {
					inputs++;
					textBegin = this.parser.begin();
				}
				case VALUE_NUMBER_INT -> tokens++;
				case START_ARRAY -> {
					inputs++;
					int one = tokens();
					tokens += one;
					longest = Math.max(longest, one);
				}
				default -> throw this.parser.wrongType(WANTED);
			}
			token = this.parser.next();
		}
		longest = Math.max(longest, textTokens(textBegin));
		if (first == null) {
			throw this.parser.invalidValue("is empty: give it at least one text");
		}
		this.request.messages = Math.max(1, inputs);
		this.request.longestTokens = (inputs > 0) ? longest : tokens;
		if (tokens > 0) {
			this.request.inputTokens = tokens;
		}
	}

	/** Returns a guess at the tokens of the text that the current token follows. */
	private int textTokens(int begin) {
		return (begin >= 0) ? (this.parser.begin() - begin) / ParsedRequest.BYTES_PER_TOKEN : 0;
	}

	private int tokens() throws InvalidRequestException {
		int tokens = 0;
		JsonToken token = this.parser.next();
		while (token != null && token != JsonToken.END_ARRAY) {
			if (token != JsonToken.VALUE_NUMBER_INT) {
				throw this.parser.wrongType(WANTED);
			}
			tokens++;
			token = this.parser.next();
		}
		return tokens;
	}

}
