package io.exchequer.gateway.dialect.anthropic;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.exchequer.routing.ApiError;

import static org.assertj.core.api.Assertions.assertThat;

class MessageErrorsTests {

	@ParameterizedTest
	@CsvSource({ "400,invalid_request_error", "401,authentication_error", "402,billing_error", "403,permission_error",
			"404,not_found_error", "405,invalid_request_error", "408,invalid_request_error",
			"409,invalid_request_error", "413,request_too_large", "415,invalid_request_error",
			"422,invalid_request_error", "429,rate_limit_error", "500,api_error", "501,api_error", "502,api_error",
			"503,overloaded_error", "504,timeout_error", "529,overloaded_error" })
	void namesTheTypeThatIsDocumentedForAStatus(int status, String type) {
		assertThat(MessageErrors.type(status)).isEqualTo(type);
	}

	@Test
	void tellsTheCodeTheMemberAndTheDetailsBesideTheMessage() {
		ApiError error = ApiError.invalid("invalid_value", "No \"such\" thing.\n", "top_k")
			.withDetails(Map.of("budget", "Q4"));
		assertThat(new String(MessageErrors.body(error, Client.REQUEST), StandardCharsets.UTF_8)).isEqualTo(
				"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"No \\\"such\\\" thing.\\n\","
						+ "\"code\":\"invalid_value\",\"param\":\"top_k\",\"budget\":\"Q4\"},\"request_id\":\""
						+ Client.REQUEST + "\"}");
		assertThat(new String(MessageErrors.body(error, null), StandardCharsets.UTF_8))
			.endsWith("\"request_id\":null}");
	}

}
