package io.exchequer.registry.pricelist;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.PriceTier;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of an entry mean: {@code input_cost_per_token_above_200k_tokens_flex}
 * is the price of input of the service tier flex over 200,000 tokens.
 */
final class CostFields {

	/** As many as a list's price is for: one. Ours are for a million, or for one. */
	private static final int PER_MILLION = 6;

	static final String INPUT_SECOND = "input_cost_per_second";

	static final String OUTPUT_SECOND = "output_cost_per_second";

	static final String INPUT_IMAGE = "input_cost_per_image";

	static final String OUTPUT_IMAGE = "output_cost_per_image";

	static final String INPUT_PIXEL = "input_cost_per_pixel";

	static final String OUTPUT_PIXEL = "output_cost_per_pixel";

	static final String CACHE_WRITE = "cache_creation_input_token_cost";

	static final String SEARCH_CONTEXT = "search_context_cost_per_query";

	static final String TIERED = "tiered_pricing";

	static final String RANGE = "range";

	static final String OPTIONS = "provider_specific_entry";

	static final String REGION_PREFIX = "regional_processing_uplift_multiplier_";

	private static final String FILE_SEARCH = "file_search_cost_per_1k_calls";

	private static final Pattern SERVICE_TIER = Pattern.compile("(.+)_(priority|flex|batch|batches)");

	/** Nothing is written in thousands of more than nine digits. */
	private static final Pattern LONGER = Pattern.compile("(.+)_above_([0-9]{1,9})k_tokens");

	private static final Pattern INTERVAL = Pattern.compile(".+_above_[0-9]+s_interval");

	private static final Pattern RESOLUTION = Pattern.compile(".+_[0-9]+(p|k)");

	private static final Pattern IN_OTHER_UNITS = Pattern.compile("(input|output)_dbu_cost_per_token");

	/**
	 * Fields of which the use decides, see {@link EntryPrices}: how far to shift them.
	 */
	private static final Map<String, Integer> BY_USE = Map.of(INPUT_SECOND, 0, OUTPUT_SECOND, 0, INPUT_IMAGE, 0,
			OUTPUT_IMAGE, 0, INPUT_PIXEL, PER_MILLION, OUTPUT_PIXEL, PER_MILLION, CACHE_WRITE, PER_MILLION);

	private static final Map<String, UsageBucket> BUCKETS = buckets();

	/** What says nothing of prices. */
	private static final Set<String> PLAIN = Set.of("litellm_provider", "mode", "source", "comment", "metadata",
			"deprecation_date", "rpm", "tpm", "max_tokens", "max_input_tokens", "max_output_tokens",
			"max_images_per_prompt", "max_video_length", "max_videos_per_prompt", "max_audio_length_hours",
			"max_audio_per_prompt", "max_pdf_size_mb", "max_query_tokens", "max_document_chunks_per_query",
			"max_tokens_per_document_chunk", "output_vector_size", "prompt_cache_min_tokens", "supported_endpoints",
			"supported_modalities", "supported_output_modalities", "supported_regions", "web_search_billing_unit",
			"audio_transcription_config", "bedrock_output_config_effort_ceiling", "tool_use_system_prompt_tokens");

	private static final Map<String, List<String>> LEFT_OUT = Map.of("ocr_cost_per_credit",
			List.of("unknown_unit", "A credit is the provider's own unit: how many a page takes is not said."),
			"file_search_cost_per_gb_per_day",
			List.of("priced_by_storage", "Storage is no part of what a request costs."),
			"vector_store_cost_per_gb_per_day",
			List.of("priced_by_storage", "Storage is no part of what a request costs."));

	private CostFields() {
	}

