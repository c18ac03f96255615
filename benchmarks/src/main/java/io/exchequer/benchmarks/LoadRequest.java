package io.exchequer.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The one request that the load consists of: a chat completion of about 1.1 kB. */
final class LoadRequest {

	private static final int PROMPT_CHARS = 850;

	private LoadRequest() {
	}

	/** Returns the request with its head. */
	static ByteBuffer bytes(int port, boolean stream, String model, String key) {
		String body = body(stream, model);
		String request = """
				POST /v1/chat/completions HTTP/1.1\r
				Host: 127.0.0.1:%d\r
				Authorization: Bearer %s\r
				Content-Type: application/json\r
				Accept: %s\r
				User-Agent: exchequer-benchmarks\r
				Content-Length: %d\r
				\r
				%s""".formatted(port, key, stream ? "text/event-stream" : "application/json", body.length(), body);
		byte[] encoded = request.getBytes(StandardCharsets.US_ASCII);
		return ByteBuffer.allocateDirect(encoded.length).put(encoded).flip();
	}

	/**
	 * Returns the body alone. Where it is translated it has none of the members that the
	 * other wire has no place for.
	 */
	static String body(boolean stream, String model) {
		String prompt = "Say in one sentence what double entry means. ".repeat(PROMPT_CHARS / 45 + 1)
			.substring(0, PROMPT_CHARS);
		String streaming = stream ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}," : "";
		return """
				{"model":"%s",%s"messages":[{"role":"system","content":"You answer briefly and to the point."},\
				{"role":"user","content":"%s"}],"max_tokens":256%s}""".formatted(model, streaming, prompt,
				model.equals(Platform.TRANSLATED_MODEL) ? ""
						: ",\"temperature\":0.2,\"top_p\":1,\"seed\":7,\"user\":\"benchmark\"");
	}

}
