package io.exchequer.registry.pricelist;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.PriceList;
import io.exchequer.registry.PriceListEntry;
import io.exchequer.registry.PriceListEntry.Outcome;
import io.exchequer.registry.PriceListEntry.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Each family of cost fields, by entries as the community list of August 2026 has them,
 * and lists that nobody would write in good faith.
 */
class PriceListTests {

	@Test
	void readsTiersByLengthAndByServiceAndRegions() {
		PriceListEntry entry = entry("gpt-5.6",
				"""
						{"cache_creation_input_token_cost": 6.25e-06, "cache_creation_input_token_cost_above_272k_tokens": 1.25e-05,
						"cache_creation_input_token_cost_above_272k_tokens_flex": 6.25e-06,
						"cache_creation_input_token_cost_flex": 3.125e-06, "cache_creation_input_token_cost_priority": 1.25e-05,
						"cache_read_input_token_cost": 5e-07, "cache_read_input_token_cost_above_272k_tokens": 1e-06,
						"cache_read_input_token_cost_above_272k_tokens_flex": 5e-07, "cache_read_input_token_cost_flex": 2.5e-07,
						"cache_read_input_token_cost_priority": 1e-06, "input_cost_per_token": 5e-06,
						"input_cost_per_token_above_272k_tokens": 1e-05, "input_cost_per_token_above_272k_tokens_flex": 5e-06,
						"input_cost_per_token_batches": 2.5e-06, "input_cost_per_token_flex": 2.5e-06,
						"input_cost_per_token_priority": 1e-05, "litellm_provider": "openai", "mode": "chat",
						"max_input_tokens": 1050000, "output_cost_per_token": 3e-05,
						"output_cost_per_token_above_272k_tokens": 4.5e-05, "output_cost_per_token_above_272k_tokens_flex": 2.25e-05,
						"output_cost_per_token_batches": 1.5e-05, "output_cost_per_token_flex": 1.5e-05,
						"output_cost_per_token_priority": 6e-05, "regional_processing_uplift_multiplier_eu": 1.1,
						"regional_processing_uplift_multiplier_us": 1.1, "supports_vision": true}""");
		assertThat(entry.outcome()).isEqualTo(Outcome.PRICED);
		assertThat(entry.complete()).isTrue();
		assertThat(prices(entry)).containsExactly("batch>0 INPUT=2.5 OUTPUT=15", "batch>272000 INPUT=10 OUTPUT=45",
				"default>0 INPUT=5 CACHE_READ=0.5 CACHE_WRITE_5M=6.25 CACHE_WRITE_1H=6.25 OUTPUT=30",
				"default>272000 INPUT=10 CACHE_READ=1 CACHE_WRITE_5M=12.5 CACHE_WRITE_1H=12.5 OUTPUT=45",
				"flex>0 INPUT=2.5 CACHE_READ=0.25 CACHE_WRITE_5M=3.125 CACHE_WRITE_1H=3.125 OUTPUT=15",
				"flex>272000 INPUT=5 CACHE_READ=0.5 CACHE_WRITE_5M=6.25 CACHE_WRITE_1H=6.25 OUTPUT=22.5",
				"priority>0 INPUT=10 CACHE_READ=1 CACHE_WRITE_5M=12.5 CACHE_WRITE_1H=12.5 OUTPUT=60");
		assertThat(entry.regions()).isEqualTo(Map.of("eu", new BigDecimal("1.1"), "us", new BigDecimal("1.1")));
		assertThat(entry.notes()).containsExactly(
				"The list has no price of batch over 272000 input tokens: the dearer of its price for fewer and the"
						+ " default one applies.");
	}

