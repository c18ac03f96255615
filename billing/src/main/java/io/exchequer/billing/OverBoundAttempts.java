package io.exchequer.billing;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.TenantId;

/**
 * The attempts that cost more than their proven bound and whose deployments are not known
 * to be out of service yet. They are written with the settlement itself, so that whoever
 * lives finds them when the process that settled has died.
 */
public interface OverBoundAttempts {

	/**
	 * Returns the oldest of them.
	 * @param max how many at most, at least 1
	 */
	List<OverBoundAttempt> open(int max);

	/**
	 * Forgets an attempt whose deployment is quarantined.
	 * @return whether it was still known: false where somebody else was faster
	 */
	boolean close(OverBoundAttempt attempt);

	/**
	 * An attempt that cost more than its proven bound.
	 *
	 * @param tenant who was charged
	 * @param holdId the attempt's hold
	 * @param requestId its request
	 * @param deployment who billed it
	 * @param deploymentName that one's name at the time
	 * @param heldNanos the bound, in nano-units
	 * @param postedNanos what it cost, in nano-units
	 * @param postedAt when that was posted
	 */
	record OverBoundAttempt(TenantId tenant, UUID holdId, UUID requestId, DeploymentId deployment,
			String deploymentName, long heldNanos, long postedNanos, Instant postedAt) {
	}

}
