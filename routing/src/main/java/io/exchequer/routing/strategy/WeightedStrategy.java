package io.exchequer.routing.strategy;

import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/**
 * Each is first in proportion to its weight. Weighted rendezvous hashing over the
 * request's identifier: the order can be computed again, what follows the first is drawn
 * by weight too, and a changed weight moves only the share that changed. A weight of 0 is
 * a last resort.
 */
final class WeightedStrategy implements RoutingStrategy {

	@Override
	public StrategyName name() {
		return StrategyName.WEIGHTED;
	}

	@Override
	public List<RouteCandidate> rank(List<RouteCandidate> candidates, RankingContext context) {
		return candidates.stream()
			.map((candidate) -> new Drawn(candidate, draw(candidate, context.requestId())))
			.sorted(Comparator.comparingDouble(Drawn::height)
				.reversed()
				.thenComparingInt((drawn) -> drawn.candidate().position()))
			.map(Drawn::candidate)
			.toList();
	}

	private static double draw(RouteCandidate candidate, UUID requestId) {
		if (candidate.share() <= 0) {
			return Double.NEGATIVE_INFINITY;
		}
		return Math.log(Chance.of(requestId, candidate.id())) / candidate.share();
	}

	@Override
	public long score(RouteCandidate candidate, RankingContext context) {
		return Math.round(candidate.share() * 1000);
	}

	@Override
	public String explain(long score) {
		return "drawn by the request's identifier with weight " + score / 1000.0;
	}

	private record Drawn(RouteCandidate candidate, double height) {
	}

}
