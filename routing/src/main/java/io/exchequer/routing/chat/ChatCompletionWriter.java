package io.exchequer.routing.chat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.exchequer.kernel.TokenUsage;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/**
 * Gathers events and writes them as one completion on the canonical wire: what a stream
 * of the same events reassembles to. Used by one thread, for one answer.
 */
public final class ChatCompletionWriter {

	private final Map<Integer, Choice> choices = new TreeMap<>();

	private ChatEvent.@Nullable Started started;

	private @Nullable TokenUsage usage;

	private @Nullable String serviceTier;

	/**
	 * Adds an event.
	 * @throws IllegalArgumentException if the answer failed
	 * @throws IllegalStateException if a tool's arguments come for a call that has not
	 * started
	 */
	public void add(ChatEvent event) {
		switch (event) {
			case ChatEvent.Started first -> this.started = first;
			case ChatEvent.TextDelta(int choice, String text) -> choice(choice).text.append(text);
			case ChatEvent.ReasoningDelta(int choice, String text) -> choice(choice).reasoning.append(text);
			case ChatEvent.ReasoningSigned signed -> choice(signed.choice()).sign(signed.signature());
			case ChatEvent.ReasoningHidden hidden ->
				choice(hidden.choice()).blocks.add(new ContentPart.HiddenReasoning(hidden.data()));
			case ChatEvent.RefusalDelta(int choice, String text) -> choice(choice).refusal.append(text);
			case ChatEvent.ToolCallStarted call -> choice(call.choice()).calls.put(call.index(), new Call(call));
			case ChatEvent.ToolArgumentsDelta more ->
				choice(more.choice()).call(more.index()).arguments.append(more.text());
			case ChatEvent.Logprobs logprobs -> logprobs.content().forEach(choice(logprobs.choice()).logprobs::add);
			case ChatEvent.Annotation annotation ->
				choice(annotation.choice()).annotations.add(annotation.annotation());
			case ChatEvent.Finished finished -> choice(finished.choice()).finished = finished;
			case ChatEvent.Used used -> {
				this.usage = used.usage();
				this.serviceTier = used.serviceTier();
			}
			case ChatEvent.Failed failed ->
				throw new IllegalArgumentException("an answer that failed is no completion: " + failed.code());
		}
	}

	/**
	 * Returns whether the answer is whole: it started, has a choice, and each choice
	 * finished.
	 */
	public boolean isComplete() {
		return this.started != null && !this.choices.isEmpty()
				&& this.choices.values().stream().allMatch((choice) -> choice.finished != null);
	}

	/**
	 * Returns the completion.
	 * @throws IllegalStateException if it is not whole
	 */
	public byte[] write() {
		ChatEvent.Started first = this.started;
		if (first == null || !isComplete()) {
			throw new IllegalStateException("the answer is not whole");
		}
		ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
		try (JsonGenerator json = Wire.JSON.createGenerator(out)) {
			json.writeStartObject();
			json.writeStringProperty("id", first.id());
			json.writeStringProperty("object", "chat.completion");
			json.writeNumberProperty("created", first.createdSeconds());
			json.writeStringProperty("model", first.model());
			if (this.serviceTier != null) {
				json.writeStringProperty("service_tier", this.serviceTier);
			}
			json.writeArrayPropertyStart("choices");
			this.choices.forEach((index, choice) -> choice.write(json, index));
			json.writeEndArray();
			if (this.usage != null) {
				UsageWriter.write(json, this.usage);
			}
			json.writeEndObject();
		}
		return out.toByteArray();
	}

	private Choice choice(int index) {
		return this.choices.computeIfAbsent(index, (_) -> new Choice());
	}

	/** One choice as far as it has come. */
	private static final class Choice {

		private final StringBuilder text = new StringBuilder();

		private final StringBuilder reasoning = new StringBuilder();

		private final StringBuilder refusal = new StringBuilder();

		private final List<ContentPart> blocks = new ArrayList<>(0);

		private final Map<Integer, Call> calls = new TreeMap<>();

		private final List<JsonNode> logprobs = new ArrayList<>(0);

		private final List<JsonNode> annotations = new ArrayList<>(0);

		private ChatEvent.@Nullable Finished finished;

		private int signedTo;

		void sign(String signature) {
			this.blocks.add(new ContentPart.Reasoning(this.reasoning.substring(this.signedTo), signature));
			this.signedTo = this.reasoning.length();
		}

		Call call(int index) {
			Call call = this.calls.get(index);
			if (call == null) {
				throw new IllegalStateException("a tool call starts before its arguments");
			}
			return call;
		}

		void write(JsonGenerator json, int index) {
			json.writeStartObject();
			json.writeNumberProperty("index", index);
			json.writeObjectPropertyStart("message");
			json.writeStringProperty("role", "assistant");
			textOrNull(json, "content", this.text);
			textOrNull(json, "refusal", this.refusal);
			if (!this.reasoning.isEmpty()) {
				json.writeStringProperty(Wire.REASONING_CONTENT, this.reasoning.toString());
			}
			blocks(json);
			calls(json);
			trees(json, "annotations", this.annotations);
			json.writeEndObject();
			if (!this.logprobs.isEmpty()) {
				json.writeObjectPropertyStart("logprobs");
				trees(json, "content", this.logprobs);
				json.writeEndObject();
			}
			if (this.finished != null) {
				ChatChunkWriter.finish(json, this.finished);
			}
			json.writeEndObject();
		}

		private static void textOrNull(JsonGenerator json, String name, StringBuilder text) {
			if (text.isEmpty()) {
				json.writeNullProperty(name);
			}
			else {
				json.writeStringProperty(name, text.toString());
			}
		}

		private static void trees(JsonGenerator json, String name, List<JsonNode> trees) {
			if (!trees.isEmpty()) {
				json.writeArrayPropertyStart(name);
				trees.forEach(json::writeTree);
				json.writeEndArray();
			}
		}

		private void blocks(JsonGenerator json) {
			if (this.blocks.isEmpty()) {
				return;
			}
			json.writeArrayPropertyStart(Wire.THINKING_BLOCKS);
			for (ContentPart block : this.blocks) {
				json.writeStartObject();
				if (block instanceof ContentPart.Reasoning reasoned) {
					json.writeStringProperty("type", "thinking");
					json.writeStringProperty("thinking", reasoned.text());
					json.writeStringProperty("signature", reasoned.signature());
				}
				else if (block instanceof ContentPart.HiddenReasoning hidden) {
					json.writeStringProperty("type", "redacted_thinking");
					json.writeStringProperty("data", hidden.data());
				}
				json.writeEndObject();
			}
			json.writeEndArray();
		}

		private void calls(JsonGenerator json) {
			if (this.calls.isEmpty()) {
				return;
			}
			json.writeArrayPropertyStart(Wire.TOOL_CALLS);
			for (Call call : this.calls.values()) {
				json.writeStartObject();
				json.writeStringProperty("id", call.started.id());
				json.writeStringProperty("type", "function");
				json.writeObjectPropertyStart("function");
				json.writeStringProperty("name", call.started.name());
				json.writeStringProperty("arguments", call.arguments.toString());
				json.writeEndObject();
				ChatRequestWriter.signature(json, call.started.signature());
				json.writeEndObject();
			}
			json.writeEndArray();
		}

	}

	/** One tool call as far as it has come. */
	private static final class Call {

		private final ChatEvent.ToolCallStarted started;

		private final StringBuilder arguments = new StringBuilder();

		Call(ChatEvent.ToolCallStarted started) {
			this.started = started;
		}

	}

}
