package io.exchequer.gateway.dialect.anthropic;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

import io.exchequer.gateway.dialect.AnswerWriter;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.chat.ChatEvent;

/**
 * Writes an answer as a message: whole, or as the Messages API's events.
 */
final class MessageWriter implements AnswerWriter {

	private final UUID requestId;

	private final String asked;

	private final ContentBlocks blocks = new ContentBlocks(new Events());

	private ByteArrayOutputStream out = new ByteArrayOutputStream(0);

	private boolean started;

	private ChatEvent.@Nullable Finished finished;

	private @Nullable TokenUsage usage;

	private @Nullable String serviceTier;

	/**
	 * Makes a writer.
	 * @param asked the name the client asked for, told where the provider tells none
	 */
	MessageWriter(UUID requestId, String asked) {
		this.requestId = requestId;
		this.asked = asked;
	}

	@Override
	public byte[] whole(List<ChatEvent> events) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
		try (JsonGenerator json = MessageJson.MAPPER.createGenerator(bytes)) {
			WholeBlocks content = new WholeBlocks(json);
			ContentBlocks sequence = new ContentBlocks(content);
			String model = this.asked;
			for (ChatEvent event : events) {
				if (event instanceof ChatEvent.Started begun && !begun.model().isEmpty()) {
					model = begun.model();
				}
			}
			json.writeStartObject();
			head(json, model);
			json.writeArrayPropertyStart("content");
			for (ChatEvent event : events) {
				content(event, sequence);
				note(event);
			}
			sequence.end();
			json.writeEndArray();
			stop(json, sequence);
			json.writeName("usage");
			MessageUsage.write(json, this.usage, this.serviceTier);
			json.writeEndObject();
		}
		return bytes.toByteArray();
	}

	private void head(JsonGenerator json, String model) {
		json.writeStringProperty("id", "msg_" + this.requestId.toString().replace("-", ""));
		json.writeStringProperty("type", "message");
		json.writeStringProperty("role", "assistant");
		json.writeStringProperty("model", model);
	}

	private void stop(JsonGenerator json, ContentBlocks sequence) {
		StopReason.of(this.finished, sequence).write(json);
	}

	/** Only one choice is ever asked for. */
	private static void content(ChatEvent event, ContentBlocks sequence) {
		switch (event) {
			case ChatEvent.TextDelta delta when delta.choice() == 0 -> sequence.text(delta.text());
			case ChatEvent.ReasoningDelta delta when delta.choice() == 0 -> sequence.reasoning(delta.text());
			case ChatEvent.ReasoningSigned signed when signed.choice() == 0 -> sequence.signature(signed.signature());
			case ChatEvent.ReasoningHidden hidden when hidden.choice() == 0 -> sequence.hidden(hidden.data());
			case ChatEvent.RefusalDelta delta when delta.choice() == 0 -> sequence.refusal(delta.text());
			case ChatEvent.ToolCallStarted call when call.choice() == 0 -> sequence.call(call);
			case ChatEvent.ToolArgumentsDelta delta when delta.choice() == 0 -> sequence.arguments(delta);
			default -> {
			}
		}
	}

	private void note(ChatEvent event) {
		if (event instanceof ChatEvent.Finished end && end.choice() == 0) {
			this.finished = end;
		}
		else if (event instanceof ChatEvent.Used used) {
			this.usage = used.usage();
			this.serviceTier = used.serviceTier();
		}
	}

	@Override
	public void event(ChatEvent event, ByteArrayOutputStream to) {
		this.out = to;
		if (!this.started) {
			start((event instanceof ChatEvent.Started begun && !begun.model().isEmpty()) ? begun.model() : this.asked);
		}
		content(event, this.blocks);
		note(event);
	}

	private void start(String model) {
		this.started = true;
		send("message_start", (json) -> {
			json.writeObjectPropertyStart("message");
			head(json, model);
			json.writeArrayPropertyStart("content");
			json.writeEndArray();
			json.writeNullProperty("stop_reason");
			json.writeNullProperty("stop_sequence");
			json.writeName("usage");
			MessageUsage.write(json, null, null);
			json.writeEndObject();
		});
		send("ping", (json) -> {
		});
	}

	@Override
	public void end(ByteArrayOutputStream to) {
		this.out = to;
		if (!this.started) {
			start(this.asked);
		}
		this.blocks.end();
		send("message_delta", (json) -> {
			json.writeObjectPropertyStart("delta");
			stop(json, this.blocks);
			json.writeEndObject();
			json.writeName("usage");
			MessageUsage.write(json, this.usage, this.serviceTier);
		});
		send("message_stop", (json) -> {
		});
	}

	@Override
	public void keepAlive(ByteArrayOutputStream to) {
		this.out = to;
		if (this.started) {
			send("ping", (json) -> {
			});
		}
	}

	@Override
	public void error(ApiError error, ByteArrayOutputStream to) {
		to.writeBytes("event: error\ndata: ".getBytes(StandardCharsets.UTF_8));
		to.writeBytes(MessageErrors.body(error, this.requestId));
		to.writeBytes("\n\n".getBytes(StandardCharsets.UTF_8));
	}

	private void send(String type, Consumer<JsonGenerator> members) {
		this.out.writeBytes(("event: " + type + "\ndata: ").getBytes(StandardCharsets.UTF_8));
		try (JsonGenerator json = MessageJson.MAPPER.createGenerator(this.out)) {
			json.writeStartObject();
			json.writeStringProperty("type", type);
			members.accept(json);
			json.writeEndObject();
		}
		this.out.writeBytes("\n\n".getBytes(StandardCharsets.UTF_8));
	}

	/** Tells the blocks as events. */
	private final class Events implements ContentBlocks.Handler {

		private int index;

		@Override
		public void open(int number, ContentBlocks.Kind kind, String id, String name) {
			this.index = number;
			send("content_block_start", (json) -> {
				json.writeNumberProperty("index", this.index);
				json.writeObjectPropertyStart("content_block");
				switch (kind) {
					case TEXT -> {
						json.writeStringProperty("type", "text");
						json.writeStringProperty("text", "");
					}
					case THINKING -> {
						json.writeStringProperty("type", "thinking");
						json.writeStringProperty("thinking", "");
						json.writeStringProperty("signature", "");
					}
					case REDACTED -> {
						json.writeStringProperty("type", "redacted_thinking");
						json.writeStringProperty("data", id);
					}
					case TOOL -> {
						json.writeStringProperty("type", "tool_use");
						json.writeStringProperty("id", id);
						json.writeStringProperty("name", name);
						json.writeObjectPropertyStart("input");
						json.writeEndObject();
					}
				}
				json.writeEndObject();
			});
		}

		@Override
		public void fill(ContentBlocks.Kind kind, String text) {
			switch (kind) {
				case TEXT -> delta("text_delta", "text", text);
				case THINKING -> delta("thinking_delta", "thinking", text);
				case TOOL -> delta("input_json_delta", "partial_json", text);
				case REDACTED -> throw new IllegalStateException("hidden reasoning comes whole");
			}
		}

		@Override
		public void sign(String signature) {
			delta("signature_delta", "signature", signature);
		}

		private void delta(String type, String member, String value) {
			send("content_block_delta", (json) -> {
				json.writeNumberProperty("index", this.index);
				json.writeObjectPropertyStart("delta");
				json.writeStringProperty("type", type);
				json.writeStringProperty(member, value);
				json.writeEndObject();
			});
		}

		@Override
		public void close() {
			send("content_block_stop", (json) -> json.writeNumberProperty("index", this.index));
		}

	}

}
