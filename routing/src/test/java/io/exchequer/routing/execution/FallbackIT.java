package io.exchequer.routing.execution;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.RoutingPolicy.Fallback;
import io.exchequer.routing.RoutingPolicy.OnSoftLimit;
import io.exchequer.routing.RoutingPolicy.Rule;
import io.exchequer.routing.RoutingService.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a policy's fallback rules do.
 */
class FallbackIT {

	private final RoutingWorld world = new RoutingWorld();

	private final ScriptedUpstream good = ScriptedUpstream
		.replying(ScriptedUpstream.json(200, ScriptedUpstream.answer("fine", 10, 5)));

	private final ScriptedUpstream bad = ScriptedUpstream.replying(ScriptedUpstream.json(503, "{}"));

	@AfterEach
	void leavesNoHold() {
		try (this.world; this.good; this.bad) {
			assertThat(this.world.openHolds()).isEmpty();
			assertThat(this.world.held()).isZero();
		}
	}

	@Test
	void goesWhereTheRuleSaysRatherThanToTheNext() {
		this.world.deployment("a", this.bad);
		this.world.deployment("b", this.bad);
		this.world.deployment("c", this.good);
		this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
		rule(FailureClass.OVERLOADED, new Rule(Rule.Action.FALL_BACK, "c", 1));
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("auto"), client)).isInstanceOf(Outcome.Answered.class);
		assertThat(client.head().deployment()).isEqualTo("c");
		assertThat(client.head().attempts()).isEqualTo(2);
	}

	@Test
	void tellsTheClientWhereTheRuleSaysSo() {
		this.world.deployment("a", this.bad);
		this.world.settings("a", 3, OnDisconnect.DRAIN);
		this.world.deployment("b", this.good);
		this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
		rule(FailureClass.OVERLOADED, new Rule(Rule.Action.FAIL, null, 1));
		assertThat(this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient()))
			.isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> {
				assertThat(refused.error().status()).isEqualTo(503);
				assertThat(refused.attempts()).isEqualTo(1);
			});
	}

	@Test
	void fallsBackAsOftenAsTheRuleSays() {
		this.world.deployment("a", this.bad);
		this.world.deployment("b", this.bad);
		this.world.deployment("c", this.good);
		this.world.policy("ordered", OnSoftLimit.WARN, "a", "b", "c");
		rule(FailureClass.OVERLOADED, new Rule(Rule.Action.FALL_BACK, null, 1));
		assertThat(this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient()))
			.isInstanceOfSatisfying(Outcome.Refused.class, (refused) -> assertThat(refused.attempts()).isEqualTo(2));
		assertThat(this.good.bodies()).isEmpty();
	}

	@Test
	void makesNoMoreAttemptsThanThePolicyAllows() {
		this.world.deployment("a", this.bad);
		this.world.settings("a", 9, OnDisconnect.DRAIN);
		this.world.policy("ordered", OnSoftLimit.WARN, "a");
		this.world.fallback(new Fallback(2, Duration.ofSeconds(30), Map.of()));
		assertThat(this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient()))
			.isInstanceOf(Outcome.Refused.class);
		assertThat(this.bad.bodies()).hasSize(2);
	}

	@Test
	void keepsAnAttemptForEachOfTheOthers() {
		this.world.deployment("a", this.bad);
		this.world.settings("a", 1, OnDisconnect.DRAIN);
		this.world.deployment("b", this.bad);
		this.world.settings("b", 1, OnDisconnect.DRAIN);
		this.world.deployment("c", this.good);
		this.world.policy("ordered", OnSoftLimit.WARN, "a", "b", "c");
		RecordingSink client = RecordingSink.patient();
		assertThat(this.world.serve(RoutingWorld.chat("auto"), client)).isInstanceOf(Outcome.Answered.class);
		assertThat(client.head().deployment()).isEqualTo("c");
		assertThat(client.head().attempts()).isEqualTo(3);
	}

	@Test
	void givesADeploymentsOwnTimeWhereThePolicyNamesNone() {
		assertThat(Fallback.DEFAULT.totalTimeout()).isGreaterThanOrEqualTo(DeploymentSettings.DEFAULTS.totalTimeout());
	}

	@Test
	void waitsForTheWholeAnswerOfTheLastDeploymentAsLongAsItMayTake() {
		try (ScriptedUpstream silent = ScriptedUpstream.replying(ScriptedUpstream.hang())) {
			this.world.deployment("a", silent);
			this.world.simulator("b", Map.of());
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
			impatient("a", Map.of());
			impatient("b", Map.of("timeToFirstToken", "20ms", "tokensPerSecond", "10000"));
			RecordingSink client = RecordingSink.patient();
			assertThat(this.world.serve(RoutingWorld.chat("auto"), client)).isInstanceOf(Outcome.Answered.class);
			assertThat(client.head().deployment()).isEqualTo("b");
		}
	}

	private void impatient(String name, Map<String, String> options) {
		this.world.settings(name, (now) -> new DeploymentSettings(now.connectTimeout(), Duration.ofMillis(1),
				now.idleTimeout(), now.totalTimeout(), now.maxConcurrent(), 0, now.onDisconnect(), options));
	}

	@Test
	void countsTheTokensOfAFailedAttemptAndItsFallbackOnceAgainstTheKeysRate() {
		try (ScriptedUpstream breaking = ScriptedUpstream.replying(ScriptedUpstream.reset())) {
			this.world.deployment("a", breaking);
			this.world.deployment("b", this.good);
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
			this.world.limitTokensPerMinute(1_000_000);
			this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient());
			int one = Integer.parseInt(this.world.tokensPerMinute().getFirst());
			this.world.limitTokensPerMinute(one + one / 2);
			assertThat(this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient()))
				.isInstanceOf(Outcome.Answered.class);
			assertThat(this.world.ledger()).hasSize(3);
			assertThat(Integer.parseInt(this.world.tokensPerMinute().getFirst()) - one).isBetween(one, one + one / 2);
		}
	}

	/**
	 * A fallback at the end of its minute's last microsecond, and at the next one's
	 * first.
	 */
	@ParameterizedTest
	@CsvSource({ "59.999999, false", "60, true" })
	void countsAFallbackInTheNextMinuteThoughItsFailedAttemptWasCountedInTheOneBefore(String at, boolean next) {
		Instant minute = Instant.parse("2026-11-22T10:15:00Z");
		List<String> failed = new ArrayList<>();
		try (ScriptedUpstream breaking = ScriptedUpstream.replying((connection) -> {
			failed.addAll(this.world.tokensByMinute());
			this.world.clock.stopAt(minute.plus(Duration.parse("PT" + at + "S")));
			ScriptedUpstream.reset().to(connection);
		})) {
			this.world.deployment("a", breaking);
			this.world.deployment("b", this.good);
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
			this.world.limitTokensPerMinute(1_000_000);
			this.world.clock.stopAt(minute.plus(Duration.parse("PT59.999999S")));
			assertThat(this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient()))
				.isInstanceOf(Outcome.Answered.class);
			assertThat(failed).hasSize(1);
			List<String> used = new ArrayList<>(failed);
			if (next) {
				used.add("15");
			}
			assertThat(this.world.tokensByMinute()).isEqualTo(used);
		}
	}

	@Test
	void keepsWithinTheTotalTime() {
		try (ScriptedUpstream silent = ScriptedUpstream.replying(ScriptedUpstream.hang())) {
			this.world.deployment("a", silent);
			this.world.deployment("b", silent);
			this.world.deployment("c", this.good);
			this.world.policy("ordered", OnSoftLimit.WARN, "a", "b", "c");
			this.world.fallback(new Fallback(5, Duration.ofMillis(500), Map.of()));
			assertThat(this.world.serve(RoutingWorld.chat("auto"), RecordingSink.patient())).isInstanceOfSatisfying(
					Outcome.Refused.class,
					(refused) -> assertThat(refused.error().code()).isEqualTo("upstream_timeout"));
			assertThat(this.good.bodies()).isEmpty();
			assertThat(this.world.ledger()).hasSizeBetween(1, 2).allMatch((line) -> line.endsWith("upstream_timeout"));
		}
	}

	@Test
	void staysWithTheOneDeploymentThatWasAskedFor() {
		this.world.deployment("a", this.bad);
		this.world.deployment("b", this.good);
		this.world.policy("ordered", OnSoftLimit.WARN, "a", "b");
		rule(FailureClass.OVERLOADED, new Rule(Rule.Action.FALL_BACK, "b", 1));
		assertThat(this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient()))
			.isInstanceOf(Outcome.Refused.class);
		assertThat(this.good.bodies()).isEmpty();
	}

	@Test
	void spendsNoMoreThanTheBudgetUnderManyRequestsAtOnce() throws Exception {
		this.world.deployment("a", this.good);
		this.world.budget(2_000_000L, null);
		this.world.policy("ordered", OnSoftLimit.WARN, "a");
		List<Callable<Outcome>> requests = new ArrayList<>();
		for (int i = 0; i < 60; i++) {
			requests.add(() -> this.world.serve(RoutingWorld.chat("a"), RecordingSink.patient()));
		}
		int answered = 0;
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			for (Future<Outcome> outcome : threads.invokeAll(requests)) {
				answered += (outcome.get() instanceof Outcome.Answered) ? 1 : 0;
			}
		}
		assertThat(answered).isPositive().isLessThan(60);
		assertThat(this.good.bodies()).hasSize(answered);
		assertThat(this.world.settled()).isEqualByComparingTo(String.valueOf(60_000L * answered));
		assertThat(this.world.settled().longValueExact()).isLessThanOrEqualTo(2_000_000L);
	}

	private void rule(FailureClass failure, Rule rule) {
		this.world.fallback(new Fallback(5, Duration.ofSeconds(30), Map.of(failure, rule)));
	}

}
