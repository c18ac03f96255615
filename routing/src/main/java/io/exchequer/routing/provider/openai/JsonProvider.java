package io.exchequer.routing.provider.openai;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.provider.translated.EventSink;
import io.exchequer.routing.provider.translated.SdkClients;
import io.exchequer.routing.provider.translated.TranslatedProvider;
import io.exchequer.routing.provider.translated.WatchedBody;
import io.exchequer.routing.wire.SplicedBody;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A translated provider whose vendor has no SDK that serves: JSON of its own wire over
 * the platform's pooled connections, with their time limits and their care for stale
 * ones.
 */
public abstract class JsonProvider extends TranslatedProvider<OpenAiProvider> {

	/** Reads and writes JSON; numbers stay as they came. */
	protected static final JsonMapper JSON = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private final OpenAiProvider connections;

	protected JsonProvider(OpenAiProvider connections, Clock clock) {
		super(clock);
		this.connections = connections;
	}

	/** Returns the base URL where the administrator gives none. */
	protected abstract String usualBaseUrl();

	/**
	 * Classifies an error: the one function for the provider's failures.
	 * @param status the HTTP status, or 0 for an error within an answer
	 * @param retryAfter the {@code Retry-After} header, or null
	 * @param body the beginning of the body
	 * @param length its bytes
	 * @param now for a {@code Retry-After} that is a date
	 */
	protected abstract UpstreamFailure error(int status, @Nullable String retryAfter, byte[] body, int length,
			Instant now);

	@Override
	public final boolean knowsItsAddress() {
		return true;
	}

	@Override
	public void checkSettings(Map<String, String> settings) {
		UpstreamTarget.check(settings);
	}

	@Override
	protected final OpenAiProvider connect(SdkClients.Key key) {
		return this.connections;
	}

	@Override
	protected final void disconnect(OpenAiProvider client) {
		// It is every provider's.
	}

	@Override
	protected final @Nullable UpstreamFailure failure(Throwable problem, Instant now) {
		return null;
	}

	/** Classifies an error that stands in place of an answer, or of the rest of one. */
	protected final UpstreamFailure error(JsonNode answer) {
		byte[] bytes = JSON.writeValueAsBytes(answer);
		return error(0, null, bytes, bytes.length, clock().instant());
	}

	/**
	 * Sends a body and waits for the answer's head.
	 * @param path the path below the base URL, with its leading slash
	 */
	protected final UpstreamAnswer send(UpstreamCall call, String path, JsonNode body) throws UpstreamFailure {
		byte[] bytes = JSON.writeValueAsBytes(body);
		SplicedBody spliced = new SplicedBody(List.of(new SplicedBody.Slice(bytes, 0, bytes.length)), bytes.length);
		return this.connections.send(new UpstreamCall(call.deployment(), call.endpoint(), spliced, call.stream(),
				call.requestId(), call.deadline(), call.headTimeout()), path, usualBaseUrl(), this::error);
	}

	/** Sends a body and hands over the whole answer. */
	protected final void whole(UpstreamCall call, String path, JsonNode body, EventSink events, Reader reader)
			throws Exception {
		try (UpstreamAnswer answer = send(call, path, body)) {
			events.onAbort(answer::abort);
			events.requestId(answer.upstreamRequestId());
			reader.read(JSON.readTree(WatchedBody.of(answer.body(), false).readAllBytes()));
		}
	}

	/**
	 * Sends a body and hands over the answer line by line.
	 * @throws UpstreamFailure if the answer ends before the reader says that it is whole
	 */
	protected final void lines(UpstreamCall call, String path, JsonNode body, EventSink events, LineReader reader)
			throws Exception {
		try (UpstreamAnswer answer = send(call, path, body)) {
			events.onAbort(answer::abort);
			events.requestId(answer.upstreamRequestId());
			BufferedReader in = new BufferedReader(
					new InputStreamReader(WatchedBody.of(answer.body(), true), StandardCharsets.UTF_8));
			String line = in.readLine();
			while (line != null) {
				if (!reader.read(line)) {
					return;
				}
				line = in.readLine();
			}
		}
		throw new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the stream ended before its answer was complete", true,
				null, 0);
	}

	/**
	 * Returns the JSON of the answer to a call that is no chat.
	 * @throws UpstreamFailure if it cannot be read
	 */
	protected static JsonNode read(UpstreamAnswer answer) throws UpstreamFailure {
		try {
			return JSON.readTree(WatchedBody.of(answer.body(), false).readAllBytes());
		}
		catch (IOException | JacksonException ex) {
			throw new UpstreamFailure(
					(ex instanceof java.net.SocketTimeoutException) ? FailureClass.TIMEOUT : FailureClass.BROKEN_ANSWER,
					"the answer could not be read to its end", true, null, 0);
		}
	}

	/** Reads an answer. */
	@FunctionalInterface
	protected interface Reader {

		void read(JsonNode answer) throws Exception;

	}

	/** Reads an answer's lines. */
	@FunctionalInterface
	protected interface LineReader {

		/** Takes the next line and returns whether more must come. */
		boolean read(String line) throws Exception;

	}

}
