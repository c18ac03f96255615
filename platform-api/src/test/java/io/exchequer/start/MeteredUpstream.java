package io.exchequer.start;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A provider with OpenAI's wire format that keeps its own books: what each call that
 * reached it used, whatever became of the caller.
 */
final class MeteredUpstream implements AutoCloseable {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final long THINKING_MS = 15;

	private final Map<String, Call> calls = new ConcurrentHashMap<>();

	private final AtomicInteger counter = new AtomicInteger();

	private final AtomicInteger answering = new AtomicInteger();

	private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

	private final HttpServer server;

	MeteredUpstream() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/v1/chat/completions", this::serve);
		this.server.start();
	}

	String baseUrl() {
		return "http://127.0.0.1:" + this.server.getAddress().getPort() + "/v1";
	}

	/** Returns what every call used, by the identifier that was answered with. */
	Map<String, Call> calls() {
		return Map.copyOf(this.calls);
	}

	/** Returns how many calls are not answered to their ends yet. */
	int answering() {
		return this.answering.get();
	}

	private void serve(HttpExchange exchange) throws IOException {
		this.answering.incrementAndGet();
		try (exchange) {
			JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
			int number = this.counter.incrementAndGet();
			String id = "up-" + number;
			Call call = new Call(11 + number % 7, 3 + number % 5);
			this.calls.put(id, call);
			think();
			exchange.getResponseHeaders().set("x-request-id", id);
			if (request.path("stream").asBoolean()) {
				stream(exchange, id, call);
			}
			else {
				answer(exchange, id, call);
			}
		}
		finally {
			this.answering.decrementAndGet();
		}
	}

	private static void answer(HttpExchange exchange, String id, Call call) throws IOException {
		Map<String, Object> body = Map
			.of("id", id, "object", "chat.completion", "created", 1, "model", "metered", "choices",
					List.of(Map.of("index", 0, "finish_reason", "stop", "message",
							Map.of("role", "assistant", "content", "word ".repeat(call.output())))),
					"usage", usage(call));
		byte[] bytes = JSON.writeValueAsBytes(body);
		exchange.getResponseHeaders().set("Content-Type", "application/json");
		exchange.sendResponseHeaders(200, bytes.length);
		exchange.getResponseBody().write(bytes);
	}

	private static void stream(HttpExchange exchange, String id, Call call) throws IOException {
		exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
		exchange.sendResponseHeaders(200, 0);
		OutputStream out = exchange.getResponseBody();
		event(out, chunk(id, List.of(choice(Map.of("role", "assistant", "content", ""))), null));
		for (int word = 0; word < call.output(); word++) {
			event(out, chunk(id, List.of(choice(Map.of("content", "word "))), null));
			think();
		}
		event(out, chunk(id, List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", "stop")), null));
		event(out, chunk(id, List.of(), usage(call)));
		out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
		out.flush();
	}

	private static Map<String, Object> choice(Map<String, String> delta) {
		return Map.of("index", 0, "delta", delta);
	}

	private static Map<String, Object> chunk(String id, List<?> choices, @Nullable Object usage) {
		Map<String, Object> chunk = Map.of("id", id, "object", "chat.completion.chunk", "created", 1, "model",
				"metered", "choices", choices);
		if (usage == null) {
			return chunk;
		}
		Map<String, Object> last = new HashMap<>(chunk);
		last.put("usage", usage);
		return last;
	}

	private static Map<String, Integer> usage(Call call) {
		return Map.of("prompt_tokens", call.input(), "completion_tokens", call.output(), "total_tokens",
				call.input() + call.output());
	}

	private static void event(OutputStream out, Map<String, Object> chunk) throws IOException {
		out.write(("data: " + JSON.writeValueAsString(chunk) + "\n\n").getBytes(StandardCharsets.UTF_8));
		out.flush();
	}

	/** Takes a model's time, so that calls are in flight when something is killed. */
	private static void think() throws IOException {
		try {
			Thread.sleep(THINKING_MS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	/**
	 * What one call used.
	 *
	 * @param input tokens read
	 * @param output tokens written
	 */
	record Call(int input, int output) {
	}

}
