package io.exchequer.routing.strategy;

import java.util.List;

/**
 * Puts a request's candidates in the order they are tried. Stateless: the same candidates
 * and context give the same order.
 */
public interface RoutingStrategy {

	/** Returns the name policies choose it by. */
	StrategyName name();

	/** Returns the candidates, best first; the list given is not changed. */
	List<RouteCandidate> rank(List<RouteCandidate> candidates, RankingContext context);

	/**
	 * Returns the number a candidate is ranked by, for decision records: its place, its
	 * share in thousandths, its expected nano-units, its expected milliseconds or its
	 * attempts in flight. It is 0 or more, and -1 where there is none.
	 */
	long score(RouteCandidate candidate, RankingContext context);

	/** Returns what a score means, in words. */
	String explain(long score);

}
