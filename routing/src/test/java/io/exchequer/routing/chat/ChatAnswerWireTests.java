package io.exchequer.routing.chat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.wire.UsageReader;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Answers on the canonical wire: streams, whole ones, and that they agree.
 */
class ChatAnswerWireTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	@Test
	void readsBackEveryEventOfAStreamHoweverItIsCut() {
		RandomChats chats = new RandomChats(3);
		Random cuts = new Random(4);
		for (int round = 0; round < 500; round++) {
			List<ChatEvent> events = chats.answer();
			byte[] stream = stream(events);
			ChatEventReader reader = new ChatEventReader();
			List<ChatEvent> read = new ArrayList<>();
			int at = 0;
			while (at < stream.length) {
				int length = Math.min(stream.length - at, 1 + cuts.nextInt(40));
				read.addAll(reader.read(stream, at, length));
				at += length;
			}
			assertThat(read).isEqualTo(events);
			assertThat(reader.isDone()).isTrue();
		}
	}

	@Test
	void reassemblesAStreamToTheWholeAnswer() {
		RandomChats chats = new RandomChats(5);
		for (int round = 0; round < 500; round++) {
			List<ChatEvent> events = chats.answer();
			byte[] stream = stream(events);
			byte[] whole = whole(events);
			assertThat(whole(new ChatEventReader().read(stream, 0, stream.length))).isEqualTo(whole);
			assertThat(whole(ChatEventReader.completion(whole, 0, whole.length))).isEqualTo(whole);
		}
	}

	@Test
	void tellsUsageToTheToken() {
		RandomChats chats = new RandomChats(6);
		for (int round = 0; round < 2000; round++) {
			TokenUsage usage = chats.usage();
			byte[] whole = whole(List.of(new ChatEvent.Started("i", "m", 1), new ChatEvent.TextDelta(0, "x"),
					new ChatEvent.Finished(0, FinishReason.STOP, null, null), new ChatEvent.Used(usage, null)));
			assertThat(UsageReader.read(JSON.writeValueAsBytes(JSON.readTree(whole).path("usage")))).isEqualTo(usage);
		}
	}

	@Test
	void tellsCacheWritesOfBothTimesApart() {
		TokenUsage usage = UsageReader.read("""
				{"prompt_tokens":100,"completion_tokens":1,
				 "prompt_tokens_details":{"cache_write_tokens":70,"cache_write_1h_tokens":20}}"""
			.getBytes(StandardCharsets.UTF_8));
		assertThat(usage).isNotNull().satisfies((read) -> {
			assertThat(read.get(UsageBucket.CACHE_WRITE_1H)).isEqualTo(20);
			assertThat(read.get(UsageBucket.CACHE_WRITE_5M)).isEqualTo(50);
			assertThat(read.get(UsageBucket.INPUT)).isEqualTo(30);
		});
	}

	@Test
	void readsMoreCacheWritesOfAnHourThanOfBothTimesAsOnesOfAnHour() {
		TokenUsage usage = UsageReader.read("""
				{"prompt_tokens":100,"completion_tokens":1,
				 "prompt_tokens_details":{"cache_write_tokens":10,"cache_write_1h_tokens":20}}"""
			.getBytes(StandardCharsets.UTF_8));
		assertThat(usage).isNotNull().satisfies((read) -> {
			assertThat(read.get(UsageBucket.CACHE_WRITE_1H)).isEqualTo(20);
			assertThat(read.get(UsageBucket.CACHE_WRITE_5M)).isZero();
			assertThat(read.get(UsageBucket.INPUT)).isEqualTo(80);
		});
	}

	@Test
	void writesOneChunkForEachEventBehindTheRolesOwn() {
		ChatChunkWriter writer = new ChatChunkWriter();
		assertThat(frames(writer.write(new ChatEvent.Started("i", "m", 1)))).singleElement()
			.satisfies((role) -> assertThat(role.at("/choices/0/delta/role").asString()).isEqualTo("assistant"));
		assertThat(frames(writer.write(new ChatEvent.TextDelta(0, "x")))).hasSize(1);
		assertThat(frames(writer.write(new ChatEvent.TextDelta(1, "y")))).hasSize(2);
		assertThat(frames(writer.write(new ChatEvent.ToolCallStarted(0, 0, "c", "f", null)))).hasSize(1);
		assertThat(writer.write(new ChatEvent.Used(null, null))).isEmpty();
	}

	@Test
	void keepsAHundredParallelToolCallsApart() {
		List<ChatEvent> events = new ArrayList<>();
		events.add(new ChatEvent.Started("i", "m", 1));
		for (int i = 0; i < 100; i++) {
			events.add(new ChatEvent.ToolCallStarted(0, i, "call" + i, "f", null));
		}
		for (int round = 0; round < 3; round++) {
			for (int i = 0; i < 100; i++) {
				events.add(new ChatEvent.ToolArgumentsDelta(0, i, "<" + i + ":" + round + ">"));
			}
		}
		events.add(new ChatEvent.Finished(0, FinishReason.TOOL_CALLS, null, null));
		byte[] stream = stream(events);
		assertThat(new ChatEventReader().read(stream, 0, stream.length)).isEqualTo(events);
		JsonNode calls = JSON.readTree(whole(events)).at("/choices/0/message/tool_calls");
		assertThat(calls).hasSize(100);
		assertThat(calls.get(42).at("/function/arguments").asString()).isEqualTo("<42:0><42:1><42:2>");
	}

	@Test
	void readsCallsThatAllHaveTheSameIndex() {
		List<ChatEvent> events = read(
				"""
						data: {"id":"i","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}

						data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]}

						""");
		assertThat(events).contains(new ChatEvent.ToolCallStarted(0, 0, "a", "f", null),
				new ChatEvent.ToolCallStarted(0, 1, "b", "g", null), new ChatEvent.ToolArgumentsDelta(0, 1, "{}"));
	}

	@Test
	void tellsTheLastUsageOnceWhereEveryChunkHasOne() {
		List<ChatEvent> events = read(
				"""
						data: {"id":"i","model":"m","choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}

						data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}

						data: [DONE]

						""");
		assertThat(events).filteredOn(ChatEvent.Used.class::isInstance).singleElement().satisfies((used) -> {
			TokenUsage usage = ((ChatEvent.Used) used).usage();
			assertThat(usage).isNotNull();
			assertThat(usage.outputTokens()).isEqualTo(2);
		});
	}

	@Test
	void readsAnErrorAndNoUsageBehindIt() {
		List<ChatEvent> events = read("""
				data: {"id":"i","model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}\r
				\r
				data: {"error":{"type":"server_error","code":"upstream_failed","message":"it broke"}}\r
				\r
				""");
		assertThat(events).last().isEqualTo(new ChatEvent.Failed("server_error", "upstream_failed", "it broke"));
	}

	@Test
	void refusesToWriteHalfAnAnswer() {
		ChatCompletionWriter writer = new ChatCompletionWriter();
		writer.add(new ChatEvent.Started("i", "m", 1));
		writer.add(new ChatEvent.TextDelta(0, "half"));
		assertThat(writer.isComplete()).isFalse();
		assertThatIllegalStateException().isThrownBy(writer::write);
		assertThatIllegalStateException().isThrownBy(() -> writer.add(new ChatEvent.ToolArgumentsDelta(0, 5, "{}")));
		assertThatIllegalArgumentException().isThrownBy(() -> writer.add(new ChatEvent.Failed("t", "c", "m")));
		assertThatIllegalStateException()
			.isThrownBy(() -> new ChatChunkWriter().write(new ChatEvent.TextDelta(0, "early")));
	}

	private static List<ChatEvent> read(String stream) {
		byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
		return new ChatEventReader().read(bytes, 0, bytes.length);
	}

	private static byte[] stream(List<ChatEvent> events) {
		ChatChunkWriter writer = new ChatChunkWriter();
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		events.forEach((event) -> out.writeBytes(writer.write(event)));
		out.writeBytes(ChatChunkWriter.done());
		return out.toByteArray();
	}

	private static byte[] whole(List<ChatEvent> events) {
		ChatCompletionWriter writer = new ChatCompletionWriter();
		events.forEach(writer::add);
		return writer.write();
	}

	private static List<JsonNode> frames(byte[] bytes) {
		List<JsonNode> frames = new ArrayList<>();
		for (String frame : new String(bytes, StandardCharsets.UTF_8).split("\n\n")) {
			frames.add(JSON.readTree(frame.substring("data: ".length())));
		}
		return frames;
	}

}
