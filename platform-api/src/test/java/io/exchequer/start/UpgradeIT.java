package io.exchequer.start;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The real process takes over the data of the release before, while a replica of that
 * release goes on serving: migrations only expand.
 */
class UpgradeIT {

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final int REQUESTS = 50;

	@Test
	void upgradesTheDataOfTheReleaseBeforeWhileAReplicaOfItServes(@TempDir Path files) throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream(); TestDatabase database = TestDatabase.empty()) {
			ReleaseBefore before = ReleaseBefore.install(database, files, upstream);
			MeteredWorld world = new MeteredWorld(database.owner());
			assertThat(before.migrations()).isEqualTo(ReleaseBefore.migrationsAsLanded());
			List<String> uses = world.uses().stream().map(MeteredWorld.Use::holdId).toList();
			long open = world.openHolds();
			assertThat(uses).hasSizeGreaterThanOrEqualTo(6);
			assertThat(open).as("calls in flight when it was killed").isGreaterThanOrEqualTo(2);
			ReleaseBefore.Replica old = before.replica();
			try (old) {
				serves(old);
				Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
				try (PlatformProcess platform = PlatformProcess.start(variables)) {
					assertThat(before.migrations()).containsAllEntriesOf(ReleaseBefore.migrationsAsLanded());
					assertThat(MeteredWorld.ask(platform, false).statusCode()).isEqualTo(200);
					assertThat(MeteredWorld.ask(platform, true).statusCode()).isEqualTo(200);
					serves(old);
					Awaitility.await()
						.atMost(PATIENCE)
						.until(() -> world.uses()
							.stream()
							.filter((use) -> "lease_expired".equals(use.estimatedReason()))
							.count() == open);
				}
				serves(old);
			}
			assertThat(world.uses()).extracting(MeteredWorld.Use::holdId)
				.doesNotHaveDuplicates()
				.containsAll(uses)
				.hasSize(uses.size() + Math.toIntExact(open) + 2 + old.settled().size());
			assertThat(world.uses()).extracting((use) -> use.holdId() + " " + use.amountNanos())
				.containsAll(old.settled());
			assertBooksBalance(before, world);
		}
	}

	private static void serves(ReleaseBefore.Replica replica) {
		long enough = replica.served() + REQUESTS;
		Awaitility.await().atMost(PATIENCE).until(() -> replica.served() >= enough);
	}

	private static void assertBooksBalance(ReleaseBefore before, MeteredWorld world) {
		assertThat(world.openHolds()).isZero();
		assertThat(world.held()).isZero();
		assertThat(world.settled()).isEqualTo(world.uses().stream().mapToLong(MeteredWorld.Use::amountNanos).sum());
		assertThat(before.owner()
			.sql("SELECT r.budget_id FROM tenant t, recomputed_balances(t.id) r "
					+ "WHERE r.settled <> r.ledger_settled OR r.held <> r.holds_held")
			.query()
			.listOfRows()).isEmpty();
		assertThat(before.owner().sql("SELECT sum(amount_nanos) FROM ledger_line").query(Long.class).single()).isZero();
	}

}
