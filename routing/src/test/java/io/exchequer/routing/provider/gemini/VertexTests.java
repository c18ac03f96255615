package io.exchequer.routing.provider.gemini;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Credential;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.provider.WireServer;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.FailedAnswerException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Vertex AI: its addresses, and its credentials against a token server.
 */
class VertexTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final String PRIVATE_KEY = privateKey();

	private static final Map<String, String> PLACE = Map.of("project", "p-1", "location", "europe-west4");

	private final WireServer upstream = new WireServer();

	private final WireServer tokens = new WireServer();

	private final GeminiProvider provider = new GeminiProvider(Clock.systemUTC());

	@AfterEach
	void close() {
		this.provider.close();
		this.upstream.close();
		this.tokens.close();
	}

	@Test
	void asksOnceForATokenAndPresentsItInEveryCall() throws Exception {
		token("tok-1");
		this.upstream.thenAnswer(200, "application/json", answer()).thenAnswer(200, "application/json", answer());
		String account = account("service_account");
		assertThat(chat(account, Map.of())).contains("Hello, world!");
		assertThat(chat(account, Map.of())).contains("Hello, world!");
		assertThat(this.tokens.requests()).singleElement()
			.asString()
			.startsWith("POST /token ")
			.contains("grant-type%3Ajwt-bearer", "assertion=")
			.doesNotContain("PRIVATE KEY");
		assertThat(this.upstream.requests()).hasSize(2)
			.allSatisfy((request) -> assertThat(request)
				.startsWith("POST /v1beta1/projects/account-project/locations/global/publishers/google/models/"
						+ "up-model:generateContent ")
				.containsIgnoringCase("authorization: Bearer tok-1")
				.doesNotContainIgnoringCase("x-goog-api-key"));
	}

	@Test
	void tellsARefusedServiceAccountWithoutACostAndWithoutASecret() {
		this.tokens.thenAnswer(400, "application/json",
				"{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature for robot\"}");
		UpstreamFailure failure = failure(account("service_account"), PLACE);
		assertThat(failure.failureClass()).isEqualTo(FailureClass.CREDENTIAL_REJECTED);
		assertThat(failure.mayHaveCost()).isFalse();
		assertThat(failure).hasMessageNotContaining("robot");
		assertThat(this.upstream.requests()).isEmpty();
		assertThat(this.tokens.requests()).hasSize(1);
	}

	@Test
	void tellsATokenServerThatIsNotWellWithoutACost() {
		this.tokens.thenAnswer(503, "text/plain", "busy");
		UpstreamFailure failure = failure(account("service_account"), PLACE);
		assertThat(failure.failureClass()).isEqualTo(FailureClass.OVERLOADED);
		assertThat(failure.mayHaveCost()).isFalse();
	}

	@Test
	void presentsAnAccessTokenAsItIs() throws Exception {
		this.upstream.thenAnswer(200, "application/json", answer());
		assertThat(chat("ya29.token", PLACE)).contains("Hello, world!");
		assertThat(this.upstream.requests()).singleElement()
			.asString()
			.contains("/v1beta1/projects/p-1/locations/europe-west4/publishers/google/models/up-model:generateContent ")
			.containsIgnoringCase("authorization: Bearer ya29.token");
		assertThat(this.tokens.requests()).isEmpty();
	}

	@Test
	void takesASecretWithoutAProjectForAnApiKey() throws Exception {
		this.upstream.thenAnswer(200, "application/json", answer());
		assertThat(chat("key-1", Map.of())).contains("Hello, world!");
		assertThat(this.upstream.requests()).singleElement()
			.asString()
			.startsWith("POST /v1beta1/publishers/google/models/up-model:generateContent ")
			.containsIgnoringCase("x-goog-api-key: key-1");
	}

	@Test
	void readsNoFilesAndRunsNoProgramsForACredential() {
		for (String type : new String[] { "external_account", "authorized_user", "impersonated_service_account" }) {
			UpstreamFailure failure = failure(account(type), PLACE);
			assertThat(failure.mayHaveCost()).isFalse();
			assertThat(failure).hasMessageContaining("no service account").hasMessageNotContaining("PRIVATE KEY");
		}
		assertThat(failure("{\"type\":\"service_account\",\"private_key\":\"x\"}", PLACE))
			.hasMessageContaining("cannot be read");
		assertThat(this.tokens.requests()).isEmpty();
	}

	@Test
	void knowsItsAddressByTheLocation() {
		assertThat(GeminiSettings.of(Map.of()).vertexAddress()).isEqualTo("https://aiplatform.googleapis.com");
		assertThat(GeminiSettings.of(Map.of("location", "eu")).vertexAddress())
			.isEqualTo("https://aiplatform.eu.rep.googleapis.com");
		assertThat(GeminiSettings.of(PLACE).vertexAddress())
			.isEqualTo("https://europe-west4-aiplatform.googleapis.com");
	}

	@Test
	void countsTheTokensOfEachEmbeddedText() throws Exception {
		this.upstream.thenAnswer(200, "application/json", """
				{"predictions":[{"embeddings":{"values":[0.5],"statistics":{"token_count":4,"truncated":false}}},
				{"embeddings":{"values":[0.25],"statistics":{"token_count":3,"truncated":false}}}]}""");
		try (UpstreamAnswer answer = this.provider.call(ProviderCalls.call(deployment("ya29.token", PLACE),
				Endpoint.EMBEDDINGS, "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}"))) {
			CompleteAnswer complete = CompleteAnswer.read(Endpoint.EMBEDDINGS, answer, CompleteAnswer.BYTES_MAX);
			assertThat(Objects.requireNonNull(complete.usage()).get(UsageBucket.INPUT)).isEqualTo(7);
			assertThat(JSON.readTree(complete.bytes(), 0, complete.length()).at("/data/1/embedding/0").asDouble())
				.isEqualTo(0.25);
		}
	}

	@Test
	void waitsForATokenOnlySoLong() {
		CountDownLatch interrupted = new CountDownLatch(1);
		DetachedCredentials credentials = new DetachedCredentials(source(() -> {
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				interrupted.countDown();
			}
			throw new IOException("never");
		}), Duration.ofMillis(20));
		FailedAnswerException failed = catchThrowableOfType(FailedAnswerException.class,
				credentials::refreshAccessToken);
		assertThat(failed.failure().failureClass()).isEqualTo(FailureClass.TIMEOUT);
		assertThat(failed.failure().mayHaveCost()).isFalse();
		assertThat(interrupted).satisfies(CountDownLatch::await);
	}

	@Test
	void getsATokenForAllThoughTheCallThatAskedWasCutOff() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch cutOff = new CountDownLatch(1);
		DetachedCredentials credentials = new DetachedCredentials(source(() -> {
			asked.countDown();
			try {
				cutOff.await();
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
			return new AccessToken("tok", null);
		}), Duration.ofSeconds(30));
		AtomicReference<Object> got = new AtomicReference<>();
		Thread call = Thread.ofVirtual().start(() -> {
			try {
				got.set(credentials.refreshAccessToken().getTokenValue() + Thread.currentThread().isInterrupted());
			}
			catch (IOException ex) {
				got.set(ex);
			}
		});
		asked.await();
		call.interrupt();
		cutOff.countDown();
		call.join();
		assertThat(got).hasValue("toktrue");
	}

	private static GoogleCredentials source(Tokens tokens) {
		return new GoogleCredentials(GoogleCredentials.newBuilder()) {

			private static final long serialVersionUID = 1;

			@Override
			public AccessToken refreshAccessToken() throws IOException {
				return tokens.next();
			}

		};
	}

	private void token(String token) {
		this.tokens.thenAnswer(200, "application/json",
				"{\"access_token\":\"" + token + "\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
	}

	private String account(String type) {
		return JSON.writeValueAsString(Map.of("type", type, "project_id", "account-project", "private_key_id", "k1",
				"private_key", PRIVATE_KEY, "client_email", "robot@p-1.iam.gserviceaccount.com", "client_id", "1",
				"token_uri", this.tokens.url() + "/token"));
	}

	private static String privateKey() {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
			generator.initialize(2048);
			return "-----BEGIN PRIVATE KEY-----\n"
					+ Base64.getMimeEncoder().encodeToString(generator.generateKeyPair().getPrivate().getEncoded())
					+ "\n-----END PRIVATE KEY-----\n";
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Deployment deployment(String secret, Map<String, String> settings) {
		Deployment plain = ProviderCalls.deployment(ProviderCalls.provider("vertex-ai", this.upstream.url(), settings),
				ProviderCalls.SETTINGS);
		return new Deployment(plain.id(), plain.name(), plain.model(), plain.provider(), plain.upstreamModel(),
				new Credential(new UUID(3, 3), secret), plain.dataClass(), plain.settings(), true, false);
	}

	private String chat(String secret, Map<String, String> settings) throws UpstreamFailure {
		try (UpstreamAnswer answer = this.provider.call(ProviderCalls.call(deployment(secret, settings),
				Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("Hi")))) {
			CompleteAnswer complete = CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, answer, CompleteAnswer.BYTES_MAX);
			return new String(complete.bytes(), 0, complete.length(), StandardCharsets.UTF_8);
		}
	}

	private UpstreamFailure failure(String secret, Map<String, String> settings) {
		return catchThrowableOfType(UpstreamFailure.class, () -> chat(secret, settings));
	}

	private static String answer() {
		try (InputStream in = Objects.requireNonNull(VertexTests.class.getResourceAsStream("/wire/gemini/text.json"))) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Gives tokens. */
	@FunctionalInterface
	private interface Tokens {

		AccessToken next() throws IOException;

	}

}
