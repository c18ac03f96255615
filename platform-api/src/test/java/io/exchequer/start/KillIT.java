package io.exchequer.start;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

import javax.sql.DataSource;

import io.exchequer.start.MeteredUpstream.Call;
import io.exchequer.start.MeteredWorld.Use;
import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Kills the real process, or its database, in the middle of a load. After recovery the
 * books and the provider's own record agree.
 */
class KillIT {

	private static final int CLIENTS = 16;

	private static final int ANSWERS_BEFORE_THE_KILL = 200;

	private static final Duration RECOVERY = Duration.ofSeconds(60);

	private static final String ADMIN_KEY = "an-administrator-who-kills";

	/** The platform's name of a request that was answered in full, and the provider's. */
	private final Map<String, String> answered = new ConcurrentHashMap<>();

	@Test
	void billsEveryCallOnceWhenThePlatformIsKilled() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream(); TestDatabase database = TestDatabase.empty()) {
			Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
			variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
			MeteredWorld world = new MeteredWorld(database.owner());
			try (PlatformProcess platform = PlatformProcess.start(variables)) {
				MeteredWorld.apply(platform, ADMIN_KEY, upstream, "1000");
				load(platform, platform::kill, Victim.PROCESS);
			}
			assertThat(world.openHolds()).as("calls in flight at the kill").isPositive();
			recover(world, upstream, variables);
		}
	}

	private void recover(MeteredWorld world, MeteredUpstream upstream, Map<String, String> variables)
			throws IOException {
		try (PlatformProcess recovered = PlatformProcess.start(variables)) {
			Awaitility.await().atMost(RECOVERY).until(() -> world.openHolds() == 0);
			assertBooksAgree(world, upstream.calls());
			assertThat(MeteredWorld.ask(recovered, false).statusCode()).isEqualTo(200);
		}
	}

	/**
	 * Every call of the tenant waits in the process's memory then, without a connection:
	 * settlements whose answers were made, and admissions.
	 */
	@Test
	void billsEveryCallOnceWhenThePlatformIsKilledWhileItsCallsWaitForAChangeOfBudgets() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream(); TestDatabase database = TestDatabase.empty()) {
			Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
			variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
			MeteredWorld world = new MeteredWorld(database.owner());
			try (PlatformProcess platform = PlatformProcess.start(variables);
					Connection administration = database.owner().getConnection();
					Statement change = administration.createStatement()) {
				MeteredWorld.apply(platform, ADMIN_KEY, upstream, "1000");
				load(platform, () -> killWhileAllWait(platform, upstream, world, change), Victim.WAITING_PROCESS);
				change.execute("SELECT pg_advisory_unlock_all()");
			}
			assertThat(world.openHolds()).as("settlements that waited at the kill").isPositive();
			recover(world, upstream, variables);
		}
	}

	private static void killWhileAllWait(PlatformProcess platform, MeteredUpstream upstream, MeteredWorld world,
			Statement change) {
		try (ExecutorService late = Executors.newVirtualThreadPerTaskExecutor()) {
			change.execute("SELECT pg_advisory_lock(exchequer.tenant_lock(id)) FROM exchequer.tenant");
			int asked = upstream.calls().size();
			for (int i = 0; i < CLIENTS; i++) {
				late.submit(() -> MeteredWorld.ask(platform, false));
			}
			// What had its hold before goes on to its answer, and nothing else does.
			Awaitility.await()
				.until(() -> upstream.answering() == 0 && world.openHolds() > 0
						&& world.openHolds() == upstream.calls().size() - world.uses().size());
			assertThat(upstream.calls().size() - asked).isLessThanOrEqualTo(CLIENTS);
			assertThat(world.waitingForLocks()).as("connections that wait").isZero();
			platform.kill();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void billsEveryCallOnceWhenTheDatabaseIsKilled(@TempDir Path data) throws Exception {
		Map<String, String> variables = new HashMap<>(MeteredWorld.SHORT_LEASES);
		variables.putAll(Map.of("EXCHEQUER_DATA_DIR", data.toString(), "EXCHEQUER_ADMIN_KEY", ADMIN_KEY,
				"EXCHEQUER_DEMO", "false"));
		try (MeteredUpstream upstream = new MeteredUpstream();
				PlatformProcess platform = PlatformProcess.start(variables)) {
			MeteredWorld.apply(platform, ADMIN_KEY, upstream, "1000");
			MeteredWorld world = new MeteredWorld(embedded(data));
			load(platform, () -> killServer(data), Victim.DATABASE);
			Awaitility.await().atMost(RECOVERY).until(() -> world.openHolds() == 0);
			assertBooksAgree(world, upstream.calls());
		}
	}

	/**
	 * Asks from many clients at once, and kills something in the middle.
	 * @param victim what is killed
	 */
	private void load(PlatformProcess platform, Runnable kill, Victim victim) throws Exception {
		AtomicBoolean enough = new AtomicBoolean();
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<?>> clients = new ArrayList<>();
			for (int client = 0; client < CLIENTS; client++) {
				boolean stream = client % 2 == 0;
				clients.add(threads.submit(() -> askUntil(enough, platform, stream, victim)));
			}
			awaitAnswers(ANSWERS_BEFORE_THE_KILL);
			kill.run();
			if (victim == Victim.DATABASE) {
				awaitAnswers(this.answered.size() + ANSWERS_BEFORE_THE_KILL);
				enough.set(true);
			}
			for (Future<?> client : clients) {
				client.get();
			}
		}
	}

	private void awaitAnswers(int count) {
		Awaitility.await()
			.atMost(Duration.ofMinutes(2))
			.pollInterval(Duration.ofMillis(5))
			.until(() -> this.answered.size() >= count);
	}

	private Void askUntil(AtomicBoolean enough, PlatformProcess platform, boolean stream, Victim victim)
			throws IOException {
		try {
			while (!enough.get()) {
				HttpResponse<String> answer = MeteredWorld.ask(platform, stream);
				if (answer.statusCode() == 200 && (!stream || answer.body().endsWith("data: [DONE]\n\n"))) {
					this.answered.put(answer.headers().firstValue("X-Exchequer-Request-Id").orElseThrow(),
							answer.body().replaceAll("(?s).*?\"id\":\\s*\"(up-\\d+)\".*", "$1"));
				}
				else if (answer.statusCode() != 200) {
					assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
					assertThat(victim).isNotEqualTo(Victim.PROCESS);
				}
			}
		}
		catch (IOException ex) {
			if (victim == Victim.DATABASE) {
				throw ex;
			}
		}
		return null;
	}

	/** What is killed. */
	private enum Victim {

		/** The load ends with it. */
		PROCESS,
		/** As before, but its calls wait, and may be told so. */
		WAITING_PROCESS,
		/** Answers are to come again afterwards. */
		DATABASE

	}

	private static DataSource embedded(Path data) throws IOException {
		String port = Files.readAllLines(data.resolve("postgresql/data/postmaster.pid")).get(3);
		return new DriverManagerDataSource("jdbc:postgresql://127.0.0.1:" + port + "/exchequer", "exchequer",
				Files.readString(data.resolve("database-password")).strip());
	}

	private static void killServer(Path data) {
		try {
			String process = Files.readAllLines(data.resolve("postgresql/data/postmaster.pid")).getFirst();
			ProcessHandle.of(Long.parseLong(process)).orElseThrow().destroyForcibly();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void assertBooksAgree(MeteredWorld world, Map<String, Call> calls) {
		List<Use> uses = world.uses();
		assertThat(uses).extracting(Use::holdId).as("one settlement for each hold").doesNotHaveDuplicates();
		List<Use> exact = uses.stream().filter(Use::exact).toList();
		List<Use> estimates = uses.stream().filter((use) -> !use.exact()).toList();
		assertExactOnesAreExact(exact, calls);
		assertEstimatesCover(estimates, exact, calls);
		Map<String, String> byRequest = exact.stream()
			.collect(Collectors.toMap(Use::requestId, (use) -> String.valueOf(use.upstreamRequestId())));
		assertThat(byRequest).as("no answer goes unbilled").containsAllEntriesOf(this.answered);
		assertThat(world.held()).isZero();
		assertThat(world.settled()).isEqualTo(uses.stream().mapToLong(Use::amountNanos).sum());
	}

	private static void assertExactOnesAreExact(List<Use> exact, Map<String, Call> calls) {
		assertThat(exact).extracting(Use::upstreamRequestId).doesNotContainNull().doesNotHaveDuplicates();
		for (Use use : exact) {
			Call call = calls.get(use.upstreamRequestId());
			assertThat(call).as("the provider served %s", use.upstreamRequestId()).isNotNull();
			assertThat(use.inputCount()).isEqualTo(call.input());
			assertThat(use.outputCount()).isEqualTo(call.output());
			assertThat(use.amountNanos()).isEqualTo(cost(call));
		}
	}

	/** A call whose settlement the kill made unknowable is covered by an estimate. */
	private static void assertEstimatesCover(List<Use> estimates, List<Use> exact, Map<String, Call> calls) {
		Set<String> unknown = new TreeSet<>(calls.keySet());
		exact.forEach((use) -> unknown.remove(use.upstreamRequestId()));
		assertThat(estimates.size()).isBetween(unknown.size(), CLIENTS);
		long dearest = unknown.stream().mapToLong((id) -> cost(calls.get(id))).max().orElse(0);
		for (Use estimate : estimates) {
			assertThat(estimate.kind()).isEqualTo("estimate");
			assertThat(estimate.estimatedReason()).isEqualTo("lease_expired");
			assertThat(estimate.amountNanos()).isGreaterThanOrEqualTo(dearest);
		}
	}

	private static long cost(Call call) {
		return call.input() * MeteredWorld.INPUT_PRICE + call.output() * MeteredWorld.OUTPUT_PRICE;
	}

}
