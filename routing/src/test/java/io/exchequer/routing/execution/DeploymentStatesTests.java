package io.exchequer.routing.execution;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Set;

import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.TestRegistry;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.decision.ReasonCode;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.functions.Either;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DeploymentStatesTests {

	private static final RoutingSettings SETTINGS = RoutingWorld.SETTINGS;

	private final Hands clock = new Hands();

	private final CircuitBreakerRegistry breakers = DeploymentStates.circuitBreakers(SETTINGS, this.clock);

	private final DeploymentStates states = new DeploymentStates(this.breakers, BulkheadRegistry.ofDefaults(),
			RetryRegistry.ofDefaults(), SETTINGS, this.clock);

	private final TestRegistry registry = new TestRegistry();

	@Test
	void probesADeploymentWhoseCircuitWasOpenForItsTime() {
		this.registry.deployment("a", "m");
		DeploymentState state = this.states.of(this.registry.get("a"));
		fail(state, SETTINGS.circuitMinimum());
		assertThat(acquire(state)).isEqualTo(ReasonCode.CIRCUIT_OPEN);
		assertThat(state.blockedFor(this.clock.millis())).isEqualTo(SETTINGS.circuitOpenFor());
		this.clock.pass(SETTINGS.circuitOpenFor().plusMillis(1));
		assertThat(acquire(state)).as("the one probe").isNull();
		assertThat(acquire(state)).as("beside the probe").isEqualTo(ReasonCode.CIRCUIT_OPEN);
		state.failed(1, failure(null));
		assertThat(acquire(state)).as("after a probe that failed").isEqualTo(ReasonCode.CIRCUIT_OPEN);
		this.clock.pass(SETTINGS.circuitOpenFor().plusMillis(1));
		assertThat(acquire(state)).isNull();
		state.succeeded(1);
		assertThat(acquire(state)).as("after a probe that was answered").isNull();
		assertThat(acquire(state)).isNull();
	}

	@Test
	void givesAProbesPlaceToAnotherWhereItTellsNothing() {
		this.registry.deployment("a", "m");
		DeploymentState state = this.states.of(this.registry.get("a"));
		fail(state, SETTINGS.circuitMinimum());
		this.clock.pass(SETTINGS.circuitOpenFor().plusMillis(1));
		assertThat(acquire(state)).isNull();
		state.unused();
		assertThat(acquire(state)).isNull();
	}

	@Test
	void startsAfreshForAnotherDeploymentOfTheSameName() {
		this.registry.deployment("a", "m");
		Deployment first = this.registry.get("a");
		fail(this.states.of(first), SETTINGS.circuitMinimum());
		this.registry.deployment("a", "m");
		Deployment second = this.registry.get("a");
		assertThat(second.id()).isNotEqualTo(first.id());
		assertThat(acquire(this.states.of(second))).isNull();
		assertThat(acquire(this.states.of(first))).isEqualTo(ReasonCode.CIRCUIT_OPEN);
	}

	@Test
	void forgetsWhatANewerConfigurationNoLongerHas() {
		this.registry.deployment("a", "m").deployment("b", "m");
		TestRegistry later = new TestRegistry();
		this.states.of(this.registry.get("a"));
		this.states.of(this.registry.get("b"));
		this.states.follow(1, this.registry);
		assertThat(this.breakers.getAllCircuitBreakers()).hasSize(2)
			.allSatisfy((breaker) -> assertThat(breaker.getTags()).containsKey("deployment"));
		this.states.follow(1, later);
		assertThat(this.breakers.getAllCircuitBreakers()).as("the same version").hasSize(2);
		this.states.follow(2, later);
		assertThat(this.breakers.getAllCircuitBreakers()).isEmpty();
		this.states.of(this.registry.get("a"));
		this.states.follow(1, later);
		assertThat(this.breakers.getAllCircuitBreakers()).as("an older version").hasSize(1);
	}

	@Test
	void spreadsTheRetriesThatAProviderAskedToWait() {
		this.registry.deployment("a", "m");
		Retry retry = this.states.of(this.registry.get("a")).limits().retry();
		AttemptResult result = new AttemptResult.Failed(failure(Duration.ofSeconds(1)), true);
		Set<Long> pauses = new HashSet<>();
		DeploymentStates slow = new DeploymentStates(this.breakers, BulkheadRegistry.ofDefaults(),
				RetryRegistry.ofDefaults(), RoutingSettings.DEFAULTS, this.clock);
		for (int i = 0; i < 50; i++) {
			long pause = slow.of(this.registry.get("a"))
				.limits()
				.retry()
				.getRetryConfig()
				.<AttemptResult>getIntervalBiFunction()
				.apply(1, Either.right(result));
			assertThat(pause).isBetween(1_000L, 1_300L);
			pauses.add(pause);
		}
		assertThat(pauses).hasSizeGreaterThan(1);
		assertThat(retry.getRetryConfig().<AttemptResult>getIntervalBiFunction().apply(1, Either.right(result)))
			.isGreaterThanOrEqualTo(1_000L);
	}

	private void fail(DeploymentState state, int times) {
		for (int i = 0; i < times; i++) {
			assertThat(acquire(state)).isNull();
			state.failed(1, failure(null));
		}
	}

	private @Nullable ReasonCode acquire(DeploymentState state) {
		return state.acquire(this.clock.millis());
	}

	private static UpstreamFailure failure(@Nullable Duration retryAfter) {
		return new UpstreamFailure(FailureClass.SERVER_ERROR, "made for a test", false, retryAfter, 500);
	}

	/** A clock that a test moves. */
	private static final class Hands extends Clock {

		private Instant now = Instant.parse("2026-11-22T12:00:00Z");

		void pass(Duration time) {
			this.now = this.now.plus(time);
		}

		@Override
		public Instant instant() {
			return this.now;
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	}

}
