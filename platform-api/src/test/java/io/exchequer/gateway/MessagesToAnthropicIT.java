package io.exchequer.gateway;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.exchequer.gateway.RecordingUpstream.Received;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The Messages API in front of Anthropic itself: what goes through the canonical form
 * both ways is what was said.
 */
class MessagesToAnthropicIT {

	private static final String REQUEST = """
			{"model":"claude","max_tokens":4096,
			 "system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
			 "thinking":{"type":"enabled","budget_tokens":1024},
			 "tools":[{"name":"get_weather","description":"Weather","input_schema":{"type":"object",
			   "properties":{"city":{"type":"string"}},"required":["city"]}}],
			 "tool_choice":{"type":"auto","disable_parallel_tool_use":true},
			 "stop_sequences":["END"],"metadata":{"user_id":"u-1"},
			 "messages":[{"role":"user","content":"Paris?"},
			  {"role":"assistant","content":[{"type":"thinking","thinking":"Look it up.","signature":"EqQB"},
			   {"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"city":"Paris"}}]},
			  {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":"no"},
			   {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}
			""";

	private static final String USAGE = "{\"input_tokens\":10,\"cache_creation_input_tokens\":7,\"cache_read_input_tokens\":3,"
			+ "\"cache_creation\":{\"ephemeral_5m_input_tokens\":2,\"ephemeral_1h_input_tokens\":5},\"output_tokens\":20,"
			+ "\"service_tier\":\"standard\"}";

	private static final String CONTENT = "[{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":\"sig2\"},"
			+ "{\"type\":\"redacted_thinking\",\"data\":\"xyz\"},{\"type\":\"text\",\"text\":\"Again.\"},"
			+ "{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"get_weather\",\"input\":{\"city\":\"Paris\"}}]";

	private static RecordingUpstream upstream;

	private static StartedPlatform platform;

	private static String key;

	@BeforeAll
	static void start() throws IOException {
		upstream = new RecordingUpstream();
		platform = new StartedPlatform(upstream.baseUrl());
		platform.model("claude", "anthropic", upstream.baseUrl(), "claude-sonnet-4-5");
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
	}

	@Test
	void arrivesAsItWasSentAndComesBackAsItWasAnswered() throws Exception {
		upstream.prepare(200, "application/json",
				bytes("{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
						+ "\"model\":\"claude-sonnet-4-5\",\"content\":" + CONTENT
						+ ",\"stop_reason\":\"tool_use\",\"stop_sequence\":null,\"usage\":" + USAGE + "}"));
		HttpResponse<byte[]> response = platform.post(key, "/messages", bytes(REQUEST));
		assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
		JsonNode message = JsonMapper.shared().readTree(response.body());
		assertThat(message.get("content")).isEqualTo(JsonMapper.shared().readTree(CONTENT));
		assertThat(message.get("stop_reason").asString()).isEqualTo("tool_use");
		assertUsage(message.get("usage"));
		Received received = Objects.requireNonNull(upstream.received.poll(20, TimeUnit.SECONDS));
		assertThat(received.path()).isEqualTo("/v1/messages");
		JsonNode sent = JsonMapper.shared().readTree(received.body());
		JsonNode asked = JsonMapper.shared().readTree(REQUEST);
		for (String member : new String[] { "max_tokens", "system", "thinking", "tool_choice", "stop_sequences",
				"metadata" }) {
			assertThat(sent.get(member)).as(member).isEqualTo(asked.get(member));
		}
		assertThat(sent.get("model").asString()).isEqualTo("claude-sonnet-4-5");
		assertThat(sent.at("/messages/1")).isEqualTo(asked.at("/messages/1"));
		assertThat(sent.at("/messages/2/content/0/tool_use_id").asString()).isEqualTo("toolu_1");
		assertThat(sent.at("/messages/2/content/0/is_error").asBoolean()).isTrue();
		assertThat(sent.at("/tools/0/input_schema")).isEqualTo(asked.at("/tools/0/input_schema"));
		assertThat(text(received.body())).contains("iVBORw0KGgo=");
	}

	@Test
	void streamsBackWhatWasStreamed() throws Exception {
		upstream.prepare(200, "text/event-stream", bytes(event("message_start",
				"\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\","
						+ "\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":" + USAGE + "}")
				+ event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
				+ event("ping", "\"x\":1")
				+ event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}")
				+ event("content_block_stop", "\"index\":0")
				+ event("message_delta",
						"\"delta\":{\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"END\"},\"usage\":{\"output_tokens\":20}")
				+ event("message_stop", "\"x\":1")));
		HttpResponse<byte[]> response = platform.post(key, "/messages",
				bytes(REQUEST.replace("{\"model\"", "{\"stream\":true,\"model\"")));
		assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
		upstream.received.clear();
		assertThat(text(response)).contains("{\"type\":\"text_delta\",\"text\":\"Hello\"}")
			.contains("\"delta\":{\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"END\"}")
			.endsWith("data: {\"type\":\"message_stop\"}\n\n");
		for (String frame : text(response).split("\n\n")) {
			if (frame.startsWith("event: message_delta")) {
				assertUsage(JsonMapper.shared().readTree(frame.substring(frame.indexOf("data: ") + 6)).get("usage"));
			}
		}
	}

	private static void assertUsage(JsonNode usage) {
		assertThat(usage.get("input_tokens").asInt()).isEqualTo(10);
		assertThat(usage.get("cache_creation_input_tokens").asInt()).isEqualTo(7);
		assertThat(usage.at("/cache_creation/ephemeral_1h_input_tokens").asInt()).isEqualTo(5);
		assertThat(usage.get("cache_read_input_tokens").asInt()).isEqualTo(3);
		assertThat(usage.get("output_tokens").asInt()).isEqualTo(20);
	}

	private static String event(String type, String members) {
		return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.UTF_8);
	}

	private static String text(HttpResponse<byte[]> response) {
		return text(response.body());
	}

}
