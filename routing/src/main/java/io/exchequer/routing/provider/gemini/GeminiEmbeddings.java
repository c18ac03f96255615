package io.exchequer.routing.provider.gemini;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

import com.google.genai.types.ContentEmbedding;
import com.google.genai.types.ContentEmbeddingStatistics;
import com.google.genai.types.EmbedContentConfig;
import com.google.genai.types.EmbedContentResponse;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.provider.translated.WholeAnswer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request for embeddings. It takes a text or several, {@code dimensions}, and
 * {@code encoding_format} {@code float} or {@code base64} (little-endian 32-bit numbers).
 *
 * @param model the name the provider knows
 * @param texts what to embed, at least one
 * @param dimensions how long an embedding is to be, or null
 * @param base64 whether the numbers go out as base64
 * @param requestId the platform's request
 */
record GeminiEmbeddings(String model, List<String> texts, @Nullable Integer dimensions, boolean base64,
		String requestId) {

	/** Reads a request. */
	static GeminiEmbeddings of(UpstreamCall call) throws UpstreamFailure {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) call.body().length());
		try {
			call.body().writeTo(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		JsonNode json = Values.JSON.readTree(bytes.toByteArray());
		JsonNode dimensions = json.path("dimensions");
		boolean given = !dimensions.isMissingNode() && !dimensions.isNull();
		if (given && (!dimensions.isInt() || dimensions.intValue() < 1)) {
			throw UpstreamFailure.callersFault("'dimensions' must be a whole number from 1", "dimensions");
		}
		String format = json.path("encoding_format").asString("float");
		if (!format.equals("float") && !format.equals("base64")) {
			throw UpstreamFailure.callersFault("'encoding_format' must be 'float' or 'base64'", "encoding_format");
		}
		return new GeminiEmbeddings(call.deployment().upstreamModel(), texts(json.path("input")),
				given ? dimensions.intValue() : null, format.equals("base64"), call.requestId().toString());
	}

	private static List<String> texts(JsonNode input) throws UpstreamFailure {
		List<String> texts = new ArrayList<>();
		if (input.isString()) {
			texts.add(input.asString());
		}
		for (JsonNode one : input) {
			if (!one.isString()) {
				throw UpstreamFailure.callersFault("'input' must be text for this model: it takes no tokens", "input");
			}
			texts.add(one.asString());
		}
		if (texts.isEmpty()) {
			throw UpstreamFailure.callersFault("'input' must have at least one text", "input");
		}
		return texts;
	}

	/** Asks for the embeddings and returns them on the canonical wire. */
	UpstreamAnswer ask(GeminiClient client, CallScope scope) throws UpstreamFailure {
		EmbedContentConfig.Builder config = EmbedContentConfig.builder();
		if (this.dimensions != null) {
			config.outputDimensionality(this.dimensions);
		}
		EmbedContentResponse answer = client.models().embedContent(this.model, this.texts, config.build());
		List<ContentEmbedding> embeddings = answer.embeddings().orElse(List.of());
		if (embeddings.size() != this.texts.size()) {
			throw new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the answer has another number of embeddings", true,
					null, 0);
		}
		ObjectNode root = Values.JSON.createObjectNode().put("object", "list");
		ArrayNode data = root.putArray("data");
		for (int i = 0; i < embeddings.size(); i++) {
			ObjectNode one = data.addObject().put("object", "embedding").put("index", i);
			vector(one, embeddings.get(i).values().orElse(List.of()));
		}
		root.put("model", this.model);
		long tokens = tokens(embeddings, scope.body());
		if (tokens >= 0) {
			root.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
		}
		return new WholeAnswer(Values.JSON.writeValueAsBytes(root), this.requestId);
	}

	private void vector(ObjectNode one, List<Float> values) {
		if (!this.base64) {
			ArrayNode numbers = one.putArray("embedding");
			values.forEach(numbers::add);
			return;
		}
		ByteBuffer bytes = ByteBuffer.allocate(values.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
		values.forEach(bytes::putFloat);
		one.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
	}

	/**
	 * Vertex AI counts each text's tokens, the Gemini API all of them together, where it
	 * counts them at all.
	 * @return the tokens, or -1 where they are not told or cannot be believed
	 */
	private static long tokens(List<ContentEmbedding> embeddings, byte @Nullable [] body) {
		JsonNode whole = (body != null) ? Values.tree(new String(body, StandardCharsets.UTF_8)) : null;
		JsonNode told = (whole != null) ? whole.path("usageMetadata").path("promptTokenCount") : null;
		if (told != null && told.isIntegralNumber()) {
			return believed(told.asLong(-1));
		}
		long sum = 0;
		for (ContentEmbedding each : embeddings) {
			Float count = each.statistics().flatMap(ContentEmbeddingStatistics::tokenCount).orElse(null);
			if (count == null || count < 0) {
				return -1;
			}
			sum += count.longValue();
		}
		return believed(sum);
	}

	private static long believed(long tokens) {
		return (tokens < 0 || tokens > TokenUsage.COUNT_MAX) ? -1 : tokens;
	}

}
