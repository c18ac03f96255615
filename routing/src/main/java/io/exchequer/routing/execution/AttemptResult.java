package io.exchequer.routing.execution;

import io.exchequer.billing.Admission;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.decision.ReasonCode;

/**
 * What came of trying a candidate. Whatever it is, its hold is settled or released.
 */
sealed interface AttemptResult {

	/** The request is over. */
	record Done(Outcome outcome) implements AttemptResult {
	}

	/**
	 * The upstream failed before anything was sent to the client.
	 *
	 * @param failure how
	 * @param retry whether the same deployment may be tried again
	 */
	record Failed(UpstreamFailure failure, boolean retry) implements AttemptResult {
	}

	/**
	 * The stream broke after a part of it was sent, and another deployment may go on.
	 *
	 * @param failure how
	 * @param stream what the client has
	 */
	record Interrupted(UpstreamFailure failure, OpenStream stream) implements AttemptResult {
	}

	/** The candidate cannot be called now; nothing was held. */
	record Blocked(ReasonCode reason) implements AttemptResult {
	}

	/** A hard limit is in the way of this candidate, whatever its output limit. */
	record OverBudget(Admission.OverBudget budget) implements AttemptResult {
	}

	/** A soft limit would be passed, and the policy wants the cheapest tried first. */
	record OverSoftLimit() implements AttemptResult {
	}

	/**
	 * This candidate may not be called for this request.
	 *
	 * @param reason why
	 * @param error what the client is told where no other candidate serves
	 */
	record Excluded(ReasonCode reason, ApiError error) implements AttemptResult {
	}

	/** No candidate may be called. */
	record Refused(ApiError error) implements AttemptResult {
	}

}