	private static Map<String, UsageBucket> buckets() {
		Map<String, UsageBucket> map = new HashMap<>();
		map.put("input_cost_per_token", UsageBucket.INPUT);
		map.put("output_cost_per_token", UsageBucket.OUTPUT);
		map.put("cache_read_input_token_cost", UsageBucket.CACHE_READ);
		map.put("input_cost_per_token_cache_hit", UsageBucket.CACHE_READ);
		map.put("cache_creation_input_token_cost_above_1hr", UsageBucket.CACHE_WRITE_1H);
		map.put("output_cost_per_reasoning_token", UsageBucket.REASONING);
		map.put("input_cost_per_audio_token", UsageBucket.AUDIO_INPUT);
		map.put("output_cost_per_audio_token", UsageBucket.AUDIO_OUTPUT);
		map.put("cache_read_input_audio_token_cost", UsageBucket.AUDIO_CACHE_READ);
		map.put("cache_creation_input_audio_token_cost", UsageBucket.AUDIO_CACHE_WRITE);
		map.put("input_cost_per_image_token", UsageBucket.IMAGE_INPUT);
		map.put("output_cost_per_image_token", UsageBucket.IMAGE_OUTPUT);
		map.put("output_cost_per_video_token", UsageBucket.VIDEO_OUTPUT);
		map.put("citation_cost_per_token", UsageBucket.CITATION);
		map.put("input_cost_per_character", UsageBucket.CHARACTERS_IN);
		map.put("output_cost_per_character", UsageBucket.CHARACTERS_OUT);
		map.put("input_cost_per_audio_per_second", UsageBucket.AUDIO_TIME_IN);
		map.put("output_cost_per_audio_per_second", UsageBucket.AUDIO_TIME_OUT);
		map.put("input_cost_per_video_per_second", UsageBucket.VIDEO_TIME_IN);
		map.put("output_cost_per_video_per_second", UsageBucket.VIDEO_TIME_OUT);
		map.put("input_cost_per_query", UsageBucket.QUERIES);
		map.put("input_cost_per_request", UsageBucket.REQUEST);
		map.put("ocr_cost_per_page", UsageBucket.PAGES);
		map.put("annotation_cost_per_page", UsageBucket.ANNOTATED_PAGES);
		map.put("code_interpreter_cost_per_session", UsageBucket.CODE_SESSIONS);
		map.put(FILE_SEARCH, UsageBucket.FILE_SEARCHES);
		map.put("search_context_size_low", UsageBucket.WEB_SEARCHES_LOW);
		map.put("search_context_size_medium", UsageBucket.WEB_SEARCHES_MEDIUM);
		map.put("search_context_size_high", UsageBucket.WEB_SEARCHES_HIGH);
		return Map.copyOf(map);
	}

	/** Returns what a field prices, or null where it is no price that is known. */
	static @Nullable CostField of(String field) {
		String rest = field;
		String serviceTier = PriceTier.DEFAULT;
		Matcher tier = SERVICE_TIER.matcher(rest);
		if (tier.matches()) {
			rest = tier.group(1);
			serviceTier = tier.group(2).startsWith("batch") ? "batch" : tier.group(2);
		}
		long over = 0;
		Matcher longer = LONGER.matcher(rest);
		if (longer.matches()) {
			rest = longer.group(1);
			over = 1000 * Long.parseLong(longer.group(2));
		}
		Integer shift = shift(rest);
		return (shift != null) ? new CostField(rest, new Slot(serviceTier, over), shift) : null;
	}

	private static @Nullable Integer shift(String base) {
		UsageBucket bucket = BUCKETS.get(base);
		if (bucket == null) {
			return BY_USE.get(base);
		}
		return switch (bucket.measure()) {
			case INPUT_TOKENS, OUTPUT_TOKENS, CHARACTERS, PIXELS -> PER_MILLION;
			case MILLISECONDS -> 0;
			case PIECES -> base.equals(FILE_SEARCH) ? -3 : 0;
		};
	}

	/**
	 * Returns the bucket of a field whatever the model is for, or null where that
	 * decides.
	 */
	static @Nullable UsageBucket bucket(String base) {
		return BUCKETS.get(base);
	}

	/**
	 * Returns the field that has the dollars of a price in another unit, or null where a
	 * field is none.
	 */
	static @Nullable String inDollars(String field) {
		Matcher matcher = IN_OTHER_UNITS.matcher(field);
		return matcher.matches() ? matcher.group(1) + "_cost_per_token" : null;
	}

	/** Returns whether a field has nothing to do with prices. */
	static boolean isPlain(String field) {
		return PLAIN.contains(field) || field.startsWith("supports_");
	}

	/** Returns the code and the message for a field that no card has a place for. */
	static List<String> whyLeftOut(String field) {
		if (INTERVAL.matcher(field).matches()) {
			return List.of("priced_by_length", "A price that depends on how long a video is has no place on a card.");
		}
		if (field.contains("cost") && RESOLUTION.matcher(field).matches()) {
			return List.of("priced_by_resolution", "A price of one resolution has no place on a card.");
		}
		return LEFT_OUT.getOrDefault(field, List.of("unknown_field", "What this field means is not known."));
	}

	/**
	 * What a price is for.
	 *
	 * @param base the field's name without service tier and length
	 * @param slot the service tier and length
	 * @param shift how many digits to shift the list's price to the left
	 */
	record CostField(String base, Slot slot, int shift) {
	}

	/**
	 * A tier of a card.
	 *
	 * @param serviceTier the service tier
	 * @param over the threshold of input tokens
	 */
	record Slot(String serviceTier, long over) implements Comparable<Slot> {

		static final Slot BASE = new Slot(PriceTier.DEFAULT, 0);

		@Override
		public int compareTo(Slot other) {
			int byName = this.serviceTier.compareTo(other.serviceTier);
			return (byName != 0) ? byName : Long.compare(this.over, other.over);
		}

	}

}
