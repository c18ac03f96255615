package io.exchequer.gateway;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import io.exchequer.gateway.RecordingUpstream.Received;
import io.exchequer.tenancy.IssuedKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Text completions: passed on byte for byte, billed as they are used, filled in only by
 * models that do.
 */
class CompletionsIT {

	private static final String REQUEST = "{\"model\":\"code\", \"prompt\" : \"def f(\",\"max_tokens\":50,\"unknown\":[1.50]}";

	private static final String ANSWER = "{\"id\":\"c\",\"object\":\"text_completion\",\"choices\":[{\"text\":\"x):\",\"index\":0,\"finish_reason\":\"stop\"}],"
			+ "\"own\": 1.0,\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":10,\"total_tokens\":40}}";

	private static RecordingUpstream upstream;

	private static StartedPlatform platform;

	private static OpenAIClient client;

	private static String key;

	@BeforeAll
	static void start() throws IOException {
		upstream = new RecordingUpstream();
		platform = new StartedPlatform(upstream.baseUrl());
		platform.codeModels();
		key = platform.key();
		client = OpenAIOkHttpClient.builder().apiKey(key).baseUrl(platform.baseUrl()).maxRetries(0).build();
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
	void passesEverythingOnAndBillsIt() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		HttpResponse<byte[]> response = post(key, REQUEST);
		assertThat(text(response)).isEqualTo(ANSWER);
		assertThat(response.headers().firstValue("X-Exchequer-Cost")).contains("0.00003");
		Received received = Objects.requireNonNull(upstream.received.poll(20, TimeUnit.SECONDS));
		assertThat(received.path()).isEqualTo("/v1/completions");
		assertThat(new String(received.body(), StandardCharsets.UTF_8))
			.isEqualTo(REQUEST.replace("\"code\"", "\"gpt-upstream\""));
	}

	@Test
	void streamsWithoutTheUsageThatNobodyAskedFor() throws Exception {
		String first = "data: {\"id\":\"c\",\"choices\":[{\"text\":\"x\",\"index\":0,\"finish_reason\":null}]}\n\n";
		String last = "data: {\"id\":\"c\",\"choices\":[{\"text\":\"\",\"index\":0,\"finish_reason\":\"stop\"}]}\n\n";
		upstream.prepare(200, "text/event-stream", bytes(first), bytes(last
				+ "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":10}}\n\n"
				+ "data: [DONE]\n\n"));
		HttpResponse<byte[]> response = post(key, REQUEST.replace("\"prompt\"", "\"stream\":true,\"prompt\""));
		assertThat(text(response)).isEqualTo(first + last + "data: [DONE]\n\n");
		String id = response.headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
		assertThat(JsonMapper.shared().readTree(platform.get(key, "/requests/" + id).body()).get("cost").asString())
			.isEqualTo("0.00003");
	}

	@Test
	void endsABrokenStreamWithAnError() throws Exception {
		upstream.prepare(200, "text/event-stream",
				bytes("data: {\"id\":\"c\",\"choices\":[{\"text\":\"x\",\"index\":0,\"finish_reason\":null}]}\n\n"));
		String told = text(post(key, REQUEST.replace("\"prompt\"", "\"stream\":true,\"prompt\"")));
		assertThat(told).contains("\"text\":\"x\"").contains("\"error\"").doesNotContain("[DONE]");
	}

	@Test
	void limitsAnOutputThatNobodyLimited() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		post(key, "{\"model\":\"code\",\"prompt\":\"x\"}");
		JsonNode sent = JsonMapper.shared()
			.readTree(Objects.requireNonNull(upstream.received.poll(20, TimeUnit.SECONDS)).body());
		assertThat(sent.get("max_tokens").asInt()).isPositive();
		assertThat(sent.has("max_completion_tokens")).isFalse();
	}

	@Test
	void completesAndStreamsTheSameByTheSimulator() {
		CompletionCreateParams params = params("code-sim").promptOfArrayOfStrings(List.of("one", "two")).n(2).build();
		Completion whole = client.completions().create(params);
		assertThat(whole.choices()).hasSize(4)
			.allSatisfy((choice) -> assertThat(choice.text()).contains("demo simulator"));
		StringBuilder[] texts = { new StringBuilder(), new StringBuilder(), new StringBuilder(), new StringBuilder() };
		try (StreamResponse<Completion> chunks = client.completions().createStreaming(params)) {
			chunks.stream()
				.flatMap((chunk) -> chunk.choices().stream())
				.forEach((choice) -> texts[(int) choice.index()].append(choice.text()));
		}
		assertThat(texts).extracting(StringBuilder::toString)
			.containsExactlyElementsOf(whole.choices().stream().map(CompletionChoice::text).toList());
		assertThat(whole.usage().orElseThrow().completionTokens()).isPositive();
	}

	@Test
	void fillsInTheMiddleOnlyByModelsThatDo() {
		Completion filled = client.completions().create(params("code-sim").prompt("def f(").suffix("return x").build());
		assertThat(filled.choices().getFirst().text()).contains("filled in");
		assertThatExceptionOfType(BadRequestException.class)
			.isThrownBy(() -> client.completions().create(params("sim").prompt("def f(").suffix("return x").build()))
			.satisfies((ex) -> assertThat(ex.code()).contains("unsupported_by_model"));
		assertThat(client.completions().create(params("sim").prompt("def f(").build()).choices()).hasSize(1);
	}

	@Test
	void refusesAModelThatOnlyChatsAndGoesOnUsingItForChats() throws Exception {
		for (int i = 0; i < 8; i++) {
			upstream.prepare(404, "application/json",
					bytes("{\"error\":{\"message\":\"This is a chat model\",\"type\":\"invalid_request_error\"}}"));
			HttpResponse<byte[]> response = post(key, REQUEST.replace("\"code\"", "\"wire\""));
			assertThat(response.statusCode()).as(text(response)).isEqualTo(400);
			assertThat(text(response)).contains("/v1/chat/completions");
		}
		upstream.prepare(200, "application/json", bytes(
				"{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}"));
		assertThat(platform
			.post(key, "/chat/completions",
					bytes("{\"model\":\"wire\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"))
			.statusCode()).isEqualTo(200);
	}

	@Test
	void holdsTheWorstCaseOfEveryPrompt() throws Exception {
		IssuedKey poor = platform.limitedKey(null, null);
		platform.budget(poor, "completions-small", "0.001");
		String one = "{\"model\":\"code\",\"max_tokens\":200,\"prompt\":\"a\"}";
		upstream.prepare(200, "application/json", bytes(ANSWER));
		assertThat(post(poor.secret(), one).statusCode()).isEqualTo(200);
		HttpResponse<byte[]> many = post(poor.secret(),
				one.replace("\"prompt\":\"a\"", "\"n\":4,\"prompt\":[\"a\",\"b\",\"c\",\"d\"]"));
		assertThat(many.statusCode() == 402 || many.headers().firstValue("X-Exchequer-Clamped").isPresent())
			.as(text(many))
			.isTrue();
	}

	private static CompletionCreateParams.Builder params(String model) {
		return CompletionCreateParams.builder().model(model).maxTokens(100);
	}

	private static HttpResponse<byte[]> post(String asKey, String body) throws Exception {
		return platform.post(asKey, "/completions", bytes(body));
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(HttpResponse<byte[]> response) {
		return new String(response.body(), StandardCharsets.UTF_8);
	}

}
