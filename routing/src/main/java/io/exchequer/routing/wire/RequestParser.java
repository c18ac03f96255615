package io.exchequer.routing.wire;

import io.exchequer.routing.ApiError;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * A Jackson parser over a request's bytes that knows where each value is, and how to tell
 * the client what is wrong with it. Used by one thread, for one request.
 */
final class RequestParser implements AutoCloseable {

	/** How deeply values may be nested. */
	static final int DEPTH_MAX = 128;

	/** How many members all objects of a request may have together. */
	static final int MEMBERS_MAX = 100_000;

	private static final int PATH_LENGTH_MAX = 200;

	private static final JsonFactory FACTORY = JsonFactory.builder()
		.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
		.streamReadConstraints(StreamReadConstraints.builder()
			.maxNestingDepth(DEPTH_MAX)
			.maxStringLength(Integer.MAX_VALUE)
			.maxNameLength(8 * 1024)
			.build())
		.build();

	private final JsonParser parser;

	private int members;

	RequestParser(byte[] body, int length) {
		this.parser = FACTORY.createParser(ObjectReadContext.empty(), body, 0, length);
	}

	/** Goes to the next token, null at the end. */
	@Nullable JsonToken next() throws InvalidRequestException {
		JsonToken token = this.parser.nextToken();
		if (token == JsonToken.PROPERTY_NAME && ++this.members > MEMBERS_MAX) {
			throw invalid("invalid_json", "The body has more than " + MEMBERS_MAX + " members.", null);
		}
		return token;
	}

	/** Goes to the next member and returns its name, null at the object's end. */
	@Nullable String nextMember() throws InvalidRequestException {
		return (next() == JsonToken.PROPERTY_NAME) ? this.parser.currentName() : null;
	}

	/** Passes the current value; at its beginning before, at its last token after. */
	void skip() throws InvalidRequestException {
		int depth = this.parser.currentToken().isStructStart() ? 1 : 0;
		while (depth > 0) {
			JsonToken token = next();
			if (token == null) {
				return;
			}
			if (token.isStructStart()) {
				depth++;
			}
			else if (token.isStructEnd()) {
				depth--;
			}
		}
	}

	/**
	 * Passes the value of a member that the platform does not read.
	 * @throws InvalidRequestException if the name differs only by case from one that it
	 * reads
	 */
	void passOver(String name) throws InvalidRequestException {
		String meant = MemberNames.sameButForCase(name);
		if (meant != null) {
			String path = path();
			throw invalid("ambiguous_member",
					"'" + path + "' differs from '" + meant
							+ "' only by case, and some servers would take it for that: write '" + meant
							+ "', or leave it out.",
					path);
		}
		skip();
	}

	/** Returns where the current token begins. */
	int begin() {
		return (int) this.parser.currentTokenLocation().getByteOffset();
	}

	/**
	 * Returns where the current value ends; a text is read for it, and an object or array
	 * must have been passed.
	 */
	int end() {
		if (this.parser.currentToken() == JsonToken.VALUE_STRING) {
			this.parser.getStringLength();
		}
		return (int) this.parser.currentLocation().getByteOffset();
	}

	boolean isNull() {
		return this.parser.currentToken() == JsonToken.VALUE_NULL;
	}

	boolean isText() {
		return this.parser.currentToken() == JsonToken.VALUE_STRING;
	}

	boolean isObject() {
		return this.parser.currentToken() == JsonToken.START_OBJECT;
	}

	boolean isArray() {
		return this.parser.currentToken() == JsonToken.START_ARRAY;
	}

	boolean isBoolean() {
		return this.parser.currentToken().isBoolean();
	}

	boolean isWholeNumber() {
		return this.parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
	}

	String text() {
		return this.parser.getString();
	}

	boolean bool() {
		return this.parser.getBooleanValue();
	}

	/**
	 * Returns a whole number within bounds.
	 * @throws InvalidRequestException if the value is none
	 */
	int number(int min, int max) throws InvalidRequestException {
		if (!isWholeNumber()) {
			throw wrongType("a whole number");
		}
		long value = wholeNumber();
		if (value < min || value > max) {
			throw invalidValue("must be from " + min + " to " + max);
		}
		return (int) value;
	}

	/** Returns a whole number that is there; one beyond all bounds as the greatest. */
	long wholeNumber() {
		return (this.parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) ? Long.MAX_VALUE
				: this.parser.getLongValue();
	}

	void requireObject() throws InvalidRequestException {
		if (!isObject()) {
			throw wrongType("an object");
		}
	}

	void requireArray() throws InvalidRequestException {
		if (!isArray()) {
			throw wrongType("an array");
		}
	}

	String requireText() throws InvalidRequestException {
		if (!isText()) {
			throw wrongType("a string");
		}
		return text();
	}

	boolean requireBoolean() throws InvalidRequestException {
		if (!isBoolean()) {
			throw wrongType("true or false");
		}
		return bool();
	}

	/**
	 * Returns where the parser is, such as {@code messages[0].content}. Only for telling
	 * it: it is not cheap.
	 */
	String path() {
		StringBuilder path = new StringBuilder();
		JsonPointer at = this.parser.streamReadContext().pathAsPointer();
		while (!at.matches() && path.length() < PATH_LENGTH_MAX) {
			if (at.mayMatchElement()) {
				path.append('[').append(at.getMatchingIndex()).append(']');
			}
			else {
				path.append(path.isEmpty() ? "" : ".").append(at.getMatchingProperty());
			}
			at = at.tail();
		}
		return path.toString();
	}

	/** The value there is of the wrong kind. */
	InvalidRequestException wrongType(String wanted) {
		String found = switch (this.parser.currentToken()) {
			case START_OBJECT, END_OBJECT -> "an object";
			case START_ARRAY, END_ARRAY -> "an array";
			case VALUE_STRING -> "a string";
			case VALUE_TRUE, VALUE_FALSE -> "a boolean";
			case VALUE_NULL -> "null";
			default -> "a number";
		};
		String path = path();
		return invalid("invalid_type", "'" + path + "' must be " + wanted + ", but is " + found + ".", path);
	}

	/** The value there is of the right kind but cannot be. */
	InvalidRequestException invalidValue(String why) {
		String path = path();
		return invalid("invalid_value", "'" + path + "' " + why + ".", path);
	}

	/** The object that was just passed lacks a member. */
	InvalidRequestException missing(String member) {
		String path = path();
		String param = path.isEmpty() ? member : path + '.' + member;
		return invalid("missing_required_parameter", "'" + param + "' is missing: add it.", param);
	}

	static InvalidRequestException invalid(String code, String message, @Nullable String param) {
		return new InvalidRequestException(ApiError.invalid(code, message, param));
	}

	@Override
	public void close() {
		this.parser.close();
	}

}
