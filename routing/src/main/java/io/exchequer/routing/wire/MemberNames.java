package io.exchequer.routing.wire;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The names that matter to the platform, all in small letters. Some servers take a name
 * whatever its case, the last one in a body counting: what differs from such a name only
 * by case could say something else to them than was checked and held here.
 */
final class MemberNames {

	private static final Map<String, Effect> EFFECTS = effects();

	private static final Set<String> READ = Set.of("model", "messages", "stream", "stream_options", "include_usage",
			"max_tokens", "max_completion_tokens", "n", "best_of", "tools", "functions", "function", "name",
			"parameters", "response_format", "json_schema", "schema", "metadata", "modalities", "prediction",
			"chat_template", "mm_processor_kwargs", "input", "role", "content", "tool_calls", "audio", "type",
			"image_url", "input_audio", "file", "video_url", "audio_url", "url", "data", "file_data", "file_id",
			"file_url", "uri", "id", "documents", "chat_template_kwargs", "prompt", "suffix", "echo", "query", "size",
			"stream_format");

	private MemberNames() {
	}

	/**
	 * Returns the name that another differs from by case alone, or null where it differs
	 * from none.
	 * @param name not itself one that is read where it stands
	 */
	static @Nullable String sameButForCase(String name) {
		for (int i = 0; i < name.length(); i++) {
			char c = name.charAt(i);
			// Beyond ASCII: the Kelvin sign is a k, and the long s an s, to some.
			if (c >= 'A' && c <= 'Z' || c >= 0x80) {
				return find(name);
			}
		}
		return null;
	}

	private static @Nullable String find(String name) {
		for (Set<String> names : List.of(READ, EFFECTS.keySet())) {
			for (String known : names) {
				if (known.equalsIgnoreCase(name)) {
					return known;
				}
			}
		}
		return null;
	}

	/** Returns what a member of a request does that is not read otherwise, or null. */
	static @Nullable Effect effect(String name) {
		return EFFECTS.get(name);
	}

	private static Map<String, Effect> effects() {
		Map<String, Effect> effects = new HashMap<>();
		for (Effect effect : Effect.values()) {
			for (String name : effect.names) {
				effects.put(name, effect);
			}
		}
		return effects;
	}

	/** What a member does beyond what the output limit and the body's bytes bound. */
	enum Effect {

		/** Limits the output before, or beside, the limit that is checked. */
		RIVAL_LIMIT("n_predict", "num_predict", "max_new_tokens", "max_output_tokens", "max_length", "n_cmpl"),
		/** Lets the provider do work, or read content, that it charges on top. */
		PROVIDER_SIDE("web_search_options", "search_parameters", "web_search", "enable_search", "plugins",
				"data_sources", "mcp_servers", "cached_content", "previous_response_id", "conversation", "extra_body"),
		/** Chooses among providers whose prices differ. */
		OTHER_PRICE("provider"),
		/** Lets another model answer than the one that was allowed and priced. */
		OTHER_MODEL("models", "route", "fallbacks", "preset");

		private final List<String> names;

		Effect(String... names) {
			this.names = List.of(names);
		}

	}

}
