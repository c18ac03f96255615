package io.exchequer.gateway.dialect.responses;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.chat.ChatEventReader;
import io.exchequer.routing.chat.FinishReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Answers become responses, whole and as events, which tell the same.
 */
class ResponseWriterTests {

	private static final UUID ID = UUID.fromString("019a0000-0000-7000-8000-00000000002a");

	private static final String HEX = "019a0000000070008000" + "00000000002a";

	private static final ChatEvent STARTED = new ChatEvent.Started("c", "gpt-x", 7);

	@Test
	void writesAWholeAnswer() {
		JsonNode answer = whole(completion(
				"""
						{"id":"c","model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"hm","content":"Hello",
						"annotations":[{"type":"url_citation","url_citation":{"start_index":0,"end_index":5,"url":"https://e.org","title":"E"}}],
						"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]},
						"finish_reason":"tool_calls"}],"service_tier":"flex","usage":{"prompt_tokens":30,"completion_tokens":10,"total_tokens":40,
						"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":4}}}"""));
		assertThat(answer).isEqualTo(
				json("""
						{"id":"resp_%1$s","object":"response","created_at":1760864665,"status":"completed","error":null,
						"incomplete_details":null,"model":"gpt-x","output":[
						{"id":"rs_%1$s_0","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"status":"completed"},
						{"id":"msg_%1$s_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello",
						"annotations":[{"type":"url_citation","start_index":0,"end_index":5,"url":"https://e.org","title":"E"}],"logprobs":[]}],"status":"completed"},
						{"id":"fc_%1$s_2","type":"function_call","call_id":"c1","name":"f","arguments":"{\\"a\\":1}","status":"completed"}],
						"usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":8},"output_tokens":10,
						"output_tokens_details":{"reasoning_tokens":4},"total_tokens":40},"service_tier":"flex"}"""
					.formatted(HEX)
					.replace("1760864665", Long.toString((ID.getMostSignificantBits() >>> 16) / 1000))));
	}

	@ParameterizedTest
	@MethodSource("answers")
	void tellsTheSameInAStream(List<ChatEvent> events) {
		List<JsonNode> told = stream(events);
		assertSound(told);
		JsonNode last = told.getLast();
		JsonNode whole = whole(events);
		assertThat(last.get("response")).isEqualTo(whole);
		assertThat(last.get("type").asString()).isEqualTo("response." + whole.get("status").asString());
		ArrayNode done = JsonNodeFactory.instance.arrayNode();
		told.stream()
			.filter((event) -> event.get("type").asString().equals("response.output_item.done"))
			.sorted((a, b) -> a.get("output_index").asInt() - b.get("output_index").asInt())
			.forEach((event) -> done.add(event.get("item")));
		assertThat(done).isEqualTo(whole.get("output"));
		assertThat(reassembled(told)).isEqualTo(texts(whole));
	}

	static Stream<List<ChatEvent>> answers() {
		ChatEvent stop = new ChatEvent.Finished(0, FinishReason.STOP, null, null);
		ChatEvent calls = new ChatEvent.Finished(0, FinishReason.TOOL_CALLS, null, null);
		ChatEvent.ToolCallStarted first = new ChatEvent.ToolCallStarted(0, 0, "c1", "f", "proof");
		ChatEvent.ToolCallStarted second = new ChatEvent.ToolCallStarted(0, 1, "c2", "g", null);
		return Stream.of(
				List.of(STARTED, text("Hel"), text("lo"), stop, new ChatEvent.Used(TokenUsage.NONE, "default")),
				List.of(STARTED, stop),
				List.of(STARTED, text("Hel"), new ChatEvent.Finished(0, FinishReason.LENGTH, null, null)),
				List.of(STARTED, text("a"), new ChatEvent.RefusalDelta(0, "I "), new ChatEvent.RefusalDelta(0, "won't"),
						new ChatEvent.Finished(0, FinishReason.CONTENT_FILTER, null, null)),
				List.of(STARTED, new ChatEvent.ReasoningDelta(0, "h"), new ChatEvent.ReasoningDelta(0, "m"),
						new ChatEvent.ReasoningSigned(0, "sig"), new ChatEvent.ReasoningHidden(0, "dark"), text("x"),
						stop),
				List.of(STARTED, text("Let me see"), first, second, new ChatEvent.ToolArgumentsDelta(0, 1, "{\"b\":"),
						new ChatEvent.ToolArgumentsDelta(0, 0, "{\"a\":1}"),
						new ChatEvent.ToolArgumentsDelta(0, 1, "2}"), calls),
				List.of(STARTED, first, new ChatEvent.ToolArgumentsDelta(0, 0, "{\"a\""),
						new ChatEvent.Finished(0, FinishReason.LENGTH, null, null)));
	}

