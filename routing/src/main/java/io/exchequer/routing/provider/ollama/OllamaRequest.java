package io.exchequer.routing.provider.ollama;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.exchequer.routing.chat.ChatMessage;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ContentPart;
import io.exchequer.routing.chat.MediaSource;
import io.exchequer.routing.chat.ReasoningWish;
import io.exchequer.routing.chat.ResponseFormat;
import io.exchequer.routing.chat.Sampling;
import io.exchequer.routing.chat.ToolCall;
import io.exchequer.routing.chat.ToolChoice;
import io.exchequer.routing.chat.ToolDefinition;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a request as Ollama's chat takes it, without what {@link OllamaLacks} names.
 */
final class OllamaRequest {

	/** Ways of drawing tokens, by their names here and there. */
	static final Map<String, String> CARRIED = Map.of("min_p", "min_p", "repetition_penalty", "repeat_penalty",
			"typical_p", "typical_p");

	private static final JsonMapper JSON = JsonMapper.shared();

	private final ChatRequest request;

	private final OllamaOptions options;

	private final ObjectNode body = JSON.createObjectNode();

	/** The tools' names by their calls': a result is told with its tool's name. */
	private final Map<String, String> called = new HashMap<>(4);

	private OllamaRequest(ChatRequest request, OllamaOptions options) {
		this.request = request;
		this.options = options;
	}

	static ObjectNode of(ChatRequest request, OllamaOptions options) {
		return new OllamaRequest(request, options).write();
	}

	/**
	 * Returns a call's arguments as an object, or null where they are none.
	 */
	static @Nullable JsonNode arguments(String text) {
		if (text.isBlank()) {
			return JSON.createObjectNode();
		}
		try {
			JsonNode arguments = JSON.readTree(text);
			return arguments.isObject() ? arguments : null;
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	private ObjectNode write() {
		this.body.put("model", this.request.model());
		ArrayNode messages = this.body.putArray("messages");
		this.request.messages().forEach((message) -> message(messages.addObject(), message));
		// The server would leave out the oldest messages and say nothing.
		this.body.put("truncate", false);
		tools();
		switch (this.request.responseFormat()) {
			case ResponseFormat.Text _ -> {
			}
			case ResponseFormat.JsonObject _ -> this.body.put("format", "json");
			case ResponseFormat.JsonSchema schema -> this.body.set("format", schema.schema());
		}
		think();
		this.options.writeKeepAlive(this.body);
		if (this.request.sampling().topLogprobs() != null) {
			this.body.put("logprobs", true);
			if (this.request.sampling().topLogprobs() > 0) {
				this.body.put("top_logprobs", this.request.sampling().topLogprobs());
			}
		}
		options();
		return this.body;
	}

	private void message(ObjectNode to, ChatMessage message) {
		switch (message) {
			case ChatMessage.System system -> content(to.put("role", "system"), "", system.parts());
			case ChatMessage.User user -> content(to.put("role", "user"), "", user.parts());
			case ChatMessage.Assistant assistant -> {
				content(to.put("role", "assistant"), "", assistant.parts());
				calls(to, assistant.toolCalls());
			}
			case ChatMessage.Tool tool -> {
				content(to.put("role", "tool"), tool.failed() ? "Error: " : "", tool.parts());
				String name = this.called.get(tool.toolCallId());
				if (name != null) {
					to.put("tool_name", name);
				}
				to.put("tool_call_id", tool.toolCallId());
			}
		}
	}

	/** Texts become one, and images stand beside it. */
	private static void content(ObjectNode to, String before, List<ContentPart> parts) {
		StringBuilder text = new StringBuilder(before);
		StringBuilder thinking = new StringBuilder();
		ArrayNode images = JSON.createArrayNode();
		boolean any = false;
		for (ContentPart part : parts) {
			String said = switch (part) {
				case ContentPart.Text one -> one.text();
				case ContentPart.Refusal refusal -> refusal.text();
				case ContentPart.Image image when image.source() instanceof MediaSource.Inline inline -> {
					images.add(inline.base64());
					yield null;
				}
				case ContentPart.Reasoning reasoning -> {
					thinking.append(reasoning.text());
					yield null;
				}
				case ContentPart.Image _, ContentPart.Audio _, ContentPart.Document _, ContentPart.HiddenReasoning _ ->
					null;
			};
			if (said != null && !said.isEmpty()) {
				text.append(any ? "\n" : "").append(said);
				any = true;
			}
		}
		to.put("content", text.toString());
		if (!thinking.isEmpty()) {
			to.put("thinking", thinking.toString());
		}
		if (!images.isEmpty()) {
			to.set("images", images);
		}
	}

	private void calls(ObjectNode to, List<ToolCall> calls) {
		if (calls.isEmpty()) {
			return;
		}
		ArrayNode written = to.putArray("tool_calls");
		for (ToolCall call : calls) {
			this.called.put(call.id(), call.name());
			ObjectNode function = written.addObject().put("id", call.id()).putObject("function");
			function.put("name", call.name());
			JsonNode arguments = arguments(call.arguments());
			function.set("arguments", (arguments != null) ? arguments : JSON.createObjectNode());
		}
	}

	/**
	 * A model that is offered no tools calls none, which is all that {@code none} asks.
	 */
	private void tools() {
		if (this.request.tools().isEmpty() || this.request.toolChoice() instanceof ToolChoice.None) {
			return;
		}
		ArrayNode tools = this.body.putArray("tools");
		for (ToolDefinition tool : this.request.tools()) {
			ObjectNode function = tools.addObject().put("type", "function").putObject("function");
			function.put("name", tool.name());
			if (tool.description() != null) {
				function.put("description", tool.description());
			}
			if (tool.parameters() != null) {
				function.set("parameters", tool.parameters());
			}
			else {
				function.putObject("parameters").put("type", "object").putObject("properties");
			}
		}
	}

	private void think() {
		ReasoningWish wish = this.request.reasoning();
		if (wish == null) {
			return;
		}
		String effort = (wish.effort() != null) ? wish.effort().toLowerCase(Locale.ROOT) : "";
		if (Boolean.FALSE.equals(wish.enabled()) || effort.equals("none")) {
			this.body.put("think", false);
		}
		else if (OllamaLacks.EFFORTS.contains(effort)) {
			this.body.put("think", effort);
		}
		else {
			this.body.put("think", true);
		}
	}

	private void options() {
		Sampling sampling = this.request.sampling();
		ObjectNode written = JSON.createObjectNode();
		if (this.options.numCtx() != null) {
			written.put("num_ctx", this.options.numCtx());
		}
		if (this.request.maxOutput() != null) {
			written.put("num_predict", this.request.maxOutput());
		}
		if (sampling.temperature() != null) {
			written.put("temperature", sampling.temperature());
		}
		if (sampling.topP() != null) {
			written.put("top_p", sampling.topP());
		}
		if (sampling.topK() != null) {
			written.put("top_k", sampling.topK());
		}
		if (sampling.seed() != null) {
			written.put("seed", sampling.seed());
		}
		if (sampling.frequencyPenalty() != null) {
			written.put("frequency_penalty", sampling.frequencyPenalty());
		}
		if (sampling.presencePenalty() != null) {
			written.put("presence_penalty", sampling.presencePenalty());
		}
		if (!this.request.stop().isEmpty()) {
			ArrayNode stop = written.putArray("stop");
			this.request.stop().forEach(stop::add);
		}
		CARRIED.forEach((name, there) -> {
			if (this.request.others().get(name) != null) {
				written.set(there, this.request.others().get(name));
			}
		});
		if (!written.isEmpty()) {
			this.body.set("options", written);
		}
	}

}
