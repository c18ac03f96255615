package io.exchequer.routing.strategy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The strategies a policy may name. The numbers are part of stored decision records and
 * never change.
 */
public enum StrategyName {

	ORDERED(1, "ordered"), WEIGHTED(2, "weighted"), CHEAPEST(3, "cheapest"), FASTEST(4, "fastest"),
	LEAST_BUSY(5, "least-busy");

	private static final StrategyName[] VALUES = values();

	private final int number;

	private final String text;

	StrategyName(int number, String text) {
		this.number = number;
		this.text = text;
	}

	/** Returns the number in decision records, 1 to 255. */
	public int number() {
		return this.number;
	}

	/** Returns the name policies use. */
	public String text() {
		return this.text;
	}

	/** Returns every name. */
	public static List<String> texts() {
		return Arrays.stream(VALUES).map(StrategyName::text).toList();
	}

	/** Finds a strategy by the name policies use. */
	public static Optional<StrategyName> byText(String text) {
		for (StrategyName value : VALUES) {
			if (value.text.equals(text)) {
				return Optional.of(value);
			}
		}
		return Optional.empty();
	}

	/** Finds a strategy by its number. */
	public static Optional<StrategyName> byNumber(int number) {
		for (StrategyName value : VALUES) {
			if (value.number == number) {
				return Optional.of(value);
			}
		}
		return Optional.empty();
	}

}
