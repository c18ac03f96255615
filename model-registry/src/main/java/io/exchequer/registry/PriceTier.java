package io.exchequer.registry;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

import io.exchequer.kernel.UsageBucket;

/**
 * The prices of one tier of a card.
 *
 * @param serviceTier the provider's tier in lower case: {@code default}, {@code batch},
 * {@code flex}, {@code priority} or another that its answers name
 * @param inputTokensOver the tier applies to requests with more input tokens than this; 0
 * for all
 * @param prices the price of each bucket, for as many as its {@link UsageBucket#measure()
 * measure} says: per million tokens, characters and pixels, per second, and otherwise for
 * each. A bucket that is absent has no price of its own: see {@link PriceCard} for what
 * is charged then
 */
public record PriceTier(String serviceTier, long inputTokensOver, Map<UsageBucket, BigDecimal> prices) {

	/** The tier of an answer that names none. */
	public static final String DEFAULT = "default";

	public PriceTier {
		Map<UsageBucket, BigDecimal> copy = new EnumMap<>(UsageBucket.class);
		copy.putAll(prices);
		prices = Collections.unmodifiableMap(copy);
	}

	/** Returns whether this tier can apply to a request with so many input tokens. */
	boolean reaches(long inputTokens) {
		return this.inputTokensOver == 0 || inputTokens > this.inputTokensOver;
	}

}
