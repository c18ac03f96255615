package io.exchequer.gateway.dialect.responses;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells where in a client's request a path of its canonical form came from.
 *
 * @param places the path of what each canonical message came from, and of its content
 */
record ItemPaths(List<Place> places) {

	private static final Pattern MESSAGE = Pattern
		.compile("messages\\[(\\d{1,6})\\](?:(\\.content)(?:\\[(\\d{1,6})\\])?)?(.*)");

	private static final Map<String, String> MEMBERS = Map.of("messages", "input", "max_completion_tokens",
			"max_output_tokens", "max_tokens", "max_output_tokens", "reasoning_effort", "reasoning.effort", "thinking",
			"reasoning", "response_format", "text.format", "verbosity", "text.verbosity", "logprobs", "top_logprobs");

	ItemPaths {
		places = List.copyOf(places);
	}

	/** Returns the client's path for a canonical one; what is not known stays. */
	String path(String param) {
		Matcher message = MESSAGE.matcher(param);
		if (message.matches()) {
			int index = Integer.parseInt(message.group(1));
			return (index < this.places.size()) ? path(this.places.get(index), message) : "input";
		}
		if (param.startsWith("tools[")) {
			return param.replace(".function", "");
		}
		if (param.startsWith("response_format.json_schema")) {
			return param.replace("response_format.json_schema", "text.format");
		}
		return MEMBERS.getOrDefault(param, param);
	}

	private static String path(Place place, Matcher message) {
		if (message.group(2) == null) {
			return place.path();
		}
		String part = message.group(3);
		if (part == null || !place.parts()) {
			return place.content();
		}
		String at = place.content() + "[" + part + "]";
		return message.group(4).startsWith(".image_url") ? at + ".image_url" : at;
	}

	/**
	 * Where a canonical message came from.
	 *
	 * @param path the item, or the first of several
	 * @param content its content
	 * @param parts whether the content's parts are the canonical message's, one by one
	 */
	record Place(String path, String content, boolean parts) {
	}

}
