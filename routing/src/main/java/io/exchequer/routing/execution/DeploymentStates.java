package io.exchequer.routing.execution;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.strategy.Performance;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.core.functions.Either;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import org.jspecify.annotations.Nullable;

/**
 * What this replica knows of every deployment it was asked for.
 */
final class DeploymentStates implements Performance {

	private final ConcurrentMap<DeploymentId, DeploymentState> states = new ConcurrentHashMap<>();

	private final AtomicLong version = new AtomicLong(Long.MIN_VALUE);

	private final CircuitBreakerRegistry breakers;

	private final BulkheadRegistry bulkheads;

	private final RetryRegistry retries;

	private final RoutingSettings settings;

	private final Clock clock;

	private final IntervalFunction backoff;

	DeploymentStates(CircuitBreakerRegistry breakers, BulkheadRegistry bulkheads, RetryRegistry retries,
			RoutingSettings settings, Clock clock) {
		this.breakers = breakers;
		this.bulkheads = bulkheads;
		this.retries = retries;
		this.settings = settings;
		this.clock = clock;
		this.backoff = IntervalFunction.ofExponentialRandomBackoff(settings.retryBackoff(), 2.0, 0.5,
				settings.retryBackoffMax());
	}

	/** Makes the circuit breakers' registry: only what is the upstream's fault counts. */
	static CircuitBreakerRegistry circuitBreakers(RoutingSettings settings, Clock clock) {
		return CircuitBreakerRegistry.of(CircuitBreakerConfig.custom()
			.slidingWindow(settings.circuitWindow(), settings.circuitMinimum(),
					CircuitBreakerConfig.SlidingWindowType.COUNT_BASED,
					CircuitBreakerConfig.SlidingWindowSynchronizationStrategy.LOCK_FREE)
			.failureRateThreshold(settings.circuitFailurePercent())
			.waitDurationInOpenState(settings.circuitOpenFor())
			.permittedNumberOfCallsInHalfOpenState(settings.circuitProbes())
			.recordException((thrown) -> thrown instanceof UpstreamFailure failure && upstreamsFault(failure))
			.ignoreException((thrown) -> !(thrown instanceof UpstreamFailure failure && upstreamsFault(failure)))
			.currentTimestampFunction(Clock::millis, TimeUnit.MILLISECONDS)
			.clock(clock)
			.build());
	}

	private static boolean upstreamsFault(UpstreamFailure failure) {
		return switch (failure.failureClass()) {
			case QUOTA_EXHAUSTED, CREDENTIAL_REJECTED, MODEL_GONE, OVERLOADED, SERVER_ERROR, TIMEOUT, NETWORK,
					BROKEN_ANSWER ->
				true;
			// With a time to wait it cools down instead.
			case RATE_LIMITED -> failure.retryAfter() == null;
			case CALLER_FAULT, CONTEXT_TOO_LONG, CONTENT_REFUSED, NOT_ATTEMPTED -> false;
		};
	}

	/** Returns a deployment's state, its limits as its settings say now. */
	DeploymentState of(Deployment deployment) {
		DeploymentState state = this.states.get(deployment.id());
		if (state == null) {
			state = this.states.computeIfAbsent(deployment.id(), (_) -> create(deployment));
		}
		if (state.limits().settings() != deployment.settings()
				&& !state.limits().settings().equals(deployment.settings())) {
			state.use(limits(deployment));
		}
		return state;
	}

	/**
	 * Forgets the deployments that a newer configuration no longer has.
	 * @param version the configuration's version
	 * @param registry what it has
	 */
	void follow(long version, RegistrySnapshot registry) {
		long known = this.version.get();
		if (version <= known || !this.version.compareAndSet(known, version)) {
			return;
		}
		for (DeploymentId id : this.states.keySet()) {
			if (registry.deployment(id).isEmpty()) {
				this.states.remove(id);
				this.breakers.remove(key(id));
				this.bulkheads.remove(key(id));
				this.retries.remove(key(id));
			}
		}
	}

	/**
	 * By the identifier: another deployment may have the name of one that is gone.
	 */
	private static String key(DeploymentId id) {
		return id.value().toString();
	}

	private static Map<String, String> tags(Deployment deployment) {
		return Map.of("deployment", deployment.name());
	}

	private DeploymentState create(Deployment deployment) {
		CircuitBreaker breaker = this.breakers.circuitBreaker(key(deployment.id()), tags(deployment));
		DeploymentState state = new DeploymentState(breaker, limits(deployment));
		breaker.getEventPublisher().onStateTransition((event) -> {
			if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {
				state.keepOutUntil(this.clock.millis() + this.settings.circuitOpenFor().toMillis());
			}
		});
		return state;
	}

	private DeploymentState.Limits limits(Deployment deployment) {
		BulkheadConfig bulkheadConfig = BulkheadConfig.custom()
			.maxConcurrentCalls(deployment.settings().maxConcurrent())
			.maxWaitDuration(Duration.ZERO)
			.build();
		Bulkhead bulkhead = this.bulkheads.bulkhead(key(deployment.id()), bulkheadConfig, tags(deployment));
		if (bulkhead.getBulkheadConfig().getMaxConcurrentCalls() != deployment.settings().maxConcurrent()) {
			bulkhead.changeConfig(bulkheadConfig);
		}
		RetryConfig retryConfig = RetryConfig.<AttemptResult>custom()
			.maxAttempts(deployment.settings().retries() + 1)
			.retryOnResult((result) -> result instanceof AttemptResult.Failed failed && failed.retry())
			.intervalBiFunction(this::pauseMillis)
			.build();
		Retry retry = this.retries.retry(key(deployment.id()), retryConfig, tags(deployment));
		if (retry.getRetryConfig().getMaxAttempts() != retryConfig.getMaxAttempts()) {
			retry = Retry.of(key(deployment.id()), retryConfig, tags(deployment));
			this.retries.replace(key(deployment.id()), retry);
		}
		return new DeploymentState.Limits(deployment.settings(), bulkhead, retry);
	}

	/** What the provider asked for, and the jittered back-off on top. */
	private Long pauseMillis(Integer attempt, Either<Throwable, AttemptResult> outcome) {
		long pause = this.backoff.apply(attempt);
		if (outcome.isRight() && outcome.get() instanceof AttemptResult.Failed failed) {
			Duration asked = failed.failure().retryAfter();
			return (asked != null) ? asked.toMillis() + pause : pause;
		}
		return pause;
	}

	/** Keeps a deployment out for as long as its provider asked, within bounds. */
	void coolDown(DeploymentState state, UpstreamFailure failure) {
		Duration asked = failure.retryAfter();
		boolean busy = failure.failureClass() == FailureClass.RATE_LIMITED
				|| failure.failureClass() == FailureClass.OVERLOADED;
		if (asked != null && busy) {
			long millis = Math.min(asked.toMillis(), this.settings.coolDownMax().toMillis());
			state.keepOutUntil(this.clock.millis() + millis);
		}
	}

	@Override
	public @Nullable Observed observed(DeploymentId deployment) {
		DeploymentState state = this.states.get(deployment);
		Instant since = this.clock.instant().minus(this.settings.observationsFor());
		return (state != null) ? state.observed(since.toEpochMilli()) : null;
	}

	@Override
	public int inFlight(DeploymentId deployment) {
		DeploymentState state = this.states.get(deployment);
		return (state != null) ? state.inFlight() : 0;
	}

}
