package io.exchequer.gateway.dialect.anthropic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import io.exchequer.gateway.dialect.Leftovers;
import io.exchequer.gateway.dialect.Members;
import io.exchequer.routing.chat.CacheMark;
import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ReasoningWish;
import io.exchequer.routing.chat.ResponseFormat;
import io.exchequer.routing.chat.Sampling;
import io.exchequer.routing.chat.ToolChoice;
import io.exchequer.routing.chat.ToolDefinition;
import io.exchequer.routing.wire.InvalidRequestException;

/**
 * Reads a request to the Messages API. Used by one thread, for one request.
 */
final class RequestReader {

	/** What asks for something that would not be the same request without it. */
	private static final Map<String, String> NOT_DROPPABLE = Map.of("mcp_servers",
			"lets the provider call servers on its side, which the platform cannot bound: offer their tools in 'tools'",
			"container", "keeps state at one provider, which the platform does not: leave it out", "inference_geo",
			"is not for the client to say here: a routing policy and the data class decide where a request may go",
			"functions", "is not a member of this API: use 'tools'");

	private static final Set<String> EFFORTS = Set.of("low", "medium", "high", "xhigh", "max");

	private final Members body;

	private final Leftovers leftovers;

	private final ContentReader content;

	private final List<CanonicalPaths.Place> places = new ArrayList<>();

	RequestReader(JsonNode body, Leftovers leftovers) throws InvalidRequestException {
		this.body = new Members(body, "");
		this.leftovers = leftovers;
		this.content = new ContentReader(leftovers, this.places);
	}

	/**
	 * Reads the request.
	 * @param answered whether it is to be answered, rather than counted
	 */
	ChatRequest read(boolean answered) throws InvalidRequestException {
		String model = this.body.requiredText("model");
		Integer maxOutput = this.body.integer("max_tokens", 1);
		if (answered && maxOutput == null) {
			throw this.body.missing("max_tokens");
		}
		List<ChatMessage> messages = messages();
		List<ToolDefinition> tools = new ToolReader(this.leftovers).tools(this.body.take("tools"));
		Members choice = this.body.object("tool_choice");
		Boolean parallel = parallel(choice);
		ToolChoice toolChoice = toolChoice(choice);
		Members output = this.body.object("output_config");
		String effort = effort(output);
		ResponseFormat format = format(output);
		ReasoningWish reasoning = reasoning(effort);
		CacheMark mark = CacheMarks.take(this.body);
		if (mark != null) {
			CacheMarks.markLast(messages, tools, mark);
		}
		Sampling sampling = new Sampling(this.body.decimal("temperature"), this.body.decimal("top_p"),
				this.body.integer("top_k", 0), null, null, null, null, Map.of());
		List<String> stop = this.body.texts("stop_sequences");
		boolean stream = Boolean.TRUE.equals(this.body.flag("stream"));
		Map<String, JsonNode> others = new LinkedHashMap<>();
		String user = metadata(others);
		String tier = serviceTier();
		rest();
		return new ChatRequest(model, List.copyOf(messages), List.copyOf(tools), toolChoice, parallel, format, sampling,
				maxOutput, 1, stop, reasoning, stream, user, tier, others, List.of());
	}

	private List<ChatMessage> messages() throws InvalidRequestException {
		List<ChatMessage> messages = new ArrayList<>();
		JsonNode system = this.body.take("system");
		if (system != null && !isEmpty(system)) {
			messages.add(new ChatMessage.System(false, this.content.texts(system, "system"), null));
			this.places.add(new CanonicalPaths.Place("system", "system", 0));
		}
		JsonNode list = this.body.required("messages");
		Members.requireArray(list, "messages");
		if (list.isEmpty()) {
			throw Members.invalidValue("messages", "is empty: send at least one message");
		}
		for (int i = 0; i < list.size(); i++) {
			this.content.message(new Members(list.get(i), "messages[" + i + "]"), messages);
		}
		return messages;
	}

	private static boolean isEmpty(JsonNode system) {
		return system.isString() ? system.asString().isEmpty() : system.isArray() && system.isEmpty();
	}

	/** Returns where each canonical message came from. */
	List<CanonicalPaths.Place> places() {
		return this.places;
	}

	private @Nullable Boolean parallel(@Nullable Members choice) throws InvalidRequestException {
		Boolean disabled = (choice != null) ? choice.flag("disable_parallel_tool_use") : null;
		return (disabled != null) ? Boolean.valueOf(!disabled) : null;
	}

