package io.exchequer.routing.chat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes random requests and answers, the same ones from the same seed. */
public final class RandomChats {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final String[] TEXTS = { "", "x", "Grüße, мир", "\"quoted\" \\ \n\t\u0001", "日本語🙂",
			"data: [DONE]\n\n", "{\"a\":1}" };

	/** The buckets that the wire has a place for, beside input and requests. */
	private static final List<UsageBucket> CARRIED = List.of(UsageBucket.CACHE_READ, UsageBucket.CACHE_WRITE_5M,
			UsageBucket.CACHE_WRITE_1H, UsageBucket.OUTPUT, UsageBucket.REASONING, UsageBucket.AUDIO_INPUT,
			UsageBucket.AUDIO_OUTPUT, UsageBucket.IMAGE_INPUT, UsageBucket.IMAGE_OUTPUT);

	private final Random random;

	public RandomChats(long seed) {
		this.random = new Random(seed);
	}

	/** Makes a request. */
	public ChatRequest request() {
		List<ChatMessage> messages = new ArrayList<>();
		messages.add(message());
		times(4, () -> messages.add(message()));
		List<ToolDefinition> tools = new ArrayList<>();
		times(3, () -> tools.add(new ToolDefinition("tool_" + tools.size(), maybe(this::text),
				maybe(() -> json("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}")),
				maybe(this.random::nextBoolean), maybe(this::mark))));
		Map<String, JsonNode> others = new LinkedHashMap<>();
		times(2, () -> others.put("other_" + others.size(), json("{\"deep\":[1,true,\"t\"]}")));
		List<String> stop = new ArrayList<>();
		times(3, () -> stop.add(text()));
		return new ChatRequest("model", List.copyOf(messages), List.copyOf(tools), maybe(this::toolChoice),
				maybe(this.random::nextBoolean), responseFormat(), sampling(),
				maybe(() -> 1 + this.random.nextInt(9000)), 1 + this.random.nextInt(3), List.copyOf(stop),
				maybe(this::reasoning), this.random.nextBoolean(), maybe(this::text), maybe(() -> "priority"), others,
				List.of());
	}

	/** Makes the events of a whole answer, with deltas of choices and calls in a mix. */
	public List<ChatEvent> answer() {
		List<ChatEvent> events = new ArrayList<>();
		events.add(new ChatEvent.Started("id-" + this.random.nextInt(100), "model-x", this.random.nextInt(1_000_000)));
		int choices = 1 + this.random.nextInt(3);
		int[] calls = new int[choices];
		// Reasoning comes first: the wire has no place for it between texts.
		for (int choice = 0; choice < choices; choice++) {
			int each = choice;
			times(3, () -> {
				events.add(new ChatEvent.ReasoningDelta(each, filled()));
				events.add(new ChatEvent.ReasoningDelta(each, filled()));
				events.add(new ChatEvent.ReasoningSigned(each, "sig" + this.random.nextInt(1000)));
			});
			times(2, () -> events.add(new ChatEvent.ReasoningHidden(each, filled())));
		}
		for (int i = 0; i < 20; i++) {
			int choice = this.random.nextInt(choices);
			switch (this.random.nextInt(6)) {
				case 0, 1 -> events.add(new ChatEvent.TextDelta(choice, filled()));
				case 2 -> events.add(new ChatEvent.ToolCallStarted(choice, calls[choice]++, "call-" + choice + "-" + i,
						"f" + i, maybe(() -> "proof")));
				case 3 -> {
					if (calls[choice] > 0) {
						events.add(
								new ChatEvent.ToolArgumentsDelta(choice, this.random.nextInt(calls[choice]), filled()));
					}
				}
				case 4 -> events.add(new ChatEvent.RefusalDelta(choice, filled()));
				default ->
					events.add(new ChatEvent.Annotation(choice, json("{\"type\":\"url_citation\",\"n\":" + i + "}")));
			}
		}
		for (int choice = 0; choice < choices; choice++) {
			events.add(new ChatEvent.Logprobs(choice, json("[{\"token\":\"a\",\"logprob\":-1}]")));
			events.add(new ChatEvent.Finished(choice, FinishReason.values()[this.random.nextInt(4)],
					maybe(() -> "pause_turn"), maybe(() -> "END")));
		}
		events.add(new ChatEvent.Used(usage(), maybe(() -> "standard")));
		return events;
	}

	/** Makes a usage that the wire can carry. */
	public TokenUsage usage() {
		Map<UsageBucket, Long> counts = new LinkedHashMap<>();
		counts.put(UsageBucket.REQUEST, 1L);
		counts.put(UsageBucket.INPUT, 1L + this.random.nextInt(1000));
		for (UsageBucket bucket : CARRIED) {
			if (this.random.nextBoolean()) {
				counts.put(bucket, (long) this.random.nextInt(100_000));
			}
		}
		return TokenUsage.of(counts);
	}

