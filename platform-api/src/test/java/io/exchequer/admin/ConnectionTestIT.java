package io.exchequer.admin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

import io.exchequer.admin.Platform.Answer;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.DeploymentQuarantine;
import io.exchequer.replay.ReplayServer;
import io.exchequer.replay.ReplayServer.Request;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/** Connection tests, by calls to real servers that send again what real ones sent. */
class ConnectionTestIT {

	private static final Path RECORDED = Path.of("..", "routing", "src", "test", "resources", "wire", "captured",
			"llamacpp-b11669");

	private static final String SECRET = "sk-of-the-upstream-itself";

	private static final Map<String, Object> CHAT = Map.of("input", List.of("text", "image"), "output", List.of("text"),
			"tools", true, "contextWindow", 8192, "maxOutput", 1024, "imageTokensMax", 1000);

	private static Platform platform;

	private static int counter;

	private final List<ReplayServer> servers = new ArrayList<>();

	@BeforeAll
	static void start() throws IOException {
		platform = new Platform(Clock.systemUTC(), "exchequer.connection-test.timeout=5s");
		apply(new String(ConnectionTestIT.class.getResourceAsStream("/demo-world.yaml").readAllBytes(),
				StandardCharsets.UTF_8));
		apply("""
				tenants:
				  - name: payers
				    teams:
				      - name: team
				        projects:
				          - {name: ops, keys: [{name: rich, secret: secret-of-the-rich-key, allowedNames: ["*"], allowedTasks: ["*"]},
				                               {name: poor, allowedNames: [], allowedTasks: []},
				                               {name: gone, allowedNames: [], allowedTasks: []}]}
				    budgets:
				      - {name: nothing, scope: {type: key, name: ops/poor}, window: total, currency: USD, hardLimit: "0.000000001"}
				""");
		platform.admin("DELETE", "/admin/v1/keys/" + keyId("gone"), null);
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	@AfterEach
	void stopServers() {
		this.servers.forEach(ReplayServer::close);
	}

	private static void apply(String file) {
		Answer applied = platform.yaml("/admin/v1/apply", file);
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
	}

	private static String keyId(String name) {
		for (JsonNode key : platform.get("/admin/v1/keys?tenant=payers").json().at("/items")) {
			if (key.path("name").asString().equals(name)) {
				return key.path("id").asString();
			}
		}
		throw new IllegalStateException(name);
	}

	private ReplayServer server(Function<Request, ReplayServer.Answer> answers) {
		ReplayServer server = ReplayServer.answering(answers);
		this.servers.add(server);
		return server;
	}

	/** What a llama.cpp server answered, whatever of its abilities is asked for. */
	private static ReplayServer.Answer asRecorded(Request request) {
		if (request.path().endsWith("/embeddings")) {
			return ReplayServer.recorded(RECORDED.resolve("embeddings-base64.http"));
		}
		if (request.body().contains("\"tools\"")) {
			return toolCall("report_status", "{\\\"status\\\":\\\"ok\\\"}");
		}
		return ReplayServer
			.recorded(RECORDED.resolve(request.body().contains("\"stream\":true") ? "chat-stream.http" : "chat.http"));
	}

	/** The recorded call, as it would be of another tool. */
	private static ReplayServer.Answer toolCall(String name, String arguments) {
		try {
			String recorded = Files.readString(RECORDED.resolve("chat-tools.http"));
			return ReplayServer.json(recorded.substring(recorded.indexOf("\r\n\r\n") + 4)
				.replace("\"weather\"", "\"" + name + "\"")
				.replace("{\\\"city\\\":\\\"Lyon\\\",\\\"days\\\":3}", arguments));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private String deployment(ReplayServer server) {
		return deployment(server.origin() + "/v1", CHAT, Map.of());
	}

	/**
	 * Makes a deployment with a provider and a model of its own, and returns its name.
	 */
	private String deployment(String baseUrl, Map<String, Object> capabilities, Map<String, Object> more) {
		String name = "tested-" + ++counter;
		create("providers", Map.of("name", name, "kind", "openai", "baseUrl", baseUrl, "secret", SECRET));
		create("models", Map.of("name", "model-of-" + name, "capabilities", capabilities));
		Map<String, Object> body = new HashMap<>(
				Map.of("name", name, "model", "model-of-" + name, "provider", name, "dataClass", "internal"));
		body.putAll(more);
		create("deployments", body);
		create("price-cards", Map.of("deployment", body.get("name"), "currency", "USD", "tiers",
				List.of(Map.of("prices", Map.of("input", "1", "output", "2")))));
		return (String) body.get("name");
	}

	private static void create(String resource, Map<String, ?> body) {
		Answer created = platform.admin("POST", "/admin/v1/" + resource, body);
		assertThat(created.status()).as(created.text()).isEqualTo(201);
	}

	private static JsonNode test(String deployment) {
		return test(deployment, "ops/rich");
	}

	private static JsonNode test(String deployment, String key) {
		Answer answer = ask(deployment, key);
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		assertThat(answer.text()).doesNotContain(SECRET);
		return answer.json();
	}

	private static Answer ask(String deployment, String key) {
		return platform.admin("POST", "/admin/v1/deployments/" + deployment + "/test?tenant=payers",
				Map.of("key", key));
	}

	/** Returns each check as {@code kind: result}. */
	private static List<String> results(JsonNode report) {
		List<String> results = new ArrayList<>();
		report.path("checks")
			.forEach((check) -> results
				.add(check.path("kind").asString() + ": " + check.path("result").asString() + failure(check)));
		return results;
	}

	private static String failure(JsonNode check) {
		return check.has("failure") ? " (" + check.path("failure").asString() + ")" : "";
	}

	private static JsonNode check(JsonNode report, String kind) {
		for (JsonNode check : report.path("checks")) {
			if (check.path("kind").asString().equals(kind)) {
				return check;
			}
		}
		throw new IllegalStateException("no check " + kind + " in " + report);
	}

	@Test
	void showsEverythingThatAServerCanDoAndBillsEachCall() {
		ReplayServer server = server(ConnectionTestIT::asRecorded);
		String name = deployment(server);
		JsonNode report = test(name);
		assertThat(results(report)).containsExactly("connection: passed", "answer: passed", "streaming: passed",
				"tools: passed", "vision: passed", "usage: passed", "streamed-usage: passed");
		assertThat(report.path("passed").asBoolean()).isTrue();
		assertThat(report.path("provider").asString()).isEqualTo(name);
		for (String latency : List.of("connectMillis", "firstByteMillis", "totalMillis", "firstTokenMillis",
				"streamMillis")) {
			assertThat(report.path("latency").path(latency).isIntegralNumber()).as(latency).isTrue();
		}
		assertThat(check(report, "usage").path("detail").asString()).isEqualTo("23 tokens of input, 5 of output");
		assertThat(check(report, "streamed-usage").path("detail").asString())
			.isEqualTo("23 tokens of input, 5 of output");
		assertThat(check(report, "streaming").path("detail").asString()).endsWith("ended by [DONE]");
		// 23 tokens at 1 and 5 at 2 dollars a million.
		assertThat(check(report, "answer").path("cost").asString()).isEqualTo("0.000033");
		assertThat(server.received()).hasSize(4)
			.allMatch((request) -> request.path().equals("/v1/chat/completions"))
			.allMatch((request) -> request.body().contains("\"max_tokens\":"))
			.allMatch((request) -> request.head().contains("Bearer " + SECRET));
		assertThat(server.received().getLast().body()).contains("data:image/png;base64,");
		for (String kind : List.of("answer", "streaming", "tools", "vision")) {
			String request = check(report, kind).path("requestId").asString();
			JsonNode lines = platform.get("/admin/v1/ledger?tenant=payers&request=" + request).json().path("items");
			assertThat(lines).as(kind).isNotEmpty();
			assertThat(lines.toString()).contains("connection-test").contains(keyId("rich"));
			assertThat(platform.get("/admin/v1/decisions/" + request).status()).isEqualTo(200);
		}
	}

	@Test
	void leavesOneEventThatSaysWhoTestedWhatAtWhoseCost() {
		String name = deployment(server(ConnectionTestIT::asRecorded));
		test(name);
		List<String> tests = events(name);
		assertThat(tests).hasSize(1);
		assertThat(tests.getFirst()).contains(keyId("rich")).doesNotContain(SECRET);
	}

	/** Returns the events of a deployment's tests. */
	private static List<String> events(String deployment) {
		List<String> tests = new ArrayList<>();
		platform.get("/admin/v1/audit?tenant=payers&limit=200").json().path("items").forEach((event) -> {
			if (event.path("action").asString().equals("test")
					&& event.path("resourceName").asString().equals(deployment)) {
				tests.add(event.toString());
			}
		});
		return tests;
	}

	@Test
	void testsTheSimulator() {
		JsonNode report = test("demo-chat-a");
		assertThat(results(report)).containsExactly("connection: not-applicable", "answer: passed", "streaming: passed",
				"tools: passed", "vision: passed", "usage: passed", "streamed-usage: passed");
		assertThat(report.path("passed").asBoolean()).isTrue();
	}

	@Test
	void testsAnEmbeddingModelByAnEmbedding() {
		JsonNode report = test("minilm-local");
		assertThat(results(report)).containsExactly("connection: not-applicable", "embedding: passed",
				"streaming: not-applicable", "tools: not-applicable", "vision: not-applicable",
				"streamed-usage: not-applicable", "usage: passed");
		assertThat(check(report, "embedding").path("detail").asString()).isEqualTo("an embedding of 384 dimensions");
		assertThat(report.path("passed").asBoolean()).isTrue();
	}

	@Test
	void triesNothingMoreWhereNobodyListens() throws IOException {
		int port;
		try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = free.getLocalPort();
		}
		JsonNode report = test(deployment("http://127.0.0.1:" + port, CHAT, Map.of()));
		assertThat(results(report)).containsExactly("connection: failed (network)", "answer: failed (network)",
				"streaming: skipped", "tools: skipped", "vision: skipped", "usage: skipped", "streamed-usage: skipped");
		assertThat(report.path("passed").asBoolean()).isFalse();
		assertThat(check(report, "answer").has("cost")).isFalse();
	}

	@Test
	void tellsApartWhatAServerThatIsNoModelAnswers() {
		String name = deployment(server((request) -> ReplayServer.status(200, "text/html",
				"<html><body>Welcome to the internal wiki of nobody</body></html>")));
		JsonNode report = test(name);
		assertThat(results(report)).containsExactly("connection: passed", "answer: failed (broken-answer)",
				"streaming: failed (broken-answer)", "tools: failed (broken-answer)", "vision: failed (broken-answer)",
				"usage: skipped", "streamed-usage: skipped");
		assertThat(report.toString()).doesNotContain("wiki");
	}

	@Test
	void endsWhereAServerNeverDoes() {
		String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"choices\":[";
		JsonNode report = test(deployment(server((request) -> ReplayServer.endless(head, " "))));
		assertThat(results(report)).startsWith("connection: passed", "answer: failed (timeout)", "streaming: skipped");
	}

	@Test
	void endsWhereAStreamNeverDoes() {
		String head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
		String chunk = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"more \"}}]}\n\n";
		JsonNode report = test(deployment(server((request) -> request.body().contains("\"stream\":true")
				? ReplayServer.endless(head, chunk) : asRecorded(request))));
		assertThat(results(report)).containsExactly("connection: passed", "answer: passed",
				"streaming: failed (timeout)", "tools: skipped", "vision: skipped", "usage: passed",
				"streamed-usage: skipped");
		assertThat(check(report, "streaming").path("detail").asString()).startsWith("the stream broke off: ");
	}

	@ParameterizedTest
	@CsvSource({ "401, credential-rejected, skipped", "429, rate-limited, failed", "500, server-error, failed" })
	void saysWhyAnUpstreamRefuses(int status, String failure, String streaming) {
		String body = "{\"error\":{\"message\":\"the key sk-of-the-upstream-itself is odd\",\"type\":\"x\"}}";
		JsonNode report = test(deployment(server((request) -> ReplayServer.status(status, "application/json", body))));
		assertThat(results(report)).startsWith("connection: passed", "answer: failed (" + failure + ")");
		assertThat(check(report, "streaming").path("result").asString()).isEqualTo(streaming);
		assertThat(report.toString()).doesNotContain("is odd");
	}

	@Test
	void findsWhatIsMissingInAnswersThatLookWell() {
		String text = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"ready\"},\"finish_reason\":\"stop\"}]}";
		String stream = """
				data: {"id":"c","choices":[{"index":0,"delta":{"content":"ready"}}]}

				data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

				data: [DONE]

				""";
		JsonNode report = test(deployment(server((request) -> request.body().contains("\"stream\":true")
				? ReplayServer.status(200, "text/event-stream", stream) : ReplayServer.json(text))));
		assertThat(results(report)).containsExactly("connection: passed", "answer: passed", "streaming: passed",
				"tools: failed", "vision: passed", "usage: failed", "streamed-usage: failed");
		assertThat(check(report, "tools").path("detail").asString())
			.isEqualTo("the model did not call the tool that the request demands");
	}

	@Test
	void wantsTheToolThatItOfferedWithArgumentsInJson() {
		assertThat(toolsDetail("weather", "{}")).isEqualTo("the model called a tool that it was not offered");
		assertThat(toolsDetail("report_status", "status: ok")).isEqualTo("the tool's arguments are not JSON");
		assertThat(toolsDetail("report_status", "[1]")).isEqualTo("the tool's arguments are not a JSON object");
	}

	private String toolsDetail(String tool, String arguments) {
		JsonNode report = test(deployment(server(
				(request) -> request.body().contains("\"tools\"") ? toolCall(tool, arguments) : asRecorded(request))));
		assertThat(check(report, "tools").path("result").asString()).isEqualTo("failed");
		return check(report, "tools").path("detail").asString();
	}

	@Test
	void testsWhatMaySeeNothingButPublicContent() {
		ReplayServer server = server(ConnectionTestIT::asRecorded);
		assertThat(test(deployment(server.origin() + "/v1", CHAT, Map.of("dataClass", "public"))).path("passed")
			.asBoolean()).isTrue();
	}

	@Test
	void asksForNothingThatTheModelIsNotSaidToDo() {
		ReplayServer server = server(ConnectionTestIT::asRecorded);
		String name = deployment(server.origin() + "/v1", Map.of("contextWindow", 2048, "maxOutput", 16), Map.of());
		assertThat(results(test(name))).containsExactly("connection: passed", "answer: passed", "streaming: passed",
				"tools: not-applicable", "vision: not-applicable", "usage: passed", "streamed-usage: passed");
		assertThat(server.received()).hasSize(2).allMatch((request) -> request.body().contains("\"max_tokens\":16"));
	}

	@Test
	void testsWhatIsDisabledOrQuarantinedAndLeavesItSo() {
		ReplayServer server = server(ConnectionTestIT::asRecorded);
		String disabled = deployment(server.origin() + "/v1", CHAT, Map.of("enabled", false));
		JsonNode report = test(disabled);
		assertThat(report.path("passed").asBoolean()).isTrue();
		assertThat(report.path("enabled").asBoolean()).isFalse();
		String quarantined = deployment(server);
		String id = platform.get("/admin/v1/deployments/" + quarantined).at("/id");
		platform.bean(DeploymentQuarantine.class)
			.quarantine(new DeploymentId(UUID.fromString(id)), "tested", Instant.parse("2026-03-01T12:00:00Z"));
		report = test(id);
		assertThat(report.path("deployment").asString()).isEqualTo(quarantined);
		assertThat(report.path("passed").asBoolean()).isTrue();
		assertThat(report.path("quarantined").asBoolean()).isTrue();
		assertThat(platform.get("/admin/v1/deployments/" + quarantined).json().has("quarantine")).isTrue();
	}

	@Test
	void testsWhatItsCircuitKeepsOutAndLeavesTheCircuitAsItIs() {
		boolean[] broken = { true };
		ReplayServer server = server((request) -> broken[0]
				? ReplayServer.status(500, "application/json", "{\"error\":{\"message\":\"no\"}}")
				: asRecorded(request));
		String name = deployment(server);
		platform.bean(ConfigurationSource.class).refresh();
		Map<String, Object> hello = Map.of("model", name, "max_tokens", 8, "messages",
				List.of(Map.of("role", "user", "content", "Hello")));
		String code = "";
		for (int i = 0; i < 40 && !code.equals("no_deployment_available"); i++) {
			code = platform.send("POST", "/v1/chat/completions", "secret-of-the-rich-key", hello).at("/error/code");
		}
		int before = server.received().size();
		broken[0] = false;
		Answer kept = platform.send("POST", "/v1/chat/completions", "secret-of-the-rich-key", hello);
		assertThat(kept.status()).as(kept.text()).isEqualTo(503);
		assertThat(server.received()).hasSize(before);
		assertThat(test(name).path("passed").asBoolean()).isTrue();
		assertThat(server.received()).hasSize(before + 4);
		assertThat(platform.send("POST", "/v1/chat/completions", "secret-of-the-rich-key", hello).status())
			.isEqualTo(503);
	}

	@Test
	void callsNothingThatTheKeysBudgetDoesNotAllow() {
		ReplayServer server = server(ConnectionTestIT::asRecorded);
		JsonNode report = test(deployment(server), "ops/poor");
		assertThat(results(report)).containsExactly("connection: passed", "answer: failed", "streaming: skipped",
				"tools: skipped", "vision: skipped", "usage: skipped", "streamed-usage: skipped");
		assertThat(check(report, "answer").path("detail").asString())
			.startsWith("the platform refused the call (budget_exceeded)");
		assertThat(server.received()).isEmpty();
	}

	@Test
	void isMadeOnceAtATime() throws Exception {
		CountDownLatch called = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		String name = deployment(server((request) -> (out) -> {
			called.countDown();
			await(goOn);
			asRecorded(request).writeTo(out);
		}));
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> ask(name, "ops/rich"), threads);
			await(called);
			Answer second = ask(name, "ops/rich");
			goOn.countDown();
			assertThat(second.status()).isEqualTo(409);
			assertThat(second.at("/code")).isEqualTo("test_running");
			assertThat(first.get().status()).isEqualTo(200);
		}
		assertThat(ask(name, "ops/rich").status()).isEqualTo(200);
	}

