package io.exchequer.routing.provider.minilm;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.SplicedBody;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers {@code /embeddings} with the model inside the process. It takes a text or up to
 * {@value #INPUTS_MAX} texts, {@code encoding_format} {@code float} or {@code base64}
 * (little-endian 32-bit numbers), and no other {@code dimensions} than 384. Of each text
 * the first 256 word pieces are read: the usage counts those, and an embedding of a
 * longer text carries {@code "truncated":true}. The model runs on threads of its own, so
 * that native code never holds up the threads of other requests.
 */
@Component
public final class MiniLmProvider implements UpstreamProvider, AutoCloseable {

	/** The most texts of one request. */
	static final int INPUTS_MAX = 256;

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final MiniLmEmbeddingModel model;

	private final Clock clock;

	private final ExecutorService threads = Executors.newFixedThreadPool(
			Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
			Thread.ofPlatform().daemon().name("minilm-", 0).factory());

	public MiniLmProvider(MiniLmEmbeddingModel model, Clock clock) {
		this.model = model;
		this.clock = clock;
	}

	@Override
	public Set<String> kinds() {
		return Set.of("minilm");
	}

	@Override
	public UpstreamAnswer call(UpstreamCall call) throws UpstreamFailure {
		if (call.endpoint() != Endpoint.EMBEDDINGS) {
			throw new UpstreamFailure(FailureClass.MODEL_GONE, "the model inside the process only makes embeddings",
					false, null, 404);
		}
		Asked asked = asked(call.body());
		long millis = Math.min(Duration.between(this.clock.instant(), call.deadline()).toMillis(),
				call.headTimeout().toMillis());
		Future<byte[]> answer = this.threads.submit(() -> embed(asked));
		try {
			return new Whole(answer.get(Math.max(0, millis), TimeUnit.MILLISECONDS), call.requestId().toString());
		}
		catch (TimeoutException ex) {
			answer.cancel(true);
			throw new UpstreamFailure(FailureClass.TIMEOUT, "the embedding model did not answer in time", false, null,
					0);
		}
		catch (InterruptedException ex) {
			answer.cancel(true);
			Thread.currentThread().interrupt();
			throw new UpstreamFailure(FailureClass.NETWORK, "interrupted while embedding", false, null, 0);
		}
		catch (ExecutionException ex) {
			throw new UpstreamFailure(FailureClass.SERVER_ERROR, "the embedding model failed", false, null, 500);
		}
	}

	private static Asked asked(SplicedBody body) throws UpstreamFailure {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) body.length());
		try {
			body.writeTo(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		JsonNode json = JSON.readTree(bytes.toByteArray());
		List<String> texts = texts(json.path("input"));
		JsonNode dimensions = json.path("dimensions");
		if (!dimensions.isMissingNode() && !dimensions.isNull() && dimensions.asInt(0) != MiniLmEncoder.DIMENSIONS) {
			throw UpstreamFailure.callersFault(
					"'dimensions' must be " + MiniLmEncoder.DIMENSIONS + " or left out for this model", "dimensions");
		}
		String format = json.path("encoding_format").asString("float");
		if (!format.equals("float") && !format.equals("base64")) {
			throw UpstreamFailure.callersFault("'encoding_format' must be 'float' or 'base64'", "encoding_format");
		}
		return new Asked(json.path("model").asString(""), texts, format.equals("base64"));
	}

	private static List<String> texts(JsonNode input) throws UpstreamFailure {
		List<String> texts = new ArrayList<>();
		if (input.isString()) {
			texts.add(input.asString());
		}
		for (JsonNode one : input) {
			if (!one.isString()) {
				throw fault("'input' must be text for this model: it has a tokenizer of its own and takes no tokens");
			}
			texts.add(one.asString());
		}
		if (texts.isEmpty() || texts.size() > INPUTS_MAX) {
			throw fault("'input' must have 1 to " + INPUTS_MAX + " texts for this model");
		}
		return texts;
	}

	private static UpstreamFailure fault(String advice) {
		return UpstreamFailure.callersFault(advice, "input");
	}

	private byte[] embed(Asked asked) {
		StringBuilder json = new StringBuilder(64 + asked.texts().size() * MiniLmEncoder.DIMENSIONS * 12);
		json.append("{\"object\":\"list\",\"data\":[");
		int tokens = 0;
		for (int i = 0; i < asked.texts().size(); i++) {
			if (Thread.currentThread().isInterrupted()) {
				throw new IllegalStateException("nobody waits for the embeddings any more");
			}
			MiniLmEncoder.Encoded encoded = this.model.encode(asked.texts().get(i));
			tokens += encoded.tokens();
			json.append((i > 0) ? "," : "").append("{\"object\":\"embedding\",\"index\":").append(i);
			json.append(encoded.truncated() ? ",\"truncated\":true" : "").append(",\"embedding\":");
			vector(json, encoded.vector(), asked.base64());
			json.append('}');
		}
		return json.append("],\"model\":")
			.append(JSON.writeValueAsString(asked.model()))
			.append(",\"usage\":{\"prompt_tokens\":")
			.append(tokens)
			.append(",\"total_tokens\":")
			.append(tokens)
			.append("}}")
			.toString()
			.getBytes(StandardCharsets.UTF_8);
	}

	private static void vector(StringBuilder json, float[] vector, boolean base64) {
		if (base64) {
			ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
			for (float one : vector) {
				bytes.putFloat(one);
			}
			json.append('"').append(Base64.getEncoder().encodeToString(bytes.array())).append('"');
			return;
		}
		for (int i = 0; i < vector.length; i++) {
			json.append((i == 0) ? '[' : ',').append(vector[i]);
		}
		json.append(']');
	}

	@Override
	public void close() {
		this.threads.shutdownNow();
	}

	private record Asked(String model, List<String> texts, boolean base64) {
	}

	/** A whole answer from memory. */
	private record Whole(byte[] bytes, String id) implements UpstreamAnswer {

		@Override
		public int status() {
			return 200;
		}

		@Override
		public String contentType() {
			return "application/json";
		}

		@Override
		public @Nullable String upstreamRequestId() {
			return "minilm-" + this.id;
		}

		@Override
		public InputStream body() {
			return new ByteArrayInputStream(this.bytes);
		}

		@Override
		public void abort() {
			// Nothing is open.
		}

		@Override
		public void close() {
			// Nothing is open.
		}

	}

}
