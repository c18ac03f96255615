package io.exchequer.gateway.dialect.responses;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.exchequer.gateway.dialect.Leftovers;
import io.exchequer.gateway.dialect.Members;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ReasoningWish;
import io.exchequer.routing.chat.ResponseFormat;
import io.exchequer.routing.chat.Sampling;
import io.exchequer.routing.chat.ToolChoice;
import io.exchequer.routing.chat.ToolDefinition;
import io.exchequer.routing.wire.InvalidRequestException;

/**
 * Reads a request to the Responses API. Used by one thread, for one request.
 */
final class RequestReader {

	/** What asks for something that would not be the same request without it. */
	private static final Map<String, String> NOT_DROPPABLE = Map.of("conversation",
			"keeps state at one provider, which the platform does not: send the items, or 'previous_response_id'",
			"prompt", "names a template at one provider: send its text");

	private static final Set<String> EFFORTS = Set.of("none", "minimal", "low", "medium", "high", "xhigh");

	/** What goes to a provider under the same name. */
	private static final List<String> AS_THEY_ARE = List.of("safety_identifier", "prompt_cache_key",
			"prompt_cache_retention");

	private static final String LOGPROBS = "message.output_text.logprobs";

	private static final Set<String> INCLUDED = Set.of(LOGPROBS, "reasoning.encrypted_content");

	/** What of {@code metadata} the platform reads itself. */
	private static final Set<String> READ = Set.of("task", "demo_error", "demo_latency");

	private static final int METADATA_MAX = 16;

	/** What a smaller body repeats in its answer need not be counted. */
	private static final int SMALL = 64 * 1024;

	private final Members body;

	private final Leftovers leftovers;

	private final Conversations conversations;

	private final InputReader input;

	private final ObjectNode settings = JsonNodeFactory.instance.objectNode();

	private final ArrayNode items = JsonNodeFactory.instance.arrayNode();

	private boolean logprobs;

	private boolean store;

	RequestReader(JsonNode body, Leftovers leftovers, Conversations conversations) throws InvalidRequestException {
		this.body = new Members(body, "");
		this.leftovers = leftovers;
		this.conversations = conversations;
		this.input = new InputReader(leftovers);
	}

	/** Reads the request. */
	ChatRequest read() throws InvalidRequestException {
		String model = this.body.requiredText("model");
		refuse();
		this.settings.put("background", false).putNull("max_tool_calls");
		store();
		input();
		Integer maxOutput = this.body.integer("max_output_tokens", 1);
		this.settings.put("max_output_tokens", maxOutput);
		List<ToolDefinition> tools = tools(this.body.take("tools"));
		ToolChoice choice = toolChoice(this.body.take("tool_choice"));
		Boolean parallel = this.body.flag("parallel_tool_calls");
		this.settings.put("parallel_tool_calls", parallel == null || parallel);
		Map<String, JsonNode> others = new LinkedHashMap<>();
		ResponseFormat format = text(others);
		ReasoningWish reasoning = reasoning();
		Sampling sampling = sampling();
		metadata(others);
		for (String name : AS_THEY_ARE) {
			String value = this.body.text(name);
			if (value != null) {
				others.put(name, JsonNodeFactory.instance.stringNode(value));
				this.settings.put(name, value);
			}
		}
		String user = this.body.text("user");
		this.settings.put("user", user);
		String tier = this.body.text("service_tier");
		this.settings.put("service_tier", (tier != null) ? tier : "auto");
		boolean stream = Boolean.TRUE.equals(this.body.flag("stream"));
		rest();
		return new ChatRequest(model, this.input.messages(), tools, choice, parallel, format, sampling, maxOutput, 1,
				List.of(), reasoning, stream, user, tier, others, List.of());
	}

