package io.exchequer.gateway.dialect;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.InvalidRequestException;

/**
 * The members of one object of a request: each is taken once, and what nobody took is
 * left over. A member that is null counts as absent. Used by one thread.
 */
public final class Members {

	private final String path;

	private final Map<String, JsonNode> left = new LinkedHashMap<>();

	/**
	 * Makes the members of a value.
	 * @param path where it stands, an empty text for the request itself
	 * @throws InvalidRequestException if it is no object
	 */
	public Members(JsonNode object, String path) throws InvalidRequestException {
		this.path = path;
		if (!object.isObject()) {
			throw wrongType(path, "an object", object);
		}
		for (Map.Entry<String, JsonNode> each : object.properties()) {
			if (!each.getValue().isNull()) {
				this.left.put(each.getKey(), each.getValue());
			}
		}
	}

	/** Returns where the object stands, an empty text for the request itself. */
	public String path() {
		return this.path;
	}

	/** Returns where a member of it stands. */
	public String path(String name) {
		return this.path.isEmpty() ? name : this.path + "." + name;
	}

	/** Takes a member as it is, or null where it is absent. */
	public @Nullable JsonNode take(String name) {
		return this.left.remove(name);
	}

	/**
	 * Takes a member as it is.
	 * @throws InvalidRequestException if it is absent
	 */
	public JsonNode required(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value == null) {
			throw missing(name);
		}
		return value;
	}

	/** Returns the names of what nobody took. */
	public List<String> rest() {
		return List.copyOf(this.left.keySet());
	}

	public @Nullable String text(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value != null && !value.isString()) {
			throw wrongType(path(name), "a string", value);
		}
		return (value != null) ? value.asString() : null;
	}

	public String requiredText(String name) throws InvalidRequestException {
		String text = text(name);
		if (text == null) {
			throw missing(name);
		}
		return text;
	}

	/**
	 * Takes the texts of an array; empty where it is absent.
	 */
	public List<String> texts(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value == null) {
			return List.of();
		}
		requireArray(value, path(name));
		String[] texts = new String[value.size()];
		for (int i = 0; i < texts.length; i++) {
			if (!value.get(i).isString()) {
				throw wrongType(path(name) + "[" + i + "]", "a string", value.get(i));
			}
			texts[i] = value.get(i).asString();
		}
		return List.of(texts);
	}

	public @Nullable Members object(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		return (value != null) ? new Members(value, path(name)) : null;
	}

	public Members requiredObject(String name) throws InvalidRequestException {
		return new Members(required(name), path(name));
	}

	public @Nullable Boolean flag(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value != null && !value.isBoolean()) {
			throw wrongType(path(name), "true or false", value);
		}
		return (value != null) ? Boolean.valueOf(value.asBoolean()) : null;
	}

	public @Nullable Integer integer(String name, int least) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value == null) {
			return null;
		}
		if (!value.isIntegralNumber()) {
			throw wrongType(path(name), "a whole number", value);
		}
		if (!value.canConvertToInt() || value.intValue() < least) {
			throw invalidValue(path(name), "must be from " + least + " to " + Integer.MAX_VALUE);
		}
		return value.intValue();
	}

	public @Nullable BigDecimal decimal(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value != null && !value.isNumber()) {
			throw wrongType(path(name), "a number", value);
		}
		return (value != null) ? value.decimalValue() : null;
	}

	/** The object lacks a member. */
	public InvalidRequestException missing(String name) {
		return invalid("missing_required_parameter", "'" + path(name) + "' is missing: add it.", path(name));
	}

	public static void requireArray(JsonNode value, String path) throws InvalidRequestException {
		if (!value.isArray()) {
			throw wrongType(path, "an array", value);
		}
	}

	/** A value is of the wrong kind. */
	public static InvalidRequestException wrongType(String path, String wanted, JsonNode found) {
		String kind = switch (found.getNodeType()) {
			case OBJECT -> "an object";
			case ARRAY -> "an array";
			case STRING -> "a string";
			case BOOLEAN -> "a boolean";
			case NUMBER -> "a number";
			default -> "null";
		};
		return invalid("invalid_type", "'" + path + "' must be " + wanted + ", but is " + kind + ".", path);
	}

	/** A value is of the right kind but cannot be. */
	public static InvalidRequestException invalidValue(String path, String why) {
		return invalid("invalid_value", "'" + path + "' " + why + ".", path);
	}

	private static InvalidRequestException invalid(String code, String message, String path) {
		return new InvalidRequestException(ApiError.invalid(code, message, path));
	}

}
