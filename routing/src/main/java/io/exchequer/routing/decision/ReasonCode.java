package io.exchequer.routing.decision;

import java.util.Locale;
import java.util.Optional;

/**
 * Why a candidate was chosen or excluded. The numbers are part of stored decision records
 * and never change.
 */
public enum ReasonCode {

	/** It answered. */
	CHOSEN(1, "it answered"),
	/** It stood in the route and was not needed. */
	RANKED(2, "it stood in the route and was not needed"),
	/** It was tried and failed. */
	FAILED(3, "it was tried and failed"),
	/** Only a fallback rule leads to it, and none did. */
	FALLBACK_ONLY(4, "only a fallback rule leads to it, and none did"),
	/** It was cut off, since the client went away. */
	CANCELLED(5, "it was cut off, since the client went away"),
	/** It was given up at a fault of the platform's own. */
	FAULTED(6, "it was given up at a fault of the platform's own"),
	/** The key may not ask for it. */
	NOT_ALLOWED(10, "the key may not ask for it"),
	/** It is switched off. */
	DISABLED(11, "it is switched off"),
	/** It billed more than its bound and was taken out. */
	QUARANTINED(12, "it billed more than its bound and was taken out"),
	/** Its model is retired. */
	RETIRED(13, "its model is retired"),
	/** Its model does not read or write the kind of content. */
	MODALITY(14, "its model does not read or write this kind of content"),
	/** Its model does not call tools. */
	TOOLS(15, "its model does not call tools"),
	/** Its model cannot be held to a schema. */
	STRUCTURED_OUTPUT(16, "its model cannot be held to a schema"),
	/** The input is longer than its model's context window. */
	CONTEXT_WINDOW(17, "the input is longer than its model's context window"),
	/** It may not see content of this class. */
	DATA_CLASS(18, "it may not see content of this class"),
	/** It has no price, and a hard budget stands above the request. */
	UNPRICED(19, "it has no price, and a hard budget stands above the request"),
	/** Nothing bounds the request's cost, and a hard budget stands above it. */
	UNBOUNDED(20, "nothing bounds the cost on it, and a hard budget stands above the request"),
	/** Its circuit breaker is open after failures. */
	CIRCUIT_OPEN(21, "its circuit breaker is open after failures"),
	/** Its provider asked to wait. */
	COOLING_DOWN(22, "its provider asked to wait"),
	/** As many attempts as it takes at once are in flight. */
	BULKHEAD_FULL(23, "as many attempts as it takes at once are in flight"),
	/** Its worst case does not fit a budget. */
	OVER_BUDGET(24, "its worst case does not fit a budget"),
	/** No exchange rate leads from its prices to a budget. */
	NO_RATE(25, "no exchange rate leads from its prices to a budget"),
	/** No implementation speaks to its kind of provider. */
	NO_PROVIDER(26, "nothing here speaks to its kind of provider"),
	/** It does not go on with an answer that another began. */
	NO_CONTINUATION(27, "it does not go on with an answer that another began"),
	/** Its answer found no memory here in time. */
	NO_ROOM(28, "its answer found no memory here in time"),
	/** Its provider has no place for something the request has. */
	UNSUPPORTED(29, "its provider has no place for something the request has"),
	/** Its model does not fill in between a prefix and a suffix. */
	FILL_IN_THE_MIDDLE(30, "its model does not fill in between a prefix and a suffix");

	private static final ReasonCode[] VALUES = values();

	private final int number;

	private final String words;

	private final String text = name().toLowerCase(Locale.ROOT);

	ReasonCode(int number, String words) {
		this.number = number;
		this.words = words;
	}

	/** Returns the number in decision records, 1 to 255. */
	public int number() {
		return this.number;
	}

	/** Returns the code programs read, such as {@code circuit_open}. */
	public String text() {
		return this.text;
	}

	/** Returns the reason in words. */
	public String words() {
		return this.words;
	}

	/** Finds a reason by its number. */
	public static Optional<ReasonCode> byNumber(int number) {
		for (ReasonCode value : VALUES) {
			if (value.number == number) {
				return Optional.of(value);
			}
		}
		return Optional.empty();
	}

}
