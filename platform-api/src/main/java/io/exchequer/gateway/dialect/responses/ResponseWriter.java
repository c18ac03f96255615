package io.exchequer.gateway.dialect.responses;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.exchequer.gateway.dialect.AnswerWriter;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.chat.FinishReason;

/**
 * Writes an answer as a response: whole, or as the Responses API's events. The API's last
 * events repeat everything, so that a stream piles up here too; its memory is counted.
 */
final class ResponseWriter implements AnswerWriter {

	/** How long a stream waits for memory before it passes the bound. */
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	/** In how large steps memory is counted, in characters. */
	private static final int STEP = 64 * 1024;

	/** The most characters of a stream, about what a whole answer may have. */
	static final int CHARACTERS_MAX = 32 * 1024 * 1024;

	/** What a character takes: kept once, and told twice at the end. */
	private static final int BYTES_PER_CHARACTER = 4;

	private static final byte[] KEEP_ALIVE = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final UUID requestId;

	private final String asked;

	private final Asked request;

	private final Conversations conversations;

	private final AnswerMemory.Part memory;

	private OutputItems items;

	private ByteArrayOutputStream out = new ByteArrayOutputStream(0);

	private @Nullable String model;

	private int sequence;

	private int uncounted;

	private long counted;

	private boolean started;

	private ChatEvent.@Nullable Finished finished;

	private @Nullable TokenUsage usage;

	private @Nullable String serviceTier;

	/**
	 * Makes a writer.
	 * @param asked the name the client asked for, told where the provider tells none
	 * @param request what of the request is told again
	 * @param memory where a stream's memory is counted
	 */
	ResponseWriter(UUID requestId, String asked, Asked request, Conversations conversations, AnswerMemory.Part memory) {
		this.requestId = requestId;
		this.asked = asked;
		this.request = request;
		this.conversations = conversations;
		this.memory = memory;
		this.items = new OutputItems(requestId, request.logprobs(), this::send);
	}

	@Override
	public byte[] whole(List<ChatEvent> events) {
		this.items = new OutputItems(this.requestId, false, OutputItems.Events.NONE);
		for (ChatEvent event : events) {
			note(event);
			this.items.add(event);
		}
		this.items.end(isWhole());
		this.memory.await((long) BYTES_PER_CHARACTER * this.request.settingsBytes(), PATIENCE);
		return JSON.writeValueAsBytes(finalAnswer());
	}

	@Override
	public void event(ChatEvent event, ByteArrayOutputStream to) {
		this.out = to;
		note(event);
		start();
		count(event);
		this.items.add(event);
	}

	@Override
	public void end(ByteArrayOutputStream to) {
		this.out = to;
		start();
		this.items.end(isWhole());
		tell(isWhole() ? "response.completed" : "response.incomplete", finalAnswer());
	}

	@Override
	public void keepAlive(ByteArrayOutputStream to) {
		to.writeBytes(KEEP_ALIVE);
	}

	/**
	 * Clients look for either event, and some stop at the first: the one with what came
	 * so far goes before the one that they throw.
	 */
	@Override
	public void error(ApiError error, ByteArrayOutputStream to) {
		this.out = to;
		start();
		ObjectNode failed = answer("failed", this.items.output());
		failed.putObject("error").put("code", error.code()).put("message", error.message());
		tell("response.failed", failed);
		send("error", (json) -> {
			facts(json, error);
			json.writeObjectPropertyStart("error");
			json.writeStringProperty("type", error.type());
			facts(json, error);
			json.writeEndObject();
		});
	}

	private static void facts(JsonGenerator json, ApiError error) {
		json.writeStringProperty("code", error.code());
		json.writeStringProperty("message", error.message());
		if (error.param() != null) {
			json.writeStringProperty("param", error.param());
		}
		else {
			json.writeNullProperty("param");
		}
	}

	private void note(ChatEvent event) {
		switch (event) {
			case ChatEvent.Started begun when !begun.model().isEmpty() -> this.model = begun.model();
			case ChatEvent.Finished end when end.choice() == 0 -> this.finished = end;
			case ChatEvent.Used used -> {
				this.usage = used.usage();
				this.serviceTier = used.serviceTier();
			}
			default -> {
			}
		}
	}

