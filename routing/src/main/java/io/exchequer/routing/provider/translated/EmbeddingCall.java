package io.exchequer.routing.provider.translated;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.wire.SplicedBody;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request for embeddings asks of a provider that takes texts, and how its vectors
 * are answered on OpenAI's wire.
 *
 * @param model the name the provider knows
 * @param texts at least one
 * @param dimensions the length of the vectors, or null for the model's own
 * @param base64 whether the vectors are wanted as base64 of little-endian floats
 */
public record EmbeddingCall(String model, List<String> texts, @Nullable Integer dimensions, boolean base64) {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final Set<String> KNOWN = Set.of("model", "input", "dimensions", "encoding_format", "metadata",
			"user");

	/**
	 * Reads a request.
	 * @param provider the provider's name, for advice
	 * @throws UpstreamFailure as the caller's fault, if the provider has no place for
	 * something in it
	 */
	public static EmbeddingCall read(SplicedBody body, String provider) throws UpstreamFailure {
		JsonNode json = tree(body);
		for (String name : json.propertyNames()) {
			if (!KNOWN.contains(name) && !json.path(name).isNull()) {
				throw UpstreamFailure.callersFault(provider + " has no place for '" + name + "': leave it out", name);
			}
		}
		List<String> texts = new ArrayList<>();
		JsonNode input = json.path("input");
		if (input.isString()) {
			texts.add(input.asString());
		}
		for (JsonNode one : input) {
			if (!one.isString()) {
				throw UpstreamFailure.callersFault("'input' must be text: " + provider + " takes no tokens", "input");
			}
			texts.add(one.asString());
		}
		if (texts.isEmpty()) {
			throw UpstreamFailure.callersFault("'input' must have at least one text", "input");
		}
		JsonNode dimensions = json.path("dimensions");
		boolean own = dimensions.isMissingNode() || dimensions.isNull();
		if (!own && (!dimensions.isIntegralNumber() || !dimensions.canConvertToInt() || dimensions.asInt() < 1)) {
			throw UpstreamFailure.callersFault("'dimensions' must be a whole number of at least 1", "dimensions");
		}
		String format = json.path("encoding_format").asString("float");
		if (!format.equals("float") && !format.equals("base64")) {
			throw UpstreamFailure.callersFault("'encoding_format' must be 'float' or 'base64'", "encoding_format");
		}
		return new EmbeddingCall(json.path("model").asString(""), List.copyOf(texts),
				own ? null : Integer.valueOf(dimensions.asInt()), format.equals("base64"));
	}

	private static JsonNode tree(SplicedBody body) throws UpstreamFailure {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) body.length());
		try {
			body.writeTo(bytes);
			return JSON.readTree(bytes.toByteArray());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (JacksonException ex) {
			throw UpstreamFailure.callersFault("the body is not a JSON object that can be read", null);
		}
	}

	/**
	 * Writes the answer.
	 * @param vectors an array of numbers for each text
	 * @param tokens the tokens of all texts together, or null where the provider does not
	 * say
	 */
	public byte[] answer(Iterable<JsonNode> vectors, @Nullable Long tokens) {
		ObjectNode answer = JSON.createObjectNode().put("object", "list");
		ArrayNode data = answer.putArray("data");
		for (JsonNode vector : vectors) {
			ObjectNode one = data.addObject().put("object", "embedding").put("index", data.size() - 1);
			if (this.base64) {
				one.put("embedding", packed(vector));
			}
			else {
				one.set("embedding", vector);
			}
		}
		answer.put("model", this.model);
		if (tokens != null) {
			answer.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
		}
		return JSON.writeValueAsBytes(answer);
	}

	private static String packed(JsonNode vector) {
		ByteBuffer bytes = ByteBuffer.allocate(vector.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
		vector.forEach((one) -> bytes.putFloat(one.decimalValue().floatValue()));
		return Base64.getEncoder().encodeToString(bytes.array());
	}

}