	/**
	 * Returns what is told again in the answer.
	 * @param length the body's bytes
	 * @throws InvalidRequestException if there is no memory to keep it meanwhile
	 */
	Asked asked(int length) throws InvalidRequestException {
		int settingsBytes = (length > SMALL) ? this.settings.toString().length() : 0;
		this.conversations.retain(settingsBytes + (this.store ? (long) length : 0));
		return new Asked(this.settings, settingsBytes, this.logprobs, this.store,
				this.store ? this.items : JsonNodeFactory.instance.arrayNode());
	}

	/** Returns where each canonical message came from. */
	List<ItemPaths.Place> places() {
		return this.input.places();
	}

	private void refuse() throws InvalidRequestException {
		for (Map.Entry<String, String> each : NOT_DROPPABLE.entrySet()) {
			if (this.body.take(each.getKey()) != null) {
				throw Leftovers.unsupported(each.getKey(), each.getValue());
			}
		}
		if (Boolean.TRUE.equals(this.body.flag("background"))) {
			throw Leftovers.unsupported("background", "is not served: ask for a stream, or wait for the answer");
		}
	}

	private void store() throws InvalidRequestException {
		Boolean wanted = this.body.flag("store");
		this.store = this.conversations.keeps() && (wanted == null || wanted);
		this.settings.put("store", this.store);
	}

	private void input() throws InvalidRequestException {
		String instructions = this.body.text("instructions");
		this.settings.put("instructions", instructions);
		if (instructions != null) {
			this.input.instructions(instructions);
		}
		String previous = this.body.text("previous_response_id");
		this.settings.put("previous_response_id", previous);
		if (previous != null) {
			for (JsonNode item : previous(previous)) {
				this.input.item(item, "previous_response_id");
				this.items.add(item);
			}
		}
		JsonNode asked = this.body.required("input");
		if (asked.isString()) {
			this.input.text(asked.asString());
			ObjectNode item = this.items.addObject().put("type", "message").put("role", "user");
			item.putArray("content").addObject().put("type", "input_text").put("text", asked.asString());
			return;
		}
		if (!asked.isArray()) {
			throw Members.wrongType("input", "a string or an array of items", asked);
		}
		if (asked.isEmpty()) {
			throw Members.invalidValue("input", "is empty: send at least one item");
		}
		for (int i = 0; i < asked.size(); i++) {
			String path = "input[" + i + "]";
			JsonNode item = resolved(asked.get(i), path);
			this.input.item(item, path);
			this.items.add(item);
		}
	}

	private ArrayNode previous(String id) throws InvalidRequestException {
		UUID response = ResponseIds.response(id);
		ArrayNode found = (response != null) ? this.conversations.items(response) : null;
		if (found == null) {
			throw new InvalidRequestException(ApiError.invalid("previous_response_not_found",
					"There is no stored response '" + id + "'" + notStored() + ".", "previous_response_id"));
		}
		return found;
	}

	private String notStored() {
		return this.conversations.keeps()
				? ": it was not stored, was deleted, or is too old; send the whole conversation"
				: ": this tenant does not store answers. Send the whole conversation in 'input' with store: false,"
						+ " or have an administrator let the tenant's answers be stored";
	}

	/** An item that is only named is taken from the answer it was in. */
	private JsonNode resolved(JsonNode item, String path) throws InvalidRequestException {
		JsonNode id = item.path("id");
		boolean reference = item.path("type").asString("").equals("item_reference")
				|| item.isObject() && item.size() == 1 && id.isString();
		if (!reference) {
			return item;
		}
		UUID response = id.isString() ? ResponseIds.ofItem(id.asString()) : null;
		ArrayNode found = (response != null) ? this.conversations.items(response) : null;
		if (found != null) {
			for (JsonNode each : found) {
				if (each.path("id").equals(id)) {
					return each;
				}
			}
		}
		throw new InvalidRequestException(ApiError.invalid("item_not_found",
				"'" + path + "' names an item that is not stored" + notStored() + ".", path));
	}

