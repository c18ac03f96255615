package io.exchequer.gateway.dialect.responses;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import io.exchequer.gateway.dialect.Dialect.Reading;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Requests to the Responses API become the canonical form, and nothing of them is passed
 * over.
 */
class RequestReaderTests {

	@Test
	void readsATextAsTheUsers() throws Exception {
		assertThat(canonical("\"instructions\":\"Be kind\",\"input\":\"hi\"")).isEqualTo(json("""
				{"model":"m","messages":[{"role":"system","content":"Be kind"},{"role":"user","content":"hi"}]}"""));
	}

	@Test
	void readsEveryMemberThatHasAPlace() throws Exception {
		assertThat(canonical(
				"""
						"input":[{"role":"developer","content":"d"},{"type":"message","role":"user","content":[
						{"type":"input_text","text":"see"},
						{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"low"},
						{"type":"input_image","image_url":"https://example.com/a.png"},
						{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"},
						{"type":"input_file","file_id":"file-1"}]}],
						"max_output_tokens":50,"temperature":0.70,"top_p":0.9,"parallel_tool_calls":false,
						"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true}],
						"tool_choice":{"type":"function","name":"f"},
						"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"},
						"reasoning":{"effort":"low","summary":"auto"},"user":"u","safety_identifier":"s","prompt_cache_key":"k",
						"service_tier":"flex","truncation":"disabled","background":false,"store":true,
						"include":["reasoning.encrypted_content","message.output_text.logprobs"],"top_logprobs":2,
						"metadata":{"task":"summarisation","mine":"x"},"stream":true,"stream_options":{"include_obfuscation":false}
						"""))
			.isEqualTo(
					json("""
							{"model":"m","messages":[{"role":"developer","content":"d"},{"role":"user","content":[
							{"type":"text","text":"see"},
							{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},
							{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},
							{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA","filename":"a.pdf"}},
							{"type":"file","file":{"file_id":"file-1"}}]}],
							"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],
							"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,
							"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}},
							"temperature":0.70,"top_p":0.9,"logprobs":true,"top_logprobs":2,"max_completion_tokens":50,
							"reasoning_effort":"low","stream":true,"stream_options":{"include_usage":true},"user":"u","service_tier":"flex",
							"verbosity":"low","metadata":{"task":"summarisation"},"safety_identifier":"s","prompt_cache_key":"k"}
							"""));
	}

