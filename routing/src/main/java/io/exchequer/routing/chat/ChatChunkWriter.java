package io.exchequer.routing.chat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Locale;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Writes events as a stream on the canonical wire: a chunk for each event, a role's chunk
 * before the first of each choice, and {@code [DONE]} at the end. Used by one thread, for
 * one answer.
 */
public final class ChatChunkWriter {

	private static final byte[] HEAD = "data: ".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);

	private final BitSet begun = new BitSet();

	private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);

	private ChatEvent.@Nullable Started started;

	/**
	 * Returns an event's chunks.
	 * @throws IllegalStateException if the answer has not started, or has started already
	 */
	public byte[] write(ChatEvent event) {
		this.out.reset();
		switch (event) {
			case ChatEvent.Started first -> {
				if (this.started != null) {
					throw new IllegalStateException("an answer starts once");
				}
				this.started = first;
				begin(0);
			}
			case ChatEvent.TextDelta(int choice, String text) -> delta(choice, (json) -> text(json, "content", text));
			case ChatEvent.ReasoningDelta(int choice, String text) ->
				delta(choice, (json) -> text(json, Wire.REASONING_CONTENT, text));
			case ChatEvent.ReasoningSigned signed -> delta(signed.choice(), (json) -> signed(json, signed.signature()));
			case ChatEvent.ReasoningHidden hidden -> delta(hidden.choice(), (json) -> hidden(json, hidden.data()));
			case ChatEvent.RefusalDelta(int choice, String text) ->
				delta(choice, (json) -> text(json, "refusal", text));
			case ChatEvent.ToolCallStarted call -> delta(call.choice(), (json) -> toolCall(json, call));
			case ChatEvent.ToolArgumentsDelta more -> delta(more.choice(), (json) -> arguments(json, more));
			case ChatEvent.Annotation annotation -> delta(annotation.choice(), (json) -> {
				json.writeArrayPropertyStart("annotations");
				json.writeTree(annotation.annotation());
				json.writeEndArray();
			});
			case ChatEvent.Logprobs logprobs -> choice(logprobs.choice(), (_) -> {
			}, (json) -> {
				json.writeObjectPropertyStart("logprobs");
				json.writeName("content");
				json.writeTree(logprobs.content());
				json.writeEndObject();
				json.writeNullProperty("finish_reason");
			});
			case ChatEvent.Finished finished -> choice(finished.choice(), (_) -> {
			}, (json) -> finish(json, finished));
			case ChatEvent.Used used -> used(used);
			case ChatEvent.Failed failed -> failed(failed);
		}
		return this.out.toByteArray();
	}

	/** Returns the stream's last chunk. */
	public static byte[] done() {
		return DONE.clone();
	}

	private void begin(int choice) {
		if (!this.begun.get(choice)) {
			this.begun.set(choice);
			choice(choice, (json) -> {
				json.writeStringProperty("role", "assistant");
				json.writeStringProperty("content", "");
			}, (json) -> json.writeNullProperty("finish_reason"));
		}
	}

	private void delta(int choice, Consumer<JsonGenerator> delta) {
		choice(choice, delta, (json) -> json.writeNullProperty("finish_reason"));
	}

	private void choice(int choice, Consumer<JsonGenerator> delta, Consumer<JsonGenerator> beside) {
		begin(choice);
		chunk((json) -> {
			json.writeArrayPropertyStart("choices");
			json.writeStartObject();
			json.writeNumberProperty("index", choice);
			json.writeObjectPropertyStart("delta");
			delta.accept(json);
			json.writeEndObject();
			beside.accept(json);
			json.writeEndObject();
			json.writeEndArray();
		});
	}

	private void chunk(Consumer<JsonGenerator> members) {
		ChatEvent.Started first = this.started;
		if (first == null) {
			throw new IllegalStateException("an answer starts before it says anything");
		}
		frame((json) -> {
			json.writeStringProperty("id", first.id());
			json.writeStringProperty("object", "chat.completion.chunk");
			json.writeNumberProperty("created", first.createdSeconds());
			json.writeStringProperty("model", first.model());
			members.accept(json);
		});
	}

	private void frame(Consumer<JsonGenerator> members) {
		this.out.writeBytes(HEAD);
		try (JsonGenerator json = Wire.JSON.createGenerator(this.out)) {
			json.writeStartObject();
			members.accept(json);
			json.writeEndObject();
		}
		this.out.writeBytes(END);
	}

	static void text(JsonGenerator json, String name, String text) {
		json.writeStringProperty(name, text);
	}

	private static void signed(JsonGenerator json, String signature) {
		json.writeArrayPropertyStart(Wire.THINKING_BLOCKS);
		json.writeStartObject();
		json.writeStringProperty("type", "thinking");
		json.writeStringProperty("thinking", "");
		json.writeStringProperty("signature", signature);
		json.writeEndObject();
		json.writeEndArray();
	}

	private static void hidden(JsonGenerator json, String data) {
		json.writeArrayPropertyStart(Wire.THINKING_BLOCKS);
		json.writeStartObject();
		json.writeStringProperty("type", "redacted_thinking");
		json.writeStringProperty("data", data);
		json.writeEndObject();
		json.writeEndArray();
	}

	private static void toolCall(JsonGenerator json, ChatEvent.ToolCallStarted call) {
		json.writeArrayPropertyStart(Wire.TOOL_CALLS);
		json.writeStartObject();
		json.writeNumberProperty("index", call.index());
		json.writeStringProperty("id", call.id());
		json.writeStringProperty("type", "function");
		json.writeObjectPropertyStart("function");
		json.writeStringProperty("name", call.name());
		json.writeStringProperty("arguments", "");
		json.writeEndObject();
		ChatRequestWriter.signature(json, call.signature());
		json.writeEndObject();
		json.writeEndArray();
	}

	private static void arguments(JsonGenerator json, ChatEvent.ToolArgumentsDelta more) {
		json.writeArrayPropertyStart(Wire.TOOL_CALLS);
		json.writeStartObject();
		json.writeNumberProperty("index", more.index());
		json.writeObjectPropertyStart("function");
		json.writeStringProperty("arguments", more.text());
		json.writeEndObject();
		json.writeEndObject();
		json.writeEndArray();
	}

	/** Writes why a choice ended. */
	static void finish(JsonGenerator json, ChatEvent.Finished finished) {
		json.writeStringProperty("finish_reason", finished.reason().name().toLowerCase(Locale.ROOT));
		if (finished.nativeReason() != null) {
			json.writeStringProperty("native_finish_reason", finished.nativeReason());
		}
		if (finished.stopText() != null) {
			json.writeStringProperty("stop_sequence", finished.stopText());
		}
	}

	private void used(ChatEvent.Used used) {
		if (used.usage() == null && used.serviceTier() == null) {
			return;
		}
		chunk((json) -> {
			json.writeArrayPropertyStart("choices");
			json.writeEndArray();
			if (used.serviceTier() != null) {
				json.writeStringProperty("service_tier", used.serviceTier());
			}
			if (used.usage() != null) {
				UsageWriter.write(json, used.usage());
			}
		});
	}

	private void failed(ChatEvent.Failed failed) {
		frame((json) -> {
			json.writeObjectPropertyStart("error");
			json.writeStringProperty("message", failed.message());
			json.writeStringProperty("type", failed.type());
			json.writeNullProperty("param");
			json.writeStringProperty("code", failed.code());
			json.writeEndObject();
		});
	}

}
