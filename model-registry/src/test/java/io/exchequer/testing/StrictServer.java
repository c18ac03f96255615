package io.exchequer.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An upstream that takes the members of OpenAI's chat completions as documented, and
 * answers 400 to any other, as OpenAI does.
 */
public final class StrictServer implements AutoCloseable {

	private static final Set<String> REQUEST = Set.of("model", "messages", "audio", "frequency_penalty",
			"function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "metadata",
			"modalities", "n", "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key",
			"prompt_cache_retention", "reasoning_effort", "response_format", "safety_identifier", "seed",
			"service_tier", "stop", "store", "stream", "stream_options", "temperature", "tool_choice", "tools",
			"top_logprobs", "top_p", "user", "verbosity", "web_search_options");

	private static final Set<String> MESSAGE = Set.of("role", "content", "name", "refusal", "tool_calls",
			"function_call", "audio", "tool_call_id");

	private static final Set<String> EFFORTS = Set.of("none", "minimal", "low", "medium", "high", "xhigh");

	private static final String ANSWER = """
			{"id":"c1","object":"chat.completion","model":"up","choices":[{"index":0,"message":{"role":"assistant",\
			"content":"fine"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,\
			"total_tokens":15}}""";

	private static final String STREAM = """
			data: {"id":"c1","object":"chat.completion.chunk","model":"up","choices":[{"index":0,\
			"delta":{"role":"assistant","content":"fine"},"finish_reason":null}]}

			data: {"id":"c1","object":"chat.completion.chunk","model":"up","choices":[{"index":0,"delta":{},\
			"finish_reason":"stop"}]}

			data: {"id":"c1","object":"chat.completion.chunk","model":"up","choices":[],\
			"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}

			data: [DONE]

			""";

	private final List<String> bodies = new CopyOnWriteArrayList<>();

	private final HttpServer server;

	private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

	public StrictServer() {
		try {
			this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		this.server.setExecutor(this.threads);
		this.server.createContext("/", this::answer);
		this.server.start();
	}

	/** Returns the base URL of a provider. */
	public String baseUrl() {
		return "http://localhost:" + this.server.getAddress().getPort() + "/v1";
	}

	/** Returns the bodies that came, refused ones too. */
	public List<String> bodies() {
		return this.bodies;
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
			this.bodies.add(body);
			JsonNode request = JsonMapper.shared().readTree(body);
			String unknown = unknown(request);
			boolean stream = request.path("stream").asBoolean(false);
			String answer = (unknown != null) ? refusal(unknown) : stream ? STREAM : ANSWER;
			byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders()
				.set("Content-Type", (unknown == null && stream) ? "text/event-stream" : "application/json");
			exchange.sendResponseHeaders((unknown != null) ? 400 : 200, bytes.length);
			exchange.getResponseBody().write(bytes);
		}
	}

	private static String refusal(String unknown) {
		return "{\"error\":{\"message\":\"Unknown parameter: '" + unknown
				+ "'.\",\"type\":\"invalid_request_error\",\"param\":\"" + unknown
				+ "\",\"code\":\"unknown_parameter\"}}";
	}

	/** Returns the first thing that OpenAI does not take, or null. */
	private static @Nullable String unknown(JsonNode request) {
		String found = beyond(request, REQUEST, "");
		JsonNode effort = request.path("reasoning_effort");
		if (found == null && effort.isString() && !EFFORTS.contains(effort.asString())) {
			found = "reasoning_effort";
		}
		for (int i = 0; found == null && i < request.path("messages").size(); i++) {
			found = message(request.path("messages").get(i), "messages[" + i + "]");
		}
		for (int i = 0; found == null && i < request.path("tools").size(); i++) {
			JsonNode tool = request.path("tools").get(i);
			String path = "tools[" + i + "]";
			found = either(beyond(tool, Set.of("type", "function"), path), beyond(tool.path("function"),
					Set.of("name", "description", "parameters", "strict"), path + ".function"));
		}
		return found;
	}

	private static @Nullable String message(JsonNode message, String path) {
		String found = beyond(message, MESSAGE, path);
		boolean tool = message.path("role").asString("").equals("tool");
		if (found == null && tool && message.path("content").isNull()) {
			found = path + ".content";
		}
		for (int i = 0; found == null && message.path("content").isArray() && i < message.path("content").size(); i++) {
			found = part(message.path("content").get(i), path + ".content[" + i + "]", tool);
		}
		for (int i = 0; found == null && i < message.path("tool_calls").size(); i++) {
			JsonNode call = message.path("tool_calls").get(i);
			String at = path + ".tool_calls[" + i + "]";
			found = either(beyond(call, Set.of("id", "type", "function"), at),
					beyond(call.path("function"), Set.of("name", "arguments"), at + ".function"));
		}
		return found;
	}

	private static @Nullable String part(JsonNode part, String path, boolean tool) {
		String type = part.path("type").asString("");
		if (tool && !type.equals("text")) {
			return path + ".type";
		}
		Set<String> within = switch (type) {
			case "image_url" -> Set.of("url", "detail");
			case "input_audio" -> Set.of("data", "format");
			case "file" -> Set.of("file_data", "file_id", "filename");
			default -> Set.of();
		};
		return either(beyond(part, Set.of("type", type), path), beyond(part.path(type), within, path + "." + type));
	}

	private static @Nullable String beyond(JsonNode object, Set<String> known, String path) {
		return object.propertyNames()
			.stream()
			.filter((name) -> !known.contains(name))
			.findFirst()
			.map((name) -> path.isEmpty() ? name : path + "." + name)
			.orElse(null);
	}

	private static @Nullable String either(@Nullable String one, @Nullable String other) {
		return (one != null) ? one : other;
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.close();
	}

}
