package io.exchequer.routing.provider.mistral;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

import io.exchequer.registry.Deployment;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.provider.openai.JsonProvider;
import io.exchequer.routing.provider.openai.OpenAiProvider;
import io.exchequer.routing.provider.translated.EmbeddingCall;
import io.exchequer.routing.provider.translated.EventSink;
import io.exchequer.routing.provider.translated.Lacks;
import io.exchequer.routing.wire.AssistantPrefill;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Mistral's chat completions and embeddings. The API refuses members that it does not
 * know, so every request is written anew. The base URL ends with {@code /v1}, and is the
 * vendor's own where none is given.
 */
@Component
public final class MistralProvider extends JsonProvider {

	static final String BASE_URL = "https://api.mistral.ai/v1";

	/** More than what {@code safe_prompt} puts before the conversation. */
	private static final int SAFE_PROMPT_TOKENS = 256;

	private static final String DATA = "data:";

	public MistralProvider(OpenAiProvider connections, Clock clock) {
		super(connections, clock);
	}

	@Override
	public Set<String> kinds() {
		return Set.of("mistral");
	}

	@Override
	public void checkOptions(Map<String, String> options) {
		AssistantPrefill.check(options);
	}

	@Override
	public int inputTokensAdded(RequestDocument document, Deployment deployment) {
		return SAFE_PROMPT_TOKENS;
	}

	@Override
	protected String usualBaseUrl() {
		return BASE_URL;
	}

	@Override
	protected UpstreamFailure error(int status, @Nullable String retryAfter, byte[] body, int length, Instant now) {
		return MistralFailures.of(status, retryAfter, body, length, now);
	}

	@Override
	protected void lacks(ChatRequest request, Deployment deployment, Lacks lacks) {
		MistralLacks.of(request, lacks);
	}

	@Override
	protected void converse(OpenAiProvider client, ChatRequest request, UpstreamCall call, EventSink events)
			throws Exception {
		ObjectNode body = MistralRequest.of(request);
		String path = Endpoint.CHAT_COMPLETIONS.path();
		MistralEvents told = new MistralEvents(events, clock().instant().getEpochSecond(), this::error);
		if (!call.stream()) {
			whole(call, path, body, events, (answer) -> {
				told.next(answer);
				told.end();
			});
			return;
		}
		body.put("stream", true);
		lines(call, path, body, events, (line) -> {
			if (!line.startsWith(DATA)) {
				return true;
			}
			String data = line.substring(DATA.length()).strip();
			if (data.equals("[DONE]")) {
				told.end();
				return false;
			}
			told.next(JSON.readTree(data));
			return true;
		});
	}

	@Override
	protected UpstreamAnswer callOther(OpenAiProvider client, UpstreamCall call) throws UpstreamFailure {
		if (call.endpoint() != Endpoint.EMBEDDINGS) {
			return super.callOther(client, call);
		}
		EmbeddingCall asked = EmbeddingCall.read(call.body(), "Mistral's API");
		ObjectNode body = JSON.createObjectNode().put("model", asked.model());
		ArrayNode input = body.putArray("input");
		asked.texts().forEach(input::add);
		if (asked.dimensions() != null) {
			body.put("output_dimension", asked.dimensions());
		}
		if (asked.base64()) {
			body.put("encoding_format", "base64");
		}
		return send(call, Endpoint.EMBEDDINGS.path(), body);
	}

}
