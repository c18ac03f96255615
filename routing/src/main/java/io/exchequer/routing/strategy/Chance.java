package io.exchequer.routing.strategy;

import java.util.UUID;

import io.exchequer.kernel.DeploymentId;

/**
 * Chance that can be computed again: numbers drawn from identifiers alone.
 */
final class Chance {

	private static final double UNIT = 0x1.0p-53;

	private Chance() {
	}

	/** Returns a number over 0 and under 1, evenly spread over requests. */
	static double of(UUID requestId) {
		return unit(mix(requestId.getMostSignificantBits() ^ mix(requestId.getLeastSignificantBits())));
	}

	/**
	 * Returns a number over 0 and under 1, evenly spread over requests and independent
	 * from one deployment to the next.
	 */
	static double of(UUID requestId, DeploymentId deployment) {
		UUID id = deployment.value();
		long seed = mix(requestId.getMostSignificantBits() ^ mix(requestId.getLeastSignificantBits()));
		return unit(mix(seed ^ mix(id.getMostSignificantBits() ^ mix(id.getLeastSignificantBits()))));
	}

	private static double unit(long bits) {
		return ((bits >>> 11) + 0.5) * UNIT;
	}

	/** The finalizer of SplitMix64. */
	private static long mix(long value) {
		long mixed = value + 0x9E37_79B9_7F4A_7C15L;
		mixed = (mixed ^ (mixed >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
		mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
		return mixed ^ (mixed >>> 31);
	}

}
