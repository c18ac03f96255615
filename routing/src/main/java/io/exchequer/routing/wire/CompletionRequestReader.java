package io.exchequer.routing.wire;

import io.exchequer.registry.Modality;

/**
 * Reads the members of a text completion's request that matter to the platform.
 */
final class CompletionRequestReader {

	private final RequestParser parser;

	private final ParsedRequest request;

	private final ChatRequestReader shared;

	private boolean echo;

	CompletionRequestReader(RequestParser parser, ParsedRequest request) {
		this.parser = parser;
		this.request = request;
		this.shared = new ChatRequestReader(parser, request);
	}

	void read() throws InvalidRequestException {
		String name = this.parser.nextMember();
		while (name != null) {
			member(name);
			name = this.parser.nextMember();
		}
		if (this.request.model == null) {
			throw this.parser.missing("model");
		}
		if (this.request.messages < 0) {
			throw this.parser.missing("prompt");
		}
		if ((long) this.request.messages
				* Math.max(this.request.choices, this.request.bestOf) > ChunkScanner.CHOICES_MAX) {
			throw RequestParser.invalid("invalid_value", "The prompts times 'n' or 'best_of' come to more than "
					+ ChunkScanner.CHOICES_MAX + " choices: send several requests.", "prompt");
		}
		if (this.echo) {
			// Some servers count what they repeat as output.
			this.request.predictionBytes = this.request.length();
		}
		this.request.asksFor(Modality.TEXT);
	}

	private void member(String name) throws InvalidRequestException {
		int nameBegin = name.equals(WireDialect.MAX_TOKENS) ? this.parser.begin() : 0;
		this.parser.next();
		switch (name) {
			case "model" -> ChatRequestReader.model(this.parser, this.request);
			case "prompt" -> new EmbeddingRequestReader(this.parser, this.request).input();
			case "suffix" -> this.request.suffix = !this.parser.isNull() && !this.parser.requireText().isEmpty();
			case "stream" -> this.request.stream = !this.parser.isNull() && this.parser.requireBoolean();
			case "stream_options" -> this.shared.streamOptions();
			case "max_tokens" -> this.request.maxTokens = this.shared.limitMember(nameBegin);
			case "max_completion_tokens" -> throw RequestParser.invalid("unsupported_parameter",
					"'max_completion_tokens' is not a member of a text completion: use 'max_tokens'.", name);
			case "n" ->
				this.request.choices = this.parser.isNull() ? 1 : this.parser.number(1, ChunkScanner.CHOICES_MAX);
			case "best_of" ->
				this.request.bestOf = this.parser.isNull() ? 0 : this.parser.number(1, ChunkScanner.CHOICES_MAX);
			case "echo" -> this.echo = !this.parser.isNull() && this.parser.requireBoolean();
			case "metadata" -> ChatRequestReader.metadata(this.parser, this.request);
			default -> ChatRequestReader.other(this.parser, this.request, name);
		}
	}

}
