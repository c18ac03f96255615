package io.exchequer.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.PermissionDeniedException;
import com.anthropic.errors.SseException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.JsonOutputFormat;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.OutputConfig;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceAuto;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import com.anthropic.models.models.ModelInfo;
import io.exchequer.gateway.RecordingUpstream.Received;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Anthropic's official client against the started platform: its simulator, and an
 * upstream that speaks OpenAI's wire.
 */
class AnthropicClientIT {

	private static RecordingUpstream upstream;

	private static StartedPlatform platform;

	private static AnthropicClient client;

	@BeforeAll
	static void start() throws IOException {
		upstream = new RecordingUpstream();
		platform = new StartedPlatform(upstream.baseUrl());
		client = client(platform.key());
	}

	@AfterAll
	static void stop() {
		client.close();
		platform.close();
		upstream.close();
	}

	@AfterEach
	void leavesNoHold() {
		assertThat(platform.count("hold")).isZero();
		upstream.received.clear();
		upstream.forget();
	}

	@Test
	void answersAMessage() {
		Message message = client.messages().create(question("Say hello").build());
		assertThat(text(message)).isNotBlank();
		assertThat(message.stopReason()).contains(StopReason.END_TURN);
		assertThat(message.usage().inputTokens()).isPositive();
		assertThat(message.usage().outputTokens()).isPositive();
	}

	@Test
	void streamsTheSameMessage() {
		Message whole = client.messages().create(question("Say hello").build());
		Message streamed = stream(question("Say hello").build());
		assertThat(text(streamed)).isEqualTo(text(whole));
		assertThat(streamed.stopReason()).isEqualTo(whole.stopReason());
		assertThat(streamed.usage().outputTokens()).isEqualTo(whole.usage().outputTokens());
		assertThat(streamed.usage().inputTokens()).isEqualTo(whole.usage().inputTokens());
	}

	@Test
	void takesTheKeyAsABearerTokenToo() {
		AnthropicClient bearer = AnthropicOkHttpClient.builder()
			.authToken(platform.key())
			.baseUrl(baseUrl())
			.maxRetries(0)
			.build();
		assertThat(text(bearer.messages().create(question("Say hello").build()))).isNotBlank();
		bearer.close();
	}

	@Test
	void callsToolsInParallelAndTakesWhatTheyAnswered() {
		MessageCreateParams asked = tools(question("Use get_weather and get_time for Paris")).build();
		Message called = client.messages().create(asked);
		assertCalls(called);
		assertCalls(stream(asked));
		List<ContentBlockParam> results = calls(called).stream()
			.map((call) -> ContentBlockParam
				.ofToolResult(ToolResultBlockParam.builder().toolUseId(call.id()).content("sunny").build()))
			.toList();
		Message answered = client.messages()
			.create(tools(question("Use get_weather and get_time for Paris")).addMessage(called)
				.addUserMessageOfContentBlockParams(results)
				.build());
		assertThat(answered.content()).isNotEmpty();
	}

	private static void assertCalls(Message message) {
		assertThat(message.stopReason()).contains(StopReason.TOOL_USE);
		assertThat(calls(message)).extracting(ToolUseBlock::name).containsExactlyInAnyOrder("get_weather", "get_time");
		assertThat(calls(message)).allSatisfy((call) -> assertThat(input(call).containsKey("city")).isTrue());
	}

	@Test
	void holdsAnAnswerToASchema() {
		JsonOutputFormat.Schema schema = JsonOutputFormat.Schema.builder()
			.putAdditionalProperty("type", JsonValue.from("object"))
			.putAdditionalProperty("properties",
					JsonValue.from(Map.of("yes", Map.of("type", "boolean"), "reason", Map.of("type", "string"))))
			.putAdditionalProperty("required", JsonValue.from(List.of("yes", "reason")))
			.putAdditionalProperty("additionalProperties", JsonValue.from(false))
			.build();
		Message message = client.messages()
			.create(question("Is the sky blue?")
				.outputConfig(OutputConfig.builder().format(JsonOutputFormat.builder().schema(schema).build()).build())
				.build());
		JsonNode verdict = JsonMapper.shared().readTree(text(message));
		assertThat(verdict.get("yes").isBoolean()).isTrue();
		assertThat(verdict.get("reason").isString()).isTrue();
	}

