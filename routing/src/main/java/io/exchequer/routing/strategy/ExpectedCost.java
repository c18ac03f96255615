package io.exchequer.routing.strategy;

import java.math.BigDecimal;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import org.jspecify.annotations.Nullable;

/**
 * A guess at what a request costs, for ranking only: input and output at the default
 * tier's prices, nothing cached.
 */
public final class ExpectedCost {

	private static final BigDecimal MORE_THAN_ANY = BigDecimal.valueOf(Long.MAX_VALUE);

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
		TokenUsage expected = TokenUsage.NONE.with(UsageBucket.INPUT, inputTokens)
			.with(UsageBucket.OUTPUT, outputTokens)
			.with(UsageBucket.REQUEST, 1);
		try {
			return BigDecimal.valueOf(card.price(expected, PriceTier.DEFAULT).nanos());
		}
		catch (ArithmeticException ex) {
			return MORE_THAN_ANY;
		}
	}

}
