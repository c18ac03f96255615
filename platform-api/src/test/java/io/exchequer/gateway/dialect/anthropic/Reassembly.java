package io.exchequer.gateway.dialect.anthropic;

import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts a stream's events together to a message, as the documentation says they come: one
 * block at a time, nothing before the start or behind the stop.
 */
final class Reassembly {

	private final ObjectNode message;

	private final ArrayNode content;

	private @Nullable ObjectNode open;

	private final StringBuilder json = new StringBuilder();

	private boolean ended;

	private boolean stopped;

	private Reassembly(JsonNode start) {
		require(start.get("type").asString().equals("message_start"), "a stream begins with its start");
		this.message = start.get("message").deepCopy().asObject();
		this.content = this.message.get("content").asArray();
	}

	static JsonNode of(List<JsonNode> events) {
		Reassembly result = new Reassembly(events.getFirst());
		events.stream().skip(1).forEach(result::add);
		require(result.stopped, "a stream ends with its stop");
		return result.message;
	}

	private void add(JsonNode event) {
		require(!this.stopped, "nothing comes behind the stop");
		switch (event.get("type").asString()) {
			case "ping" -> {
			}
			case "content_block_start" -> {
				require(this.open == null && !this.ended, "one block at a time");
				require(event.get("index").asInt() == this.content.size(), "blocks are numbered in their order");
				this.open = event.get("content_block").deepCopy().asObject();
				this.json.setLength(0);
			}
			case "content_block_delta" -> delta(block(event), event.get("delta"));
			case "content_block_stop" -> {
				ObjectNode block = block(event);
				if (block.get("type").asString().equals("tool_use") && !this.json.isEmpty()) {
					block.set("input", JsonMapper.shared().readTree(this.json.toString()));
				}
				this.content.add(block);
				this.open = null;
			}
			case "message_delta" -> {
				require(this.open == null && !this.ended, "every block has ended");
				this.ended = true;
				event.get("delta").properties().forEach((each) -> this.message.set(each.getKey(), each.getValue()));
				this.message.set("usage", event.get("usage"));
			}
			case "message_stop" -> {
				require(this.ended, "a stop comes behind the message's delta");
				this.stopped = true;
			}
			default -> throw new AssertionError("not an event: " + event);
		}
	}

	private ObjectNode block(JsonNode event) {
		ObjectNode block = this.open;
		if (block == null || event.get("index").asInt() != this.content.size()) {
			throw new AssertionError("not the open block's: " + event);
		}
		return block;
	}

	private void delta(ObjectNode block, JsonNode delta) {
		switch (delta.get("type").asString()) {
			case "text_delta" -> append(block, "text", delta);
			case "thinking_delta" -> append(block, "thinking", delta);
			case "signature_delta" -> append(block, "signature", delta);
			case "input_json_delta" -> this.json.append(delta.get("partial_json").asString());
			default -> throw new AssertionError("not a delta: " + delta);
		}
	}

	private static void append(ObjectNode block, String member, JsonNode delta) {
		block.put(member, block.get(member).asString() + delta.get(member).asString());
	}

	private static void require(boolean condition, String what) {
		if (!condition) {
			throw new AssertionError(what);
		}
	}

}
