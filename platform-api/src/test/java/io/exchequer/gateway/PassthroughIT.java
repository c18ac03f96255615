package io.exchequer.gateway;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.exchequer.gateway.RecordingUpstream.Received;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the client sent arrives, and what the provider answered comes back, byte for byte
 * but for the members that must change.
 */
class PassthroughIT {

	/** Odd spacing, an unknown member, escapes, numbers that lose digits in a double. */
	private static final String ODD = """
			{ "messages" : [ {"role":"developer","name":"x","content":"na\\u00efve \\ud83d\\ude00 \u00fc"},\t
			  {"role":"user","content":[{"type":"text","text":"hi"}]} ],
			  "model" : "MODEL"  ,"seed":12345678901234567890, "temperature":1.10,
			  "x_unknown":{"b":1,"a":[ null , true ,1e400]},"MAX":100,"logit_bias":{"50256":-100} }
			""";

	/** Every option that changes how a model answers. */
	private static final String OPTIONS = """
			{"model":"MODEL","n":2,"max_tokens":64,"logprobs":true,"top_logprobs":3,"stop":["\\n\\n","END"],
			 "seed":-7,"reasoning_effort":"low","temperature":0.20,"parallel_tool_calls":false,
			 "prediction":{"type":"content","content":[{"type":"text","text":"a <b> c"}]},"service_tier":"auto",
			 "tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{}}}}],
			 "tool_choice":{"type":"function","function":{"name":"f"}},"response_format":{"type":"json_object"},
			 "messages":[{"role":"user","content":[{"type":"text","text":"what is it?"},
			  {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}},
			  {"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]MORE}
			""";

	private static final String ANSWER = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
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

	@Test
	void changesOnlyTheModelsNameOnTheWay() throws Exception {
		String body = ODD.replace("MAX", "max_tokens");
		byte[] answer = bytes(
				"{\"id\":\"chatcmpl-1\",  \"x_new\": [1.0, 2.50],\"model\":\"gpt-upstream\",\"choices\":[{\"index\":0,"
						+ "\"message\":{\"role\":\"assistant\",\"content\":\"h\\u00e9\"},\"finish_reason\":\"stop\"}],"
						+ "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":4,\"total_tokens\":15}}\n");
		upstream.prepare(200, "application/json", answer);
		HttpResponse<byte[]> response = platform.post(key, "/chat/completions", bytes(body.replace("MODEL", "wire")));
		assertThat(response.statusCode()).as(text(response.body())).isEqualTo(200);
		assertThat(text(response.body())).isEqualTo(text(answer));
		assertThat(text(received().body())).isEqualTo(body.replace("MODEL", "gpt-upstream"));
		assertThat(response.headers().firstValue("X-Exchequer-Cost")).contains("0.0000115");
		assertThat(response.headers().firstValue("X-Exchequer-Deployment")).contains("wire-1");
		String id = response.headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
		JsonNode cost = JsonMapper.shared().readTree(platform.get(key, "/requests/" + id).body());
		assertThat(cost.get("cost").asString()).isEqualTo("0.0000115");
		assertThat(cost.get("settled").asBoolean()).isTrue();
		assertThat(cost.at("/attempts/0/usage/output").asLong()).isEqualTo(4);
		assertThat(platform.count("hold")).isZero();
	}

