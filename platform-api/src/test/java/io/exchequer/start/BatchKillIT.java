package io.exchequer.start;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import com.sun.net.httpserver.HttpServer;
import io.exchequer.start.MeteredUpstream.Call;
import io.exchequer.start.MeteredWorld.Use;
import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Kills a replica in the middle of a batch. Another ends it: every line has one result,
 * no call is made twice, and the books agree with the provider's.
 */
class BatchKillIT {

	private static final String ADMIN_KEY = "an-administrator-who-kills";

	private static final int LINES = 240;

	private static final int LINES_BEFORE_THE_KILL = 40;

	private static final int MANY_LINES = 30_000;

	private static final int CONCURRENCY = 4;

	private static final Duration PATIENCE = Duration.ofMinutes(3);

	@Test
	void executesEachLineOnceWhenAReplicaIsKilled() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream(); TestDatabase database = TestDatabase.empty()) {
			Map<String, String> variables = variables(database);
			MeteredWorld world = new MeteredWorld(database.owner());
			JdbcClient rows = JdbcClient.create(database.owner());
			JsonNode ended;
			List<JsonNode> answered;
			List<JsonNode> failed;
			try (PlatformProcess killed = PlatformProcess.start(variables)) {
				MeteredWorld.apply(killed, ADMIN_KEY, upstream, "1000");
				try (PlatformProcess other = PlatformProcess.start(variables)) {
					String batch = BatchCalls.create(killed,
							BatchCalls.upload(killed, BodyPublishers.ofString(input(LINES))));
					Awaitility.await()
						.atMost(PATIENCE)
						.pollInterval(Duration.ofMillis(20))
						.until(() -> rows.sql("SELECT coalesce(max(completed), 0) FROM exchequer.batch")
							.query(Integer.class)
							.single() >= LINES_BEFORE_THE_KILL);
					killed.kill();
					assertThat(upstream.calls().size()).as("calls before the kill").isLessThan(LINES);
					ended = Awaitility.await()
						.atMost(PATIENCE)
						.until(() -> BatchCalls.get(other, "/v1/batches/" + batch),
								(now) -> Set.of("completed", "failed").contains(now.get("status").asString()));
					assertThat(ended.get("status").asString()).isEqualTo("completed");
					answered = BatchCalls.lines(other, ended.get("output_file_id").asString());
					failed = ended.get("error_file_id").isNull() ? List.of()
							: BatchCalls.lines(other, ended.get("error_file_id").asString());
					Awaitility.await().atMost(PATIENCE).until(() -> world.openHolds() == 0);
				}
			}
			assertEachLineHasOneResult(ended, answered, failed);
			assertBooksAgree(world, upstream.calls(), answered);
			assertThat(rows.sql("SELECT count(*) FROM exchequer.reserve_share").query(Long.class).single()).isZero();
		}
	}

	@Test
	void readsAnInputAgainWhoseReaderWasKilled() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream(); TestDatabase database = TestDatabase.empty()) {
			Map<String, String> variables = variables(database);
			MeteredWorld world = new MeteredWorld(database.owner());
			JdbcClient rows = JdbcClient.create(database.owner());
			String batch;
			try (PlatformProcess killed = PlatformProcess.start(variables)) {
				MeteredWorld.apply(killed, ADMIN_KEY, upstream, "1000");
				batch = BatchCalls.create(killed,
						BatchCalls.upload(killed, BodyPublishers.ofString(input(MANY_LINES))));
				Awaitility.await()
					.atMost(PATIENCE)
					.pollDelay(Duration.ZERO)
					.pollInterval(Duration.ofMillis(5))
					.until(() -> count(rows, "batch_line") > 0);
				killed.kill();
			}
			assertThat(rows.sql("SELECT status FROM exchequer.batch").query(String.class).single())
				.isEqualTo("validating");
			assertThat(count(rows, "batch_line")).isBetween(1L, MANY_LINES - 1L);
			try (PlatformProcess other = PlatformProcess.start(variables)) {
				JsonNode read = Awaitility.await()
					.atMost(PATIENCE)
					.until(() -> BatchCalls.get(other, "/v1/batches/" + batch),
							(now) -> !now.get("status").asString().equals("validating"));
				assertThat(read.get("status").asString()).isEqualTo("in_progress");
				assertThat(count(rows, "batch_line")).isEqualTo(MANY_LINES);
				BatchCalls.cancel(other, batch);
				JsonNode ended = Awaitility.await()
					.atMost(PATIENCE)
					.until(() -> BatchCalls.get(other, "/v1/batches/" + batch),
							(now) -> now.get("status").asString().equals("cancelled"));
				assertThat(ended.at("/request_counts/completed").asInt() + ended.at("/request_counts/failed").asInt())
					.isEqualTo(MANY_LINES);
				assertThat(world.openHolds() + count(rows, "reserve_share") + count(rows, "batch_line")).isZero();
				assertThat(world.held()).isZero();
				assertThat(upstream.calls()).hasSize(ended.at("/request_counts/completed").asInt());
			}
		}
	}

	@Test
	void tellsOfACallThatWasInFlightAndDoesNotRepeatIt() throws Exception {
		AtomicInteger calls = new AtomicInteger();
		CountDownLatch mayAnswer = new CountDownLatch(1);
		HttpServer silent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
				TestDatabase database = TestDatabase.empty()) {
			silent.setExecutor(threads);
			silent.createContext("/", (exchange) -> {
				calls.incrementAndGet();
				awaitQuietly(mayAnswer);
				exchange.close();
			});
			silent.start();
			Map<String, String> variables = variables(database);
			MeteredWorld world = new MeteredWorld(database.owner());
			String batch;
			try (PlatformProcess killed = PlatformProcess.start(variables)) {
				MeteredWorld.apply(killed, ADMIN_KEY, "http://127.0.0.1:" + silent.getAddress().getPort() + "/v1",
						"1000");
				batch = BatchCalls.create(killed, BatchCalls.upload(killed, BodyPublishers.ofString(input(1))));
				Awaitility.await().atMost(PATIENCE).until(() -> calls.get() == 1);
				killed.kill();
			}
			try (PlatformProcess other = PlatformProcess.start(variables)) {
				JsonNode ended = Awaitility.await()
					.atMost(PATIENCE)
					.until(() -> BatchCalls.get(other, "/v1/batches/" + batch),
							(now) -> now.get("status").asString().equals("completed"));
				assertThat(ended.get("output_file_id").isNull()).isTrue();
				JsonNode line = BatchCalls.lines(other, ended.get("error_file_id").asString()).getFirst();
				assertThat(line.at("/error/code").asString()).isEqualTo("request_interrupted");
				assertThat(line.at("/error/message").asString()).contains("It was charged 0.", " USD");
				assertThat(world.uses()).singleElement()
					.satisfies((use) -> assertThat(use.estimatedReason()).isEqualTo("lease_expired"));
				assertThat(world.held()).isZero();
			}
			assertThat(calls).hasValue(1);
			mayAnswer.countDown();
		}
		finally {
			mayAnswer.countDown();
			silent.stop(0);
		}
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static long count(JdbcClient rows, String table) {
		return rows.sql("SELECT count(*) FROM exchequer." + table).query(Long.class).single();
	}

	private static Map<String, String> variables(TestDatabase database) {
		Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
		variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
		variables.put("EXCHEQUER_BATCH_LEASE", "3s");
		variables.put("EXCHEQUER_BATCH_CONCURRENCY", Integer.toString(CONCURRENCY));
		return variables;
	}

	private static void assertEachLineHasOneResult(JsonNode batch, List<JsonNode> answered, List<JsonNode> failed) {
		List<String> ids = new ArrayList<>();
		answered.forEach((line) -> ids.add(line.get("custom_id").asString()));
		failed.forEach((line) -> ids.add(line.get("custom_id").asString()));
		assertThat(ids).doesNotHaveDuplicates()
			.containsExactlyInAnyOrderElementsOf(
					IntStream.rangeClosed(1, LINES).mapToObj((line) -> "line-" + line).toList());
		assertThat(failed).hasSizeLessThanOrEqualTo(CONCURRENCY)
			.allSatisfy((line) -> assertThat(line.at("/error/code").asString()).isEqualTo("request_interrupted"));
		assertThat(batch.at("/request_counts/completed").asInt()).isEqualTo(answered.size());
		assertThat(batch.at("/request_counts/failed").asInt()).isEqualTo(failed.size());
		assertThat(batch.at("/request_counts/total").asInt()).isEqualTo(LINES);
	}

	private static void assertBooksAgree(MeteredWorld world, Map<String, Call> calls, List<JsonNode> answered) {
		List<Use> uses = world.uses();
		assertThat(calls.size()).as("no line is called twice").isLessThanOrEqualTo(LINES);
		assertThat(uses).extracting(Use::holdId).as("one settlement for each hold").doesNotHaveDuplicates();
		List<Use> exact = uses.stream().filter(Use::exact).toList();
		assertThat(exact).extracting(Use::upstreamRequestId).doesNotHaveDuplicates();
		for (Use use : exact) {
			Call call = calls.get(use.upstreamRequestId());
			assertThat(use.amountNanos())
				.isEqualTo(call.input() * MeteredWorld.INPUT_PRICE + call.output() * MeteredWorld.OUTPUT_PRICE);
		}
		Set<String> unknown = new TreeSet<>(calls.keySet());
		exact.forEach((use) -> unknown.remove(use.upstreamRequestId()));
		assertThat(uses.size() - exact.size()).as("estimates").isBetween(unknown.size(), CONCURRENCY);
		Map<String, String> byRequest = exact.stream()
			.collect(Collectors.toMap(Use::requestId, (use) -> String.valueOf(use.upstreamRequestId())));
		assertThat(byRequest).as("no answer goes unbilled")
			.containsAllEntriesOf(answered.stream()
				.collect(Collectors.toMap((line) -> line.at("/response/request_id").asString(),
						(line) -> line.at("/response/body/id").asString())));
		assertThat(world.held()).isZero();
		assertThat(world.settled()).isEqualTo(uses.stream().mapToLong(Use::amountNanos).sum());
	}

	private static String input(int lines) {
		return IntStream.rangeClosed(1, lines)
			.mapToObj((line) -> "{\"custom_id\":\"line-" + line
					+ "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"auto\","
					+ "\"max_tokens\":" + MeteredWorld.MAX_OUTPUT
					+ ",\"messages\":[{\"role\":\"user\",\"content\":\"Number " + line + "\"}]}}\n")
			.collect(Collectors.joining());
	}

}
