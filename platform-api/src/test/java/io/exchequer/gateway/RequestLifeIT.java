package io.exchequer.gateway;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

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
 * Requests from the socket to the ledger: repeated with a key, asked about afterwards,
 * failed upstream, broken off by the client.
 */
class RequestLifeIT {

	private static final String CHAT = "{\"model\":\"wire\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

	private static final String ANSWER = "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
			+ "\"content\":\"a\"},\"finish_reason\":\"stop\"}],"
			+ "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}";

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
	void leavesNoHold() {
		assertThat(platform.count("hold")).isZero();
		upstream.received.clear();
	}

	@Test
	void callsTheUpstreamOnceForAnIdempotencyKey() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		HttpResponse<byte[]> first = post(CHAT, "Idempotency-Key", "once");
		assertThat(first.statusCode()).as(text(first)).isEqualTo(200);
		HttpResponse<byte[]> second = post(CHAT, "Idempotency-Key", "once");
		JsonNode error = error(second, 409, "idempotency_finished");
		assertThat(error.get("request_id").asString()).isEqualTo(id(first));
		assertThat(error.get("cost").asString()).isEqualTo("0.000003");
		error(post(CHAT + " ", "Idempotency-Key", "once"), 422, "idempotency_body_mismatch");
		assertThat(upstream.received).hasSize(1);
	}

	@Test
	void forgetsTheIdempotencyKeyOfARequestThatWasRefused() throws Exception {
		String unknown = CHAT.replace("wire", "nothing");
		error(post(unknown, "Idempotency-Key", "again"), 404, "model_not_found");
		error(post(unknown, "Idempotency-Key", "again"), 404, "model_not_found");
		assertThat(platform.count("idempotency WHERE idempotency_key = 'again'")).isZero();
	}

	@Test
	void servesARepetitionWhereTheFirstRequestsProcessDiedBeforeItCalledAnything() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		post(CHAT, "Idempotency-Key", "died");
		// What such a process leaves: a claim, and neither a hold nor a line of its
		// request.
		assertThat(platform.update("UPDATE idempotency SET request_id = gen_random_uuid(), finished_at = NULL "
				+ "WHERE idempotency_key = 'died'"))
			.isOne();
		error(post(CHAT, "Idempotency-Key", "died"), 409, "idempotency_in_flight");
		platform.update("UPDATE idempotency SET created_at = created_at - interval '61 seconds' "
				+ "WHERE idempotency_key = 'died'");
		upstream.prepare(200, "application/json", bytes(ANSWER));
		HttpResponse<byte[]> repetition = post(CHAT, "Idempotency-Key", "died");
		assertThat(repetition.statusCode()).as(text(repetition)).isEqualTo(200);
		assertThat(
				error(post(CHAT, "Idempotency-Key", "died"), 409, "idempotency_finished").get("request_id").asString())
			.isEqualTo(id(repetition));
		assertThat(upstream.received).hasSize(2);
	}

	@Test
	void tellsARequestsCostToItsKeyOnly() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		String id = id(post(CHAT));
		JsonNode cost = JsonMapper.shared().readTree(platform.get(key, "/requests/" + id).body());
		assertThat(cost.get("cost").asString()).isEqualTo("0.000003");
		assertThat(cost.get("currency").asString()).isEqualTo("USD");
		assertThat(cost.at("/attempts/0/deployment").asString()).isEqualTo("wire-1");
		assertThat(platform.get(platform.key(), "/requests/" + id).statusCode()).isEqualTo(404);
		assertThat(platform.get(platform.keyOfAnotherTenant(), "/requests/" + id).statusCode()).isEqualTo(404);
	}

	@Test
	void keepsTheFiltersOnEverythingElse() throws Exception {
		HttpResponse<String> administration = platform.getAt(key, "/admin/v1/tenants");
		assertThat(administration.statusCode()).isEqualTo(401);
		assertThat(administration.headers().firstValue("X-Frame-Options")).contains("DENY");
		HttpResponse<String> models = platform.get(key, "/models");
		assertThat(models.statusCode()).isEqualTo(200);
		assertThat(models.headers().firstValue("X-Frame-Options")).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			200 | text/html         | <html>secret-of-the-upstream</html>
			200 | application/json  | {"id":"secret-of-the-upstream","choi
			500 | application/json  | {"error":{"message":"secret-of-the-upstream"}}
			401 | application/json  | {"error":{"message":"secret-of-the-upstream"}}
			200 | text/event-stream | data: {"secret-of-the-upstream
			""")
	void tellsThatTheUpstreamFailedAndNotHow(int status, String contentType, String body) throws Exception {
		for (int attempt = 0; attempt < 4; attempt++) {
			upstream.prepare(status, contentType, bytes(body));
		}
		String stream = contentType.contains("event") ? CHAT.replace("{\"model\"", "{\"stream\":true,\"model\"") : CHAT;
		HttpResponse<byte[]> response = post(stream);
		assertThat(response.statusCode()).as(text(response)).isBetween(500, 504);
		assertThat(text(response)).contains("\"error\"").doesNotContain("secret-of-the-upstream");
		upstream.forget();
	}

	@Test
	void billsAStreamWhoseClientWentAway() throws Exception {
		String event = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + "x".repeat(60_000)
				+ "\"}}]}\n\n";
		String usage = "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":7,\"total_tokens\":10}}\n\n";
		String finish = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
		byte[][] parts = new byte[102][];
		Arrays.fill(parts, bytes(event));
		parts[100] = bytes(finish + usage);
		parts[101] = bytes("data: [DONE]\n\n");
		upstream.prepare(200, "text/event-stream", parts);
		String body = CHAT.replace("{\"model\"", "{\"stream\":true,\"model\"");
		String id;
		try (RawClient client = new RawClient(platform.port())) {
			client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: " + key
					+ "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
			String head = client.readUntil("data: {");
			id = head.replaceAll("(?s).*X-Exchequer-Request-Id: (\\S+).*", "$1");
			client.reset();
		}
		JsonNode cost = settled(id);
		assertThat(cost.at("/attempts/0/usage/output").asLong()).isEqualTo(7);
		assertThat(cost.at("/attempts/0/estimated").asBoolean()).isFalse();
	}

	@Test
	void cancelsACallWhoseClientLeftWhileItsAnswerWasAwaited() throws Exception {
		String body = "{\"model\":\"cancelled-1\",\"metadata\":{\"demo_latency\":\"50s\"},"
				+ "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
		try (RawClient client = new RawClient(platform.port())) {
			client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: " + key
					+ "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
			await(() -> platform.count("hold") == 1);
		}
		await(() -> platform
			.count("ledger_line WHERE account = 'usage' AND estimated_reason = 'client_cancelled'") == 1);
	}

	/** Asks until it is so: nobody tells when that is. */
	private static void await(BooleanSupplier condition) {
		long deadline = System.nanoTime() + 30_000_000_000L;
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() > deadline) {
				throw new AssertionError("it did not come about in time");
			}
		}
	}

	/** Asks until the request is settled: the client cannot know when that is. */
	private static JsonNode settled(String id) throws Exception {
		long deadline = System.nanoTime() + 30_000_000_000L;
		while (System.nanoTime() < deadline) {
			HttpResponse<String> response = platform.get(key, "/requests/" + id);
			if (response.statusCode() == 200) {
				JsonNode cost = JsonMapper.shared().readTree(response.body());
				if (cost.get("settled").asBoolean()) {
					return cost;
				}
			}
		}
		throw new AssertionError("the request " + id + " was not settled in time");
	}

	private static HttpResponse<byte[]> post(String body, String... headers) throws Exception {
		return platform.post(key, "/chat/completions", bytes(body), headers);
	}

	private static String id(HttpResponse<?> response) {
		return response.headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
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
