package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class FailureClassifierTests {

	private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			// Quota before rate limit.
			"429|{\"error\":{\"message\":\"m\",\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}|QUOTA_EXHAUSTED",
			"402|{\"error\":{\"message\":\"Insufficient Balance\",\"type\":\"unknown_error\"}}|QUOTA_EXHAUSTED",
			"429|{\"error\":{\"code\":\"rate_limit_exceeded\",\"type\":\"tokens\"}}|RATE_LIMITED", "429||RATE_LIMITED",
			"429|{\"error\":{\"code\":\"429\",\"message\":\"x\"}}|RATE_LIMITED",
			"429|<html>slow down</html>|RATE_LIMITED", "401||CREDENTIAL_REJECTED", "403||CREDENTIAL_REJECTED",
			"400|{\"error\":{\"code\":\"invalid_api_key\"}}|CREDENTIAL_REJECTED",
			"404|{\"error\":{\"code\":\"model_not_found\"}}|MODEL_GONE",
			"404|{\"error\":{\"code\":\"DeploymentNotFound\"}}|MODEL_GONE", "404||MODEL_GONE", "410||MODEL_GONE",
			"400|{\"error\":{\"code\":\"context_length_exceeded\"}}|CONTEXT_TOO_LONG",
			"400|{\"object\":\"error\",\"message\":\"This model's maximum context length is 4096 tokens.\",\"type\":\"BadRequestError\",\"code\":400}|CONTEXT_TOO_LONG",
			"400|{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context size\",\"type\":\"exceed_context_size_error\"}}|CONTEXT_TOO_LONG",
			"413||CONTEXT_TOO_LONG",
			"400|{\"error\":{\"code\":\"content_filter\",\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\"}}}|CONTENT_REFUSED",
			"400|{\"error\":{\"code\":null,\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\"}}}|CONTENT_REFUSED",
			"400|{\"error\":{\"message\":\"bad\",\"type\":\"invalid_request_error\",\"code\":null}}|CALLER_FAULT",
			"422|{\"detail\":[{\"msg\":\"x\"}]}|CALLER_FAULT", "400|half {|CALLER_FAULT", "408||TIMEOUT",
			"409||OVERLOADED", "425||OVERLOADED", "503||OVERLOADED", "529||OVERLOADED", "500||SERVER_ERROR",
			"502|<html></html>|SERVER_ERROR", "504||TIMEOUT", "524|<html></html>|TIMEOUT", "520||SERVER_ERROR",
			"500|{\"error\":{\"type\":\"overloaded_error\"}}|OVERLOADED", "302||BROKEN_ANSWER",
			"0|{\"error\":{\"message\":\"x\"}}|SERVER_ERROR", "0|{\"error\":{\"code\":\"429\"}}|RATE_LIMITED",
			"0|{\"error\":\"model runner stopped\"}|SERVER_ERROR" })
	void classifies(int status, @Nullable String body, FailureClass expected) {
		assertThat(classify(status, null, (body != null) ? body : "").failureClass()).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(ints = { 302, 400, 401, 402, 404, 409, 413, 425, 429, 500, 501, 502, 503, 521, 523, 529 })
	void countsNoCostWhereTheStatusStandsForAnAnswer(int status) {
		assertThat(classify(status, null, "").mayHaveCost()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 408, 499, 504, 520, 522, 524, 598, 599 })
	void countsACostWhereTheProviderMayHaveGoneOnBehindWhoeverAnswers(int status) {
		assertThat(classify(status, null, "").mayHaveCost()).isTrue();
	}

	@Test
	void neverRepeatsTheUpstreamsWords() {
		assertThat(classify(400, null, "{\"error\":{\"message\":\"sk-secret\",\"code\":\"sk-secret\"}}"))
			.hasMessageNotContaining("sk-secret");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", value = {
			"{\"error\":{\"message\":\"secret\",\"param\":\"temperature\",\"code\":\"unsupported_value\"}}|temperature|it does not take the value of a member; check 'temperature'",
			"{\"error\":{\"message\":\"secret\",\"param\":\"messages[0].content[1].secret\",\"code\":null}}|messages|check 'messages'",
			"{\"error\":{\"message\":\"secret\",\"param\":\"secret\",\"code\":\"unknown_parameter\"}}|-|it does not know a member of it; check its members",
			"{\"error\":{\"message\":\"secret\",\"param\":{\"a\":1},\"code\":\"secret\"}}|-|-" })
	void tellsWhichMemberIsAtFaultInWordsOfItsOwn(String body, @Nullable String param, @Nullable String advice) {
		UpstreamFailure failure = classify(400, null, body);
		assertThat(failure.failureClass()).isEqualTo(FailureClass.CALLER_FAULT);
		assertThat(failure.param()).isEqualTo(param);
		assertThat(failure.advice()).isEqualTo(advice);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', nullValues = "-",
			value = { "7|PT7S", "0|PT0S", "0.250|PT0.25S", "999999|PT1H", "Sun, 22 Nov 2026 12:00:30 GMT|PT30S",
					"Sun, 22 Nov 2026 11:00:00 GMT|PT0S", "Mon, 23 Nov 2026 12:00:30 GMT|PT1H", "soon|-", "-5|-",
					"''|-", "1e400000000|PT1H" })
	void readsRetryAfter(String header, @Nullable Duration expected) {
		assertThat(classify(429, header, "").retryAfter()).isEqualTo(expected);
	}

	private static UpstreamFailure classify(int status, @Nullable String retryAfter, String body) {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return FailureClassifier.classify(status, retryAfter, bytes, bytes.length, NOW);
	}

}
