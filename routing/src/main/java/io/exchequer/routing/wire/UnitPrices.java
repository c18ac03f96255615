package io.exchequer.routing.wire;

import java.math.BigDecimal;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.PriceCard;

/**
 * Which measures a card bills by. The bound before a call and the settlement after it ask
 * the same, whatever service tier the answer names, so that neither counts by a measure
 * that the other left out.
 */
final class UnitPrices {

	private UnitPrices() {
	}

	/** Returns whether something in a bucket costs something in any tier of a card. */
	static boolean cost(PriceCard card, UsageBucket... buckets) {
		return card.tiers().stream().anyMatch((tier) -> {
			for (UsageBucket bucket : buckets) {
				BigDecimal price = tier.prices().get(bucket);
				if (price != null && price.signum() > 0) {
					return true;
				}
			}
			return false;
		});
	}

	/** Returns whether tokens of text that is read cost something. */
	static boolean ofInput(PriceCard card) {
		return cost(card, UsageBucket.INPUT, UsageBucket.CACHE_READ, UsageBucket.CACHE_WRITE_5M,
				UsageBucket.CACHE_WRITE_1H, UsageBucket.IMAGE_INPUT);
	}

	/** Returns whether tokens of an image that is made cost something. */
	static boolean ofImageOutput(PriceCard card) {
		return cost(card, UsageBucket.OUTPUT, UsageBucket.IMAGE_OUTPUT);
	}

	/** Returns whether tokens of speech cost something. */
	static boolean ofSpeech(PriceCard card) {
		return ofInput(card) || cost(card, UsageBucket.OUTPUT, UsageBucket.AUDIO_OUTPUT);
	}

}
