package io.exchequer.routing.wire;

import java.util.Set;

import tools.jackson.core.JsonToken;

/**
 * Reads {@code tools} and {@code response_format}, and checks that their schemas are
 * schemas.
 */
final class ToolsReader {

	private static final Set<String> TYPES = Set.of("string", "number", "integer", "boolean", "object", "array",
			"null");

	private static final int NAME_LENGTH_MAX = 64;

	private final RequestParser parser;

	private final ParsedRequest request;

	/** What a schema that is none is told by. */
	private String code = "invalid_function_parameters";

	ToolsReader(RequestParser parser, ParsedRequest request) {
		this.parser = parser;
		this.request = request;
	}

	/**
	 * Reads the offered tools.
	 * @param wrapped whether they are {@code tools}, else the older {@code functions}
	 */
	void read(boolean wrapped) throws InvalidRequestException {
		if (this.parser.isNull()) {
			return;
		}
		this.parser.requireArray();
		while (this.parser.next() != JsonToken.END_ARRAY) {
			this.parser.requireObject();
			if (wrapped) {
				tool();
			}
			else {
				function();
			}
			this.request.tools = true;
		}
	}

	private void tool() throws InvalidRequestException {
		String type = null;
		boolean function = false;
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			switch (name) {
				case "type" -> type = this.parser.requireText();
				case "function" -> {
					this.parser.requireObject();
					function();
					function = true;
				}
				case "cache_control" -> AdditionsReader.hint(this.parser, this.request);
				default -> this.parser.passOver(name);
			}
			name = this.parser.nextMember();
		}
		if (type == null) {
			throw this.parser.missing("type");
		}
		if (type.equals("function")) {
			if (!function) {
				throw this.parser.missing("function");
			}
		}
		else if (!type.equals("custom")) {
			this.request.unbounded(this.parser.path() + ".type", "A tool that the provider runs is charged per use.");
		}
	}

	private void function() throws InvalidRequestException {
		boolean named = false;
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			switch (name) {
				case "name" -> {
					functionName();
					named = true;
				}
				case "parameters" -> {
					if (!this.parser.isNull()) {
						this.parser.requireObject();
						schema(true);
					}
				}
				default -> this.parser.passOver(name);
			}
			name = this.parser.nextMember();
		}
		if (!named) {
			throw this.parser.missing("name");
		}
	}

	private void functionName() throws InvalidRequestException {
		String name = this.parser.requireText();
		boolean plain = !name.isEmpty() && name.length() <= NAME_LENGTH_MAX;
		for (int i = 0; plain && i < name.length(); i++) {
			char c = name.charAt(i);
			plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-';
		}
		if (!plain) {
			throw this.parser
				.invalidValue("must have 1 to " + NAME_LENGTH_MAX + " letters, digits, underscores or hyphens");
		}
	}

	/** Reads {@code response_format}. */
	void responseFormat() throws InvalidRequestException {
		if (this.parser.isNull()) {
			return;
		}
		this.parser.requireObject();
		this.code = "invalid_response_format";
		String type = null;
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			switch (name) {
				case "type" -> type = this.parser.requireText();
				case "json_schema" -> jsonSchema();
				default -> this.parser.passOver(name);
			}
			name = this.parser.nextMember();
		}
		if (type == null) {
			throw this.parser.missing("type");
		}
		this.request.structured = type.equals("json_object") || type.equals("json_schema");
	}

	private void jsonSchema() throws InvalidRequestException {
		this.parser.requireObject();
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			if (name.equals("schema") && !this.parser.isNull()) {
				schema(false);
			}
			else {
				this.parser.passOver(name);
			}
			name = this.parser.nextMember();
		}
	}

	/** Passes a JSON schema, checking the keywords that give it its shape. */
	private void schema(boolean parameters) throws InvalidRequestException {
		if (!parameters && this.parser.isBoolean()) {
			return;
		}
		if (!this.parser.isObject()) {
			throw notASchema("it must be an object");
		}
		String keyword = this.parser.nextMember();
		while (keyword != null) {
			this.parser.next();
			keyword(keyword, parameters);
			keyword = this.parser.nextMember();
		}
	}

	private void keyword(String keyword, boolean parameters) throws InvalidRequestException {
		switch (keyword) {
			case "type" -> type(parameters);
			case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas" -> schemas();
			case "items" -> {
				if (this.parser.isArray()) {
					schemaList();
				}
				else {
					schema(false);
				}
			}
			case "additionalProperties", "additionalItems", "not", "if", "then", "else", "contains", "propertyNames" ->
				schema(false);
			case "anyOf", "oneOf", "allOf", "prefixItems" -> schemaList();
			case "required" -> texts();
			case "enum" -> {
				if (!this.parser.isArray()) {
					throw notASchema("it must be an array");
				}
				this.parser.skip();
			}
			case "description", "title", "$ref", "pattern", "format" -> {
				if (!this.parser.isText() && !this.parser.isNull()) {
					throw notASchema("it must be a string");
				}
			}
			default -> this.parser.skip();
		}
	}

	private void type(boolean parameters) throws InvalidRequestException {
		if (this.parser.isArray() && !parameters) {
			while (this.parser.next() != JsonToken.END_ARRAY) {
				oneType();
			}
			return;
		}
		if (!oneType().equals("object") && parameters) {
			throw notASchema("a function's parameters are of type 'object'");
		}
	}

	private String oneType() throws InvalidRequestException {
		String type = this.parser.isText() ? this.parser.text() : "";
		if (!TYPES.contains(type)) {
			throw notASchema("it must be one of string, number, integer, boolean, object, array and null");
		}
		return type;
	}

	private void schemas() throws InvalidRequestException {
		if (!this.parser.isObject()) {
			throw notASchema("it must be an object of schemas");
		}
		String name = this.parser.nextMember();
		while (name != null) {
			this.parser.next();
			schema(false);
			name = this.parser.nextMember();
		}
	}

	private void schemaList() throws InvalidRequestException {
		if (!this.parser.isArray()) {
			throw notASchema("it must be an array of schemas");
		}
		while (this.parser.next() != JsonToken.END_ARRAY) {
			schema(false);
		}
	}

	private void texts() throws InvalidRequestException {
		if (!this.parser.isArray()) {
			throw notASchema("it must be an array of strings");
		}
		while (this.parser.next() != JsonToken.END_ARRAY) {
			if (!this.parser.isText()) {
				throw notASchema("it must be an array of strings");
			}
		}
	}

	private InvalidRequestException notASchema(String why) {
		String path = this.parser.path();
		return RequestParser.invalid(this.code, "'" + path + "' is not a JSON Schema: " + why + ".", path);
	}

}
