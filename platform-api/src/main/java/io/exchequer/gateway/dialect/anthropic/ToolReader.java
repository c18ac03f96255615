package io.exchequer.gateway.dialect.anthropic;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import io.exchequer.gateway.dialect.Leftovers;
import io.exchequer.gateway.dialect.Members;
import io.exchequer.routing.chat.CacheMark;
import io.exchequer.routing.chat.ToolDefinition;
import io.exchequer.routing.wire.InvalidRequestException;

/**
 * Reads {@code tools}: the client's own. Those that a provider runs, or defines, have no
 * place elsewhere.
 */
final class ToolReader {

	private final Leftovers leftovers;

	ToolReader(Leftovers leftovers) {
		this.leftovers = leftovers;
	}

	/** Returns the tools, in a list that may be changed. */
	List<ToolDefinition> tools(@Nullable JsonNode tools) throws InvalidRequestException {
		List<ToolDefinition> result = new ArrayList<>();
		if (tools == null) {
			return result;
		}
		Members.requireArray(tools, "tools");
		for (int i = 0; i < tools.size(); i++) {
			result.add(tool(new Members(tools.get(i), "tools[" + i + "]")));
		}
		return result;
	}

	private ToolDefinition tool(Members tool) throws InvalidRequestException {
		String type = tool.text("type");
		if (type != null && !type.equals("custom")) {
			throw Leftovers.unsupported(tool.path("type"),
					"names a tool that one provider runs or defines: offer a tool of your own with an 'input_schema'");
		}
		String name = tool.requiredText("name");
		String description = tool.text("description");
		JsonNode schema = tool.required("input_schema");
		if (!schema.isObject()) {
			throw Members.wrongType(tool.path("input_schema"), "an object", schema);
		}
		Boolean strict = tool.flag("strict");
		CacheMark mark = CacheMarks.take(tool);
		hints(tool);
		this.leftovers.drop(tool);
		return new ToolDefinition(name, description, schema, strict, mark);
	}

	/** What tells one provider how to go about the tool, and changes nothing of it. */
	private void hints(Members tool) throws InvalidRequestException {
		if (Boolean.TRUE.equals(tool.flag("defer_loading"))) {
			this.leftovers.drop(tool.path("defer_loading"), "has no place at other providers: leave it out");
		}
		if (Boolean.TRUE.equals(tool.flag("eager_input_streaming"))) {
			this.leftovers.drop(tool.path("eager_input_streaming"), "has no place at other providers: leave it out");
		}
		List<String> callers = tool.texts("allowed_callers");
		if (!callers.isEmpty() && !callers.contains("direct")) {
			throw Leftovers.unsupported(tool.path("allowed_callers"),
					"would have only the provider's own code call the tool: allow 'direct'");
		}
		if (callers.size() > 1) {
			this.leftovers.drop(tool.path("allowed_callers"), "has no place at other providers: leave it out");
		}
	}

}
