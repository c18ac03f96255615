package io.exchequer.gateway;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.exchequer.gateway.RecordingUpstream.Received;
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
 * The Responses API over HTTP: what holds for every request holds for it, in its own
 * shape; answers are stored where the tenant asks for it, and nowhere else.
 */
class ResponsesIT {

	private static final String REQUEST = "{\"model\":\"wire\",\"max_output_tokens\":50,\"input\":\"hi\"}";

	private static final String ANSWER = "{\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
			+ "\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],"
			+ "\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":10,\"total_tokens\":40}}";

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
	void answersAResponseAndBillsItAndStoresNothing() throws Exception {
		long stored = platform.count("stored_response");
		JsonNode response = answered(key, REQUEST);
		assertThat(response.at("/output/0/content/0/text").asString()).isEqualTo("Hello");
		assertThat(response.at("/usage/input_tokens").asInt()).isEqualTo(30);
		assertThat(response.get("store").asBoolean()).isFalse();
		JsonNode sent = sent();
		assertThat(sent.get("model").asString()).isEqualTo("gpt-upstream");
		assertThat(sent.get("max_tokens").asInt()).isEqualTo(50);
		assertThat(platform.count("stored_response")).isEqualTo(stored);
		HttpResponse<byte[]> again = send("GET", key, "/responses/" + response.get("id").asString());
		error(again, 404, "response_not_found");
		HttpResponse<byte[]> goneOn = post(key, REQUEST.replace("{\"model\"",
				"{\"previous_response_id\":\"" + response.get("id").asString() + "\",\"model\""));
		assertThat(error(goneOn, 400, "previous_response_not_found").get("param").asString())
			.isEqualTo("previous_response_id");
	}

