package io.exchequer.routing.chat;

import java.math.BigDecimal;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * How tokens are drawn; null is the provider's default everywhere.
 *
 * @param temperature as the client gave it: providers' scales differ
 * @param topLogprobs how many alternatives are told for each token, 0 where only the
 * chosen one is; null where no log probabilities are asked for
 * @param logitBias by token, empty where there is none
 */
public record Sampling(@Nullable BigDecimal temperature, @Nullable BigDecimal topP, @Nullable Integer topK,
		@Nullable Long seed, @Nullable BigDecimal frequencyPenalty, @Nullable BigDecimal presencePenalty,
		@Nullable Integer topLogprobs, Map<String, BigDecimal> logitBias) {

	/** Leaves everything to the provider. */
	public static final Sampling USUAL = new Sampling(null, null, null, null, null, null, null, Map.of());

}
