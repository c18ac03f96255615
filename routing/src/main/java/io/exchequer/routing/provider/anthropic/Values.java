package io.exchequer.routing.provider.anthropic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.anthropic.core.JsonValue;
import com.anthropic.core.ObjectMappers;
import com.fasterxml.jackson.core.JsonProcessingException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Takes JSON from our trees to the SDK's values and back: they are two Jacksons'. */
final class Values {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private Values() {
	}

	/** Returns a tree as the SDK's value. */
	static JsonValue of(JsonNode node) {
		return JsonValue.from(plain(node));
	}

	private static @Nullable Object plain(JsonNode node) {
		if (node.isObject()) {
			Map<String, @Nullable Object> object = new LinkedHashMap<>();
			node.properties().forEach((each) -> object.put(each.getKey(), plain(each.getValue())));
			return object;
		}
		if (node.isArray()) {
			List<@Nullable Object> array = new ArrayList<>(node.size());
			node.forEach((each) -> array.add(plain(each)));
			return array;
		}
		if (node.isNumber()) {
			return node.numberValue();
		}
		if (node.isBoolean()) {
			return node.booleanValue();
		}
		return node.isNull() ? null : node.asString();
	}

	/**
	 * Returns a text that is a JSON object as the SDK's value, or null where it is none.
	 */
	static @Nullable JsonValue object(String json) {
		if (json.isBlank()) {
			return JsonValue.from(Map.of());
		}
		try {
			JsonNode node = JSON.readTree(json);
			return node.isObject() ? of(node) : null;
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	/** Returns a value as one of the SDK's types. */
	static <T> T as(JsonValue value, Class<T> type) {
		return Objects.requireNonNull(value.convert(type));
	}

	/** Returns one of the SDK's values as JSON. */
	static String text(Object value) {
		try {
			return ObjectMappers.jsonMapper().writeValueAsString(value);
		}
		catch (JsonProcessingException ex) {
			throw new IllegalStateException("a value of the SDK is no JSON", ex);
		}
	}

	/** Returns one of the SDK's values as our tree. */
	static JsonNode tree(Object value) {
		return JSON.readTree(text(value));
	}

}