	@Test
	void givesTheOutputLimitTheNameThatEveryServerHeeds() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		String body = ODD.replace("MODEL", "wire");
		HttpResponse<byte[]> response = platform.post(key, "/chat/completions",
				bytes(body.replace("MAX", "max_completion_tokens")));
		assertThat(response.statusCode()).as(text(response.body())).isEqualTo(200);
		assertThat(text(received().body()))
			.isEqualTo(body.replace("MAX", "max_tokens").replace("\"wire\"", "\"gpt-upstream\""));
	}

	@Test
	void passesEveryOptionOnAndEveryChoiceBack() throws Exception {
		String answer = "{\"id\":\"c\",\"choices\":[" + choice(0, "a") + ", " + choice(1, "b")
				+ "],\"system_fingerprint\":\"fp\",\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":9,\"total_tokens\":39,"
				+ "\"completion_tokens_details\":{\"reasoning_tokens\":4,\"rejected_prediction_tokens\":2}}}";
		upstream.prepare(200, "application/json", bytes(answer));
		String body = OPTIONS.replace("MORE", "");
		HttpResponse<byte[]> response = platform.post(key, "/chat/completions", bytes(body.replace("MODEL", "wire")));
		assertThat(response.statusCode()).as(text(response.body())).isEqualTo(200);
		assertThat(text(response.body())).isEqualTo(answer);
		assertThat(text(received().body())).isEqualTo(body.replace("MODEL", "gpt-upstream"));
		String id = response.headers().firstValue("X-Exchequer-Request-Id").orElseThrow();
		JsonNode cost = JsonMapper.shared().readTree(platform.get(key, "/requests/" + id).body());
		assertThat(cost.at("/attempts/0/usage/reasoning").asLong()).isEqualTo(4);
		assertThat(cost.at("/attempts/0/usage/output").asLong()).isEqualTo(5);
		assertThat(platform.count("hold")).isZero();
	}

	@Test
	void passesEveryOptionOnAndEveryChoiceBackInAStream() throws Exception {
		StringBuilder stream = new StringBuilder();
		for (String part : new String[] { choice(0, "a"), choice(1, "b") }) {
			stream.append("data: {\"id\":\"c\",\"choices\":[")
				.append(part.replace("\"message\"", "\"delta\""))
				.append("]}\n\n");
		}
		stream.append("data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":9,"
				+ "\"total_tokens\":39}}\n\ndata: [DONE]\n\n");
		upstream.prepare(200, "text/event-stream", bytes(stream.toString()));
		String body = OPTIONS.replace("MORE", ",\"stream\":true, \"stream_options\": {\"include_usage\":true}");
		HttpResponse<byte[]> response = platform.post(key, "/chat/completions", bytes(body.replace("MODEL", "wire")));
		assertThat(text(response.body())).isEqualTo(stream.toString());
		assertThat(text(received().body())).isEqualTo(body.replace("MODEL", "gpt-upstream"));
		assertThat(platform.count("hold")).isZero();
	}

	private static String choice(int index, String content) {
		return "{\"index\":" + index + ",\"message\":{\"role\":\"assistant\",\"content\":\"" + content
				+ "\"},\"logprobs\":{\"content\":[{\"token\":\"" + content
				+ "\",\"logprob\":-0.10,\"bytes\":[97],\"top_logprobs\":[]}]},\"finish_reason\":\"stop\"}";
	}

	@Test
	void asksForAStreamsUsageAndTakesItOutAgain() throws Exception {
		String body = "{\"model\":\"wire\",\"stream\":true,\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
		String role = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n";
		String first = "data: {\"id\":\"c\", \"x\":1.0,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
		String last = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
		String usage = "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}\n\n";
		String done = "data: [DONE]\n\n";
		upstream.prepare(200, "text/event-stream", bytes(role + first.substring(0, 20)),
				bytes(first.substring(20) + last), bytes(usage + done));
		HttpResponse<byte[]> response = platform.post(key, "/chat/completions", bytes(body));
		assertThat(text(response.body())).isEqualTo(role + first + last + done);
		assertThat(text(received().body())).contains("\"include_usage\":true").contains("\"model\":\"gpt-upstream\"");
		upstream.prepare(200, "text/event-stream", bytes(role + first + last + usage + done));
		String wanting = body.replace("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}");
		HttpResponse<byte[]> whole = platform.post(key, "/chat/completions", bytes(wanting));
		assertThat(text(whole.body())).isEqualTo(role + first + last + usage + done);
		assertThat(text(received().body())).isEqualTo(wanting.replace("\"wire\"", "\"gpt-upstream\""));
		assertThat(platform.count("hold")).isZero();
	}

	@Test
	void putsTheOutputLimitInWhereTheClientHasNone() throws Exception {
		upstream.prepare(200, "application/json", bytes(ANSWER));
		String body = "{\"model\":\"wire\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
		assertThat(platform.post(key, "/chat/completions", bytes(body)).statusCode()).isEqualTo(200);
		JsonNode sent = JsonMapper.shared().readTree(received().body());
		assertThat(sent.properties()).anySatisfy((member) -> {
			assertThat(member.getKey()).startsWith("max_");
			assertThat(member.getValue().asInt()).isEqualTo(4096);
		});
	}

	private static Received received() throws InterruptedException {
		Received received = upstream.received.poll(20, TimeUnit.SECONDS);
		assertThat(received).as("what the upstream got").isNotNull();
		return Objects.requireNonNull(received);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.UTF_8);
	}

}
