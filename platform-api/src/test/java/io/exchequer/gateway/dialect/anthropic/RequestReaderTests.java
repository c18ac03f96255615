package io.exchequer.gateway.dialect.anthropic;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.exchequer.gateway.dialect.Dialect.Reading;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.RequestDocument;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * The documented forms of a request, and what becomes of them.
 */
class RequestReaderTests {

	@Test
	void putsAPlainRequestIntoTheCanonicalForm() throws InvalidRequestException {
		assertCanonical("""
				{"model":"m","max_tokens":1024,"system":"Be brief.",
				 "messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"},
				  {"role":"user","content":[{"type":"text","text":"Bye"}]}],
				 "temperature":0.70,"top_p":0.9,"top_k":40,"stop_sequences":["END","\\n\\n"],
				 "metadata":{"user_id":"u-1"},"service_tier":"standard_only"}
				""", """
				{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"},
				  {"role":"assistant","content":"Hi"},{"role":"user","content":"Bye"}],
				 "temperature":0.70,"top_p":0.9,"top_k":40,"max_completion_tokens":1024,"stop":["END","\\n\\n"],
				 "user":"u-1","service_tier":"default"}
				""");
	}

	@Test
	void asksAStreamForItsUsage() throws InvalidRequestException {
		RequestDocument document = Messages.read(Messages.with("\"stream\":true"), false).document();
		assertThat(document.stream()).isTrue();
		assertThat(document.usageWanted()).isTrue();
		assertThat(Messages.read(Messages.with("\"stream\":false"), false).document().stream()).isFalse();
	}