	@Test
	void readsCacheWritesOfFiveMinutesAndOfAnHourAndSearches() {
		PriceListEntry entry = entry("claude-sonnet-4-20250514", """
				{"cache_creation_input_token_cost": 3.75e-06, "cache_creation_input_token_cost_above_1hr": 6e-06,
				"cache_read_input_token_cost": 3e-07, "input_cost_per_token": 3e-06,
				"input_cost_per_token_above_200k_tokens": 6e-06, "output_cost_per_token_above_200k_tokens": 2.25e-05,
				"cache_creation_input_token_cost_above_1hr_above_200k_tokens": 1.2e-05,
				"cache_creation_input_token_cost_above_200k_tokens": 7.5e-06,
				"cache_read_input_token_cost_above_200k_tokens": 6e-07, "litellm_provider": "anthropic", "mode": "chat",
				"output_cost_per_token": 1.5e-05, "search_context_cost_per_query": {"search_context_size_high": 0.05,
				"search_context_size_low": 0.03, "search_context_size_medium": 0.035}}""");
		assertThat(entry.outcome()).isEqualTo(Outcome.PRICED);
		assertThat(prices(entry)).containsExactly(
				"default>0 INPUT=3 CACHE_READ=0.3 CACHE_WRITE_5M=3.75 CACHE_WRITE_1H=6 OUTPUT=15 WEB_SEARCHES_LOW=0.03"
						+ " WEB_SEARCHES_MEDIUM=0.035 WEB_SEARCHES_HIGH=0.05",
				"default>200000 INPUT=6 CACHE_READ=0.6 CACHE_WRITE_5M=7.5 CACHE_WRITE_1H=12 OUTPUT=22.5");
	}

	@Test
	void readsTiersGivenAsRanges() {
		PriceListEntry entry = entry("dashscope/qwen3-coder-flash",
				"""
						{"litellm_provider": "dashscope", "mode": "chat", "tiered_pricing": [
						{"cache_read_input_token_cost": 8e-08, "input_cost_per_token": 3e-07, "output_cost_per_token": 1.5e-06,
						"range": [0, 32000.0]}, {"cache_read_input_token_cost": 1.2e-07, "input_cost_per_token": 5e-07,
						"output_cost_per_token": 2.5e-06, "output_cost_per_reasoning_token": 4e-06, "range": [32000.0, 128000.0]}]}""");
		assertThat(entry.outcome()).isEqualTo(Outcome.PRICED);
		assertThat(prices(entry)).containsExactly("default>0 INPUT=0.3 CACHE_READ=0.08 OUTPUT=1.5",
				"default>32000 INPUT=0.5 CACHE_READ=0.12 OUTPUT=2.5 REASONING=4");
	}

