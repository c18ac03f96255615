package io.exchequer.routing.execution;

import io.exchequer.registry.Capabilities;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;

/**
 * The output limit in force for a request on one deployment.
 *
 * @param tokens the limit for each choice, at least 1
 * @param spliced whether it is put into the body, rather than being the client's own
 * @param lowered whether it is lower than the client's or the policy's, which the client
 * is told
 */
record OutputLimit(int tokens, boolean spliced, boolean lowered) {

	/** The most output a request is expected to use, for expected costs and times. */
	private static final int EXPECTED_MAX = 400;

	OutputLimit(int tokens, boolean spliced) {
		this(tokens, spliced, false);
	}

	/**
	 * Returns the client's limit; without one the policy's default, as far as the model's
	 * own maximum and its context window leave room for it. The room is a guess: where it
	 * is less than the policy's minimum, the upstream decides whether that fits.
	 */
	static OutputLimit of(RequestDocument document, Capabilities capabilities, @Nullable RoutingPolicy policy) {
		if (!document.endpoint().limitsOutput()) {
			return new OutputLimit(1, false, false);
		}
		Integer asked = document.maxOutput();
		if (asked != null) {
			return new OutputLimit(asked, false, false);
		}
		int usual = (policy != null) ? policy.defaultMaxOutput() : RoutingPolicy.DEFAULT_MAX_OUTPUT;
		int minimum = (policy != null) ? policy.minOutput() : RoutingPolicy.DEFAULT_MIN_OUTPUT;
		int most = Math.min(usual, capabilities.maxOutput());
		int room = Math.max(minimum, capabilities.contextWindow() - document.inputTokensExpected());
		return new OutputLimit(Math.min(most, room), true, room < most);
	}

	/** Returns a guess at the answer's tokens, at least 1 where it limits them. */
	static int expected(RequestDocument document, @Nullable RoutingPolicy policy) {
		if (!document.endpoint().limitsOutput()) {
			return 0;
		}
		Integer asked = document.maxOutput();
		int limit = (asked != null) ? asked
				: (policy != null) ? policy.defaultMaxOutput() : RoutingPolicy.DEFAULT_MAX_OUTPUT;
		return Math.max(1, Math.min(limit, EXPECTED_MAX)) * Math.max(1, document.choices());
	}

	/**
	 * Returns whether the part of the output that is there already leaves nothing to ask
	 * for.
	 * @param made the tokens of that part, 0 where there is none
	 */
	boolean isUsedUpBy(int made) {
		return made > 0 && made >= this.tokens;
	}

	/**
	 * Returns what is left of the limit when a part of the output is there already.
	 * @param made the tokens of that part, 0 where there is none
	 * @throws IllegalArgumentException if they use the limit up
	 */
	OutputLimit without(int made) {
		if (isUsedUpBy(made)) {
			throw new IllegalArgumentException(made + " tokens leave nothing of a limit of " + this.tokens);
		}
		return (made > 0) ? new OutputLimit(this.tokens - made, true, this.lowered) : this;
	}

	OutputLimit clampedTo(int fewer) {
		return new OutputLimit(fewer, true, true);
	}

}
