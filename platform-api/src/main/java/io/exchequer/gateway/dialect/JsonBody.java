package io.exchequer.gateway.dialect;

import java.math.BigDecimal;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;

/**
 * Reads a request's body into a tree, strictly: no member twice, nothing behind the
 * object, and neither so deep nor of so many values that it would take more memory than
 * it is long. Numbers stay as they came. Used by one thread.
 */
public final class JsonBody {

	/** How deeply values may be nested. */
	static final int DEPTH_MAX = 128;

	/** How many values a body may have together. */
	static final int VALUES_MAX = 250_000;

	private static final int PATH_LENGTH_MAX = 200;

	private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

	private static final JsonFactory FACTORY = JsonFactory.builder()
		.streamReadConstraints(StreamReadConstraints.builder()
			.maxNestingDepth(DEPTH_MAX)
			.maxStringLength(Integer.MAX_VALUE)
			.maxNameLength(8 * 1024)
			.build())
		.build();

	private final JsonParser parser;

	private int values;

	private JsonBody(JsonParser parser) {
		this.parser = parser;
	}

	/**
	 * Reads a body.
	 * @param length how many of the bytes are the body
	 * @throws InvalidRequestException with what is wrong and where
	 */
	public static JsonNode read(byte[] body, int length) throws InvalidRequestException {
		OpenAiRequests.requireJsonObject(body, length);
		try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), body, 0, length)) {
			parser.nextToken();
			JsonNode tree = new JsonBody(parser).value();
			if (parser.nextToken() != null) {
				throw invalid("invalid_json", "The body goes on after its JSON object.", null);
			}
			return tree;
		}
		catch (StreamConstraintsException ex) {
			throw invalid("invalid_json",
					"The body is nested deeper than " + DEPTH_MAX + " levels, or a number or a name in it is too long.",
					null);
		}
		catch (JacksonException ex) {
			throw OpenAiRequests.malformed(ex);
		}
	}

	private JsonNode value() throws InvalidRequestException {
		if (++this.values > VALUES_MAX) {
			throw invalid("invalid_json", "The body has more than " + VALUES_MAX + " values.", null);
		}
		return switch (this.parser.currentToken()) {
			case START_OBJECT -> object();
			case START_ARRAY -> array();
			case VALUE_STRING -> NODES.stringNode(this.parser.getString());
			case VALUE_NUMBER_INT -> whole();
			case VALUE_NUMBER_FLOAT -> decimal(this.parser.getDecimalValue());
			case VALUE_TRUE -> NODES.booleanNode(true);
			case VALUE_FALSE -> NODES.booleanNode(false);
			default -> NODES.nullNode();
		};
	}

	private JsonNode whole() {
		return switch (this.parser.getNumberType()) {
			case INT -> NODES.numberNode(this.parser.getIntValue());
			case LONG -> NODES.numberNode(this.parser.getLongValue());
			default -> NODES.numberNode(this.parser.getBigIntegerValue());
		};
	}

	private static JsonNode decimal(BigDecimal value) {
		return NODES.numberNode(value);
	}

	private ObjectNode object() throws InvalidRequestException {
		ObjectNode object = NODES.objectNode();
		while (this.parser.nextToken() == JsonToken.PROPERTY_NAME) {
			String name = this.parser.currentName();
			if (object.has(name)) {
				String path = path();
				throw invalid("duplicate_member", "'" + path + "' is there twice: send each name once.", path);
			}
			this.parser.nextToken();
			object.set(name, value());
		}
		return object;
	}

	private ArrayNode array() throws InvalidRequestException {
		ArrayNode array = NODES.arrayNode();
		while (this.parser.nextToken() != JsonToken.END_ARRAY) {
			array.add(value());
		}
		return array;
	}

	private String path() {
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

	private static InvalidRequestException invalid(String code, String message, @Nullable String param) {
		return new InvalidRequestException(ApiError.invalid(code, message, param));
	}

}
