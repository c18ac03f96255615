package io.exchequer.registry.pricelist;

import java.util.List;
import java.util.Map;

/** A JSON value. Numbers stay the text they are, so that prices are exact. */
sealed interface Value {

	/** An object, in its order. */
	record Members(Map<String, Value> map) implements Value {
	}

	/** An array. */
	record Items(List<Value> list) implements Value {
	}

	/** A number. */
	record Numeral(String text) implements Value {
	}

	/** A text. */
	record Text(String text) implements Value {
	}

	/** A boolean: never a price. */
	record Flag(boolean set) implements Value {
	}

	/** Nothing. */
	record Nothing() implements Value {
	}

	/**
	 * No value that can be used.
	 *
	 * @param code why not, stable
	 * @param message why not, for people
	 */
	record Unusable(String code, String message) implements Value {
	}

}
