package io.exchequer.start;

import java.io.IOException;
import java.net.http.HttpResponse;
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
import java.util.stream.Collectors;

import io.exchequer.start.MeteredUpstream.Call;
import io.exchequer.start.MeteredWorld.Use;
import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Kills the real process in the middle of a load. After recovery the books and the
 * provider's own record agree.
 */
class KillIT {

	private static final int CLIENTS = 16;

	private static final int ANSWERS_BEFORE_THE_KILL = 200;

	private static final String ADMIN_KEY = "an-administrator-who-kills";

	/** The platform's name of a request that was answered in full, and the provider's. */
	private final Map<String, String> answered = new ConcurrentHashMap<>();

	@Test
	void everyCallIsBilledOnceWhateverIsKilled() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream(); TestDatabase database = TestDatabase.empty()) {
			Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
			variables.put("EXCHEQUER_ADMIN_KEY", ADMIN_KEY);
			MeteredWorld world = new MeteredWorld(database);
			try (PlatformProcess platform = PlatformProcess.start(variables)) {
				MeteredWorld.apply(platform, ADMIN_KEY, upstream, "1000");
				killUnderLoad(platform);
			}
			assertThat(world.openHolds()).as("calls in flight at the kill").isPositive();
			try (PlatformProcess recovered = PlatformProcess.start(variables)) {
				Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> world.openHolds() == 0);
				assertBooksAgree(world, upstream.calls());
				assertThat(MeteredWorld.ask(recovered, false).statusCode()).isEqualTo(200);
			}
		}
	}

	private void killUnderLoad(PlatformProcess platform) throws Exception {
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<?>> clients = new ArrayList<>();
			for (int client = 0; client < CLIENTS; client++) {
				boolean stream = client % 2 == 0;
				clients.add(threads.submit(() -> askUntilItIsGone(platform, stream)));
			}
			Awaitility.await()
				.atMost(Duration.ofMinutes(2))
				.pollInterval(Duration.ofMillis(5))
				.until(() -> this.answered.size() >= ANSWERS_BEFORE_THE_KILL);
			platform.kill();
			for (Future<?> client : clients) {
				client.get();
			}
		}
	}

	private void askUntilItIsGone(PlatformProcess platform, boolean stream) {
		try {
			while (true) {
				HttpResponse<String> answer = MeteredWorld.ask(platform, stream);
				assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
				if (stream && !answer.body().endsWith("data: [DONE]\n\n")) {
					return;
				}
				this.answered.put(answer.headers().firstValue("X-Exchequer-Request-Id").orElseThrow(),
						answer.body().replaceAll("(?s).*?\"id\":\\s*\"(up-\\d+)\".*", "$1"));
			}
		}
		catch (IOException ex) {
			assertThat(this.answered).as("cut off: %s", ex).isNotEmpty();
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
