package io.exchequer.admin.connection;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.exchequer.admin.connection.ConnectionReport.Result;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Judges an answer by its form alone. What the model says is not repeated, and whether it
 * is right is not a connection's matter.
 *
 * @param result passed or failed
 * @param detail the result in words
 */
record Judgement(Result result, String detail) {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final String DATA = "data:";

	private static final String DONE = "[DONE]";

	private static Judgement passed(String detail) {
		return new Judgement(Result.PASSED, detail);
	}

	private static Judgement failed(String detail) {
		return new Judgement(Result.FAILED, detail);
	}

	/** Judges an answer of text that is not streamed. */
	static Judgement ofText(byte[] answer, String passed) {
		JsonNode choice = read(answer).at("/choices/0");
		JsonNode message = choice.path("message");
		if (isText(message, "content")) {
			return passed(passed);
		}
		if (isText(message, "reasoning_content") || isText(message, "reasoning")) {
			return passed("answered with reasoning, which used the few tokens that a test asks for");
		}
		if (isText(message, "refusal")) {
			return passed("answered with a refusal");
		}
		if (choice.path("finish_reason").asString("").equals("length")) {
			return passed("answered with no text within the few tokens that a test asks for");
		}
		return failed("the answer has no text");
	}

	/** Judges a streamed answer of text. */
	static Judgement ofStream(byte[] stream) {
		int content = 0;
		boolean finished = false;
		List<JsonNode> chunks = chunks(stream);
		for (JsonNode chunk : chunks) {
			JsonNode choice = chunk.at("/choices/0");
			JsonNode delta = choice.path("delta");
			if (isText(delta, "content") || isText(delta, "reasoning_content") || isText(delta, "reasoning")
					|| isText(delta, "refusal")) {
				content++;
			}
			finished |= choice.path("finish_reason").isString();
		}
		if (content == 0 && !finished) {
			return failed("the stream has no content");
		}
		boolean done = new String(stream, StandardCharsets.UTF_8).contains(DONE);
		return passed(chunks.size() + " chunks, " + content + " of them with content, "
				+ (done ? "ended by [DONE]" : "finished, without [DONE]"));
	}

	/** Judges the answer to a request that demands a tool's call. */
	static Judgement ofTools(byte[] answer) {
		JsonNode call = read(answer).at("/choices/0/message/tool_calls/0/function");
		if (call.isMissingNode()) {
			return failed("the model did not call the tool that the request demands");
		}
		if (!call.path("name").asString("").equals(TestRequests.TOOL)) {
			return failed("the model called a tool that it was not offered");
		}
		try {
			return JSON.readTree(call.path("arguments").asString("")).isObject()
					? passed("the model called the tool with arguments in JSON")
					: failed("the tool's arguments are not a JSON object");
		}
		catch (JacksonException ex) {
			return failed("the tool's arguments are not JSON");
		}
	}

	static Judgement ofEmbedding(byte[] answer) {
		JsonNode embedding = read(answer).at("/data/0/embedding");
		if (embedding.isArray() && !embedding.isEmpty() && embedding.get(0).isNumber()) {
			return passed("an embedding of " + embedding.size() + " dimensions");
		}
		return isText(read(answer).at("/data/0"), "embedding") ? passed("an encoded embedding")
				: failed("the answer has no embedding");
	}

	/** Judges the usage that an answer tells, or a stream's chunks. */
	static Judgement ofUsage(byte[] answer, boolean stream) {
		JsonNode usage = stream ? lastUsage(answer) : read(answer).path("usage");
		if (usage == null || !usage.path("prompt_tokens").isIntegralNumber()) {
			return failed("the answer tells no usage: such calls are billed at their full hold, as estimates");
		}
		long input = usage.path("prompt_tokens").asLong();
		long output = usage.path("completion_tokens").asLong(0);
		if (input <= 0 || output < 0) {
			return failed(
					"the answer tells a usage that cannot be: " + input + " tokens of input, " + output + " of output");
		}
		return passed(input + " tokens of input, " + output + " of output");
	}

	private static @Nullable JsonNode lastUsage(byte[] stream) {
		return chunks(stream).stream()
			.map((chunk) -> chunk.path("usage"))
			.filter(JsonNode::isObject)
			.reduce((one, later) -> later)
			.orElse(null);
	}

	private static boolean isText(JsonNode object, String member) {
		return object.path(member).isString() && !object.path(member).asString().isEmpty();
	}

	private static JsonNode read(byte[] json) {
		try {
			return JSON.readTree(json);
		}
		catch (JacksonException ex) {
			return JSON.missingNode();
		}
	}

	/** Returns what the stream's events hold, as far as it is JSON. */
	private static List<JsonNode> chunks(byte[] stream) {
		List<JsonNode> chunks = new ArrayList<>();
		new String(stream, StandardCharsets.UTF_8).lines().filter((line) -> line.startsWith(DATA)).forEach((line) -> {
			JsonNode chunk = read(line.substring(DATA.length()).strip().getBytes(StandardCharsets.UTF_8));
			if (chunk.isObject()) {
				chunks.add(chunk);
			}
		});
		return chunks;
	}

}
