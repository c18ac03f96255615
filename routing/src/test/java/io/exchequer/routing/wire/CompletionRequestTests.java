package io.exchequer.routing.wire;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Currency;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import io.exchequer.routing.UpstreamFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Text completions: read for what matters, bounded, and otherwise left as they came.
 */
class CompletionRequestTests {

	/** 1 per million tokens of input, 2 of output: 1,000 and 2,000 nano-units a token. */
	private static final PriceCard CARD = new PriceCard(new UUID(1, 1), new DeploymentId(new UUID(2, 2)), 1,
			Instant.EPOCH, Currency.getInstance("USD"), List.of(new PriceTier("default", 0,
					Map.of(UsageBucket.INPUT, BigDecimal.ONE, UsageBucket.OUTPUT, BigDecimal.TWO))));

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			"def f("                 | 1
			["a","b","c"]            | 3
			[1,2,3]                  | 1
			[[1,2],[3]]              | 2
			""")
	void countsThePrompts(String prompt, int prompts) throws Exception {
		assertThat(parsed("\"prompt\":" + prompt).costFacts().messages()).isEqualTo(prompts);
	}

	@Test
	void knowsWhatFillsInTheMiddle() throws Exception {
		assertThat(parsed("\"prompt\":\"a\",\"suffix\":\"b\"").fillInTheMiddle()).isTrue();
		assertThat(parsed("\"prompt\":\"a\",\"suffix\":\"\"").fillInTheMiddle()).isFalse();
		assertThat(parsed("\"prompt\":\"a\",\"suffix\":null").fillInTheMiddle()).isFalse();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			"n":1                                 | missing_required_parameter | prompt
			"prompt":null                         | invalid_type               | prompt
			"prompt":[]                           | invalid_value              | prompt
			"prompt":["a",1]                      | invalid_type               | prompt[1]
			"prompt":{"a":1}                      | invalid_type               | prompt
			"prompt":"a","suffix":1               | invalid_type               | suffix
			"prompt":"a","max_tokens":0           | invalid_value              | max_tokens
			"prompt":"a","max_completion_tokens":5 | unsupported_parameter     | max_completion_tokens
			"prompt":"a","n":129                  | invalid_value              | n
			"prompt":["a","b"],"best_of":65       | invalid_value              | prompt
			"prompt":"a","echo":"yes"             | invalid_type               | echo
			"prompt":"a","Prompt":"b"             | ambiguous_member           | Prompt
			"prompt":"a","models":["x"]           | unsupported_parameter      | models
			""")
	void namesWhatIsWrong(String members, String code, String param) {
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> parsed(members)).satisfies((ex) -> {
			assertThat(ex.error().code()).isEqualTo(code);
			assertThat(ex.error().param()).isEqualTo(param);
		});
	}

	@Test
	void boundsEachPromptAndEachChoice() throws Exception {
		String one = "\"prompt\":\"a\",\"suffix\":\"bb\"";
		long input = body(one).length() + 512 + 16;
		assertThat(bound(one, 100_000)).isEqualTo(new WorstCase.Bounded(input * 1000 + 40 * 2000, input + 40));
		assertThat(bound("\"prompt\":[\"a\",\"b\",\"c\"],\"n\":2", 50).tokens()).isEqualTo(50 * 3 * 2 + 40 * 3 * 2);
		assertThat(bound("\"prompt\":[[1,2],[3]],\"n\":1,\"best_of\":4", 50).tokens()).isEqualTo((50 + 40) * 2 * 4);
	}

	@Test
	void countsPromptsThatAreRepeatedAsOutputToo() throws Exception {
		String echo = "\"prompt\":\"a\",\"echo\":true";
		long input = body(echo).length() + 512 + 16;
		assertThat(bound(echo, 100_000).tokens()).isEqualTo(input + 40 + body(echo).length());
	}

	@Test
	void limitsTheOutputByTheOneMemberThereIs() throws Exception {
		for (WireDialect dialect : List.of(WireDialect.OPENAI, WireDialect.COMPATIBLE)) {
			assertThat(spliced("\"prompt\":\"a\"", 40, dialect))
				.isEqualTo("{\"max_tokens\":40,\"model\":\"up\",\"prompt\":\"a\"}");
			assertThat(spliced("\"prompt\" : \"a\", \"max_tokens\": 99,\"new\":[ 1.50 ]", 40, dialect))
				.isEqualTo("{\"model\":\"up\",\"prompt\" : \"a\", \"max_tokens\": 40,\"new\":[ 1.50 ]}");
		}
		assertThat(spliced("\"prompt\":\"a\",\"stream\":true,\"max_tokens\":7", null, WireDialect.OPENAI)).isEqualTo(
				"{\"stream_options\":{\"include_usage\":true},\"model\":\"up\",\"prompt\":\"a\",\"stream\":true,\"max_tokens\":7}");
	}

	@Test
	void readsWholeAnswersAndRefusesHalfOnes() throws Exception {
		byte[] whole = "{\"object\":\"text_completion\",\"choices\":[{\"text\":\"x\",\"index\":0}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}"
			.getBytes(StandardCharsets.UTF_8);
		CompleteAnswer answer = CompleteAnswer.of(Endpoint.COMPLETIONS, whole, whole.length);
		assertThat(answer.usage()).isNotNull();
		byte[] none = "{\"choices\":[]}".getBytes(StandardCharsets.UTF_8);
		assertThatExceptionOfType(UpstreamFailure.class)
			.isThrownBy(() -> CompleteAnswer.of(Endpoint.COMPLETIONS, none, none.length));
	}

	@Test
	void commitsAStreamAtItsFirstText() throws Exception {
		ChunkScanner scanner = new ChunkScanner();
		assertThat(read(scanner, "{\"choices\":[{\"index\":0,\"text\":\"\"}]}")).isEqualTo(FrameKind.EMPTY);
		assertThat(read(scanner, "{\"choices\":[{\"index\":0,\"text\":\"x\"}]}")).isEqualTo(FrameKind.COMMIT);
		assertThat(read(scanner, "{\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}]}"))
			.isEqualTo(FrameKind.FINISH);
		assertThat(scanner.everyChoiceFinished()).isTrue();
	}

	private static FrameKind read(ChunkScanner scanner, String chunk) throws JsonCursor.MalformedJsonException {
		byte[] bytes = chunk.getBytes(StandardCharsets.UTF_8);
		return scanner.read(bytes, 0, bytes.length);
	}

	private static String body(String members) {
		return "{\"model\":\"m\"," + members + "}";
	}

	private static RequestDocument parsed(String members) throws InvalidRequestException {
		byte[] bytes = body(members).getBytes(StandardCharsets.UTF_8);
		return OpenAiRequests.parse(Endpoint.COMPLETIONS, bytes, bytes.length);
	}

	private static WorstCase.Bounded bound(String members, int window) throws Exception {
		Capabilities capabilities = new Capabilities(EnumSet.of(Modality.TEXT), EnumSet.of(Modality.TEXT), false, false,
				true, window, 8192, null);
		return (WorstCase.Bounded) WorstCase.bound(parsed(members), capabilities, CARD, 40);
	}

	private static String spliced(String members, @org.jspecify.annotations.Nullable Integer maxOutput,
			WireDialect dialect) throws Exception {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		parsed(members).splice("up", maxOutput, dialect).writeTo(out);
		return out.toString(StandardCharsets.UTF_8);
	}

}
