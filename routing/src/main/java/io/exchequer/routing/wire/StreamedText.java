package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.registry.Modality;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client was streamed so far, so that another deployment can go on where one broke
 * off. Only one choice's plain text can be gone on with; whatever else the stream shows
 * makes that unsound for good. Used by one thread, and only where the policy asks for it.
 */
public final class StreamedText {

	/** The longest text that is gone on with, in characters. */
	static final int LENGTH_MAX = 256 * 1024;

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final List<String> IDENTITY = List.of("id", "created", "model");

	private static final Set<String> PLAIN = Set.of("role", "content");

	private final StringBuilder text = new StringBuilder();

	private @Nullable ObjectNode first;

	private int pieces;

	private boolean sound = true;

	/** Notes a frame of data that goes to the client. */
	public void add(byte[] buffer, int offset, int length) {
		if (!this.sound) {
			return;
		}
		ObjectNode chunk = chunk(buffer, offset, length);
		if (chunk == null) {
			this.sound = false;
			return;
		}
		if (this.first == null) {
			this.first = chunk;
		}
		for (JsonNode choice : chunk.path("choices")) {
			add(choice);
		}
		this.sound &= this.text.length() <= LENGTH_MAX;
	}

	private void add(JsonNode choice) {
		JsonNode content = choice.path("delta").path("content");
		this.sound &= choice.path("index").asInt(0) == 0 && empty(choice.path("finish_reason"))
				&& empty(choice.path("logprobs")) && empty(choice.path("text"))
				&& (content.isString() || empty(content));
		for (Map.Entry<String, JsonNode> member : choice.path("delta").properties()) {
			this.sound &= PLAIN.contains(member.getKey()) || empty(member.getValue());
		}
		if (content.isString() && !content.stringValue().isEmpty()) {
			this.text.append(content.stringValue());
			this.pieces++;
		}
	}

	private static boolean empty(JsonNode value) {
		return value.isMissingNode() || value.isNull() || value.isContainer() && value.isEmpty()
				|| value.isString() && value.stringValue().isEmpty();
	}

	/**
	 * Returns whether there is something to go on with, and nothing that stands against
	 * it: reasoning, a refusal, a tool call, log probabilities, a second choice, or a
	 * finish reason.
	 */
	public boolean isSound() {
		int length = this.text.length();
		return this.sound && length > 0 && !Character.isHighSurrogate(this.text.charAt(length - 1));
	}

	/** Returns in how many pieces the text came: about as many tokens, or fewer. */
	public int pieces() {
		return this.pieces;
	}

	/**
	 * Returns a frame of the stream that goes on as one of the first stream: its
	 * identifier, model and time of creation, and no role, which the client has already.
	 */
	public byte[] rewritten(byte[] buffer, int offset, int length) {
		ObjectNode chunk = chunk(buffer, offset, length);
		if (chunk == null || this.first == null) {
			return java.util.Arrays.copyOfRange(buffer, offset, offset + length);
		}
		for (String name : IDENTITY) {
			JsonNode value = this.first.get(name);
			if (value != null) {
				chunk.set(name, value);
			}
			else {
				chunk.remove(name);
			}
		}
		for (JsonNode choice : chunk.path("choices")) {
			if (choice.path("delta") instanceof ObjectNode delta) {
				delta.remove("role");
			}
		}
		return ("data: " + chunk + "\n\n").getBytes(StandardCharsets.UTF_8);
	}

	private static @Nullable ObjectNode chunk(byte[] buffer, int offset, int length) {
		StringBuilder data = new StringBuilder(length);
		new String(buffer, offset, length, StandardCharsets.UTF_8).lines()
			.filter((line) -> line.startsWith("data:"))
			.forEach((line) -> data.append(line, "data:".length(), line.length()).append('\n'));
		try {
			return (JSON.readTree(data.toString()) instanceof ObjectNode object) ? object : null;
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	/**
	 * Returns the request to go on with: every byte of the client's, and the text as an
	 * assistant's message at its end.
	 * @param prefill how the deployment wants it
	 * @return null where the request asks for more than plain text (log probabilities, a
	 * format, several choices), or ends with an assistant's message of its own
	 */
	public @Nullable RequestDocument continued(RequestDocument asked, AssistantPrefill prefill) {
		if (prefill == AssistantPrefill.NONE || !isSound() || asked.endpoint() != Endpoint.CHAT_COMPLETIONS
				|| asked.choices() != 1 || asked.structuredOutput()
				|| !Set.of(Modality.TEXT).containsAll(asked.outputModalities())) {
			return null;
		}
		try {
			int end = messagesEnd(asked);
			return (end > 0) ? parsed(asked, end, prefill) : null;
		}
		catch (JacksonException | InvalidRequestException ex) {
			// The client sent, say, the very member that would have to be added.
			return null;
		}
	}

	/**
	 * Returns where the array of messages ends, or -1 where it cannot be gone on with.
	 */
	private static int messagesEnd(RequestDocument asked) {
		int end = -1;
		try (JsonParser parser = JSON.createParser(asked.bytes(), 0, asked.length())) {
			parser.nextToken();
			while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
				String name = parser.currentName();
				JsonToken value = parser.nextToken();
				if (name.equals("logprobs") && value == JsonToken.VALUE_TRUE) {
					return -1;
				}
				if (name.equals("messages") && value == JsonToken.START_ARRAY) {
					if (lastRole(parser).equals("assistant")) {
						return -1;
					}
					end = (int) parser.currentTokenLocation().getByteOffset();
				}
				else {
					parser.skipChildren();
				}
			}
		}
		return end;
	}

	private static String lastRole(JsonParser parser) {
		String role = "";
		while (parser.nextToken() != JsonToken.END_ARRAY) {
			while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
				boolean isRole = parser.currentName().equals("role");
				parser.nextToken();
				role = isRole ? parser.getString() : role;
				parser.skipChildren();
			}
		}
		return role;
	}

	private RequestDocument parsed(RequestDocument asked, int end, AssistantPrefill prefill)
			throws InvalidRequestException {
		StringBuilder message = new StringBuilder(this.text.length() + 64)
			.append(",{\"role\":\"assistant\",\"content\":");
		JsonText.quote(message, this.text.toString());
		message.append(prefill.messageMembers()).append('}');
		byte[] added = message.toString().getBytes(StandardCharsets.UTF_8);
		byte[] members = prefill.requestMembers().getBytes(StandardCharsets.UTF_8);
		byte[] before = asked.bytes();
		int open = 0;
		while (before[open] != '{') {
			open++;
		}
		byte[] body = new byte[asked.length() + added.length + members.length];
		int at = copy(before, 0, open + 1, body, 0);
		at = copy(members, 0, members.length, body, at);
		at = copy(before, open + 1, end, body, at);
		at = copy(added, 0, added.length, body, at);
		copy(before, end, asked.length(), body, at);
		return OpenAiRequests.parse(asked.endpoint(), body, body.length);
	}

	private static int copy(byte[] from, int begin, int end, byte[] to, int at) {
		System.arraycopy(from, begin, to, at, end - begin);
		return at + end - begin;
	}

}
