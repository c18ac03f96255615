package io.exchequer.admin;

import java.io.ByteArrayOutputStream;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keeps a JSON value as bytes within a binary node: a tree would drop members that come
 * twice and write numbers another way. Only the space between its tokens is lost.
 */
class RawJson extends ValueDeserializer<JsonNode> {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	@Override
	public JsonNode deserialize(JsonParser parser, DeserializationContext context) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
		try (JsonGenerator generator = JSON.createGenerator(bytes)) {
			generator.copyCurrentStructureExact(parser);
		}
		return context.getNodeFactory().binaryNode(bytes.toByteArray());
	}

}
