package io.exchequer.routing.provider.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One choice of the simulator's answer, whole before anything is sent: that is why the
 * streamed and the whole answer agree.
 *
 * @param tokens the pieces of its text; empty where it calls tools
 * @param calls the tools it calls
 * @param finishReason why it ends
 * @param outputTokens its visible tokens
 */
record DemoChoice(List<String> tokens, List<Call> calls, String finishReason, int outputTokens) {

	private static final List<String> SENTENCES = List.of("Its words come from a fixed list, chosen by your question.",
			"The same question always gets the same answer.", "No model was asked, and nothing was sent anywhere.",
			"Its tokens are counted, held and billed like those of any provider.",
			"Register a provider to get answers that mean something.",
			"Streamed or whole, the text is the same to the letter.",
			"It can call tools, follow a schema, and fail when asked to.",
			"Use it to try budgets, policies and fallbacks without a key.");

	/**
	 * Works out a choice.
	 * @param index which of the choices
	 * @param maxTokens the most visible tokens, at least 0
	 * @param room what the values that fit schemas may take
	 * @throws IllegalArgumentException if a schema cannot be followed
	 */
	static DemoChoice of(DemoRequest request, int index, int maxTokens, SchemaInstance.Room room) {
		long seed = request.seed() + index * 0x9E3779B97F4A7C15L;
		List<JsonNode> tools = DemoTools.called(request);
		if (!tools.isEmpty()) {
			return calling(tools, seed, maxTokens, room);
		}
		String text = text(request, seed, room);
		String finish = "stop";
		for (String stop : request.stops()) {
			int at = text.indexOf(stop);
			if (at >= 0) {
				text = text.substring(0, at);
			}
		}
		List<String> tokens = tokens(text);
		if (tokens.size() > maxTokens) {
			tokens = List.copyOf(tokens.subList(0, maxTokens));
			finish = "length";
		}
		return new DemoChoice(tokens, List.of(), finish, tokens.size());
	}

	private static DemoChoice calling(List<JsonNode> tools, long seed, int maxTokens, SchemaInstance.Room room) {
		List<Call> calls = new ArrayList<>();
		int left = maxTokens;
		String finish = "tool_calls";
		for (JsonNode tool : tools) {
			JsonNode function = tool.path("function");
			String arguments = SchemaInstance.of(function.path("parameters"), seed + calls.size(), room).toString();
			if (!arguments.startsWith("{")) {
				arguments = "{}";
			}
			List<String> pieces = tokens(arguments);
			int used = Math.min(left, pieces.size() + 1);
			if (used <= pieces.size()) {
				finish = "length";
				pieces = List.copyOf(pieces.subList(0, Math.max(0, used - 1)));
			}
			left -= used;
			if (used > 0) {
				String id = "call_demo" + Long.toHexString(DemoRequest.hash(seed + " " + calls.size()));
				calls.add(new Call(id, function.path("name").asString(""), pieces));
			}
		}
		return new DemoChoice(List.of(), calls, finish, maxTokens - left);
	}

	private static String text(DemoRequest request, long seed, SchemaInstance.Room room) {
		JsonNode format = request.json().path("response_format");
		switch (format.path("type").asString("")) {
			case "json_schema":
				return SchemaInstance.of(format.path("json_schema").path("schema"), seed, room).toString();
			case "json_object":
				ObjectNode object = DemoRequest.JSON.createObjectNode();
				object.put("simulator", true).put("answer", SENTENCES.get((int) Math.floorMod(seed, 8L)));
				return object.toString();
			default:
				return prose(request, seed);
		}
	}

	private static String prose(DemoRequest request, long seed) {
		Random random = new Random(seed);
		StringBuilder text = new StringBuilder("This is Exchequer's demo simulator, not a language model.");
		String question = request.last("user").strip().replaceAll("\\s+", " ");
		if (request.lastRole().equals("tool")) {
			text.append(" It read the tool's result: ").append(excerpt(request.last("tool").strip()));
		}
		else if (!question.isEmpty()) {
			text.append(" You wrote: \"").append(excerpt(question)).append("\".");
		}
		int sentences = 2 + random.nextInt(3);
		int at = random.nextInt(SENTENCES.size());
		for (int i = 0; i < sentences; i++) {
			text.append(' ').append(SENTENCES.get((at + i) % SENTENCES.size()));
		}
		return text.toString();
	}

	private static String excerpt(String text) {
		int end = text.offsetByCodePoints(0, Math.min(60, text.codePointCount(0, text.length())));
		return (end < text.length()) ? text.substring(0, end) + "…" : text;
	}

	/**
	 * Splits a text as tokenizers do: words with the space before them, at most 8 long.
	 */
	static List<String> tokens(String text) {
		List<String> tokens = new ArrayList<>();
		int begin = 0;
		for (int i = 1; i <= text.length(); i++) {
			boolean end = i == text.length() || text.charAt(i) == ' ' && text.charAt(i - 1) != ' ' || i - begin >= 8;
			if (end && (i == text.length() || !Character.isLowSurrogate(text.charAt(i)))) {
				tokens.add(text.substring(begin, i));
				begin = i;
			}
		}
		return tokens;
	}

	/** Returns the whole text. */
	String text() {
		return String.join("", this.tokens);
	}

	/**
	 * A tool that is called.
	 *
	 * @param id the call's identifier
	 * @param name the function
	 * @param arguments the pieces of its arguments
	 */
	record Call(String id, String name, List<String> arguments) {
	}

}
