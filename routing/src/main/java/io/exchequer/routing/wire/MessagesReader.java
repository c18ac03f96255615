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
		boolean role = false;
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			switch (name) {
				case "role" -> {
					role();
					role = true;
				}
				case "content" -> content();
				case "tool_calls" -> {
					if (!this.parser.isNull()) {
						this.parser.requireArray();
						this.parser.skip();
					}
				}
				case "audio" -> {
					if (!this.parser.isNull()) {
						unbounded("", "A message refers to audio that the provider keeps.");
					}
					this.parser.skip();
				}
				default -> this.parser.passOver(name);
			}
			name = this.parser.nextMember();
		}
		if (!role) {
			throw this.parser.missing("role");
		}
	}

	private void role() throws InvalidRequestException {
		if (!ROLES.contains(this.parser.requireText())) {
			throw this.parser.invalidValue("must be system, developer, user, assistant, tool or function");
		}
	}

	private void content() throws InvalidRequestException {
		if (this.parser.isText() || this.parser.isNull()) {
			return;
		}
		if (!this.parser.isArray()) {
			throw this.parser.wrongType("a string or an array of parts");
		}
		while (this.parser.next() != JsonToken.END_ARRAY) {
			this.parser.requireObject();
			part();
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
				case "image_url", "input_audio", "file", "video_url", "audio_url" -> payload = payload();
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
				this.request.carries(Modality.FILE);
				this.request.bytesBound = false;
				if (!payload.inline()) {
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

	private void image(Payload payload) {
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

	/** Reads a part's payload: an object with data or a reference, or a plain text. */
	private Payload payload() throws InvalidRequestException {
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
			Payload one = payload(name);
			if (one != null) {
				found = one;
			}
			name = this.parser.nextMember();
		}
		return found;
	}

	private @Nullable Payload payload(String name) throws InvalidRequestException {
		if (this.parser.isText()) {
			return switch (name) {
				case "url" -> dataUrl();
				case "data", "file_data" -> new Payload(true, textBytes());
				default -> null;
			};
		}
		this.parser.skip();
		return null;
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
	 * @param inline whether it is in the request itself
	 * @param bytes its bytes there
	 */
	private record Payload(boolean inline, int bytes) {

		static final Payload NONE = new Payload(false, 0);

	}

}
