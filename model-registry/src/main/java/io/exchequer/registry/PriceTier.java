package io.exchequer.registry;

import java.math.BigDecimal;
import java.util.Map;

import io.exchequer.kernel.UsageBucket;

/**
 * The prices of one tier of a card.
 *
 * @param serviceTier the provider's tier: {@code default}, {@code batch}, {@code flex} or
 * {@code priority}
 * @param inputTokensOver the tier applies to requests with more input tokens than this; 0
 * for all
 * @param prices the price of each bucket: per million tokens, but for
 * {@link UsageBucket#REQUEST} per request. A bucket that is absent has no price of its
 * own: see {@link PriceCard} for what is charged then
 */
public record PriceTier(String serviceTier, long inputTokensOver, Map<UsageBucket, BigDecimal> prices) {
}
