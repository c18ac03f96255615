package io.exchequer.gateway.dialect.anthropic;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.InvalidRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Canonical answers as messages, whole and streamed.
 */
class MessageWriterTests {

	private static final String USAGE = "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":30,\"total_tokens\":130,"
			+ "\"prompt_tokens_details\":{\"cached_tokens\":40,\"cache_write_tokens\":25,\"cache_write_1h_tokens\":5},"
			+ "\"completion_tokens_details\":{\"reasoning_tokens\":12}}";

	@Test
	void writesAMessage() throws Exception {
		JsonNode message = Client
			.whole(completion("\"content\":\"Hello\"", "stop") + "," + USAGE + ",\"service_tier\":\"default\"}");
		assertThat(message.toPrettyString()).isEqualTo(JsonMapper.shared().readTree("""
				{"id":"msg_01990000000070008000000000000001","type":"message","role":"assistant","model":"gpt-x",
				 "content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,
				 "usage":{"input_tokens":35,"cache_creation_input_tokens":25,"cache_read_input_tokens":40,
				  "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":5},
				  "output_tokens":30,"output_tokens_details":{"thinking_tokens":12},"service_tier":"standard"}}
				""").toPrettyString());
	}

	@Test
	void streamsTheDocumentedEvents() throws Exception {
		String stream = Client.stream(chunk("\"role\":\"assistant\",\"content\":\"\"", null),
				chunk("\"content\":\"Hel\"", null), ":", chunk("\"content\":\"lo\"", null), chunk("", "stop"),
				"{\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[]," + USAGE + "}", "[DONE]");
		assertThat(stream).isEqualTo(
				"""
						event: message_start
						data: {"type":"message_start","message":{"id":"msg_01990000000070008000000000000001","type":"message","role":"assistant","model":"gpt-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":0}}}

						event: ping
						data: {"type":"ping"}

						event: content_block_start
						data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

						event: content_block_delta
						data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}

						event: ping
						data: {"type":"ping"}

						event: content_block_delta
						data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}

						event: content_block_stop
						data: {"type":"content_block_stop","index":0}

						event: message_delta
						data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":35,"cache_creation_input_tokens":25,"cache_read_input_tokens":40,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":5},"output_tokens":30,"output_tokens_details":{"thinking_tokens":12}}}

						event: message_stop
						data: {"type":"message_stop"}

						""");
	}

	@Test
	void writesReasoningWithItsProofBeforeTheText() throws Exception {
		JsonNode message = Client.whole(completion(
				"\"reasoning_content\":\"Let me add.\",\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"Let me add.\","
						+ "\"signature\":\"EqQB\"},{\"type\":\"redacted_thinking\",\"data\":\"xyz\"}],\"content\":\"4\"",
				"stop") + "}");
		assertThat(message.get("content").toString()).isEqualTo("[{\"type\":\"thinking\",\"thinking\":\"Let me add.\","
				+ "\"signature\":\"EqQB\"},{\"type\":\"redacted_thinking\",\"data\":\"xyz\"},{\"type\":\"text\",\"text\":\"4\"}]");
		JsonNode streamed = Client.reassembled(Client.stream(chunk("\"reasoning_content\":\"Let me \"", null),
				chunk("\"reasoning_content\":\"add.\"", null),
				chunk("\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"EqQB\"}]", null),
				chunk("\"thinking_blocks\":[{\"type\":\"redacted_thinking\",\"data\":\"xyz\"}]", null),
				chunk("\"content\":\"4\"", null), chunk("", "stop"), "[DONE]"));
		assertThat(streamed.get("content")).isEqualTo(message.get("content"));
	}

	@Test
	void writesUnprovenReasoningWithAnEmptySignature() throws Exception {
		String canonical = completion("\"reasoning_content\":\"Hm.\",\"content\":\"4\"", "stop") + "}";
		assertThat(Client.whole(canonical).at("/content/0").toString())
			.isEqualTo("{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":\"\"}");
	}

