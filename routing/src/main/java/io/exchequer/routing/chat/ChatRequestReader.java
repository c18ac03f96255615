package io.exchequer.routing.chat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.SplicedBody;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads the canonical wire into a {@link ChatRequest}. It refuses what is malformed, and
 * loses nothing: what has no place in the model is among {@link ChatRequest#others()} or
 * {@link ChatRequest#unread()}. Used by one thread, for one request.
 */
public final class ChatRequestReader {

	/**
	 * What says nothing to a model: how a stream is told, and what a client gives back of
	 * an answer.
	 */
	private static final Set<String> PASSED_OVER = Set.of("include_usage", "include_obfuscation");

	private final JsonNode body;

	private final List<String> unread = new ArrayList<>(0);

	private ChatRequestReader(JsonNode body) {
		this.body = body;
	}

	/**
	 * Reads a request as it goes to a provider.
	 * @throws InvalidRequestException with what is wrong, for the client
	 */
	public static ChatRequest read(SplicedBody body) throws InvalidRequestException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) body.length());
		try {
			body.writeTo(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		byte[] array = bytes.toByteArray();
		return read(array, array.length);
	}

	/**
	 * Reads a request.
	 * @param length how many of the bytes are the body
	 * @throws InvalidRequestException with what is wrong, for the client
	 */
	public static ChatRequest read(byte[] body, int length) throws InvalidRequestException {
		JsonNode tree;
		try {
			tree = Wire.JSON.readTree(body, 0, length);
		}
		catch (JacksonException ex) {
			throw new InvalidRequestException(
					ApiError.invalid("invalid_json", "The body is not a JSON object that can be read.", null));
		}
		if (!tree.isObject()) {
			throw new InvalidRequestException(
					ApiError.invalid("invalid_json", "The body must be a JSON object.", null));
		}
		return new ChatRequestReader(tree).request();
	}

	/** Returns a document's request, which is read once however often it is asked for. */
	public static ParsedChat of(RequestDocument document) {
		return document.derived(ParsedChat.class, (each) -> {
			try {
				return new ParsedChat.Read(read(each.bytes(), each.length()));
			}
			catch (InvalidRequestException ex) {
				return new ParsedChat.Invalid(ex.error());
			}
		});
	}

	/** What came of reading a document. */
	public sealed interface ParsedChat {

		/** Its request. */
		record Read(ChatRequest request) implements ParsedChat {
		}

		/** Why it is none. */
		record Invalid(ApiError error) implements ParsedChat {
		}

	}

	private ChatRequest request() throws InvalidRequestException {
		Members members = new Members(this.body, "");
		String model = members.requiredText("model");
		List<ChatMessage> messages = new MessageReader(this.unread).read(members.take("messages"));
		List<ToolDefinition> tools = tools(members.take("tools"));
		Sampling sampling = sampling(members);
		ReasoningWish reasoning = reasoning(members);
		ResponseFormat format = responseFormat(members.take("response_format"));
		ToolChoice choice = toolChoice(members.take("tool_choice"));
		Boolean parallel = members.flag("parallel_tool_calls");
		Integer completion = members.integer("max_completion_tokens", 1);
		Integer plain = members.integer("max_tokens", 1);
		Integer choices = members.integer("n", 1);
		List<String> stop = stop(members.take("stop"));
		boolean stream = Boolean.TRUE.equals(members.flag("stream"));
		streamOptions(members.take("stream_options"));
		String user = members.text("user");
		String tier = members.text("service_tier");
		Map<String, JsonNode> others = members.rest();
		return new ChatRequest(model, messages, tools, choice, parallel, format, sampling,
				(completion != null) ? completion : plain, (choices != null) ? choices : 1, stop, reasoning, stream,
				user, tier, others, List.copyOf(this.unread));
	}

	private void streamOptions(@Nullable JsonNode options) throws InvalidRequestException {
		if (options != null) {
			Members members = new Members(options, "stream_options");
			members.rest()
				.keySet()
				.stream()
				.filter((name) -> !PASSED_OVER.contains(name))
				.forEach((name) -> this.unread.add("stream_options." + name));
		}
	}

	private static List<String> stop(@Nullable JsonNode stop) throws InvalidRequestException {
		if (stop == null) {
			return List.of();
		}
		if (stop.isString()) {
			return List.of(stop.asString());
		}
		List<String> texts = new ArrayList<>(stop.size());
		if (!stop.isArray()) {
			throw Members.wrong("stop", "must be a string or an array of strings");
		}
		for (JsonNode one : stop) {
			if (!one.isString()) {
				throw Members.wrong("stop", "must be a string or an array of strings");
			}
			texts.add(one.asString());
		}
		return List.copyOf(texts);
	}

	private Sampling sampling(Members members) throws InvalidRequestException {
		Boolean logprobs = members.flag("logprobs");
		Integer top = members.integer("top_logprobs", 0);
		if (top != null && !Boolean.TRUE.equals(logprobs)) {
			throw Members.wrong("top_logprobs", "needs 'logprobs' to be true");
		}
		Integer told = Boolean.TRUE.equals(logprobs) ? (top != null) ? top : Integer.valueOf(0) : null;
		return new Sampling(members.decimal("temperature"), members.decimal("top_p"), members.integer("top_k", 0),
				members.wholeNumber("seed"), members.decimal("frequency_penalty"), members.decimal("presence_penalty"),
				told, logitBias(members.take("logit_bias")));
	}

	private static Map<String, java.math.BigDecimal> logitBias(@Nullable JsonNode bias) throws InvalidRequestException {
		if (bias == null) {
			return Map.of();
		}
		if (!bias.isObject()) {
			throw Members.wrong("logit_bias", "must be an object of numbers");
		}
		Map<String, java.math.BigDecimal> result = new LinkedHashMap<>();
		for (Map.Entry<String, JsonNode> each : bias.properties()) {
			if (!each.getValue().isNumber()) {
				throw Members.wrong("logit_bias", "must be an object of numbers");
			}
			result.put(each.getKey(), each.getValue().decimalValue());
		}
		return result;
	}

	private @Nullable ReasoningWish reasoning(Members members) throws InvalidRequestException {
		String effort = members.text("reasoning_effort");
		JsonNode thinking = members.take("thinking");
		if (thinking == null) {
			return (effort != null) ? new ReasoningWish(effort, null, null) : null;
		}
		Members wish = new Members(thinking, "thinking");
		String type = wish.requiredText("type");
		Integer budget = wish.integer("budget_tokens", 0);
		wish.rest().keySet().forEach((name) -> this.unread.add("thinking." + name));
		return switch (type) {
			case "enabled", "adaptive" -> new ReasoningWish(effort, budget, true);
			case "disabled" -> new ReasoningWish(effort, null, false);
			default -> throw Members.wrong("thinking.type", "must be 'enabled', 'disabled' or 'adaptive'");
		};
	}

	private @Nullable ToolChoice toolChoice(@Nullable JsonNode choice) throws InvalidRequestException {
		if (choice == null) {
			return null;
		}
		if (choice.isString()) {
			return switch (choice.asString()) {
				case "auto" -> new ToolChoice.Auto();
				case "none" -> new ToolChoice.None();
				case "required" -> new ToolChoice.Required();
				default -> throw Members.wrong("tool_choice", "must be 'auto', 'none', 'required' or name a function");
			};
		}
		Members members = new Members(choice, "tool_choice");
		if (!members.requiredText("type").equals("function")) {
			this.unread.add("tool_choice");
			return null;
		}
		return new ToolChoice.Named(members.requiredObject("function").requiredText("name"));
	}

	private ResponseFormat responseFormat(@Nullable JsonNode format) throws InvalidRequestException {
		if (format == null) {
			return new ResponseFormat.Text();
		}
		Members members = new Members(format, "response_format");
		switch (members.requiredText("type")) {
			case "text" -> {
				return new ResponseFormat.Text();
			}
			case "json_object" -> {
				return new ResponseFormat.JsonObject();
			}
			case "json_schema" -> {
				Members schema = members.requiredObject("json_schema");
				JsonNode node = schema.take("schema");
				return new ResponseFormat.JsonSchema(schema.requiredText("name"), schema.text("description"),
						(node != null) ? node : Wire.JSON.createObjectNode(), schema.flag("strict"));
			}
			default -> {
				this.unread.add("response_format");
				return new ResponseFormat.Text();
			}
		}
	}

	private List<ToolDefinition> tools(@Nullable JsonNode tools) throws InvalidRequestException {
		if (tools == null) {
			return List.of();
		}
		if (!tools.isArray()) {
			throw Members.wrong("tools", "must be an array");
		}
		List<ToolDefinition> result = new ArrayList<>(tools.size());
		for (int i = 0; i < tools.size(); i++) {
			String path = "tools[" + i + "]";
			Members tool = new Members(tools.get(i), path);
			if (!tool.requiredText("type").equals("function")) {
				this.unread.add(path);
				continue;
			}
			Members function = tool.requiredObject("function");
			result.add(new ToolDefinition(function.requiredText("name"), function.text("description"),
					function.take("parameters"), function.flag("strict"), tool.cacheMark()));
			function.rest().keySet().forEach((name) -> this.unread.add(path + ".function." + name));
			tool.rest().keySet().forEach((name) -> this.unread.add(path + "." + name));
		}
		return List.copyOf(result);
	}

}
