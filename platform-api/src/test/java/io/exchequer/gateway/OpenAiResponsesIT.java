package io.exchequer.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFormatTextJsonSchemaConfig;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseOutputText;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ResponseTextConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The official OpenAI client's responses against the started platform.
 */
class OpenAiResponsesIT {

	private static RecordingUpstream upstream;

	private static StartedPlatform platform;

	private static OpenAIClient client;

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

	@Test
	void answersAndStreamsTheSame() {
		Response whole = client.responses().create(question("Say hello").instructions("Be kind").build()).validate();
		assertThat(text(whole)).isNotBlank();
		assertThat(whole.status()).contains(ResponseStatus.COMPLETED);
		assertThat(whole.usage().orElseThrow().outputTokens()).isPositive();
		Response streamed = stream(question("Say hello").instructions("Be kind").build()).validate();
		assertThat(text(streamed)).isEqualTo(text(whole));
		assertThat(streamed.usage()).isEqualTo(whole.usage());
	}

	@Test
	void tellsThatAnAnswerWasCutOff() {
		Response cut = client.responses().create(question("Say hello").maxOutputTokens(2).build());
		assertThat(cut.status()).contains(ResponseStatus.INCOMPLETE);
		assertThat(cut.incompleteDetails().orElseThrow().reason().orElseThrow().asString())
			.isEqualTo("max_output_tokens");
	}

	@Test
	void callsToolsInParallelAndTakesWhatTheyAnswered() {
		ResponseCreateParams asked = tools(question("Use get_weather and get_time for Paris")).build();
		Response called = client.responses().create(asked).validate();
		assertThat(calls(called)).extracting(ResponseFunctionToolCall::name)
			.containsExactlyInAnyOrder("get_weather", "get_time");
		assertThat(calls(stream(asked))).extracting(ResponseFunctionToolCall::arguments)
			.containsExactlyElementsOf(calls(called).stream().map(ResponseFunctionToolCall::arguments).toList());
		List<ResponseInputItem> items = new ArrayList<>();
		items.add(ResponseInputItem.ofEasyInputMessage(EasyInputMessage.builder()
			.role(EasyInputMessage.Role.USER)
			.content("Use get_weather and get_time for Paris")
			.build()));
		calls(called).forEach((call) -> items.add(ResponseInputItem.ofFunctionCall(call)));
		calls(called).forEach((call) -> items.add(ResponseInputItem.ofFunctionCallOutput(
				ResponseInputItem.FunctionCallOutput.builder().callId(call.callId()).output("sunny").build())));
		Response answered = client.responses()
			.create(tools(ResponseCreateParams.builder().model("sim").inputOfResponse(items)).build());
		assertThat(text(answered)).isNotBlank();
	}

	@Test
	void holdsAnAnswerToASchema() {
		ResponseFormatTextJsonSchemaConfig.Schema schema = ResponseFormatTextJsonSchemaConfig.Schema.builder()
			.putAdditionalProperty("type", JsonValue.from("object"))
			.putAdditionalProperty("properties", JsonValue.from(Map.of("yes", Map.of("type", "boolean"))))
			.putAdditionalProperty("required", JsonValue.from(List.of("yes")))
			.putAdditionalProperty("additionalProperties", JsonValue.from(false))
			.build();
		Response response = client.responses()
			.create(question("Is the sky blue?")
				.text(ResponseTextConfig.builder()
					.format(ResponseFormatTextJsonSchemaConfig.builder()
						.name("verdict")
						.schema(schema)
						.strict(true)
						.build())
					.build())
				.build());
		JsonNode verdict = JsonMapper.shared().readTree(text(response));
		assertThat(verdict.get("yes").isBoolean()).isTrue();
	}

	@Test
	void goesOnFromAStoredResponseWhereTheTenantStoresAnswers() {
		OpenAIClient storing = client(platform.keyOfStoringTenant());
		Response first = storing.responses().create(question("Say hello").build());
		assertThat(text(storing.responses().retrieve(first.id()))).isEqualTo(text(first));
		Response second = storing.responses().create(question("Again").previousResponseId(first.id()).build());
		assertThat(second.usage().orElseThrow().inputTokens()).isGreaterThan(first.usage().orElseThrow().inputTokens());
		storing.responses().delete(first.id());
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> storing.responses().retrieve(first.id()));
		storing.close();
		assertThatExceptionOfType(BadRequestException.class)
			.isThrownBy(() -> client.responses().create(question("Again").previousResponseId(first.id()).build()))
			.satisfies((ex) -> assertThat(ex.code()).contains("previous_response_not_found"));
	}

	@Test
	void throwsWhereAStreamBreaksOff() {
		upstream.prepare(200, "text/event-stream",
				"data: {\"id\":\"c\",\"model\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n"
					.getBytes(StandardCharsets.UTF_8));
		List<ResponseStreamEvent> seen = new ArrayList<>();
		try (StreamResponse<ResponseStreamEvent> events = client.responses()
			.createStreaming(question("hi").model("wire").build())) {
			assertThatExceptionOfType(OpenAIException.class).isThrownBy(() -> events.stream().forEach(seen::add));
		}
		assertThat(seen).anyMatch(ResponseStreamEvent::isFailed).noneMatch(ResponseStreamEvent::isCompleted);
	}

	private static OpenAIClient client(String key) {
		return OpenAIOkHttpClient.builder().apiKey(key).baseUrl(platform.baseUrl()).maxRetries(0).build();
	}

	private static ResponseCreateParams.Builder question(String text) {
		return ResponseCreateParams.builder().model("sim").maxOutputTokens(400).input(text);
	}

	private static ResponseCreateParams.Builder tools(ResponseCreateParams.Builder params) {
		return params.parallelToolCalls(true).addTool(function("get_weather")).addTool(function("get_time"));
	}

	private static FunctionTool function(String name) {
		return FunctionTool.builder()
			.name(name)
			.strict(false)
			.parameters(FunctionTool.Parameters.builder()
				.putAdditionalProperty("type", JsonValue.from("object"))
				.putAdditionalProperty("properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
				.putAdditionalProperty("required", JsonValue.from(List.of("city")))
				.build())
			.build();
	}

	private static Response stream(ResponseCreateParams params) {
		ResponseAccumulator accumulator = ResponseAccumulator.create();
		try (StreamResponse<ResponseStreamEvent> events = client.responses().createStreaming(params)) {
			events.stream().forEach(accumulator::accumulate);
		}
		return accumulator.response();
	}

	private static List<ResponseFunctionToolCall> calls(Response response) {
		return response.output()
			.stream()
			.filter(ResponseOutputItem::isFunctionCall)
			.map(ResponseOutputItem::asFunctionCall)
			.toList();
	}

	private static String text(Response response) {
		StringBuilder text = new StringBuilder();
		response.output()
			.stream()
			.filter(ResponseOutputItem::isMessage)
			.flatMap((item) -> item.asMessage().content().stream())
			.filter((content) -> content.isOutputText())
			.map((content) -> content.asOutputText())
			.map(ResponseOutputText::text)
			.forEach(text::append);
		return text.toString();
	}

}
