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
	 * @param maxOutput the output limit in force for each choice; ignored for embeddings
	 */
	static WorstCase bound(RequestDocument document, Capabilities capabilities, PriceCard card, int maxOutput) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns the greatest output limit whose worst case is at most an amount, or 0 where
	 * not one token fits.
	 * @param nanosAvailable in nano-units of the card's currency
	 */
	static int maxOutputFor(RequestDocument document, Capabilities capabilities, PriceCard card, long nanosAvailable) {
		throw new UnsupportedOperationException();
	}

}
