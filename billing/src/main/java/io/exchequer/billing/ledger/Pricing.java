package io.exchequer.billing.ledger;

import io.exchequer.kernel.Money;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.registry.PriceCard;

/**
 * Prices an attempt exactly, rounded once.
 */
@FunctionalInterface
public interface Pricing {

	/**
	 * Returns what a usage costs by a card.
	 * @throws ArithmeticException if that does not fit into a {@link Money}
	 */
	Money price(PriceCard card, TokenUsage usage, String serviceTier);

}
