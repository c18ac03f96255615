package io.exchequer.registry;

import java.time.Instant;

import io.exchequer.kernel.DeploymentId;

/**
 * Takes a deployment out of service on the spot.
 */
public interface DeploymentQuarantine {

	/**
	 * Quarantines a deployment until an administrator lifts it; each replica stops
	 * choosing it with its next configuration, within a second. A deployment that is
	 * quarantined already keeps its first reason.
	 * @param reason a stable reason code, such as {@code billed_over_bound}
	 * @param at when it was found out
	 * @return whether it was not quarantined before
	 */
	boolean quarantine(DeploymentId deployment, String reason, Instant at);

}
