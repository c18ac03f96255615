package io.exchequer.billing.ledger;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;

/**
 * Binds a statement's parameters in their order, arrays above all, in the forms that cost
 * driver and database least.
 */
final class Parameters {

	private static final long MICROS_PER_SECOND = 1_000_000;

	private static final int NANOS_PER_MICRO = 1_000;

	private static final char[] HEX = "0123456789abcdef".toCharArray();

	private final PreparedStatement statement;

	private int last;

	Parameters(PreparedStatement statement) {
		this.statement = statement;
	}

	/** Returns an instant as microseconds of the epoch, rounded down. */
	static long micros(Instant at) {
		return Math.addExact(Math.multiplyExact(at.getEpochSecond(), MICROS_PER_SECOND),
				at.getNano() / NANOS_PER_MICRO);
	}

	/** Returns the instant of a number of microseconds. */
	static Instant instant(long micros) {
		return Instant.ofEpochSecond(Math.floorDiv(micros, MICROS_PER_SECOND),
				Math.floorMod(micros, MICROS_PER_SECOND) * NANOS_PER_MICRO);
	}

	Parameters value(long value) throws SQLException {
		this.statement.setLong(++this.last, value);
		return this;
	}

	Parameters value(@Nullable Long value) throws SQLException {
		this.statement.setObject(++this.last, value, Types.BIGINT);
		return this;
	}

	Parameters value(boolean value) throws SQLException {
		this.statement.setBoolean(++this.last, value);
		return this;
	}

	Parameters value(@Nullable UUID value) throws SQLException {
		this.statement.setObject(++this.last, value, Types.OTHER);
		return this;
	}

	Parameters value(@Nullable String value) throws SQLException {
		this.statement.setString(++this.last, storable(value));
		return this;
	}

	Parameters longs(long[] values) throws SQLException {
		this.statement.setObject(++this.last, values);
		return this;
	}

	Parameters ints(int[] values) throws SQLException {
		this.statement.setObject(++this.last, values);
		return this;
	}

	<T> Parameters longs(List<T> rows, ToLongFunction<T> column) throws SQLException {
		return longs(rows.stream().mapToLong(column).toArray());
	}

	/** Binds numbers of which some are absent. */
	<T> Parameters optionalLongs(List<T> rows, OptionalNumber<T> column) throws SQLException {
		return literal(rows, (row, text) -> text.append(column.of(row)));
	}

	<T> Parameters booleans(List<T> rows, Predicate<T> column) throws SQLException {
		return literal(rows, (row, text) -> text.append(column.test(row) ? 't' : 'f'));
	}

	<T> Parameters uuids(List<T> rows, Function<T, @Nullable UUID> column) throws SQLException {
		return literal(rows, (row, text) -> append(text, column.apply(row)));
	}

	<T> Parameters texts(List<T> rows, Function<T, @Nullable String> column) throws SQLException {
		@Nullable String[] values = new String[rows.size()];
		for (int i = 0; i < values.length; i++) {
			values[i] = storable(column.apply(rows.get(i)));
		}
		this.statement.setObject(++this.last, values);
		return this;
	}

	/** The database stores every character but one. */
	private static @Nullable String storable(@Nullable String text) {
		return (text != null && text.indexOf('\0') >= 0) ? text.replace("\0", "") : text;
	}

	<T> Parameters bytes(List<T> rows, Function<T, byte[]> column) throws SQLException {
		this.statement.setObject(++this.last, rows.stream().map(column).toArray(byte[][]::new));
		return this;
	}

	/**
	 * Binds an array of composites.
	 * @param type the composite's name
	 */
	Parameters composites(CompositeArray rows, String type) throws SQLException {
		BaseConnection connection = this.statement.getConnection().unwrap(BaseConnection.class);
		this.statement.setObject(++this.last, rows.value(connection, type));
		return this;
	}

	private <T> Parameters literal(List<T> rows, Element<T> element) throws SQLException {
		StringBuilder text = new StringBuilder(2 + 37 * rows.size()).append('{');
		for (int i = 0; i < rows.size(); i++) {
			if (i > 0) {
				text.append(',');
			}
			element.append(rows.get(i), text);
		}
		this.statement.setObject(++this.last, text.append('}').toString(), Types.OTHER);
		return this;
	}

	/** Returns the database's literal for an array of texts. */
	static String textArray(List<String> values) {
		if (values.isEmpty()) {
			return "{}";
		}
		StringBuilder text = new StringBuilder("{");
		for (String value : values) {
			text.append((text.length() > 1) ? ",\"" : "\"");
			for (int i = 0; i < value.length(); i++) {
				char c = value.charAt(i);
				if (c == '"' || c == '\\') {
					text.append('\\');
				}
				text.append(c);
			}
			text.append('"');
		}
		return text.append('}').toString();
	}

	private static void append(StringBuilder text, @Nullable UUID id) {
		if (id == null) {
			text.append("NULL");
			return;
		}
		appendHex(text, id.getMostSignificantBits());
		appendHex(text, id.getLeastSignificantBits());
	}

	/** The database reads an identifier without its hyphens, too. */
	private static void appendHex(StringBuilder text, long bits) {
		for (int shift = 60; shift >= 0; shift -= 4) {
			text.append(HEX[(int) (bits >>> shift) & 0xF]);
		}
	}

	/**
	 * A column of numbers of which some are absent.
	 *
	 * @param <T> a row
	 */
	interface OptionalNumber<T> {

		@Nullable Number of(T row);

	}

	private interface Element<T> {

		void append(T row, StringBuilder text);

	}

}