	@Test
	void tellsTheRequestsIdentifierAndCost() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		HttpResponse<byte[]> response = post(key, REQUEST);
		String id = response.headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
		assertThat(response.headers().firstValue("x-request-id")).contains(id);
		assertThat(response.headers().firstValue("X-Exchequer-Cost")).contains("0.00003");
		assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(response.body().length);
		assertThat(JsonMapper.shared().readTree(platform.get(key, "/requests/" + id).body()).get("cost").asString())
			.isEqualTo("0.00003");
	}

	@Test
	void streamsEventsAndNoOtherBytes() throws Exception {
		upstream.prepare(200, "text/event-stream", bytes(
				"data: {\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n"),
				bytes(": keep-alive\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}]}\n\n"
						+ "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":10,\"total_tokens\":40}}\n\n"
						+ "data: [DONE]\n\n"));
		HttpResponse<byte[]> response = post(key, streamed(REQUEST));
		List<JsonNode> events = events(response);
		assertThat(events).extracting((event) -> event.get("type").asString())
			.containsExactly("response.created", "response.in_progress", "response.output_item.added",
					"response.content_part.added", "response.output_text.delta", "response.output_text.delta",
					"response.output_text.done", "response.content_part.done", "response.output_item.done",
					"response.completed");
		assertThat(events.getLast().at("/response/usage/total_tokens").asInt()).isEqualTo(40);
		assertThat(text(response)).doesNotContain("[DONE]").doesNotContain("choices");
	}

	@Test
	void endsABrokenStreamAsFailed() throws Exception {
		upstream.prepare(200, "text/event-stream", bytes(
				"data: {\"id\":\"c\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n"));
		List<JsonNode> events = events(post(key, streamed(REQUEST)));
		JsonNode failed = events.get(events.size() - 2);
		assertThat(failed.get("type").asString()).isEqualTo("response.failed");
		assertThat(failed.at("/response/output/0/content/0/text").asString()).isEqualTo("Hel");
		assertThat(events.getLast().get("type").asString()).isEqualTo("error");
		assertThat(events.getLast().at("/error/message").asString()).isNotBlank();
		assertThat(text(post(key, "{\"model\":\"wire\"}"))).doesNotContain("response.completed");
	}

	@Test
	void storesAnswersWhereTheTenantAsksForItAndGoesOnFromThem() throws Exception {
		String storing = platform.keyOfStoringTenant();
		JsonNode first = answered(storing, REQUEST);
		assertThat(first.get("store").asBoolean()).isTrue();
		sent();
		String id = first.get("id").asString();
		HttpResponse<byte[]> got = send("GET", storing, "/responses/" + id);
		assertThat(JsonMapper.shared().readTree(got.body())).isEqualTo(first);
		JsonNode second = answered(storing,
				REQUEST.replace("{\"model\"", "{\"previous_response_id\":\"" + id + "\",\"model\""));
		assertThat(sent().get("messages")).isEqualTo(JsonMapper.shared()
			.readTree("[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"},"
					+ "{\"role\":\"user\",\"content\":\"hi\"}]"));
		JsonNode third = answered(storing,
				"{\"model\":\"wire\",\"store\":false,\"input\":[{\"role\":\"user\",\"content\":\"hi\"},"
						+ "{\"type\":\"item_reference\",\"id\":\"" + second.at("/output/0/id").asString()
						+ "\"},{\"role\":\"user\",\"content\":\"and?\"}]}");
		assertThat(third.get("store").asBoolean()).isFalse();
		assertThat(sent().at("/messages/1/content").asString()).isEqualTo("Hello");
		error(send("GET", storing, "/responses/" + third.get("id").asString()), 404, "response_not_found");
		for (String stranger : List.of(key, platform.keyOfAnotherTenant())) {
			error(send("GET", stranger, "/responses/" + id), 404, "response_not_found");
			error(send("DELETE", stranger, "/responses/" + id), 404, "response_not_found");
		}
		assertThat(text(send("DELETE", storing, "/responses/" + id))).contains("\"deleted\":true");
		error(send("GET", storing, "/responses/" + id), 404, "response_not_found");
		assertThat(platform.update("UPDATE stored_response SET created_at = created_at - interval '25 hours'"))
			.isPositive();
		error(send("GET", storing, "/responses/" + second.get("id").asString()), 404, "response_not_found");
		platform.bean(StoredResponses.class).tidy();
		assertThat(platform.count("stored_response")).isZero();
	}

	@Test
	void storesAStreamBeforeItsEndIsTold() throws Exception {
		String storing = platform.keyOfStoringTenant();
		List<JsonNode> events = events(post(storing, streamed(REQUEST.replace("wire", "sim"))));
		JsonNode completed = events.getLast().get("response");
		assertThat(completed.get("store").asBoolean()).isTrue();
		HttpResponse<byte[]> got = send("GET", storing, "/responses/" + completed.get("id").asString());
		assertThat(JsonMapper.shared().readTree(got.body())).isEqualTo(completed);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			{"model":"wire",                                    | 400 | invalid_json
			[]                                                  | 400 | invalid_json
			{"input":"x"}                                       | 400 | missing_required_parameter
			{"model":"nothing","input":"x"}                     | 404 | model_not_found
			{"model":"wire","input":"x","background":true}      | 400 | unsupported_parameter
			{"model":"wire","input":"x","tools":[{"type":"mcp"}]} | 400 | unsupported_parameter
			""")
	void refusesWhatIsNoValidRequest(String body, int status, String code) throws Exception {
		error(post(key, body), status, code);
		assertThat(upstream.received).isEmpty();
	}

	@Test
	void tellsAFullBudgetAndABrokenUpstream() throws Exception {
		IssuedKey poor = platform.limitedKey(null, null);
		platform.budget(poor, "responses-tiny", "0.000001");
		error(post(poor.secret(), REQUEST), 402, "budget_exceeded");
		for (int i = 0; i < 2; i++) {
			upstream.prepare(500, "text/html", bytes("<html>secret</html>"));
		}
		HttpResponse<byte[]> response = post(key, REQUEST);
		error(response, 502, "upstream_error");
		assertThat(text(response)).doesNotContain("secret");
		error(post("exq_nobody", REQUEST), 401, "invalid_api_key");
		error(send("GET", key, "/responses"), 405, "method_not_allowed");
		error(send("GET", key, "/responses/resp_1/input_items"), 404, "unknown_url");
	}

	private static JsonNode answered(String asKey, String body) throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		HttpResponse<byte[]> response = post(asKey, body);
		assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
		return JsonMapper.shared().readTree(response.body());
	}

	private static String streamed(String body) {
		return body.replace("{\"model\"", "{\"stream\":true,\"model\"");
	}

	private static HttpResponse<byte[]> post(String asKey, String body, String... headers) throws Exception {
		return platform.post(asKey, "/responses", bytes(body), headers);
	}

	private static HttpResponse<byte[]> send(String method, String asKey, String path) throws Exception {
		try (HttpClient client = HttpClient.newHttpClient()) {
			return client.send(HttpRequest.newBuilder(URI.create(platform.baseUrl() + path))
				.timeout(Duration.ofSeconds(30))
				.header("Authorization", "Bearer " + asKey)
				.method(method, BodyPublishers.noBody())
				.build(), BodyHandlers.ofByteArray());
		}
	}

	private static JsonNode error(HttpResponse<byte[]> response, int status, String code) {
		assertThat(response.statusCode()).as(text(response)).isEqualTo(status);
		JsonNode error = JsonMapper.shared().readTree(response.body()).get("error");
		assertThat(error.get("code").asString()).isEqualTo(code);
		assertThat(error.get("message").asString()).isNotBlank();
		return error;
	}

	private static List<JsonNode> events(HttpResponse<byte[]> response) {
		assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream;charset=utf-8");
		List<JsonNode> events = new ArrayList<>();
		for (String frame : text(response).split("\n\n")) {
			if (!frame.startsWith(":")) {
				events.add(JsonMapper.shared().readTree(frame.substring(frame.indexOf("\ndata: ") + 7)));
			}
		}
		return events;
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
