package io.exchequer.gateway;

import java.io.IOException;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;

import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.SseException;
import com.openai.errors.UnauthorizedException;
import io.exchequer.registry.DataClass;
import io.exchequer.tenancy.IssuedKey;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.converter.BeanOutputConverter;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingModel;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;
import org.springframework.ai.openai.OpenAiEmbeddingOptions.EncodingFormat;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Spring AI's own models for OpenAI against the started platform.
 */
class SpringAiClientIT {

	private static final String PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

	private static final List<ToolCallback> TOOLS = List.of(tool("get_weather"), tool("get_time"));

	private static final ConcurrentLinkedQueue<Response> RESPONSES = new ConcurrentLinkedQueue<>();

	private static EchoUpstream upstream;

	private static StartedPlatform platform;

	private static OpenAiChatModel chat;

	@BeforeAll
	static void start() throws IOException {
		upstream = new EchoUpstream();
		platform = new StartedPlatform(upstream.baseUrl());
		platform.deployment(EchoUpstream.BUSY_ONCE, "wire", EchoUpstream.BUSY_ONCE, DataClass.CONFIDENTIAL,
				EchoUpstream.withoutRetries());
		chat = chat(platform.key());
	}

	@AfterAll
	static void stop() {
		platform.close();
		upstream.close();
	}

	@AfterEach
	void forget() {
		RESPONSES.clear();
	}

	@Test
	void answersAChatAndSaysWhatItCost() {
		ChatResponse response = chat
			.call(new Prompt(List.of(new SystemMessage("Be kind."), new UserMessage("Say hello"))));
		assertThat(text(response)).isNotBlank();
		assertThat(response.getResult().getMetadata().getFinishReason()).isEqualToIgnoringCase("stop");
		assertThat(response.getMetadata().getUsage().getCompletionTokens()).isPositive();
		Response answered = RESPONSES.remove();
		assertThat(answered.header("X-Exchequer-Deployment")).isEqualTo("sim-1");
		assertThat(answered.header("X-Exchequer-Cost")).isNotBlank();
		assertThat(answered.header("X-Exchequer-Currency")).isEqualTo("USD");
	}

	@Test
	void streamsTheSameAnswerWithItsUsage() {
		ChatResponse whole = chat.call(new Prompt("Say hello"));
		List<ChatResponse> pieces = pieces(
				chat.stream(new Prompt("Say hello", options((builder) -> builder.streamUsage(true)))));
		assertThat(text(pieces)).isEqualTo(text(whole));
		assertThat(pieces.getLast().getMetadata().getUsage().getCompletionTokens())
			.isEqualTo(whole.getMetadata().getUsage().getCompletionTokens());
	}

	@Test
	void callsToolsInParallelAndTakesTheirResults() {
		Prompt prompt = toolPrompt();
		ChatResponse calling = chat.call(prompt);
		assertToolCalls(calling.getResult().getOutput());
		assertThat(text(chat.call(afterTools(prompt, calling)))).contains("the result of get_time");
	}

	@Test
	void streamsToolCallsAndTakesTheirResults() {
		Prompt prompt = toolPrompt();
		ChatResponse calling = pieces(chat.stream(prompt)).stream()
			.filter(ChatResponse::hasToolCalls)
			.findAny()
			.orElseThrow();
		assertToolCalls(calling.getResult().getOutput());
		assertThat(text(pieces(chat.stream(afterTools(prompt, calling))))).contains("the result of get_time");
	}

	private static Prompt toolPrompt() {
		return new Prompt("Use get_weather and get_time for Paris",
				options((builder) -> builder.parallelToolCalls(true).toolCallbacks(TOOLS)));
	}

	private static Prompt afterTools(Prompt prompt, ChatResponse calling) {
		return new Prompt(ToolCallingManager.builder().build().executeToolCalls(prompt, calling).conversationHistory(),
				prompt.getOptions());
	}

	private static void assertToolCalls(AssistantMessage message) {
		assertThat(message.getToolCalls()).extracting(AssistantMessage.ToolCall::name)
			.containsExactly("get_weather", "get_time");
		assertThat(message.getToolCalls()).allSatisfy(
				(call) -> assertThat(JsonMapper.shared().readTree(call.arguments()).get("city").isString()).isTrue());
	}

	@Test
	void holdsAnAnswerToASchema() {
		BeanOutputConverter<Verdict> converter = new BeanOutputConverter<>(Verdict.class);
		ChatResponse response = chat.call(
				new Prompt("Is the sky blue?", options((builder) -> builder.outputSchema(converter.getJsonSchema()))));
		JsonNode verdict = JsonMapper.shared().readTree(text(response));
		assertThat(verdict.get("yes").isBoolean()).isTrue();
		assertThat(converter.convert(text(response)).reason()).isNotBlank();
	}

	@Test
	void handsImagesOn() {
		UserMessage message = UserMessage.builder()
			.text("What is this?")
			.media(new Media(MimeTypeUtils.IMAGE_PNG, new ByteArrayResource(Base64.getDecoder().decode(PIXEL))),
					new Media(MimeTypeUtils.IMAGE_PNG, URI.create("https://example.com/cat.png")))
			.build();
		ChatResponse echoed = chat.call(new Prompt(message, options((builder) -> builder.model("wire-1"))));
		JsonNode content = JsonMapper.shared().readTree(text(echoed)).at("/messages/0/content");
		assertThat(content.valueStream().map((part) -> part.at("/image_url/url").asString("")).toList())
			.contains("data:image/png;base64," + PIXEL, "https://example.com/cat.png");
	}

