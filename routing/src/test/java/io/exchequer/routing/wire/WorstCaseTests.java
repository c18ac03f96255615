package io.exchequer.routing.wire;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Currency;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class WorstCaseTests {

	/** 1 per million tokens of input, 2 of output: 1,000 and 2,000 nano-units a token. */
	private static final PriceCard CARD = card(Map.of(UsageBucket.INPUT, BigDecimal.ONE, UsageBucket.OUTPUT,
			BigDecimal.TWO, UsageBucket.AUDIO_INPUT, BigDecimal.TEN));

	private static final String TEXT = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";

	@Test
	void boundsTextByItsBytesAndOutputByItsLimit() throws Exception {
		WorstCase.Bounded bound = bounded(TEXT, capabilities(100_000, null), 100);
		long input = TEXT.length() + 512 + 16;
		assertThat(bound).isEqualTo(new WorstCase.Bounded(input * 1000 + 100 * 2000, input + 100));
	}

	@Test
	void boundsInputByTheContextWindow() throws Exception {
		assertThat(bounded(TEXT, capabilities(50, null), 40)).isEqualTo(new WorstCase.Bounded(130_000, 90));
	}

	@Test
	void multipliesByTheChoices() throws Exception {
		assertThat(bounded(TEXT.replace("}]}", "}],\"n\":3}"), capabilities(50, null), 40))
			.isEqualTo(new WorstCase.Bounded(390_000, 270));
		assertThat(bounded(TEXT.replace("}]}", "}],\"n\":1,\"best_of\":4}"), capabilities(50, null), 40).nanos())
			.isEqualTo(520_000);
	}

	@Test
	void addsAPredictionToTheOutput() throws Exception {
		String body = TEXT.replace("}]}", "}],\"prediction\":{\"type\":\"content\",\"content\":\"0123456789\"}}");
		long prediction = "{\"type\":\"content\",\"content\":\"0123456789\"}".length();
		assertThat(bounded(body, capabilities(50, null), 40).nanos()).isEqualTo(50_000 + (40 + prediction) * 2000);
	}

	@Test
	void boundsImagesByTheModelsTokensPerImage() throws Exception {
		String body = image("data:image/png;base64," + "A".repeat(5000));
		long bytes = body.length() - 5000 - "data:image/png;base64,\"\"".length();
		assertThat(bounded(body, capabilities(100_000, 1000), 1).nanos())
			.isEqualTo((bytes + 512 + 16 + 1000) * 1000 + 2000);
		assertThat(bounded(image("https://example.com/a.png"), capabilities(100_000, 1000), 1).nanos())
			.isLessThan(2_000_000);
	}

	@Test
	void boundsAnInlineImageOfUnknownTokensByTheContextWindow() throws Exception {
		assertThat(bounded(image("data:image/png;base64,AA"), capabilities(7000, null), 1).nanos())
			.isEqualTo(7_002_000);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y\"}}]}]|messages[0].content[0].image_url",
			"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"file\":{\"file_id\":\"f\"},\"type\":\"file\"}]}]|messages[0].content[1].file",
			"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video_url\",\"video_url\":{\"url\":\"data:x\"}}]}]|messages[0].content[0].video_url",
			"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"hologram\"}]}]|messages[0].content[0].type",
			"\"messages\":[{\"role\":\"assistant\",\"audio\":{\"id\":\"a\"}}]|messages[0].audio",
			"M,\"web_search_options\":{}|web_search_options", "M,\"n_predict\":100000|n_predict",
			"M,\"max_tokens\":1,\"max_new_tokens\":100000|max_new_tokens", "M,\"n_cmpl\":9|n_cmpl",
			"M,\"enable_search\":true|enable_search", "M,\"extra_body\":{\"google\":{}}|extra_body",
			"M,\"provider\":{\"sort\":\"latency\"}|provider",
			"M,\"search_parameters\":{\"mode\":\"on\"}|search_parameters",
			"M,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},{\"type\":\"web_search\"}]|tools[1].type",
			"M,\"modalities\":[\"text\",\"audio\"]|modalities" })
	void tellsWhatHasNoBound(String members, String param) throws Exception {
		String body = "{\"model\":\"m\"," + members.replace("M", "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]")
				+ "}";
		WorstCase worst = WorstCase.bound(chat(body), capabilities(1000, null), CARD, 1);
		assertThat(worst).isInstanceOfSatisfying(WorstCase.Unbounded.class, (unbounded) -> {
			assertThat(unbounded.param()).isEqualTo(param);
			assertThat(unbounded.message()).isNotBlank();
		});
	}

	@Test
	void takesAbsentAndNullOptionsForBounded() throws Exception {
		assertThat(
				bounded(TEXT.replace("}]}", "}],\"web_search_options\":null,\"n_predict\":null,\"prediction\":null}"),
						capabilities(50, null), 40)
					.tokens())
			.isEqualTo(90);
	}

	@Test
	void pricesAudioAtItsOwnPrice() throws Exception {
		String body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\","
				+ "\"input_audio\":{\"data\":\"AAAA\",\"format\":\"wav\"}}]}]}";
		assertThat(bounded(body, capabilities(100, null), 1).nanos()).isEqualTo(100 * 10_000 + 2000);
	}

	@Test
	void boundsEmbeddingsByTheInputAlone() throws Exception {
		byte[] bytes = "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}".getBytes(StandardCharsets.UTF_8);
		RequestDocument request = OpenAiRequests.parse(Endpoint.EMBEDDINGS, bytes, bytes.length);
		assertThat(WorstCase.bound(request, capabilities(10, null), CARD, 999))
			.isEqualTo(new WorstCase.Bounded(20_000, 20));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			"M,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"X\"}}]",
			"M,\"functions\":[{\"name\":\"f\",\"description\":\"X\"}]",
			"M,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"description\":\"X\"}}}",
			"M,\"documents\":[\"X\"]", "M,\"chat_template_kwargs\":{\"a\":\"X\"}",
			"\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"arguments\":\"X\"}}]}]",
			"\"messages\":[{\"role\":\"tool\",\"content\":\"X\"}]",
			"\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"X\"}],\"role\":\"function\"}]" })
	void boundsWhatServersWriteAnewByTheMostWastefulWay(String members) throws Exception {
		String body = "{\"model\":\"m\"," + members.replace("M", "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]")
				+ "}";
		String plain = body.replace("X", "x".repeat(1000));
		String escaped = body.replace("X", "<".repeat(1000));
		Capabilities capabilities = capabilities(100_000, null);
		assertThat(bounded(escaped, capabilities, 1).tokens() - bounded(plain, capabilities, 1).tokens())
			.isEqualTo(5 * 1000);
		assertThat(bounded(escaped, capabilities(3000, null), 1).tokens()).isEqualTo(3001);
	}

	@Test
	void boundsOutputByTheContextWindow() throws Exception {
		assertThat(bounded(TEXT, capabilities(50, null), Integer.MAX_VALUE))
			.isEqualTo(new WorstCase.Bounded(150_000, 100));
	}

	@Test
	void pricesOutputAtTheDearestThatTheModelCanWriteAskedForOrNot() throws Exception {
		PriceCard dear = card(Map.of(UsageBucket.INPUT, BigDecimal.ONE, UsageBucket.OUTPUT, BigDecimal.TWO,
				UsageBucket.IMAGE_OUTPUT, BigDecimal.TEN));
		Capabilities text = capabilities(50, null);
		Capabilities images = new Capabilities(text.input(), EnumSet.of(Modality.TEXT, Modality.IMAGE), true, true,
				false, 50, 8192, null);
		assertThat(WorstCase.bound(chat(TEXT), text, dear, 10)).isEqualTo(new WorstCase.Bounded(70_000, 60));
		assertThat(WorstCase.bound(chat(TEXT), images, dear, 10)).isEqualTo(new WorstCase.Bounded(150_000, 60));
	}

	@Test
	void holdsNoPriceOfWhatAChatDoesNotUse() throws Exception {
		PriceCard media = card(Map.of(UsageBucket.INPUT, BigDecimal.ONE, UsageBucket.OUTPUT, BigDecimal.TWO,
				UsageBucket.AUDIO_TIME_OUT, BigDecimal.TEN, UsageBucket.IMAGES_OUT, BigDecimal.TEN,
				UsageBucket.WEB_SEARCHES_HIGH, BigDecimal.TEN, UsageBucket.PAGES, BigDecimal.TEN));
		assertThat(WorstCase.bound(chat(TEXT), capabilities(50, null), media, 10))
			.isEqualTo(new WorstCase.Bounded(70_000, 60));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://big\",\"data\":\"x\"}}",
			"{\"type\":\"image_url\",\"image_url\":{\"data\":\"x\",\"url\":\"https://big\"}}",
			"{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://big\"},\"file\":{\"file_data\":\"x\"}}",
			"{\"type\":\"file\",\"file\":{\"file_id\":\"f\",\"file_data\":\"x\"}}",
			"{\"type\":\"file\",\"file\":{\"file_data\":\"x\",\"file_id\":\"f\"}}",
			"{\"type\":\"file\",\"file\":{\"file_data\":\"x\",\"file_url\":\"https://big\"}}",
			"{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"x\",\"url\":\"https://big\"}}" })
	void trustsNoDataBesideAReference(String part) throws Exception {
		WorstCase worst = WorstCase.bound(chat(parts(part)), capabilities(1000, null), CARD, 1);
		assertThat(worst).isInstanceOf(WorstCase.Unbounded.class);
	}

	@Test
	void takesDataWithoutAReferenceForBounded() throws Exception {
		String image = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AA\",\"detail\":\"low\"}}";
		String file = "{\"type\":\"file\",\"file\":{\"file_data\":\"x\",\"file_id\":null,\"filename\":\"a.pdf\"}}";
		assertThat(bounded(parts(image), capabilities(1000, null), 1).tokens()).isEqualTo(1001);
		assertThat(bounded(parts(file), capabilities(1000, null), 1).tokens()).isEqualTo(1001);
	}

	@Test
	void findsTheGreatestOutputThatFits() throws Exception {
		RequestDocument request = chat(TEXT.replace("}]}", "}],\"n\":2}"));
		Capabilities capabilities = capabilities(500, null);
		for (long available : new long[] { 0, 999_999, 1_000_000, 1_003_999, 1_004_000, 1_004_001, 1_500_000 }) {
			int fits = WorstCase.maxOutputFor(request, capabilities, CARD, available);
			assertThat(fits).isEqualTo((int) Math.max(0, (available - 1_000_000) / 4000));
		}
		assertThat(WorstCase.maxOutputFor(request, capabilities, CARD, Long.MAX_VALUE)).isEqualTo(8192);
	}

	@Test
	void boundsEveryUsageWithinIt() throws Exception {
		WorstCase.Bounded bound = bounded(TEXT, capabilities(1000, null), 100);
		TokenUsage most = TokenUsage.NONE.with(UsageBucket.INPUT, 580).with(UsageBucket.REASONING, 100);
		assertThat(CARD.price(most, null).nanos()).isLessThanOrEqualTo(bound.nanos());
	}

	@Test
	void countsWhatAProviderAddsToTheInputUpToTheWindow() throws Exception {
		RequestDocument request = chat(TEXT);
		WorstCase.Bounded plain = bounded(TEXT, capabilities(100_000, null), 10);
		WorstCase.Bounded more = (WorstCase.Bounded) WorstCase.bound(request, capabilities(100_000, null), CARD, 10,
				500);
		assertThat(more.tokens() - plain.tokens()).isEqualTo(500);
		assertThat(more.nanos()).isGreaterThan(plain.nanos());
		assertThat(WorstCase.bound(request, capabilities(1000, null), CARD, 10, 100_000))
			.isEqualTo(WorstCase.bound(request, capabilities(1000, null), CARD, 10, 2_000));
		assertThat(WorstCase.maxOutputFor(request, capabilities(100_000, null), CARD, more.nanos(), 500)).isEqualTo(10);
	}

	private static String image(String url) {
		return parts("{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + url + "\"}}");
	}

	private static String parts(String parts) {
		return "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[" + parts + "]}]}";
	}

	private static WorstCase.Bounded bounded(String body, Capabilities capabilities, int maxOutput) throws Exception {
		return (WorstCase.Bounded) WorstCase.bound(chat(body), capabilities, CARD, maxOutput);
	}

	private static RequestDocument chat(String body) throws InvalidRequestException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, bytes, bytes.length);
	}

	private static Capabilities capabilities(int window, @Nullable Integer imageTokens) {
		return new Capabilities(EnumSet.allOf(Modality.class), EnumSet.of(Modality.TEXT), true, true, false, window,
				8192, imageTokens);
	}

	private static PriceCard card(Map<UsageBucket, BigDecimal> prices) {
		return new PriceCard(new UUID(1, 1), new DeploymentId(new UUID(2, 2)), 1, Instant.EPOCH,
				Currency.getInstance("USD"), List.of(new PriceTier("default", 0, prices)));
	}

}