	@Test
	void writesToolCallsWithTheirArgumentsAsAnObject() throws Exception {
		String calls = "\"content\":\"Let me see.\",\"tool_calls\":[" + call(0, "a", "get_weather", "{\\\"n\\\":1.50}")
				+ "," + call(1, "b", "now", "") + "," + call(2, "c", "odd", "{\\\"x\\\":") + "]";
		JsonNode message = Client.whole(completion(calls, "tool_calls") + "}");
		assertThat(message.get("content").toString()).isEqualTo(
				"[{\"type\":\"text\",\"text\":\"Let me see.\"},{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"get_weather\","
						+ "\"input\":{\"n\":1.50}},{\"type\":\"tool_use\",\"id\":\"b\",\"name\":\"now\",\"input\":{}},"
						+ "{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"odd\",\"input\":{\"INVALID_JSON\":\"{\\\"x\\\":\"}}]");
		assertThat(message.get("stop_reason").asString()).isEqualTo("tool_use");
	}

	@Test
	void streamsArgumentsAsTheyCome() throws Exception {
		String stream = Client.stream(chunk("\"tool_calls\":[" + call(0, "a", "f", "") + "]", null),
				chunk("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"ci\"}}]", null),
				chunk("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"ty\\\":\\\"}{\\\"}\"}}]", null),
				chunk("", "tool_calls"), "[DONE]");
		List<JsonNode> events = Client.events(stream);
		assertThat(events).extracting((event) -> event.at("/delta/partial_json").asString(""))
			.contains("{\"ci", "ty\":\"}{\"}");
		JsonNode message = Client.reassembled(stream);
		assertThat(message.get("content").toString())
			.isEqualTo("[{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{\"city\":\"}{\"}}]");
		assertThat(message.get("stop_reason").asString()).isEqualTo("tool_use");
	}

	@Test
	void putsInterleavedCallsOneAfterTheOther() throws Exception {
		String message = Client
			.reassembled(Client.stream(chunk("\"tool_calls\":[" + call(0, "a", "f", "{") + "]", null),
					chunk("\"tool_calls\":[" + call(1, "b", "g", "{\\\"y\\\"") + "]", null),
					chunk("\"content\":\"meanwhile\"", null),
					chunk("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"x\\\":1}\"}}]", null),
					chunk("\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\":2}\"}}]", null),
					chunk("", "tool_calls"), "[DONE]"))
			.get("content")
			.toString();
		assertThat(message).isEqualTo("[{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{\"x\":1}},"
				+ "{\"type\":\"tool_use\",\"id\":\"b\",\"name\":\"g\",\"input\":{\"y\":2}},{\"type\":\"text\",\"text\":\"meanwhile\"}]");
	}

