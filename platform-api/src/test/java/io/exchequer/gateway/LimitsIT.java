package io.exchequer.gateway;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.exchequer.gateway.RecordingUpstream.Received;
import io.exchequer.registry.DataClass;
import io.exchequer.tenancy.IssuedKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Budgets, rates, prices, sizes and data classes, each at its limit, over HTTP.
 */
class LimitsIT {

	private static final String CHAT = "{\"model\":\"wire-1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

	private static final int BODY_MAX = 32 * 1024 * 1024;

	private static RecordingUpstream upstream;

	private static StartedPlatform platform;

	@BeforeAll
	static void start() throws IOException {
		upstream = new RecordingUpstream();
		platform = new StartedPlatform(upstream.baseUrl());
	}

	@AfterAll
	static void stop() {
		platform.close();
		upstream.close();
	}

	@AfterEach
	void leavesNoHold() {
		assertThat(platform.count("hold")).isZero();
		upstream.received.clear();
		upstream.forget();
	}

	@Test
	void refusesWhatABudgetHasNoRoomForAndNamesTheBudget() throws Exception {
		IssuedKey key = platform.limitedKey(null, null);
		platform.budget(key, "tiny", "0.0001");
		HttpResponse<byte[]> response = post(key, CHAT);
		JsonNode error = error(response, 402, "budget_exceeded");
		assertThat(error.get("message").asString()).contains("'tiny'")
			.contains("0.0001 USD")
			.contains("does not renew");
		assertThat(text(response)).contains("\"limit\"").contains("\"remaining\"");
		assertThat(upstream.received).isEmpty();
	}

	@Test
	void clampsTheOutputToWhatABudgetHasLeftAndSaysSo() throws Exception {
		IssuedKey key = platform.limitedKey(null, null);
		platform.budget(key, "small", "0.003");
		prepare(10, 20);
		HttpResponse<byte[]> response = post(key, CHAT);
		assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
		int clamped = Integer.parseInt(response.headers().firstValue("X-Exchequer-Clamped").orElseThrow());
		assertThat(clamped).isBetween(256, 2000);
		assertThat(sent().get("max_tokens").asInt()).isEqualTo(clamped);
	}

	@Test
	void saysWhereTheContextWindowLeavesLessThanTheUsualOutput() throws Exception {
		IssuedKey key = platform.limitedKey(null, null);
		prepare(13_000, 20);
		HttpResponse<byte[]> response = post(key, CHAT.replace("hi", "word ".repeat(11_000)));
		assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
		int clamped = Integer.parseInt(response.headers().firstValue("X-Exchequer-Clamped").orElseThrow());
		assertThat(clamped).isBetween(256, 4095);
		assertThat(sent().get("max_tokens").asInt()).isEqualTo(clamped);
		prepare(10, 20);
		assertThat(post(key, CHAT).headers().firstValue("X-Exchequer-Clamped")).isEmpty();
	}

	@Test
	void refusesRequestsOverTheKeysRate() throws Exception {
		IssuedKey key = platform.limitedKey(1, null);
		HttpResponse<byte[]> last = lastOfThree(key, 10, 20);
		JsonNode error = error(last, 429, "rate_limit_exceeded");
		assertThat(error.get("message").asString()).contains("1 requests per minute");
		assertRetryAfter(last);
	}

	@Test
	void refusesTokensOverTheKeysRate() throws Exception {
		IssuedKey key = platform.limitedKey(null, 6_000);
		HttpResponse<byte[]> last = lastOfThree(key, 3_000, 2_000);
		JsonNode error = error(last, 429, "rate_limit_exceeded");
		assertThat(error.get("message").asString()).contains("6000 tokens per minute");
		assertRetryAfter(last);
	}

	@Test
	void saysThatARequestNeverFitsTheKeysTokens() throws Exception {
		IssuedKey key = platform.limitedKey(null, 6_000);
		HttpResponse<byte[]> response = post(key, CHAT.replace("{\"model\"", "{\"max_tokens\":2147483647,\"model\""));
		JsonNode error = error(response, 429, "rate_limit_exceeded");
		assertThat(error.get("message").asString()).contains("lower the output limit").contains("6000");
		assertThat(upstream.received).isEmpty();
	}

	@Test
	void servesWhatHasNoPriceUnlessAHardBudgetStandsAboveIt() throws Exception {
		String body = CHAT.replace("wire-1", "unpriced");
		IssuedKey free = platform.limitedKey(null, null);
		prepare(10, 20);
		HttpResponse<byte[]> served = post(free, body);
		assertThat(served.statusCode()).as(text(served)).isEqualTo(200);
		IssuedKey bound = platform.limitedKey(null, null);
		platform.budget(bound, "hard", "100");
		error(post(bound, body), 400, "unpriced_model");
		assertThat(upstream.received).hasSize(1);
	}

