package io.exchequer.routing.provider.demo;

import java.util.List;
import java.util.Map;
import java.util.Random;

import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a value that fits a JSON schema: its types, required and other properties,
 * enumerations, bounds of numbers, texts and arrays, and references within the schema.
 */
final class SchemaInstance {

	private static final int DEPTH_MAX = 8;

	private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

	private static final List<String> WORDS = List.of("amber", "birch", "cedar", "delta", "ember", "fjord", "grove",
			"harbour");

	private final JsonNode root;

	private final Random random;

	private final Room room;

	private SchemaInstance(JsonNode root, long seed, Room room) {
		this.root = root;
		this.random = new Random(seed);
		this.room = room;
	}

	/**
	 * Makes a value; the same for the same schema and seed.
	 * @param room what the values of one answer may take together
	 * @throws IllegalArgumentException if the schema's references cannot be read, or what
	 * fits it is too large
	 */
	static JsonNode of(JsonNode schema, long seed, Room room) {
		return new SchemaInstance(schema, seed, room).value(schema, "value", 0);
	}

	private JsonNode value(JsonNode schema, String name, int depth) {
		this.room.take(1);
		if (schema.has("$ref") && depth < 2 * DEPTH_MAX) {
			return value(reference(schema.path("$ref").asString("")), name, depth + 1);
		}
		if (schema.has("const")) {
			return taken(schema.get("const"));
		}
		JsonNode choices = schema.path("enum");
		if (!choices.isEmpty()) {
			return taken(choices.get(this.random.nextInt(choices.size())));
		}
		for (String keyword : new String[] { "anyOf", "oneOf", "allOf" }) {
			if (!schema.path(keyword).isEmpty() && !schema.has("properties")) {
				return value(alternative(schema.path(keyword), depth), name, depth + 1);
			}
		}
		return switch (type(schema)) {
			case "object" -> object(schema, depth);
			case "array" -> array(schema, name, depth);
			case "integer" -> NODES.numberNode(Math.round(number(schema, true)));
			case "number" -> NODES.numberNode(number(schema, false));
			case "boolean" -> NODES.booleanNode(this.random.nextBoolean());
			case "null" -> NODES.nullNode();
			default -> NODES.stringNode(text(schema, name));
		};
	}

	/** A value of the schema's own may be as large as the request. */
	private JsonNode taken(JsonNode value) {
		this.room.take(value.toString().length());
		return value;
	}

	/** Near the depth limit, the alternative that goes no deeper. */
	private static JsonNode alternative(JsonNode alternatives, int depth) {
		for (JsonNode one : alternatives) {
			if (depth >= DEPTH_MAX && !one.has("$ref") && !type(one).equals("object")) {
				return one;
			}
		}
		return alternatives.get(0);
	}

	private JsonNode reference(String reference) {
		if (!reference.startsWith("#")) {
			return NODES.missingNode();
		}
		if (reference.length() > 1 && reference.charAt(1) != '/') {
			throw new IllegalArgumentException("the schema's '$ref' must be '#' or begin with '#/'");
		}
		return this.root.at(JsonPointer.compile(reference.substring(1)));
	}

	private static String type(JsonNode schema) {
		JsonNode type = schema.path("type");
		if (type.isArray()) {
			for (JsonNode one : type) {
				if (!one.asString("").equals("null")) {
					return one.asString("");
				}
			}
			return "null";
		}
		if (type.isString()) {
			return type.asString();
		}
		return schema.has("properties") ? "object" : schema.has("items") ? "array" : "string";
	}

	private ObjectNode object(JsonNode schema, int depth) {
		ObjectNode object = NODES.objectNode();
		List<String> required = schema.path("required").valueStream().map((one) -> one.asString("")).toList();
		for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
			if (depth < DEPTH_MAX || required.contains(property.getKey())) {
				this.room.take(property.getKey().length());
				object.set(property.getKey(), value(property.getValue(), property.getKey(), depth + 1));
			}
		}
		return object;
	}

	private ArrayNode array(JsonNode schema, String name, int depth) {
		ArrayNode array = NODES.arrayNode();
		int least = schema.path("minItems").asInt(0);
		int count = (depth < DEPTH_MAX) ? Math.max(least, 2) : least;
		count = Math.min(count, schema.path("maxItems").asInt(Integer.MAX_VALUE));
		for (int i = 0; i < count; i++) {
			array.add(value(schema.path("items"), name, depth + 1));
		}
		return array;
	}

	private double number(JsonNode schema, boolean whole) {
		double step = schema.path("multipleOf").asDouble(whole ? 1 : 0.5);
		double least = schema.path("minimum").asDouble(Double.NaN);
		double most = schema.path("maximum").asDouble(Double.NaN);
		if (schema.path("exclusiveMinimum").isNumber()) {
			least = schema.path("exclusiveMinimum").asDouble() + step;
		}
		if (schema.path("exclusiveMaximum").isNumber()) {
			most = schema.path("exclusiveMaximum").asDouble() - step;
		}
		if (Double.isNaN(least)) {
			least = Double.isNaN(most) ? 1 : Math.min(1, most);
		}
		double value = Math.ceil(least / step) * step + step * this.random.nextInt(10);
		return (!Double.isNaN(most) && value > most) ? Math.max(least, Math.floor(most / step) * step) : value;
	}

	private String text(JsonNode schema, String name) {
		String word = WORDS.get(this.random.nextInt(WORDS.size()));
		String text = switch (schema.path("format").asString("")) {
			case "date" -> "2026-01-15";
			case "time" -> "09:30:00Z";
			case "date-time" -> "2026-01-15T09:30:00Z";
			case "duration" -> "PT30M";
			case "email" -> word + "@example.com";
			case "hostname" -> word + ".example.com";
			case "ipv4" -> "192.0.2.1";
			case "ipv6" -> "2001:db8::1";
			case "uuid" -> "00000000-0000-4000-8000-000000000000";
			case "uri" -> "https://example.com/" + word;
			default -> "demo " + name + " " + word;
		};
		int least = Math.max(0, schema.path("minLength").asInt(0));
		int most = Math.max(0, schema.path("maxLength").asInt(Integer.MAX_VALUE));
		if (text.length() < least) {
			text += "x".repeat(Math.min(least - text.length(), 10_000));
		}
		this.room.take(text.length());
		return (text.length() > most) ? text.substring(0, most) : text;
	}

	/** What the values of one answer may take together. Used by one thread. */
	static final class Room {

		/** More than any answer of a model has. */
		private static final int CHARACTERS_MAX = 250_000;

		private int left = CHARACTERS_MAX;

		private void take(int characters) {
			this.left -= characters;
			if (this.left < 0) {
				throw new IllegalArgumentException(
						"what fits the schema is longer than the simulator writes, " + CHARACTERS_MAX + " characters");
			}
		}

	}

}
