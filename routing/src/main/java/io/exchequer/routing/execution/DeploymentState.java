package io.exchequer.routing.execution;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import io.exchequer.registry.DeploymentSettings;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.Performance.Observed;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.retry.Retry;
import org.jspecify.annotations.Nullable;

/**
 * What this replica knows of a deployment: circuit breaker, bulkhead, retry, cool-down
 * and observed speed. Thread-safe, without locks.
 */
final class DeploymentState {

	private static final int KEPT_PART = 4;

	/** The weight of a new observation in the moving averages. */
	private static final double NEWEST = 0.2;

	private final CircuitBreaker breaker;

	private final AtomicLong closedUntilMillis = new AtomicLong(Long.MIN_VALUE);

	private final AtomicInteger inFlight = new AtomicInteger();

	private final AtomicReference<@Nullable Sample> sample = new AtomicReference<>();

	private volatile Limits limits;

	DeploymentState(CircuitBreaker breaker, Limits limits) {
		this.breaker = breaker;
		this.limits = limits;
	}

	Limits limits() {
		return this.limits;
	}

	void use(Limits newLimits) {
		this.limits = newLimits;
	}

	int inFlight() {
		return this.inFlight.get();
	}

	/** Keeps the deployment out until an instant; of two such instants the later wins. */
	void keepOutUntil(long epochMillis) {
		this.closedUntilMillis.accumulateAndGet(epochMillis, Math::max);
	}

	/** Returns why the deployment may not be called now, or null where it may. */
	@Nullable ReasonCode blocked(long nowMillis) {
		if (nowMillis >= this.closedUntilMillis.get()) {
			return null;
		}
		return (this.breaker.getState() == CircuitBreaker.State.OPEN) ? ReasonCode.CIRCUIT_OPEN
				: ReasonCode.COOLING_DOWN;
	}

	/** Returns whether as many attempts are in flight as it takes at once. */
	boolean isFull() {
		return this.limits.bulkhead().getMetrics().getAvailableConcurrentCalls() <= 0;
	}

	/**
	 * Returns whether the places that are left are those kept for requests that somebody
	 * waits for: a quarter of all, and none where there are fewer than four.
	 */
	boolean isFullForBatches() {
		Bulkhead.Metrics places = this.limits.bulkhead().getMetrics();
		return places.getAvailableConcurrentCalls() <= places.getMaxAllowedConcurrentCalls() / KEPT_PART;
	}

	/** Returns how long the deployment stays blocked, zero where it is not. */
	Duration blockedFor(long nowMillis) {
		long until = this.closedUntilMillis.get();
		return (until > nowMillis) ? Duration.ofMillis(until - nowMillis) : Duration.ZERO;
	}

	/**
	 * Takes a place for an attempt, to be given back by exactly one of the other methods.
	 * @return why there is none, or null where there is
	 */
	@Nullable ReasonCode acquire(long nowMillis) {
		ReasonCode blocked = blocked(nowMillis);
		if (blocked != null) {
			return blocked;
		}
		Bulkhead bulkhead = this.limits.bulkhead();
		if (!bulkhead.tryAcquirePermission()) {
			return ReasonCode.BULKHEAD_FULL;
		}
		if (!this.breaker.tryAcquirePermission()) {
			bulkhead.releasePermission();
			return ReasonCode.CIRCUIT_OPEN;
		}
		this.inFlight.incrementAndGet();
		return null;
	}

	/** Gives the place back: nothing was sent. */
	void unused() {
		this.inFlight.decrementAndGet();
		this.breaker.releasePermission();
		this.limits.bulkhead().releasePermission();
	}

	/** Gives the place back after an attempt that was answered. */
	void succeeded(long millis) {
		this.inFlight.decrementAndGet();
		this.breaker.onSuccess(millis, TimeUnit.MILLISECONDS);
		this.limits.bulkhead().onComplete();
	}

	/** Gives the place back after an attempt that failed. */
	void failed(long millis, UpstreamFailure failure) {
		this.inFlight.decrementAndGet();
		this.breaker.onError(millis, TimeUnit.MILLISECONDS, failure);
		this.limits.bulkhead().onComplete();
	}

	/**
	 * Adds an observed answer to the averages.
	 * @param firstTokenMillis from dispatch to the first token, 0 for a whole answer
	 * @param outputTokens its tokens; fewer than 1 tell nothing
	 * @param outputMillis how long those took
	 */
	void observe(long firstTokenMillis, long outputTokens, long outputMillis, long nowMillis) {
		if (outputTokens < 1) {
			return;
		}
		double perSecond = outputTokens * 1000.0 / Math.max(1, outputMillis);
		this.sample.accumulateAndGet(new Sample(firstTokenMillis, perSecond, nowMillis),
				(before, newest) -> (before != null && newest != null) ? before.moved(newest) : newest);
	}

	/** Returns the averages, or null where the latest observation is older. */
	@Nullable Observed observed(long notBeforeMillis) {
		Sample latest = this.sample.get();
		return (latest != null && latest.atMillis() >= notBeforeMillis)
				? new Observed(latest.firstTokenMillis(), latest.tokensPerSecond()) : null;
	}

	/**
	 * What follows from the deployment's settings.
	 *
	 * @param settings the settings
	 * @param bulkhead bounds the attempts in flight
	 * @param retry tries again
	 */
	record Limits(DeploymentSettings settings, Bulkhead bulkhead, Retry retry) {
	}

	private record Sample(double firstTokenMillis, double tokensPerSecond, long atMillis) {

		Sample moved(Sample newest) {
			double first = (newest.firstTokenMillis == 0) ? this.firstTokenMillis : (this.firstTokenMillis == 0)
					? newest.firstTokenMillis : mix(this.firstTokenMillis, newest.firstTokenMillis);
			return new Sample(first, mix(this.tokensPerSecond, newest.tokensPerSecond), newest.atMillis);
		}

		private static double mix(double before, double newest) {
			return before + NEWEST * (newest - before);
		}

	}

}