	@Test
	void carriesToolsAndWhatTheyAnswered() throws InvalidRequestException {
		assertCanonical(
				"""
						{"model":"m","max_tokens":9,
						 "tools":[{"name":"get_weather","description":"Weather","input_schema":{"type":"object",
						   "properties":{"city":{"type":"string"}},"required":["city"]},"strict":true},
						  {"type":"custom","name":"now","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral","ttl":"1h"}}],
						 "tool_choice":{"type":"any","disable_parallel_tool_use":true},
						 "messages":[{"role":"user","content":"Paris?"},
						  {"role":"assistant","content":[{"type":"text","text":"Let me see."},
						   {"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"city":"Paris","n":1.50}},
						   {"type":"tool_use","id":"toolu_2","name":"now","input":{},"caller":{"type":"direct"}}]},
						  {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"sunny"},
						   {"type":"tool_result","tool_use_id":"toolu_2","is_error":true,"content":[
						     {"type":"text","text":"no clock"},
						     {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]},
						   {"type":"tool_result","tool_use_id":"toolu_3"},
						   {"type":"text","text":"And now?"}]}]}
						""",
				"""
						{"model":"m","messages":[{"role":"user","content":"Paris?"},
						  {"role":"assistant","content":"Let me see.","tool_calls":[
						   {"id":"toolu_1","type":"function","function":{"name":"get_weather","arguments":"{\\"city\\":\\"Paris\\",\\"n\\":1.50}"}},
						   {"id":"toolu_2","type":"function","function":{"name":"now","arguments":"{}"}}]},
						  {"role":"tool","tool_call_id":"toolu_1","content":"sunny"},
						  {"role":"tool","tool_call_id":"toolu_2","content":[{"type":"text","text":"no clock"},
						   {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}],"is_error":true},
						  {"role":"tool","tool_call_id":"toolu_3","content":""},
						  {"role":"user","content":"And now?"}],
						 "tools":[{"type":"function","function":{"name":"get_weather","description":"Weather",
						   "parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]},"strict":true}},
						  {"type":"function","function":{"name":"now","parameters":{"type":"object"}},
						   "cache_control":{"type":"ephemeral","ttl":"1h"}}],
						 "tool_choice":"required","parallel_tool_calls":false,"max_completion_tokens":9}
						""");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			{"type":"auto"}                                    | "auto"
			{"type":"auto","disable_parallel_tool_use":false}  | "auto"
			{"type":"any"}                                     | "required"
			{"type":"none"}                                    | "none"
			{"type":"tool","name":"f"}                         | {"type":"function","function":{"name":"f"}}
			""")
	void carriesWhichToolMayBeCalled(String choice, String canonical) throws InvalidRequestException {
		JsonNode request = Messages.canonical(Messages
			.with("\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}],\"tool_choice\":" + choice));
		assertThat(request.get("tool_choice")).isEqualTo(JsonMapper.shared().readTree(canonical));
	}

	@Test
	void carriesImagesAndDocuments() throws InvalidRequestException {
		assertCanonical(
				"""
						{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[
						 {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/4AAQ"}},
						 {"type":"image","source":{"type":"url","url":"https://example.com/a.png"}},
						 {"type":"image","source":{"type":"file","file_id":"file_1"}},
						 {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"},"title":"a.pdf",
						  "citations":{"enabled":false},"cache_control":{"type":"ephemeral"}},
						 {"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain"}},
						 {"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}]}]}
						""",
				"""
						{"model":"m","messages":[{"role":"user","content":[
						 {"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/4AAQ"}},
						 {"type":"image_url","image_url":{"url":"https://example.com/a.png"}},
						 {"type":"image_url","image_url":{"file_id":"file_1"}},
						 {"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0x","filename":"a.pdf"},
						  "cache_control":{"type":"ephemeral","ttl":"5m"}},
						 {"type":"file","file":{"file_data":"data:text/plain;base64,cGxhaW4="}},
						 {"type":"file","file":{"file_url":"https://example.com/a.pdf"}}]}],"max_completion_tokens":9}
						""");
	}

	@Test
	void givesReasoningBackAsItCame() throws InvalidRequestException {
		assertCanonical("""
				{"model":"m","max_tokens":9,"thinking":{"type":"enabled","budget_tokens":2048},
				 "messages":[{"role":"user","content":"2+2"},{"role":"assistant","content":[
				  {"type":"thinking","thinking":"Let me add.","signature":"EqQB"},
				  {"type":"redacted_thinking","data":"xyz"},
				  {"type":"thinking","thinking":"unsigned","signature":""},
				  {"type":"text","text":"4"}]},{"role":"user","content":"and 3+3"}]}
				""", """
				{"model":"m","messages":[{"role":"user","content":"2+2"},
				 {"role":"assistant","thinking_blocks":[{"type":"thinking","thinking":"Let me add.","signature":"EqQB"},
				  {"type":"redacted_thinking","data":"xyz"},{"type":"thinking","thinking":"unsigned"}],"content":"4"},
				 {"role":"user","content":"and 3+3"}],
				 "max_completion_tokens":9,"thinking":{"type":"enabled","budget_tokens":2048}}
				""");
	}

	@Test
	void givesACallsProofBackWithTheCall() throws InvalidRequestException {
		String data = CallSignatures.data("call:1", "c2ln");
		JsonNode request = Messages.canonical(Messages
			.with("\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"redacted_thinking\",\"data\":\""
					+ data + "\"},{\"type\":\"tool_use\",\"id\":\"call:1\",\"name\":\"f\",\"input\":{}}]}]"));
		assertThat(request.at("/messages/0/tool_calls/0/extra_content/google/thought_signature").asString())
			.isEqualTo("c2ln");
		assertThat(request.at("/messages/0/thinking_blocks").isMissingNode()).isTrue();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			"thinking":{"type":"adaptive"}                                         | {"type":"adaptive"} |
			"thinking":{"type":"disabled"}                                         | {"type":"disabled"} |
			"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}        | {"type":"adaptive"} | max
			"output_config":{"effort":"low"}                                       |                     | low
			""")
	void carriesHowMuchToThink(String members, String thinking, String effort) throws InvalidRequestException {
		JsonNode request = Messages.canonical(Messages.with(members));
		if (thinking != null) {
			assertThat(request.get("thinking")).isEqualTo(JsonMapper.shared().readTree(thinking));
		}
		else {
			assertThat(request.get("thinking")).isNull();
		}
		assertThat(request.path("reasoning_effort").asString(null)).isEqualTo(effort);
	}

	@Test
	void holdsAnAnswerToASchema() throws InvalidRequestException {
		JsonNode request = Messages.canonical(Messages.with("\"output_config\":{\"format\":{\"type\":\"json_schema\","
				+ "\"schema\":{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}}}"));
		assertThat(request.get("response_format")).isEqualTo(JsonMapper.shared()
			.readTree("{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\",\"schema\":{\"type\":\"object\","
					+ "\"properties\":{},\"additionalProperties\":false},\"strict\":true}}"));
	}

	@Test
	void putsCacheMarksWhereTheyStand() throws InvalidRequestException {
		assertCanonical(
				"""
						{"model":"m","max_tokens":9,
						 "system":[{"type":"text","text":"a"},{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}],
						 "messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x",
						   "cache_control":{"type":"ephemeral","ttl":"5m"}}]}]}
						""",
				"""
						{"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"a"},
						 {"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
						 {"role":"tool","tool_call_id":"t","content":[{"type":"text","text":"x",
						  "cache_control":{"type":"ephemeral","ttl":"5m"}}]}],"max_completion_tokens":9}
						""");
	}

	@Test
	void marksTheLastPartForARequestsOwnMark() throws InvalidRequestException {
		JsonNode request = Messages.canonical(Messages.with("\"cache_control\":{\"type\":\"ephemeral\"}"));
		assertThat(request.at("/messages/0/content/0/cache_control/ttl").asString()).isEqualTo("5m");
	}

	@Test
	void takesATaskFromTheMetadata() throws InvalidRequestException {
		assertThat(Messages.read(Messages.with("\"metadata\":{\"task\":\"translation\"}"), false)
			.document()
			.metadataTask()).contains("translation");
	}

	@Test
	void readsNullAsAbsent() throws InvalidRequestException {
		JsonNode request = Messages.canonical(
				Messages.with("\"temperature\":null,\"tools\":null,\"thinking\":null,\"metadata\":{\"user_id\":null}"));
		assertThat(request.propertyNames()).containsExactlyInAnyOrder("model", "messages", "max_completion_tokens");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					{"max_tokens":9,"messages":[{"role":"user","content":"x"}]} | missing_required_parameter | model
					{"model":"m","messages":[{"role":"user","content":"x"}]}   | missing_required_parameter | max_tokens
					{"model":"m","max_tokens":9}                                | missing_required_parameter | messages
					{"model":7,"max_tokens":9,"messages":[]}                    | invalid_type  | model
					M"max_tokens":"many"}                                       | invalid_type  | max_tokens
					M"max_tokens":1.5}                                          | invalid_type  | max_tokens
					M"max_tokens":0}                                            | invalid_value | max_tokens
					M"max_tokens":99999999999}                                  | invalid_value | max_tokens
					M"messages":{}}                                             | invalid_type  | messages
					M"messages":[]}                                             | invalid_value | messages
					M"messages":["x"]}                                          | invalid_type  | messages[0]
					M"messages":[{"content":"x"}]}                              | missing_required_parameter | messages[0].role
					M"messages":[{"role":"tool","content":"x"}]}                | invalid_value | messages[0].role
					M"messages":[{"role":"user"}]}                              | missing_required_parameter | messages[0].content
					M"messages":[{"role":"user","content":7}]}                  | invalid_type  | messages[0].content
					M"messages":[{"role":"user","content":[{"text":"x"}]}]}     | missing_required_parameter | messages[0].content[0].type
					M"messages":[{"role":"user","content":[{"type":"text","text":7}]}]} | invalid_type | messages[0].content[0].text
					M"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"tool_result","tool_use_id":"t"}]}]} | invalid_value | messages[0].content[1]
					M"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/bmp","data":"AAAA"}}]}]} | invalid_value | messages[0].content[0].source.media_type
					M"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"not base64!"}}]}]} | invalid_value | messages[0].content[0].source.data
					M"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"file:///etc/passwd"}}]}]} | invalid_value | messages[0].content[0].source.url
					M"messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"text/html","data":"AAAA"}}]}]} | invalid_value | messages[0].content[0].source.media_type
					M"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":"{}"}]}]} | invalid_type | messages[0].content[0].input
					M"system":7}                                                | invalid_type  | system
					M"system":[{"type":"image"}]}                               | invalid_value | system[0].type
					M"stop_sequences":"x"}                                      | invalid_type  | stop_sequences
					M"stop_sequences":[7]}                                      | invalid_type  | stop_sequences[0]
					M"temperature":"hot"}                                       | invalid_type  | temperature
					M"top_k":-1}                                                | invalid_value | top_k
					M"stream":"yes"}                                            | invalid_type  | stream
					M"tools":{}}                                                | invalid_type  | tools
					M"tools":[{"name":"f"}]}                                    | missing_required_parameter | tools[0].input_schema
					M"tools":[{"name":"f","input_schema":7}]}                   | invalid_type  | tools[0].input_schema
					M"tools":[{"name":"f","input_schema":{"type":"nonsense"}}]} | invalid_function_parameters | tools[0].input_schema.type
					M"tools":[{"name":"f g","input_schema":{"type":"object"}}]} | invalid_value | tools[0].name
					M"tool_choice":{"type":"some"}}                             | invalid_value | tool_choice.type
					M"tool_choice":{"type":"tool"}}                             | missing_required_parameter | tool_choice.name
					M"tool_choice":"auto"}                                      | invalid_type  | tool_choice
					M"thinking":{"type":"enabled"}}                             | missing_required_parameter | thinking.budget_tokens
					M"thinking":{"type":"sometimes"}}                           | invalid_value | thinking.type
					M"thinking":true}                                           | invalid_type  | thinking
					M"output_config":{"effort":"some"}}                         | invalid_value | output_config.effort
					M"output_config":{"format":{"type":"grammar"}}}             | invalid_value | output_config.format.type
					M"output_config":{"format":{"type":"json_schema","schema":{"type":7}}}} | invalid_response_format | output_config.format.schema.type
					M"cache_control":{"type":"persistent"}}                     | invalid_value | cache_control.type
					M"cache_control":{"type":"ephemeral","ttl":"2h"}}           | invalid_value | cache_control.ttl
					M"metadata":{"user_id":7}}                                  | invalid_type  | metadata.user_id
					M"service_tier":"fast"}                                     | invalid_value | service_tier
					M"messages":[{"role":"user","role":"user","content":"x"}]}  | duplicate_member | messages[0].role
					M"system":"a","system":"b"}                                 | duplicate_member | system
					""")
	void refusesWhatIsNoValidRequestAndSaysWhere(String body, String code, String path) {
		ApiError error = refused(complete(body), false);
		assertThat(error.code()).as(error.message()).isEqualTo(code);
		assertThat(error.param()).isEqualTo(path);
		assertThat(error.message()).contains("'" + path + "'");
		assertThat(error.status()).isEqualTo(400);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					M"tools":[{"type":"web_search_20250305","name":"web_search"}]} | tools[0].type
					M"tools":[{"type":"bash_20250124","name":"bash"}]}             | tools[0].type
					M"mcp_servers":[{"type":"url","url":"https://x","name":"x"}]}  | mcp_servers
					M"container":"c_1"}                                            | container
					M"inference_geo":"us"}                                         | inference_geo
					M"thinking":{"type":"between_tools"}}                          | thinking.type
					M"messages":[{"role":"user","content":[{"type":"search_result","source":"x"}]}]} | messages[0].content[0].type
					M"messages":[{"role":"assistant","content":[{"type":"server_tool_use","id":"x"}]}]} | messages[0].content[0].type
					M"messages":[{"role":"user","content":[{"type":"document","source":{"type":"content","content":"x"}}]}]} | messages[0].content[0].source.type
					M"messages":[{"role":"user","content":[{"type":"document","context":"x","source":{"type":"url","url":"https://x"}}]}]} | messages[0].content[0].context
					M"tools":[{"name":"f","input_schema":{"type":"object"},"allowed_callers":["code_execution_20250825"]}]} | tools[0].allowed_callers
					""")
	void refusesWhatWouldChangeTheMeaningEvenWhereDroppingIsAllowed(String body, String path) {
		for (boolean drop : new boolean[] { false, true }) {
			ApiError error = refused(complete(body), drop);
			assertThat(error.code()).isEqualTo("unsupported_parameter");
			assertThat(error.param()).isEqualTo(path);
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					M"diagnostics":{}}                                             | diagnostics
					M"context_management":{"edits":[]}}                            | context_management
					M"speed":"fast"}                                               | speed
					M"never_heard_of":1}                                           | never_heard_of
					M"thinking":{"type":"adaptive","display":"summarized"}}        | thinking.display
					M"metadata":{"user_id":"u","team":"x"}}                        | metadata.team
					M"output_config":{"task_budget":{"total":5}}}                  | output_config.task_budget
					M"tools":[{"name":"f","input_schema":{"type":"object"},"defer_loading":true}]} | tools[0].defer_loading
					M"tools":[{"name":"f","input_schema":{"type":"object"},"input_examples":[{}]}]} | tools[0].input_examples
					M"messages":[{"role":"user","content":[{"type":"document","citations":{"enabled":true},"source":{"type":"url","url":"https://x"}}]}]} | messages[0].content[0].citations
					M"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{},"cache_control":{"type":"ephemeral"}}]}]} | messages[0].content[0].cache_control
					""")
	void dropsWhatKeepsTheMeaningOnlyWhereThatIsAllowed(String body, String path) throws InvalidRequestException {
		ApiError error = refused(complete(body), false);
		assertThat(error.code()).isEqualTo("unsupported_parameter");
		assertThat(error.param()).isEqualTo(path);
		assertThat(error.message()).contains("X-Exchequer-Drop-Unsupported");
		Reading reading = Messages.read(complete(body), true);
		assertThat(reading.dropped()).containsExactly(path);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			`{"model":"m",`       | invalid_json
			``                    | invalid_json
			[]                    | invalid_json
			{"model":"m"}x        | invalid_json
			{"a":tru}             | invalid_json
			""")
	void refusesWhatIsNotJson(String body, String code) {
		assertThat(refused((body != null) ? body : "", false).code()).isEqualTo(code);
	}

	@Test
	void refusesWhatIsNestedTooDeepOrHasTooManyValues() {
		String deep = "[".repeat(200) + "]".repeat(200);
		assertThat(refused(Messages.with("\"x\":" + deep), true).message()).contains("128 levels");
		String many = "[" + "1,".repeat(300_000) + "1]";
		assertThat(refused(Messages.with("\"x\":" + many), true).message()).contains("250000 values");
	}

	@Test
	void carriesAHundredParallelCallsAndTheirResults() throws InvalidRequestException {
		StringBuilder calls = new StringBuilder();
		StringBuilder results = new StringBuilder();
		for (int i = 0; i < 100; i++) {
			calls.append((i > 0) ? "," : "")
				.append("{\"type\":\"tool_use\",\"id\":\"t" + i + "\",\"name\":\"f\",\"input\":{\"i\":" + i + "}}");
			results.append((i > 0) ? "," : "")
				.append("{\"type\":\"tool_result\",\"tool_use_id\":\"t" + i + "\",\"content\":\"r" + i + "\"}");
		}
		JsonNode request = Messages.canonical(Messages.with("\"messages\":[{\"role\":\"assistant\",\"content\":["
				+ calls + "]},{\"role\":\"user\",\"content\":[" + results + "]}]"));
		assertThat(request.at("/messages/0/tool_calls").size()).isEqualTo(100);
		assertThat(request.get("messages").size()).isEqualTo(101);
		assertThat(request.at("/messages/100/tool_call_id").asString()).isEqualTo("t99");
	}

	@ParameterizedTest
	@CsvSource({ "messages[0].content,system", "messages[0].content[1],system[1]",
			"messages[1].content[0].image_url,messages[0].content[0].source", "messages[2].tool_calls[0],messages[1]",
			"messages[2].content[0],messages[1].content", "messages[3].content[0],messages[2].content[0].content[0]",
			"messages[4].content[0].file.file_data,messages[2].content[1].source",
			"messages[9].content,messages[9].content", "tools[3].function.parameters.type,tools[3].input_schema.type",
			"tools[3].function.name,tools[3].name", "max_completion_tokens,max_tokens", "top_k,top_k",
			"stop,stop_sequences" })
	void tellsWhereInTheClientsRequestACanonicalPathCameFrom(String canonical, String own)
			throws InvalidRequestException {
		Reading reading = Messages
			.read(Messages.with("\"system\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}],"
					+ "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://x\"}}]},"
					+ "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}]},"
					+ "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"r\"},"
					+ "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://x\"}}]}]"), false);
		assertThat(reading.paths().apply(canonical)).isEqualTo(own);
		ApiError told = reading.told(ApiError.invalid("c", "'" + canonical + "' is wrong.", canonical));
		assertThat(told.param()).isEqualTo(own);
		assertThat(told.message()).isEqualTo("'" + own + "' is wrong.");
	}

	@Test
	void countsWithoutAnOutputLimit() throws InvalidRequestException {
		byte[] body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}".getBytes();
		assertThat(AnthropicDialect.INSTANCE.readToCount(body, body.length, false).document().maxOutput()).isNull();
		assertThatExceptionOfType(InvalidRequestException.class)
			.isThrownBy(() -> Messages.read(new String(body), false));
	}

	private static String complete(String body) {
		return body.startsWith("M") ? Messages.with(body.substring(1, body.length() - 1)) : body;
	}

	private static ApiError refused(String body, boolean dropUnsupported) {
		InvalidRequestException refusal = catchThrowableOfType(InvalidRequestException.class,
				() -> Messages.read(body, dropUnsupported));
		assertThat(refusal).as(body.substring(0, Math.min(200, body.length()))).isNotNull();
		return refusal.error();
	}

	private static void assertCanonical(String request, String canonical) throws InvalidRequestException {
		assertThat(Messages.canonical(request).toPrettyString())
			.isEqualTo(JsonMapper.shared().readTree(canonical).toPrettyString());
	}

}
