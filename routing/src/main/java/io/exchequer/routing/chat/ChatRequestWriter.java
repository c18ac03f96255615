package io.exchequer.routing.chat;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/**
 * Writes a {@link ChatRequest} on the canonical wire: what {@link ChatRequestReader}
 * reads back is equal to it. A stream always asks for its usage, which client dialects
 * tell.
 */
public final class ChatRequestWriter {

	private final JsonGenerator json;

	private ChatRequestWriter(JsonGenerator json) {
		this.json = json;
	}

	/**
	 * Writes a request.
	 * @throws IllegalArgumentException if it has something that has no place on the wire:
	 * {@link ChatRequest#unread()} is not empty
	 */
	public static byte[] write(ChatRequest request) {
		if (!request.unread().isEmpty()) {
			throw new IllegalArgumentException("what was not read cannot be written: " + request.unread());
		}
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
		try (JsonGenerator json = Wire.JSON.createGenerator(bytes)) {
			new ChatRequestWriter(json).request(request);
		}
		return bytes.toByteArray();
	}

	private void request(ChatRequest request) {
		this.json.writeStartObject();
		this.json.writeStringProperty("model", request.model());
		this.json.writeArrayPropertyStart("messages");
		request.messages().forEach(this::message);
		this.json.writeEndArray();
		tools(request);
		responseFormat(request.responseFormat());
		sampling(request.sampling());
		number("max_completion_tokens", request.maxOutput());
		if (request.choices() != 1) {
			number("n", request.choices());
		}
		stop(request.stop());
		reasoning(request.reasoning());
		if (request.stream()) {
			this.json.writeBooleanProperty("stream", true);
			this.json.writeObjectPropertyStart("stream_options");
			this.json.writeBooleanProperty("include_usage", true);
			this.json.writeEndObject();
		}
		text("user", request.user());
		text("service_tier", request.serviceTier());
		for (Map.Entry<String, JsonNode> other : request.others().entrySet()) {
			this.json.writeName(other.getKey());
			this.json.writeTree(other.getValue());
		}
		this.json.writeEndObject();
	}

	private void text(String name, @Nullable String value) {
		if (value != null) {
			this.json.writeStringProperty(name, value);
		}
	}

	private void flag(String name, @Nullable Boolean value) {
		if (value != null) {
			this.json.writeBooleanProperty(name, value);
		}
	}

	private void number(String name, @Nullable Integer value) {
		if (value != null) {
			this.json.writeNumberProperty(name, value);
		}
	}

	private void decimal(String name, @Nullable BigDecimal value) {
		if (value != null) {
			this.json.writeNumberProperty(name, value);
		}
	}

	private void tree(String name, @Nullable JsonNode value) {
		if (value != null) {
			this.json.writeName(name);
			this.json.writeTree(value);
		}
	}

	private void cacheMark(@Nullable CacheMark mark) {
		if (mark != null) {
			this.json.writeObjectPropertyStart(Wire.CACHE_CONTROL);
			this.json.writeStringProperty("type", "ephemeral");
			this.json.writeStringProperty("ttl", switch (mark) {
				case FIVE_MINUTES -> "5m";
				case ONE_HOUR -> "1h";
			});
			this.json.writeEndObject();
		}
	}

	private void tools(ChatRequest request) {
		if (!request.tools().isEmpty()) {
			this.json.writeArrayPropertyStart("tools");
			for (ToolDefinition tool : request.tools()) {
				this.json.writeStartObject();
				this.json.writeStringProperty("type", "function");
				this.json.writeObjectPropertyStart("function");
				this.json.writeStringProperty("name", tool.name());
				text("description", tool.description());
				tree("parameters", tool.parameters());
				flag("strict", tool.strict());
				this.json.writeEndObject();
				cacheMark(tool.cacheMark());
				this.json.writeEndObject();
			}
			this.json.writeEndArray();
		}
		ToolChoice choice = request.toolChoice();
		if (choice != null) {
			toolChoice(choice);
		}
		flag("parallel_tool_calls", request.parallelToolCalls());
	}