	@Test
	void embedsTexts() {
		List<float[]> vectors = vectors(null);
		assertThat(vectors).hasSize(3).allSatisfy((vector) -> assertThat(vector).hasSize(384));
		assertThat(dot(vectors.get(0), vectors.get(1))).isGreaterThan(dot(vectors.get(0), vectors.get(2)));
		assertThat(vectors(EncodingFormat.FLOAT)).usingRecursiveComparison().isEqualTo(vectors);
		assertThat(vectors(EncodingFormat.BASE64)).usingRecursiveComparison().isEqualTo(vectors);
	}

	@Test
	void endsAStreamThatBreaksWithAnError() {
		Prompt prompt = new Prompt("hi", options((builder) -> builder.metadata(Map.of("demo_error", "broken_stream"))));
		assertThatExceptionOfType(SseException.class).isThrownBy(() -> pieces(chat.stream(prompt)))
			.satisfies((ex) -> assertThat(ex.code().orElseThrow()).startsWith("upstream_"));
	}

	@Test
	void mapsRefusalsToTheClientsExceptions() {
		assertThatExceptionOfType(UnauthorizedException.class).isThrownBy(() -> chat("exq_stranger").call("hi"))
			.satisfies((ex) -> assertThat(ex.code()).contains("invalid_api_key"));
		Prompt unknown = new Prompt("hi", options((builder) -> builder.model("no-such-model")));
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> chat.call(unknown))
			.satisfies((ex) -> assertThat(ex.code()).contains("model_not_found"));
	}

	@Test
	void refusesOnceWhatIsOverBudget() {
		IssuedKey poor = platform.limitedKey(null, null);
		platform.budget(poor, "tiny", "0.0001");
		assertThatExceptionOfType(OpenAIServiceException.class).isThrownBy(() -> chat(poor.secret()).call("hi"))
			.satisfies((ex) -> {
				assertThat(ex.statusCode()).isEqualTo(402);
				assertThat(ex.code()).contains("budget_exceeded");
			});
		assertThat(RESPONSES).extracting(Response::code).containsExactly(402);
	}

	/** A minute may end between two requests, but not between all three. */
	@Test
	void refusesWhatIsOverTheKeysRateAndSaysWhenToComeBack() {
		OpenAiChatModel hurried = chat(platform.limitedKey(1, null).secret(), 0);
		assertThatExceptionOfType(RateLimitException.class).isThrownBy(() -> {
			for (int request = 0; request < 3; request++) {
				hurried.call("hi");
			}
		}).satisfies((ex) -> assertThat(ex.headers().values("Retry-After")).isNotEmpty());
	}

	/** Earlier the platform would not let it through: its provider asked for a second. */
	@Test
	void hasTheClientComeBackWhenItIsToldTo() {
		ChatResponse echoed = chat
			.call(new Prompt("spring: once more", options((builder) -> builder.model(EchoUpstream.BUSY_ONCE))));
		assertThat(text(echoed)).contains("spring: once more");
		assertThat(RESPONSES).extracting(Response::code).containsExactly(429, 200);
	}

	private static OpenAiChatModel chat(String key) {
		return chat(key, 2);
	}

	private static OpenAiChatModel chat(String key, int maxRetries) {
		return OpenAiChatModel.builder()
			.options(OpenAiChatOptions.builder()
				.baseUrl(platform.baseUrl())
				.apiKey(key)
				.model("sim-1")
				.maxTokens(400)
				.maxRetries(maxRetries)
				.build())
			.httpClientBuilderCustomizer((builder) -> builder.interceptor((chain) -> {
				Response response = chain.proceed(chain.request());
				RESPONSES.add(response);
				return response;
			}))
			.build();
	}

	private static OpenAiChatOptions options(UnaryOperator<OpenAiChatOptions.Builder> more) {
		return more.apply(OpenAiChatOptions.builder().model("sim-1").maxTokens(400)).build();
	}

	private static List<float[]> vectors(@Nullable EncodingFormat format) {
		OpenAiEmbeddingOptions.Builder options = OpenAiEmbeddingOptions.builder()
			.baseUrl(platform.baseUrl())
			.apiKey(platform.key())
			.model("minilm");
		if (format != null) {
			options.encodingFormat(format);
		}
		EmbeddingResponse response = OpenAiEmbeddingModel.builder()
			.options(options.build())
			.build()
			.call(new EmbeddingRequest(List.of("a cat", "a kitten", "a tax form"), options.build()));
		assertThat(response.getMetadata().getUsage().getPromptTokens()).isPositive();
		return response.getResults().stream().map(Embedding::getOutput).toList();
	}

	private static ToolCallback tool(String name) {
		return FunctionToolCallback.builder(name, (Place place) -> "the result of " + name)
			.description("Says what " + name + " says.")
			.inputType(Place.class)
			.build();
	}

	private static List<ChatResponse> pieces(Flux<ChatResponse> stream) {
		return stream.collectList().block();
	}

	private static String text(ChatResponse response) {
		return response.getResult().getOutput().getText();
	}

	private static String text(List<ChatResponse> pieces) {
		StringBuilder text = new StringBuilder();
		for (ChatResponse piece : pieces) {
			if (piece.getResult() != null && piece.getResult().getOutput().getText() != null) {
				text.append(piece.getResult().getOutput().getText());
			}
		}
		return text.toString();
	}

	private static double dot(float[] left, float[] right) {
		double sum = 0;
		for (int index = 0; index < left.length; index++) {
			sum += left[index] * right[index];
		}
		return sum;
	}

	/** What a tool is asked for. */
	record Place(String city) {
	}

	/** What an answer is held to. */
	record Verdict(boolean yes, String reason) {
	}

}