	/** Fields that are prices by themselves, in the words of the list. */
	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					"mode": "rerank", "input_cost_per_query": 0.002, "input_cost_per_token": 0.0, "output_cost_per_token": 0.0 | INPUT=0 OUTPUT=0 QUERIES=0.002
					"mode": "search", "input_cost_per_query": 0.005 | INPUT=0 OUTPUT=0 QUERIES=0.005
					"mode": "ocr", "ocr_cost_per_page": 0.004, "annotation_cost_per_page": 0.005 | INPUT=0 OUTPUT=0 PAGES=0.004 ANNOTATED_PAGES=0.005
					"mode": "audio_speech", "input_cost_per_character": 1.5e-05 | INPUT=0 OUTPUT=0 CHARACTERS_IN=15
					"mode": "audio_speech", "input_cost_per_token": 2.5e-06, "output_cost_per_audio_token": 1.2e-05, "output_cost_per_second": 0.00025, "output_cost_per_token": 1e-05 | INPUT=2.5 OUTPUT=10 AUDIO_OUTPUT=12 AUDIO_TIME_OUT=0.00025
					"mode": "audio_transcription", "input_cost_per_second": 0.0001, "output_cost_per_second": 0.0001 | INPUT=0 OUTPUT=0 AUDIO_TIME_IN=0.0001
					"mode": "audio_transcription", "input_cost_per_second": 0.0002833333333333333, "output_cost_per_second": 0.0 | INPUT=0 OUTPUT=0 AUDIO_TIME_IN=0.0002833333333333333
					"mode": "audio_transcription", "output_cost_per_second": 2.77778e-05, "input_cost_per_second": 0.0 | INPUT=0 OUTPUT=0 AUDIO_TIME_IN=0.0000277778
					"mode": "audio_transcription", "input_cost_per_audio_token": 6e-06, "output_cost_per_token": 1e-05 | INPUT=6 OUTPUT=10 AUDIO_INPUT=6
					"mode": "video_generation", "output_cost_per_second": 0.35 | INPUT=0 OUTPUT=0 VIDEO_TIME_OUT=0.35
					"mode": "video_generation", "output_cost_per_video_per_second": 0.1 | INPUT=0 OUTPUT=0 VIDEO_TIME_OUT=0.1
					"mode": "image_generation", "input_cost_per_pixel": 3.81469e-08, "output_cost_per_pixel": 0.0 | INPUT=0 OUTPUT=0 PIXELS_OUT=0.0381469
					"mode": "image_generation", "output_cost_per_image": 0.06 | INPUT=0 OUTPUT=0 IMAGES_OUT=0.06
					"mode": "image_generation", "input_cost_per_image": 0.04 | INPUT=0 OUTPUT=0 IMAGES_OUT=0.04
					"mode": "image_generation", "input_cost_per_image": 0.011, "input_cost_per_pixel": 1.0172526e-08, "output_cost_per_pixel": 0.0 | INPUT=0 OUTPUT=0 IMAGES_OUT=0.011
					"mode": "image_generation", "input_cost_per_image": 0.0011, "input_cost_per_token": 2e-06, "output_cost_per_image": 0.134, "output_cost_per_image_token": 0.00012, "output_cost_per_token": 1.2e-05 | INPUT=2 OUTPUT=12 IMAGE_OUTPUT=120 IMAGES_IN=0.0011 IMAGES_OUT=0.134
					"mode": "image_generation", "cache_read_input_token_cost": 1.25e-06, "input_cost_per_image_token": 1e-05, "input_cost_per_token": 5e-06, "output_cost_per_image_token": 4e-05 | INPUT=5 CACHE_READ=1.25 OUTPUT=40 IMAGE_INPUT=10 IMAGE_OUTPUT=40
					"mode": "embedding", "input_cost_per_token": 1.35e-07, "input_cost_per_image": 6e-05, "input_cost_per_video_per_second": 0.0007, "input_cost_per_audio_per_second": 0.00014 | INPUT=0.135 OUTPUT=0 IMAGES_IN=0.00006 AUDIO_TIME_IN=0.00014 VIDEO_TIME_IN=0.0007
					"mode": "chat", "citation_cost_per_token": 2e-06, "input_cost_per_token": 2e-06, "output_cost_per_reasoning_token": 3e-06, "output_cost_per_token": 8e-06 | INPUT=2 OUTPUT=8 REASONING=3 CITATION=2
					"mode": "chat", "input_cost_per_request": 0.005, "input_cost_per_token": 0.0, "output_cost_per_token": 2.8e-06 | INPUT=0 OUTPUT=2.8 REQUEST=0.005
					"mode": "chat", "input_cost_per_token": 2.7e-07, "input_cost_per_token_cache_hit": 7e-08, "output_cost_per_token": 1.1e-06 | INPUT=0.27 CACHE_READ=0.07 OUTPUT=1.1
					"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "output_cost_per_video_token": 1.75e-05 | INPUT=1 OUTPUT=2 VIDEO_OUTPUT=17.5
					"mode": "realtime", "cache_creation_input_audio_token_cost": 4e-07, "cache_read_input_audio_token_cost": 4e-07, "cache_read_input_token_cost": 4e-07, "input_cost_per_audio_token": 3.2e-05, "input_cost_per_token": 4e-06, "output_cost_per_audio_token": 6.4e-05, "output_cost_per_token": 2.4e-05 | INPUT=4 CACHE_READ=0.4 OUTPUT=24 AUDIO_INPUT=32 AUDIO_OUTPUT=64 AUDIO_CACHE_READ=0.4 AUDIO_CACHE_WRITE=0.4
					"mode": "chat", "file_search_cost_per_1k_calls": 2.5, "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06 | INPUT=1 OUTPUT=1 FILE_SEARCHES=0.0025
					""")
	void readsWhatAModelIsBilledBy(String fields, String expected) {
		PriceListEntry entry = entry("m", "{\"litellm_provider\": \"p\", " + fields.strip() + "}");
		assertThat(entry.outcome()).as(entry.toString()).isEqualTo(Outcome.PRICED);
		assertThat(entry.complete()).isTrue();
		assertThat(prices(entry)).containsExactly("default>0 " + expected);
	}

	@Test
	void takesNoCardWhoseChatWouldBeFreeForWantOfAPrice() {
		for (String fields : List.of("\"input_cost_per_character\": 5e-06, \"output_cost_per_character\": 1.5e-05",
				"\"input_cost_per_second\": 0.0175, \"output_cost_per_second\": 0.0175",
				"\"code_interpreter_cost_per_session\": 0.03", "\"output_cost_per_token\": 7.5e-06")) {
			PriceListEntry entry = entry("m", "{\"litellm_provider\": \"p\", \"mode\": \"chat\", " + fields + "}");
			assertThat(entry.outcome()).isEqualTo(Outcome.PRICED);
			assertThat(entry.tiers()).isNotEmpty();
			assertThat(entry.complete()).as(fields).isFalse();
			assertThat(entry.notes()).anyMatch((note) -> note.contains("would be free"));
		}
	}

	@Test
	void saysWhatItLeavesOut() {
		PriceListEntry fast = entry("claude-opus-4-6", """
				{"input_cost_per_token": 5e-06, "litellm_provider": "anthropic", "mode": "chat",
				"output_cost_per_token": 2.5e-05, "provider_specific_entry": {"us": 1.1, "fast": 6.0}}""");
		assertThat(fast.outcome()).isEqualTo(Outcome.PARTLY);
		assertThat(fast.complete()).isTrue();
		assertThat(reasons(fast)).containsExactly("priced_by_option provider_specific_entry.us",
				"priced_by_option provider_specific_entry.fast");
		PriceListEntry video = entry("multimodalembedding",
				"""
						{"input_cost_per_token": 8e-07, "input_cost_per_video_per_second": 0.0005,
						"input_cost_per_video_per_second_above_15s_interval": 0.002, "litellm_provider": "vertex_ai-embedding-models",
						"mode": "embedding", "output_cost_per_token": 0, "output_cost_per_second_1080p": 0.08}""");
		assertThat(video.outcome()).isEqualTo(Outcome.PARTLY);
		assertThat(reasons(video)).containsExactly(
				"priced_by_length input_cost_per_video_per_second_above_15s_interval",
				"priced_by_resolution output_cost_per_second_1080p");
		PriceListEntry unheardOf = entry("m",
				"""
						{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06, "litellm_provider": "p", "mode": "chat",
						"input_cost_per_smell": 1.0, "is_new": true, "search_context_cost_per_query": {"search_context_size_vast": 1}}""");
		assertThat(unheardOf.outcome()).isEqualTo(Outcome.PARTLY);
		assertThat(reasons(unheardOf)).containsExactly("unknown_field input_cost_per_smell",
				"unknown_field search_context_cost_per_query.search_context_size_vast");
		assertThat(reasons(entry("reducto/parse-v3",
				"{\"litellm_provider\": \"reducto\", \"mode\": \"ocr\", \"ocr_cost_per_credit\": 0.015}")))
			.containsExactly("unknown_unit ocr_cost_per_credit");
		PriceListEntry byResults = entry("exa_ai/search", """
				{"litellm_provider": "exa_ai", "mode": "search", "tiered_pricing":
				[{"input_cost_per_query": 0.005, "max_results_range": [0, 25]}]}""");
		assertThat(byResults.outcome()).isEqualTo(Outcome.REFUSED);
		assertThat(reasons(byResults)).containsExactly("unknown_range tiered_pricing[0]");
	}

	@Test
	void readsThePriceInDollarsWhereAnotherUnitStandsBesideIt() {
		PriceListEntry entry = entry("databricks/databricks-gpt-5", """
				{"input_cost_per_token": 1.24999e-06, "input_dbu_cost_per_token": 1.7857e-05,
				"litellm_provider": "databricks", "mode": "chat", "output_cost_per_token": 9.999990000000002e-06,
				"output_dbu_cost_per_token": 0.000142857}""");
		assertThat(entry.outcome()).isEqualTo(Outcome.PRICED);
		assertThat(prices(entry)).containsExactly("default>0 INPUT=1.24999 OUTPUT=9.999990000000002");
		assertThat(entry.notes()).hasSize(2);
	}

	@Test
	void tellsAnEntryWithoutAnyPriceFromAFreeOne() {
		PriceListEntry silent = entry("github_copilot/gpt-5",
				"{\"litellm_provider\": \"github_copilot\", \"mode\": \"chat\", \"input_cost_per_token\": null}");
		assertThat(silent.outcome()).isEqualTo(Outcome.UNPRICED);
		PriceListEntry free = entry("ollama/llama3",
				"{\"litellm_provider\": \"ollama\", \"mode\": \"chat\", \"input_cost_per_token\": 0.0, \"output_cost_per_token\": 0}");
		assertThat(free.outcome()).isEqualTo(Outcome.PRICED);
		assertThat(prices(free)).containsExactly("default>0 INPUT=0 OUTPUT=0");
		assertThat(free.notes()).containsExactly("Every price is 0.");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			-1e-06 | negative_price
			"1e-06" | not_a_number
			"NaN" | not_a_number
			true | not_a_number
			{} | not_a_number
			1e400 | price_too_high
			1e999999999 | price_too_high
			1e99999999999 | price_too_high
			1001 | price_too_high
			1e-400 | price_too_fine
			0.0000000000000000000000000000001 | price_too_fine
			""")
	void refusesAnEntryOneOfWhosePricesIsNone(String price, String code) {
		PriceListEntry entry = entry("m", "{\"litellm_provider\": \"p\", \"mode\": \"chat\", "
				+ "\"input_cost_per_token\": 1e-06, \"output_cost_per_token\": " + price + "}");
		assertThat(entry.outcome()).isEqualTo(Outcome.REFUSED);
		assertThat(entry.tiers()).isEmpty();
		assertThat(entry.complete()).isFalse();
		assertThat(reasons(entry)).containsExactly(code + " output_cost_per_token");
	}

	@Test
	void takesTheHighestAndTheFinestPrice() {
		assertThat(prices(entry("m", """
				{"litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1000,
				"output_cost_per_token": 1e-30}""")))
			.containsExactly("default>0 INPUT=1000000000 OUTPUT=0.000000000000000000000001");
	}

	@Test
	void refusesWhatContradictsItself() {
		PriceListEntry entry = entry("m", """
				{"litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06,
				"cache_read_input_token_cost": 1e-07, "input_cost_per_token_cache_hit": 2e-07}""");
		assertThat(entry.outcome()).isEqualTo(Outcome.REFUSED);
		assertThat(reasons(entry)).containsExactly("contradiction input_cost_per_token_cache_hit");
		assertThat(reasons(entry("m",
				"""
						{"litellm_provider": "p", "mode": "audio_transcription", "input_cost_per_second": 1, "output_cost_per_second": 2}""")))
			.containsExactly("contradiction output_cost_per_second");
		assertThat(reasons(entry("m", """
				{"litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1, "input_cost_per_token": 2}""")))
			.containsExactly("repeated_field ");
	}

	@Test
	void reportsEntriesThatAreNone() {
		PriceList list = read("""
				{"sample_spec": {"input_cost_per_token": 0.0}, "a": 1, "b": [1, {"c": 2}], "c": null, "d": "x", "e": {},
				"twice": {"litellm_provider": "p"}, "twice": {"litellm_provider": "q"}, "": {}, "f\\u0000": {},
				"rules": {"rules": [{"pattern": "x"}]}}""");
		assertThat(list.entries()).extracting((entry) -> entry.outcome() + " " + entry.reasons().getFirst().code())
			.containsExactly("REFUSED description", "REFUSED not_an_object", "REFUSED not_an_object",
					"REFUSED not_an_object", "REFUSED not_an_object", "REFUSED no_provider", "REFUSED repeated_name",
					"REFUSED repeated_name", "REFUSED invalid_name", "REFUSED invalid_name", "REFUSED no_provider");
		assertThat(list.entries()).extracting(PriceListEntry::name).doesNotContain("f\0");
		assertThat(read("{}").entries()).isEmpty();
	}

	@Test
	void passesEntriesThatAreTooLargeOrTooDeep() {
		String many = IntStream.range(0, 3000).mapToObj((i) -> "\"f" + i + "\": 1").collect(Collectors.joining(","));
		String deep = "[".repeat(100) + "]".repeat(100);
		PriceList list = read("{\"many\": {" + many + "}, \"deep\": {\"litellm_provider\": \"p\", \"x\": " + deep
				+ "}, \"long\": {\"x\": \"" + "y".repeat(200_000)
				+ "\", \"z\": 1}, \"fine\": {\"litellm_provider\": \"p\"}}");
		assertThat(list.entries()).extracting((entry) -> entry.name() + " " + entry.outcome())
			.containsExactly("many REFUSED", "deep REFUSED", "long REFUSED", "fine UNPRICED");
		assertThat(list.entries().subList(0, 3)).flatExtracting(PriceListEntry::reasons)
			.extracting(Reason::code)
			.containsExactly("too_large", "too_deep", "too_large");
		String tiers = IntStream.range(1, 50)
			.mapToObj((i) -> "\"input_cost_per_token_above_" + i + "k_tokens\": 1e-06")
			.collect(Collectors.joining(","));
		assertThat(reasons(entry("m", "{\"litellm_provider\": \"p\", " + tiers + "}")))
			.containsExactly("too_many_tiers ");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "[]", "1", "null", "{", "{\"a\": NaN}", "{\"a\": {\"x\": Infinity}}", "{\"a\": 1} {}",
			"{\"a\": 1}x", "{\"a\" 1}", "{'a': 1}", "{\"a\": 01}", "\u0000", "{\"a\": \"\\ud8\"}" })
	void refusesWhatIsNotAListAtAll(String text) {
		assertThatExceptionOfType(ValidationProblem.class).isThrownBy(() -> read(text))
			.satisfies((problem) -> assertThat(problem.problems()).extracting(ValidationProblem.FieldProblem::code)
				.containsExactly("unreadable"));
	}

	@Test
	void refusesWhatIsNotUtf8() {
		for (int first : new int[] { 0xFF, 0xC0, 0x80, 0xFE }) {
			byte[] bytes = { '{', '"', 'a', (byte) first, (byte) 0xFE, '"', ':', '1', '}' };
			assertThatExceptionOfType(ValidationProblem.class)
				.isThrownBy(() -> PriceList.read(new ByteArrayInputStream(bytes)));
		}
		byte[] utf32 = { 0, 0, 0, '{', 0, 0, 0, '}', 0x7F, 1, 1, 1 };
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> PriceList.read(new ByteArrayInputStream(utf32)));
	}

	@Test
	void refusesNestingWithoutEnd() {
		assertThatExceptionOfType(ValidationProblem.class).isThrownBy(() -> read("{\"a\":" + "[".repeat(1_000_000)))
			.withMessageContaining("nested too deeply");
	}

	@Test
	void readsNoMoreThanAListMayHave() {
		Endless endless = new Endless("{\"a\": \"", "x");
		assertThatExceptionOfType(ValidationProblem.class).isThrownBy(() -> PriceList.read(endless))
			.withMessageContaining("not JSON");
		Endless spaces = new Endless("{", " ");
		assertThatExceptionOfType(ValidationProblem.class).isThrownBy(() -> PriceList.read(spaces))
			.withMessageContaining("at most 16777216 bytes");
		assertThat(spaces.given).isBetween((long) PriceList.BYTES_MAX, PriceList.BYTES_MAX + 100_000L);
		StringBuilder entries = new StringBuilder("{\"first\":1");
		for (int i = 0; i < PriceList.ENTRIES_MAX; i++) {
			entries.append(",\"").append(i).append("\":1");
		}
		assertThatExceptionOfType(ValidationProblem.class).isThrownBy(() -> read(entries + "}"))
			.withMessageContaining("at most 20000 entries");
	}

	private static PriceListEntry entry(String name, String json) {
		return read("{\"" + name + "\": " + json + "}").entries().getFirst();
	}

	private static PriceList read(String json) {
		return PriceList.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
	}

	private static List<String> prices(PriceListEntry entry) {
		List<String> prices = new ArrayList<>();
		entry.tiers()
			.forEach((tier) -> prices.add(tier.serviceTier() + ">" + tier.inputTokensOver()
					+ tier.prices()
						.entrySet()
						.stream()
						.map((price) -> " " + price.getKey() + "=" + price.getValue().toPlainString())
						.collect(Collectors.joining())));
		return prices;
	}

	private static List<String> reasons(PriceListEntry entry) {
		return entry.reasons().stream().map((reason) -> reason.code() + " " + reason.field()).toList();
	}

	/** Goes on for ever. */
	private static final class Endless extends InputStream {

		private final byte[] start;

		private final byte[] more;

		private long given;

		Endless(String start, String more) {
			this.start = start.getBytes(StandardCharsets.UTF_8);
			this.more = more.getBytes(StandardCharsets.UTF_8);
		}

		@Override
		public int read() {
			long at = this.given++;
			return (at < this.start.length) ? this.start[(int) at] : this.more[(int) (at % this.more.length)];
		}

	}

}
