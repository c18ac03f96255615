package io.exchequer.registry.pricelist;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.exchequer.registry.pricelist.Value.Flag;
import io.exchequer.registry.pricelist.Value.Items;
import io.exchequer.registry.pricelist.Value.Members;
import io.exchequer.registry.pricelist.Value.Nothing;
import io.exchequer.registry.pricelist.Value.Numeral;
import io.exchequer.registry.pricelist.Value.Text;
import io.exchequer.registry.pricelist.Value.Unusable;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Reads one entry, as far as an entry may go, and passes all of it whatever it is. */
final class ValueReader {

	private static final int DEPTH_MAX = 16;

	private static final int VALUES_MAX = 2_000;

	private static final int CHARACTERS_MAX = 100_000;

	private final JsonParser parser;

	private int values;

	private int characters;

	private @Nullable Unusable problem;

	private ValueReader(JsonParser parser) {
		this.parser = parser;
	}

	/** Reads the value that begins at the parser's token, and leaves it at its last. */
	static Value read(JsonParser parser) {
		ValueReader reader = new ValueReader(parser);
		Value value = reader.value(1);
		return (reader.problem != null) ? reader.problem : value;
	}

	private Value value(int depth) {
		if (++this.values > VALUES_MAX || this.characters > CHARACTERS_MAX) {
			unusable("too_large",
					"An entry has at most " + VALUES_MAX + " values and " + CHARACTERS_MAX + " characters.");
		}
		if (depth > DEPTH_MAX) {
			unusable("too_deep", "An entry is at most " + DEPTH_MAX + " levels deep.");
		}
		JsonToken token = this.parser.currentToken();
		if (this.problem != null || token == null) {
			this.parser.skipChildren();
			return new Nothing();
		}
		return switch (token) {
			case START_OBJECT -> members(depth);
			case START_ARRAY -> items(depth);
			case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Numeral(text());
			case VALUE_STRING -> new Text(text());
			case VALUE_TRUE -> new Flag(true);
			case VALUE_FALSE -> new Flag(false);
			case VALUE_NULL -> new Nothing();
			case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
				throw new IllegalStateException("no value begins with " + token);
		};
	}

	private Value members(int depth) {
		Map<String, Value> map = new LinkedHashMap<>();
		while (this.parser.nextToken() != JsonToken.END_OBJECT) {
			String name = this.parser.currentName();
			this.characters += name.length();
			this.parser.nextToken();
			if (map.put(name, value(depth + 1)) != null) {
				unusable("repeated_field", "A field stands twice: which of them is meant cannot be told.");
			}
		}
		return new Members(map);
	}

	private Value items(int depth) {
		List<Value> list = new ArrayList<>();
		while (this.parser.nextToken() != JsonToken.END_ARRAY) {
			list.add(value(depth + 1));
		}
		return new Items(list);
	}

	private String text() {
		String text = this.parser.getString();
		this.characters += text.length();
		return text;
	}

	private void unusable(String code, String message) {
		if (this.problem == null) {
			this.problem = new Unusable(code, message);
		}
	}

}
