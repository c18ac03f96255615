package io.exchequer.routing.execution;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import io.exchequer.registry.DataClass;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.RankingContext;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.strategy.StrategyName;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;

/**
 * What was decided for a request before anything is held.
 *
 * @param request the request
 * @param configuration what it is served by
 * @param policy the task's policy, or null
 * @param strategy what ranked the candidates
 * @param dataClass the class in force
 * @param context what the strategy looked at
 * @param ranked the candidates in the order they are tried; empty where {@code error} is
 * not null
 * @param byRule the candidates that only a fallback rule leads to
 * @param excluded the others, and why
 * @param error what the client is told where no candidate is left, or null
 * @param at when it was decided
 */
record Route(AiRequest request, RoutingConfiguration configuration, @Nullable RoutingPolicy policy,
		StrategyName strategy, DataClass dataClass, RankingContext context, List<RouteCandidate> ranked,
		List<RouteCandidate> byRule, List<Excluded> excluded, @Nullable ApiError error, Instant at) {

	RoutingPolicy.Fallback fallback() {
		return (this.policy != null) ? this.policy.fallback() : RoutingPolicy.Fallback.DEFAULT;
	}

	@Nullable UUID policyVersionId() {
		return (this.policy != null) ? this.policy.versionId() : null;
	}

	int minOutput() {
		return (this.policy != null) ? this.policy.minOutput() : RoutingPolicy.DEFAULT_MIN_OUTPUT;
	}

	/** Returns whether the cheapest is to be tried first once a soft limit is passed. */
	boolean cheaperOverSoftLimit() {
		return this.policy != null && this.policy.onSoftLimit() == RoutingPolicy.OnSoftLimit.CHEAPER;
	}

	/** Returns this route for a request that goes on with the answer to its own. */
	Route continuedBy(RequestDocument document) {
		AiRequest onward = new AiRequest(this.request.id(), this.request.chargeTo(), document, this.request.allowed(),
				this.request.dataClass(), this.request.receivedAt(), this.request.mayGoOn(), this.request.share());
		return new Route(onward, this.configuration, this.policy, this.strategy, this.dataClass, this.context,
				this.ranked, this.byRule, this.excluded, this.error, this.at);
	}

	/**
	 * A candidate that was excluded.
	 *
	 * @param candidate the candidate
	 * @param reason why
	 */
	record Excluded(RouteCandidate candidate, ReasonCode reason) {
	}

}
