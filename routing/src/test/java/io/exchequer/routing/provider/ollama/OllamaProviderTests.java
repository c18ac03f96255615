package io.exchequer.routing.provider.ollama;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.chat.ChatRequestReader;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.provider.TranslatedContractTests;
import io.exchequer.routing.provider.WireServer;
import io.exchequer.routing.provider.openai.OpenAiProvider;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.Endpoint;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * The contract over Ollama's documented wire.
 */
class OllamaProviderTests extends TranslatedContractTests {

	private static final OllamaOptions NONE = new OllamaOptions(null, null);

	private final List<OpenAiProvider> connections = new ArrayList<>();

	@Override
	protected UpstreamProvider newProvider(Clock clock) {
		OpenAiProvider made = new OpenAiProvider(clock);
		this.connections.add(made);
		return new OllamaProvider(made, clock);
	}

	@AfterEach
	void closeConnections() {
		this.connections.forEach(OpenAiProvider::close);
		this.connections.clear();
	}

	@Override
	protected String kind() {
		return "ollama";
	}

	@Override
	protected String folder() {
		return "ollama";
	}

	@Override
	protected String streamType() {
		return "application/x-ndjson";
	}

	@Override
	protected String streamFile(String name) {
		return name + ".ndjson";
	}

	@Override
	protected List<byte[]> frames(byte[] stream) {
		List<byte[]> frames = new ArrayList<>();
		for (String line : new String(stream, StandardCharsets.UTF_8).split("(?<=\n)")) {
			frames.add(line.getBytes(StandardCharsets.UTF_8));
		}
		return frames;
	}

	@Override
	protected Set<Scene> scenes() {
		return EnumSet.complementOf(EnumSet.of(Scene.REFUSAL));
	}

	@Override
	protected Set<Asking> askings() {
		return EnumSet.of(Asking.PLAIN, Asking.TOOL_RESULTS, Asking.VISION, Asking.STRUCTURED, Asking.EFFORT);
	}

	@Override
	protected @Nullable String proof() {
		return null;
	}

	@Override
	protected String errorBody(int status) {
		return error("sk-test is not well");
	}

	private static String error(String message) {
		return "{\"error\":\"" + message + "\"}";
	}

