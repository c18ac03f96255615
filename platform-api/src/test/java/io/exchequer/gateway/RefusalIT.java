package io.exchequer.gateway;

import java.io.IOException;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the server itself refuses, before any servlet is asked, in the API's own shape.
 */
class RefusalIT {

	private static StartedPlatform platform;

	@BeforeAll
	static void start() {
		platform = new StartedPlatform("http://localhost:1");
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	/** A bar ends a line; the head ends by itself. */
	@ParameterizedTest
	@CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
			NONSENSE;                                                                  400; malformed_request
			GET /v1/mo\\dels HTTP/1.1|Host: x;                                          400; malformed_request
			GET /v1/models?a=<b> HTTP/1.1|Host: x;                                     400; malformed_request
			GET /v1/%zz HTTP/1.1|Host: x;                                              400; malformed_request
			GET /v1/a%00b HTTP/1.1|Host: x;                                            400; malformed_request
			GET http://x:99999999/v1/models HTTP/1.1|Host: x;                          400; malformed_request
			G@T /v1/models HTTP/1.1|Host: x;                                           400; malformed_request
			GET /v1/models HTTP/1.1;                                                   400; malformed_request
			GET /v1/models HTTP/1.1|Host: a b;                                         400; malformed_request
			GET /v1/models HTTP/1.1|Host: x|Not A Name: value;                         400; malformed_request
			POST /v1/chat/completions HTTP/1.1|Host: x|Content-Length: abc;            400; malformed_request
			POST /v1/chat/completions HTTP/1.1|Host: x|Content-Length: -1;             400; malformed_request
			POST /v1/embeddings HTTP/1.1|Host: x|Content-Length: 1|Content-Length: 2;  400; malformed_request
			POST /v1/chat/completions HTTP/1.1|Host: x|Transfer-Encoding: nonsense;    501; not_implemented
			POST /v1/embeddings HTTP/1.1|Host: x|Transfer-Encoding: gzip, chunked;     501; not_implemented
			CONNECT /v1/models HTTP/1.1|Host: x;                                       501; not_implemented
			TRACE /v1/models HTTP/1.1|Host: x|Connection: close;                       405; method_not_allowed
			GET /v1/models HTTP/1.1|Host: x|Expect: miracles|Connection: close;        417; expectation_failed
			GET /v1/models HTTP/9.9|Host: x|Connection: close;                         505; http_version_not_supported
			""")
	void refusesInOpenAisShape(String head, int status, String code) throws IOException {
		assertRefused(answer(head.replace("|", "\r\n") + "\r\n\r\n"), status, code);
	}

	@Test
	void refusesHeadsThatAreTooLongInOpenAisShape() throws IOException {
		String tooLong = "x".repeat(33 * 1024);
		assertRefused(answer("GET /v1/models HTTP/1.1\r\nHost: x\r\nLong: " + tooLong + "\r\n\r\n"), 400,
				"malformed_request");
		assertRefused(answer("GET /v1/models?" + tooLong + " HTTP/1.1\r\nHost: x\r\n\r\n"), 400, "malformed_request");
	}

	@Test
	void saysWhichMethodsThereAre() throws IOException {
		assertThat(answer("TRACE /v1/embeddings HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
			.contains("Allow: POST, OPTIONS\r\n");
	}

	@Test
	void repeatsNothingOfWhatWasSent() throws IOException {
		for (String head : List.of("GET /v1/<sec-ret> HTTP/1.1\r\nHost: x\r\n\r\n",
				"GET /v1/models HTTP/1.1\r\nHost: x\r\nBad sec-ret: v\r\n\r\n",
				"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: sec-ret\r\n\r\n")) {
			assertThat(answer(head)).startsWith("HTTP/1.1 400").doesNotContain("sec-ret");
		}
	}

	@Test
	void leavesOtherPathsToTheServer() throws IOException {
		assertThat(answer("GET /console HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n")).startsWith("HTTP/1.1 400")
			.doesNotContain("\"error\":");
		assertThat(answer("GET /v1beta HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n")).startsWith("HTTP/1.1 400")
			.doesNotContain("\"error\":");
	}

	private static String answer(String request) throws IOException {
		try (RawClient client = new RawClient(platform.port())) {
			return client.send(request).readAll();
		}
	}

	private static void assertRefused(String answer, int status, String code) {
		assertThat(answer).startsWith("HTTP/1.1 " + status).contains("Content-Type: application/json\r\n");
		JsonNode error = JsonMapper.shared().readTree(answer.substring(answer.indexOf("\r\n\r\n"))).get("error");
		assertThat(error.get("code").asString()).isEqualTo(code);
		assertThat(error.get("message").asString()).isNotBlank();
		assertThat(error.get("type").asString()).isNotBlank();
	}

}
