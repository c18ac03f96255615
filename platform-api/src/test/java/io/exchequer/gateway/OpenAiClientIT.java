package io.exchequer.gateway;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.HttpResponseFor;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.PermissionDeniedException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ReasoningEffort;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionPredictionContent;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import io.exchequer.tenancy.IssuedKey;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The official OpenAI client against the started platform, its simulator and its own
 * embedding model.
 */
class OpenAiClientIT {

	private static final String ANSWER = """
			{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",\
			"logprobs":null,"message":{"role":"assistant","content":"A cat.","refusal":null}}],\
			"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}""";

	private static RecordingUpstream upstream;

	private static StartedPlatform platform;

	private static String key;

	private static OpenAIClient client;

	@BeforeAll
	static void start() throws IOException {
		upstream = new RecordingUpstream();
		platform = new StartedPlatform(upstream.baseUrl());
		key = platform.key();
		client = client(key);
	}

	@AfterEach
	void forget() {
		upstream.received.clear();
		upstream.forget();
	}

	@AfterAll
	static void stop() {
		client.close();
		platform.close();
		upstream.close();
	}

	@Test
	void answersAChat() {
		ChatCompletion completion = client.chat().completions().create(question("Say hello").build());
		assertThat(completion.choices()).hasSize(1);
		assertThat(completion.choices().getFirst().message().content().orElseThrow()).isNotBlank();
		assertThat(completion.choices().getFirst().finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
		assertThat(completion.usage().orElseThrow().completionTokens()).isPositive();
	}

	@Test
	void streamsTheSameAnswer() {
		String whole = client.chat()
			.completions()
			.create(question("Say hello").build())
			.choices()
			.getFirst()
			.message()
			.content()
			.orElseThrow();
		ChatCompletionAccumulator accumulator = stream(
				question("Say hello").streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
					.build());
		ChatCompletion streamed = accumulator.chatCompletion();
		assertThat(streamed.choices().getFirst().message().content()).contains(whole);
		assertThat(streamed.usage().orElseThrow().completionTokens()).isPositive();
	}

	@Test
	void callsToolsInParallel() {
		ChatCompletion completion = client.chat().completions().create(toolQuestion().build());
		assertToolCalls(completion);
		assertToolCalls(stream(toolQuestion().build()).chatCompletion());
	}

	private static void assertToolCalls(ChatCompletion completion) {
		ChatCompletion.Choice choice = completion.choices().getFirst();
		assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
		List<ChatCompletionMessageFunctionToolCall.Function> calls = choice.message()
			.toolCalls()
			.orElseThrow()
			.stream()
			.map(ChatCompletionMessageToolCall::asFunction)
			.map(ChatCompletionMessageFunctionToolCall::function)
			.toList();
		assertThat(calls).extracting(ChatCompletionMessageFunctionToolCall.Function::name)
			.containsExactlyInAnyOrder("get_weather", "get_time");
		assertThat(calls).extracting(ChatCompletionMessageFunctionToolCall.Function::arguments)
			.allSatisfy((arguments) -> assertThat(arguments).contains("city"));
	}

	@Test
	void holdsAnAnswerToASchema() {
		ResponseFormatJsonSchema.JsonSchema.Schema schema = ResponseFormatJsonSchema.JsonSchema.Schema.builder()
			.putAdditionalProperty("type", JsonValue.from("object"))
			.putAdditionalProperty("properties",
					JsonValue.from(Map.of("yes", Map.of("type", "boolean"), "reason", Map.of("type", "string"))))
			.putAdditionalProperty("required", JsonValue.from(List.of("yes", "reason")))
			.putAdditionalProperty("additionalProperties", JsonValue.from(false))
			.build();
		ChatCompletion completion = client.chat()
			.completions()
			.create(question("Is the sky blue?")
				.responseFormat(ResponseFormatJsonSchema.builder()
					.jsonSchema(ResponseFormatJsonSchema.JsonSchema.builder()
						.name("verdict")
						.strict(true)
						.schema(schema)
						.build())
					.build())
				.build());
		JsonNode verdict = JsonMapper.shared()
			.readTree(completion.choices().getFirst().message().content().orElseThrow());
		assertThat(verdict.get("yes").isBoolean()).isTrue();
		assertThat(verdict.get("reason").isString()).isTrue();
	}

	@Test
	void takesTheClientsOtherOptions() {
		ChatCompletionCreateParams params = question("Say hello").n(2)
			.logprobs(true)
			.topLogprobs(2)
			.putAdditionalBodyProperty("seed", JsonValue.from(7))
			.stop("\u0000")
			.reasoningEffort(ReasoningEffort.LOW)
			.prediction(ChatCompletionPredictionContent.builder().content("Hello").build())
			.build();
		ChatCompletion whole = client.chat().completions().create(params);
		assertThat(whole.choices()).hasSize(2).allSatisfy((choice) -> {
			assertThat(choice.message().content().orElseThrow()).isNotBlank();
			assertThat(choice.logprobs().orElseThrow().content().orElseThrow()).isNotEmpty()
				.allSatisfy((token) -> assertThat(token.topLogprobs()).hasSize(2));
		});
		assertThat(client.chat().completions().create(params).choices().getFirst().message())
			.isEqualTo(whole.choices().getFirst().message());
		assertThat(stream(params).chatCompletion().choices()).extracting((choice) -> choice.message().content())
			.containsExactlyElementsOf(whole.choices().stream().map((choice) -> choice.message().content()).toList());
	}

	@Test
	void embedsTexts() {
		CreateEmbeddingResponse response = client.embeddings()
			.create(EmbeddingCreateParams.builder()
				.model("minilm")
				.inputOfArrayOfStrings(List.of("a cat", "a kitten", "a tax form"))
				.build());
		List<List<Float>> vectors = response.data().stream().map((one) -> one.embedding()).toList();
		assertThat(vectors).hasSize(3).allSatisfy((vector) -> assertThat(vector).hasSize(384));
		assertThat(dot(vectors.get(0), vectors.get(1))).isGreaterThan(dot(vectors.get(0), vectors.get(2)));
		assertThat(response.usage().promptTokens()).isPositive();
	}

	@Test
	void listsModels() {
		assertThat(client.models().list().data()).extracting(Model::id).contains("sim", "minilm", "wire-1");
		assertThat(client.models().retrieve("sim").ownedBy()).isEqualTo("demo");
	}

	@Test
	void mapsErrorsToTheClientsExceptions() {
		assertThatExceptionOfType(NotFoundException.class)
			.isThrownBy(() -> client.chat().completions().create(question("hi").model("no-such-model").build()))
			.satisfies((ex) -> assertThat(ex.code()).contains("model_not_found"));
		assertThatExceptionOfType(BadRequestException.class)
			.isThrownBy(() -> client.chat()
				.completions()
				.create(question("hi").putAdditionalBodyProperty("n", JsonValue.from(0)).build()))
			.satisfies((ex) -> assertThat(ex.param()).contains("n"));
	}

	@Test
	void mapsRefusedKeysToTheClientsExceptions() {
		OpenAIClient stranger = client("exq_stranger");
		assertThatExceptionOfType(UnauthorizedException.class)
			.isThrownBy(() -> stranger.chat().completions().create(question("hi").build()))
			.satisfies((ex) -> assertThat(ex.code()).contains("invalid_api_key"));
		stranger.close();
		OpenAIClient narrow = client(platform.key(List.of("*"), List.of("translation"), null).secret());
		assertThatExceptionOfType(PermissionDeniedException.class)
			.isThrownBy(() -> narrow.chat().completions().create(question("hi").build()))
			.satisfies((ex) -> assertThat(ex.code()).contains("task_not_allowed"));
		narrow.close();
	}

	@Test
	void hidesWhatABrokenUpstreamSaid() {
		upstream.prepare(500, "text/html", "<html>broken</html>".getBytes());
		upstream.prepare(500, "text/html", "<html>broken</html>".getBytes());
		assertThatExceptionOfType(InternalServerException.class)
			.isThrownBy(() -> client.chat().completions().create(question("hi").model("wire").build()))
			.extracting(OpenAIServiceException::getMessage)
			.asString()
			.doesNotContain("<html>");
	}

	@Test
	void saysWhoAnsweredAndWhatItCost() {
		HttpResponseFor<ChatCompletion> response = client.withRawResponse()
			.chat()
			.completions()
			.create(question("Say hello").model("sim-1").build());
		assertThat(response.headers().values("X-Exchequer-Request-Id"))
			.containsExactly(response.requestId().orElseThrow());
		assertThat(response.headers().values("X-Exchequer-Deployment")).containsExactly("sim-1");
		assertThat(new BigDecimal(response.headers().values("X-Exchequer-Cost").getFirst())).isPositive();
		assertThat(response.headers().values("X-Exchequer-Currency")).containsExactly("USD");
		assertThat(response.parse().choices()).hasSize(1);
	}

	@Test
	void takesTheToolsResults() {
		ChatCompletionMessage calling = client.chat()
			.completions()
			.create(toolQuestion().build())
			.choices()
			.getFirst()
			.message();
		ChatCompletionCreateParams.Builder next = toolQuestion().addMessage(calling);
		calling.toolCalls()
			.orElseThrow()
			.stream()
			.map(ChatCompletionMessageToolCall::asFunction)
			.forEach((call) -> next.addMessage(ChatCompletionToolMessageParam.builder()
				.toolCallId(call.id())
				.content("the result of " + call.function().name())
				.build()));
		ChatCompletion whole = client.chat().completions().create(next.build());
		assertThat(whole.choices().getFirst().message().content().orElseThrow()).contains("the result of get_time");
		assertThat(stream(next.build()).chatCompletion().choices().getFirst().message().content())
			.isEqualTo(whole.choices().getFirst().message().content());
	}

	@Test
	void handsImagesOn() {
		upstream.prepare(200, "application/json", ANSWER.getBytes(StandardCharsets.UTF_8));
		client.chat()
			.completions()
			.create(ChatCompletionCreateParams.builder()
				.model("wire-1")
				.addUserMessageOfArrayOfContentParts(
						List.of(image("data:image/png;base64,iVBORw0KGgo="), image("https://example.com/cat.png")))
				.build());
		JsonNode content = JsonMapper.shared().readTree(upstream.received.remove().body()).at("/messages/0/content");
		assertThat(content.valueStream().map((part) -> part.at("/image_url/url").asString()).toList())
			.containsExactly("data:image/png;base64,iVBORw0KGgo=", "https://example.com/cat.png");
	}

	@Test
	void billsTheWholeOfAStreamThatItsClientLeft() {
		ChatCompletionCreateParams story = question("Tell me a long story").model("sim-1").build();
		HttpResponseFor<StreamResponse<ChatCompletionChunk>> response = client.withRawResponse()
			.chat()
			.completions()
			.createStreaming(story);
		try (StreamResponse<ChatCompletionChunk> chunks = response.parse()) {
			assertThat(chunks.stream().findFirst()).isPresent();
		}
		long whole = client.chat().completions().create(story).usage().orElseThrow().completionTokens();
		JsonNode cost = Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.until(() -> JsonMapper.shared()
				.readTree(platform.get(key, "/requests/" + response.requestId().orElseThrow()).body()),
					(told) -> told.path("settled").asBoolean(false));
		assertThat(cost.at("/attempts/0/usage/output").asLong()).isEqualTo(whole);
		assertThat(cost.at("/attempts/0/estimated").asBoolean()).isFalse();
	}

	@Test
	void mapsBudgetsAndRatesToTheClientsExceptions() {
		IssuedKey overBudget = platform.limitedKey(null, null);
		platform.budget(overBudget, "tiny", "0.0001");
		OpenAIClient poor = client(overBudget.secret());
		assertThatExceptionOfType(OpenAIServiceException.class)
			.isThrownBy(() -> poor.chat().completions().create(question("hi").build()))
			.satisfies((ex) -> assertThat(ex.statusCode()).isEqualTo(402))
			.satisfies((ex) -> assertThat(ex.code()).contains("budget_exceeded"));
		poor.close();
		OpenAIClient hurried = client(platform.limitedKey(1, null).secret());
		// A minute may end between two requests, but not between all three.
		assertThatExceptionOfType(RateLimitException.class).isThrownBy(() -> {
			for (int request = 0; request < 3; request++) {
				hurried.chat().completions().create(question("hi").build());
			}
		}).satisfies((ex) -> assertThat(ex.headers().values("Retry-After")).isNotEmpty());
		hurried.close();
	}

	private static ChatCompletionContentPart image(String url) {
		return ChatCompletionContentPart.ofImageUrl(ChatCompletionContentPartImage.builder()
			.imageUrl(ChatCompletionContentPartImage.ImageUrl.builder()
				.url(url)
				.detail(ChatCompletionContentPartImage.ImageUrl.Detail.LOW)
				.build())
			.build());
	}

	private static OpenAIClient client(String key) {
		return OpenAIOkHttpClient.builder().apiKey(key).baseUrl(platform.baseUrl()).maxRetries(0).build();
	}

	private static ChatCompletionCreateParams.Builder question(String text) {
		return ChatCompletionCreateParams.builder().model("sim").maxCompletionTokens(400).addUserMessage(text);
	}

	private static ChatCompletionCreateParams.Builder toolQuestion() {
		return question("Use get_weather and get_time for Paris").parallelToolCalls(true)
			.toolChoice(ChatCompletionToolChoiceOption.Auto.AUTO)
			.addFunctionTool(function("get_weather"))
			.addFunctionTool(function("get_time"));
	}

	private static FunctionDefinition function(String name) {
		return FunctionDefinition.builder()
			.name(name)
			.parameters(FunctionParameters.builder()
				.putAdditionalProperty("type", JsonValue.from("object"))
				.putAdditionalProperty("properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
				.putAdditionalProperty("required", JsonValue.from(List.of("city")))
				.build())
			.build();
	}

	private static ChatCompletionAccumulator stream(ChatCompletionCreateParams params) {
		ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
		try (StreamResponse<ChatCompletionChunk> chunks = client.chat().completions().createStreaming(params)) {
			chunks.stream().forEach(accumulator::accumulate);
		}
		return accumulator;
	}

	private static double dot(List<Float> left, List<Float> right) {
		double sum = 0;
		for (int index = 0; index < left.size(); index++) {
			sum += left.get(index) * right.get(index);
		}
		return sum;
	}

}
