package io.exchequer.routing.wire;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceCard;
import org.jspecify.annotations.Nullable;

/** Works out {@link WorstCase}. */
final class Bounds {

	/** What a chat template may add to any request. */
	private static final int TEMPLATE_TOKENS = 512;

	/** What a chat template may add around a message. */
	private static final int MESSAGE_TOKENS = 16;

	private Bounds() {
	}

	static WorstCase of(RequestDocument document, Capabilities capabilities, PriceCard card, int maxOutput,
			int inputAdded) {
		CostFacts facts = document.costFacts();
		WorstCase.Unbounded unbounded = unbounded(document, facts, capabilities);
		if (unbounded != null) {
			return unbounded;
		}
		if (document.endpoint().billsUnits()) {
			return UnitBounds.of(document, capabilities, card);
		}
		try {
			boolean embeddings = document.endpoint() == Endpoint.EMBEDDINGS;
			boolean chat = document.endpoint() == Endpoint.CHAT_COMPLETIONS;
			long choices = facts.choices();
			// Several inputs or prompts are so many calls of the model.
			long runs = chat ? 1 : Math.max(1, facts.messages());
			long window = capabilities.contextWindow() * runs;
			long input = Math.multiplyExact(inputTokens(facts, capabilities, window, inputAdded), choices);
			// Input and output share the window: no answer is longer, whatever was asked.
			long limit = Math.min(maxOutput, capabilities.contextWindow());
			long output = embeddings ? 0
					: Math.multiplyExact(Math.multiplyExact(limit + facts.predictionBytes(), choices), runs);
			return new WorstCase.Bounded(card.dearest(buckets(facts, capabilities), input, output, choices).nanos(),
					input + output);
		}
		catch (ArithmeticException ex) {
			return new WorstCase.Unbounded("max_completion_tokens",
					"The most that the request can cost is more than any amount: ask for less output.");
		}
	}

	static int maxOutputFor(RequestDocument document, Capabilities capabilities, PriceCard card, long nanosAvailable,
			int inputAdded) {
		int fits = 0;
		int tooMuch = capabilities.maxOutput();
		if (fits(document, capabilities, card, tooMuch, nanosAvailable, inputAdded)) {
			return tooMuch;
		}
		while (tooMuch - fits > 1) {
			int middle = fits + (tooMuch - fits) / 2;
			if (fits(document, capabilities, card, middle, nanosAvailable, inputAdded)) {
				fits = middle;
			}
			else {
				tooMuch = middle;
			}
		}
		return fits;
	}

	private static boolean fits(RequestDocument document, Capabilities capabilities, PriceCard card, int maxOutput,
			long nanosAvailable, int inputAdded) {
		return of(document, capabilities, card, maxOutput, inputAdded) instanceof WorstCase.Bounded bounded
				&& bounded.nanos() <= nanosAvailable;
	}

	private static WorstCase.@Nullable Unbounded unbounded(RequestDocument document, CostFacts facts,
			Capabilities capabilities) {
		if (facts.unbounded() != null) {
			return facts.unbounded();
		}
		if (facts.imagesByUrl() != null && capabilities.imageTokensMax() == null) {
			return new WorstCase.Unbounded(facts.imagesByUrl(),
					"The size of the image behind the URL is not known, so its cost has no upper bound:"
							+ " send the image itself as a data URL, or use a model with a known cost per image.");
		}
		for (Modality modality : document.outputModalities()) {
			if ((modality == Modality.AUDIO || modality == Modality.IMAGE)
					&& !capabilities.output().contains(modality)) {
				return new WorstCase.Unbounded("modalities", "The model is not known to write "
						+ modality.name().toLowerCase(Locale.ROOT) + ", so the cost of it has no upper bound.");
			}
		}
		return null;
	}

	private static long inputTokens(CostFacts facts, Capabilities capabilities, long window, int inputAdded) {
		Integer imageTokens = capabilities.imageTokensMax();
		if (!facts.bytesBound() || facts.images() > 0 && imageTokens == null) {
			return window;
		}
		long tokens = (long) facts.bodyBytes() + facts.renderedBytes() + TEMPLATE_TOKENS + inputAdded
				+ (long) facts.messages() * MESSAGE_TOKENS;
		if (imageTokens != null) {
			tokens += (long) facts.images() * imageTokens - facts.inlineImageBytes();
		}
		return Math.min(tokens, window);
	}

	/**
	 * What could be billed. A model that writes images or sound may do so unasked: what
	 * it can write counts, not what was asked for, which is no more. Nothing but tokens
	 * and requests is billed here, so that no price of seconds or pages is held.
	 */
	private static Set<UsageBucket> buckets(CostFacts facts, Capabilities capabilities) {
		Set<UsageBucket> buckets = EnumSet.of(UsageBucket.INPUT, UsageBucket.CACHE_READ, UsageBucket.CACHE_WRITE_5M,
				UsageBucket.CACHE_WRITE_1H, UsageBucket.OUTPUT, UsageBucket.REASONING, UsageBucket.REQUEST);
		if (facts.images() > 0 || !facts.bytesBound()) {
			buckets.add(UsageBucket.IMAGE_INPUT);
		}
		if (facts.audio()) {
			buckets
				.addAll(Set.of(UsageBucket.AUDIO_INPUT, UsageBucket.AUDIO_CACHE_READ, UsageBucket.AUDIO_CACHE_WRITE));
		}
		if (capabilities.output().contains(Modality.AUDIO)) {
			buckets.add(UsageBucket.AUDIO_OUTPUT);
		}
		if (capabilities.output().contains(Modality.IMAGE)) {
			buckets.add(UsageBucket.IMAGE_OUTPUT);
		}
		return buckets;
	}

}
