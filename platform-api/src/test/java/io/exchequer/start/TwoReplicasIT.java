package io.exchequer.start;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** Two real processes on one database, both started when there was nothing in it. */
class TwoReplicasIT {

	private static final String ADMIN_KEY = "an-administrator-of-two-replicas";

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final int CLIENTS_EACH = 8;

	/**
	 * Two cold processes share the machine; ReplicasIT holds the promised second.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(60);

	/** Nano-dollars: room for some hundred requests. */
	private static final long LIMIT = 5_000_000;

	private final AtomicLong largestHold = new AtomicLong();

	@Test
	void shareOneFirstStartOneConfigurationAndOneBudget() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream();
				TestDatabase database = TestDatabase.empty();
				PlatformProcess one = PlatformProcess.launch(MeteredWorld.variables(database));
				PlatformProcess other = PlatformProcess.launch(MeteredWorld.variables(database))) {
			one.awaitReady();
			other.awaitReady();
			assertThat(MeteredWorld.ask(other, false).statusCode()).as("no such key yet").isEqualTo(401);
			MeteredWorld.apply(one, administrator(one, other), upstream, "0.005");
			Awaitility.await()
				.atMost(PATIENCE)
				.untilAsserted(() -> assertThat(MeteredWorld.ask(other, false).statusCode()).isEqualTo(200));
			MeteredWorld world = new MeteredWorld(database.owner());
			spendEverything(world, one, other);
			assertNothingIsOverspent(world, upstream);
		}
	}

	/**
	 * The database itself watches: no admission takes a balance over the limit that is in
	 * force in its transaction, however often and wherever that is changed.
	 */
	@Test
	void goOnAndOverspendNothingWhileTheirBudgetIsChanged() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream();
				TestDatabase database = TestDatabase.empty();
				PlatformProcess one = PlatformProcess.launch(variables(database));
				PlatformProcess other = PlatformProcess.launch(variables(database))) {
			one.awaitReady();
			other.awaitReady();
			MeteredWorld.apply(one, ADMIN_KEY, upstream, "0.002");
			Awaitility.await()
				.atMost(PATIENCE)
				.untilAsserted(() -> assertThat(MeteredWorld.ask(other, false).statusCode()).isNotEqualTo(401));
			MeteredWorld world = new MeteredWorld(database.owner());
			world.watchTheLimit();
			List<Asking> asking = List.of(new Asking(one), new Asking(other));
			AtomicBoolean enough = new AtomicBoolean();
			try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
				List<Future<?>> clients = new ArrayList<>();
				try {
					for (int client = 0; client < CLIENTS_EACH; client++) {
						boolean stream = client % 2 == 0;
						asking.forEach((each) -> clients.add(threads.submit(() -> each.ask(enough, stream))));
					}
					changeTheLimit(world, asking);
				}
				finally {
					enough.set(true);
				}
				for (Future<?> client : clients) {
					client.get();
				}
			}
			Awaitility.await().atMost(PATIENCE).until(() -> world.openHolds() == 0);
			assertThat(world.admittedOverTheLimit()).isEmpty();
			assertThat(world.uses()).allMatch(MeteredWorld.Use::exact)
				.hasSameSizeAs(upstream.calls().keySet())
				.extracting(MeteredWorld.Use::upstreamRequestId)
				.doesNotHaveDuplicates();
			assertThat(world.held()).isZero();
			assertThat(world.settled()).isEqualTo(world.uses().stream().mapToLong(MeteredWorld.Use::amountNanos).sum());
		}
	}

	private static Map<String, String> variables(TestDatabase database) {
		Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
		variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
		return variables;
	}

	/**
	 * Makes room for all, for a few, and lowers it below what is spent, through each
	 * replica in turn.
	 */
	private static void changeTheLimit(MeteredWorld world, List<Asking> asking) throws IOException {
		for (int change = 0; change < 12; change++) {
			Asking by = asking.get(change % 2);
			by.limit(switch (change % 3) {
				case 0 -> world.settled() + 100 * LIMIT;
				case 1 -> world.settled() + LIMIT / 10;
				default -> world.settled() / 2;
			});
			for (Asking each : asking) {
				AtomicInteger outcome = (change % 3 == 0) ? each.answered : each.refused;
				int before = outcome.get();
				Awaitility.await().atMost(PATIENCE).until(() -> outcome.get() >= before + CLIENTS_EACH);
			}
		}
	}

	/** What one replica is asked and answers. */
	private record Asking(PlatformProcess platform, AtomicInteger answered, AtomicInteger refused) {

		Asking(PlatformProcess platform) {
			this(platform, new AtomicInteger(), new AtomicInteger());
		}

		Void ask(AtomicBoolean enough, boolean stream) throws IOException {
			while (!enough.get()) {
				HttpResponse<String> answer = MeteredWorld.ask(this.platform, stream);
				switch (answer.statusCode()) {
					case 200 -> this.answered.incrementAndGet();
					case 402 -> this.refused.incrementAndGet();
					default -> assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
				}
			}
			return null;
		}

		void limit(long nanos) throws IOException {
			JsonNode budget = JSON.readTree(admin("GET", "/admin/v1/budgets?tenant=acme", "")).at("/items/0");
			admin("PUT", "/admin/v1/budgets/" + budget.at("/id").asString(), """
					{"name": "everything", "window": "total", "currency": "USD", "hardLimit": "%s"}"""
				.formatted(BigDecimal.valueOf(nanos, 9).toPlainString()));
		}

		private String admin(String method, String target, String body) throws IOException {
			HttpResponse<String> answer = this.platform.send(HttpRequest.newBuilder(this.platform.uri(target))
				.header("Authorization", "Bearer " + ADMIN_KEY)
				.header("Content-Type", "application/json")
				.method(method,
						body.isEmpty() ? HttpRequest.BodyPublishers.noBody()
								: HttpRequest.BodyPublishers.ofString(body))
				.build());
			assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
			return answer.body();
		}

	}

	/** The token is made and printed by one of the two. */
	private static String administrator(PlatformProcess... replicas) {
		List<String> printed = Stream.of(replicas)
			.flatMap((replica) -> replica.lines("administrator token (shown this once): ").stream())
			.toList();
		assertThat(printed).hasSize(1);
		return printed.getFirst().substring(printed.getFirst().lastIndexOf(' ') + 1);
	}

	private void spendEverything(MeteredWorld world, PlatformProcess one, PlatformProcess other) throws Exception {
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<?>> clients = new ArrayList<>();
			for (int client = 0; client < CLIENTS_EACH; client++) {
				boolean stream = client % 2 == 0;
				clients.add(threads.submit(() -> askUntilRefused(world, one, stream)));
				clients.add(threads.submit(() -> askUntilRefused(world, other, stream)));
			}
			for (Future<?> client : clients) {
				client.get();
			}
		}
		// What settled below its hold after the last refusal is there to be spent again.
		askUntilRefused(world, one, false);
	}

	private Void askUntilRefused(MeteredWorld world, PlatformProcess platform, boolean stream) throws IOException {
		HttpResponse<String> answer = MeteredWorld.ask(platform, stream);
		while (answer.statusCode() == 200) {
			this.largestHold.accumulateAndGet(world.anOpenHold(), Math::max);
			assertThat(world.settled()).isLessThanOrEqualTo(LIMIT);
			answer = MeteredWorld.ask(platform, stream);
		}
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(402);
		assertThat(answer.body()).contains("budget_exceeded").contains("everything");
		return null;
	}

	private void assertNothingIsOverspent(MeteredWorld world, MeteredUpstream upstream) throws IOException {
		Awaitility.await().atMost(PATIENCE).until(() -> world.openHolds() == 0);
		long spent = world.uses().stream().mapToLong(MeteredWorld.Use::amountNanos).sum();
		assertThat(world.uses()).hasSameSizeAs(upstream.calls().keySet());
		assertThat(world.uses()).allMatch(MeteredWorld.Use::exact);
		assertThat(world.settled()).isEqualTo(spent).isLessThanOrEqualTo(LIMIT);
		assertThat(world.held()).isZero();
		assertThat(LIMIT - spent).as("as much as fits is admitted").isLessThan(this.largestHold.get());
	}

}
