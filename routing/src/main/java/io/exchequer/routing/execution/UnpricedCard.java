package io.exchequer.routing.execution;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;

/**
 * Stands in for the card of an unpriced deployment, which only serves where no hard
 * budget is: its usage is kept in the ledger, at no cost, under a card whose identifier
 * is all zeros.
 */
final class UnpricedCard {

	/** The identifier that ledger lines of unpriced usage carry. */
	static final UUID ID = new UUID(0, 0);

	private static final List<PriceTier> FREE = List.of(new PriceTier("default", 0,
			Map.of(UsageBucket.INPUT, BigDecimal.ZERO, UsageBucket.OUTPUT, BigDecimal.ZERO)));

	private static final Currency USD = Currency.getInstance("USD");

	private UnpricedCard() {
	}

	static PriceCard of(Deployment deployment) {
		return new PriceCard(ID, deployment.id(), 1, Instant.EPOCH, USD, FREE);
	}

}
