package io.exchequer.routing.strategy;

import java.util.Comparator;
import java.util.List;

/**
 * The fewest attempts in flight on this replica first; among equals the policy's order.
 */
final class LeastBusyStrategy implements RoutingStrategy {

	@Override
	public StrategyName name() {
		return StrategyName.LEAST_BUSY;
	}

	@Override
	public List<RouteCandidate> rank(List<RouteCandidate> candidates, RankingContext context) {
		return candidates.stream()
			.map((candidate) -> new Counted(candidate, context.performance().inFlight(candidate.id())))
			.sorted(Comparator.comparingInt(Counted::inFlight)
				.thenComparingInt((counted) -> counted.candidate().position()))
			.map(Counted::candidate)
			.toList();
	}

	@Override
	public long score(RouteCandidate candidate, RankingContext context) {
		return context.performance().inFlight(candidate.id());
	}

	@Override
	public String explain(long score) {
		return score + " attempts in flight on this replica";
	}

	/** Read once, so that the order is one even while the counts change. */
	private record Counted(RouteCandidate candidate, int inFlight) {
	}

}
