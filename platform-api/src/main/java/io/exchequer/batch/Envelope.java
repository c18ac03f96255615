package io.exchequer.batch;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * One line of a batch's input: who asks for what, with the request's own body left byte
 * for byte as it came.
 *
 * @param customId the client's name for it
 * @param body the request's body
 */
record Envelope(String customId, byte[] body) {

	/** The longest name of a line. */
	static final int CUSTOM_ID_MAX = 512;

	private static final JsonFactory FACTORY = JsonFactory.builder()
		.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
		.streamReadConstraints(StreamReadConstraints.builder()
			.maxNestingDepth(128)
			.maxStringLength(Integer.MAX_VALUE)
			.maxNameLength(8 * 1024)
			.build())
		.build();

	/**
	 * Reads a line.
	 * @param line the array it is in, from its beginning
	 * @param url the one URL that is right
	 * @throws InvalidLineException if it is not a request of that kind
	 */
	static Envelope read(byte[] line, int length, String url) throws InvalidLineException {
		requireObject(line, length);
		Members members = new Members();
		try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), line, 0, length)) {
			parser.nextToken();
			while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
				String name = parser.currentName();
				JsonToken value = parser.nextToken();
				members.take(name, value, parser, line);
			}
			if (parser.nextToken() != null) {
				throw notJson();
			}
		}
		catch (JacksonException ex) {
			throw notJson();
		}
		return members.envelope(url);
	}

	/** Anything else would be taken for another encoding, or is no request. */
	private static void requireObject(byte[] line, int length) throws InvalidLineException {
		int at = 0;
		while (at < length && (line[at] == ' ' || line[at] == '\t')) {
			at++;
		}
		if (at == length || line[at] != '{') {
			throw notJson();
		}
		for (int i = 0; i < Math.min(4, length); i++) {
			if (line[i] == 0) {
				throw notJson();
			}
		}
	}

	private static InvalidLineException notJson() {
		return new InvalidLineException("invalid_json_line", "This line is not parseable as valid JSON.", null);
	}

	/** What was found in a line. */
	private static final class Members {

		private @Nullable String customId;

		private @Nullable String method;

		private @Nullable String url;

		private byte @Nullable [] body;

		private void take(String name, JsonToken value, JsonParser parser, byte[] line) throws InvalidLineException {
			switch (name) {
				case "custom_id" -> this.customId = text(name, value, parser);
				case "method" -> this.method = text(name, value, parser);
				case "url" -> this.url = text(name, value, parser);
				case "body" -> {
					if (value != JsonToken.START_OBJECT) {
						throw new InvalidLineException("invalid_type", "'body' must be an object.", name);
					}
					int from = (int) parser.currentTokenLocation().getByteOffset();
					parser.skipChildren();
					this.body = Arrays.copyOfRange(line, from, (int) parser.currentLocation().getByteOffset());
				}
				default -> parser.skipChildren();
			}
		}

		private static @Nullable String text(String name, JsonToken value, JsonParser parser)
				throws InvalidLineException {
			if (value == JsonToken.VALUE_NULL) {
				return null;
			}
			if (value != JsonToken.VALUE_STRING) {
				throw new InvalidLineException("invalid_type", "'" + name + "' must be a string.", name);
			}
			return parser.getString();
		}

		private Envelope envelope(String rightUrl) throws InvalidLineException {
			String id = required("custom_id", this.customId);
			if (id.isEmpty() || id.length() > CUSTOM_ID_MAX) {
				throw new InvalidLineException("invalid_custom_id",
						"'custom_id' must have 1 to " + CUSTOM_ID_MAX + " characters.", "custom_id");
			}
			if (!required("method", this.method).equals("POST")) {
				throw new InvalidLineException("invalid_method", "'method' must be 'POST'.", "method");
			}
			if (!required("url", this.url).equals(rightUrl)) {
				throw new InvalidLineException("url_mismatch",
						"The URL of this request must be the batch's endpoint, '" + rightUrl + "'.", "url");
			}
			if (this.body == null) {
				throw missing("body");
			}
			return new Envelope(id, this.body);
		}

		private static String required(String name, @Nullable String value) throws InvalidLineException {
			if (value == null) {
				throw missing(name);
			}
			return value;
		}

		private static InvalidLineException missing(String name) {
			return new InvalidLineException("missing_required_parameter", "Missing required parameter: '" + name + "'.",
					name);
		}

	}

}