	@Test
	void givesReasoningWithItsProofAndTakesItBack() throws Exception {
		upstream.prepare(200, "application/json",
				bytes("{\"id\":\"c\",\"model\":\"x\",\"choices\":[{\"index\":0,\"message\":{"
						+ "\"role\":\"assistant\",\"reasoning_content\":\"Let me add.\",\"thinking_blocks\":[{\"type\":\"thinking\","
						+ "\"thinking\":\"Let me add.\",\"signature\":\"EqQB\"}],\"content\":\"4\"},\"finish_reason\":\"stop\"}],"
						+ "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9,\"total_tokens\":12,"
						+ "\"completion_tokens_details\":{\"reasoning_tokens\":5}}}"));
		Message first = client.messages().create(question("2+2").model("wire").enabledThinking(1024).build());
		assertThat(first.content().getFirst().asThinking().signature()).isEqualTo("EqQB");
		assertThat(first.content().getFirst().asThinking().thinking()).isEqualTo("Let me add.");
		assertThat(first.usage().outputTokens()).isEqualTo(9);
		assertThat(first.usage().outputTokensDetails().orElseThrow().thinkingTokens()).isEqualTo(5);
		assertThat(sent().get("thinking").toString()).isEqualTo("{\"type\":\"enabled\",\"budget_tokens\":1024}");
		upstream.prepare(200, "text/event-stream", bytes(chunk("\"reasoning_content\":\"Again.\"", null)), bytes(
				chunk("\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"sig2\"}]", null)
						+ chunk("\"content\":\"6\"", "stop") + usage() + "data: [DONE]\n\n"));
		Message second = stream(question("2+2").model("wire").addMessage(first).addUserMessage("3+3").build());
		assertThat(second.content()).hasSize(2);
		assertThat(second.content().getFirst().asThinking().thinking()).isEqualTo("Again.");
		assertThat(second.content().getFirst().asThinking().signature()).isEqualTo("sig2");
		assertThat(text(second)).isEqualTo("6");
		assertThat(sent().at("/messages/1/thinking_blocks/0/signature").asString()).isEqualTo("EqQB");
	}

	@Test
	void reassemblesAHundredCallsThatComeInterleaved() {
		StringBuilder stream = new StringBuilder();
		for (int i = 0; i < 100; i++) {
			stream.append(chunk("\"tool_calls\":[{\"index\":" + i + ",\"id\":\"call_" + i
					+ "\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"city\\\":\"}}]",
					null));
		}
		for (int i = 0; i < 100; i++) {
			stream.append(
					chunk("\"tool_calls\":[{\"index\":" + i + ",\"function\":{\"arguments\":\"\\\"c" + i + "\\\"}\"}}]",
							null));
		}
		stream.append(chunk("", "tool_calls")).append(usage()).append("data: [DONE]\n\n");
		upstream.prepare(200, "text/event-stream", bytes(stream.toString()));
		List<ToolUseBlock> calls = calls(stream(tools(question("everywhere")).model("wire").build()));
		assertThat(calls).hasSize(100);
		for (int i = 0; i < 100; i++) {
			assertThat(calls.get(i).id()).isEqualTo("call_" + i);
			assertThat(input(calls.get(i)).get("city")).isEqualTo(JsonValue.from("c" + i));
		}
	}

	@Test
	void fallsBackBeforeTheCommitPointUnseen() {
		upstream.prepare(200, "text/event-stream", bytes(chunk("\"role\":\"assistant\",\"content\":\"\"", null)));
		upstream.prepare(200, "text/event-stream",
				bytes(chunk("\"content\":\"Hello\"", "stop") + usage() + "data: [DONE]\n\n"));
		platform.deployment("wire-2", "wire", "gpt-second", io.exchequer.registry.DataClass.CONFIDENTIAL);
		Message message = stream(question("hi").model("wire").build());
		assertThat(text(message)).isEqualTo("Hello");
		assertThat(upstream.received).hasSize(2);
		assertThat(message.usage().inputTokens()).isEqualTo(3);
	}

	@Test
	void tellsAStreamThatBrokeAfterItAsAnError() {
		upstream.prepare(200, "text/event-stream", bytes(chunk("\"content\":\"Hel\"", null)));
		MessageAccumulator accumulator = MessageAccumulator.create();
		assertThatExceptionOfType(SseException.class).isThrownBy(() -> {
			try (StreamResponse<RawMessageStreamEvent> events = client.messages()
				.createStreaming(question("hi").model("wire").build())) {
				events.stream().forEach(accumulator::accumulate);
			}
		}).satisfies((ex) -> assertThat(ex.body().toString()).contains("api_error").contains("upstream_broken_answer"));
	}

	@Test
	void countsTokensAndSaysThatItIsAnEstimate() {
		MessageCountTokensParams params = MessageCountTokensParams.builder()
			.model("sim")
			.addUserMessage("How many tokens are these?")
			.build();
		assertThat(client.messages().countTokens(params).inputTokens()).isBetween(5L, 60L);
		try (var response = client.withRawResponse().messages().countTokens(params)) {
			assertThat(response.headers().values("X-Exchequer-Estimated")).containsExactly("true");
		}
		assertThatExceptionOfType(NotFoundException.class)
			.isThrownBy(() -> client.messages().countTokens(params.toBuilder().model("no-such-model").build()));
	}

