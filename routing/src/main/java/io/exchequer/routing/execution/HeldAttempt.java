package io.exchequer.routing.execution;

import io.exchequer.billing.Hold;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.strategy.RouteCandidate;
import org.jspecify.annotations.Nullable;

/**
 * An attempt whose worst case is held.
 *
 * @param candidate what will be called
 * @param state what is known of it
 * @param hold the proof of admission
 * @param limit the output limit in force
 * @param clamped whether that limit was lowered to fit a budget or the context window
 * @param bounded whether the hold is a proven upper bound of the cost
 * @param startedMillis when it was dispatched
 */
record HeldAttempt(RouteCandidate candidate, DeploymentState state, Hold hold, OutputLimit limit, boolean clamped,
		boolean bounded, long startedMillis) {

	Deployment deployment() {
		return this.candidate.deployment();
	}

	/**
	 * Returns the output limit put in place to fit a budget or the context window, or
	 * null.
	 */
	@Nullable Integer clampedTo() {
		return this.clamped ? this.limit.tokens() : null;
	}

}