	private @Nullable ToolChoice toolChoice(@Nullable Members choice) throws InvalidRequestException {
		if (choice == null) {
			return null;
		}
		ToolChoice read = switch (choice.requiredText("type")) {
			case "auto" -> new ToolChoice.Auto();
			case "any" -> new ToolChoice.Required();
			case "none" -> new ToolChoice.None();
			case "tool" -> new ToolChoice.Named(choice.requiredText("name"));
			default -> throw Members.invalidValue(choice.path("type"), "must be 'auto', 'any', 'tool' or 'none'");
		};
		this.leftovers.drop(choice);
		return read;
	}

	private static @Nullable String effort(@Nullable Members output) throws InvalidRequestException {
		String effort = (output != null) ? output.text("effort") : null;
		if (effort != null && !EFFORTS.contains(effort)) {
			throw Members.invalidValue("output_config.effort", "must be 'low', 'medium', 'high', 'xhigh' or 'max'");
		}
		return effort;
	}

	private ResponseFormat format(@Nullable Members output) throws InvalidRequestException {
		Members format = (output != null) ? output.object("format") : null;
		if (output != null) {
			this.leftovers.drop(output);
		}
		if (format == null) {
			return new ResponseFormat.Text();
		}
		if (!format.requiredText("type").equals("json_schema")) {
			throw Members.invalidValue(format.path("type"), "must be 'json_schema'");
		}
		JsonNode schema = format.required("schema");
		if (!schema.isObject()) {
			throw Members.wrongType(format.path("schema"), "an object", schema);
		}
		this.leftovers.drop(format);
		return new ResponseFormat.JsonSchema("answer", null, schema, true);
	}

	private @Nullable ReasoningWish reasoning(@Nullable String effort) throws InvalidRequestException {
		Members thinking = this.body.object("thinking");
		if (thinking == null) {
			return (effort != null) ? new ReasoningWish(effort, null, null) : null;
		}
		String type = thinking.requiredText("type");
		ReasoningWish wish = switch (type) {
			case "enabled" -> {
				Integer budget = thinking.integer("budget_tokens", 1);
				if (budget == null) {
					throw thinking.missing("budget_tokens");
				}
				yield new ReasoningWish(effort, budget, true);
			}
			case "adaptive" -> new ReasoningWish(effort, null, true);
			case "disabled" -> new ReasoningWish(effort, null, false);
			case "between_tools" -> throw Leftovers.unsupported(thinking.path("type"),
					"cannot be carried to other providers: use 'adaptive' or 'disabled'");
			default -> throw Members.invalidValue(thinking.path("type"), "must be 'enabled', 'disabled' or 'adaptive'");
		};
		String display = type.equals("disabled") ? null : thinking.text("display");
		if (display != null) {
			if (!display.equals("summarized") && !display.equals("omitted")) {
				throw Members.invalidValue(thinking.path("display"), "must be 'summarized' or 'omitted'");
			}
			this.leftovers.drop(thinking.path("display"),
					"cannot be carried: reasoning is shown as the provider shows it; leave it out");
		}
		this.leftovers.drop(thinking);
		return wish;
	}

	/** Returns the end user's identifier; a task goes where OpenAI's form has it. */
	private @Nullable String metadata(Map<String, JsonNode> others) throws InvalidRequestException {
		Members metadata = this.body.object("metadata");
		if (metadata == null) {
			return null;
		}
		String user = metadata.text("user_id");
		String task = metadata.text("task");
		if (task != null) {
			others.put("metadata", JsonNodeFactory.instance.objectNode().put("task", task));
		}
		this.leftovers.drop(metadata);
		return user;
	}

	private @Nullable String serviceTier() throws InvalidRequestException {
		String tier = this.body.text("service_tier");
		if (tier == null) {
			return null;
		}
		return switch (tier) {
			case "auto" -> "auto";
			case "standard_only" -> "default";
			default -> throw Members.invalidValue("service_tier", "must be 'auto' or 'standard_only'");
		};
	}

	private void rest() throws InvalidRequestException {
		String speed = this.body.text("speed");
		if (speed != null && !speed.equals("standard")) {
			this.leftovers.drop("speed", "has no place at other providers, and another price: leave it out");
		}
		for (String name : this.body.rest()) {
			String why = NOT_DROPPABLE.get(name);
			if (why != null) {
				throw Leftovers.unsupported(name, why);
			}
		}
		this.leftovers.drop(this.body);
	}

}
