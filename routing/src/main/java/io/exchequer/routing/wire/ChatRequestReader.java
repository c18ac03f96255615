package io.exchequer.routing.wire;

import io.exchequer.registry.Modality;
import io.exchequer.routing.wire.ParsedRequest.LimitMember;
import io.exchequer.routing.wire.ParsedRequest.Span;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * Reads the members of a chat completion's request that matter to the platform, and
 * checks those that a mistake is often made in. What it does not know it passes over.
 */
final class ChatRequestReader {

	private static final int CHOICES_MAX = ChunkScanner.CHOICES_MAX;

	private final RequestParser parser;

	private final ParsedRequest request;

	ChatRequestReader(RequestParser parser, ParsedRequest request) {
		this.parser = parser;
		this.request = request;
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
			throw this.parser.missing("messages");
		}
		if (limit(this.request.maxTokens) != null && limit(this.request.maxCompletionTokens) != null) {
			throw RequestParser.invalid("invalid_value",
					"'max_tokens' and 'max_completion_tokens' cannot both be set: keep one of them.", "max_tokens");
		}
		if (this.request.outputModalities().isEmpty()) {
			this.request.asksFor(Modality.TEXT);
		}
	}

	private static @Nullable Integer limit(@Nullable LimitMember member) {
		return (member != null) ? member.limit() : null;
	}

	private void member(String name) throws InvalidRequestException {
		int nameBegin = isLimit(name) ? this.parser.begin() : 0;
		this.parser.next();
		switch (name) {
			case "model" -> model(this.parser, this.request);
			case "messages" -> new MessagesReader(this.parser, this.request).read();
			case "stream" -> this.request.stream = !this.parser.isNull() && this.parser.requireBoolean();
			case "stream_options" -> streamOptions();
			case "max_tokens" -> this.request.maxTokens = limitMember(nameBegin);
			case "max_completion_tokens" -> this.request.maxCompletionTokens = limitMember(nameBegin);
			case "n" -> this.request.choices = this.parser.isNull() ? 1 : this.parser.number(1, CHOICES_MAX);
			case "best_of" -> this.request.bestOf = this.parser.isNull() ? 0 : this.parser.number(1, CHOICES_MAX);
			case "tools", "functions" -> tools(name);
			case "response_format" -> responseFormat();
			case "documents", "chat_template_kwargs" -> {
				int begin = this.parser.begin();
				this.parser.skip();
				rendered(begin);
			}
			case "metadata" -> metadata(this.parser, this.request);
			case "modalities" -> modalities();
			case "reasoning_effort" -> effort();
			case "thinking" -> AdditionsReader.thinking(this.parser, this.request);
			case "top_k" -> AdditionsReader.member(this.parser, this.request, Addition.Kind.TOP_K);
			case "cache_control" -> AdditionsReader.hint(this.parser, this.request);
			case "prediction" -> this.request.predictionBytes = skippedBytes();
			case "chat_template", "mm_processor_kwargs" -> {
				this.request.bytesBound &= this.parser.isNull();
				this.parser.skip();
			}
			default -> other(this.parser, this.request, name);
		}
	}

	/** Passes a member that is not read, unless it reaches beyond what was checked. */
	static void other(RequestParser parser, ParsedRequest request, String name) throws InvalidRequestException {
		MemberNames.Effect effect = MemberNames.effect(name);
		if (effect == null) {
			parser.passOver(name);
			return;
		}
		if (!parser.isNull()) {
			request.unbounded(name, switch (effect) {
				case RIVAL_LIMIT -> "'" + name + "' goes before the output limit, or multiplies it, at some servers.";
				case PROVIDER_SIDE -> "'" + name + "' lets the provider search or read on its side and charge for it.";
				case OTHER_PRICE -> "'" + name + "' chooses among providers whose prices differ.";
				case OTHER_MODEL -> throw RequestParser.invalid("unsupported_parameter",
						"'" + name + "' would let another model answer than the one that was allowed and priced:"
								+ " leave it out; a routing policy says where a request may go.",
						name);
			});
		}
		parser.skip();
	}

	private static boolean isLimit(String name) {
		return name.equals(WireDialect.MAX_TOKENS) || name.equals(WireDialect.MAX_COMPLETION_TOKENS);
	}

	/** Reads {@code model}; every endpoint has one. */
	static void model(RequestParser parser, ParsedRequest request) throws InvalidRequestException {
		int begin = parser.begin();
		String model = parser.requireText();
		if (model.isBlank()) {
			throw parser.invalidValue("is empty: name a model, or 'auto'");
		}
		request.model = model;
		request.modelSpan = new Span(begin, parser.end());
	}

	/** Reads {@code metadata}; every endpoint may have some. */
	static void metadata(RequestParser parser, ParsedRequest request) throws InvalidRequestException {
		if (parser.isNull()) {
			return;
		}
		parser.requireObject();
		String name = parser.nextMember();
		while (name != null) {
			parser.next();
			if (name.equals("task") && parser.isText()) {
				request.task = parser.text();
			}
			parser.skip();
			name = parser.nextMember();
		}
	}

	/** Reads {@code stream_options}. */
	void streamOptions() throws InvalidRequestException {
		int begin = this.parser.begin();
		if (!this.parser.isNull()) {
			this.parser.requireObject();
			String name = this.parser.nextMember();
			while (name != null) {
				this.request.streamOptionsFilled = true;
				this.parser.next();
				if (name.equals("include_usage")) {
					includeUsage();
				}
				else {
					this.parser.passOver(name);
				}
				name = this.parser.nextMember();
			}
		}
		this.request.streamOptions = new Span(begin, this.parser.end());
	}

	private void includeUsage() throws InvalidRequestException {
		int begin = this.parser.begin();
		this.request.includeUsage = !this.parser.isNull() && this.parser.requireBoolean();
		this.request.includeUsageSpan = new Span(begin, this.parser.end());
	}

	/** Reads a member that limits the output. */
	LimitMember limitMember(int nameBegin) throws InvalidRequestException {
		int begin = this.parser.begin();
		Integer limit = this.parser.isNull() ? null : this.parser.number(1, Integer.MAX_VALUE);
		return new LimitMember(new Span(nameBegin, nameEnd(nameBegin)), new Span(begin, this.parser.end()), limit);
	}

	private int nameEnd(int begin) {
		byte[] bytes = this.request.bytes();
		int at = begin + 1;
		while (bytes[at] != '"') {
			at += (bytes[at] == '\\') ? 2 : 1;
		}
		return at + 1;
	}

	private void tools(String name) throws InvalidRequestException {
		int begin = this.parser.begin();
		new ToolsReader(this.parser, this.request).read(name.equals("tools"));
		rendered(begin);
	}

	private void responseFormat() throws InvalidRequestException {
		int begin = this.parser.begin();
		new ToolsReader(this.parser, this.request).responseFormat();
		rendered(begin);
	}

	private void rendered(int begin) {
		this.request.rendered(RenderedSize.ofValues(this.request.bytes(), begin, this.parser.end()));
	}

	private int skippedBytes() throws InvalidRequestException {
		if (this.parser.isNull()) {
			return 0;
		}
		int begin = this.parser.begin();
		this.parser.skip();
		return this.parser.end() - begin;
	}

	private void effort() throws InvalidRequestException {
		if (this.parser.isNull()) {
			this.request.effortNull = new Span(this.parser.begin(), this.parser.end());
		}
		else {
			this.request.effort = true;
			this.parser.skip();
		}
	}

	private void modalities() throws InvalidRequestException {
		if (this.parser.isNull()) {
			return;
		}
		this.parser.requireArray();
		while (this.parser.next() != JsonToken.END_ARRAY) {
			switch (this.parser.requireText()) {
				case "text" -> this.request.asksFor(Modality.TEXT);
				case "audio" -> this.request.asksFor(Modality.AUDIO);
				case "image" -> this.request.asksFor(Modality.IMAGE);
				default -> throw this.parser.invalidValue("must be 'text', 'audio' or 'image'");
			}
		}
	}

}
