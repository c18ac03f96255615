package io.exchequer.routing.provider.mistral;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

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
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a request as Mistral's API takes it, without what {@link MistralLacks} names.
 */
final class MistralRequest {

	/** Members that are the same there. */
	static final Set<String> CARRIED = Set.of("safe_prompt", "random_seed", "prediction", "prompt_mode", "guardrails");

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final String ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	private static final int ID_LENGTH = 9;

	private final ChatRequest request;

	private final ObjectNode body = JSON.createObjectNode();

	private MistralRequest(ChatRequest request) {
		this.request = request;
	}

	static ObjectNode of(ChatRequest request) {
		return new MistralRequest(request).write();
	}

	/**
	 * Returns a tool call's identifier in the form that the API demands: nine letters and
	 * digits. Others get one that is always the same for the same.
	 */
	static String callId(String id) {
		if (id.length() == ID_LENGTH && id.chars().allMatch((c) -> ID_LETTERS.indexOf(c) >= 0)) {
			return id;
		}
		try {
			byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
			StringBuilder made = new StringBuilder(ID_LENGTH);
			for (int i = 0; i < ID_LENGTH; i++) {
				made.append(ID_LETTERS.charAt((hash[i] & 0xFF) % ID_LETTERS.length()));
			}
			return made.toString();
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("every Java has SHA-256", ex);
		}
	}

	/** Returns whether the model always reasons, and is asked so by a mode. */
	static boolean reasonsByMode(String model) {
		return model.toLowerCase(Locale.ROOT).contains("magistral");
	}

	private ObjectNode write() {
		this.body.put("model", this.request.model());
		if (this.request.maxOutput() != null) {
			this.body.put("max_tokens", this.request.maxOutput());
		}
		ArrayNode messages = this.body.putArray("messages");
		for (int i = 0; i < this.request.messages().size(); i++) {
			message(messages.addObject(), this.request.messages().get(i), i == this.request.messages().size() - 1);
		}
		tools();
		responseFormat();
		sampling();
		if (this.request.choices() != 1) {
			this.body.put("n", this.request.choices());
		}
		if (!this.request.stop().isEmpty()) {
			ArrayNode stop = this.body.putArray("stop");
			this.request.stop().forEach(stop::add);
		}
		reasoning();
		CARRIED.forEach((name) -> {
			if (this.request.others().get(name) != null) {
				this.body.set(name, this.request.others().get(name));
			}
		});
		return this.body;
	}

	private void message(ObjectNode to, ChatMessage message, boolean last) {
		switch (message) {
			case ChatMessage.System system -> content(to.put("role", "system"), system.parts());
			case ChatMessage.User user -> content(to.put("role", "user"), user.parts());
			case ChatMessage.Assistant assistant -> assistant(to, assistant, last);
			case ChatMessage.Tool tool -> {
				to.put("role", "tool").put("tool_call_id", callId(tool.toolCallId()));
				if (tool.failed()) {
					ArrayNode content = to.putArray("content");
					content.addObject().put("type", "text").put("text", "Error:");
					tool.parts().forEach((part) -> part(content, part));
				}
				else {
					content(to, tool.parts());
				}
			}
		}
	}

	private void assistant(ObjectNode to, ChatMessage.Assistant assistant, boolean last) {
		to.put("role", "assistant");
		if (!assistant.parts().isEmpty()) {
			content(to, assistant.parts());
		}
		if (!assistant.toolCalls().isEmpty()) {
			ArrayNode calls = to.putArray("tool_calls");
			for (ToolCall call : assistant.toolCalls()) {
				calls.addObject()
					.put("id", callId(call.id()))
					.put("type", "function")
					.putObject("function")
					.put("name", call.name())
					.put("arguments", call.arguments().isBlank() ? "{}" : call.arguments());
			}
		}
		else if (last) {
			// Without this mark the API takes no assistant's message at the end.
			to.put("prefix", true);
		}
	}

	private static void content(ObjectNode to, List<ContentPart> parts) {
		if (parts.size() == 1 && parts.getFirst() instanceof ContentPart.Text text) {
			to.put("content", text.text());
			return;
		}
		ArrayNode content = to.putArray("content");
		parts.forEach((part) -> part(content, part));
	}

