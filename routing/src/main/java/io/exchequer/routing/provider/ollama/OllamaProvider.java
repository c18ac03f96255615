package io.exchequer.routing.provider.ollama;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.provider.openai.JsonProvider;
import io.exchequer.routing.provider.openai.OpenAiProvider;
import io.exchequer.routing.provider.translated.EmbeddingCall;
import io.exchequer.routing.provider.translated.EventSink;
import io.exchequer.routing.provider.translated.Lacks;
import io.exchequer.routing.provider.translated.WholeAnswer;
import io.exchequer.routing.wire.AssistantPrefill;
import io.exchequer.routing.wire.Endpoint;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ollama's own API, which knows more than its imitation of OpenAI's: the context window
 * that a model is loaded with, how long it stays in memory, and whether it thinks. The
 * base URL is that of the server itself, and this machine's where none is given. A prompt
 * that is longer than the window is never cut by the server: it is asked to refuse it.
 */
@Component
public final class OllamaProvider extends JsonProvider {

	static final String BASE_URL = "http://localhost:11434";

	static final String CHAT = "/api/chat";

	static final String EMBED = "/api/embed";

	public OllamaProvider(OpenAiProvider connections, Clock clock) {
		super(connections, clock);
	}

	@Override
	public Set<String> kinds() {
		return Set.of("ollama");
	}

	@Override
	public void checkOptions(Map<String, String> options) {
		AssistantPrefill.check(options);
		OllamaOptions.of(options);
	}

	@Override
	protected String usualBaseUrl() {
		return BASE_URL;
	}

	@Override
	protected UpstreamFailure error(int status, @Nullable String retryAfter, byte[] body, int length, Instant now) {
		return OllamaFailures.of(status, retryAfter, body, length, now);
	}

	@Override
	protected void lacks(ChatRequest request, Deployment deployment, Lacks lacks) {
		OllamaLacks.of(request, lacks);
	}

	@Override
	protected void converse(OpenAiProvider client, ChatRequest request, UpstreamCall call, EventSink events)
			throws Exception {
		ObjectNode body = OllamaRequest.of(request, options(call)).put("stream", call.stream());
		OllamaEvents told = new OllamaEvents(events, call.requestId(), clock().instant().getEpochSecond(), this::error);
		if (!call.stream()) {
			whole(call, CHAT, body, events, told::next);
			return;
		}
		lines(call, CHAT, body, events, (line) -> {
			if (!line.isBlank()) {
				told.next(JSON.readTree(line));
			}
			return !told.isEnded();
		});
	}

	private static OllamaOptions options(UpstreamCall call) {
		return OllamaOptions.of(call.deployment().settings().options());
	}

	@Override
	protected UpstreamAnswer callOther(OpenAiProvider client, UpstreamCall call) throws UpstreamFailure {
		if (call.endpoint() != Endpoint.EMBEDDINGS) {
			return super.callOther(client, call);
		}
		EmbeddingCall asked = EmbeddingCall.read(call.body(), "Ollama's API");
		OllamaOptions options = options(call);
		ObjectNode body = JSON.createObjectNode().put("model", asked.model()).put("truncate", false);
		ArrayNode input = body.putArray("input");
		asked.texts().forEach(input::add);
		if (asked.dimensions() != null) {
			body.put("dimensions", asked.dimensions());
		}
		options.writeKeepAlive(body);
		if (options.numCtx() != null) {
			body.putObject("options").put("num_ctx", options.numCtx());
		}
		try (UpstreamAnswer answer = send(call, EMBED, body)) {
			JsonNode read = read(answer);
			if (read.has("error")) {
				throw error(read);
			}
			check(read.path("embeddings"), asked);
			long tokens = read.path("prompt_eval_count").asLong(0);
			return new WholeAnswer(asked.answer(read.path("embeddings"), (tokens > 0) ? tokens : null),
					answer.upstreamRequestId());
		}
	}

	private static void check(JsonNode vectors, EmbeddingCall asked) throws UpstreamFailure {
		boolean whole = vectors.isArray() && vectors.size() == asked.texts().size();
		for (JsonNode vector : vectors) {
			whole &= vector.isArray() && !vector.isEmpty();
			for (JsonNode number : vector) {
				whole &= number.isNumber();
			}
		}
		if (!whole) {
			throw new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the answer has no vector for each text", true, null,
					0);
		}
	}

}
