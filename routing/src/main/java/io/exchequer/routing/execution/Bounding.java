package io.exchequer.routing.execution;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.exchequer.registry.Capabilities;
import io.exchequer.registry.PriceCard;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.CostBounds.Bound;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.wire.WorstCase;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what a route may cost. Used by one thread.
 */
final class Bounding {

	/** What keeps a deployment out for a while only. */
	private static final Set<ReasonCode> PASSING = EnumSet.of(ReasonCode.CIRCUIT_OPEN, ReasonCode.COOLING_DOWN,
			ReasonCode.BULKHEAD_FULL);

	private final Route route;

	private @Nullable PriceCard first;

	private @Nullable RouteCandidate leading;

	private long nanos;

	private @Nullable ApiError against;

	Bounding(Route route) {
		this.route = route;
	}

	Bound bound() {
		List<RouteCandidate> candidates = new ArrayList<>(this.route.ranked());
		candidates.addAll(this.route.byRule());
		this.route.excluded()
			.stream()
			.filter((each) -> PASSING.contains(each.reason()))
			.map(Route.Excluded::candidate)
			.forEach(candidates::add);
		candidates.forEach(this::add);
		if (this.leading != null && this.first != null) {
			return new Bound.Bounded(this.leading.deployment(), this.first, this.nanos);
		}
		return new Bound.Refused(Objects.requireNonNullElseGet(
				(this.against != null) ? this.against : this.route.error(), Exchange::internalError));
	}

	private void add(RouteCandidate candidate) {
		boolean hardLimited = this.route.configuration()
			.budgets()
			.hardLimited(this.route.request().chargeTo(), candidate.deployment().model().id());
		PriceCard card = candidate.priceCard();
		if (card == null && hardLimited) {
			refuse(Exclusions.unpriced(candidate.deployment().name()));
			return;
		}
		PriceCard prices = (card != null) ? card : UnpricedCard.of(candidate.deployment());
		Capabilities capabilities = candidate.deployment().model().capabilities();
		int output = OutputLimit.of(this.route.request().document(), capabilities, this.route.policy()).tokens();
		switch (WorstCase.bound(this.route.request().document(), capabilities, prices, output)) {
			case WorstCase.Bounded bounded -> take(candidate, prices, bounded.nanos());
			case WorstCase.Unbounded unbounded when hardLimited ->
				refuse(ApiError.invalid("unbounded_cost", unbounded.message(), unbounded.param()));
			case WorstCase.Unbounded _ -> take(candidate, prices, expected(candidate));
		}
	}

	private static long expected(RouteCandidate candidate) {
		BigDecimal expected = candidate.expectedNanos();
		return (expected != null) ? expected.setScale(0, RoundingMode.CEILING).longValue() : 0;
	}

	private void take(RouteCandidate candidate, PriceCard card, long most) {
		if (this.first == null) {
			this.first = card;
			this.leading = candidate;
		}
		if (card.currency().equals(this.first.currency())) {
			this.nanos = Math.max(this.nanos, most);
		}
	}

	private void refuse(ApiError error) {
		this.against = (this.against != null) ? this.against : error;
	}

}