	private List<ToolDefinition> tools(@Nullable JsonNode tools) throws InvalidRequestException {
		ArrayNode told = this.settings.putArray("tools");
		if (tools == null) {
			return List.of();
		}
		Members.requireArray(tools, "tools");
		List<ToolDefinition> result = new ArrayList<>(tools.size());
		for (int i = 0; i < tools.size(); i++) {
			Members tool = new Members(tools.get(i), "tools[" + i + "]");
			if (!tool.requiredText("type").equals("function")) {
				throw Leftovers.unsupported(tool.path("type"),
						"names a tool that one provider runs or defines: offer a function of your own");
			}
			String name = tool.requiredText("name");
			String description = tool.text("description");
			JsonNode parameters = tool.take("parameters");
			if (parameters != null && !parameters.isObject()) {
				throw Members.wrongType(tool.path("parameters"), "an object", parameters);
			}
			Boolean strict = tool.flag("strict");
			this.leftovers.drop(tool);
			result.add(new ToolDefinition(name, description, parameters, strict, null));
			ObjectNode function = told.addObject()
				.put("type", "function")
				.put("name", name)
				.put("description", description);
			function.set("parameters", (parameters != null) ? parameters : JsonNodeFactory.instance.nullNode());
			function.put("strict", Boolean.TRUE.equals(strict));
		}
		return List.copyOf(result);
	}

	private @Nullable ToolChoice toolChoice(@Nullable JsonNode choice) throws InvalidRequestException {
		if (choice == null) {
			this.settings.put("tool_choice", "auto");
			return null;
		}
		this.settings.set("tool_choice", choice);
		if (choice.isString()) {
			return switch (choice.asString()) {
				case "auto" -> new ToolChoice.Auto();
				case "none" -> new ToolChoice.None();
				case "required" -> new ToolChoice.Required();
				default ->
					throw Members.invalidValue("tool_choice", "must be 'auto', 'none', 'required' or name a function");
			};
		}
		Members members = new Members(choice, "tool_choice");
		if (!members.requiredText("type").equals("function")) {
			throw Leftovers.unsupported("tool_choice.type",
					"can only be 'function' here: name one, and offer in 'tools' only what may be called");
		}
		ToolChoice named = new ToolChoice.Named(members.requiredText("name"));
		this.leftovers.drop(members);
		return named;
	}

	private ResponseFormat text(Map<String, JsonNode> others) throws InvalidRequestException {
		ObjectNode told = this.settings.putObject("text");
		Members text = this.body.object("text");
		Members format = (text != null) ? text.object("format") : null;
		String verbosity = (text != null) ? text.text("verbosity") : null;
		if (verbosity != null) {
			others.put("verbosity", JsonNodeFactory.instance.stringNode(verbosity));
			told.put("verbosity", verbosity);
		}
		if (text != null) {
			this.leftovers.drop(text);
		}
		ResponseFormat read = (format != null) ? format(format, told) : new ResponseFormat.Text();
		if (!told.has("format")) {
			told.putObject("format").put("type", "text");
		}
		return read;
	}

	private ResponseFormat format(Members format, ObjectNode told) throws InvalidRequestException {
		String type = format.requiredText("type");
		ResponseFormat read = switch (type) {
			case "text" -> new ResponseFormat.Text();
			case "json_object" -> new ResponseFormat.JsonObject();
			case "json_schema" -> {
				String name = format.requiredText("name");
				String description = format.text("description");
				JsonNode schema = format.required("schema");
				if (!schema.isObject()) {
					throw Members.wrongType(format.path("schema"), "an object", schema);
				}
				Boolean strict = format.flag("strict");
				ObjectNode repeated = told.putObject("format")
					.put("type", type)
					.put("name", name)
					.put("description", description);
				repeated.set("schema", schema);
				repeated.put("strict", Boolean.TRUE.equals(strict));
				yield new ResponseFormat.JsonSchema(name, description, schema, strict);
			}
			default ->
				throw Members.invalidValue(format.path("type"), "must be 'text', 'json_object' or 'json_schema'");
		};
		this.leftovers.drop(format);
		if (!told.has("format")) {
			told.putObject("format").put("type", type);
		}
		return read;
	}

