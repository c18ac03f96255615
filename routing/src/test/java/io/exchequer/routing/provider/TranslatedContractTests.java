package io.exchequer.routing.provider;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Credential;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Model;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.chat.ChatCompletionWriter;
import io.exchequer.routing.chat.ChatEventReader;
import io.exchequer.routing.chat.Uncarried;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What every translated provider promises, shown with the vendor's real SDK against a
 * server that plays recorded answers.
 * <p>
 * A provider's test names its recordings' folder, in which there are for each
 * {@link Scene} the vendor's whole answer ({@code text.json}) and the same answer as a
 * stream ({@code text.sse}); and for each {@link Asking} what goes out
 * ({@code vision.request.json}), compared as JSON. A provider without a scene or an
 * asking leaves it out of {@link #scenes()} or {@link #askings()}. Tables of errors,
 * usages and uncarried members are the provider's own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class TranslatedContractTests extends ProviderContractTests {

	private static final PriceCard CARD = new PriceCard(new UUID(7, 7), new DeploymentId(new UUID(2, 2)), 1,
			Instant.EPOCH, Currency.getInstance("USD"),
			List.of(new PriceTier("default", 0,
					Map.of(UsageBucket.INPUT, new BigDecimal("3"), UsageBucket.CACHE_READ, new BigDecimal("0.3"),
							UsageBucket.CACHE_WRITE_5M, new BigDecimal("3.75"), UsageBucket.CACHE_WRITE_1H,
							new BigDecimal("6"), UsageBucket.OUTPUT, new BigDecimal("15")))));

	private WireServer upstream = new WireServer();

	private @Nullable UpstreamProvider provider;

	/** Makes the provider. */
	protected abstract UpstreamProvider newProvider(Clock clock);

	/** Returns the provider's kind. */
	protected abstract String kind();

	/** Returns the folder of the recordings under {@code /wire/}. */
	protected abstract String folder();

	/** Returns the body of an error with a status, which names {@code sk-test}. */
	protected abstract String errorBody(int status);

	/** Returns each documented error. */
	protected abstract List<ErrorCase> errors();

	/** Returns each form of usage. */
	protected abstract List<UsageCase> usages();

	/** Returns what the provider does not carry. */
	protected abstract List<UncarriedCase> uncarried();

	/** Returns an answer that calls {@code f} so many times with {@code {"n":i}}. */
	protected abstract byte[] answerWithCalls(int count, boolean stream);

	/** Returns the scenes that the provider can show. */
	protected Set<Scene> scenes() {
		return EnumSet.allOf(Scene.class);
	}

	/** Returns what can be asked of the provider. */
	protected Set<Asking> askings() {
		return EnumSet.allOf(Asking.class);
	}

	/**
	 * Returns the proof that the recorded reasoning carries, or null where it has none.
	 */
	protected @Nullable String proof() {
		return "c2lnbmF0dXJl";
	}

	/** Returns the provider's name of the model. */
	protected String upstreamModel() {
		return "up-model";
	}

	/** Returns the header with the provider's identifier of the call. */
	protected String requestIdHeader() {
		return "request-id: req_1\u00e9";
	}

	protected Map<String, String> settings() {
		return Map.of();
	}

	/** Returns the base URL for a server's. */
	protected String baseUrl(String server) {
		return server;
	}

	protected String streamType() {
		return "text/event-stream";
	}

	/** Returns the file that a scene's stream is in. */
	protected String streamFile(String name) {
		return name + ".sse";
	}

	/** Cuts a recorded stream into its frames. */
	protected List<byte[]> frames(byte[] stream) {
		List<byte[]> frames = new ArrayList<>();
		for (String frame : new String(stream, StandardCharsets.UTF_8).split("(?<=\n\n)")) {
			frames.add(frame.getBytes(StandardCharsets.UTF_8));
		}
		return frames;
	}

	/**
	 * Returns what of a request says the same however it was made, for golden requests:
	 * by default all of it.
	 */
	protected JsonNode sent(JsonNode body) {
		return body;
	}

	@AfterEach
	void closeAll() throws Exception {
		if (this.provider instanceof AutoCloseable open) {
			open.close();
		}
		this.provider = null;
		this.upstream.close();
		this.upstream = new WireServer();
	}

	@Override
	protected final UpstreamProvider provider() {
		UpstreamProvider made = this.provider;
		if (made == null) {
			made = newProvider(Clock.systemUTC());
			this.provider = made;
		}
		return made;
	}

	@Override
	protected final UpstreamCall arrange(Situation situation, boolean stream) {
		switch (situation) {
			case ANSWER -> play("text", stream);
			case RATE_LIMITED -> this.upstream.thenAnswer(429, "application/json", errorBody(429), "Retry-After: 1");
			case SERVER_ERROR -> this.upstream.thenAnswer(500, "application/json", errorBody(500));
			case SILENCE -> this.upstream.then((out, connection) -> connection.getInputStream().read());
			case RESET -> this.upstream.then((out, connection) -> {
				connection.setSoLinger(true, 0);
				connection.close();
			});
			case HTML -> this.upstream.thenAnswer(200, "text/html", "<html><body>sk-test</body></html>");
			case HALF_JSON -> {
				String whole = text(recorded("text.json"));
				this.upstream.thenAnswer(200, "application/json", whole.substring(0, whole.length() / 2));
			}
			case BROKEN_STREAM -> {
				List<byte[]> frames = frames(recorded(streamFile("text")));
				cutOff(join(frames.subList(0, frames.size() - 2)), false);
			}
		}
		DeploymentSettings settings = (situation == Situation.SILENCE) ? ProviderCalls.patience(Duration.ofMillis(100))
				: ProviderCalls.SETTINGS;
		return call(settings, ProviderCalls.chat("Hi", "\"stream\":" + stream));
	}

	private UpstreamCall call(DeploymentSettings settings, String body) {
		return ProviderCalls.call(deployment(settings), Endpoint.CHAT_COMPLETIONS, body);
	}

	private Deployment deployment(DeploymentSettings settings) {
		Model model = new Model(
				new ModelId(new UUID(1, 1)), "m", "M", new Capabilities(EnumSet.allOf(Modality.class),
						EnumSet.of(Modality.TEXT), true, true, false, 200_000, 64_000, null),
				new Lifecycle(Lifecycle.Stage.ACTIVE, null, null));
		return new Deployment(new DeploymentId(new UUID(2, 2)), "d", model,
				ProviderCalls.provider(kind(), baseUrl(this.upstream.url()), settings()), upstreamModel(),
				new Credential(new UUID(3, 3), "sk-test"), DataClass.PUBLIC, settings, true, false);
	}

	private void play(String name, boolean stream) {
		play(recorded(stream ? streamFile(name) : name + ".json"), stream);
	}

	private void play(byte[] body, boolean stream) {
		if (!stream) {
			this.upstream.thenAnswer(200, "application/json", body, requestIdHeader());
			return;
		}
		this.upstream.then((out, connection) -> {
			out.write(WireServer.head(200, streamType(), "Transfer-Encoding: chunked", requestIdHeader()));
			for (byte[] frame : frames(body)) {
				chunk(out, frame);
			}
			out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			out.flush();
		});
	}

	/**
	 * Plays a part of a stream, and then breaks the connection, or ends the body as if it
	 * were whole.
	 */
	private void cutOff(byte[] part, boolean properly) {
		this.upstream.then((out, connection) -> {
			out.write(WireServer.head(200, streamType(), "Transfer-Encoding: chunked", requestIdHeader()));
			chunk(out, part);
			if (properly) {
				out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
				out.flush();
			}
			else {
				connection.close();
			}
		});
	}

	private static void chunk(java.io.OutputStream out, byte[] part) throws IOException {
		if (part.length > 0) {
			out.write((Integer.toHexString(part.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
			out.write(part);
			out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
			out.flush();
		}
	}

	private static byte[] join(List<byte[]> parts) {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		parts.forEach(out::writeBytes);
		return out.toByteArray();
	}

	/** Returns a recording. */
	protected final byte[] recorded(String file) {
		String name = "/wire/" + folder() + "/" + file;
		try (InputStream in = Objects.requireNonNull(TranslatedContractTests.class.getResourceAsStream(name), name)) {
			return in.readAllBytes();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.UTF_8);
	}

	@ParameterizedTest
	@EnumSource
	void tellsASceneWholeAndStreamedAlike(Scene scene) throws Exception {
		Assumptions.assumeTrue(scenes().contains(scene), "the provider has no such scene");
		play(scene.file, false);
		JsonNode whole = whole(ProviderCalls.chat("Hi"));
		expect(scene, whole);
		play(scene.file, true);
		JsonNode assembled = assembled(ProviderCalls.chat("Hi", "\"stream\":true"));
		expect(scene, assembled);
		assertThat(comparable(assembled)).isEqualTo(comparable(whole));
	}

	/** An answer's time is the platform's, and arguments are equal as JSON. */
	private static JsonNode comparable(JsonNode answer) {
		((ObjectNode) answer).remove("created");
		for (JsonNode choice : answer.path("choices")) {
			for (JsonNode call : choice.at("/message/tool_calls")) {
				ObjectNode function = (ObjectNode) call.path("function");
				function.set("arguments", JSON.readTree(function.path("arguments").asString()));
			}
		}
		return answer;
	}

	private void expect(Scene scene, JsonNode answer) {
		JsonNode choice = answer.path("choices").path(0);
		JsonNode message = choice.path("message");
		assertThat(answer.path("object").asString()).isEqualTo("chat.completion");
		assertThat(answer.path("id").asString()).isNotEmpty();
		assertThat(message.path("role").asString()).isEqualTo("assistant");
		assertThat(choice.path("finish_reason").asString()).isEqualTo(scene.finish);
		if (scene.content != null) {
			assertThat(message.path("content").asString()).isEqualTo(scene.content);
		}
		switch (scene) {
			case TOOLS -> {
				JsonNode calls = message.path("tool_calls");
				assertThat(calls).hasSize(2);
				Set<String> ids = new HashSet<>();
				calls.forEach((call) -> ids.add(call.path("id").asString()));
				assertThat(ids).hasSize(2).doesNotContain("");
				assertThat(arguments(calls.path(0))).isEqualTo(JSON.readTree("{\"city\":\"Paris\",\"days\":3}"));
				assertThat(arguments(calls.path(1))).isEqualTo(JSON.readTree("{\"city\":\"Rome\"}"));
				assertThat(calls.path(1).at("/function/name").asString()).isEqualTo("get_weather");
			}
			case REASONING -> {
				assertThat(message.path("reasoning_content").asString()).isEqualTo("Let me think.");
				if (proof() != null) {
					assertThat(message.at("/thinking_blocks/0/thinking").asString()).isEqualTo("Let me think.");
					assertThat(message.at("/thinking_blocks/0/signature").asString()).isEqualTo(proof());
				}
			}
			case TEXT, REFUSAL, LENGTH, STOP_TEXT, STRUCTURED -> {
			}
		}
	}

	private static JsonNode arguments(JsonNode call) {
		JsonNode arguments = call.at("/function/arguments");
		return arguments.isString() ? JSON.readTree(arguments.asString()) : arguments;
	}

	private JsonNode whole(String body) throws UpstreamFailure {
		try (UpstreamAnswer answer = provider().call(call(ProviderCalls.SETTINGS, body))) {
			CompleteAnswer complete = CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, answer, CompleteAnswer.BYTES_MAX);
			return JSON.readTree(complete.bytes(), 0, complete.length());
		}
	}

	private JsonNode assembled(String body) throws UpstreamFailure {
		try (UpstreamAnswer answer = provider().call(call(ProviderCalls.SETTINGS, body))) {
			Assembled stream = stream(answer);
			assertThat(stream.told().failure()).isNull();
			assertThat(stream.told().complete()).isTrue();
			return stream.assembled();
		}
	}

	private static Assembled stream(UpstreamAnswer answer) throws UpstreamFailure {
		ProviderContractTests.Stream told = read(answer);
		byte[] bytes = told.bytes().getBytes(StandardCharsets.UTF_8);
		ChatCompletionWriter completion = new ChatCompletionWriter();
		new ChatEventReader().read(bytes, 0, bytes.length).forEach(completion::add);
		return new Assembled(told,
				completion.isComplete() ? JSON.readTree(completion.write()) : JSON.createObjectNode());
	}

	@ParameterizedTest
	@EnumSource
	void sendsWhatWasAskedInTheProvidersForm(Asking asking) throws Exception {
		Assumptions.assumeTrue(askings().contains(asking), "the provider cannot be asked that");
		assertThat(uncarried(asking.body)).isEmpty();
		play("text", false);
		whole(asking.body);
		assertThat(sent(lastBody())).isEqualTo(JSON.readTree(recorded(asking.file + ".request.json")));
	}

	private JsonNode lastBody() {
		String request = this.upstream.requests().getLast();
		return JSON.readTree(request.substring(request.indexOf("\r\n\r\n") + 4));
	}

	private List<Uncarried> uncarried(String body) {
		try {
			byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
			return provider().uncarried(OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, bytes, bytes.length),
					deployment(ProviderCalls.SETTINGS));
		}
		catch (InvalidRequestException ex) {
			throw new IllegalArgumentException(ex.getMessage(), ex);
		}
	}

	@Test
	void presentsTheCredentialOnceAndRetriesNothing() throws Exception {
		this.upstream.thenAnswer(500, "application/json", errorBody(500));
		play("text", false);
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> whole(ProviderCalls.chat("Hi")));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.SERVER_ERROR);
		assertThat(this.upstream.requests()).hasSize(1);
		assertThat(text(this.upstream.requests().getFirst().getBytes(StandardCharsets.UTF_8)))
			.satisfies(this::carriesTheCredential);
	}

	/** Checks that a request's head and body present the credential. */
	protected void carriesTheCredential(String request) {
		assertThat(request).containsOnlyOnce("sk-test");
	}

	@ParameterizedTest
	@MethodSource("errors")
	void classifiesEachDocumentedError(ErrorCase error) {
		this.upstream.thenAnswer(error.status(), "application/json", error.body(), error.headers());
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> whole(ProviderCalls.chat("Hi")));
		assertThat(failure.failureClass()).isEqualTo(error.expected());
		assertThat(failure.status()).isEqualTo(error.status());
		assertThat(failure).hasMessageNotContaining("sk-test");
		assertThat(String.valueOf(failure.advice())).doesNotContain("sk-test");
	}

	@ParameterizedTest
	@MethodSource("errors")
	void classifiesEachDocumentedErrorOfAStreamAlike(ErrorCase error) {
		this.upstream.thenAnswer(error.status(), "application/json", error.body(), error.headers());
		UpstreamFailure failure = failure(call(ProviderCalls.SETTINGS, ProviderCalls.chat("Hi", "\"stream\":true")));
		assertThat(failure.failureClass()).isEqualTo(error.expected());
		assertThat(failure.mayHaveCost()).isEqualTo(failure.status() == 408 || failure.status() == 504);
	}

	@ParameterizedTest
	@MethodSource("usages")
	void readsEachFormOfUsageToTheTokenAndTheNanoUnit(UsageCase usage) throws Exception {
		if (usage.whole() != null) {
			play(usage.whole().getBytes(StandardCharsets.UTF_8), false);
			try (UpstreamAnswer answer = provider().call(call(ProviderCalls.SETTINGS, ProviderCalls.chat("Hi")))) {
				expect(usage, CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, answer, CompleteAnswer.BYTES_MAX).usage());
			}
		}
		if (usage.stream() != null) {
			play(usage.stream(), true);
			try (UpstreamAnswer answer = provider()
				.call(call(ProviderCalls.SETTINGS, ProviderCalls.chat("Hi", "\"stream\":true")))) {
				expect(usage, read(answer).usage());
			}
		}
	}

	private static void expect(UsageCase expected, @Nullable TokenUsage usage) {
		if (expected.buckets() == null) {
			assertThat(usage).isNull();
			return;
		}
		Map<UsageBucket, Long> counts = new EnumMap<>(expected.buckets());
		counts.put(UsageBucket.REQUEST, 1L);
		assertThat(usage).isEqualTo(TokenUsage.of(counts));
		assertThat(CARD.price(TokenUsage.of(counts), null).toPlainString()).isEqualTo(expected.dollars());
	}

	@ParameterizedTest
	@MethodSource("uncarried")
	void namesWhatItCannotCarry(UncarriedCase lack) {
		List<Uncarried> found = uncarried(lack.body());
		assertThat(found).extracting(Uncarried::param).contains(lack.param());
		assertThat(found).filteredOn((each) -> each.param().equals(lack.param()))
			.allSatisfy((each) -> assertThat(each.droppable()).isEqualTo(lack.droppable()))
			.allSatisfy((each) -> assertThat(each.advice()).isNotBlank());
	}

	@Test
	void carriesAPlainRequestWhole() {
		assertThat(uncarried(ProviderCalls.chat("Hi", "\"metadata\":{\"task\":\"x\"}", "\"max_tokens\":5",
				"\"stream\":true", "\"stream_options\":{\"include_usage\":true}", "\"n\":1", "\"stop\":[\"END\"]",
				"\"store\":false", "\"modalities\":[\"text\"]")))
			.isEmpty();
	}

	@Test
	void sendsARequestWithoutWhatMayBeDropped() throws Exception {
		String body = uncarried().stream().filter(UncarriedCase::droppable).findFirst().orElseThrow().body();
		play("text", false);
		whole(body);
		assertThat(this.upstream.requests()).hasSize(1);
	}

	@Test
	void tellsAStreamThatIsCutOffAtAnyFrameFromAWholeOne() throws Exception {
		byte[] stream = recorded(streamFile("tools"));
		List<byte[]> frames = frames(stream);
		for (int kept = 0; kept < frames.size() - 1; kept++) {
			for (boolean properly : new boolean[] { true, false }) {
				byte[] part = join(frames.subList(0, kept));
				cutOff(part, properly);
				expectBroken("cut off behind frame " + kept + (properly ? ", and ended" : ", and broken"));
			}
			byte[] half = join(frames.subList(0, kept + 1));
			cutOff(java.util.Arrays.copyOf(half, half.length - frames.get(kept).length / 2), false);
			expectBroken("cut off within frame " + kept);
		}
	}

	private void expectBroken(String what) {
		UpstreamCall call = call(ProviderCalls.SETTINGS, ProviderCalls.chat("Hi", "\"stream\":true"));
		try (UpstreamAnswer answer = provider().call(call)) {
			ProviderContractTests.Stream told = read(answer);
			assertThat(told.complete()).as(what).isFalse();
			assertThat(told.failure()).as(what)
				.isNotNull()
				.satisfies((failure) -> assertThat(failure.mayHaveCost()).isTrue())
				.satisfies((failure) -> assertThat(failure.failureClass()).isIn(FailureClass.BROKEN_ANSWER,
						FailureClass.NETWORK));
		}
		catch (UpstreamFailure ex) {
			assertThat(ex.failureClass()).as(what).isIn(FailureClass.BROKEN_ANSWER, FailureClass.NETWORK);
			assertThat(ex.mayHaveCost()).as(what).isTrue();
		}
	}

	@Test
	void keepsAHundredParallelCallsApart() throws Exception {
		play(answerWithCalls(100, false), false);
		JsonNode whole = whole(ProviderCalls.chat("Hi"));
		play(answerWithCalls(100, true), true);
		JsonNode assembled = assembled(ProviderCalls.chat("Hi", "\"stream\":true"));
		for (JsonNode answer : List.of(whole, assembled)) {
			JsonNode calls = answer.at("/choices/0/message/tool_calls");
			assertThat(calls).hasSize(100);
			for (int i = 0; i < 100; i++) {
				assertThat(arguments(calls.path(i))).isEqualTo(JSON.readTree("{\"n\":" + i + "}"));
			}
		}
	}

	@Test
	void sendsSchemasThatReferToThemselvesOrNamesThem() throws Exception {
		String body = ProviderCalls.chat("Hi", """
				"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object",
				"properties":{"child":{"$ref":"#/$defs/node"}},
				"$defs":{"node":{"type":"object","properties":{"child":{"$ref":"#/$defs/node"}}}}}}}]""");
		if (uncarried(body).isEmpty()) {
			play("text", false);
			whole(body);
			assertThat(lastBody().toString()).contains("\"$ref\":\"#/$defs/node\"");
		}
	}

	@Test
	void stopsWaitingWhereAnotherThreadAborts() throws Exception {
		byte[] stream = recorded(streamFile("text"));
		this.upstream.then((out, connection) -> {
			out.write(WireServer.head(200, streamType(), "Transfer-Encoding: chunked", requestIdHeader()));
			chunk(out, join(frames(stream).subList(0, frames(stream).size() - 2)));
			connection.getInputStream().read();
		});
		try (UpstreamAnswer answer = provider()
			.call(call(ProviderCalls.SETTINGS, ProviderCalls.chat("Hi", "\"stream\":true")))) {
			Thread reader = Thread.currentThread();
			Thread.ofVirtual().start(() -> {
				while (reader.getState() != Thread.State.TIMED_WAITING) {
					Thread.onSpinWait();
				}
				answer.abort();
			});
			assertThat(catchThrowableOfType(IOException.class, () -> answer.body().readAllBytes())).isNotNull();
		}
	}

	/** What a recorded answer shows. */
	public enum Scene {

		/** A text: {@code Hello, world!}. */
		TEXT("text", "stop", "Hello, world!"),
		/**
		 * Two calls of {@code get_weather} at once: {@code {"city":"Paris","days":3}} and
		 * {@code {"city":"Rome"}}.
		 */
		TOOLS("tools", "tool_calls", null),
		/** {@code Let me think.}, proven, and then {@code 42}. */
		REASONING("reasoning", "stop", "42"),
		/** The model or a filter refuses. */
		REFUSAL("refusal", "content_filter", null),
		/** The output limit ends {@code Hello}. */
		LENGTH("length", "length", "Hello"),
		/** A stop text ends {@code Hello}. */
		STOP_TEXT("stop", "stop", "Hello"),
		/** A JSON object as the answer. */
		STRUCTURED("structured", "stop", "{\"answer\":42}");

		private final String file;

		private final String finish;

		private final @Nullable String content;

		Scene(String file, String finish, @Nullable String content) {
			this.file = file;
			this.finish = finish;
			this.content = content;
		}

	}

	/** What is asked of a provider. */
	public enum Asking {

		/** Roles and sampling that every provider has. */
		PLAIN("plain", """
				{"model":"m","max_tokens":100,"stop":["END"],"messages":[
				{"role":"system","content":"Be brief."},{"role":"developer","content":"In French."},
				{"role":"user","content":"Hi"},{"role":"assistant","content":"Salut"},
				{"role":"user","content":"Ça va?"}]}"""),
		/** Tools, all choices of them. */
		TOOLS("tools", """
				{"model":"m","max_tokens":100,"tool_choice":"required","tools":[
				{"type":"function","function":{"name":"get_weather","description":"Tells the weather",
				"parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}},
				{"type":"function","function":{"name":"now"}}],
				"messages":[{"role":"user","content":"Weather?"}]}"""),
		/** One tool by its name. */
		NAMED_TOOL("named-tool", """
				{"model":"m","max_tokens":100,"tool_choice":{"type":"function","function":{"name":"now"}},
				"tools":[{"type":"function","function":{"name":"now"}}],
				"messages":[{"role":"user","content":"Time?"}]}"""),
		/** Two calls and their results, one failed. */
		TOOL_RESULTS("tool-results", """
				{"model":"m","max_tokens":100,"tools":[{"type":"function","function":{"name":"now"}}],
				"messages":[{"role":"user","content":"Time?"},
				{"role":"assistant","content":null,"tool_calls":[
				{"id":"call_1","type":"function","function":{"name":"now","arguments":"{\\"zone\\":\\"UTC\\"}"}},
				{"id":"call_2","type":"function","function":{"name":"now","arguments":""}}]},
				{"role":"tool","tool_call_id":"call_1","content":"12:00"},
				{"role":"tool","tool_call_id":"call_2","content":[{"type":"text","text":"no zone"}],"is_error":true},
				{"role":"user","content":"Again"}]}"""),
		/** An image in the request. */
		VISION("vision", """
				{"model":"m","max_tokens":100,"messages":[{"role":"user","content":[
				{"type":"text","text":"What is it?"},
				{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]}"""),
		/** An image at an address. */
		VISION_BY_URL("vision-url", """
				{"model":"m","max_tokens":100,"messages":[{"role":"user","content":[
				{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}"""),
		/** A PDF in the request. */
		DOCUMENT("document", """
				{"model":"m","max_tokens":100,"messages":[{"role":"user","content":[
				{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}},
				{"type":"text","text":"Sum it up."}]}]}"""),
		/** An answer held to a schema. */
		STRUCTURED("structured", """
				{"model":"m","max_tokens":100,"response_format":{"type":"json_schema","json_schema":{"name":"a",
				"strict":true,"schema":{"type":"object","properties":{"answer":{"type":"integer"}},
				"required":["answer"],"additionalProperties":false}}},
				"messages":[{"role":"user","content":"6 x 7"}]}"""),
		/** Reasoning by an effort. */
		EFFORT("effort", """
				{"model":"m","max_tokens":20000,"reasoning_effort":"high",
				"messages":[{"role":"user","content":"Think"}]}"""),
		/** Reasoning that is given back with its proof. */
		REASONING_BACK("reasoning-back", """
				{"model":"m","max_tokens":100,"tools":[{"type":"function","function":{"name":"now"}}],
				"messages":[{"role":"user","content":"Time?"},
				{"role":"assistant","content":"One moment.","thinking_blocks":[
				{"type":"thinking","thinking":"Let me think.","signature":"c2lnbmF0dXJl"},
				{"type":"redacted_thinking","data":"aGlkZGVu"}],
				"tool_calls":[{"id":"call_1","type":"function","function":{"name":"now","arguments":"{}"},
				"extra_content":{"google":{"thought_signature":"cHJvb2Y="}}}]},
				{"role":"tool","tool_call_id":"call_1","content":"12:00"}]}"""),
		/** Marks for the prompt cache. */
		CACHE_MARKS("cache-marks",
				"""
						{"model":"m","max_tokens":100,"tools":[{"type":"function","function":{"name":"now"},
						"cache_control":{"type":"ephemeral"}}],"messages":[
						{"role":"system","content":[{"type":"text","text":"Long.","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
						{"role":"user","content":[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}}]}]}""");

		private final String file;

		private final String body;

		Asking(String file, String body) {
			this.file = file;
			this.body = body;
		}

	}

	/**
	 * A documented error.
	 *
	 * @param headers further headers, such as {@code Retry-After: 1}
	 */
	public record ErrorCase(int status, String body, FailureClass expected, String... headers) {
	}

	/**
	 * A form of usage.
	 *
	 * @param whole an answer with it, or null
	 * @param stream the same as a stream, or null
	 * @param buckets what it says, {@code REQUEST} left out; null where it is no usage
	 * @param dollars what it costs at 3, 0.3, 3.75, 6 and 15 dollars per million
	 */
	public record UsageCase(String name, @Nullable String whole, byte @Nullable [] stream,
			@Nullable Map<UsageBucket, Long> buckets, String dollars) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	/**
	 * Something that has no place.
	 *
	 * @param body the request
	 * @param param how it is named
	 */
	public record UncarriedCase(String body, String param, boolean droppable) {
	}

	private record Assembled(ProviderContractTests.Stream told, JsonNode assembled) {
	}

}
