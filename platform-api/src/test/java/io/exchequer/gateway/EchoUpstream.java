package io.exchequer.gateway;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.exchequer.registry.DeploymentSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An upstream with OpenAI's wire that answers each chat with the request as it arrived,
 * as JSON: so that a client in another process can see what became of what it sent. Its
 * model {@value #BUSY_ONCE} refuses the first request of each last message with 429 and
 * {@code Retry-After: 1}.
 */
final class EchoUpstream implements AutoCloseable {

	static final String BUSY_ONCE = "busy-once";

	private static final JsonMapper JSON = JsonMapper.shared();

	private final Set<String> refused = ConcurrentHashMap.newKeySet();

	private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

	private final HttpServer server;

	EchoUpstream() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/v1/chat/completions", this::answer);
		this.server.start();
	}

	String baseUrl() {
		return "http://localhost:" + this.server.getAddress().getPort() + "/v1";
	}

	/** Settings by which the platform leaves trying again to the client. */
	static DeploymentSettings withoutRetries() {
		DeploymentSettings usual = DeploymentSettings.DEFAULTS;
		return new DeploymentSettings(usual.connectTimeout(), usual.firstByteTimeout(), usual.idleTimeout(),
				usual.totalTimeout(), usual.maxConcurrent(), 0, usual.onDisconnect(), Map.of());
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
			JsonNode request = JSON.readTree(body);
			JsonNode messages = request.path("messages");
			boolean busy = request.path("model").asString("").equals(BUSY_ONCE);
			if (busy && this.refused.add(messages.path(messages.size() - 1).toString())) {
				exchange.getResponseHeaders().set("Retry-After", "1");
				send(exchange, 429, "application/json", "{\"error\":{\"message\":\"slow down\"}}");
			}
			else if (request.path("stream").asBoolean(false)) {
				send(exchange, 200, "text/event-stream", events(request, body));
			}
			else {
				ObjectNode answer = head(request, "chat.completion");
				ObjectNode choice = choice(answer);
				choice.putObject("message").put("role", "assistant").put("content", body);
				choice.put("finish_reason", "stop");
				usage(answer);
				send(exchange, 200, "application/json", answer.toString());
			}
		}
	}

	private static String events(JsonNode request, String body) {
		ObjectNode content = head(request, "chat.completion.chunk");
		choice(content).putNull("finish_reason").putObject("delta").put("role", "assistant").put("content", body);
		ObjectNode end = head(request, "chat.completion.chunk");
		choice(end).put("finish_reason", "stop").putObject("delta");
		ObjectNode last = head(request, "chat.completion.chunk");
		last.putArray("choices");
		usage(last);
		return "data: " + content + "\n\ndata: " + end + "\n\ndata: " + last + "\n\ndata: [DONE]\n\n";
	}

	private static ObjectNode head(JsonNode request, String object) {
		return JSON.createObjectNode()
			.put("id", "chatcmpl-echo")
			.put("object", object)
			.put("created", 1_790_000_000)
			.put("model", request.path("model").asString(""));
	}

	private static ObjectNode choice(ObjectNode answer) {
		return answer.putArray("choices").addObject().put("index", 0);
	}

	private static void usage(ObjectNode answer) {
		answer.putObject("usage").put("prompt_tokens", 10).put("completion_tokens", 20).put("total_tokens", 30);
	}

	private static void send(HttpExchange exchange, int status, String contentType, String body) throws IOException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("Content-Type", contentType);
		exchange.sendResponseHeaders(status, bytes.length);
		try (OutputStream out = exchange.getResponseBody()) {
			out.write(bytes);
		}
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.close();
	}

}
