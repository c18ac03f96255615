package io.exchequer.routing.strategy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The least expected time for the whole answer first, from the observed time to the first
 * token and tokens per second. What was not observed lately follows, but is tried first
 * by one request in {@value #EXPLORED_EVERY}, drawn by its identifier, so that it comes
 * to be observed; where nothing was observed, all share the requests.
 */
final class FastestStrategy implements RoutingStrategy {

	static final int EXPLORED_EVERY = 16;

	@Override
	public StrategyName name() {
		return StrategyName.FASTEST;
	}

	@Override
	public List<RouteCandidate> rank(List<RouteCandidate> candidates, RankingContext context) {
		List<Timed> observed = new ArrayList<>();
		List<RouteCandidate> unobserved = new ArrayList<>();
		for (RouteCandidate candidate : candidates) {
			Performance.Observed seen = context.performance().observed(candidate.id());
			if (seen != null) {
				observed.add(new Timed(candidate, seen.expectedMillis(context.outputTokensExpected())));
			}
			else {
				unobserved.add(candidate);
			}
		}
		observed
			.sort(Comparator.comparingDouble(Timed::millis).thenComparingInt((timed) -> timed.candidate().position()));
		unobserved.sort(Comparator.comparingDouble((candidate) -> Chance.of(context.requestId(), candidate.id())));
		boolean explore = !unobserved.isEmpty() && Chance.of(context.requestId()) < 1.0 / EXPLORED_EVERY;
		List<RouteCandidate> ranked = new ArrayList<>(candidates.size());
		if (explore) {
			ranked.add(unobserved.removeFirst());
		}
		observed.forEach((timed) -> ranked.add(timed.candidate()));
		ranked.addAll(unobserved);
		return ranked;
	}

	@Override
	public long score(RouteCandidate candidate, RankingContext context) {
		Performance.Observed seen = context.performance().observed(candidate.id());
		return (seen != null) ? Math.round(seen.expectedMillis(context.outputTokensExpected())) : -1;
	}

	@Override
	public String explain(long score) {
		return (score < 0) ? "not observed lately" : "expected to take " + score + " ms";
	}

	private record Timed(RouteCandidate candidate, double millis) {
	}

}
