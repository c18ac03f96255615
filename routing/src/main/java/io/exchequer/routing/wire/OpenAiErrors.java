package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;

import io.exchequer.routing.ApiError;

/**
 * Writes errors in OpenAI's shape.
 */
public final class OpenAiErrors {

	private OpenAiErrors() {
	}

	/** Returns an error's JSON body. */
	public static byte[] body(ApiError error) {
		return json(error).getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Returns an error as an event of a stream that had begun. No {@code [DONE]} follows
	 * it: the answer is not whole.
	 */
	public static byte[] event(ApiError error) {
		return ("data: " + json(error) + "\n\n").getBytes(StandardCharsets.UTF_8);
	}

	private static String json(ApiError error) {
		StringBuilder json = new StringBuilder(256).append("{\"error\":{\"message\":");
		JsonText.quote(json, error.message());
		json.append(",\"type\":");
		JsonText.quote(json, error.type());
		json.append(",\"param\":");
		if (error.param() == null) {
			json.append("null");
		}
		else {
			JsonText.quote(json, error.param());
		}
		json.append(",\"code\":");
		JsonText.quote(json, error.code());
		error.details().forEach((name, value) -> {
			JsonText.quote(json.append(','), name);
			JsonText.quote(json.append(':'), value);
		});
		return json.append("}}").toString();
	}

}
