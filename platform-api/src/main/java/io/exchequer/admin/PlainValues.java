package io.exchequer.admin;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

import io.exchequer.kernel.ValidationProblem;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.jdk.StringDeserializer;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.ext.javatime.deser.InstantDeserializer;
import tools.jackson.databind.module.SimpleModule;

/**
 * Texts and instants as they can be kept and shown: no control characters but tabs and
 * line ends, no half characters, and years of four digits.
 */
final class PlainValues {

	private static final Instant FIRST = OffsetDateTime.of(1, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC).toInstant();

	private static final Instant LAST = OffsetDateTime.of(9999, 12, 31, 0, 0, 0, 0, ZoneOffset.UTC).toInstant();

	private PlainValues() {
	}

	/** Has bodies refused that hold anything else. */
	static void read(SimpleModule module) {
		module.addDeserializer(String.class, new Texts());
		module.addDeserializer(Instant.class, new Instants());
	}

	static boolean isPlain(String text) {
		return text.codePoints().allMatch(PlainValues::isPlain);
	}

	private static boolean isPlain(int character) {
		return switch (Character.getType(character)) {
			case Character.CONTROL -> character == '\t' || character == '\n' || character == '\r';
			case Character.SURROGATE -> false;
			default -> true;
		};
	}

	static boolean isPlain(Instant instant) {
		return !instant.isBefore(FIRST) && !instant.isAfter(LAST);
	}

	/**
	 * Returns an instant that a request's query gave.
	 * @throws ValidationProblem if its year has not four digits
	 */
	static @Nullable Instant checked(String field, @Nullable Instant instant) {
		if (instant != null && !isPlain(instant)) {
			throw ValidationProblem.of("out_of_range", field, "must be from " + FIRST + " to " + LAST);
		}
		return instant;
	}

	private static final class Texts extends StringDeserializer {

		@Override
		public @Nullable String deserialize(JsonParser parser, DeserializationContext context) {
			String text = super.deserialize(parser, context);
			return (text == null || isPlain(text)) ? text
					: (String) context.handleWeirdStringValue(String.class, "", "has a control character");
		}

	}

	private static final class Instants extends StdDeserializer<Instant> {

		Instants() {
			super(Instant.class);
		}

		@Override
		public @Nullable Instant deserialize(JsonParser parser, DeserializationContext context) {
			Instant instant = InstantDeserializer.INSTANT.deserialize(parser, context);
			return (instant == null || isPlain(instant)) ? instant
					: (Instant) context.handleWeirdStringValue(Instant.class, "", "must have a year of four digits");
		}

	}

}
