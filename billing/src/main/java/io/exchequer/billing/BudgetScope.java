package io.exchequer.billing;

import java.util.Locale;
import java.util.Optional;

/**
 * What a budget stands above.
 *
 * @param type the kind of thing
 * @param value its identifier as text, or the tag itself
 */
public record BudgetScope(Type type, String value) {

	/** The kinds of thing a budget can stand above. */
	public enum Type {

		TENANT, TEAM, PROJECT, KEY, MODEL, TAG;

		/** Returns the name it has in the API and the database: {@code tenant}. */
		public String text() {
			return name().toLowerCase(Locale.ROOT);
		}

		/** Returns the type with a name, or empty where there is none. */
		public static Optional<Type> named(String text) {
			for (Type type : values()) {
				if (type.text().equals(text)) {
					return Optional.of(type);
				}
			}
			return Optional.empty();
		}

	}
}
