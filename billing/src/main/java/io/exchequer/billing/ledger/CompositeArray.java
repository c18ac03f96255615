package io.exchequer.billing.ledger;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Writes PostgreSQL's literal for an array of composites, a row after the other and a
 * field after the other. Every text is quoted so that it arrives as it is; the one
 * character that the database does not store is left out.
 */
final class CompositeArray {

	private static final char[] HEX = "0123456789abcdef".toCharArray();

	private static final int UUID_DIGITS = 32;

	private final StringBuilder literal = new StringBuilder(512).append('{');

	private boolean inRow;

	/** Begins a row; the one before is complete. */
	CompositeArray row() {
		this.literal.append((this.literal.length() > 1) ? ")\",\"(" : "\"(");
		this.inRow = false;
		return this;
	}

	CompositeArray add(long value) {
		next().append(value);
		return this;
	}

	CompositeArray add(@Nullable Number value) {
		StringBuilder text = next();
		if (value != null) {
			text.append(value);
		}
		return this;
	}

	/** Adds a count of which 0 is written as null. */
	CompositeArray count(long value) {
		StringBuilder text = next();
		if (value != 0) {
			text.append(value);
		}
		return this;
	}

	CompositeArray add(@Nullable UUID value) {
		StringBuilder text = next();
		if (value != null) {
			append(text, value);
		}
		return this;
	}

	/** Adds an instant, rounded down to what the database keeps of it. */
	CompositeArray add(Instant value) {
		next().append(value.truncatedTo(ChronoUnit.MICROS));
		return this;
	}

	CompositeArray add(@Nullable String value) {
		StringBuilder text = next();
		if (value != null) {
			quote(text, value);
		}
		return this;
	}

	CompositeArray add(byte[] value) {
		char[] digits = new char[2 * value.length];
		for (int i = 0; i < value.length; i++) {
			digits[2 * i] = HEX[(value[i] >> 4) & 0xF];
			digits[2 * i + 1] = HEX[value[i] & 0xF];
		}
		next().append("\\\\\\\\x").append(digits);
		return this;
	}

	CompositeArray texts(List<String> values) {
		quote(next(), Parameters.textArray(values));
		return this;
	}

	CompositeArray uuids(List<UUID> values) {
		StringBuilder text = next().append("\\\"{");
		for (int i = 0; i < values.size(); i++) {
			append((i > 0) ? text.append(',') : text, values.get(i));
		}
		text.append("}\\\"");
		return this;
	}

	CompositeArray instants(List<Instant> values) {
		StringBuilder text = next().append("\\\"{");
		for (int i = 0; i < values.size(); i++) {
			((i > 0) ? text.append(',') : text).append(values.get(i).truncatedTo(ChronoUnit.MICROS));
		}
		text.append("}\\\"");
		return this;
	}

	/** Returns the literal; nothing can be added afterwards. */
	String literal() {
		if (this.literal.length() > 1) {
			this.literal.append(")\"");
		}
		return this.literal.append('}').toString();
	}

	private StringBuilder next() {
		if (this.inRow) {
			this.literal.append(',');
		}
		this.inRow = true;
		return this.literal;
	}

	/**
	 * Quotes twice: once for the field in its row, once for the row in the array.
	 */
	private static void quote(StringBuilder literal, String value) {
		literal.append("\\\"");
		for (int i = 0; i < value.length(); i++) {
			char c = value.charAt(i);
			switch (c) {
				case '"' -> literal.append("\\\\\\\"");
				case '\\' -> literal.append("\\\\\\\\");
				case '\0' -> {
				}
				default -> literal.append(c);
			}
		}
		literal.append("\\\"");
	}

	/** The database reads an identifier without its hyphens, too. */
	private static void append(StringBuilder literal, UUID id) {
		char[] digits = new char[UUID_DIGITS];
		hex(digits, 0, id.getMostSignificantBits());
		hex(digits, UUID_DIGITS / 2, id.getLeastSignificantBits());
		literal.append(digits);
	}

	private static void hex(char[] digits, int from, long bits) {
		for (int i = 0, shift = 60; shift >= 0; i++, shift -= 4) {
			digits[from + i] = HEX[(int) (bits >>> shift) & 0xF];
		}
	}

}
