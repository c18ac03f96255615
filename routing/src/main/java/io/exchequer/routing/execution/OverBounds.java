package io.exchequer.routing.execution;

import java.time.Clock;
import java.util.concurrent.Executor;

import io.exchequer.billing.OverBoundAttempts;
import io.exchequer.billing.OverBoundAttempts.OverBoundAttempt;
import io.exchequer.registry.DeploymentQuarantine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Quarantines deployments that billed more than their proven bound, by the evidence that
 * the settlements left. The settlement comes first and waits for nothing; whoever finds
 * the evidence acts on it, though the process that settled may have died. It is forgotten
 * only when the deployment is out, so a crash in between has it acted on again.
 */
final class OverBounds {

	private static final Logger LOG = LoggerFactory.getLogger(OverBounds.class);

	/** Why such a deployment is quarantined. */
	private static final String REASON = "billed_over_bound";

	private static final int ATTEMPTS_MAX = 100;

	private final OverBoundAttempts attempts;

	private final DeploymentQuarantine quarantine;

	private final RoutingMetrics metrics;

	private final Clock clock;

	private final Executor aside;

	private volatile boolean failing;

	/**
	 * Makes a quarantine.
	 * @param aside looks on behalf of those who do not wait for it
	 */
	OverBounds(OverBoundAttempts attempts, DeploymentQuarantine quarantine, RoutingMetrics metrics, Clock clock,
			Executor aside) {
		this.attempts = attempts;
		this.quarantine = quarantine;
		this.metrics = metrics;
		this.clock = clock;
		this.aside = aside;
	}

	/** Has somebody look at once: no client's answer waits for a quarantine. */
	void lookNow() {
		this.aside.execute(this::look);
	}

	/**
	 * Acts on all the evidence there is. What fails is tried again by the next look, here
	 * or in another replica.
	 */
	void look() {
		try {
			this.attempts.open(ATTEMPTS_MAX).forEach(this::act);
			this.failing = false;
		}
		catch (RuntimeException ex) {
			// Told once, not at every look of an outage.
			if (!this.failing) {
				LOG.error("A deployment over its bound, if there is one, could not be quarantined yet", ex);
			}
			this.failing = true;
		}
	}

	private void act(OverBoundAttempt attempt) {
		this.quarantine.quarantine(attempt.deployment(), REASON, this.clock.instant());
		if (this.attempts.close(attempt)) {
			this.metrics.overBound(attempt.deploymentName());
			LOG.error("Deployment '{}' is quarantined: request {} cost {} nano-units, more than its bound of {}",
					attempt.deploymentName(), attempt.requestId(), attempt.postedNanos(), attempt.heldNanos());
		}
	}

}
