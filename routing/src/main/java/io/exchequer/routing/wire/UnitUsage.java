package io.exchequer.routing.wire;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.PriceCard;
import org.jspecify.annotations.Nullable;

/**
 * Works out what an answer used where a card may bill by other units than tokens: what
 * the provider reports, and where the wire reports nothing, what the request and the
 * answer let count exactly. What a card prices by two measures is counted by one.
 */
public final class UnitUsage {

	private UnitUsage() {
	}

	/**
	 * Returns what a whole answer used.
	 * @param told what the answer says or shows, or null where that is nothing
	 * @param card the card in force
	 * @return null where the card bills by something that was neither told nor is known
	 */
	public static @Nullable TokenUsage of(RequestDocument document, @Nullable TokenUsage told, PriceCard card) {
		TokenUsage seen = (told != null) ? told : TokenUsage.NONE;
		return switch (document.endpoint()) {
			case RERANK -> rerank(document.unitFacts(), seen, card);
			case MODERATIONS -> tokensOrFree(seen, card);
			case IMAGES_GENERATIONS -> images(document.unitFacts(), seen, card);
			case AUDIO_SPEECH -> speech(document.unitFacts(), card);
			case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS -> told;
		};
	}

	private static @Nullable TokenUsage rerank(UnitFacts units, TokenUsage seen, PriceCard card) {
		if (UnitPrices.cost(card, UsageBucket.QUERIES)) {
			if (seen.get(UsageBucket.QUERIES) > 0) {
				return one(UsageBucket.QUERIES, seen.get(UsageBucket.QUERIES));
			}
			if (!hasTokens(seen) || !UnitPrices.ofInput(card)) {
				// Not one more and not one less is possible only where the bound is one.
				return (UnitBounds.queriesMax(units) == 1) ? one(UsageBucket.QUERIES, 1) : null;
			}
		}
		if (!UnitPrices.ofInput(card)) {
			return seen.with(UsageBucket.REQUEST, 1);
		}
		return hasTokens(seen) ? seen.with(UsageBucket.QUERIES, 0).with(UsageBucket.REQUEST, 1) : null;
	}

	private static @Nullable TokenUsage tokensOrFree(TokenUsage seen, PriceCard card) {
		return (hasTokens(seen) || !UnitPrices.ofInput(card)) ? seen.with(UsageBucket.REQUEST, 1) : null;
	}

	private static @Nullable TokenUsage images(UnitFacts units, TokenUsage seen, PriceCard card) {
		long made = seen.get(UsageBucket.IMAGES_OUT);
		boolean byTokens = UnitPrices.ofImageOutput(card);
		TokenUsage tokens = asImageTokens(seen).with(UsageBucket.REQUEST, 1);
		if (!hasTokens(seen) && UnitPrices.ofInput(card)) {
			return null;
		}
		if (byTokens && seen.outputTokens() > 0) {
			return tokens.with(UsageBucket.IMAGES_OUT, 0);
		}
		if (UnitPrices.cost(card, UsageBucket.IMAGES_OUT)) {
			return tokens;
		}
		if (UnitPrices.cost(card, UsageBucket.PIXELS_OUT)) {
			return (units.pixelsEach() >= 0 && made * units.pixelsEach() <= TokenUsage.COUNT_MAX)
					? tokens.with(UsageBucket.IMAGES_OUT, 0).with(UsageBucket.PIXELS_OUT, made * units.pixelsEach())
					: null;
		}
		return byTokens ? null : tokens;
	}

	/** Tokens that an image model wrote are an image's unless it says otherwise. */
	private static TokenUsage asImageTokens(TokenUsage seen) {
		boolean told = seen.get(UsageBucket.IMAGE_OUTPUT) > 0;
		return told ? seen
				: seen.with(UsageBucket.IMAGE_OUTPUT, seen.get(UsageBucket.OUTPUT)).with(UsageBucket.OUTPUT, 0);
	}

	/** Sound tells no usage: only what the text says of it is known. */
	private static @Nullable TokenUsage speech(UnitFacts units, PriceCard card) {
		if (UnitPrices.cost(card, UsageBucket.CHARACTERS_IN)) {
			return one(UsageBucket.CHARACTERS_IN, units.characters());
		}
		boolean costs = UnitPrices.ofSpeech(card) || UnitPrices.cost(card, UsageBucket.AUDIO_TIME_OUT);
		return costs ? null : one(UsageBucket.CHARACTERS_IN, units.characters());
	}

	private static TokenUsage one(UsageBucket bucket, long count) {
		return TokenUsage.NONE.with(bucket, count).with(UsageBucket.REQUEST, 1);
	}

	private static boolean hasTokens(TokenUsage usage) {
		return usage.inputTokens() + usage.outputTokens() > 0;
	}

}
