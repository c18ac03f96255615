package io.exchequer.routing.strategy;

import java.math.BigDecimal;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import org.jspecify.annotations.Nullable;

/**
 * A guess at what a request costs, for ranking only: input and output at the default
 * tier's prices, nothing cached.
 */
public final class ExpectedCost {

	/** A price per million tokens in units is a thousandth of it per token in nanos. */
	private static final int NANOS_PER_TOKEN = 3;

	private static final int NANOS = 9;

	private ExpectedCost() {
	}

	/**
	 * Returns the expected nano-units of the card's currency, or null without a card.
	 * @param inputTokens tokens of input, 0 or more
	 * @param outputTokens tokens of output, 0 or more
	 */
	public static @Nullable BigDecimal of(@Nullable PriceCard card, long inputTokens, long outputTokens) {
		if (card == null) {
			return null;
		}
		PriceTier tier = tier(card, inputTokens);
		if (tier == null) {
			return null;
		}
		BigDecimal perRequest = price(tier, UsageBucket.REQUEST).movePointRight(NANOS);
		return price(tier, UsageBucket.INPUT).multiply(BigDecimal.valueOf(inputTokens))
			.add(price(tier, UsageBucket.OUTPUT).multiply(BigDecimal.valueOf(outputTokens)))
			.movePointRight(NANOS_PER_TOKEN)
			.add(perRequest);
	}

	private static @Nullable PriceTier tier(PriceCard card, long inputTokens) {
		PriceTier best = null;
		for (PriceTier tier : card.tiers()) {
			boolean applies = tier.serviceTier().equals("default")
					&& (tier.inputTokensOver() == 0 || inputTokens > tier.inputTokensOver());
			if (applies && (best == null || tier.inputTokensOver() > best.inputTokensOver())) {
				best = tier;
			}
		}
		return best;
	}

	private static BigDecimal price(PriceTier tier, UsageBucket bucket) {
		BigDecimal price = tier.prices().get(bucket);
		return (price != null) ? price : BigDecimal.ZERO;
	}

}
