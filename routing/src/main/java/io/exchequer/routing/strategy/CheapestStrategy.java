package io.exchequer.routing.strategy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.Currency;
import java.util.List;

import io.exchequer.registry.PriceCard;
import org.jspecify.annotations.Nullable;

/**
 * The least expected cost of this very request first. Amounts of different currencies are
 * not compared: those in the currency of the policy's first priced candidate come first,
 * then the other currencies, then the unpriced.
 */
final class CheapestStrategy implements RoutingStrategy {

	@Override
	public StrategyName name() {
		return StrategyName.CHEAPEST;
	}

	@Override
	public List<RouteCandidate> rank(List<RouteCandidate> candidates, RankingContext context) {
		Currency first = firstCurrency(candidates);
		return candidates.stream()
			.sorted(Comparator.<RouteCandidate, String>comparing((candidate) -> group(candidate, first))
				.thenComparing(RouteCandidate::expectedNanos,
						Comparator.nullsLast(Comparator.<BigDecimal>naturalOrder()))
				.thenComparingInt(RouteCandidate::position))
			.toList();
	}

	private static @Nullable Currency firstCurrency(List<RouteCandidate> candidates) {
		return candidates.stream()
			.sorted(Comparator.comparingInt(RouteCandidate::position))
			.map(RouteCandidate::priceCard)
			.filter((card) -> card != null)
			.map(PriceCard::currency)
			.findFirst()
			.orElse(null);
	}

	/** Sorts as: the first currency, the others by code, the unpriced. */
	private static String group(RouteCandidate candidate, @Nullable Currency first) {
		PriceCard card = candidate.priceCard();
		if (card == null) {
			return "~";
		}
		return card.currency().equals(first) ? "" : card.currency().getCurrencyCode();
	}

	@Override
	public long score(RouteCandidate candidate, RankingContext context) {
		BigDecimal expected = candidate.expectedNanos();
		return (expected != null) ? expected.setScale(0, RoundingMode.HALF_UP).longValue() : -1;
	}

	@Override
	public String explain(long score) {
		return (score < 0) ? "it has no price" : "expected to cost " + score + " nano-units";
	}

}