	@Test
	void refusesWhatHasNoBoundUnderAHardBudget() throws Exception {
		IssuedKey bound = platform.limitedKey(null, null);
		platform.budget(bound, "bounding", "100");
		String body = CHAT.replace("{\"model\"", "{\"n_predict\":100000,\"model\"");
		assertThat(error(post(bound, body), 400, "unbounded_cost").get("param").asString()).isEqualTo("n_predict");
		prepare(10, 20);
		assertThat(post(platform.limitedKey(null, null), body).statusCode()).isEqualTo(200);
		assertThat(upstream.received).hasSize(1);
	}

	@Test
	void takesABodyOfExactlyTheLimit() throws Exception {
		byte[] begin = bytes("{\"model\":\"wire-1\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":"
				+ "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,");
		byte[] end = bytes("\"}}]}]}");
		byte[] body = new byte[BODY_MAX];
		Arrays.fill(body, (byte) 'A');
		System.arraycopy(begin, 0, body, 0, begin.length);
		System.arraycopy(end, 0, body, BODY_MAX - end.length, end.length);
		prepare(1_000, 9);
		IssuedKey key = platform.limitedKey(null, null);
		HttpResponse<byte[]> response = platform.post(key.secret(), "/chat/completions", body);
		assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
		byte[] got = upstream.received.remove().body();
		int longer = "gpt-upstream".length() - "wire-1".length();
		assertThat(got).hasSize(BODY_MAX + longer);
		int image = begin.length;
		assertThat(Arrays.equals(got, image + longer, got.length, body, image, body.length)).isTrue();
	}

	@Test
	void fallsBackOnlyToWhatMaySeeTheRequestsData() throws Exception {
		platform.deployment("public-1", "wire", "public-upstream", DataClass.PUBLIC);
		platform.deployment("second-1", "wire", "second-upstream", DataClass.CONFIDENTIAL);
		platform.policy("secret-task", DataClass.CONFIDENTIAL, "wire-1", "public-1", "second-1");
		IssuedKey key = platform.limitedKey(null, null);
		fail(2);
		prepare(10, 20);
		HttpResponse<byte[]> response = post(key, CHAT.replace("wire-1", "auto"), "X-Exchequer-Task", "secret-task");
		assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
		assertThat(response.headers().firstValue("X-Exchequer-Deployment")).contains("second-1");
		assertThat(models()).contains("gpt-upstream", "second-upstream").doesNotContain("public-upstream");
		upstream.received.clear();
		fail(8);
		HttpResponse<byte[]> failed = post(key, CHAT.replace("wire-1", "auto"), "X-Exchequer-Task", "secret-task");
		assertThat(failed.statusCode()).isBetween(500, 504);
		assertThat(models()).isNotEmpty().doesNotContain("public-upstream");
	}

	/** A minute may end between two of them, but not between all three. */
	private static HttpResponse<byte[]> lastOfThree(IssuedKey key, int input, int output) throws Exception {
		for (int i = 0; i < 2; i++) {
			prepare(input, output);
			post(key, CHAT);
		}
		prepare(input, output);
		return post(key, CHAT);
	}

	private static List<String> models() {
		List<String> models = new ArrayList<>();
		for (Received received : upstream.received) {
			models.add(JsonMapper.shared().readTree(received.body()).get("model").asString());
		}
		return models;
	}

	private static void fail(int times) {
		for (int i = 0; i < times; i++) {
			upstream.prepare(503, "application/json", bytes("{}"));
		}
	}

	private static void prepare(int input, int output) {
		upstream.prepare(200, "application/json",
				bytes("{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},"
						+ "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":" + input
						+ ",\"completion_tokens\":" + output + ",\"total_tokens\":" + (input + output) + "}}"));
	}

	private static JsonNode sent() {
		return JsonMapper.shared().readTree(upstream.received.remove().body());
	}

	private static void assertRetryAfter(HttpResponse<byte[]> response) {
		assertThat(response.headers().firstValue("Retry-After"))
			.hasValueSatisfying((seconds) -> assertThat(Integer.parseInt(seconds)).isBetween(1, 60));
	}

	private static HttpResponse<byte[]> post(IssuedKey key, String body, String... headers) throws Exception {
		return platform.post(key.secret(), "/chat/completions", bytes(body), headers);
	}

	private static JsonNode error(HttpResponse<byte[]> response, int status, String code) {
		assertThat(response.statusCode()).as(text(response)).isEqualTo(status);
		JsonNode error = JsonMapper.shared().readTree(response.body()).get("error");
		assertThat(error.get("code").asString()).isEqualTo(code);
		return error;
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(HttpResponse<byte[]> response) {
		return new String(response.body(), StandardCharsets.UTF_8);
	}

}
