package io.exchequer.gateway;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.exchequer.gateway.RecordingUpstream.Received;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
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
 * The Messages API over HTTP: what holds for every request holds for it, in its own
 * shape.
 */
class MessagesIT {

	private static final String MESSAGE = "{\"model\":\"wire\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

	private static final String ANSWER = "{\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
			+ "\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],"
			+ "\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":10,\"total_tokens\":40}}";

	private static final Capabilities FILES = new Capabilities(Set.of(Modality.TEXT, Modality.FILE),
			Set.of(Modality.TEXT), true, true, false, 16_384, 4_096, 1_000);

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
		upstream.forget();
	}

	@Test
	void answersAMessageAndBillsIt() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		HttpResponse<byte[]> response = post(key, MESSAGE, "anthropic-version", "2023-06-01");
		assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
		JsonNode message = JsonMapper.shared().readTree(response.body());
		assertThat(message.at("/content/0/text").asString()).isEqualTo("Hello");
		assertThat(message.at("/usage/input_tokens").asInt()).isEqualTo(30);
		assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(response.body().length);
		assertThat(response.headers().firstValue("X-Exchequer-Cost")).contains("0.00003");
		assertThat(response.headers().firstValue("X-Exchequer-Deployment")).contains("wire-1");
		String id = response.headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
		assertThat(response.headers().firstValue("request-id")).contains(id);
		JsonNode cost = JsonMapper.shared().readTree(platform.get(key, "/requests/" + id).body());
		assertThat(cost.get("cost").asString()).isEqualTo("0.00003");
		JsonNode sent = sent();
		assertThat(sent.get("model").asString()).isEqualTo("gpt-upstream");
		assertThat(sent.get("max_tokens").asInt()).isEqualTo(50);
	}

	@Test
	void streamsEventsAndNoOtherBytes() throws Exception {
		upstream.prepare(200, "text/event-stream", bytes(
				"data: {\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n"),
				bytes(": keep-alive\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}]}\n\n"
						+ "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":10,\"total_tokens\":40}}\n\n"
						+ "data: [DONE]\n\n"));
		HttpResponse<byte[]> response = post(key, MESSAGE.replace("{\"model\"", "{\"stream\":true,\"model\""));
		assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream;charset=utf-8");
		assertThat(text(response)).startsWith("event: message_start\n")
			.endsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
			.contains("\"usage\":{\"input_tokens\":30,")
			.doesNotContain("[DONE]")
			.doesNotContain("choices");
		assertThat(sent().at("/stream_options/include_usage").asBoolean()).isTrue();
	}

	@Test
	void saysWhatWasLeftOutByTheClientsOwnPaths() throws Exception {
		String body = MESSAGE.replace("{\"model\"", "{\"diagnostics\":{},\"model\"");
		JsonNode error = error(post(key, body), 400, "invalid_request_error", "unsupported_parameter");
		assertThat(error.get("param").asString()).isEqualTo("diagnostics");
		assertThat(upstream.received).isEmpty();
		upstream.prepare(200, "application/json", bytes(ANSWER));
		HttpResponse<byte[]> served = post(key, body, "X-Exchequer-Drop-Unsupported", "true");
		assertThat(served.statusCode()).as(text(served)).isEqualTo(200);
		assertThat(served.headers().firstValue("X-Exchequer-Dropped")).contains("diagnostics");
	}

	@Test
	void givesAStoredAnswerBackInTheDialectItWasAskedIn() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		HttpResponse<byte[]> first = post(key, MESSAGE, "Idempotency-Key", "once");
		assertThat(first.statusCode()).isEqualTo(200);
		HttpResponse<byte[]> again = post(key, MESSAGE, "Idempotency-Key", "once");
		assertThat(upstream.received).hasSize(1);
		JsonNode error = error(again, 409, "invalid_request_error", "idempotency_finished");
		assertThat(error.get("request_id").asString())
			.isEqualTo(first.headers().firstValue("X-Exchequer-Request-Id").orElseThrow());
		HttpResponse<byte[]> other = platform.post(key, "/chat/completions", bytes(MESSAGE), "Idempotency-Key", "once");
		assertThat(other.statusCode()).isEqualTo(422);
	}

	@Test
	void tellsAFullBudgetAndARateInItsOwnShape() throws Exception {
		IssuedKey poor = platform.limitedKey(null, null);
		platform.budget(poor, "messages-tiny", "0.000001");
		JsonNode error = error(post(poor.secret(), MESSAGE), 402, "billing_error", "budget_exceeded");
		assertThat(error.get("message").asString()).contains("'messages-tiny'").contains("does not renew");
		IssuedKey slow = platform.limitedKey(1, null);
		HttpResponse<byte[]> last = null;
		for (int i = 0; i < 3; i++) {
			upstream.prepare(200, "application/json", bytes(ANSWER));
			last = post(slow.secret(), MESSAGE);
		}
		HttpResponse<byte[]> limited = Objects.requireNonNull(last);
		error(limited, 429, "rate_limit_error", "rate_limit_exceeded");
		assertThat(limited.headers().firstValue("Retry-After")).isPresent();
	}

	@Test
	void tellsWhatAnUpstreamFailedWithWithoutItsWords() throws Exception {
		for (int i = 0; i < 2; i++) {
			upstream.prepare(500, "text/html", bytes("<html>secret</html>"));
		}
		HttpResponse<byte[]> response = post(key, MESSAGE);
		error(response, 502, "api_error", "upstream_error");
		assertThat(text(response)).doesNotContain("secret");
	}

	@Test
	void namesWhatHasNoBoundByTheClientsOwnPath() throws Exception {
		IssuedKey bound = platform.limitedKey(null, null);
		platform.budget(bound, "messages-bounding", "100");
		platform.model("files", "openai", upstream.baseUrl(), "gpt-files", FILES);
		String body = "{\"model\":\"files\",\"max_tokens\":5,\"system\":\"s\",\"messages\":[{\"role\":\"user\",\"content\":["
				+ "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://example.com/a.pdf\"}}]}]}";
		JsonNode error = error(post(bound.secret(), body), 400, "invalid_request_error", "unbounded_cost");
		assertThat(error.get("param").asString()).isEqualTo("messages[0].content[0].source");
		assertThat(upstream.received).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			{"model":"wire",          | 400 | invalid_json
			``                        | 400 | invalid_json
			[]                        | 400 | invalid_json
			{"model":"wire","model":"x","max_tokens":5,"messages":[]} | 400 | duplicate_member
			{"max_tokens":5,"messages":[{"role":"user","content":"x"}]} | 400 | missing_required_parameter
			{"model":"nothing","max_tokens":5,"messages":[{"role":"user","content":"x"}]} | 404 | model_not_found
			""")
	void refusesWhatIsNoValidRequestInItsOwnShape(String body, int status, String code) throws Exception {
		for (String path : List.of("/messages", "/messages/count_tokens")) {
			HttpResponse<byte[]> response = platform.post(key, path, bytes(body));
			error(response, status, (status == 404) ? "not_found_error" : "invalid_request_error", code);
		}
	}

	@Test
	void refusesInItsOwnShapeWhatNeverReachesARequest() throws Exception {
		error(post("exq_nobody", MESSAGE), 401, "authentication_error", "invalid_api_key");
		byte[] tooLong = new byte[32 * 1024 * 1024 + 1];
		Arrays.fill(tooLong, (byte) ' ');
		error(platform.post(key, "/messages", tooLong), 413, "request_too_large", "request_too_large");
		error(platform.post(key, "/messages/batches", bytes(MESSAGE)), 404, "not_found_error", "unknown_url");
		JsonNode error = JsonMapper.shared().readTree(platform.get(key, "/messages").body());
		assertThat(error.at("/error/code").asString()).isEqualTo("method_not_allowed");
		assertThat(error.get("type").asString()).isEqualTo("error");
	}

	@Test
	void refusesInItsOwnShapeWhatTheServerItselfRefuses() throws IOException {
		try (RawClient raw = new RawClient(platform.port())) {
			String answer = raw.send("POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n").readAll();
			JsonNode error = JsonMapper.shared().readTree(answer.substring(answer.indexOf("\r\n\r\n")));
			assertThat(error.get("type").asString()).isEqualTo("error");
			assertThat(error.at("/error/type").asString()).isEqualTo("invalid_request_error");
			assertThat(error.get("request_id").isNull()).isTrue();
		}
		try (RawClient raw = new RawClient(platform.port())) {
			String answer = raw
				.send("POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: " + key
						+ "\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"model\"")
				.finishSending()
				.readAll();
			assertThat(answer).startsWith("HTTP/1.1 400").contains("\"type\":\"error\"").contains("incomplete_body");
		}
	}

	@Test
	void listsModelsToEachClientInItsOwnShape() throws Exception {
		JsonNode openAi = JsonMapper.shared().readTree(platform.get(key, "/models/wire").body());
		assertThat(openAi.get("object").asString()).isEqualTo("model");
		assertThat(openAi.get("owned_by").asString()).isEqualTo("recorded");
		assertThat(openAi.has("display_name")).isFalse();
		assertThat(JsonMapper.shared().readTree(platform.get(key, "/models/none").body()).has("request_id")).isFalse();
	}

	@Test
	void refusesAMultipartBodyInItsOwnShape() throws IOException {
		try (RawClient raw = new RawClient(platform.port())) {
			String answer = raw
				.send("POST /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-api-key: " + key
						+ "\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 7\r\n\r\n--x--\r\n")
				.readAll();
			assertThat(answer).startsWith("HTTP/1.1 415")
				.contains("\"type\":\"error\"")
				.contains("unsupported_media_type");
		}
	}

	@Test
	void carriesTheLargestImage() throws Exception {
		byte[] begin = bytes(
				"{\"model\":\"wire\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\","
						+ "\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"");
		byte[] end = bytes("\"}}]}]}");
		byte[] body = new byte[32 * 1024 * 1024];
		Arrays.fill(body, (byte) 'A');
		System.arraycopy(begin, 0, body, 0, begin.length);
		System.arraycopy(end, 0, body, body.length - end.length, end.length);
		upstream.prepare(200, "application/json", bytes(ANSWER));
		HttpResponse<byte[]> response = platform.post(key, "/messages", body);
		assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
		Received received = Objects.requireNonNull(upstream.received.poll(20, TimeUnit.SECONDS));
		assertThat(received.body().length).isGreaterThan(body.length - begin.length);
	}

	private static HttpResponse<byte[]> post(String asKey, String body, String... headers) throws Exception {
		return platform.post(asKey, "/messages", bytes(body), headers);
	}

	private static JsonNode error(HttpResponse<byte[]> response, int status, String type, String code) {
		assertThat(response.statusCode()).as(text(response)).isEqualTo(status);
		JsonNode body = JsonMapper.shared().readTree(response.body());
		assertThat(body.get("type").asString()).isEqualTo("error");
		assertThat(body.get("request_id").asString())
			.isEqualTo(response.headers().firstValue("X-Exchequer-Request-Id").orElseThrow());
		assertThat(body.at("/error/type").asString()).isEqualTo(type);
		assertThat(body.at("/error/code").asString()).isEqualTo(code);
		assertThat(body.at("/error/message").asString()).isNotBlank();
		return body.get("error");
	}

	private static JsonNode sent() throws InterruptedException {
		Received received = Objects.requireNonNull(upstream.received.poll(20, TimeUnit.SECONDS));
		return JsonMapper.shared().readTree(received.body());
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(HttpResponse<byte[]> response) {
		return new String(response.body(), StandardCharsets.UTF_8);
	}

}
