package io.exchequer.registry;

import java.time.Duration;
import java.util.Map;

/**
 * How a deployment is called.
 *
 * @param connectTimeout the longest wait for a connection
 * @param firstByteTimeout the longest wait for the response to begin
 * @param idleTimeout the longest silence within a response
 * @param totalTimeout the longest a whole attempt may take
 * @param maxConcurrent the most attempts at once on one replica, at least 1
 * @param retries how often one deployment is tried again for a failure that may pass, 0
 * or more
 * @param onDisconnect what happens upstream when the client goes away
 * @param options settings of the provider's kind (the simulator's pace, say)
 */
public record DeploymentSettings(Duration connectTimeout, Duration firstByteTimeout, Duration idleTimeout,
		Duration totalTimeout, int maxConcurrent, int retries, OnDisconnect onDisconnect, Map<String, String> options) {

	/** The settings of a deployment that names none. */
	public static final DeploymentSettings DEFAULTS = new DeploymentSettings(Duration.ofSeconds(5),
			Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofMinutes(10), 256, 1, OnDisconnect.DRAIN,
			Map.of());

	/** What happens upstream when the client goes away. */
	public enum OnDisconnect {

		/** Read the answer to its end, so that its usage is known exactly. */
		DRAIN,
		/**
		 * Cut the connection, also while the answer is awaited; the attempt settles at an
		 * estimate.
		 */
		CANCEL

	}

}
