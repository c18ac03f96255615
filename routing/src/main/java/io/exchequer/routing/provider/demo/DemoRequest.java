package io.exchequer.routing.provider.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

import io.exchequer.routing.wire.SplicedBody;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request as the simulator reads it.
 *
 * @param json the whole body
 * @param seed the same for the same question, streamed or not
 */
record DemoRequest(ObjectNode json, long seed) {

	static final JsonMapper JSON = JsonMapper.builder().build();

	/** What does not change the answer. */
	private static final List<String> MANNER = List.of("stream", "stream_options", "max_tokens",
			"max_completion_tokens", "metadata", "n", "stop", "logprobs", "top_logprobs", "user");

	private static final int BYTES_PER_TOKEN = 4;

	static DemoRequest of(SplicedBody body) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) body.length());
		try {
			body.writeTo(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		ObjectNode json = (ObjectNode) JSON.readTree(bytes.toByteArray());
		ObjectNode question = json.deepCopy();
		question.remove(MANNER);
		return new DemoRequest(json, hash(question.toString()));
	}

	/** A 64-bit FNV-1a hash, with its bits mixed. */
	static long hash(String text) {
		long hash = 0xcbf29ce484222325L;
		for (int i = 0; i < text.length(); i++) {
			hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
		}
		hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
		return hash ^ (hash >>> 33);
	}

	String model() {
		return this.json.path("model").asString("demo");
	}

	boolean usageWanted() {
		return this.json.path("stream_options").path("include_usage").asBoolean(false);
	}

	int choices() {
		return Math.max(1, this.json.path("n").asInt(1));
	}

	/** Returns the output limit in tokens. */
	int maxOutput() {
		int limit = this.json.path("max_completion_tokens").asInt(0);
		limit = (limit > 0) ? limit : this.json.path("max_tokens").asInt(0);
		return (limit > 0) ? limit : Integer.MAX_VALUE;
	}

	/** Returns the texts that end the answer. */
	List<String> stops() {
		JsonNode stop = this.json.path("stop");
		List<String> stops = new ArrayList<>();
		if (stop.isString()) {
			stops.add(stop.asString());
		}
		stop.forEach((one) -> stops.add(one.asString("")));
		stops.removeIf(String::isEmpty);
		return stops;
	}

	/** Returns how many alternatives each token's log probabilities show, or -1. */
	int logprobs() {
		return this.json.path("logprobs").asBoolean(false) ? this.json.path("top_logprobs").asInt(0) : -1;
	}

	/** Returns what goes wrong on purpose, or null. */
	@Nullable String error() {
		JsonNode error = this.json.path("metadata").path("demo_error");
		return error.isMissingNode() || error.isNull() ? null : error.asString("");
	}

	/** Returns the wait before the first token that the request chooses, or null. */
	@Nullable String latency() {
		JsonNode latency = this.json.path("metadata").path("demo_latency");
		return latency.isString() ? latency.asString() : null;
	}

	/** Returns the text of the last message of a role, or an empty text. */
	String last(String role) {
		String text = "";
		for (JsonNode message : this.json.path("messages")) {
			if (message.path("role").asString("").equals(role)) {
				text = text(message.path("content"));
			}
		}
		return text;
	}

	/** Returns the role of the last message. */
	String lastRole() {
		JsonNode messages = this.json.path("messages");
		return messages.path(messages.size() - 1).path("role").asString("");
	}

	private static String text(JsonNode content) {
		if (content.isString()) {
			return content.asString();
		}
		StringBuilder text = new StringBuilder();
		content.forEach((part) -> text.append(part.path("text").asString("")));
		return text.toString();
	}

	/** Returns the tokens of the input, as the simulator counts them. */
	int promptTokens() {
		int tokens = 3;
		for (JsonNode message : this.json.path("messages")) {
			JsonNode content = message.path("content");
			int length = content.isString() ? content.asString().length() : partsLength(content);
			tokens += 4
					+ (length + message.path("tool_calls").toString().length() + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
		}
		JsonNode tools = this.json.path("tools");
		return tools.isEmpty() ? tokens : tokens + tools.toString().length() / BYTES_PER_TOKEN;
	}

	private static int partsLength(JsonNode content) {
		int length = 0;
		for (JsonNode part : content) {
			length += part.path("text").asString("").length() + (part.has("image_url") ? 85 * BYTES_PER_TOKEN : 0);
		}
		return length;
	}

	/** Returns the hidden reasoning tokens that the asked effort takes. */
	int reasoningTokens() {
		return switch (this.json.path("reasoning_effort").asString("")) {
			case "low" -> 16;
			case "medium" -> 48;
			case "high" -> 128;
			default -> 0;
		};
	}

}