	private static void part(ArrayNode content, ContentPart part) {
		switch (part) {
			case ContentPart.Text text -> content.addObject().put("type", "text").put("text", text.text());
			case ContentPart.Refusal refusal -> content.addObject().put("type", "text").put("text", refusal.text());
			case ContentPart.Image image -> {
				ObjectNode url = content.addObject().put("type", "image_url").putObject("image_url");
				url.put("url", url(image.source()));
				if (image.detail() != null) {
					url.put("detail", image.detail());
				}
			}
			case ContentPart.Document document -> {
				if (document.source() instanceof MediaSource.Uploaded uploaded) {
					content.addObject().put("type", "file").put("file_id", uploaded.fileId());
				}
				else {
					ObjectNode url = content.addObject().put("type", "document_url");
					url.put("document_url", url(document.source()));
					if (document.filename() != null) {
						url.put("document_name", document.filename());
					}
				}
			}
			case ContentPart.Reasoning reasoning -> {
				if (!reasoning.text().isEmpty()) {
					ObjectNode thinking = content.addObject().put("type", "thinking");
					thinking.putArray("thinking").addObject().put("type", "text").put("text", reasoning.text());
				}
			}
			case ContentPart.HiddenReasoning _, ContentPart.Audio _ -> {
				// Named by MistralLacks.
			}
		}
	}

	private static String url(MediaSource source) {
		return switch (source) {
			case MediaSource.Inline inline -> "data:" + inline.mediaType() + ";base64," + inline.base64();
			case MediaSource.Remote remote -> remote.url();
			case MediaSource.Uploaded _ -> throw new IllegalArgumentException("no place for an uploaded image");
		};
	}

	private void tools() {
		if (this.request.tools().isEmpty()) {
			return;
		}
		ArrayNode tools = this.body.putArray("tools");
		for (ToolDefinition tool : this.request.tools()) {
			ObjectNode function = tools.addObject().put("type", "function").putObject("function");
			function.put("name", tool.name());
			if (tool.description() != null) {
				function.put("description", tool.description());
			}
			if (tool.strict() != null) {
				function.put("strict", tool.strict());
			}
			if (tool.parameters() != null) {
				function.set("parameters", tool.parameters());
			}
			else {
				function.putObject("parameters").put("type", "object").putObject("properties");
			}
		}
		ToolChoice choice = this.request.toolChoice();
		if (choice != null) {
			switch (choice) {
				case ToolChoice.Auto _ -> this.body.put("tool_choice", "auto");
				case ToolChoice.None _ -> this.body.put("tool_choice", "none");
				case ToolChoice.Required _ -> this.body.put("tool_choice", "any");
				case ToolChoice.Named(String name) ->
					this.body.putObject("tool_choice").put("type", "function").putObject("function").put("name", name);
			}
		}
		if (this.request.parallelToolCalls() != null) {
			this.body.put("parallel_tool_calls", this.request.parallelToolCalls());
		}
	}

	private void responseFormat() {
		switch (this.request.responseFormat()) {
			case ResponseFormat.Text _ -> {
			}
			case ResponseFormat.JsonObject _ -> this.body.putObject("response_format").put("type", "json_object");
			case ResponseFormat.JsonSchema schema -> {
				ObjectNode form = this.body.putObject("response_format")
					.put("type", "json_schema")
					.putObject("json_schema");
				form.put("name", schema.name());
				if (schema.description() != null) {
					form.put("description", schema.description());
				}
				form.set("schema", schema.schema());
				if (schema.strict() != null) {
					form.put("strict", schema.strict());
				}
			}
		}
	}

	private void sampling() {
		Sampling sampling = this.request.sampling();
		if (sampling.temperature() != null && !MistralLacks.isTooHot(sampling.temperature())) {
			this.body.put("temperature", sampling.temperature());
		}
		if (sampling.topP() != null) {
			this.body.put("top_p", sampling.topP());
		}
		if (sampling.seed() != null) {
			this.body.put("random_seed", sampling.seed());
		}
		if (sampling.frequencyPenalty() != null) {
			this.body.put("frequency_penalty", sampling.frequencyPenalty());
		}
		if (sampling.presencePenalty() != null) {
			this.body.put("presence_penalty", sampling.presencePenalty());
		}
	}

	private void reasoning() {
		Boolean wanted = wantsReasoning(this.request.reasoning());
		if (wanted == null) {
			return;
		}
		if (!reasonsByMode(this.request.model())) {
			this.body.put("reasoning_effort", wanted ? "high" : "none");
		}
		else if (wanted) {
			this.body.put("prompt_mode", "reasoning");
		}
	}

	/** Returns whether the client wants reasoning, or null where it does not say. */
	static @Nullable Boolean wantsReasoning(@Nullable ReasoningWish wish) {
		if (wish == null) {
			return null;
		}
		if (wish.enabled() != null) {
			return wish.enabled();
		}
		return (wish.effort() != null) ? !wish.effort().equals("none") : null;
	}

}
