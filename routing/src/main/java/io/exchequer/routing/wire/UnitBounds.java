package io.exchequer.routing.wire;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.PriceCard;

/**
 * Works out {@link WorstCase} where a card may bill by other units than tokens. A card
 * may offer several measures of one thing, and an answer counts it by one of them (see
 * {@link UnitUsage}): the dearest measure is the bound.
 */
final class UnitBounds {

	/** How many documents, or parts of them, one search unit of Cohere's covers. */
	static final int DOCUMENTS_PER_QUERY = 100;

	/**
	 * The tokens of a document together with the query, above which it counts as several.
	 */
	static final int DOCUMENT_TOKENS = 500;

	/** What a server may add to any request's text, or between a query and a document. */
	private static final int FRAME_TOKENS = 512;

	private static final int PIECE_TOKENS = 16;

	private static final Set<UsageBucket> TEXT_IN = Set.of(UsageBucket.INPUT, UsageBucket.CACHE_READ,
			UsageBucket.CACHE_WRITE_5M, UsageBucket.CACHE_WRITE_1H, UsageBucket.IMAGE_INPUT);

	private static final Set<UsageBucket> IMAGES = Set.of(UsageBucket.INPUT, UsageBucket.CACHE_READ,
			UsageBucket.CACHE_WRITE_5M, UsageBucket.CACHE_WRITE_1H, UsageBucket.IMAGE_INPUT, UsageBucket.OUTPUT,
			UsageBucket.IMAGE_OUTPUT);

	private static final Set<UsageBucket> SPEECH = Set.of(UsageBucket.INPUT, UsageBucket.OUTPUT,
			UsageBucket.AUDIO_OUTPUT);

	private UnitBounds() {
	}

	static WorstCase of(RequestDocument document, Capabilities capabilities, PriceCard card) {
		CostFacts facts = document.costFacts();
		if (facts.unbounded() != null) {
			return facts.unbounded();
		}
		try {
			return switch (document.endpoint()) {
				case RERANK -> rerank(document, capabilities, card);
				case MODERATIONS -> moderation(document, capabilities, card);
				case IMAGES_GENERATIONS -> images(document, capabilities, card);
				case AUDIO_SPEECH -> speech(document, capabilities, card);
				case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS ->
					throw new IllegalArgumentException("billed by tokens alone");
			};
		}
		catch (ArithmeticException ex) {
			return new WorstCase.Unbounded("model", "The most that the request can cost is more than any amount.");
		}
	}

	/**
	 * The most search units of a ranking: a token is at least one byte, so a document has
	 * at most as many parts as its bytes fill, beside the query, up to the limit.
	 */
	static long queriesMax(UnitFacts units) {
		int room = Math.max(1, DOCUMENT_TOKENS - units.queryBytes());
		long parts = (units.longestBytes() <= room) ? units.count() : units.count() + units.bytes() / room;
		return Math.ceilDiv(parts, DOCUMENTS_PER_QUERY);
	}

	/** The query is read again with each document, or with each window's part of one. */
	private static WorstCase rerank(RequestDocument document, Capabilities capabilities, PriceCard card) {
		UnitFacts units = document.unitFacts();
		int room = Math.max(1, capabilities.contextWindow() - units.queryBytes());
		long pairs = (units.longestBytes() <= room) ? units.count() : units.count() + units.bytes() / room;
		long tokens = Math.addExact(FRAME_TOKENS + (long) document.length(),
				Math.multiplyExact(pairs, (long) units.queryBytes() + PIECE_TOKENS));
		long byTokens = nanos(card, TEXT_IN, tokens, 0, Map.of());
		long byQueries = nanos(card, TEXT_IN, 0, 0, Map.of(UsageBucket.QUERIES, queriesMax(units)));
		return new WorstCase.Bounded(Math.max(byTokens, byQueries), tokens);
	}

	private static WorstCase moderation(RequestDocument document, Capabilities capabilities, PriceCard card) {
		CostFacts facts = document.costFacts();
		Integer imageTokens = capabilities.imageTokensMax();
		if (facts.images() > 0 && imageTokens == null && UnitPrices.ofInput(card)) {
			return new WorstCase.Unbounded("input", "How many tokens an image costs is not known for the model, so its"
					+ " cost has no upper bound: send text, or use a model with a known cost per image.");
		}
		long tokens = FRAME_TOKENS + (long) document.length() + (long) document.unitFacts().count() * PIECE_TOKENS
				+ (long) facts.images() * ((imageTokens != null) ? imageTokens : 0);
		return new WorstCase.Bounded(nanos(card, TEXT_IN, tokens, 0, Map.of()), tokens);
	}

	private static WorstCase images(RequestDocument document, Capabilities capabilities, PriceCard card) {
		UnitFacts units = document.unitFacts();
		long input = FRAME_TOKENS + (long) document.length();
		long made = units.count();
		long output = UnitPrices.ofImageOutput(card) ? Math.multiplyExact(made, (long) capabilities.maxOutput()) : 0;
		long most = nanos(card, IMAGES, input, output, Map.of());
		if (UnitPrices.cost(card, UsageBucket.IMAGES_OUT)) {
			most = Math.max(most, nanos(card, IMAGES, input, 0, Map.of(UsageBucket.IMAGES_OUT, made)));
		}
		else if (UnitPrices.cost(card, UsageBucket.PIXELS_OUT)) {
			if (units.pixelsEach() < 0) {
				return new WorstCase.Unbounded("size", "The model's images are billed by the pixel and their size is"
						+ " left to it, so their cost has no upper bound: name a size, such as 1024x1024.");
			}
			long pixels = Math.multiplyExact(made, units.pixelsEach());
			most = Math.max(most, nanos(card, IMAGES, input, 0, Map.of(UsageBucket.PIXELS_OUT, pixels)));
		}
		return new WorstCase.Bounded(most, input + output);
	}

	private static WorstCase speech(RequestDocument document, Capabilities capabilities, PriceCard card) {
		if (UnitPrices.cost(card, UsageBucket.CHARACTERS_IN)) {
			long characters = document.unitFacts().characters();
			return new WorstCase.Bounded(nanos(card, SPEECH, 0, 0, Map.of(UsageBucket.CHARACTERS_IN, characters)),
					characters);
		}
		long input = FRAME_TOKENS + (long) document.length();
		if (UnitPrices.ofSpeech(card)) {
			return new WorstCase.Bounded(nanos(card, SPEECH, input, capabilities.maxOutput(), Map.of()),
					input + capabilities.maxOutput());
		}
		if (UnitPrices.cost(card, UsageBucket.AUDIO_TIME_OUT)) {
			return new WorstCase.Unbounded("input", "The model's speech is billed by its length, which nothing bounds"
					+ " before it is spoken: use a model that is billed by the character.");
		}
		return new WorstCase.Bounded(nanos(card, SPEECH, 0, 0, Map.of()), input);
	}

	private static long nanos(PriceCard card, Set<UsageBucket> buckets, long input, long output,
			Map<UsageBucket, Long> units) {
		Map<UsageBucket, Long> all = new EnumMap<>(UsageBucket.class);
		all.putAll(units);
		all.put(UsageBucket.REQUEST, 1L);
		return card.dearest(buckets, input, output, all).nanos();
	}

}
