package io.exchequer.routing.chat;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.InvalidRequestException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The members of one object of a request: each is taken once, and what nobody took is
 * left. A member that is null counts as absent.
 */
final class Members {

	private final String path;

	private final Map<String, JsonNode> left = new LinkedHashMap<>();

	/**
	 * Makes the members of a value.
	 * @param path where it stands, an empty text for the request itself
	 * @throws InvalidRequestException if it is no object
	 */
	Members(JsonNode object, String path) throws InvalidRequestException {
		this.path = path;
		if (!object.isObject()) {
			throw wrong(path, "must be an object");
		}
		for (Map.Entry<String, JsonNode> each : object.properties()) {
			if (!each.getValue().isNull()) {
				this.left.put(each.getKey(), each.getValue());
			}
		}
	}

	static InvalidRequestException wrong(String path, String what) {
		return new InvalidRequestException(ApiError.invalid("invalid_value", "'" + path + "' " + what + ".", path));
	}

	String path(String name) {
		return this.path.isEmpty() ? name : this.path + "." + name;
	}

	/** Takes a member as it is, or null where it is absent. */
	@Nullable JsonNode take(String name) {
		return this.left.remove(name);
	}

	/** Returns what nobody took. */
	Map<String, JsonNode> rest() {
		return this.left;
	}

	@Nullable String text(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value != null && !value.isString()) {
			throw wrong(path(name), "must be a string");
		}
		return (value != null) ? value.asString() : null;
	}

	String requiredText(String name) throws InvalidRequestException {
		String text = text(name);
		if (text == null) {
			throw missing(name);
		}
		return text;
	}

	Members requiredObject(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value == null) {
			throw missing(name);
		}
		return new Members(value, path(name));
	}

	private InvalidRequestException missing(String name) {
		return new InvalidRequestException(
				ApiError.invalid("missing_required_parameter", "'" + path(name) + "' is missing.", path(name)));
	}

	@Nullable Boolean flag(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value != null && !value.isBoolean()) {
			throw wrong(path(name), "must be true or false");
		}
		return (value != null) ? Boolean.valueOf(value.asBoolean()) : null;
	}

	@Nullable Integer integer(String name, int least) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value == null) {
			return null;
		}
		if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
			throw wrong(path(name), "must be a whole number from " + least);
		}
		return value.intValue();
	}

	@Nullable Long wholeNumber(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value == null) {
			return null;
		}
		if (!value.isIntegralNumber() || !value.canConvertToLong()) {
			throw wrong(path(name), "must be a whole number of 64 bits");
		}
		return value.longValue();
	}

	@Nullable BigDecimal decimal(String name) throws InvalidRequestException {
		JsonNode value = take(name);
		if (value == null) {
			return null;
		}
		if (!value.isNumber()) {
			throw wrong(path(name), "must be a number");
		}
		return value.decimalValue();
	}

	/** Takes {@code cache_control}. */
	@Nullable CacheMark cacheMark() throws InvalidRequestException {
		JsonNode value = take(Wire.CACHE_CONTROL);
		if (value == null) {
			return null;
		}
		Members mark = new Members(value, path(Wire.CACHE_CONTROL));
		if (!mark.requiredText("type").equals("ephemeral")) {
			throw wrong(mark.path("type"), "must be 'ephemeral'");
		}
		return switch (Objects.requireNonNullElse(mark.text("ttl"), "5m")) {
			case "5m" -> CacheMark.FIVE_MINUTES;
			case "1h" -> CacheMark.ONE_HOUR;
			default -> throw wrong(mark.path("ttl"), "must be '5m' or '1h'");
		};
	}

}
