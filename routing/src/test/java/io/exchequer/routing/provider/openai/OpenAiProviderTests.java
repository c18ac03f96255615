package io.exchequer.routing.provider.openai;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.provider.WireServer;
import io.exchequer.routing.wire.Endpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class OpenAiProviderTests {

	private static final String ANSWER = "{\"choices\":[{}]}";

	private final WireServer upstream = new WireServer();

	private final OpenAiProvider provider = new OpenAiProvider(Clock.systemUTC());

	@AfterEach
	void close() {
		this.provider.close();
		this.upstream.close();
	}

	@Test
	void sendsTheBodyByteForByteWithTheCredential() throws Exception {
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		String body = "{ \"model\" : \"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\u4e2d \\u0041\"}] , \"x\":[1.50]}";
		assertThat(read(call(body))).isEqualTo(ANSWER);
		String request = this.upstream.requests().getFirst();
		assertThat(request).startsWith("POST /v1/chat/completions HTTP/1.1\r\n")
			.contains("Authorization: Bearer sk-test\r\n", "Content-Type: application/json\r\n",
					"Host: " + this.upstream.url().substring(7) + "\r\n")
			.endsWith("\r\n\r\n" + body.replace("\"m\"", "\"up-model\""));
	}

	@Test
	void takesSettingsThatACallCanBeMadeWith() {
		assertThatCode(() -> this.provider.checkSettings(Map.of("keepAlive", "PT20S", "header.OpenAI-Project", "acme",
				"streamUsage", "false", "outputLimitMember", "max_completion_tokens", "renameOutputLimit", "false",
				"assistantPrefill", "message", "strictMembers", "true", "anything", "else")))
			.doesNotThrowAnyException();
		assertThatCode(() -> this.provider.checkOptions(Map.of("streamUsage", "true"))).doesNotThrowAnyException();
	}

	@ParameterizedTest
	@CsvSource({ "keepAlive, abc", "keepAlive, PT-1S", "keepAlive, PT2H", "header., x", "header.X-Price, 5 \u20ac",
			"header.Host, elsewhere.example", "header.Content-Length, 1", "header.transfer-encoding, chunked",
			"streamUsage, yes", "outputLimitMember, 'a\"b'", "renameOutputLimit, yes", "renameOutputLimit, False",
			"strictMembers, yes", "assistantPrefill, massage", "assistantPrefill, ''" })
	void refusesSettingsThatWouldBreakEveryCall(String name, String value) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.provider.checkSettings(Map.of(name, value)));
	}

	@ParameterizedTest
	@CsvSource({ "renameOutputLimit, yes", "streamUsage, no", "assistantPrefill, continueFinalMessage" })
	void refusesOptionsThatNobodyWouldHeed(String name, String value) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.provider.checkOptions(Map.of(name, value)))
			.withMessageStartingWith(name + " must be ");
	}

	@ParameterizedTest
	@ValueSource(strings = { "none", "message", "prefix", "continue-final-message" })
	void takesEachWayToGoOnWithAnAnswer(String way) {
		assertThatCode(() -> this.provider.checkOptions(Map.of("assistantPrefill", way))).doesNotThrowAnyException();
	}

	@Test
	void sendsBigBodiesWhole() throws Exception {
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		String body = ProviderCalls.chat("x".repeat(3_000_000));
		assertThat(read(call(body))).isEqualTo(ANSWER);
		assertThat(this.upstream.requests().getFirst()).endsWith(body.replace("\"m\"", "\"up-model\""));
	}

	@Test
	void speaksToAzureByDeploymentAndVersion() throws Exception {
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		Deployment deployment = ProviderCalls.deployment(ProviderCalls.provider("azure-openai", this.upstream.url(),
				Map.of("api-version", "2025-01-01-preview")), ProviderCalls.SETTINGS);
		read(ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("x")));
		assertThat(this.upstream.requests().getFirst())
			.startsWith(
					"POST /openai/deployments/up-model/chat/completions?api-version=2025-01-01-preview HTTP/1.1\r\n")
			.contains("api-key: sk-test\r\n")
			.doesNotContain("Authorization");
	}

	@Test
	void speaksToAzuresNewerPath() throws Exception {
		this.upstream.thenAnswer(200, "application/json", "{\"data\":[{}]}");
		Deployment deployment = ProviderCalls.deployment(ProviderCalls.provider("azure-openai",
				this.upstream.url() + "/openai/v1/", Map.of("header.X-Org", "o")), ProviderCalls.SETTINGS);
		read(ProviderCalls.call(deployment, Endpoint.EMBEDDINGS, "{\"model\":\"m\",\"input\":\"x\"}"));
		assertThat(this.upstream.requests().getFirst()).startsWith("POST /openai/v1/embeddings HTTP/1.1\r\n")
			.contains("X-Org: o\r\n");
	}

	@Test
	void usesAConnectionAgainOnceAnAnswerWasRead() throws Exception {
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		this.upstream.thenStream("data: {\"choices\":[]}\n\n", "data: [DONE]\n\n");
		this.upstream.thenAnswer(429, "application/json", "{}");
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		read(call(ProviderCalls.chat("x")));
		try (UpstreamAnswer answer = this.provider.call(call(ProviderCalls.chat("x", "\"stream\":true")))) {
			assertThat(answer.body().readNBytes(37)).asString(StandardCharsets.UTF_8).endsWith("[DONE]\n\n");
		}
		assertThat(failure(call(ProviderCalls.chat("x"))).status()).isEqualTo(429);
		read(call(ProviderCalls.chat("x")));
		assertThat(this.upstream.connections()).isEqualTo(1);
	}

	@Test
	void doesNotUseAConnectionAgainThatHasMoreToSay() throws Exception {
		this.upstream.then((out, connection) -> {
			out.write(WireServer.head(200, "text/event-stream", "Transfer-Encoding: chunked"));
			WireServer.chunk(out, "data: [DONE]\n\n");
			connection.getInputStream().read();
		});
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		try (UpstreamAnswer answer = this.provider.call(call(ProviderCalls.chat("x", "\"stream\":true")))) {
			answer.body().readNBytes(14);
		}
		read(call(ProviderCalls.chat("x")));
		assertThat(this.upstream.connections()).isEqualTo(2);
	}

	@Test
	void tellsNoConnectionFromABrokenOne() throws Exception {
		int port;
		try (ServerSocket free = new ServerSocket(0)) {
			port = free.getLocalPort();
		}
		UpstreamFailure failure = failure(
				call("http://127.0.0.1:" + port, ProviderCalls.SETTINGS, Duration.ofMinutes(1)));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.NETWORK);
		assertThat(failure.mayHaveCost()).isFalse();
		UpstreamFailure unknown = failure(
				call("http://nowhere.invalid", ProviderCalls.SETTINGS, Duration.ofMinutes(1)));
		assertThat(unknown.failureClass()).isEqualTo(FailureClass.NETWORK);
		assertThat(unknown.mayHaveCost()).isFalse();
	}

	@Test
	void neverSendsARequestTwiceThatMayHaveArrived() throws Exception {
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		this.upstream.then((out, connection) -> connection.close());
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		read(call(ProviderCalls.chat("x")));
		UpstreamFailure failure = failure(call(ProviderCalls.chat("x")));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.NETWORK);
		assertThat(failure.mayHaveCost()).isTrue();
		assertThat(this.upstream.requests()).hasSize(2);
	}

	@Test
	void givesUpWhenTheAnswerFallsSilentOrTakesTooLong() throws Exception {
		for (boolean idle : new boolean[] { true, false }) {
			this.upstream.then((out, connection) -> {
				out.write(WireServer.head(200, "text/event-stream", "Transfer-Encoding: chunked"));
				WireServer.chunk(out, ": begun\n\n");
				connection.getInputStream().read();
			});
			DeploymentSettings settings = idle ? ProviderCalls.patience(Duration.ofMillis(100))
					: ProviderCalls.SETTINGS;
			Duration total = idle ? Duration.ofMinutes(1) : Duration.ofMillis(200);
			try (UpstreamAnswer answer = this.provider.call(call(this.upstream.url(), settings, total))) {
				InputStream body = answer.body();
				assertThat(body.readNBytes(9)).asString(StandardCharsets.UTF_8).isEqualTo(": begun\n\n");
				assertThat(catchThrowableOfType(SocketTimeoutException.class, body::read)).isNotNull();
			}
		}
	}

	@Test
	void aSlowReaderIsNoSilence() throws Exception {
		this.upstream.thenStream("data: [DONE]\n\n");
		try (UpstreamAnswer answer = this.provider
			.call(call(this.upstream.url(), ProviderCalls.patience(Duration.ofMillis(60)), Duration.ofMinutes(1)))) {
			long until = System.nanoTime() + 150_000_000;
			while (System.nanoTime() < until) {
				Thread.onSpinWait();
			}
			assertThat(answer.body().readAllBytes()).hasSize(14);
		}
	}

	@Test
	void cutsTheConnectionWhenAborted() throws Exception {
		java.util.concurrent.CountDownLatch gone = new java.util.concurrent.CountDownLatch(1);
		this.upstream.then((out, connection) -> {
			try {
				out.write(WireServer.head(200, "text/event-stream", "Transfer-Encoding: chunked"));
				WireServer.chunk(out, ": begun\n\n");
				connection.getInputStream().read();
			}
			catch (IOException ex) {
				// Reset is what is expected.
			}
			gone.countDown();
		});
		UpstreamAnswer answer = this.provider.call(call(ProviderCalls.chat("x", "\"stream\":true")));
		answer.abort();
		assertThat(gone.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void followsNoRedirectAndTakesNoCompression() throws Exception {
		this.upstream.thenAnswer(302, "text/plain", "", "Location: " + this.upstream.url() + "/elsewhere");
		assertThat(failure(call(ProviderCalls.chat("x"))).failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
		this.upstream.thenAnswer(200, "application/json", "x", "Content-Encoding: gzip");
		assertThat(failure(call(ProviderCalls.chat("x"))).failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
		assertThat(this.upstream.requests()).hasSize(2);
	}

	@Test
	void takesTheMillisecondsOfARetryAfter() throws Exception {
		this.upstream.thenAnswer(429, "application/json", "{}", "retry-after-ms: 1250", "Retry-After: 2");
		assertThat(failure(call(ProviderCalls.chat("x"))).retryAfter()).isEqualTo(Duration.ofMillis(1250));
	}

	@Test
	void boundsTheHeadOfAnAnswer() throws Exception {
		this.upstream.thenAnswer(200, "application/json", ANSWER, "X-Long: " + "x".repeat(100_000));
		UpstreamFailure failure = failure(call(ProviderCalls.chat("x")));
		assertThat(failure.failureClass()).isIn(FailureClass.BROKEN_ANSWER, FailureClass.NETWORK);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void skipsAnInformationalAnswer() throws Exception {
		this.upstream.then((out, connection) -> {
			out.write("HTTP/1.1 103 Early Hints\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			out.write(WireServer.head(200, "application/json", "Content-Length: 16"));
			out.write(ANSWER.getBytes(StandardCharsets.US_ASCII));
			out.flush();
		});
		assertThat(read(call(ProviderCalls.chat("x")))).isEqualTo(ANSWER);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "ftp://host", "http://", "http://user:pw@host", "https://host/?q=1", "host:80",
			"file:///x" })
	void refusesBaseUrlsThatAreNone(String url) throws Exception {
		UpstreamFailure failure = failure(call(url, ProviderCalls.SETTINGS, Duration.ofMinutes(1)));
		assertThat(failure.mayHaveCost()).isFalse();
		assertThat(failure).hasMessageContaining("base URL").hasMessageNotContaining("pw@");
	}

	@Test
	void refusesHeadersThatWouldBeTwo() throws Exception {
		Deployment deployment = ProviderCalls.deployment(
				ProviderCalls.provider("openai", this.upstream.url(), Map.of("header.X-Org", "a\r\nX-Evil: b")),
				ProviderCalls.SETTINGS);
		UpstreamFailure failure = failure(
				ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("x")));
		assertThat(failure).hasMessageContaining("X-Org").hasMessageNotContaining("Evil");
		assertThat(this.upstream.requests()).isEqualTo(List.of());
	}

	private UpstreamCall call(String body) {
		Deployment deployment = ProviderCalls.deployment(
				ProviderCalls.provider("openai", this.upstream.url() + "/v1", Map.of()), ProviderCalls.SETTINGS);
		return ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS, body);
	}

	private static UpstreamCall call(String url, DeploymentSettings settings, Duration total) {
		return ProviderCalls.call(ProviderCalls.deployment(ProviderCalls.provider("openai", url, Map.of()), settings),
				Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("x", "\"stream\":true"), total);
	}

	private String read(UpstreamCall call) throws UpstreamFailure, IOException {
		try (UpstreamAnswer answer = this.provider.call(call)) {
			return new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	private UpstreamFailure failure(UpstreamCall call) {
		return catchThrowableOfType(UpstreamFailure.class, () -> this.provider.call(call).close());
	}

}