	@Override
	protected List<ErrorCase> errors() {
		return List.of(new ErrorCase(400, error("invalid options: sk-test"), FailureClass.CALLER_FAULT),
				new ErrorCase(400, error("registry.ollama.ai/library/x does not support tools"),
						FailureClass.CALLER_FAULT),
				new ErrorCase(400, error("the prompt exceeds the context length"), FailureClass.CONTEXT_TOO_LONG),
				new ErrorCase(400, error("input length exceeds maximum context length"), FailureClass.CONTEXT_TOO_LONG),
				new ErrorCase(401, error("unauthorized sk-test"), FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(403, error("forbidden"), FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(404, error("model 'x' not found, try pulling it first"), FailureClass.MODEL_GONE),
				new ErrorCase(404, error("model \\\"x\\\" not found"), FailureClass.MODEL_GONE),
				new ErrorCase(429, error("too many requests"), FailureClass.RATE_LIMITED, "Retry-After: 2"),
				new ErrorCase(429, error("you have reached your weekly usage limit"), FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(500, error("model requires more system memory (5.6 GiB) than is available (3.1 GiB)"),
						FailureClass.OVERLOADED),
				new ErrorCase(500, error("model runner has unexpectedly stopped"), FailureClass.SERVER_ERROR),
				new ErrorCase(502, "<html>bad gateway</html>", FailureClass.SERVER_ERROR),
				new ErrorCase(503, error("server busy, please try again.  maximum pending requests exceeded"),
						FailureClass.OVERLOADED));
	}

	@Override
	protected List<UsageCase> usages() {
		return List.of(
				usage("plain", "\"prompt_eval_count\":1000,\"eval_count\":200",
						Map.of(UsageBucket.INPUT, 1000L, UsageBucket.OUTPUT, 200L), "0.006"),
				usage("without the prompt, which was cached", "\"eval_count\":200", null, ""),
				usage("nought for the prompt", "\"prompt_eval_count\":0,\"eval_count\":200", null, ""),
				usage("without the answer", "\"prompt_eval_count\":10", null, ""),
				usage("never", "\"total_duration\":1", null, ""),
				usage("negative", "\"prompt_eval_count\":-5,\"eval_count\":1", null, ""),
				usage("no number", "\"prompt_eval_count\":\"5\",\"eval_count\":1", null, ""),
				new UsageCase("twice", null,
						("{\"model\":\"m\",\"message\":{\"content\":\"Hi\"},\"done\":false,\"prompt_eval_count\":1,"
								+ "\"eval_count\":1}\n" + done("\"prompt_eval_count\":8,\"eval_count\":20") + "\n")
							.getBytes(StandardCharsets.UTF_8),
						Map.of(UsageBucket.INPUT, 8L, UsageBucket.OUTPUT, 20L), "0.000324"));
	}

	private static UsageCase usage(String name, String counts, @Nullable Map<UsageBucket, Long> buckets,
			String dollars) {
		return new UsageCase(name, done(counts), (done(counts) + "\n").getBytes(StandardCharsets.UTF_8), buckets,
				dollars);
	}

	private static String done(String counts) {
		return "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"done_reason\":\"stop\","
				+ "\"done\":true," + counts + "}";
	}

	@Override
	protected List<UncarriedCase> uncarried() {
		return List.of(lack("\"logit_bias\":{\"5\":1}", "logit_bias", true), lack("\"user\":\"ann\"", "user", true),
				lack("\"service_tier\":\"flex\"", "service_tier", true), lack("\"n\":2", "n", false),
				lack("\"reasoning_effort\":\"xhigh\"", "reasoning_effort", true),
				lack("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}", "thinking.budget_tokens", true),
				lack("\"keep_alive\":\"1h\"", "keep_alive", true),
				lack("\"web_search_options\":{\"x\":1}", "web_search_options", false),
				lack("\"tools\":[{\"type\":\"web_search\"}]", "tools[0]", false),
				lack("\"parallel_tool_calls\":false", "parallel_tool_calls", true),
				lack("\"tool_choice\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]",
						"tool_choice", false),
				lack("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}},"
						+ "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tool_choice", false),
				lack("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true}}]",
						"tools[0].function.strict", true),
				lack("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"},"
						+ "\"cache_control\":{\"type\":\"ephemeral\"}}]", "tools[0].cache_control", true),
				part("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"UklG\",\"format\":\"wav\"}}",
						"messages[0].content[0].input_audio", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.com/a.png\"}}",
						"messages[0].content[0].image_url", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/tiff;base64,AA==\"}}",
						"messages[0].content[0].image_url", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AA==\",\"detail\":\"low\"}}",
						"messages[0].content[0].image_url.detail", true),
				part("{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/pdf;base64,AA==\"}}",
						"messages[0].content[0].file", false),
				message("{\"role\":\"user\",\"content\":\"Hi\",\"name\":\"ann\"}", "messages[0].name", true),
				message("{\"role\":\"assistant\",\"content\":\"a\",\"thinking_blocks\":[{\"type\":\"thinking\","
						+ "\"thinking\":\"b\",\"signature\":\"c\"}]},{\"role\":\"user\",\"content\":\"Hi\"}",
						"messages[0].thinking_blocks", true),
				message("{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":"
						+ "{\"name\":\"f\",\"arguments\":\"[1]\"}}]}", "messages[0].tool_calls[0].function.arguments",
						false));
	}

	private static UncarriedCase lack(String member, String param, boolean droppable) {
		return new UncarriedCase(ProviderCalls.chat("Hi", member), param, droppable);
	}

	private static UncarriedCase part(String part, String param, boolean droppable) {
		return message("{\"role\":\"user\",\"content\":[" + part + "]}", param, droppable);
	}

	private static UncarriedCase message(String messages, String param, boolean droppable) {
		return new UncarriedCase("{\"model\":\"m\",\"messages\":[" + messages + "]}", param, droppable);
	}

	@Override
	protected byte[] answerWithCalls(int count, boolean stream) {
		StringBuilder calls = new StringBuilder();
		StringBuilder lines = new StringBuilder();
		for (int i = 0; i < count; i++) {
			String call = "{\"function\":{\"name\":\"f\",\"arguments\":{\"n\":" + i + "}}}";
			calls.append((i > 0) ? "," : "").append(call);
			lines.append("{\"model\":\"m\",\"message\":{\"content\":\"\",\"tool_calls\":[")
				.append(call)
				.append("]},\"done\":false}\n");
		}
		String whole = "{\"model\":\"m\",\"message\":{\"content\":\"\",\"tool_calls\":[" + calls
				+ "]},\"done\":true,\"done_reason\":\"stop\"}";
		lines.append("{\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n");
		return (stream ? lines.toString() : whole).getBytes(StandardCharsets.UTF_8);
	}

	@Test
	void tellsAnErrorWithinAStreamAsAFailureThatMayHaveACost() throws Exception {
		try (WireServer server = new WireServer()) {
			server.thenStream("{\"model\":\"m\",\"message\":{\"content\":\"Hi\"},\"done\":false}\n",
					"{\"error\":\"an error was encountered while running the model\"}\n");
			try (UpstreamAnswer answer = call(server, Map.of(), Endpoint.CHAT_COMPLETIONS,
					ProviderCalls.chat("Hi", "\"stream\":true"))) {
				Stream told = read(answer);
				assertThat(told.complete()).isFalse();
				assertThat(told.failure()).isNotNull()
					.satisfies((failure) -> assertThat(failure.failureClass()).isEqualTo(FailureClass.SERVER_ERROR))
					.satisfies((failure) -> assertThat(failure.mayHaveCost()).isTrue());
			}
		}
	}

	@Test
	void takesAnAnswerThatIsNotDoneForNone() {
		try (WireServer server = new WireServer()) {
			server.thenAnswer(200, "application/json",
					"{\"model\":\"m\",\"message\":{\"content\":\"Hi\"},\"done\":false}");
			UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
					() -> call(server, Map.of(), Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("Hi")));
			assertThat(failure.failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
		}
	}

	@Test
	void tellsLogProbabilities() throws Exception {
		try (WireServer server = new WireServer()) {
			server.thenAnswer(200, "application/json",
					done("\"logprobs\":[{\"token\":\"Hi\",\"logprob\":-0.5,\"top_logprobs\":[]}]"));
			try (UpstreamAnswer answer = call(server, Map.of(), Endpoint.CHAT_COMPLETIONS,
					ProviderCalls.chat("Hi", "\"logprobs\":true,\"top_logprobs\":2"))) {
				JsonNode read = JSON.readTree(answer.body().readAllBytes());
				assertThat(read.at("/choices/0/logprobs/content/0/token").asString()).isEqualTo("Hi");
			}
			JsonNode sent = body(server);
			assertThat(sent.path("logprobs").asBoolean()).isTrue();
			assertThat(sent.path("top_logprobs").asInt()).isEqualTo(2);
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "10m|{\"keep_alive\":\"10m\",\"options\":{\"num_ctx\":8192}}",
					"-1|{\"keep_alive\":-1,\"options\":{\"num_ctx\":8192}}",
					"0|{\"keep_alive\":0,\"options\":{\"num_ctx\":8192}}" })
	void tellsTheServerHowTheModelIsRun(String keepAlive, String expected) throws Exception {
		Map<String, String> options = Map.of("keepAlive", keepAlive, "numCtx", "8192");
		try (WireServer server = new WireServer()) {
			server.thenAnswer(200, "application/json", recorded("text.json"))
				.thenAnswer(200, "application/json", recorded("embeddings.json"));
			call(server, options, Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("Hi")).close();
			assertThat(server.requests().getLast()).startsWith("POST /api/chat ");
			assertThat(rest(body(server))).isEqualTo(JSON.readTree(expected));
			call(server, options, Endpoint.EMBEDDINGS, "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}").close();
			assertThat(server.requests().getLast()).startsWith("POST /api/embed ");
			assertThat(rest(body(server))).isEqualTo(JSON.readTree(expected));
		}
	}

	private static JsonNode rest(JsonNode body) {
		((ObjectNode) body).remove(List.of("model", "messages", "stream", "truncate", "input"));
		return body;
	}

	@ParameterizedTest
	@CsvSource({ "keepAlive,soon", "keepAlive,''", "keepAlive,10 minutes", "numCtx,0", "numCtx,-1", "numCtx,8k",
			"numCtx,123456789" })
	void refusesOptionsThatTheServerWouldNotTake(String option, String value) {
		assertThatIllegalArgumentException().isThrownBy(() -> provider().checkOptions(Map.of(option, value)))
			.withMessageContaining(option);
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "-1", "300", "10m", "1h30m", "-5m", "500ms" })
	void takesEveryWayToSayHowLongAModelStays(String keepAlive) {
		provider().checkOptions(Map.of("keepAlive", keepAlive));
		assertThat(OllamaOptions.of(Map.of("keepAlive", keepAlive)).keepAlive()).isEqualTo(keepAlive);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "\"thinking\":{\"type\":\"enabled\"}|{\"think\":true}",
			"\"thinking\":{\"type\":\"disabled\"}|{\"think\":false}", "\"reasoning_effort\":\"none\"|{\"think\":false}",
			"\"reasoning_effort\":\"low\"|{\"think\":\"low\"}", "\"reasoning_effort\":\"xhigh\"|{\"think\":true}",
			"\"seed\":7,\"top_k\":5,\"min_p\":0.1|{\"options\":{\"top_k\":5,\"seed\":7,\"min_p\":0.1}}",
			"\"temperature\":0.3,\"top_p\":0.9|{\"options\":{\"temperature\":0.3,\"top_p\":0.9}}",
			"\"repetition_penalty\":1.1|{\"options\":{\"repeat_penalty\":1.1}}",
			"\"tool_choice\":\"none\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]|{}",
			"\"response_format\":{\"type\":\"json_object\"}|{\"format\":\"json\"}" })
	void writesEachMemberInItsOwnForm(String member, String expected) throws Exception {
		byte[] body = ProviderCalls.chat("Hi", member).getBytes(StandardCharsets.UTF_8);
		JsonNode written = JSON.readTree(OllamaRequest.of(ChatRequestReader.read(body, body.length), NONE).toString());
		assertThat(rest(written)).isEqualTo(JSON.readTree(expected));
	}

