package io.exchequer.start;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Two real processes on one database, both started when there was nothing in it. */
class TwoReplicasIT {

	private static final int CLIENTS_EACH = 8;

	/**
	 * Two cold processes share the machine; ConfigurationHolderIT holds the promised
	 * second.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(10);

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
