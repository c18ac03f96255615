package io.exchequer.gateway;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.moderations.ModerationCreateResponse;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.tenancy.IssuedKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Reranking, moderation, images and speech against the started platform, by the official
 * client where it has them. The upstream's answers have the forms that OpenAI and Cohere
 * document.
 */
class UnitClientsIT {

	private static final String BROKEN = "broken-upstream";

	private static final byte[] SOUND = "ID3\u0004sound".repeat(4_000).getBytes(StandardCharsets.ISO_8859_1);

	private static final List<String> RECEIVED = new CopyOnWriteArrayList<>();

	private static HttpServer upstream;

	private static ExecutorService threads;

	private static StartedPlatform platform;

	private static OpenAIClient client;

	@BeforeAll
	static void start() throws IOException {
		threads = Executors.newVirtualThreadPerTaskExecutor();
		upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		upstream.setExecutor(threads);
		upstream.createContext("/v1/images/generations", (exchange) -> json(exchange,
				"{\"created\":1713833628,\"data\":[{\"b64_json\":\"aGk=\"},{\"b64_json\":\"aG8=\"}]}"));
		upstream.createContext("/v1/moderations", (exchange) -> json(exchange,
				"""
						{"id":"modr-1","model":"omni-moderation-latest","results":[{"flagged":true,"categories":{"violence":true},\
						"category_scores":{"violence":0.9},"category_applied_input_types":{"violence":["text"]}}]}"""));
		upstream.createContext("/v1/rerank", (exchange) -> json(exchange,
				"""
						{"id":"1","results":[{"index":1,"relevance_score":0.99}],"meta":{"billed_units":{"search_units":1}}}"""));
		upstream.createContext("/v1/audio/speech", UnitClientsIT::speak);
		upstream.start();
		platform = new StartedPlatform("http://localhost:" + upstream.getAddress().getPort() + "/v1");
		platform.unitDeployment("painter", Map.of(UsageBucket.IMAGES_OUT, "0.04"));
		platform.unitDeployment("judge", Map.of());
		platform.unitDeployment("ranker", Map.of(UsageBucket.QUERIES, "0.002"));
		platform.unitDeployment("speaker", Map.of(UsageBucket.CHARACTERS_IN, "15"));
		platform.unitDeployment("broken", Map.of(UsageBucket.CHARACTERS_IN, "15"));
		client = OpenAIOkHttpClient.builder()
			.baseUrl(platform.baseUrl())
			.apiKey(platform.key())
			.timeout(Duration.ofSeconds(30))
			.maxRetries(0)
			.build();
	}

	@AfterAll
	static void stop() {
		client.close();
		platform.close();
		upstream.stop(0);
		threads.close();
	}

	private static String received(HttpExchange exchange) throws IOException {
		String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
		RECEIVED.add(body);
		return body;
	}

	private static void json(HttpExchange exchange, String answer) throws IOException {
		try (exchange) {
			received(exchange);
			byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.sendResponseHeaders(200, bytes.length);
			exchange.getResponseBody().write(bytes);
		}
	}

	private static void speak(HttpExchange exchange) throws IOException {
		boolean broken = received(exchange).contains(BROKEN);
		exchange.getResponseHeaders().set("Content-Type", "audio/mpeg");
		exchange.sendResponseHeaders(200, broken ? 2L * SOUND.length : 0);
		OutputStream out = exchange.getResponseBody();
		out.write(SOUND);
		out.flush();
		// Where the length that was told is not reached, this breaks the connection.
		exchange.close();
	}

	private static List<String> bills(String deployment) {
		return platform.texts("SELECT coalesce(l.other_counts::text, '-') || ' ' || l.amount_nanos "
				+ "|| coalesce(' ' || l.estimated_reason, '') FROM ledger_line l JOIN deployment d "
				+ "ON d.id = l.deployment_id WHERE l.account = 'usage' AND d.name = '" + deployment + "-1'");
	}

	@Test
	void makesImages() {
		ImagesResponse answer = client.images()
			.generate(ImageGenerateParams.builder().model("painter").prompt("a cat").n(2).build());
		assertThat(answer.data().orElseThrow()).extracting((image) -> image.b64Json().orElseThrow())
			.containsExactly("aGk=", "aG8=");
		assertThat(bills("painter")).containsExactly("{\"IMAGES_OUT\": 2} 80000000");
		assertThat(RECEIVED).anySatisfy((body) -> assertThat(body).contains("\"painter-upstream\""));
	}

	@Test
	void judgesContentForNothing() {
		ModerationCreateResponse answer = client.moderations()
			.create(ModerationCreateParams.builder().model("judge").input("I will break it").build());
		assertThat(answer.results()).singleElement().satisfies((result) -> assertThat(result.flagged()).isTrue());
		assertThat(bills("judge")).containsExactly("- 0");
	}

	@Test
	void speaks() throws IOException {
		try (com.openai.core.http.HttpResponse answer = client.audio()
			.speech()
			.create(SpeechCreateParams.builder().model("speaker").voice("alloy").input("Grüße").build())) {
			assertThat(answer.headers().values("Content-Type")).containsExactly("audio/mpeg");
			assertThat(answer.body().readAllBytes()).isEqualTo(SOUND);
		}
		assertThat(bills("speaker")).containsExactly("{\"CHARACTERS_IN\": 5} 75000");
	}

	@Test
	void cutsTheConnectionOfSpeechThatBrokeOff() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			try (com.openai.core.http.HttpResponse answer = client.audio()
				.speech()
				.create(SpeechCreateParams.builder().model("broken").voice("alloy").input("hello").build())) {
				answer.body().readAllBytes();
			}
		});
		assertThat(bills("broken")).singleElement().asString().startsWith("- 75000 ");
	}

	@Test
	void ranksDocumentsUntilTheBudgetIsUsedUp() throws Exception {
		IssuedKey key = platform.limitedKey(null, null);
		platform.budget(key, "searches", "0.003");
		byte[] body = "{\"model\":\"ranker\",\"query\":\"cat\",\"documents\":[\"a dog\",\"a cat\"],\"top_n\":1}"
			.getBytes(StandardCharsets.UTF_8);
		HttpResponse<byte[]> answer = platform.post(key.secret(), "/rerank", body);
		assertThat(answer.statusCode()).isEqualTo(200);
		assertThat(answer.headers().firstValue(ResponseHeaders.COST)).hasValue("0.002");
		assertThat(bills("ranker")).containsExactly("{\"QUERIES\": 1} 2000000");
		HttpResponse<byte[]> refused = platform.post(key.secret(), "/rerank", body);
		assertThat(refused.statusCode()).isEqualTo(402);
		assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("budget_exceeded");
	}

	@Test
	void refusesWhatTheModelCannotDo() throws Exception {
		HttpResponse<byte[]> refused = platform.post(platform.key(), "/moderations",
				"{\"model\":\"wire\",\"input\":\"hello\"}".getBytes(StandardCharsets.UTF_8));
		assertThat(refused.statusCode()).isEqualTo(400);
		assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("unsupported_by_model");
	}

}