	@Test
	void offersTools() throws Exception {
		byte[] body = ProviderCalls
			.chat("Hi",
					"\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\","
							+ "\"parameters\":{\"type\":\"object\"}}}]")
			.getBytes(StandardCharsets.UTF_8);
		assertThat(OllamaRequest.of(ChatRequestReader.read(body, body.length), NONE).path("tools"))
			.isEqualTo(JSON.readTree("[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\","
					+ "\"parameters\":{\"type\":\"object\"}}}]"));
	}

	@Test
	void givesReasoningBack() throws Exception {
		byte[] body = ("{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"reasoning_content\":\"Hm\","
				+ "\"content\":\"Yes\"},{\"role\":\"user\",\"content\":\"Hi\"}]}")
			.getBytes(StandardCharsets.UTF_8);
		assertThat(OllamaRequest.of(ChatRequestReader.read(body, body.length), NONE).path("messages").path(0))
			.isEqualTo(JSON.readTree("{\"role\":\"assistant\",\"content\":\"Yes\",\"thinking\":\"Hm\"}"));
	}

	@Test
	void embedsTextsWithDimensions() throws Exception {
		try (WireServer server = new WireServer()) {
			server.thenAnswer(200, "application/json", recorded("embeddings.json"));
			try (UpstreamAnswer answer = call(server, Map.of(), Endpoint.EMBEDDINGS,
					"{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"dimensions\":2}")) {
				CompleteAnswer read = CompleteAnswer.read(Endpoint.EMBEDDINGS, answer, CompleteAnswer.BYTES_MAX);
				assertThat(read.usage()).isNotNull()
					.satisfies((usage) -> assertThat(usage.get(UsageBucket.INPUT)).isEqualTo(8));
				JsonNode json = JSON.readTree(read.bytes(), 0, read.length());
				assertThat(json.at("/data/1/index").asInt()).isEqualTo(1);
				assertThat(json.at("/data/1/embedding")).isEqualTo(JSON.readTree("[0.5,0.75]"));
			}
			assertThat(body(server)).isEqualTo(JSON
				.readTree("{\"model\":\"up-model\",\"truncate\":false,\"input\":[\"a\",\"b\"],\"dimensions\":2}"));
		}
	}

