package io.exchequer.routing.provider.gemini;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.google.genai.JsonSerializable;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes JSON from our trees to the SDK's plain maps and back: they are two Jacksons'.
 */
final class Values {

	/** Numbers stay as they came, and texts may be as long as a request. */
	static final JsonMapper JSON = JsonMapper
		.builder(JsonFactory.builder()
			.streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
			.build())
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
		.build();

	private Values() {
	}

	/** Returns a tree as maps, lists, texts, numbers and truth values. */
	static @Nullable Object plain(JsonNode node) {
		if (node.isObject()) {
			return object(node);
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

	private static Map<String, @Nullable Object> object(JsonNode node) {
		Map<String, @Nullable Object> object = new LinkedHashMap<>();
		node.properties().forEach((each) -> object.put(each.getKey(), plain(each.getValue())));
		return object;
	}

	/** Returns a text that is JSON as a tree, or null where it is none. */
	static @Nullable JsonNode tree(String json) {
		try {
			return JSON.readTree(json);
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	/**
	 * Returns a text that is a JSON object as a map, an empty text as an empty one, or
	 * null where it is none.
	 */
	static @Nullable Map<String, @Nullable Object> object(String json) {
		if (json.isBlank()) {
			return Map.of();
		}
		JsonNode node = tree(json);
		return (node != null && node.isObject()) ? object(node) : null;
	}

	/** Returns one of the SDK's values as JSON. */
	static String text(Object value) {
		return JsonSerializable.toJsonString(value);
	}

}
