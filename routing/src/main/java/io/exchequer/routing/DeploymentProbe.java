package io.exchequer.routing;

import java.time.Duration;

import io.exchequer.registry.Deployment;
import org.jspecify.annotations.Nullable;

/**
 * Calls one deployment to find out whether it works: held, settled and recorded as any
 * request is, but for nobody else's routing. Neither a circuit that is open nor a
 * deployment that is disabled, quarantined or retired stands in the way, no policy
 * chooses, clamps or falls back, nothing is tried twice, and what comes of it leaves the
 * deployment's circuit, cool-down and observed speed as they were.
 */
public interface DeploymentProbe {

	/**
	 * Makes one call. When this returns, it is settled or released.
	 * @param request what to ask, and who is charged; its document's model is told in the
	 * decision record only
	 * @param deployment what to call, one of the configuration's
	 * @param limit the longest the call may take, where the deployment's own limits are
	 * longer; at most ten minutes count
	 * @throws BudgetsChangedException if the budgets are newer than the configuration;
	 * nothing was held
	 */
	Probed probe(AiRequest request, Deployment deployment, RoutingConfiguration configuration, Duration limit,
			AnswerSink sink);

	/**
	 * What came of a call.
	 *
	 * @param outcome how it ended
	 * @param failure why it failed at the upstream, or null where it did not
	 * @param overBound whether it cost more than its proven bound, for which the
	 * deployment is quarantined
	 * @param firstByte from the call's beginning to the head of the upstream's answer, or
	 * null where none came
	 */
	record Probed(RoutingService.Outcome outcome, @Nullable FailureClass failure, boolean overBound,
			@Nullable Duration firstByte) {
	}

}