	private void count(ChatEvent event) {
		this.uncounted += switch (event) {
			case ChatEvent.TextDelta delta -> delta.text().length();
			case ChatEvent.ReasoningDelta delta -> delta.text().length();
			case ChatEvent.RefusalDelta delta -> delta.text().length();
			case ChatEvent.ToolArgumentsDelta delta -> delta.text().length();
			case ChatEvent.ReasoningSigned signed -> signed.signature().length();
			case ChatEvent.ReasoningHidden hidden -> hidden.data().length();
			case ChatEvent.Logprobs logprobs -> 200 * logprobs.content().size();
			default -> 0;
		};
		if (this.uncounted >= STEP) {
			// It was paid for, and is not lost for want of memory.
			this.memory.await((long) BYTES_PER_CHARACTER * this.uncounted, PATIENCE);
			this.counted += this.uncounted;
			this.uncounted = 0;
			if (this.counted > CHARACTERS_MAX) {
				throw new IllegalStateException(
						"the answer is longer than " + CHARACTERS_MAX + " characters, all of which its end repeats");
			}
		}
	}

	private void start() {
		if (!this.started) {
			this.started = true;
			this.memory.await((long) BYTES_PER_CHARACTER * this.request.settingsBytes(), PATIENCE);
			ObjectNode begun = answer("in_progress", JsonNodeFactory.instance.arrayNode());
			tell("response.created", begun);
			tell("response.in_progress", begun);
		}
	}

	/** Whether the answer came to its own end, as far as the provider says. */
	private boolean isWhole() {
		return this.finished == null || this.finished.reason() != FinishReason.LENGTH
				&& this.finished.reason() != FinishReason.CONTENT_FILTER;
	}

	private ObjectNode finalAnswer() {
		ObjectNode answer = answer(isWhole() ? "completed" : "incomplete", this.items.output());
		if (!isWhole()) {
			boolean length = this.finished != null && this.finished.reason() == FinishReason.LENGTH;
			answer.putObject("incomplete_details").put("reason", length ? "max_output_tokens" : "content_filter");
		}
		if (this.serviceTier != null) {
			answer.put("service_tier", this.serviceTier);
		}
		answer.set("usage", usage((this.usage != null) ? this.usage : TokenUsage.NONE));
		if (this.request.store()) {
			answer.put("store", this.conversations.keep(this.requestId, this.request.items(), answer));
		}
		return answer;
	}

	private ObjectNode answer(String status, ArrayNode output) {
		ObjectNode answer = JsonNodeFactory.instance.objectNode()
			.put("id", ResponseIds.of(this.requestId))
			.put("object", "response")
			.put("created_at", (this.requestId.getMostSignificantBits() >>> 16) / 1000)
			.put("status", status)
			.putNull("error")
			.putNull("incomplete_details")
			.put("model", (this.model != null) ? this.model : this.asked);
		answer.set("output", output);
		this.request.settings().properties().forEach((each) -> answer.set(each.getKey(), each.getValue()));
		answer.putNull("usage");
		return answer;
	}

	private static JsonNode usage(TokenUsage usage) {
		ObjectNode told = JsonNodeFactory.instance.objectNode().put("input_tokens", usage.inputTokens());
		told.putObject("input_tokens_details").put("cached_tokens", usage.get(UsageBucket.CACHE_READ));
		told.put("output_tokens", usage.outputTokens());
		told.putObject("output_tokens_details").put("reasoning_tokens", usage.get(UsageBucket.REASONING));
		return told.put("total_tokens", usage.inputTokens() + usage.outputTokens());
	}

	private void tell(String type, ObjectNode answer) {
		send(type, (json) -> {
			json.writeName("response");
			json.writeTree(answer);
		});
	}

	private void send(String type, Consumer<JsonGenerator> members) {
		this.out.writeBytes(("event: " + type + "\ndata: ").getBytes(StandardCharsets.UTF_8));
		try (JsonGenerator json = JSON.createGenerator(this.out)) {
			json.writeStartObject();
			json.writeStringProperty("type", type);
			json.writeNumberProperty("sequence_number", this.sequence++);
			members.accept(json);
			json.writeEndObject();
		}
		this.out.writeBytes("\n\n".getBytes(StandardCharsets.UTF_8));
	}

}
