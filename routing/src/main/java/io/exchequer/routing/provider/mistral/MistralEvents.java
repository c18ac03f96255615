package io.exchequer.routing.provider.mistral;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.chat.FinishReason;
import io.exchequer.routing.provider.translated.EventSink;
import io.exchequer.routing.wire.UsageReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells an answer, whole or as it comes, as events. Content is a text or a list of parts,
 * of which some are reasoning. Used by one thread, for one answer.
 */
final class MistralEvents {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final EventSink sink;

	private final long nowSeconds;

	private final Function<JsonNode, UpstreamFailure> errors;

	private final Map<Integer, Calls> calls = new HashMap<>(2);

	private final BitSet finished = new BitSet();

	private boolean started;

	private @Nullable TokenUsage usage;

	MistralEvents(EventSink sink, long nowSeconds, Function<JsonNode, UpstreamFailure> errors) {
		this.sink = sink;
		this.nowSeconds = nowSeconds;
		this.errors = errors;
	}

	/** Tells the next chunk of a stream, or a whole answer. */
	void next(JsonNode chunk) throws InterruptedException, UpstreamFailure {
		if (chunk.has("error") || chunk.path("object").asString("").equals("error")) {
			throw this.errors.apply(chunk);
		}
		if (!chunk.path("choices").isArray()) {
			throw new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the answer is not what the API promises", true, null,
					0);
		}
		if (!this.started) {
			this.started = true;
			this.sink.accept(new ChatEvent.Started(chunk.path("id").asString(""), chunk.path("model").asString(""),
					chunk.path("created").asLong(this.nowSeconds)));
		}
		if (chunk.path("usage").isObject()) {
			this.usage = UsageReader.read(JSON.writeValueAsBytes(chunk.path("usage")));
		}
		int position = 0;
		for (JsonNode choice : chunk.path("choices")) {
			choice(choice, choice.path("index").asInt(position++));
		}
	}

	/** The answer is whole. */
	void end() throws InterruptedException {
		this.sink.accept(new ChatEvent.Used(this.usage, null));
	}

	private void choice(JsonNode choice, int index) throws InterruptedException, UpstreamFailure {
		JsonNode said = choice.has("delta") ? choice.path("delta") : choice.path("message");
		content(said.path("content"), index);
		int position = 0;
		for (JsonNode call : said.path("tool_calls")) {
			this.calls.computeIfAbsent(index, Calls::new).read(call, position++);
		}
		String reason = choice.path("finish_reason").asString("");
		if (!reason.isEmpty() && !this.finished.get(index)) {
			this.finished.set(index);
			finish(reason, index);
		}
	}

	private void content(JsonNode content, int index) throws InterruptedException {
		if (content.isString()) {
			text(content.asString(), index);
			return;
		}
		for (JsonNode part : content) {
			switch (part.path("type").asString("")) {
				case "thinking" -> {
					for (JsonNode thought : part.path("thinking")) {
						String text = thought.path("text").asString("");
						if (!text.isEmpty()) {
							this.sink.accept(new ChatEvent.ReasoningDelta(index, text));
						}
					}
				}
				case "reference" -> this.sink.accept(new ChatEvent.Annotation(index, part));
				default -> text(part.path("text").asString(""), index);
			}
		}
	}

	private void text(String text, int index) throws InterruptedException {
		if (!text.isEmpty()) {
			this.sink.accept(new ChatEvent.TextDelta(index, text));
		}
	}

	private void finish(String reason, int index) throws InterruptedException, UpstreamFailure {
		this.sink.accept(switch (reason) {
			case "stop" -> new ChatEvent.Finished(index, FinishReason.STOP, null, null);
			case "length" -> new ChatEvent.Finished(index, FinishReason.LENGTH, null, null);
			case "model_length" -> new ChatEvent.Finished(index, FinishReason.LENGTH, reason, null);
			case "tool_calls" -> new ChatEvent.Finished(index, FinishReason.TOOL_CALLS, null, null);
			case "content_filter" -> new ChatEvent.Finished(index, FinishReason.CONTENT_FILTER, null, null);
			case "error" -> throw new UpstreamFailure(FailureClass.SERVER_ERROR,
					"the provider ended the answer with an error", true, null, 0);
			default -> new ChatEvent.Finished(index, FinishReason.STOP, reason, null);
		});
	}

	/** The tool calls of a choice: by the numbers on the wire, and by ours. */
	private final class Calls {

		private final int choice;

		private final Map<Integer, Integer> numbers = new HashMap<>(4);

		private final Map<Integer, String> ids = new HashMap<>(4);

		private int count;

		Calls(int choice) {
			this.choice = choice;
		}

		void read(JsonNode call, int position) throws InterruptedException {
			String told = call.path("id").asString("");
			String id = told.equals("null") ? "" : told;
			JsonNode function = call.path("function");
			int index = call.path("index").asInt(position);
			Integer number = this.numbers.get(index);
			// Calls that come whole may all have the same number.
			if (number == null || !id.isEmpty() && !id.equals(this.ids.get(index))) {
				number = this.count++;
				this.numbers.put(index, number);
				this.ids.put(index, id);
				MistralEvents.this.sink.accept(new ChatEvent.ToolCallStarted(this.choice, number,
						id.isEmpty() ? "call_" + this.choice + "_" + number : id, function.path("name").asString(""),
						null));
			}
			JsonNode arguments = function.path("arguments");
			String text = arguments.isObject() ? JSON.writeValueAsString(arguments) : arguments.asString("");
			if (!text.isEmpty()) {
				MistralEvents.this.sink.accept(new ChatEvent.ToolArgumentsDelta(this.choice, number, text));
			}
		}

	}

}
