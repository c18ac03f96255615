package io.exchequer.routing.provider.ollama;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.chat.FinishReason;
import io.exchequer.routing.provider.translated.EventSink;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells an answer, whole or as it comes, as events: a whole answer is one line. Tool
 * calls come whole, older servers give them no identifier, and no server gives one to the
 * answer. Used by one thread, for one answer.
 */
final class OllamaEvents {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final EventSink sink;

	private final UUID requestId;

	private final long nowSeconds;

	private final Function<JsonNode, UpstreamFailure> errors;

	private int calls;

	private boolean started;

	private boolean ended;

	OllamaEvents(EventSink sink, UUID requestId, long nowSeconds, Function<JsonNode, UpstreamFailure> errors) {
		this.sink = sink;
		this.requestId = requestId;
		this.nowSeconds = nowSeconds;
		this.errors = errors;
	}

	/** Tells the next line of a stream, or a whole answer. */
	void next(JsonNode line) throws InterruptedException, UpstreamFailure {
		if (line.has("error")) {
			throw this.errors.apply(line);
		}
		if (!line.path("message").isObject() && !line.path("done").asBoolean(false)) {
			throw new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the answer is not what the API promises", true, null,
					0);
		}
		if (!this.started) {
			this.started = true;
			this.sink.accept(new ChatEvent.Started("chatcmpl-" + this.requestId, line.path("model").asString(""),
					created(line.path("created_at").asString(""))));
		}
		message(line.path("message"));
		JsonNode logprobs = line.path("logprobs");
		if (logprobs.isArray() && !logprobs.isEmpty()) {
			this.sink.accept(new ChatEvent.Logprobs(0, logprobs));
		}
		if (line.path("done").asBoolean(false)) {
			this.ended = true;
			finish(line.path("done_reason").asString("stop"));
			this.sink.accept(new ChatEvent.Used(usage(line), null));
		}
	}

	/** Returns whether the answer told its own end. */
	boolean isEnded() {
		return this.ended;
	}

	private long created(String text) {
		try {
			return text.isEmpty() ? this.nowSeconds : Instant.parse(text).getEpochSecond();
		}
		catch (DateTimeParseException ex) {
			return this.nowSeconds;
		}
	}

	private void message(JsonNode message) throws InterruptedException {
		String thinking = message.path("thinking").asString("");
		if (!thinking.isEmpty()) {
			this.sink.accept(new ChatEvent.ReasoningDelta(0, thinking));
		}
		String content = message.path("content").asString("");
		if (!content.isEmpty()) {
			this.sink.accept(new ChatEvent.TextDelta(0, content));
		}
		for (JsonNode call : message.path("tool_calls")) {
			int number = this.calls++;
			String id = call.path("id").asString("");
			JsonNode function = call.path("function");
			this.sink.accept(new ChatEvent.ToolCallStarted(0, number,
					id.isEmpty() ? "call_" + this.requestId + "_" + number : id, function.path("name").asString(""),
					null));
			JsonNode arguments = function.path("arguments");
			this.sink.accept(new ChatEvent.ToolArgumentsDelta(0, number,
					arguments.isObject() ? JSON.writeValueAsString(arguments) : arguments.asString("{}")));
		}
	}

	private void finish(String told) throws InterruptedException {
		this.sink.accept(switch (told) {
			case "stop" ->
				new ChatEvent.Finished(0, (this.calls > 0) ? FinishReason.TOOL_CALLS : FinishReason.STOP, null, null);
			case "length" -> new ChatEvent.Finished(0, FinishReason.LENGTH, null, null);
			default -> new ChatEvent.Finished(0, FinishReason.STOP, told, null);
		});
	}

	/**
	 * Returns the counts. The server leaves out those that are 0, and that of a prompt
	 * which it still had in its cache: then nobody knows.
	 */
	private static @Nullable TokenUsage usage(JsonNode line) {
		long input = count(line.path("prompt_eval_count"));
		long output = count(line.path("eval_count"));
		if (input <= 0 || output <= 0) {
			return null;
		}
		Map<UsageBucket, Long> counts = new EnumMap<>(UsageBucket.class);
		counts.put(UsageBucket.REQUEST, 1L);
		counts.put(UsageBucket.INPUT, input);
		counts.put(UsageBucket.OUTPUT, output);
		return TokenUsage.of(counts);
	}

	private static long count(JsonNode told) {
		boolean believable = told.isIntegralNumber() && told.canConvertToLong()
				&& told.asLong() <= TokenUsage.COUNT_MAX;
		return believable ? told.asLong() : -1;
	}

}
