package io.exchequer.routing.wire;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Currency;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import io.exchequer.routing.UpstreamFailure;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class UnitWireTests {

	private static final PriceCard FREE = card(Map.of());

	private static final PriceCard BY_TOKEN = card(Map.of(UsageBucket.INPUT, "1"));

	private static final PriceCard BY_QUERY = card(Map.of(UsageBucket.QUERIES, "0.002"));

	private static final PriceCard BY_IMAGE = card(Map.of(UsageBucket.IMAGES_OUT, "0.04"));

	private static final PriceCard BY_PIXEL = card(Map.of(UsageBucket.PIXELS_OUT, "0.02"));

	private static final PriceCard BY_CHARACTER = card(Map.of(UsageBucket.CHARACTERS_IN, "15"));

	private static final PriceCard IMAGE_TOKENS = card(
			Map.of(UsageBucket.INPUT, "5", UsageBucket.OUTPUT, "40", UsageBucket.IMAGE_OUTPUT, "40"));

	private static final long QUERY_NANOS = 2_000_000;

	@ParameterizedTest
	@CsvSource({ "1, 1", "100, 1", "101, 2", "200, 2", "201, 3" })
	void countsOneSearchUnitForAHundredDocuments(int documents, long units) throws Exception {
		assertThat(bounded(rerank("cat", documents, 10), BY_QUERY).nanos()).isEqualTo(units * QUERY_NANOS);
	}

	@Test
	void countsADocumentThatMayBeSplitAsItsParts() throws Exception {
		// The query has 3 bytes and 2 quotes, which leave 495 of 500; a document has
		// quotes too.
		assertThat(bounded(rerank("cat", 100, 493), BY_QUERY).nanos()).isEqualTo(QUERY_NANOS);
		assertThat(bounded(rerank("cat", 100, 494), BY_QUERY).nanos()).isEqualTo(2 * QUERY_NANOS);
	}

	@Test
	void readsTheQueryAgainWithEachDocument() throws Exception {
		RequestDocument request = rerank("cat", 7, 10);
		long tokens = 512 + request.length() + 7 * (5 + 16);
		assertThat(bounded(request, BY_TOKEN)).isEqualTo(new WorstCase.Bounded(tokens * 1000, tokens));
	}

	@Test
	void holdsTheDearerOfTwoMeasures() throws Exception {
		PriceCard both = card(Map.of(UsageBucket.INPUT, "1", UsageBucket.QUERIES, "0.002"));
		assertThat(bounded(rerank("cat", 1, 10), both).nanos()).isEqualTo(QUERY_NANOS);
		long tokens = bounded(rerank("cat", 90, 400), both).tokens();
		assertThat(bounded(rerank("cat", 90, 400), both).nanos()).isEqualTo(tokens * 1000).isGreaterThan(QUERY_NANOS);
	}

	@Test
	void refusesToBoundADocumentThatIsNoText() throws Exception {
		RequestDocument request = parse(Endpoint.RERANK,
				"{\"model\":\"m\",\"query\":\"q\",\"documents\":[{\"text\":\"a\"},{\"image\":\"https://x/y.png\"}]}");
		assertThat(bound(request, BY_TOKEN)).isInstanceOfSatisfying(WorstCase.Unbounded.class,
				(unbounded) -> assertThat(unbounded.param()).isEqualTo("documents"));
	}

	@Test
	void billsARankingByWhatTheAnswerTells() throws Exception {
		RequestDocument request = rerank("cat", 150, 10);
		String results = "\"results\":[{\"index\":0,\"relevance_score\":0.9}]";
		CompleteAnswer cohere = answer(Endpoint.RERANK, "{\"id\":\"1\"," + results
				+ ",\"meta\":{\"api_version\":{\"version\":\"2\"},\"billed_units\":{\"search_units\":2}}}");
		CompleteAnswer jina = answer(Endpoint.RERANK,
				"{" + results + ",\"usage\":{\"total_tokens\":815,\"prompt_tokens\":815}}");
		CompleteAnswer silent = answer(Endpoint.RERANK, "{" + results + "}");
		assertThat(usage(request, cohere, BY_QUERY)).hasToString("{REQUEST=1, QUERIES=2}");
		assertThat(usage(request, jina, BY_TOKEN)).hasToString("{INPUT=815, REQUEST=1}");
		assertThat(usage(request, silent, FREE)).hasToString("{REQUEST=1}");
		assertThat(usage(request, silent, BY_TOKEN)).isNull();
	}

	@Test
	void billsAQueryThatWasNotToldOnlyWhereItCanBeNoOther() throws Exception {
		CompleteAnswer silent = answer(Endpoint.RERANK, "{\"results\":[{\"index\":0}]}");
		assertThat(usage(rerank("cat", 100, 10), silent, BY_QUERY)).hasToString("{REQUEST=1, QUERIES=1}");
		assertThat(usage(rerank("cat", 101, 10), silent, BY_QUERY)).isNull();
	}

	@Test
	void boundsModerationByItsBytes() throws Exception {
		RequestDocument request = parse(Endpoint.MODERATIONS, "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}");
		long tokens = 512 + request.length() + 2 * 16;
		assertThat(bounded(request, BY_TOKEN).nanos()).isEqualTo(tokens * 1000);
		assertThat(bounded(request, FREE).nanos()).isZero();
	}

	@Test
	void boundsAModeratedImageOnlyWhereItCostsNothingOrItsTokensAreKnown() throws Exception {
		RequestDocument request = parse(Endpoint.MODERATIONS,
				"{\"model\":\"m\",\"input\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y.png\"}}]}");
		assertThat(request.inputModalities()).contains(Modality.IMAGE);
		assertThat(bound(request, BY_TOKEN)).isInstanceOf(WorstCase.Unbounded.class);
		assertThat(bounded(request, FREE).nanos()).isZero();
		long tokens = 512 + request.length() + 16 + 1000;
		assertThat(WorstCase.bound(request, capabilities(1000), BY_TOKEN, 1))
			.isEqualTo(new WorstCase.Bounded(tokens * 1000, tokens));
	}

	@Test
	void billsModerationWithoutUsageAsNothingOnlyWhereItIsFree() throws Exception {
		RequestDocument request = parse(Endpoint.MODERATIONS, "{\"model\":\"m\",\"input\":\"a\"}");
		CompleteAnswer silent = answer(Endpoint.MODERATIONS, "{\"id\":\"m\",\"results\":[{\"flagged\":false}]}");
		assertThat(usage(request, silent, FREE)).hasToString("{REQUEST=1}");
		assertThat(usage(request, silent, BY_TOKEN)).isNull();
	}

	@Test
	void boundsImagesByTheirNumberAndSize() throws Exception {
		assertThat(bounded(image("\"n\":3"), BY_IMAGE).nanos()).isEqualTo(3 * 40_000_000L);
		assertThat(bounded(image("\"n\":null"), BY_IMAGE).nanos()).isEqualTo(40_000_000L);
		assertThat(bounded(image("\"n\":2,\"size\":\"1024x1792\""), BY_PIXEL).nanos()).isEqualTo(2L * 1024 * 1792 * 20);
		for (String size : List.of("\"size\":\"auto\"", "\"size\":null", "\"n\":1")) {
			assertThat(bound(image(size), BY_PIXEL)).isInstanceOfSatisfying(WorstCase.Unbounded.class,
					(unbounded) -> assertThat(unbounded.param()).isEqualTo("size"));
		}
	}

	@Test
	void boundsTheTokensOfEachImageByTheModelsMaximum() throws Exception {
		RequestDocument request = image("\"n\":2");
		long input = 512 + request.length();
		assertThat(bounded(request, IMAGE_TOKENS))
			.isEqualTo(new WorstCase.Bounded(input * 5000 + 2 * 8192 * 40_000, input + 2 * 8192));
	}

	@Test
	void billsImagesByTokensWhereTheyAreToldAndElseByTheirNumber() throws Exception {
		CompleteAnswer told = answer(Endpoint.IMAGES_GENERATIONS, """
				{"created":1,"data":[{"b64_json":"AA=="}],"size":"1024x1024","usage":{"total_tokens":4210,\
				"input_tokens":50,"output_tokens":4160,"input_tokens_details":{"text_tokens":50,"image_tokens":0}}}""");
		CompleteAnswer silent = answer(Endpoint.IMAGES_GENERATIONS,
				"{\"created\":1,\"data\":[{\"url\":\"https://x/1\"},{\"url\":\"https://x/2\"}]}");
		RequestDocument request = image("\"n\":2,\"size\":\"512x512\"");
		assertThat(usage(request, told, IMAGE_TOKENS)).hasToString("{INPUT=50, IMAGE_OUTPUT=4160, REQUEST=1}");
		assertThat(usage(request, silent, BY_IMAGE)).hasToString("{REQUEST=1, IMAGES_OUT=2}");
		assertThat(usage(request, silent, BY_PIXEL)).hasToString("{REQUEST=1, PIXELS_OUT=524288}");
		assertThat(usage(request, silent, IMAGE_TOKENS)).isNull();
		assertThat(usage(request, silent, FREE)).hasToString("{REQUEST=1, IMAGES_OUT=2}");
	}

	@Test
	void billsToldTokensThatCostNothingByTheImage() throws Exception {
		CompleteAnswer told = answer(Endpoint.IMAGES_GENERATIONS,
				"{\"data\":[{\"url\":\"u\"}],\"usage\":{\"input_tokens\":5,\"output_tokens\":7,\"total_tokens\":12}}");
		TokenUsage usage = usage(image("\"n\":1"), told, BY_IMAGE);
		assertThat(usage).isNotNull();
		assertThat(BY_IMAGE.price(usage, null).nanos()).isEqualTo(40_000_000L);
	}

	@Test
	void countsTheCharactersOfSpeechAsUnicodeDoes() throws Exception {
		RequestDocument request = speech("a\\ud83d\\ude00é");
		assertThat(bounded(request, BY_CHARACTER).nanos()).isEqualTo(3 * 15_000);
		assertThat(UnitUsage.of(request, null, BY_CHARACTER)).hasToString("{REQUEST=1, CHARACTERS_IN=3}");
	}

	@Test
	void boundsSpeechByTokensOrNotAtAll() throws Exception {
		RequestDocument request = speech("hello");
		PriceCard tokens = card(Map.of(UsageBucket.INPUT, "1", UsageBucket.AUDIO_OUTPUT, "12"));
		long input = 512 + request.length();
		assertThat(bounded(request, tokens).nanos()).isEqualTo(input * 1000 + 8192 * 12_000);
		assertThat(UnitUsage.of(request, null, tokens)).isNull();
		PriceCard time = card(Map.of(UsageBucket.AUDIO_TIME_OUT, "0.001"));
		assertThat(bound(request, time)).isInstanceOf(WorstCase.Unbounded.class);
		assertThat(UnitUsage.of(request, null, time)).isNull();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '~', value = { "RERANK|{`model`:`m`,`documents`:[`a`]}|query",
			"RERANK|{`model`:`m`,`query`:`a`}|documents", "RERANK|{`model`:`m`,`query`:`a`,`documents`:[]}|documents",
			"RERANK|{`model`:`m`,`query`:`a`,`documents`:[7]}|documents[0]", "MODERATIONS|{`model`:`m`}|input",
			"MODERATIONS|{`input`:`a`}|model", "IMAGES_GENERATIONS|{`model`:`m`}|prompt",
			"IMAGES_GENERATIONS|{`model`:`m`,`prompt`:`a`,`n`:101}|n",
			"IMAGES_GENERATIONS|{`model`:`m`,`prompt`:`a`,`N`:3}|N",
			"IMAGES_GENERATIONS|{`model`:`m`,`prompt`:`a`,`stream`:true}|stream", "AUDIO_SPEECH|{`model`:`m`}|input",
			"AUDIO_SPEECH|{`model`:`m`,`input`:`a`,`stream_format`:`sse`}|stream_format" })
	void namesTheMemberAtFault(Endpoint endpoint, String body, String param) {
		assertThatExceptionOfType(InvalidRequestException.class)
			.isThrownBy(() -> parse(endpoint, body.replace('`', '"')))
			.satisfies((ex) -> assertThat(ex.error().param()).isEqualTo(param));
	}

	@Test
	void changesNothingButTheModel() throws Exception {
		String body = "{ \"model\" : \"m\", \"query\":\"q\",\"documents\":[\"a\", {\"text\":\"b\"}],\"top_n\":1,\"return_documents\":true , \"new\":[1.0]}";
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		parse(Endpoint.RERANK, body).splice("rerank-v3.5", null, WireDialect.COMPATIBLE).writeTo(out);
		assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(body.replace("\"m\"", "\"rerank-v3.5\""));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '~',
			value = { "RERANK|{`results`:[]}", "RERANK|{`data`:[1]}", "MODERATIONS|{`results`:[{`flagged`:true}",
					"IMAGES_GENERATIONS|{`data`:[]}", "IMAGES_GENERATIONS|{`error`:{`message`:`no`}}" })
	void takesNoOtherAnswer(Endpoint endpoint, String body) {
		assertThatExceptionOfType(UpstreamFailure.class).isThrownBy(() -> answer(endpoint, body.replace('`', '"')));
	}

	private static RequestDocument rerank(String query, int documents, int bytes) throws InvalidRequestException {
		String document = "\"" + "d".repeat(bytes) + "\"";
		return parse(Endpoint.RERANK, "{\"model\":\"m\",\"query\":\"" + query + "\",\"documents\":["
				+ (document + ",").repeat(documents - 1) + document + "]}");
	}

	private static RequestDocument image(String members) throws InvalidRequestException {
		return parse(Endpoint.IMAGES_GENERATIONS, "{\"model\":\"m\",\"prompt\":\"a cat\"," + members + "}");
	}

	private static RequestDocument speech(String text) throws InvalidRequestException {
		return parse(Endpoint.AUDIO_SPEECH, "{\"model\":\"m\",\"voice\":\"alloy\",\"input\":\"" + text + "\"}");
	}

	private static RequestDocument parse(Endpoint endpoint, String body) throws InvalidRequestException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return OpenAiRequests.parse(endpoint, bytes, bytes.length);
	}

	private static CompleteAnswer answer(Endpoint endpoint, String body) throws UpstreamFailure {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return CompleteAnswer.of(endpoint, bytes, bytes.length);
	}

	private static @Nullable TokenUsage usage(RequestDocument request, CompleteAnswer answer, PriceCard card) {
		TokenUsage usage = UnitUsage.of(request, answer.usage(), card);
		if (usage != null && bound(request, card) instanceof WorstCase.Bounded bounded) {
			assertThat(card.price(usage, null).nanos()).isLessThanOrEqualTo(bounded.nanos());
		}
		return usage;
	}

	private static WorstCase bound(RequestDocument request, PriceCard card) {
		return WorstCase.bound(request, capabilities(null), card, 1);
	}

	private static WorstCase.Bounded bounded(RequestDocument request, PriceCard card) {
		assertThat(bound(request, card)).isInstanceOf(WorstCase.Bounded.class);
		return (WorstCase.Bounded) bound(request, card);
	}

	private static Capabilities capabilities(@Nullable Integer imageTokens) {
		return new Capabilities(EnumSet.allOf(Modality.class), EnumSet.allOf(Modality.class), false, false, false, 8192,
				8192, imageTokens);
	}

	private static PriceCard card(Map<UsageBucket, String> prices) {
		Map<UsageBucket, BigDecimal> all = new EnumMap<>(UsageBucket.class);
		all.put(UsageBucket.INPUT, BigDecimal.ZERO);
		all.put(UsageBucket.OUTPUT, BigDecimal.ZERO);
		prices.forEach((bucket, price) -> all.put(bucket, new BigDecimal(price)));
		return new PriceCard(new UUID(1, 1), new DeploymentId(new UUID(2, 2)), 1, Instant.EPOCH,
				Currency.getInstance("USD"), List.of(new PriceTier("default", 0, all)));
	}

}