	@Test
	void isMadeOnceAtATimeOnAllReplicasAndGoesOnAfterOneThatDied() {
		ReplayServer server = server(ConnectionTestIT::asRecorded);
		String name = deployment(server);
		JdbcClient owner = JdbcClient.create(platform.database().owner());
		String others = "INSERT INTO connection_test SELECT id, now() + interval '1 hour' FROM deployment WHERE name = ?";
		assertThat(owner.sql(others).param(name).update()).isEqualTo(1);
		assertRefused(ask(name, "ops/rich"), 409, "test_running");
		assertThat(server.received()).isEmpty();
		assertThat(events(name)).isEmpty();
		owner.sql("UPDATE connection_test SET until = now() - interval '1 second'").update();
		assertThat(test(name).path("passed").asBoolean()).isTrue();
		assertThat(owner.sql("SELECT count(*) FROM connection_test").query(Long.class).single()).isZero();
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void refusesWhoCannotBeChargedAndWhatIsNotThere() {
		ReplayServer server = server(ConnectionTestIT::asRecorded);
		String name = deployment(server);
		assertRefused(ask(name, keyId("gone")), 409, "key_not_usable");
		assertRefused(ask(name, "ops/none"), 404, "key_not_found");
		assertRefused(ask("no-such-deployment", "ops/rich"), 404, "deployment_not_found");
		assertRefused(ask("model-of-" + name, "ops/rich"), 404, "deployment_not_found");
		assertRefused(post(name + "/test", Map.of()), 422, "invalid");
		assertRefused(post(name, Map.of("key", "ops/rich")), 405, "method_not_allowed");
		assertThat(server.received()).isEmpty();
	}

	private static Answer post(String path, @Nullable Object body) {
		return platform.admin("POST", "/admin/v1/deployments/" + path, body);
	}

	private static void assertRefused(Answer answer, int status, String code) {
		assertThat(answer.status()).as(answer.text()).isEqualTo(status);
		assertThat(answer.at("/code")).isEqualTo(code);
	}

	@Test
	void findsADeploymentWhoseNameHasSlashes() {
		ReplayServer server = server(ConnectionTestIT::asRecorded);
		String name = deployment(server.origin() + "/v1", CHAT, Map.of("name", "maker/model:1.5/test"));
		assertThat(test(name).path("deployment").asString()).isEqualTo("maker/model:1.5/test");
	}

	@Test
	void billsAnAnswerThatCostsMoreThanItsBoundAndQuarantinesItsDeployment() {
		String dear = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"ready\"},\"finish_reason\":\"stop\"}],"
				+ "\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":900000}}";
		ReplayServer server = server((request) -> ReplayServer.json(dear));
		String name = deployment(server);
		JsonNode report = test(name);
		assertThat(check(report, "answer").path("cost").asString()).isEqualTo("1.80002");
		assertThat(results(report)).startsWith("connection: passed", "answer: failed", "streaming: skipped");
		assertThat(server.received()).hasSize(1);
		assertThat(JdbcClient.create(platform.database().owner())
			.sql("SELECT quarantine_reason FROM deployment WHERE name = ?")
			.param(name)
			.query(String.class)
			.single()).isEqualTo("billed_over_bound");
	}

}
