package io.exchequer.routing.provider.anthropic;

import java.nio.charset.StandardCharsets;
import java.util.List;

import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ChatRequestReader;
import io.exchequer.routing.wire.InvalidRequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How a request differs between generations of models.
 */
class ClaudeRequestTests {

	private static final String OLD = "claude-sonnet-4-5";

	private static final String BETWEEN = "claude-opus-4-6";

	private static final String NEW = "claude-opus-5-5";

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					claude-sonnet-4-5 | "reasoning_effort":"low"    | {"type":"enabled","budget_tokens":2048} |
					claude-sonnet-4-5 | "reasoning_effort":"medium" | {"type":"enabled","budget_tokens":8192} |
					claude-sonnet-4-5 | "reasoning_effort":"high"   | {"type":"enabled","budget_tokens":9999} |
					claude-sonnet-4-5 | "reasoning_effort":"none"   | |
					claude-sonnet-4-5 | "thinking":{"type":"adaptive"} | {"type":"enabled","budget_tokens":8192} |
					claude-sonnet-4-5 | "thinking":{"type":"enabled","budget_tokens":1500} | {"type":"enabled","budget_tokens":1500} |
					claude-opus-4-6   | "thinking":{"type":"enabled","budget_tokens":1500} | {"type":"enabled","budget_tokens":1500} |
					claude-opus-4-6   | "reasoning_effort":"high"   | {"type":"adaptive","display":"summarized"} | high
					claude-opus-5-5   | "reasoning_effort":"max"    | {"type":"adaptive","display":"summarized"} | max
					claude-opus-5-5   | "reasoning_effort":"minimal" | | low
					claude-opus-5-5   | "thinking":{"type":"adaptive"} | {"type":"adaptive","display":"summarized"} |
					claude-opus-5-5   | "thinking":{"type":"enabled","budget_tokens":1500} | {"type":"adaptive","display":"summarized"} |
					claude-opus-5-5   | "thinking":{"type":"disabled"} | {"type":"disabled"} |
					claude-opus-5-5   | "n":1                       | |
					""")
	void tellsTheWishForReasoningAsTheModelTakesIt(String model, String member, String thinking, String effort)
			throws Exception {
		JsonNode sent = sent(model, "\"max_tokens\":10000," + member);
		assertThat(sent.path("thinking"))
			.isEqualTo((thinking != null) ? Values.tree(Values.object(thinking)) : sent.path("absent"));
		assertThat(sent.at("/output_config/effort").asString("absent")).isEqualTo((effort != null) ? effort : "absent");
	}

	@Test
	void keepsABudgetWithinALimitThatWasLowered() throws Exception {
		assertThat(sent(OLD, "\"max_tokens\":2000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":8000}")
			.at("/thinking/budget_tokens")
			.asInt()).isEqualTo(1999);
		assertThat(sent(OLD, "\"max_tokens\":1024,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":8000}")
			.has("thinking")).isFalse();
	}

	@Test
	void drawsTokensAsAskedOnlyWhereTheModelTakesIt() throws Exception {
		String sampling = "\"max_tokens\":10000,\"temperature\":0.25,\"top_p\":0.5,\"top_k\":7";
		JsonNode old = sent(OLD, sampling);
		assertThat(old.path("temperature").decimalValue()).isEqualByComparingTo("0.25");
		assertThat(old.path("top_p").decimalValue()).isEqualByComparingTo("0.5");
		assertThat(old.path("top_k").asInt()).isEqualTo(7);
		for (JsonNode sent : List.of(sent(NEW, sampling), sent(OLD, sampling + ",\"reasoning_effort\":\"low\""))) {
			assertThat(sent.propertyNames()).doesNotContain("temperature", "top_p", "top_k");
		}
	}

	@Test
	void leavesTheApplicationsWordInItsPlaceWhereTheModelTakesIt() throws Exception {
		String messages = """
				{"role":"system","content":"A"},{"role":"user","content":"Hi"},{"role":"system","content":"B"}""";
		JsonNode within = request(NEW, messages, "\"max_tokens\":5");
		assertThat(within.path("system")).hasSize(1);
		assertThat(within.at("/messages/1/role").asString()).isEqualTo("system");
		assertThat(within.at("/messages/1/content/0/text").asString()).isEqualTo("B");
		JsonNode moved = request(BETWEEN, messages, "\"max_tokens\":5");
		assertThat(moved.path("system")).hasSize(2);
		assertThat(moved.path("messages")).hasSize(1);
	}

	@Test
	void tellsWhoAsksByEitherName() throws Exception {
		assertThat(sent(NEW, "\"user\":\"ann\"").at("/metadata/user_id").asString()).isEqualTo("ann");
		assertThat(sent(NEW, "\"metadata\":{\"user_id\":\"bob\",\"task\":\"x\"}").path("metadata").toString())
			.isEqualTo("{\"user_id\":\"bob\"}");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			"tool_choice":"auto"                              | {"type":"auto"}
			"tool_choice":"none"                              | {"type":"none"}
			"parallel_tool_calls":false                       | {"type":"auto","disable_parallel_tool_use":true}
			"tool_choice":"required","parallel_tool_calls":false | {"type":"any","disable_parallel_tool_use":true}
			"parallel_tool_calls":true                        |
			""")
	void tellsWhichToolsMayBeCalled(String member, String choice) throws Exception {
		JsonNode sent = sent(NEW,
				"\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true}}]," + member);
		assertThat(sent.path("tool_choice"))
			.isEqualTo((choice != null) ? Values.tree(Values.object(choice)) : sent.path("absent"));
		assertThat(sent.at("/tools/0/strict").asBoolean()).isTrue();
	}

	@Test
	void sendsAPlainTextsDocumentAsText() throws Exception {
		JsonNode sent = request(NEW, """
				{"role":"user","content":[{"type":"file","file":{"filename":"a.txt",
				"file_data":"data:text/plain;base64,R3LDvMOfZQ=="}},
				{"type":"file","file":{"file_url":"https://example.com/a.pdf"}},
				{"type":"file","file":{"file_id":"file_1"}},{"type":"image_url","image_url":{"file_id":"file_2"}}]}""",
				"\"max_tokens\":5");
		assertThat(sent.at("/messages/0/content/0/source").toString())
			.isEqualTo("{\"data\":\"Grüße\",\"media_type\":\"text/plain\",\"type\":\"text\"}");
		assertThat(sent.at("/messages/0/content/1/source/url").asString()).isEqualTo("https://example.com/a.pdf");
		assertThat(sent.at("/messages/0/content/2/source/file_id").asString()).isEqualTo("file_1");
		assertThat(sent.at("/messages/0/content/3/source/file_id").asString()).isEqualTo("file_2");
	}

	@Test
	void givesAToolsPicturesBackWithTheMarkOnTheResult() throws Exception {
		JsonNode result = request(NEW,
				"""
						{"role":"user","content":"Show"},
						{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
						{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"here"},
						{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="},
						"cache_control":{"type":"ephemeral","ttl":"1h"}}]}""",
				"\"max_tokens\":5")
			.at("/messages/2/content/0");
		assertThat(result.path("content")).hasSize(2);
		assertThat(result.at("/content/1/source/data").asString()).isEqualTo("AA==");
		assertThat(result.at("/content/1").has("cache_control")).isFalse();
		assertThat(result.at("/cache_control/ttl").asString()).isEqualTo("1h");
	}

	private static JsonNode sent(String model, String members) throws InvalidRequestException {
		return request(model, "{\"role\":\"user\",\"content\":\"Hi\"}", members);
	}

	private static JsonNode request(String model, String messages, String members) throws InvalidRequestException {
		byte[] body = ("{\"model\":\"" + model + "\",\"messages\":[" + messages + "]," + members + "}")
			.getBytes(StandardCharsets.UTF_8);
		ChatRequest request = ChatRequestReader.read(body, body.length);
		return Values.tree(ClaudeRequest.of(request)._body());
	}

}