	private ChatMessage message() {
		return switch (this.random.nextInt(4)) {
			case 0 -> new ChatMessage.System(this.random.nextBoolean(), texts(), maybe(() -> "app"));
			case 1 -> new ChatMessage.User(parts(), maybe(() -> "ann"));
			case 2 -> assistant();
			default -> new ChatMessage.Tool("call_1", parts(), this.random.nextBoolean());
		};
	}

	private ChatMessage assistant() {
		List<ContentPart> parts = new ArrayList<>();
		times(3, () -> parts.add(this.random.nextBoolean() ? new ContentPart.Reasoning(text(), maybe(() -> "sig"))
				: new ContentPart.HiddenReasoning("secret")));
		parts.addAll(texts());
		times(1, () -> parts.add(new ContentPart.Refusal(text())));
		List<ToolCall> calls = new ArrayList<>();
		times(3, () -> calls.add(new ToolCall("call_" + calls.size(), "f", text(), maybe(() -> "proof"))));
		return new ChatMessage.Assistant(List.copyOf(parts), List.copyOf(calls), maybe(() -> "bot"));
	}

	private List<ContentPart> texts() {
		List<ContentPart> parts = new ArrayList<>();
		times(3, () -> parts.add(new ContentPart.Text(text(), maybe(this::mark))));
		return List.copyOf(parts);
	}

	private List<ContentPart> parts() {
		List<ContentPart> parts = new ArrayList<>(texts());
		times(2, () -> parts.add(new ContentPart.Image(source("image/png"), maybe(() -> "high"), maybe(this::mark))));
		times(1, () -> parts
			.add(new ContentPart.Audio(new MediaSource.Inline("audio/wav", "UklG"), "wav", maybe(this::mark))));
		times(2, () -> parts
			.add(new ContentPart.Document(source("application/pdf"), maybe(() -> "a.pdf"), maybe(this::mark))));
		return List.copyOf(parts);
	}

	private MediaSource source(String type) {
		return switch (this.random.nextInt(3)) {
			case 0 -> new MediaSource.Inline(type, "aGVsbG8=");
			case 1 -> new MediaSource.Remote("https://example.com/a", null);
			default -> new MediaSource.Uploaded("file-1");
		};
	}

	private CacheMark mark() {
		return CacheMark.values()[this.random.nextInt(2)];
	}

	private ToolChoice toolChoice() {
		return switch (this.random.nextInt(4)) {
			case 0 -> new ToolChoice.Auto();
			case 1 -> new ToolChoice.None();
			case 2 -> new ToolChoice.Required();
			default -> new ToolChoice.Named("tool_0");
		};
	}

	private ResponseFormat responseFormat() {
		return switch (this.random.nextInt(3)) {
			case 0 -> new ResponseFormat.Text();
			case 1 -> new ResponseFormat.JsonObject();
			default -> new ResponseFormat.JsonSchema("s", maybe(this::text), json("{\"type\":\"object\"}"),
					maybe(this.random::nextBoolean));
		};
	}

	private Sampling sampling() {
		Map<String, BigDecimal> bias = new LinkedHashMap<>();
		times(2, () -> bias.put("50" + bias.size(), decimal()));
		return new Sampling(maybe(this::decimal), maybe(this::decimal), maybe(() -> this.random.nextInt(100)),
				maybe(this.random::nextLong), maybe(this::decimal), maybe(this::decimal),
				maybe(() -> this.random.nextInt(20)), bias);
	}

	private ReasoningWish reasoning() {
		return switch (this.random.nextInt(4)) {
			case 0 -> new ReasoningWish("high", null, null);
			case 1 -> new ReasoningWish(maybe(() -> "low"), this.random.nextInt(5000), true);
			case 2 -> new ReasoningWish(maybe(() -> "minimal"), null, true);
			default -> new ReasoningWish(null, null, false);
		};
	}

	private BigDecimal decimal() {
		return new BigDecimal(this.random.nextInt(2000) - 1000).movePointLeft(this.random.nextInt(4));
	}

	private String text() {
		return TEXTS[this.random.nextInt(TEXTS.length)];
	}

	private String filled() {
		return TEXTS[1 + this.random.nextInt(TEXTS.length - 1)];
	}

	private void times(int most, Runnable action) {
		int count = this.random.nextInt(most + 1);
		for (int i = 0; i < count; i++) {
			action.run();
		}
	}

	private <T> @Nullable T maybe(Supplier<T> maker) {
		return this.random.nextBoolean() ? maker.get() : null;
	}

	private static JsonNode json(String text) {
		return JSON.readTree(text);
	}

}
