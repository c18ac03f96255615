package io.exchequer.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The static bytes that the mock upstream answers with, heads and chunks included. */
final class Answers {

	/** How many events a stream has that was asked to report its usage. */
	static final int STREAM_EVENTS = 52;

	static final int CONTENT_EVENTS = STREAM_EVENTS - 4;

	private static final int CONTENT_CHARS = 800;

	private static final String USAGE = """
			{"prompt_tokens":241,"completion_tokens":180,"total_tokens":421,\
			"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},\
			"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,\
			"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}""";

	private Answers() {
	}

	/** Returns a whole answer to a request that is not streamed, about 1.2 kB of body. */
	static ByteBuffer completion() {
		String body = """
				{"id":"chatcmpl-bench","object":"chat.completion","created":1764547200,"model":"bench-1",\
				"choices":[{"index":0,"message":{"role":"assistant","content":"%s","refusal":null,"annotations":[]},\
				"logprobs":null,"finish_reason":"stop"}],"usage":%s,"service_tier":"default",\
				"system_fingerprint":"fp_bench"}""".formatted(prose(), USAGE);
		return json("200 OK", body);
	}

	/** Returns an answer with a JSON body. */
	static ByteBuffer json(String status, String body) {
		return bytes("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nx-request-id: req_bench\r\n"
				+ "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
	}

	/**
	 * Returns what a stream sends, in the order of its writes: first the head, then one
	 * event each.
	 * @param usage whether the usage chunk was asked for
	 */
	static List<ByteBuffer> stream(boolean usage) {
		List<ByteBuffer> writes = new ArrayList<>();
		writes.add(streamHead());
		String noUsage = usage ? ",\"usage\":null" : "";
		writes.add(event(chunk(
				"[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,"
						+ "\"finish_reason\":null}]",
				noUsage)));
		for (int i = 0; i < CONTENT_EVENTS; i++) {
			writes.add(event(chunk("[{\"index\":0,\"delta\":{\"content\":\" token" + i
					+ "\"},\"logprobs\":null,\"finish_reason\":null}]", noUsage)));
		}
		writes.add(event(chunk("[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]", noUsage)));
		if (usage) {
			writes.add(event(chunk("[]", ",\"usage\":" + USAGE)));
		}
		// The last event and the end of the chunked body go out together.
		writes.add(bytes("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"));
		return List.copyOf(writes);
	}

	private static String chunk(String choices, String usage) {
		return "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1764547200,"
				+ "\"model\":\"bench-1\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench\",\"choices\":"
				+ choices + usage + "}";
	}

	private static ByteBuffer event(String data) {
		return bytes(chunked("data: " + data + "\n\n"));
	}

	/** Returns an event stream's head. */
	static ByteBuffer streamHead() {
		return bytes("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
				+ "Cache-Control: no-cache\r\nx-request-id: req_bench\r\nX-Accel-Buffering: no\r\n"
				+ "Transfer-Encoding: chunked\r\n\r\n");
	}

	/** Returns a chunk of a chunked body. */
	static String chunked(String event) {
		return Integer.toHexString(event.length()) + "\r\n" + event + "\r\n";
	}

	/** Returns the text of a whole answer. */
	static String prose() {
		return "The ledger balances, line by line. ".repeat(CONTENT_CHARS / 35 + 1).substring(0, CONTENT_CHARS);
	}

	static ByteBuffer bytes(String text) {
		byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
		return ByteBuffer.allocateDirect(encoded.length).put(encoded).flip().asReadOnlyBuffer();
	}

}