	@Test
	void packsVectorsAsBase64() throws Exception {
		try (WireServer server = new WireServer()) {
			server.thenAnswer(200, "application/json", recorded("embeddings.json"));
			try (UpstreamAnswer answer = call(server, Map.of(), Endpoint.EMBEDDINGS,
					"{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\"}")) {
				JsonNode json = JSON.readTree(answer.body().readAllBytes());
				ByteBuffer floats = ByteBuffer.wrap(Base64.getDecoder().decode(json.at("/data/0/embedding").asString()))
					.order(ByteOrder.LITTLE_ENDIAN);
				assertThat(floats.getFloat()).isEqualTo(0.1f);
				assertThat(floats.getFloat()).isEqualTo(-0.25f);
			}
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "{\"embeddings\":[[1]]}|BROKEN_ANSWER", "{\"embeddings\":[[1],[\"x\"]]}|BROKEN_ANSWER",
					"{}|BROKEN_ANSWER", "{\"embeddings\":[[1],|BROKEN_ANSWER",
					"{\"error\":\"input length exceeds the context length\"}|CONTEXT_TOO_LONG" })
	void takesNoHalfAnswerForEmbeddings(String body, FailureClass expected) {
		try (WireServer server = new WireServer()) {
			server.thenAnswer(200, "application/json", body);
			UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
					() -> call(server, Map.of(), Endpoint.EMBEDDINGS, "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}"));
			assertThat(failure.failureClass()).isEqualTo(expected);
		}
	}

	private UpstreamAnswer call(WireServer server, Map<String, String> options, Endpoint endpoint, String body)
			throws UpstreamFailure {
		DeploymentSettings settings = ProviderCalls.options(options);
		return provider().call(ProviderCalls.call(
				ProviderCalls.deployment(ProviderCalls.provider("ollama", server.url(), Map.of()), settings), endpoint,
				body));
	}

	private static JsonNode body(WireServer server) {
		String request = server.requests().getLast();
		return JSON.readTree(request.substring(request.indexOf("\r\n\r\n")));
	}

}
