package io.exchequer.gateway.dialect.anthropic;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;

/**
 * Writes {@code usage}: input is what neither came from a cache nor went into one.
 */
final class MessageUsage {

	private MessageUsage() {
	}

	/**
	 * Writes a usage.
	 * @param usage null counts nothing
	 * @param tier the tier that served, or null
	 */
	static void write(JsonGenerator json, @Nullable TokenUsage usage, @Nullable String tier) {
		TokenUsage used = (usage != null) ? usage : TokenUsage.NONE;
		long fiveMinutes = used.get(UsageBucket.CACHE_WRITE_5M);
		long oneHour = used.get(UsageBucket.CACHE_WRITE_1H);
		json.writeStartObject();
		json.writeNumberProperty("input_tokens",
				used.get(UsageBucket.INPUT) + used.get(UsageBucket.AUDIO_INPUT) + used.get(UsageBucket.IMAGE_INPUT));
		json.writeNumberProperty("cache_creation_input_tokens", fiveMinutes + oneHour);
		json.writeNumberProperty("cache_read_input_tokens", used.get(UsageBucket.CACHE_READ));
		json.writeObjectPropertyStart("cache_creation");
		json.writeNumberProperty("ephemeral_5m_input_tokens", fiveMinutes);
		json.writeNumberProperty("ephemeral_1h_input_tokens", oneHour);
		json.writeEndObject();
		json.writeNumberProperty("output_tokens", used.outputTokens());
		if (used.get(UsageBucket.REASONING) > 0) {
			json.writeObjectPropertyStart("output_tokens_details");
			json.writeNumberProperty("thinking_tokens", used.get(UsageBucket.REASONING));
			json.writeEndObject();
		}
		if (tier != null) {
			json.writeStringProperty("service_tier", tier.equals("default") ? "standard" : tier);
		}
		json.writeEndObject();
	}

}
