package io.exchequer.routing.chat;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import tools.jackson.core.JsonGenerator;

/**
 * Writes disjoint buckets as the wire's {@code usage}, whose details are parts of its
 * totals.
 */
final class UsageWriter {

	private UsageWriter() {
	}

	/** Writes a usage's members into the object that was begun. */
	static void write(JsonGenerator json, TokenUsage usage) {
		json.writeObjectPropertyStart("usage");
		json.writeNumberProperty("prompt_tokens", usage.inputTokens());
		json.writeNumberProperty("completion_tokens", usage.outputTokens());
		json.writeNumberProperty("total_tokens", usage.inputTokens() + usage.outputTokens());
		json.writeObjectPropertyStart("prompt_tokens_details");
		json.writeNumberProperty("cached_tokens", usage.get(UsageBucket.CACHE_READ));
		long hour = usage.get(UsageBucket.CACHE_WRITE_1H);
		count(json, "cache_write_tokens", usage.get(UsageBucket.CACHE_WRITE_5M) + hour);
		count(json, "cache_write_1h_tokens", hour);
		count(json, "audio_tokens", usage.get(UsageBucket.AUDIO_INPUT));
		count(json, "image_tokens", usage.get(UsageBucket.IMAGE_INPUT));
		json.writeEndObject();
		json.writeObjectPropertyStart("completion_tokens_details");
		json.writeNumberProperty("reasoning_tokens", usage.get(UsageBucket.REASONING));
		count(json, "audio_tokens", usage.get(UsageBucket.AUDIO_OUTPUT));
		count(json, "image_tokens", usage.get(UsageBucket.IMAGE_OUTPUT));
		json.writeEndObject();
		json.writeEndObject();
	}

	private static void count(JsonGenerator json, String name, long count) {
		if (count > 0) {
			json.writeNumberProperty(name, count);
		}
	}

}
