package io.exchequer.routing.wire;

import java.util.Set;

import io.exchequer.registry.Modality;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * Reads {@code messages}: roles, and the parts of content whose cost is not that of text.
 */
final class MessagesReader {

	private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function");

	private final RequestParser parser;

	private final ParsedRequest request;

	/** The part of the message's content that is being read. */
	private int part;

	/** The message's first part that is an image or a file, or -1. */
	private int media;

	MessagesReader(RequestParser parser, ParsedRequest request) {
		this.parser = parser;
		this.request = request;
	}

	void read() throws InvalidRequestException {
		this.parser.requireArray();
		int count = 0;
		while (this.parser.next() != JsonToken.END_ARRAY) {
			this.parser.requireObject();
			message();
			count++;
		}
		if (count == 0) {
			throw this.parser.invalidValue("is empty: send at least one message");
		}
		this.request.messages = count;
	}

	private void message() throws InvalidRequestException {
		String role = null;
		int contentBegin = 0;
		int contentEnd = 0;
		boolean failed = false;
		this.media = -1;
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			switch (name) {
				case "role" -> role = role();
				case "content" -> {
					if (role != null && !isResult(role)) {
						content();
					}
					else {
						contentBegin = this.parser.begin();
						content();
						contentEnd = this.parser.end();
					}
				}
				case "tool_calls" -> toolCalls();
				case "audio" -> {
					if (!this.parser.isNull()) {
						unbounded("", "A message refers to audio that the provider keeps.");
					}
					this.parser.skip();
				}
				case "reasoning_content", "thinking_blocks" ->
					AdditionsReader.member(this.parser, this.request, Addition.Kind.REASONING);
				case "is_error" -> failed = AdditionsReader.failure(this.parser, this.request);
				default -> this.parser.passOver(name);
			}
			name = this.parser.nextMember();
		}
		if (role == null) {
			throw this.parser.missing("role");
		}
		if (isResult(role)) {
			// Some templates write it as JSON.
			this.request.rendered(RenderedSize.ofValues(this.request.bytes(), contentBegin, contentEnd));
			result(failed, contentBegin);
		}
	}

	/** Notes what of a tool's result OpenAI's own form does not have. */
	private void result(boolean failed, int contentBegin) {
		if (failed) {
			this.request.beyondOpenAi().failed(contentBegin);
		}
		if (this.media >= 0) {
			this.request.beyondOpenAi()
				.lacks(Addition.Kind.TOOL_MEDIA, this.parser.path() + ".content[" + this.media + ']');
		}
	}

	/** Returns whether a message is a tool's result. */
	private static boolean isResult(String role) {
		return role.equals("tool") || role.equals("function");
	}

	private String role() throws InvalidRequestException {
		String role = this.parser.requireText();
		if (!ROLES.contains(role)) {
			throw this.parser.invalidValue("must be system, developer, user, assistant, tool or function");
		}
		return role;
	}

	/** Templates write calls anew, some after parsing their arguments. */
	private void toolCalls() throws InvalidRequestException {
		if (!this.parser.isNull()) {
			this.parser.requireArray();
			int begin = this.parser.begin();
			while (this.parser.next() != JsonToken.END_ARRAY) {
				call();
			}
			this.request.rendered(RenderedSize.ofCalls(this.request.bytes(), begin, this.parser.end()));
		}
	}

	private void call() throws InvalidRequestException {
		if (!this.parser.isObject()) {
			this.parser.skip();
			return;
		}
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			if (name.equals("extra_content")) {
				AdditionsReader.callExtras(this.parser, this.request);
			}
			else {
				this.parser.skip();
			}
			name = this.parser.nextMember();
		}
	}

	private void content() throws InvalidRequestException {
		if (this.parser.isText() || this.parser.isNull()) {
			return;
		}
		if (!this.parser.isArray()) {
			throw this.parser.wrongType("a string or an array of parts");
		}
		this.part = 0;
		while (this.parser.next() != JsonToken.END_ARRAY) {
			this.parser.requireObject();
			part();
			this.part++;
		}
	}

	/** Reads one part: its type may come after its payload. */
	private void part() throws InvalidRequestException {
		String type = null;
		Payload payload = Payload.NONE;
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			switch (name) {
				case "type" -> type = this.parser.requireText();
				case "image_url", "input_audio", "file", "video_url", "audio_url" ->
					payload = payload.and(payloadOf(name));
				case "cache_control" -> AdditionsReader.hint(this.parser, this.request);
				default -> this.parser.passOver(name);
			}
			name = this.parser.nextMember();
		}
		if (type == null) {
			throw this.parser.missing("type");
		}
		note(type, payload);
	}

	private void note(String type, Payload payload) {
		switch (type) {
			case "text", "refusal", "thinking" -> {
			}
			case "image_url" -> image(payload);
			case "input_audio" -> {
				this.request.carries(Modality.AUDIO);
				this.request.audioBytes += Math.max(1, payload.bytes());
				if (!payload.inline()) {
					unbounded(".input_audio", "The audio is not in the request.");
				}
			}
			case "file" -> {
				media();
				this.request.carries(Modality.FILE);
				this.request.bytesBound = false;
				this.request.files++;
				if (payload.inline()) {
					this.request.fileBytes += payload.bytes();
				}
				else {
					unbounded(".file", "The file is not in the request.");
				}
			}
			case "video_url" -> {
				this.request.carries(Modality.VIDEO);
				unbounded(".video_url", "A video's tokens are not known beforehand.");
			}
			default -> unbounded(".type", "The platform does not know this kind of content.");
		}
	}

	private void media() {
		if (this.media < 0) {
			this.media = this.part;
		}
	}

	private void image(Payload payload) {
		media();
		this.request.carries(Modality.IMAGE);
		this.request.images++;
		if (payload.inline()) {
			this.request.inlineImageBytes += payload.bytes();
		}
		else if (this.request.imagesByUrl == null) {
			this.request.imagesByUrl = this.parser.path() + ".image_url";
		}
	}

	private void unbounded(String member, String what) {
		if (this.request.unbounded == null) {
			this.request.unbounded(this.parser.path() + member, what);
		}
	}

	/**
	 * Reads a part's payload: an object with data or a reference, or a plain text.
	 * @param part the payload's name, such as {@code image_url}
	 */
	private Payload payloadOf(String part) throws InvalidRequestException {
		if (this.parser.isText()) {
			return dataUrl();
		}
		if (!this.parser.isObject()) {
			this.parser.skip();
			return Payload.NONE;
		}
		Payload found = Payload.NONE;
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			if (name.equals("file_id") && part.equals("image_url")) {
				AdditionsReader.reference(this.parser, this.request, Addition.Kind.UPLOADED_IMAGE);
			}
			else if (name.equals("file_url") && part.equals("file")) {
				AdditionsReader.reference(this.parser, this.request, Addition.Kind.REMOTE_DOCUMENT);
			}
			found = found.and(payload(name));
			name = this.parser.nextMember();
		}
		return found;
	}

	private Payload payload(String name) throws InvalidRequestException {
		if (this.parser.isNull()) {
			return Payload.NONE;
		}
		switch (name) {
			case "url", "file_url", "uri" -> {
				if (this.parser.isText()) {
					return dataUrl();
				}
				this.parser.skip();
				return Payload.ELSEWHERE;
			}
			case "data", "file_data" -> {
				if (this.parser.isText()) {
					return new Payload(true, textBytes());
				}
				this.parser.skip();
				return Payload.ELSEWHERE;
			}
			case "file_id", "id" -> {
				this.parser.skip();
				return Payload.ELSEWHERE;
			}
			default -> {
				this.parser.passOver(name);
				return Payload.NONE;
			}
		}
	}

	private Payload dataUrl() {
		int begin = this.parser.begin() + 1;
		byte[] bytes = this.request.bytes();
		boolean inline = begin + 5 <= this.request.length() && bytes[begin] == 'd' && bytes[begin + 1] == 'a'
				&& bytes[begin + 2] == 't' && bytes[begin + 3] == 'a' && bytes[begin + 4] == ':';
		return new Payload(inline, textBytes());
	}

	private int textBytes() {
		int begin = this.parser.begin();
		return this.parser.end() - begin;
	}

	/**
	 * What a part carries.
	 *
	 * @param inline whether all of it is in the request itself: a server may take either
	 * of a reference and data beside it
	 * @param bytes its bytes there
	 */
	private record Payload(boolean inline, int bytes) {

		static final Payload NONE = new Payload(false, 0);

		/** What the provider fetches, or keeps. */
		static final Payload ELSEWHERE = new Payload(false, 0);

		Payload and(Payload other) {
			if (this == NONE) {
				return other;
			}
			return (other == NONE) ? this : new Payload(this.inline && other.inline, this.bytes + other.bytes);
		}

	}

}
