package io.exchequer.benchmarks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What the mock upstream answers where it is asked in Anthropic's wire: the same text as
 * in {@link Answers}, in as many deltas.
 */
final class AnthropicAnswers {

	private static final String MODEL = "claude-bench";

	private AnthropicAnswers() {
	}

	/** Returns a whole answer to a request that is not streamed. */
	static ByteBuffer message() {
		return Answers.json("200 OK",
				"""
						{"id":"msg_bench","type":"message","role":"assistant","model":"%s",\
						"content":[{"type":"text","text":"%s"}],"stop_reason":"end_turn","stop_sequence":null,\
						"usage":{"input_tokens":241,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":180}}"""
					.formatted(MODEL, Answers.prose()));
	}

	/**
	 * Returns what a stream sends, in the order of its writes: first the head, then one
	 * event each.
	 */
	static List<ByteBuffer> stream() {
		List<ByteBuffer> writes = new ArrayList<>();
		writes.add(Answers.streamHead());
		writes.add(event("message_start", """
				{"type":"message_start","message":{"id":"msg_bench","type":"message","role":"assistant","model":"%s",\
				"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":241,\
				"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}}""".formatted(MODEL)));
		writes.add(event("content_block_start",
				"{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"));
		for (int i = 0; i < Answers.CONTENT_EVENTS; i++) {
			writes.add(event("content_block_delta",
					"{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" token"
							+ i + "\"}}"));
		}
		writes.add(event("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}"));
		writes.add(event("message_delta",
				"{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
						+ "\"usage\":{\"output_tokens\":180}}"));
		String last = Answers.chunked("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
		writes.add(Answers.bytes(last + "0\r\n\r\n"));
		return List.copyOf(writes);
	}

	private static ByteBuffer event(String name, String data) {
		return Answers.bytes(Answers.chunked("event: " + name + "\ndata: " + data + "\n\n"));
	}

}
