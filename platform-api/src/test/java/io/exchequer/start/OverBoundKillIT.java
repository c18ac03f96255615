package io.exchequer.start;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Kills the real process after it has settled what cost more than its bound, and before
 * it has quarantined who billed that.
 */
class OverBoundKillIT {

	private static final String ADMIN_KEY = "an-administrator-who-kills";

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final long INPUT = 3;

	private static final long OUTPUT = 50_000;

	private static final byte[] ANSWER = ("{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
			+ "\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":" + INPUT
			+ ",\"completion_tokens\":" + OUTPUT + ",\"total_tokens\":50003}}")
		.getBytes(StandardCharsets.UTF_8);

	private final AtomicInteger calls = new AtomicInteger();

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
		this.upstream.stop(0);
		this.threads.close();
	}

	@Test
	void postsTheWholeCostAndQuarantinesTheDeploymentOnceItIsBack() throws Exception {
		try (TestDatabase database = TestDatabase.empty()) {
			Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
			variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
			JdbcClient rows = JdbcClient.create(database.owner());
			try (PlatformProcess platform = PlatformProcess.start(variables)) {
				MeteredWorld.apply(platform, ADMIN_KEY,
						"http://127.0.0.1:" + this.upstream.getAddress().getPort() + "/v1", "1000");
				killBeforeTheQuarantine(platform, database, rows);
			}
			long cost = INPUT * MeteredWorld.INPUT_PRICE + OUTPUT * MeteredWorld.OUTPUT_PRICE;
			assertThat(posted(rows)).as("durable before the kill").isEqualTo("settlement " + cost);
			assertThat(quarantined(rows)).isFalse();
			try (PlatformProcess recovered = PlatformProcess.start(variables)) {
				Awaitility.await().atMost(PATIENCE).until(() -> quarantined(rows));
				Awaitility.await().atMost(PATIENCE).until(() -> evidence(rows) == 0);
				Awaitility.await().atMost(PATIENCE).until(() -> MeteredWorld.ask(recovered, false).statusCode() != 200);
				assertThat(recovered.lines("'metered-1' is quarantined")).hasSize(1);
			}
			assertThat(rows.sql("SELECT quarantine_reason FROM exchequer.deployment").query(String.class).single())
				.isEqualTo("billed_over_bound");
		}
	}

	private void killBeforeTheQuarantine(PlatformProcess platform, TestDatabase database, JdbcClient rows)
			throws Exception {
		try (Connection connection = database.owner().getConnection(); Statement gate = connection.createStatement()) {
			gate.execute("""
					CREATE FUNCTION exchequer.stall() RETURNS trigger LANGUAGE plpgsql AS $$
					BEGIN
						PERFORM pg_advisory_xact_lock_shared(77);
						RETURN NEW;
					END
					$$""");
			gate.execute("CREATE TRIGGER stall BEFORE UPDATE OF quarantined_at ON exchequer.deployment "
					+ "FOR EACH ROW EXECUTE FUNCTION exchequer.stall()");
			gate.execute("SELECT pg_advisory_lock(77)");
			this.threads.submit(() -> MeteredWorld.ask(platform, false));
			Awaitility.await().atMost(PATIENCE).until(() -> !stalled(rows).isEmpty());
			assertThat(this.calls).hasValue(1);
			platform.kill();
			// What it had sent already would go on without it.
			Awaitility.await().atMost(PATIENCE).until(() -> {
				rows.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
					.query()
					.listOfRows();
				return stalled(rows).isEmpty();
			});
			gate.execute("SELECT pg_advisory_unlock(77)");
			gate.execute("DROP TRIGGER stall ON exchequer.deployment");
		}
		assertThat(evidence(rows)).isOne();
	}

	private static List<Integer> stalled(JdbcClient rows) {
		return rows.sql("SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
			.query(Integer.class)
			.list();
	}

	private static String posted(JdbcClient rows) {
		return rows
			.sql("SELECT string_agg(kind || ' ' || amount_nanos, ', ') FROM exchequer.ledger_line "
					+ "WHERE account = 'usage'")
			.query(String.class)
			.single();
	}

	private static boolean quarantined(JdbcClient rows) {
		return rows.sql("SELECT quarantined_at IS NOT NULL FROM exchequer.deployment").query(Boolean.class).single();
	}

	private static long evidence(JdbcClient rows) {
		return rows.sql("SELECT count(*) FROM exchequer.over_bound").query(Long.class).single();
	}

	private void serve(HttpExchange exchange) throws IOException {
		try (exchange) {
			exchange.getRequestBody().readAllBytes();
			this.calls.incrementAndGet();
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.sendResponseHeaders(200, ANSWER.length);
			exchange.getResponseBody().write(ANSWER);
		}
	}

}