	@Test
	void marksOnlyTheItemThatWasCutOff() {
		JsonNode cut = whole(List.of(STARTED, new ChatEvent.ReasoningDelta(0, "hm"), text("Hel"),
				new ChatEvent.Finished(0, FinishReason.LENGTH, null, null)));
		assertThat(cut.get("status").asString()).isEqualTo("incomplete");
		assertThat(cut.at("/incomplete_details/reason").asString()).isEqualTo("max_output_tokens");
		assertThat(cut.at("/output/0/status").asString()).isEqualTo("completed");
		assertThat(cut.at("/output/1/status").asString()).isEqualTo("incomplete");
	}

	@Test
	void givesProofsThatComeBackAsTheyWent() {
		JsonNode answer = whole(List.of(STARTED, new ChatEvent.ReasoningDelta(0, "hm"),
				new ChatEvent.ReasoningSigned(0, "sig"), new ChatEvent.ReasoningHidden(0, "dark"),
				new ChatEvent.ToolCallStarted(0, 0, "c:1", "f", "pr:oof"),
				new ChatEvent.Finished(0, FinishReason.TOOL_CALLS, null, null)));
		List<ReasoningProof> proofs = new ArrayList<>();
		answer.get("output")
			.forEach((item) -> item.path("encrypted_content")
				.asStringOpt()
				.ifPresent((content) -> proofs.add(ReasoningProof.of(content))));
		assertThat(proofs).containsExactly(new ReasoningProof.Signature("sig"), new ReasoningProof.Hidden("dark"),
				new ReasoningProof.OfCall("c:1", "pr:oof"));
		for (String hostile : List.of("exchequer:call:", "exchequer:call:9:c", "exchequer:call:-1:c",
				"exchequer:call:99999999999:c", "gAAAA")) {
			assertThat(ReasoningProof.of(hostile)).isNull();
		}
	}

	@Test
	void tellsLogProbabilitiesWithTheTextTheyAreOf() {
		JsonNode probability = json("[{\"token\":\"Hi\",\"logprob\":-0.5,\"bytes\":[72,105],\"top_logprobs\":[]}]");
		List<JsonNode> told = stream(
				new Asked(JsonNodeFactory.instance.objectNode(), 0, true, false, JsonNodeFactory.instance.arrayNode()),
				List.of(STARTED, text("Hi"), new ChatEvent.Logprobs(0, probability), text("!"),
						new ChatEvent.Finished(0, FinishReason.STOP, null, null)));
		List<JsonNode> deltas = told.stream()
			.filter((event) -> event.get("type").asString().equals("response.output_text.delta"))
			.toList();
		assertThat(deltas).extracting((event) -> event.get("delta").asString()).containsExactly("Hi", "!");
		assertThat(deltas.getFirst().get("logprobs")).isEqualTo(probability);
		assertThat(told.getLast().at("/response/output/0/content/0/logprobs")).isEqualTo(probability);
	}

	@Test
	void endsABrokenStreamWithItsErrorAndWhatThereIs() {
		ResponseWriter writer = writer(Asked.nothing());
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		writer.event(STARTED, out);
		writer.event(text("Hel"), out);
		writer.error(ApiError.of(502, "server_error", "upstream_error", "it broke"), out);
		List<JsonNode> told = events(out);
		JsonNode failed = told.get(told.size() - 2);
		assertThat(failed.get("type").asString()).isEqualTo("response.failed");
		assertThat(failed.at("/response/status").asString()).isEqualTo("failed");
		assertThat(failed.at("/response/error/code").asString()).isEqualTo("upstream_error");
		assertThat(failed.at("/response/output/0/content/0/text").asString()).isEqualTo("Hel");
		JsonNode error = told.getLast();
		assertThat(error.get("type").asString()).isEqualTo("error");
		assertThat(error.get("message").asString()).isEqualTo("it broke");
		assertThat(error.at("/error/type").asString()).isEqualTo("server_error");
		assertThat(told).noneMatch((event) -> event.get("type").asString().equals("response.completed"));
	}

