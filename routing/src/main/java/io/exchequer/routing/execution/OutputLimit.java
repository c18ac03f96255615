package io.exchequer.routing.execution;

import io.exchequer.registry.Capabilities;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;

/**
 * The output limit in force for a request on one deployment.
 *
 * @param tokens the limit for each choice, at least 1
 * @param spliced whether it is put into the body, rather than being the client's own
 * @param cut whether the context window left less room than the policy's default
 */
record OutputLimit(int tokens, boolean spliced, boolean cut) {

	/** The most output a request is expected to use, for expected costs and times. */
	private static final int EXPECTED_MAX = 400;

	OutputLimit(int tokens, boolean spliced) {
		this(tokens, spliced, false);
	}

	/**
	 * Returns the client's limit; without one the policy's default, as far as the model's
	 * own maximum and its context window leave room for it. How much room there is, is a
	 * guess: it never takes the limit below the policy's minimum, and where that is too
	 * much, the upstream says so.
	 */
	static OutputLimit of(RequestDocument document, Capabilities capabilities, @Nullable RoutingPolicy policy) {
		if (document.endpoint() == Endpoint.EMBEDDINGS) {
			return new OutputLimit(1, false);
		}
		Integer asked = document.maxOutput();
		if (asked != null) {
			return new OutputLimit(asked, false);
		}
		int usual = (policy != null) ? policy.defaultMaxOutput() : RoutingPolicy.DEFAULT_MAX_OUTPUT;
		int least = (policy != null) ? policy.minOutput() : RoutingPolicy.DEFAULT_MIN_OUTPUT;
		int whole = Math.min(usual, capabilities.maxOutput());
		int room = Math.max(least, capabilities.contextWindow() - document.inputTokensExpected());
		return new OutputLimit(Math.min(whole, room), true, room < whole);
	}

	/** Returns a guess at the answer's tokens, at least 1 but for embeddings. */
	static int expected(RequestDocument document, @Nullable RoutingPolicy policy) {
		if (document.endpoint() == Endpoint.EMBEDDINGS) {
			return 0;
		}
		Integer asked = document.maxOutput();
		int limit = (asked != null) ? asked
				: (policy != null) ? policy.defaultMaxOutput() : RoutingPolicy.DEFAULT_MAX_OUTPUT;
		return Math.max(1, Math.min(limit, EXPECTED_MAX)) * Math.max(1, document.choices());
	}

	OutputLimit clampedTo(int fewer) {
		return new OutputLimit(fewer, true);
	}

}
