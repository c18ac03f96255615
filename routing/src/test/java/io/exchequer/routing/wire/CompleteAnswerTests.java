package io.exchequer.routing.wire;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class CompleteAnswerTests {

	private static final int MAX = CompleteAnswer.BYTES_MAX;

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			// OpenAI: details are parts of the totals.
			"{\"prompt_tokens\":100,\"completion_tokens\":50,\"total_tokens\":150,\"prompt_tokens_details\":{\"cached_tokens\":60,\"audio_tokens\":10},\"completion_tokens_details\":{\"reasoning_tokens\":20,\"audio_tokens\":5,\"accepted_prediction_tokens\":3,\"rejected_prediction_tokens\":4}}|{INPUT=30, CACHE_READ=60, OUTPUT=25, REASONING=20, AUDIO_INPUT=10, AUDIO_OUTPUT=5, REQUEST=1}",
			"{\"prompt_tokens\":9,\"completion_tokens\":0,\"total_tokens\":9}|{INPUT=9, REQUEST=1}",
			// vLLM: nulls for what it does not count.
			"{\"prompt_tokens\":9,\"total_tokens\":12,\"completion_tokens\":3,\"prompt_tokens_details\":null}|{INPUT=9, OUTPUT=3, REQUEST=1}",
			// DeepSeek: hits and misses, and details too.
			"{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12,\"prompt_tokens_details\":{\"cached_tokens\":4},\"prompt_cache_hit_tokens\":4,\"prompt_cache_miss_tokens\":5}|{INPUT=5, CACHE_READ=4, OUTPUT=3, REQUEST=1}",
			// Reasoning on top of the completion.
			"{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":32,\"completion_tokens_details\":{\"reasoning_tokens\":20}}|{INPUT=9, OUTPUT=3, REASONING=20, REQUEST=1}",
			// Thoughts that only the total tells of.
			"{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":32}|{INPUT=9, OUTPUT=3, REASONING=20, REQUEST=1}",
			// Cached audio is in both details.
			"{\"prompt_tokens\":10,\"completion_tokens\":1,\"total_tokens\":11,\"prompt_tokens_details\":{\"cached_tokens\":10,\"audio_tokens\":6}}|{CACHE_READ=4, OUTPUT=1, AUDIO_INPUT=6, REQUEST=1}",
			// Cache writes and images.
			"{\"prompt_tokens\":10,\"completion_tokens\":1,\"total_tokens\":11,\"prompt_tokens_details\":{\"cached_tokens\":2,\"cache_write_tokens\":3,\"image_tokens\":4}}|{INPUT=1, CACHE_READ=2, CACHE_WRITE_5M=3, OUTPUT=1, IMAGE_INPUT=4, REQUEST=1}" })
	void readsUsageIntoDisjointBuckets(String usage, String buckets) throws Exception {
		assertThat(chat("{\"choices\":[{}],\"usage\":" + usage + "}").usage()).hasToString(buckets);
	}

	@ParameterizedTest
	@ValueSource(strings = { "null", "{}", "[]", "{\"prompt_tokens\":-1,\"completion_tokens\":2}",
			"{\"completion_tokens\":2}", "{\"prompt_tokens\":999999999999999,\"completion_tokens\":2}",
			"{\"prompt_tokens\":2,\"completion_tokens\":1000000000001}",
			"{\"prompt_tokens\":2,\"completion_tokens\":1000000000000,\"total_tokens\":1000000000003}",
			"{\"prompt_tokens\":2,\"completion_tokens\":600000000000,\"completion_tokens_details\":{\"reasoning_tokens\":600000000001}}",
			"{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}",
			"{\"prompt_tokens\":123456789012345,\"completion_tokens\":2,\"total_tokens\":123456789012347}",
			"{\"prompt_tokens\":9,\"completion_tokens\":1000000000001}",
			"{\"prompt_tokens\":9,\"completion_tokens\":9999999999999999999999}",
			"{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":1000000000001}",
			"{\"prompt_tokens\":9,\"completion_tokens\":2,\"completion_tokens_details\":{\"reasoning_tokens\":1e30}}",
			"{\"prompt_tokens\":9,\"completion_tokens\":\"2\"}",
			"{\"prompt_tokens\":\"9\",\"completion_tokens\":2,\"total_tokens\":11}" })
	void hasNoUsageWhereTheAnswerTellsNone(String usage) throws Exception {
		assertThat(chat("{\"choices\":[{}],\"usage\":" + usage + "}").usage()).isNull();
		assertThat(chat("{\"choices\":[{}]}").usage()).isNull();
	}

	@Test
	void readsTheUsageOfEmbeddings() throws Exception {
		String body = "{\"object\":\"list\",\"data\":[{\"embedding\":[0.1]}],\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}";
		CompleteAnswer answer = CompleteAnswer.read(Endpoint.EMBEDDINGS, TestAnswer.json(body), MAX);
		assertThat(answer.usage()).isEqualTo(TokenUsage.NONE.with(UsageBucket.INPUT, 8).with(UsageBucket.REQUEST, 1));
	}

	@Test
	void takesTheHighestCountThereIs() throws Exception {
		assertThat(
				chat("{\"choices\":[{}],\"usage\":{\"prompt_tokens\":1000000000000,\"completion_tokens\":1}}").usage())
			.isEqualTo(TokenUsage.NONE.with(UsageBucket.INPUT, TokenUsage.COUNT_MAX)
				.with(UsageBucket.OUTPUT, 1)
				.with(UsageBucket.REQUEST, 1));
	}

	@Test
	void classifiesAnErrorWithinAChoice() {
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
				() -> chat("{\"choices\":[{\"message\":{\"content\":\"\"},\"finish_reason\":\"error\","
						+ "\"error\":{\"code\":429,\"message\":\"private\"}}]}"));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.RATE_LIMITED);
		assertThat(failure.mayHaveCost()).isTrue();
		assertThat(failure).hasMessageNotContaining("private");
	}

	@Test
	void takesAnErrorOfAChoiceThatIsNullForNone() throws Exception {
		assertThat(chat("{\"choices\":[{\"error\":null}]}").length()).isPositive();
	}

	@Test
	void passesOverOneByteOrderMark() throws Exception {
		String body = "\ufeff{\"choices\":[{}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}";
		CompleteAnswer answer = chat(body);
		assertThat(answer.usage()).isNotNull();
		assertThat(new String(answer.bytes(), 0, answer.length(), java.nio.charset.StandardCharsets.UTF_8))
			.isEqualTo(body);
		assertThat(catchThrowableOfType(UpstreamFailure.class, () -> chat("\ufeff" + body)).failureClass())
			.isEqualTo(FailureClass.BROKEN_ANSWER);
	}

	@Test
	void readsTheServiceTier() throws Exception {
		assertThat(chat("{\"choices\":[{}],\"service_tier\":\"priority\"}").serviceTier()).isEqualTo("priority");
		assertThat(chat("{\"choices\":[{}],\"service_tier\":null}").serviceTier()).isEqualTo("default");
	}

	@Test
	void leavesTheBytesAlone() throws Exception {
		String body = " {\"x\" : [1, 2],\n\"choices\":[{\"a\":\"" + "\u4e2d".repeat(5000) + "\"}] }\n";
		CompleteAnswer answer = chat(body);
		assertThat(new String(answer.bytes(), 0, answer.length(), java.nio.charset.StandardCharsets.UTF_8))
			.isEqualTo(body);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "<html><body>502</body></html>", "{\"choices\":[{}]", "{\"choices\":[{}]} trailing",
			"{\"choices\":[]}", "{\"choices\":{}}", "{}", "[]", "null", "{\"object\":\"list\",\"data\":[{}]}",
			"{\"choices\":[{\"message\":{\"content\":\"half" })
	void isBrokenWhereTheAnswerIsNotWhatTheEndpointPromises(String body) {
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> chat(body));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void classifiesAnErrorUnderA200() {
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
				() -> chat("{\"error\":{\"message\":\"private\",\"code\":\"insufficient_quota\"}}"));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.QUOTA_EXHAUSTED);
		assertThat(failure).hasMessageNotContaining("private");
	}

	@Test
	void takesAnErrorMemberThatIsNullForNone() throws Exception {
		assertThat(chat("{\"error\":null,\"choices\":[{}]}").length()).isPositive();
	}

	@Test
	void isBrokenWhereTheAnswerIsLongerThanTheLimitAndNotAtTheLimit() throws Exception {
		String body = "{\"choices\":[{\"a\":\"" + "x".repeat(20_000) + "\"}]}";
		assertThat(CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, TestAnswer.json(body), body.length()).length())
			.isEqualTo(body.length());
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
				() -> CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, TestAnswer.json(body), body.length() - 1));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
	}

	private static CompleteAnswer chat(String body) throws UpstreamFailure {
		return CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, TestAnswer.json(body), MAX);
	}

}
