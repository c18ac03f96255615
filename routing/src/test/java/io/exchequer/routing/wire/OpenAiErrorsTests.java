package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import io.exchequer.routing.ApiError;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class OpenAiErrorsTests {

	@Test
	void writesOpenAisShape() {
		assertThat(text(OpenAiErrors.body(ApiError.invalid("invalid_value", "'n' is \"wrong\"\n\u0001", "n"))))
			.isEqualTo("{\"error\":{\"message\":\"'n' is \\\"wrong\\\"\\n\\u0001\",\"type\":\"invalid_request_error\","
					+ "\"param\":\"n\",\"code\":\"invalid_value\"}}");
	}

	@Test
	void writesDetailsBesideTheRest() {
		ApiError error = ApiError.of(402, "budget", "budget_exceeded", "m").withDetails(Map.of("limit", "5"));
		assertThat(text(OpenAiErrors.body(error))).endsWith("\"code\":\"budget_exceeded\",\"limit\":\"5\"}}");
	}

	@Test
	void writesAnEventThatDoesNotLookLikeTheEnd() {
		assertThat(text(OpenAiErrors.event(ApiError.of(502, "upstream_error", "broken_stream", "m"))))
			.isEqualTo("data: {\"error\":{\"message\":\"m\",\"type\":\"upstream_error\",\"param\":null,"
					+ "\"code\":\"broken_stream\"}}\n\n");
	}

	private static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.UTF_8);
	}

}
