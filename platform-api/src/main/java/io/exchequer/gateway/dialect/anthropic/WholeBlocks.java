package io.exchequer.gateway.dialect.anthropic;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Writes the blocks of a whole message.
 */
final class WholeBlocks implements ContentBlocks.Handler {

	private final JsonGenerator json;

	private final StringBuilder text = new StringBuilder();

	private String signature = "";

	private ContentBlocks.Kind open = ContentBlocks.Kind.TEXT;

	private String id = "";

	private String name = "";

	WholeBlocks(JsonGenerator json) {
		this.json = json;
	}

	@Override
	public void open(int index, ContentBlocks.Kind kind, String blockId, String blockName) {
		this.open = kind;
		this.id = blockId;
		this.name = blockName;
		this.text.setLength(0);
		this.signature = "";
	}

	@Override
	public void fill(ContentBlocks.Kind kind, String more) {
		this.text.append(more);
	}

	@Override
	public void sign(String proof) {
		this.signature = proof;
	}

	@Override
	public void close() {
		this.json.writeStartObject();
		switch (this.open) {
			case TEXT -> {
				this.json.writeStringProperty("type", "text");
				this.json.writeStringProperty("text", this.text.toString());
			}
			case THINKING -> {
				this.json.writeStringProperty("type", "thinking");
				this.json.writeStringProperty("thinking", this.text.toString());
				this.json.writeStringProperty("signature", this.signature);
			}
			case REDACTED -> {
				this.json.writeStringProperty("type", "redacted_thinking");
				this.json.writeStringProperty("data", this.id);
			}
			case TOOL -> {
				this.json.writeStringProperty("type", "tool_use");
				this.json.writeStringProperty("id", this.id);
				this.json.writeStringProperty("name", this.name);
				this.json.writeName("input");
				input(this.text.toString());
			}
		}
		this.json.writeEndObject();
	}

	/** Clients expect an object; what the model wrote otherwise is told within one. */
	private void input(String arguments) {
		JsonNode read = JsonNodeFactory.instance.missingNode();
		if (arguments.isBlank()) {
			read = JsonNodeFactory.instance.objectNode();
		}
		else {
			try {
				read = MessageJson.MAPPER.readTree(arguments);
			}
			catch (JacksonException ex) {
				// Told below.
			}
		}
		if (read.isObject()) {
			this.json.writeTree(read);
			return;
		}
		this.json.writeStartObject();
		this.json.writeStringProperty("INVALID_JSON", arguments);
		this.json.writeEndObject();
	}

}
