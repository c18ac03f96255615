package io.exchequer.batch;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.OpenAiErrors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the lines of a batch's results, in OpenAI's form.
 */
final class ResultLines {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private ResultLines() {
	}

	/**
	 * Returns the line of a request that was answered, by a model or by a refusal.
	 * @param body a JSON value; it goes in byte for byte, but for line ends between its
	 * tokens
	 */
	static byte[] answered(UUID requestId, String customId, int status, byte[] body, int length) {
		ByteArrayOutputStream line = new ByteArrayOutputStream(length + 256);
		line.writeBytes(text(head(requestId, customId) + ",\"response\":{\"status_code\":" + status
				+ ",\"request_id\":\"" + requestId + "\",\"body\":"));
		for (int i = 0; i < length; i++) {
			byte b = body[i];
			line.write((b == '\n' || b == '\r') ? ' ' : b);
		}
		line.writeBytes(text("},\"error\":null}\n"));
		return line.toByteArray();
	}

	static byte[] refused(UUID requestId, String customId, ApiError error) {
		byte[] body = OpenAiErrors.body(error);
		return answered(requestId, customId, error.status(), body, body.length);
	}

	/** Returns the line of a request that has no answer. */
	static byte[] unanswered(UUID requestId, String customId, String code, String message) {
		return text(head(requestId, customId) + ",\"response\":null,\"error\":{\"code\":" + quoted(code)
				+ ",\"message\":" + quoted(message) + "}}\n");
	}

	private static String head(UUID requestId, String customId) {
		return "{\"id\":\"batch_req_" + requestId.toString().replace("-", "") + "\",\"custom_id\":" + quoted(customId);
	}

	private static String quoted(@Nullable String value) {
		return JSON.writeValueAsString(value);
	}

	private static byte[] text(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	/** Returns what a line's result is bound to where it is kept. */
	static String place(UUID batchId, int line) {
		return "batch_line/" + batchId + '/' + line;
	}

}
