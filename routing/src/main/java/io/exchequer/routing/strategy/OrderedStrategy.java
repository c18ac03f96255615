package io.exchequer.routing.strategy;

import java.util.Comparator;
import java.util.List;

/**
 * The order the policy lists them in.
 */
final class OrderedStrategy implements RoutingStrategy {

	@Override
	public StrategyName name() {
		return StrategyName.ORDERED;
	}

	@Override
	public List<RouteCandidate> rank(List<RouteCandidate> candidates, RankingContext context) {
		return candidates.stream().sorted(Comparator.comparingInt(RouteCandidate::position)).toList();
	}

	@Override
	public long score(RouteCandidate candidate, RankingContext context) {
		return candidate.position() + 1L;
	}

	@Override
	public String explain(long score) {
		return "place " + score + " in the policy's order";
	}

}