	@Test
	void gathersNoEndlessStream() {
		ResponseWriter writer = writer(Asked.nothing());
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		ChatEvent megabyte = text("x".repeat(1024 * 1024));
		for (int i = 0; i < ResponseWriter.CHARACTERS_MAX / (1024 * 1024); i++) {
			writer.event(megabyte, out);
			out.reset();
		}
		assertThatIllegalStateException().isThrownBy(() -> writer.event(megabyte, out))
			.withMessageContaining("longer than");
	}

	private static ChatEvent text(String text) {
		return new ChatEvent.TextDelta(0, text);
	}

	/**
	 * Events are numbered, begin and end as they should, and each item's lie within it.
	 */
	private static void assertSound(List<JsonNode> told) {
		for (int i = 0; i < told.size(); i++) {
			assertThat(told.get(i).get("sequence_number").asInt()).isEqualTo(i);
		}
		assertThat(told).extracting((event) -> event.get("type").asString())
			.startsWith("response.created", "response.in_progress");
		assertThat(told.getFirst().at("/response/status").asString()).isEqualTo("in_progress");
		List<String> open = new ArrayList<>();
		for (JsonNode event : told) {
			String type = event.get("type").asString();
			String id = event.path("item").path("id").asString(event.path("item_id").asString(""));
			if (type.equals("response.output_item.added")) {
				open.add(id);
			}
			else if (!id.isEmpty()) {
				assertThat(open).as(event.toString()).contains(id);
			}
			if (type.equals("response.output_item.done")) {
				open.remove(id);
			}
		}
		assertThat(open).isEmpty();
	}

	private static String reassembled(List<JsonNode> told) {
		int items = told.getLast().at("/response/output").size();
		StringBuilder[] texts = new StringBuilder[items];
		Arrays.setAll(texts, (_) -> new StringBuilder());
		told.stream()
			.filter((event) -> event.get("type").asString().endsWith(".delta"))
			.forEach((event) -> texts[event.get("output_index").asInt()].append(event.get("delta").asString()));
		return String.join("|", texts);
	}

	private static String texts(JsonNode response) {
		List<String> texts = new ArrayList<>();
		for (JsonNode item : response.get("output")) {
			StringBuilder text = new StringBuilder(item.path("arguments").asString(""));
			item.path("summary").forEach((part) -> text.append(part.get("text").asString()));
			item.path("content")
				.forEach((part) -> text.append(part.path("text").asString(part.path("refusal").asString(""))));
			texts.add(text.toString());
		}
		return String.join("|", texts);
	}

	private static ResponseWriter writer(Asked asked) {
		return new ResponseWriter(ID, "asked", asked, Conversations.NONE, AnswerMemory.UNBOUNDED.open());
	}

	private static JsonNode whole(List<ChatEvent> events) {
		return json(new String(writer(Asked.nothing()).whole(events), StandardCharsets.UTF_8));
	}

	private static List<JsonNode> stream(List<ChatEvent> events) {
		return stream(Asked.nothing(), events);
	}

	private static List<JsonNode> stream(Asked asked, List<ChatEvent> events) {
		ResponseWriter writer = writer(asked);
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		events.forEach((event) -> writer.event(event, out));
		writer.keepAlive(out);
		writer.end(out);
		return events(out);
	}

	private static List<JsonNode> events(ByteArrayOutputStream out) {
		List<JsonNode> events = new ArrayList<>();
		for (String frame : out.toString(StandardCharsets.UTF_8).split("\n\n")) {
			if (frame.startsWith(":")) {
				continue;
			}
			String[] lines = frame.split("\n");
			JsonNode event = json(lines[1].substring("data: ".length()));
			assertThat(lines[0]).isEqualTo("event: " + event.get("type").asString());
			events.add(event);
		}
		return events;
	}

	private static List<ChatEvent> completion(String body) {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return ChatEventReader.completion(bytes, 0, bytes.length);
	}

	private static JsonNode json(String text) {
		return JsonMapper.shared().readTree(text);
	}

}
