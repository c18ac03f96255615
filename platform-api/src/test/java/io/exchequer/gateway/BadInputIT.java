package io.exchequer.gateway;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

import io.exchequer.tenancy.IssuedKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bad input gets the right status and an error in the API's own shape, and leaves neither
 * a hold nor a row.
 */
class BadInputIT {

	private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

	private static RecordingUpstream upstream;

	private static StartedPlatform platform;

	private static String key;

	@BeforeAll
	static void start() throws IOException {
		upstream = new RecordingUpstream();
		platform = new StartedPlatform(upstream.baseUrl());
		key = platform.key();
	}

	@AfterAll
	static void stop() {
		platform.close();
		upstream.close();
	}

	@AfterEach
	void leavesNothing() {
		assertThat(platform.count("hold")).isZero();
		assertThat(platform.count("ledger_line")).isZero();
		assertThat(platform.count("idempotency")).isZero();
		assertThat(upstream.received).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					{"model":"wire",              | 400 | invalid_json
					``                            | 400 | invalid_json
					[]                            | 400 | invalid_json
					{"model":"wire",M,"model":"x"} | 400 | duplicate_member
					{"model":"nothing",M}         | 404 | model_not_found
					{"model":7,M}                 | 400 | *
					{M}                           | 400 | *
					{"model":"wire"}              | 400 | *
					{"model":"wire","messages":{}} | 400 | *
					{"model":"wire",M,"max_tokens":"many"} | 400 | *
					{"model":"wire",M,"max_tokens":-1} | 400 | *
					{"model":"wire",M,"n":0}      | 400 | *
					{"model":"wire",M,"stream":"yes"} | 400 | *
					{"model":"wire",M,"tools":[{"type":"function","function":{"name":"f","parameters":7}}]} | 400 | *
					{"model":"wire",M,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"nonsense"}}}]} | 400 | *
					""")
	void refusesWhatIsNoValidRequest(String body, int status, String code) throws Exception {
		assertError(post(body.replace("M", MESSAGES), "Idempotency-Key", "k"), status, code);
	}

	@Test
	void refusesAContextThatNoCandidateHolds() throws Exception {
		String words = "word ".repeat(40_000);
		assertError(post("{\"model\":\"wire\",\"messages\":[{\"role\":\"user\",\"content\":\"" + words + "\"}]}"), 400,
				"context_length_exceeded");
	}

	@Test
	void refusesABodyOverTheLimit() throws Exception {
		byte[] body = new byte[32 * 1024 * 1024 + 1];
		Arrays.fill(body, (byte) ' ');
		assertError(platform.post(key, "/chat/completions", body), 413, "request_too_large");
	}

	@Test
	void refusesKeysThatMayNotBeUsed() throws Exception {
		String body = "{\"model\":\"wire\"," + MESSAGES + "}";
		IssuedKey revoked = platform.key(List.of("*"), List.of("*"), null);
		platform.revoke(revoked);
		assertError(platform.post(revoked.secret(), "/chat/completions", bytes(body)), 401, "revoked_api_key");
		assertError(platform.post("exq_nobody", "/chat/completions", bytes(body)), 401, "invalid_api_key");
		String narrow = platform.key(List.of("minilm"), List.of("*"), null).secret();
		assertError(platform.post(narrow, "/chat/completions", bytes(body)), 404, "model_not_found");
		String nothing = platform.key(List.of(), List.of("*"), null).secret();
		assertError(platform.post(nothing, "/chat/completions", bytes(body)), 404, "model_not_found");
		String noTask = platform.key(List.of("*"), List.of(), null).secret();
		assertError(platform.post(noTask, "/chat/completions", bytes(body)), 403, "task_not_allowed");
	}

	@Test
	void refusesAnExpiredKey() throws Exception {
		IssuedKey expiring = platform.key(List.of("*"), List.of("*"), Instant.now().plusMillis(300));
		byte[] body = bytes("{\"model\":\"nothing\"," + MESSAGES + "}");
		HttpResponse<byte[]> response = platform.post(expiring.secret(), "/chat/completions", body);
		while (response.statusCode() != 401) {
			response = platform.post(expiring.secret(), "/chat/completions", body);
		}
		assertError(response, 401, "expired_api_key");
	}

	private static HttpResponse<byte[]> post(String body, String... headers) throws Exception {
		return platform.post(key, "/chat/completions", bytes(body), headers);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static void assertError(HttpResponse<byte[]> response, int status, String code) {
		String body = new String(response.body(), StandardCharsets.UTF_8);
		assertThat(response.statusCode()).as(body).isEqualTo(status);
		JsonNode error = JsonMapper.shared().readTree(body).get("error");
		assertThat(error.get("message").asString()).isNotBlank();
		assertThat(error.get("type").asString()).isNotBlank();
		if (!code.equals("*")) {
			assertThat(error.get("code").asString()).isEqualTo(code);
		}
		assertThat(response.headers().firstValue("X-Exchequer-Request-Id")).isPresent();
	}

}
