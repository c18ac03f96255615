package io.exchequer.routing.wire;

import io.exchequer.registry.Capabilities;
import io.exchequer.registry.PriceCard;

/**
 * The most one attempt can cost.
 */
public sealed interface WorstCase {

	/**
	 * A proven upper bound.
	 *
	 * @param nanos in nano-units of the card's currency, rounded up
	 * @param tokens of input and output together
	 */
	record Bounded(long nanos, long tokens) implements WorstCase {
	}

	/**
	 * Nothing bounds the cost.
	 *
	 * @param param the request member at fault
	 * @param message what it is and what to do
	 */
	record Unbounded(String param, String message) implements WorstCase {
	}

	/**
	 * Bounds a request's cost on one deployment.
	 * <p>
	 * Input: a token is at least one byte, so the body's bytes bound the tokens of its
	 * text; tools, calls of them, their results and schemas count a second time, as large
	 * as the most wasteful template writes them; what the provider adds counts as it
	 * says; a fixed amount and one for each message cover what chat templates add; an
	 * image counts as many tokens as the model's capabilities say. The context window
	 * bounds all of it where it is smaller, and alone where bytes do not bound the tokens
	 * (files, images in the body of a model without a bound per image). Output: the limit
	 * for each choice, at most the context window, and a prediction's bytes, since what
	 * is rejected of it is billed as output. All of it at the dearest price that could
	 * apply to what the model can write, times the choices. Each prompt of a text
	 * completion has a window, and an output for each choice, of its own; prompts that
	 * are repeated count as output too. What other endpoints bill, such as images and
	 * characters, is bounded by what the request says of it.
	 * @param maxOutput the output limit in force for each choice; ignored where the
	 * endpoint has none
	 */
	static WorstCase bound(RequestDocument document, Capabilities capabilities, PriceCard card, int maxOutput) {
		return bound(document, capabilities, card, maxOutput, 0);
	}

	/**
	 * Bounds a request's cost on one deployment whose provider adds to its input.
	 * @param maxOutput the output limit in force for each choice; ignored for embeddings
	 * @param inputAdded the most tokens it adds for each choice, 0 or more
	 */
	static WorstCase bound(RequestDocument document, Capabilities capabilities, PriceCard card, int maxOutput,
			int inputAdded) {
		return Bounds.of(document, capabilities, card, maxOutput, inputAdded);
	}

	/**
	 * Returns the greatest output limit whose worst case is at most an amount, or 0 where
	 * not one token fits.
	 * @param nanosAvailable in nano-units of the card's currency
	 */
	static int maxOutputFor(RequestDocument document, Capabilities capabilities, PriceCard card, long nanosAvailable) {
		return maxOutputFor(document, capabilities, card, nanosAvailable, 0);
	}

	/**
	 * Returns the greatest output limit whose worst case is at most an amount, or 0 where
	 * not one token fits.
	 * @param nanosAvailable in nano-units of the card's currency
	 * @param inputAdded the most tokens of input that the provider adds for each choice
	 */
	static int maxOutputFor(RequestDocument document, Capabilities capabilities, PriceCard card, long nanosAvailable,
			int inputAdded) {
		return Bounds.maxOutputFor(document, capabilities, card, nanosAvailable, inputAdded);
	}

}