	private @Nullable ReasoningWish reasoning() throws InvalidRequestException {
		ObjectNode told = this.settings.putObject("reasoning");
		Members reasoning = this.body.object("reasoning");
		if (reasoning == null) {
			told.putNull("effort").putNull("summary");
			return null;
		}
		String effort = reasoning.text("effort");
		if (effort != null && !EFFORTS.contains(effort)) {
			throw Members.invalidValue(reasoning.path("effort"),
					"must be 'none', 'minimal', 'low', 'medium', 'high' or 'xhigh'");
		}
		told.put("effort", effort);
		String summary = null;
		for (String name : List.of("summary", "generate_summary")) {
			String wanted = reasoning.text(name);
			if (wanted != null && !wanted.equals("auto")) {
				this.leftovers.drop(reasoning.path(name),
						"can only be 'auto': reasoning is shown as the provider shows it");
			}
			summary = (wanted != null) ? "auto" : summary;
		}
		told.put("summary", summary);
		this.leftovers.drop(reasoning);
		return (effort != null) ? new ReasoningWish(effort, null, null) : null;
	}

	private Sampling sampling() throws InvalidRequestException {
		var temperature = this.body.decimal("temperature");
		var topP = this.body.decimal("top_p");
		Integer top = this.body.integer("top_logprobs", 0);
		List<String> include = this.body.texts("include");
		for (int i = 0; i < include.size(); i++) {
			if (!INCLUDED.contains(include.get(i))) {
				this.leftovers.drop("include[" + i + "]", "asks for what is not in an answer here: leave it out");
			}
		}
		this.logprobs = include.contains(LOGPROBS) || top != null && top > 0;
		if (temperature != null) {
			this.settings.put("temperature", temperature);
		}
		else {
			this.settings.put("temperature", 1.0);
		}
		if (topP != null) {
			this.settings.put("top_p", topP);
		}
		else {
			this.settings.put("top_p", 1.0);
		}
		int told = (top != null) ? top : 0;
		this.settings.put("top_logprobs", told);
		return new Sampling(temperature, topP, null, null, null, null, this.logprobs ? Integer.valueOf(told) : null,
				Map.of());
	}

	/** Of what is kept with an answer, only what is read here goes on. */
	private void metadata(Map<String, JsonNode> others) throws InvalidRequestException {
		ObjectNode told = this.settings.putObject("metadata");
		JsonNode metadata = this.body.take("metadata");
		if (metadata == null) {
			return;
		}
		Members members = new Members(metadata, "metadata");
		if (members.rest().size() > METADATA_MAX) {
			throw Members.invalidValue("metadata", "has more than " + METADATA_MAX + " members");
		}
		ObjectNode read = JsonNodeFactory.instance.objectNode();
		for (String name : members.rest()) {
			String value = members.requiredText(name);
			told.put(name, value);
			if (READ.contains(name)) {
				read.put(name, value);
			}
		}
		if (!read.isEmpty()) {
			others.put("metadata", read);
		}
	}

	private void rest() throws InvalidRequestException {
		String truncation = this.body.text("truncation");
		this.settings.put("truncation", "disabled");
		if (truncation != null && !truncation.equals("disabled")) {
			this.leftovers.drop("truncation", "can only be 'disabled': a conversation that is too long is refused");
		}
		Members options = this.body.object("stream_options");
		if (options != null) {
			if (Boolean.TRUE.equals(options.flag("include_obfuscation"))) {
				this.leftovers.drop(options.path("include_obfuscation"), "is not done: leave it out");
			}
			this.leftovers.drop(options);
		}
		if (this.body.integer("max_tool_calls", 0) != null) {
			this.leftovers.drop("max_tool_calls", "limits tools that a provider runs, and there are none here");
		}
		this.leftovers.drop(this.body);
	}

}
