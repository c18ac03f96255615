package io.exchequer.gateway.dialect.anthropic;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Tells where in a client's request a path of its canonical form came from.
 *
 * @param places where each canonical message came from
 */
record CanonicalPaths(List<Place> places) {

	private static final Pattern MESSAGE = Pattern
		.compile("messages\\[(\\d{1,6})\\](?:\\.content\\[(\\d{1,6})\\])?(.*)");

	private static final Map<String, String> MEMBERS = Map.of("stop", "stop_sequences", "max_completion_tokens",
			"max_tokens", "user", "metadata.user_id", "parallel_tool_calls", "tool_choice.disable_parallel_tool_use",
			"reasoning_effort", "output_config.effort", "response_format", "output_config.format");

	CanonicalPaths {
		places = List.copyOf(places);
	}

	/** Returns the client's path for a canonical one; what is not known stays. */
	String path(String param) {
		Matcher message = MESSAGE.matcher(param);
		if (message.matches()) {
			int index = Integer.parseInt(message.group(1));
			return (index < this.places.size()) ? this.places.get(index).path(message.group(2), message.group(3))
					: param;
		}
		if (param.startsWith("tools[")) {
			return param.replace(".function.parameters", ".input_schema").replace(".function", "");
		}
		if (param.startsWith("response_format.json_schema")) {
			return param.replace("response_format.json_schema", "output_config.format");
		}
		return MEMBERS.getOrDefault(param, param);
	}

	/**
	 * Where a canonical message came from.
	 *
	 * @param path the client's message, or the part of it, that it was
	 * @param content its content
	 * @param offset how many blocks stand before the canonical message's first; -1 where
	 * they are in another order
	 */
	record Place(String path, String content, int offset) {

		private String path(@Nullable String part, String rest) {
			if (part == null) {
				return rest.startsWith(".content") ? this.content : this.path;
			}
			if (this.offset < 0) {
				return this.content;
			}
			String block = this.content + "[" + (Integer.parseInt(part) + this.offset) + "]";
			return (rest.startsWith(".image_url") || rest.startsWith(".file")) ? block + ".source" : block;
		}

	}

}
