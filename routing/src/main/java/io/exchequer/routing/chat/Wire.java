package io.exchequer.routing.chat;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The names on the canonical wire that reading and writing share, and how its JSON is
 * read.
 */
final class Wire {

	/** Numbers stay as they came, and texts may be as long as a request. */
	static final JsonMapper JSON = JsonMapper
		.builder(JsonFactory.builder()
			.streamReadConstraints(
					StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).maxNestingDepth(200).build())
			.build())
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
		.build();

	static final String CACHE_CONTROL = "cache_control";

	static final String THINKING_BLOCKS = "thinking_blocks";

	static final String REASONING_CONTENT = "reasoning_content";

	static final String TOOL_CALLS = "tool_calls";

	static final String EXTRA_CONTENT = "extra_content";

	static final String GOOGLE = "google";

	static final String THOUGHT_SIGNATURE = "thought_signature";

	private Wire() {
	}

}