	private void toolChoice(ToolChoice choice) {
		switch (choice) {
			case ToolChoice.Auto _ -> text("tool_choice", "auto");
			case ToolChoice.None _ -> text("tool_choice", "none");
			case ToolChoice.Required _ -> text("tool_choice", "required");
			case ToolChoice.Named named -> {
				this.json.writeObjectPropertyStart("tool_choice");
				text("type", "function");
				this.json.writeObjectPropertyStart("function");
				text("name", named.name());
				this.json.writeEndObject();
				this.json.writeEndObject();
			}
		}
	}

	private void responseFormat(ResponseFormat format) {
		if (format instanceof ResponseFormat.Text) {
			return;
		}
		this.json.writeObjectPropertyStart("response_format");
		if (format instanceof ResponseFormat.JsonSchema schema) {
			text("type", "json_schema");
			this.json.writeObjectPropertyStart("json_schema");
			text("name", schema.name());
			text("description", schema.description());
			tree("schema", schema.schema());
			flag("strict", schema.strict());
			this.json.writeEndObject();
		}
		else {
			text("type", "json_object");
		}
		this.json.writeEndObject();
	}

	private void sampling(Sampling sampling) {
		decimal("temperature", sampling.temperature());
		decimal("top_p", sampling.topP());
		number("top_k", sampling.topK());
		if (sampling.seed() != null) {
			this.json.writeNumberProperty("seed", sampling.seed());
		}
		decimal("frequency_penalty", sampling.frequencyPenalty());
		decimal("presence_penalty", sampling.presencePenalty());
		if (sampling.topLogprobs() != null) {
			flag("logprobs", true);
			number("top_logprobs", sampling.topLogprobs());
		}
		if (!sampling.logitBias().isEmpty()) {
			this.json.writeObjectPropertyStart("logit_bias");
			sampling.logitBias().forEach(this::decimal);
			this.json.writeEndObject();
		}
	}

	private void stop(List<String> stop) {
		if (!stop.isEmpty()) {
			this.json.writeArrayPropertyStart("stop");
			stop.forEach(this.json::writeString);
			this.json.writeEndArray();
		}
	}

	private void reasoning(@Nullable ReasoningWish wish) {
		if (wish == null) {
			return;
		}
		text("reasoning_effort", wish.effort());
		if (wish.enabled() == null && wish.budgetTokens() == null) {
			return;
		}
		this.json.writeObjectPropertyStart("thinking");
		if (Boolean.FALSE.equals(wish.enabled())) {
			text("type", "disabled");
		}
		else if (wish.budgetTokens() == null) {
			text("type", "adaptive");
		}
		else {
			text("type", "enabled");
			number("budget_tokens", wish.budgetTokens());
		}
		this.json.writeEndObject();
	}

	private void message(ChatMessage message) {
		this.json.writeStartObject();
		switch (message) {
			case ChatMessage.System system -> {
				text("role", system.developer() ? "developer" : "system");
				content(system.parts());
				text("name", system.name());
			}
			case ChatMessage.User user -> {
				text("role", "user");
				content(user.parts());
				text("name", user.name());
			}
			case ChatMessage.Assistant assistant -> {
				text("role", "assistant");
				assistant(assistant);
				text("name", assistant.name());
			}
			case ChatMessage.Tool tool -> {
				text("role", "tool");
				text("tool_call_id", tool.toolCallId());
				content(tool.parts());
				if (tool.failed()) {
					flag("is_error", true);
				}
			}
		}
		this.json.writeEndObject();
	}

	private void assistant(ChatMessage.Assistant assistant) {
		List<ContentPart> reasoning = new ArrayList<>();
		List<ContentPart> said = new ArrayList<>();
		assistant.parts().forEach((part) -> (isReasoning(part) ? reasoning : said).add(part));
		if (reasoning.size() == 1 && reasoning.getFirst() instanceof ContentPart.Reasoning plain
				&& plain.signature() == null && !plain.text().isEmpty()) {
			text(Wire.REASONING_CONTENT, plain.text());
		}
		else if (!reasoning.isEmpty()) {
			this.json.writeArrayPropertyStart(Wire.THINKING_BLOCKS);
			reasoning.forEach(this::block);
			this.json.writeEndArray();
		}
		if (!said.isEmpty()) {
			content(said);
		}
		else {
			this.json.writeNullProperty("content");
		}
		if (!assistant.toolCalls().isEmpty()) {
			this.json.writeArrayPropertyStart(Wire.TOOL_CALLS);
			assistant.toolCalls().forEach(this::toolCall);
			this.json.writeEndArray();
		}
	}

