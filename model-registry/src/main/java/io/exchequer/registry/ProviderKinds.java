package io.exchequer.registry;

import java.util.Map;
import java.util.Set;

/**
 * The kinds of provider that something in the process can speak to. The registry refuses
 * a provider of any other kind; without a bean of this type it takes every well-formed
 * one.
 */
@FunctionalInterface
public interface ProviderKinds {

	/** Returns every kind, such as {@code openai}. */
	Set<String> kinds();

	/**
	 * Returns whether a provider of a kind needs no base URL: where it is, is known.
	 */
	default boolean knowsAddress(String kind) {
		return false;
	}

	/**
	 * Checks the settings of a provider of one of the kinds.
	 * @throws IllegalArgumentException if a call could not be made with them, saying why
	 */
	default void checkSettings(String kind, Map<String, String> settings) {
	}

	/**
	 * Checks the options of a deployment at a provider of one of the kinds.
	 * @throws IllegalArgumentException if a call could not be made with them, saying why
	 */
	default void checkOptions(String kind, Map<String, String> options) {
	}

}