	@Test
	void putsWhatTheAssistantDidInARowIntoOneMessage() throws Exception {
		assertThat(canonical(
				"""
						"input":[{"role":"user","content":"q"},
						{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"exchequer:signature:sig"},
						{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"exchequer:hidden:dark"},
						{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Let me see","annotations":[],"logprobs":[]}]},
						{"type":"reasoning","id":"rs_3","summary":[],"encrypted_content":"exchequer:call:2:c1proof"},
						{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}","status":"completed"},
						{"type":"function_call","call_id":"c2","name":"g","arguments":"{\\"a\\":1}"},
						{"type":"function_call_output","call_id":"c1","output":"one"},
						{"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"two"},{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
						{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]
						"""))
			.isEqualTo(
					json("""
							{"model":"m","messages":[{"role":"user","content":"q"},
							{"role":"assistant","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"redacted_thinking","data":"dark"}],
							"content":"Let me see","tool_calls":[
							{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"proof"}}},
							{"id":"c2","type":"function","function":{"name":"g","arguments":"{\\"a\\":1}"}}]},
							{"role":"tool","tool_call_id":"c1","content":"one"},
							{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"two"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
							{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]}
							"""));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			"input":"x","tools":[{"type":"web_search"}]                     | tools[0].type
			"input":"x","tools":[{"type":"custom","name":"c"}]              | tools[0].type
			"input":"x","tool_choice":{"type":"file_search"}                | tool_choice.type
			"input":"x","background":true                                   | background
			"input":"x","conversation":"conv_1"                             | conversation
			"input":"x","prompt":{"id":"p"}                                 | prompt
			"input":[{"type":"web_search_call","id":"ws"}]                  | input[0].type
			"input":[{"role":"user","content":[{"type":"input_video"}]}]    | input[0].content[0].type
			""")
	void refusesInAnyCaseWhatWouldMeanSomethingElse(String members, String param) {
		for (boolean drop : List.of(false, true)) {
			ApiError error = refused(members, drop, Conversations.NONE);
			assertThat(error.code()).isEqualTo("unsupported_parameter");
			assertThat(error.param()).isEqualTo(param);
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					"input":"x","truncation":"auto"                                   | truncation
					"input":"x","include":["file_search_call.results"]                | include[0]
					"input":"x","max_tool_calls":3                                    | max_tool_calls
					"input":"x","reasoning":{"summary":"detailed"}                    | reasoning.summary
					"input":"x","stream_options":{"include_obfuscation":true}         | stream_options.include_obfuscation
					"input":"x","unheard_of":1                                        | unheard_of
					"input":[{"role":"user","content":"x","unheard_of":1}]            | input[0].unheard_of
					"input":[{"role":"user","content":"q"},{"type":"reasoning","summary":[],"encrypted_content":"gAAAA"}] | input[1].encrypted_content
					""")
	void leavesOutOnlyWhereAllowedAndSaysSo(String members, String path) throws Exception {
		ApiError error = refused(members, false, Conversations.NONE);
		assertThat(error.code()).isEqualTo("unsupported_parameter");
		assertThat(error.param()).isEqualTo(path);
		assertThat(read(members, true, Conversations.NONE).dropped()).containsExactly(path);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					"instructions":"no input"                              | missing_required_parameter | input
					"input":[]                                             | invalid_value              | input
					"input":7                                              | invalid_type               | input
					"input":[7]                                            | invalid_type               | input[0]
					"input":[{"role":"robot","content":"x"}]               | invalid_value              | input[0].role
					"input":[{"role":"user"}]                              | missing_required_parameter | input[0].content
					"input":[{"type":"function_call","name":"f"}]          | missing_required_parameter | input[0].call_id
					"input":[{"type":"function_call_output","output":"x"}] | missing_required_parameter | input[0].call_id
					"input":[{"role":"user","content":[{"type":"input_image","image_url":"file:///etc/passwd"}]}] | invalid_value | input[0].content[0].image_url
					"input":[{"role":"user","content":[{"type":"input_file"}]}] | missing_required_parameter | input[0].content[0].file_data
					"input":"x","max_output_tokens":0                      | invalid_value              | max_output_tokens
					"input":"x","temperature":"hot"                        | invalid_type               | temperature
					"input":"x","text":{"format":{"type":"xml"}}           | invalid_value              | text.format.type
					"input":"x","reasoning":{"effort":"extreme"}           | invalid_value              | reasoning.effort
					"input":"x","metadata":{"a":1}                         | invalid_type               | metadata.a
					"input":"x","previous_response_id":"resp_00000000000000000000000000000001" | previous_response_not_found | previous_response_id
					"input":[{"type":"item_reference","id":"msg_1"}]       | item_not_found             | input[0]
					""")
	void namesWhatIsWrongByTheClientsOwnPath(String members, String code, String param) {
		ApiError error = refused(members, true, Conversations.NONE);
		assertThat(error.code()).isEqualTo(code);
		assertThat(error.param()).isEqualTo(param);
		assertThat(error.status()).isEqualTo(400);
	}

	@Test
	void turnsCanonicalPathsIntoTheClientsOwn() throws Exception {
		Reading reading = read("""
				"instructions":"i","input":[{"role":"user","content":[{"type":"input_text","text":"a"},
				{"type":"input_image","image_url":"https://example.com/a.png"}]},
				{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
				{"type":"function_call_output","call_id":"c","output":"x"}],
				"tools":[{"type":"function","name":"f"}]""", false, Conversations.NONE);
		assertThat(reading.paths().apply("messages[1].content[1].image_url"))
			.isEqualTo("input[0].content[1].image_url");
		assertThat(reading.paths().apply("messages[0].content")).isEqualTo("instructions");
		assertThat(reading.paths().apply("messages[2].tool_calls[0]")).isEqualTo("input[1]");
		assertThat(reading.paths().apply("messages[3].content")).isEqualTo("input[2].output");
		assertThat(reading.paths().apply("tools[0].function.parameters")).isEqualTo("tools[0].parameters");
		assertThat(reading.paths().apply("max_completion_tokens")).isEqualTo("max_output_tokens");
		assertThat(reading.paths().apply("response_format.json_schema.schema")).isEqualTo("text.format.schema");
	}

	@Test
	void goesOnFromAStoredResponseAndFindsItemsThatAreOnlyNamed() throws Exception {
		String response = "resp_00000000000000000000000000000007";
		Conversations stored = new Stored(json("""
				[{"role":"user","content":"first"},{"type":"message","id":"msg_00000000000000000000000000000007_0",
				"role":"assistant","content":[{"type":"output_text","text":"answer"}]}]""").asArray());
		RequestDocument document = read("\"input\":\"second\",\"previous_response_id\":\"" + response + "\"", false,
				stored)
			.document();
		JsonNode expected = json(
				"""
						[{"role":"user","content":"first"},{"role":"assistant","content":"answer"},{"role":"user","content":"second"}]""");
		assertThat(tree(document).get("messages")).isEqualTo(expected);
		Asked asked = document.derived(Asked.class, (_) -> Asked.nothing());
		assertThat(asked.store()).isTrue();
		assertThat(asked.items()).hasSize(3);
		assertThat(asked.settings().get("previous_response_id").asString()).isEqualTo(response);
		RequestDocument named = read(
				"""
						"input":[{"role":"user","content":"first"},{"type":"item_reference","id":"msg_00000000000000000000000000000007_0"},
						{"role":"user","content":"second"}],"store":false""",
				false, stored)
			.document();
		assertThat(tree(named).get("messages")).isEqualTo(expected);
		assertThat(named.derived(Asked.class, (_) -> Asked.nothing()).store()).isFalse();
	}

	@Test
	void takesALongRequestAndRefusesADeepOne() throws Exception {
		String item = "{\"role\":\"user\",\"content\":\"x\"},";
		Reading reading = read("\"input\":[" + item.repeat(5_000) + "{\"role\":\"user\",\"content\":\"x\"}]", false,
				Conversations.NONE);
		assertThat(tree(reading.document()).get("messages")).hasSize(5_001);
		ApiError error = refused("\"input\":" + "[".repeat(500) + "]".repeat(500), false, Conversations.NONE);
		assertThat(error.code()).isEqualTo("invalid_json");
	}

	private static ApiError refused(String members, boolean drop, Conversations conversations) {
		return Objects
			.requireNonNull(assertThatExceptionOfType(InvalidRequestException.class)
				.isThrownBy(() -> read(members, drop, conversations))
				.actual())
			.error();
	}

	private static JsonNode canonical(String members) throws InvalidRequestException {
		return tree(read(members, false, Conversations.NONE).document());
	}

	private static Reading read(String members, boolean drop, Conversations conversations)
			throws InvalidRequestException {
		byte[] body = ("{\"model\":\"m\"," + members + "}").getBytes(StandardCharsets.UTF_8);
		return new ResponsesDialect(conversations).read(Endpoint.CHAT_COMPLETIONS, body, body.length, drop);
	}

	private static JsonNode tree(RequestDocument document) {
		return json(new String(document.bytes(), 0, document.length(), StandardCharsets.UTF_8));
	}

	private static JsonNode json(String text) {
		return JsonMapper.shared().readTree(text);
	}

	/** One stored answer. */
	private record Stored(ArrayNode said) implements Conversations {

		@Override
		public boolean keeps() {
			return true;
		}

		@Override
		public @Nullable ArrayNode items(UUID response) {
			return response.equals(new UUID(0, 7)) ? this.said : null;
		}

		@Override
		public void retain(long bytes) {
		}

		@Override
		public boolean keep(UUID response, ArrayNode items, ObjectNode answer) {
			return true;
		}

	}

}