	private static boolean isReasoning(ContentPart part) {
		return part instanceof ContentPart.Reasoning || part instanceof ContentPart.HiddenReasoning;
	}

	private void block(ContentPart part) {
		this.json.writeStartObject();
		if (part instanceof ContentPart.Reasoning reasoning) {
			text("type", "thinking");
			text("thinking", reasoning.text());
			text("signature", reasoning.signature());
		}
		else if (part instanceof ContentPart.HiddenReasoning hidden) {
			text("type", "redacted_thinking");
			text("data", hidden.data());
		}
		this.json.writeEndObject();
	}

	private void toolCall(ToolCall call) {
		this.json.writeStartObject();
		text("id", call.id());
		text("type", "function");
		this.json.writeObjectPropertyStart("function");
		text("name", call.name());
		text("arguments", call.arguments());
		this.json.writeEndObject();
		signature(this.json, call.signature());
		this.json.writeEndObject();
	}

	/** Writes a tool call's proof, where it has one. */
	static void signature(JsonGenerator json, @Nullable String signature) {
		if (signature != null) {
			json.writeObjectPropertyStart(Wire.EXTRA_CONTENT);
			json.writeObjectPropertyStart(Wire.GOOGLE);
			json.writeStringProperty(Wire.THOUGHT_SIGNATURE, signature);
			json.writeEndObject();
			json.writeEndObject();
		}
	}

	private void content(List<ContentPart> parts) {
		if (parts.size() == 1 && parts.getFirst() instanceof ContentPart.Text text && text.cacheMark() == null) {
			text("content", text.text());
			return;
		}
		this.json.writeArrayPropertyStart("content");
		parts.forEach(this::part);
		this.json.writeEndArray();
	}

	private void part(ContentPart part) {
		this.json.writeStartObject();
		switch (part) {
			case ContentPart.Text text -> {
				text("type", "text");
				text("text", text.text());
			}
			case ContentPart.Refusal refusal -> {
				text("type", "refusal");
				text("refusal", refusal.text());
			}
			case ContentPart.Image image -> image(image);
			case ContentPart.Audio audio -> audio(audio);
			case ContentPart.Document document -> document(document);
			case ContentPart.Reasoning _, ContentPart.HiddenReasoning _ ->
				throw new IllegalArgumentException("only an assistant's message has reasoning");
		}
		cacheMark(part.cacheMark());
		this.json.writeEndObject();
	}

	private void image(ContentPart.Image image) {
		text("type", "image_url");
		this.json.writeObjectPropertyStart("image_url");
		switch (image.source()) {
			case MediaSource.Inline inline -> text("url", dataUrl(inline));
			case MediaSource.Remote remote -> text("url", remote.url());
			case MediaSource.Uploaded uploaded -> text("file_id", uploaded.fileId());
		}
		text("detail", image.detail());
		this.json.writeEndObject();
	}

	private void audio(ContentPart.Audio audio) {
		if (!(audio.source() instanceof MediaSource.Inline inline)) {
			throw new IllegalArgumentException("the wire carries audio only in the request itself");
		}
		text("type", "input_audio");
		this.json.writeObjectPropertyStart("input_audio");
		text("data", inline.base64());
		text("format", audio.format());
		this.json.writeEndObject();
	}

	private void document(ContentPart.Document document) {
		text("type", "file");
		this.json.writeObjectPropertyStart("file");
		switch (document.source()) {
			case MediaSource.Inline inline -> text("file_data", dataUrl(inline));
			case MediaSource.Remote remote -> text("file_url", remote.url());
			case MediaSource.Uploaded uploaded -> text("file_id", uploaded.fileId());
		}
		text("filename", document.filename());
		this.json.writeEndObject();
	}

	private static String dataUrl(MediaSource.Inline inline) {
		return "data:" + inline.mediaType() + ";base64," + inline.base64();
	}

}
