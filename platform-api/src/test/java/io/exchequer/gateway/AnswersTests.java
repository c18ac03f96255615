package io.exchequer.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.routing.ApiError;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;

class AnswersTests {

	@Test
	void writesAnErrorInOpenAisShape() throws IOException {
		MockHttpServletResponse response = new MockHttpServletResponse();
		Answers.error(response, ApiError.invalid("unknown_model", "No \"such\" model.\n", "model"), Dialect.OPENAI,
				null);
		assertThat(response.getStatus()).isEqualTo(400);
		assertThat(response.getContentType()).startsWith("application/json");
		assertThat(response.getContentAsString()).isEqualTo(
				"{\"error\":{\"message\":\"No \\\"such\\\" model.\\n\",\"type\":\"invalid_request_error\",\"param\":\"model\",\"code\":\"unknown_model\"}}");
	}

	@Test
	void tellsDetailsInTheirOrder() throws IOException {
		Map<String, String> details = new LinkedHashMap<>();
		details.put("budget", "Q4");
		details.put("limit", "12.5");
		details.put("currency", "USD");
		MockHttpServletResponse response = new MockHttpServletResponse();
		Answers.error(response, ApiError.of(402, "insufficient_quota", "budget_exceeded", "Over.").withDetails(details),
				Dialect.OPENAI, null);
		assertThat(response.getContentAsString())
			.endsWith("\"code\":\"budget_exceeded\",\"budget\":\"Q4\",\"limit\":\"12.5\",\"currency\":\"USD\"}}");
	}

	@Test
	void tellsWholeSecondsToWaitAndNeverNone() throws IOException {
		assertThat(retryAfter(Duration.ZERO)).isEqualTo("1");
		assertThat(retryAfter(Duration.ofMillis(1))).isEqualTo("1");
		assertThat(retryAfter(Duration.ofSeconds(1))).isEqualTo("1");
		assertThat(retryAfter(Duration.ofMillis(1001))).isEqualTo("2");
		assertThat(retryAfter(Duration.ofSeconds(60))).isEqualTo("60");
	}

	@Test
	void asksForAKeyWhereItHasNone() throws IOException {
		MockHttpServletResponse response = new MockHttpServletResponse();
		Answers.error(response, ApiError.of(401, "invalid_request_error", "invalid_api_key", "No."), Dialect.OPENAI,
				null);
		assertThat(response.getHeader("WWW-Authenticate")).isEqualTo("Bearer");
	}

	private static @Nullable String retryAfter(Duration duration) throws IOException {
		MockHttpServletResponse response = new MockHttpServletResponse();
		Answers.error(response, Errors.overloaded("Wait.", duration), Dialect.OPENAI, null);
		return response.getHeader("Retry-After");
	}

}
