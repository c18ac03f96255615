package io.exchequer.start;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Kills the real process while requests with an idempotency key are under way: one that
 * waits for its first hold, and one whose upstream was called.
 */
class IdempotencyKillIT {

	private static final String ADMIN_KEY = "an-administrator-who-kills";

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final byte[] ANSWER = ("{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
			+ "\"content\":\"a\"},\"finish_reason\":\"stop\"}],"
			+ "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}")
		.getBytes(StandardCharsets.UTF_8);

	private final AtomicInteger calls = new AtomicInteger();

	private final CountDownLatch mayAnswer = new CountDownLatch(1);

	private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

	private HttpServer upstream;

	@BeforeEach
	void startUpstream() throws IOException {
		this.upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.upstream.setExecutor(this.threads);
		this.upstream.createContext("/", this::serve);
		this.upstream.start();
	}

	@AfterEach
	void stopUpstream() {
		this.mayAnswer.countDown();
		this.upstream.stop(0);
		this.threads.close();
	}

	@Test
	void repeatsOnlyTheRequestThatCannotHaveCalledAnything() throws Exception {
		try (TestDatabase database = TestDatabase.empty()) {
			Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
			variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
			JdbcClient rows = JdbcClient.create(database.owner());
			try (PlatformProcess platform = PlatformProcess.start(variables)) {
				MeteredWorld.apply(platform, ADMIN_KEY,
						"http://127.0.0.1:" + this.upstream.getAddress().getPort() + "/v1", "1000");
				killWithBothUnderWay(platform, database, rows);
			}
			this.mayAnswer.countDown();
			String called = first(rows, "called");
			try (PlatformProcess recovered = PlatformProcess.start(variables)) {
				await(rows, "SELECT count(*) = 0 FROM exchequer.hold");
				await(rows, "SELECT max(created_at) < now() - interval '7 seconds' FROM exchequer.idempotency");
				assertCalledOneIsNotRepeated(recovered, called);
				assertTheOtherIsRepeatedOnce(recovered);
			}
			assertThat(this.calls).hasValue(2);
			assertThat(rows.sql("SELECT count(*) FROM exchequer.ledger_line WHERE account = 'usage'")
				.query(Long.class)
				.single()).isEqualTo(2);
		}
	}

	private void killWithBothUnderWay(PlatformProcess platform, TestDatabase database, JdbcClient rows)
			throws SQLException {
		this.threads.submit(() -> ask(platform, "called"));
		Awaitility.await().atMost(PATIENCE).until(() -> this.calls.get() == 1);
		try (Connection connection = database.owner().getConnection(); Statement lock = connection.createStatement()) {
			// What changes budgets holds this lock, and its tenant's admissions wait for
			// it.
			lock.execute("SELECT pg_advisory_lock(exchequer.tenant_lock(id)) FROM exchequer.tenant");
			this.threads.submit(() -> ask(platform, "waiting"));
			await(rows, "SELECT count(*) = 2 FROM exchequer.idempotency");
			platform.kill();
			lock.execute("SELECT pg_advisory_unlock_all()");
		}
	}

	private void assertCalledOneIsNotRepeated(PlatformProcess platform, String first) throws IOException {
		HttpResponse<String> repetition = ask(platform, "called");
		assertThat(repetition.statusCode()).as(repetition.body()).isEqualTo(409);
		JsonNode error = JsonMapper.shared().readTree(repetition.body()).get("error");
		assertThat(error.get("code").asString()).isEqualTo("idempotency_finished");
		assertThat(error.get("request_id").asString()).isEqualTo(first);
		assertThat(error.get("cost").asString()).isNotEqualTo("0");
		assertThat(this.calls).hasValue(1);
	}

	private void assertTheOtherIsRepeatedOnce(PlatformProcess platform) throws Exception {
		List<Callable<HttpResponse<String>>> repetitions = new ArrayList<>();
		for (int i = 0; i < 6; i++) {
			repetitions.add(() -> ask(platform, "waiting"));
		}
		List<Integer> statuses = new ArrayList<>();
		for (Future<HttpResponse<String>> each : this.threads.invokeAll(repetitions)) {
			statuses.add(each.get().statusCode());
		}
		assertThat(statuses).containsOnlyOnce(200).containsOnly(200, 409);
	}

	private static String first(JdbcClient rows, String key) {
		return rows.sql("SELECT request_id::text FROM exchequer.idempotency WHERE idempotency_key = ?")
			.param(key)
			.query(String.class)
			.single();
	}

	private static void await(JdbcClient rows, String condition) {
		Awaitility.await().atMost(PATIENCE).until(() -> rows.sql(condition).query(Boolean.class).single());
	}

	private static HttpResponse<String> ask(PlatformProcess platform, String idempotencyKey) throws IOException {
		return platform.send(HttpRequest.newBuilder(platform.uri("/v1/chat/completions"))
			.header("Authorization", "Bearer " + MeteredWorld.KEY)
			.header("Content-Type", "application/json")
			.header("Idempotency-Key", idempotencyKey)
			.POST(HttpRequest.BodyPublishers.ofString("""
					{"model": "auto", "max_tokens": 8, "messages": [{"role": "user", "content": "Once, please."}]}"""))
			.build());
	}

	private void serve(HttpExchange exchange) throws IOException {
		try (exchange) {
			exchange.getRequestBody().readAllBytes();
			this.calls.incrementAndGet();
			this.mayAnswer.await();
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.sendResponseHeaders(200, ANSWER.length);
			exchange.getResponseBody().write(ANSWER);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
