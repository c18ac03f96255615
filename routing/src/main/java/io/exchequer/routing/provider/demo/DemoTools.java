package io.exchequer.routing.provider.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import tools.jackson.databind.JsonNode;

/** Decides which tools the simulator calls. */
final class DemoTools {

	private DemoTools() {
	}

	/**
	 * Returns the offered tools that the answer calls: the one that {@code tool_choice}
	 * names; with {@code required} those the last user message mentions, else the first;
	 * with {@code auto} those it mentions. A tool's result is answered with text.
	 */
	static List<JsonNode> called(DemoRequest request) {
		JsonNode offered = request.json().path("tools");
		JsonNode choice = request.json().path("tool_choice");
		if (offered.isEmpty() || choice.asString("").equals("none")) {
			return List.of();
		}
		String named = choice.path("function").path("name").asString("");
		boolean required = choice.asString("").equals("required") || !named.isEmpty();
		if (request.lastRole().equals("tool") && !required) {
			return List.of();
		}
		String question = request.last("user").toLowerCase(Locale.ROOT);
		List<JsonNode> called = new ArrayList<>();
		for (JsonNode tool : offered) {
			String name = tool.path("function").path("name").asString("");
			boolean wanted = named.isEmpty() ? mentions(question, name.toLowerCase(Locale.ROOT)) : name.equals(named);
			if (wanted && !name.isEmpty()) {
				called.add(tool);
			}
		}
		if (called.isEmpty() && required) {
			called.add(offered.get(0));
		}
		boolean parallel = request.json().path("parallel_tool_calls").asBoolean(true);
		return (parallel || called.size() < 2) ? called : called.subList(0, 1);
	}

	private static boolean mentions(String question, String name) {
		return !name.isEmpty() && (question.contains(name) || question.contains(name.replace('_', ' ')));
	}

}