	@Test
	void listsModels() {
		assertThat(client.models().list().autoPager()).extracting(ModelInfo::id).contains("sim", "minilm", "wire-1");
		ModelInfo sim = client.models().retrieve("sim");
		assertThat(sim.displayName()).isNotBlank();
		assertThat(sim.createdAt()).isNotNull();
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> client.models().retrieve("no-such-model"))
			.satisfies((ex) -> assertError(ex, "not_found_error", "model_not_found"));
	}

	@Test
	void mapsErrorsToTheClientsExceptions() {
		assertThatExceptionOfType(NotFoundException.class)
			.isThrownBy(() -> client.messages().create(question("hi").model("no-such-model").build()))
			.satisfies((ex) -> assertError(ex, "not_found_error", "model_not_found"));
		assertThatExceptionOfType(BadRequestException.class)
			.isThrownBy(() -> client.messages().create(question("hi").maxTokens(0).build()))
			.satisfies((ex) -> assertError(ex, "invalid_request_error", "max_tokens"));
		AnthropicClient stranger = client("exq_stranger");
		assertThatExceptionOfType(UnauthorizedException.class)
			.isThrownBy(() -> stranger.messages().create(question("hi").build()))
			.satisfies((ex) -> assertError(ex, "authentication_error", "invalid_api_key"));
		stranger.close();
		AnthropicClient narrow = client(platform.key(List.of("*"), List.of("translation"), null).secret());
		assertThatExceptionOfType(PermissionDeniedException.class)
			.isThrownBy(() -> narrow.messages().create(question("hi").build()))
			.satisfies((ex) -> assertError(ex, "permission_error", "task_not_allowed"));
		narrow.close();
	}

	private static void assertError(AnthropicServiceException ex, String type, String told) {
		assertThat(ex.type().orElseThrow().asString()).isEqualTo(type);
		assertThat(ex.body().toString()).contains(told);
		assertThat(ex.requestId()).isPresent();
	}

	private static AnthropicClient client(String key) {
		return AnthropicOkHttpClient.builder().apiKey(key).baseUrl(baseUrl()).maxRetries(0).build();
	}

	private static String baseUrl() {
		return "http://localhost:" + platform.port();
	}

	private static MessageCreateParams.Builder question(String text) {
		return MessageCreateParams.builder().model("sim").maxTokens(400).addUserMessage(text);
	}

	private static MessageCreateParams.Builder tools(MessageCreateParams.Builder params) {
		return params.toolChoice(ToolChoiceAuto.builder().disableParallelToolUse(false).build())
			.addTool(tool("get_weather"))
			.addTool(tool("get_time"));
	}

	private static Tool tool(String name) {
		return Tool.builder()
			.name(name)
			.inputSchema(Tool.InputSchema.builder()
				.properties(Tool.InputSchema.Properties.builder()
					.putAdditionalProperty("city", JsonValue.from(Map.of("type", "string")))
					.build())
				.addRequired("city")
				.build())
			.build();
	}

	private static Message stream(MessageCreateParams params) {
		MessageAccumulator accumulator = MessageAccumulator.create();
		try (StreamResponse<RawMessageStreamEvent> events = client.messages().createStreaming(params)) {
			events.stream().forEach(accumulator::accumulate);
		}
		return accumulator.message();
	}

	private static List<ToolUseBlock> calls(Message message) {
		return message.content().stream().flatMap((block) -> block.toolUse().stream()).toList();
	}

	private static Map<?, ?> input(ToolUseBlock call) {
		return (Map<?, ?>) call._input().asObject().orElseThrow();
	}

	private static String text(Message message) {
		StringBuilder text = new StringBuilder();
		message.content()
			.stream()
			.flatMap((ContentBlock block) -> block.text().stream())
			.forEach((block) -> text.append(block.text()));
		return text.toString();
	}

	private static JsonNode sent() throws InterruptedException {
		Received received = Objects.requireNonNull(upstream.received.poll(20, TimeUnit.SECONDS));
		return JsonMapper.shared().readTree(received.body());
	}

	private static String chunk(String delta, String reason) {
		return "data: {\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{" + delta
				+ "},\"finish_reason\":" + ((reason != null) ? "\"" + reason + "\"" : "null") + "}]}\n\n";
	}

	private static String usage() {
		return "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9,\"total_tokens\":12}}\n\n";
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
