package io.exchequer.routing.wire;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.exchequer.registry.Modality;
import tools.jackson.core.JsonToken;

/**
 * Reads the requests whose answers may be billed by other units than tokens: reranking,
 * moderation, images and speech. What it does not know it passes over.
 */
final class UnitRequestReader {

	/** The most images that one request may ask for. */
	static final int IMAGES_MAX = 100;

	private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,4})x([1-9][0-9]{0,4})");

	/** Members of a document that stand for something that its bytes do not bound. */
	private static final Set<String> NOT_TEXT = Set.of("image", "image_url", "images", "video", "video_url", "audio",
			"audio_url", "url", "content");

	private final RequestParser parser;

	private final ParsedRequest request;

	private int count = -1;

	private long bytes;

	private int longest;

	private int queryBytes = -1;

	private int images = 1;

	private long pixelsEach = -1;

	private int characters = -1;

	private boolean prompted;

	UnitRequestReader(RequestParser parser, ParsedRequest request) {
		this.parser = parser;
		this.request = request;
	}

	void read() throws InvalidRequestException {
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			member(name);
			name = this.parser.nextMember();
		}
		if (this.request.model == null) {
			throw this.parser.missing("model");
		}
		// Providers cut or refuse what is too long for their windows: it is not judged
		// here.
		this.request.longestTokens = 1;
		finish();
	}

	private void member(String name) throws InvalidRequestException {
		switch (name) {
			case "model" -> ChatRequestReader.model(this.parser, this.request);
			case "metadata" -> ChatRequestReader.metadata(this.parser, this.request);
			case "stream" -> stream();
			default -> {
				boolean read = switch (this.request.endpoint()) {
					case RERANK -> rerank(name);
					case MODERATIONS -> moderation(name);
					case IMAGES_GENERATIONS -> image(name);
					case AUDIO_SPEECH -> speech(name);
					case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS -> throw new IllegalStateException("read elsewhere");
				};
				if (!read) {
					ChatRequestReader.other(this.parser, this.request, name);
				}
			}
		}
	}

	private void finish() throws InvalidRequestException {
		switch (this.request.endpoint()) {
			case RERANK -> {
				require(this.queryBytes >= 0, "query");
				require(this.count >= 0, "documents");
				this.request.units = UnitFacts.documents(this.count, this.bytes, this.longest, this.queryBytes);
				this.request.asksFor(Modality.RANKING);
			}
			case MODERATIONS -> {
				require(this.count >= 0, "input");
				this.request.units = UnitFacts.texts(this.count);
				this.request.asksFor(Modality.MODERATION);
			}
			case IMAGES_GENERATIONS -> {
				require(this.prompted, "prompt");
				this.request.units = UnitFacts.images(this.images, this.pixelsEach);
				this.request.asksFor(Modality.IMAGE);
			}
			case AUDIO_SPEECH -> {
				require(this.characters >= 0, "input");
				this.request.units = UnitFacts.speech(this.characters);
				this.request.asksFor(Modality.AUDIO);
			}
			case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS -> throw new IllegalStateException("read elsewhere");
		}
	}

	private void require(boolean there, String member) throws InvalidRequestException {
		if (!there) {
			throw this.parser.missing(member);
		}
	}

	/** None of these endpoints streams events here. */
	private void stream() throws InvalidRequestException {
		if (!this.parser.isNull() && this.parser.requireBoolean()) {
			throw RequestParser.invalid("unsupported_parameter",
					"'stream' is not supported here: leave it out, and the answer comes whole.", "stream");
		}
	}

	private boolean rerank(String name) throws InvalidRequestException {
		switch (name) {
			case "query" -> {
				this.parser.requireText();
				this.queryBytes = valueBytes(this.parser.begin());
			}
			case "documents" -> documents();
			default -> {
				return false;
			}
		}
		return true;
	}

	private void documents() throws InvalidRequestException {
		this.parser.requireArray();
		this.count = 0;
		JsonToken token = this.parser.next();
		while (token != null && token != JsonToken.END_ARRAY) {
			int begin = this.parser.begin();
			if (this.parser.isObject()) {
				document();
			}
			else if (!this.parser.isText()) {
				throw this.parser.wrongType("a string, or an object with 'text'");
			}
			int length = valueBytes(begin);
			this.count++;
			this.bytes += length;
			this.longest = Math.max(this.longest, length);
			token = this.parser.next();
		}
		if (this.count == 0) {
			throw this.parser.invalidValue("is empty: give it something to rank");
		}
	}

	private void document() throws InvalidRequestException {
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			if (NOT_TEXT.contains(name.toLowerCase(Locale.ROOT)) && !this.parser.isNull()) {
				this.request.unbounded("documents", "A document with '" + name + "' is of unknown size.");
			}
			this.parser.skip();
			name = this.parser.nextMember();
		}
	}

	private int valueBytes(int begin) {
		return this.parser.end() - begin;
	}

	private boolean moderation(String name) throws InvalidRequestException {
		if (!name.equals("input")) {
			return false;
		}
		if (this.parser.isText()) {
			this.count = 1;
			return true;
		}
		if (!this.parser.isArray()) {
			throw this.parser.wrongType("a string, or an array of strings or of parts");
		}
		this.count = 0;
		JsonToken token = this.parser.next();
		while (token != null && token != JsonToken.END_ARRAY) {
			this.count++;
			if (this.parser.isObject()) {
				part();
			}
			else if (!this.parser.isText()) {
				throw this.parser.wrongType("a string or a part");
			}
			token = this.parser.next();
		}
		if (this.count == 0) {
			throw this.parser.invalidValue("is empty: give it something to judge");
		}
		return true;
	}

	private void part() throws InvalidRequestException {
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			if (name.equals("image_url") && !this.parser.isNull()) {
				this.request.images++;
				this.request.carries(Modality.IMAGE);
			}
			this.parser.skip();
			name = this.parser.nextMember();
		}
	}

	private boolean image(String name) throws InvalidRequestException {
		switch (name) {
			case "prompt" -> {
				this.parser.requireText();
				this.prompted = true;
			}
			case "n" -> this.images = this.parser.isNull() ? 1 : this.parser.number(1, IMAGES_MAX);
			case "size" -> {
				if (!this.parser.isNull()) {
					Matcher size = SIZE.matcher(this.parser.requireText());
					this.pixelsEach = size.matches() ? Long.parseLong(size.group(1)) * Long.parseLong(size.group(2))
							: -1;
				}
			}
			default -> {
				return false;
			}
		}
		return true;
	}

	private boolean speech(String name) throws InvalidRequestException {
		switch (name) {
			case "input" -> {
				String text = this.parser.requireText();
				this.characters = text.codePointCount(0, text.length());
			}
			case "stream_format" -> {
				if (!this.parser.isNull() && !this.parser.requireText().equals("audio")) {
					throw RequestParser.invalid("unsupported_parameter",
							"'stream_format' can only be 'audio' here: the sound itself is streamed.", "stream_format");
				}
			}
			default -> {
				return false;
			}
		}
		return true;
	}

}
