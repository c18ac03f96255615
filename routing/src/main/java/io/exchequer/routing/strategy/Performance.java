package io.exchequer.routing.strategy;

import io.exchequer.kernel.DeploymentId;
import org.jspecify.annotations.Nullable;

/**
 * What this replica observed of deployments.
 */
public interface Performance {

	/**
	 * Returns what was observed of a deployment lately, or null where nothing was, or
	 * only too long ago to go by.
	 */
	@Nullable Observed observed(DeploymentId deployment);

	/** Returns the attempts in flight on this replica, 0 or more. */
	int inFlight(DeploymentId deployment);

	/**
	 * Moving averages.
	 *
	 * @param firstTokenMillis from dispatch to the first token, 0 where only whole
	 * answers were seen
	 * @param tokensPerSecond output tokens in a second after that, more than 0
	 */
	record Observed(double firstTokenMillis, double tokensPerSecond) {

		/** Returns the milliseconds an answer of so many tokens is expected to take. */
		public double expectedMillis(int outputTokens) {
			return this.firstTokenMillis + outputTokens * 1000.0 / this.tokensPerSecond;
		}

	}

}