	@Test
	void writesAHundredCallsThatComeInterleavedAsTheWholeAnswerHasThem() throws Exception {
		StringBuilder whole = new StringBuilder();
		List<String> chunks = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			whole.append((i > 0) ? "," : "").append(call(i, "id" + i, "f" + i, "{\\\"i\\\":" + i + "}"));
			chunks.add(chunk("\"tool_calls\":[" + call(i, "id" + i, "f" + i, "{\\\"i\\\"") + "]", null));
		}
		for (int i = 99; i >= 0; i--) {
			chunks.add(
					chunk("\"tool_calls\":[{\"index\":" + i + ",\"function\":{\"arguments\":\":" + i + "}\"}}]", null));
		}
		chunks.add(chunk("", "tool_calls"));
		chunks.add("[DONE]");
		JsonNode message = Client
			.whole(completion("\"content\":null,\"tool_calls\":[" + whole + "]", "tool_calls") + "}");
		JsonNode streamed = Client.reassembled(Client.stream(chunks.toArray(String[]::new)));
		assertThat(message.get("content").size()).isEqualTo(100);
		assertThat(streamed.get("content")).isEqualTo(message.get("content"));
	}

	@Test
	void breaksOffRatherThanKeepWithoutEndWhatWaitsForACall() throws Exception {
		AnswerSink sink = new Client().sink();
		sink.begin(Client.head(-1));
		write(sink, chunk("\"tool_calls\":[" + call(0, "a", "f", "{") + "]", null));
		write(sink, chunk("\"tool_calls\":[" + call(1, "b", "g", "{\\\"") + "]", null));
		String much = chunk(
				"\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"" + "x".repeat(1024 * 1024) + "\"}}]",
				null);
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> {
			for (int i = 0; i < 17; i++) {
				write(sink, much);
			}
		});
	}

	@Test
	void givesACallsProofInABlockBeforeIt() throws Exception {
		JsonNode content = Client
			.whole(completion(
					"\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\","
							+ "\"arguments\":\"{}\"},\"extra_content\":{\"google\":{\"thought_signature\":\"c2ln\"}}}]",
					"tool_calls") + "}")
			.get("content");
		assertThat(content.at("/0/data").asString()).isEqualTo(CallSignatures.data("a", "c2ln"));
		assertThat(content.at("/1/type").asString()).isEqualTo("tool_use");
	}

	@Test
	void tellsARefusal() throws Exception {
		JsonNode message = Client.whole(completion("\"content\":null,\"refusal\":\"I cannot.\"", "stop") + "}");
		assertThat(message.at("/content/0/text").asString()).isEqualTo("I cannot.");
		assertThat(message.get("stop_reason").asString()).isEqualTo("refusal");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			stop           |                                     | end_turn
			length         |                                     | max_tokens
			content_filter |                                     | refusal
			tool_calls     |                                     | tool_use
			stop           | "stop_sequence":"END"               | stop_sequence
			stop           | "native_finish_reason":"stop_sequence","stop_sequence":"END" | stop_sequence
			stop           | "native_finish_reason":"pause_turn" | pause_turn
			length         | "native_finish_reason":"model_context_window_exceeded" | model_context_window_exceeded
			stop           | "native_finish_reason":"STOP"       | end_turn
			content_filter | "native_finish_reason":"SAFETY"     | refusal
			""")
	void tellsWhyTheAnswerEnded(String reason, String members, String told) throws Exception {
		String more = (members != null) ? "," + members : "";
		String whole = "{\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\"},\"finish_reason\":\""
				+ reason + "\"" + more + "}]}";
		JsonNode message = Client.whole(whole);
		assertThat(message.get("stop_reason").asString()).isEqualTo(told);
		assertThat(message.get("stop_sequence").asString(null)).isEqualTo(told.equals("stop_sequence") ? "END" : null);
		JsonNode streamed = Client.reassembled(Client.stream(whole.replace("message", "delta"), "[DONE]"));
		assertThat(streamed.get("stop_reason")).isEqualTo(message.get("stop_reason"));
		assertThat(streamed.get("stop_sequence")).isEqualTo(message.get("stop_sequence"));
	}

	@Test
	void saysToolUseWhereAServerSaysStop() throws Exception {
		assertThat(Client.whole(completion("\"tool_calls\":[" + call(0, "a", "f", "{}") + "]", "stop") + "}")
			.get("stop_reason")
			.asString()).isEqualTo("tool_use");
	}

	@Test
	void tellsTheNameThatWasAskedForWhereTheProviderTellsNone() throws Exception {
		assertThat(Client.whole("{\"choices\":[]}").get("model").asString()).isEqualTo("asked");
	}

	@Test
	void tellsAnErrorAfterTheCommitPointAsAnEvent() throws Exception {
		Client client = new Client();
		AnswerSink sink = client.sink();
		sink.begin(Client.head(-1));
		write(sink, chunk("\"content\":\"Hel\"", null));
		sink.breakOff(ApiError.of(502, "server_error", "upstream_broken_answer", "It broke."));
		assertThat(client.text())
			.endsWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
					+ "\"message\":\"It broke.\",\"code\":\"upstream_broken_answer\"},\"request_id\":\""
					+ Client.REQUEST + "\"}\n\n")
			.doesNotContain("message_stop");
	}

	@Test
	void endsAStreamWhoseLastEventLacksItsBlankLine() throws Exception {
		Client client = new Client();
		AnswerSink sink = client.sink();
		sink.begin(Client.head(-1));
		write(sink, chunk("\"content\":\"x\"", "stop"));
		byte[] last = "data: [DONE]".getBytes(StandardCharsets.UTF_8);
		sink.write(last, 0, last.length);
		assertThat(client.text()).endsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
	}

	@Test
	void tellsTheLengthOfTheMessageAndWhatWasLeftOutByTheClientsOwnPaths() throws Exception {
		Client client = new Client();
		AnswerSink sink = client.sink();
		byte[] bytes = (completion("\"content\":\"x\"", "stop") + "}").getBytes(StandardCharsets.UTF_8);
		sink.begin(Client.head(bytes.length));
		assertThat(client.begun()).isFalse();
		sink.write(bytes, 0, 10);
		assertThat(client.begun()).isFalse();
		sink.write(bytes, 10, bytes.length - 10);
		assertThat(client.head().contentLength()).isEqualTo(client.text().length());
		assertThat(client.head().dropped()).containsExactly("speed", "top_k", "messages[0]");
	}

	@Test
	void givesAClientThatLeftTheRestToKeep() throws Exception {
		Client whole = new Client();
		whole.leave();
		AnswerSink sink = whole.sink();
		byte[] bytes = (completion("\"content\":\"x\"", "stop") + "}").getBytes(StandardCharsets.UTF_8);
		sink.begin(Client.head(bytes.length));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> sink.write(bytes, 0, bytes.length));
		assertThat(whole.missedText()).contains("\"text\":\"x\"");
		Client late = new Client();
		AnswerSink partly = late.sink();
		partly.begin(Client.head(bytes.length));
		partly.write(bytes, 0, 20);
		partly.missed(bytes, 20, bytes.length - 20);
		assertThat(late.begun()).isFalse();
		assertThat(late.missedText()).isEqualTo(whole.missedText());
		Client streaming = new Client();
		AnswerSink stream = streaming.sink();
		stream.begin(Client.head(-1));
		write(stream, chunk("\"content\":\"a\"", null));
		byte[] rest = ("data: " + chunk("\"content\":\"b\"", "stop") + "\n\ndata: [DONE]\n\n")
			.getBytes(StandardCharsets.UTF_8);
		stream.missed(rest, 0, rest.length);
		assertThat(Client.reassembled(streaming.text() + streaming.missedText()).at("/content/0/text").asString())
			.isEqualTo("ab");
	}

	@Test
	void writesAStreamAlikeWhereverItIsCut() throws Exception {
		String canonical = "data: " + chunk("\"content\":\"Hällo \\ud83d\\ude00\"", null) + "\n\ndata: "
				+ chunk("\"tool_calls\":[" + call(0, "a", "f", "{\\\"x\\\":1}") + "]", "tool_calls")
				+ "\n\ndata: [DONE]\n\n";
		byte[] bytes = canonical.getBytes(StandardCharsets.UTF_8);
		Client whole = new Client();
		AnswerSink sink = whole.sink();
		sink.begin(Client.head(-1));
		sink.write(bytes, 0, bytes.length);
		for (int size = 1; size < 40; size += 6) {
			Client client = new Client();
			AnswerSink cut = client.sink();
			cut.begin(Client.head(-1));
			for (int at = 0; at < bytes.length; at += size) {
				cut.write(bytes, at, Math.min(size, bytes.length - at));
			}
			assertThat(client.text()).isEqualTo(whole.text());
		}
	}

	private static void write(AnswerSink sink, String chunk) throws IOException, InvalidRequestException {
		byte[] bytes = ("data: " + chunk + "\n\n").getBytes(StandardCharsets.UTF_8);
		sink.write(bytes, 0, bytes.length);
	}

	private static String completion(String message, String reason) {
		return "{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"gpt-x\",\"created\":1,\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
				+ message + "},\"finish_reason\":\"" + reason + "\"}]";
	}

	private static String chunk(String delta, String reason) {
		return "{\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{" + delta
				+ "},\"finish_reason\":" + ((reason != null) ? "\"" + reason + "\"" : "null") + "}]}";
	}

	private static String call(int index, String id, String name, String arguments) {
		return "{\"index\":" + index + ",\"id\":\"" + id + "\",\"type\":\"function\",\"function\":{\"name\":\"" + name
				+ "\",\"arguments\":\"" + arguments + "\"}}";
	}

}
