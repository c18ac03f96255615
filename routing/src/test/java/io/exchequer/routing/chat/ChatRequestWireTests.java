package io.exchequer.routing.chat;

import java.nio.charset.StandardCharsets;
import java.util.List;

import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Requests on the canonical wire.
 */
class ChatRequestWireTests {

	@Test
	void readsBackWhatItWrote() throws Exception {
		RandomChats chats = new RandomChats(20261124);
		for (int round = 0; round < 2000; round++) {
			ChatRequest request = chats.request();
			byte[] wire = ChatRequestWriter.write(request);
			assertThat(ChatRequestReader.read(wire, wire.length)).isEqualTo(request);
		}
	}

	@Test
	void writesWhatTheGatewayTakes() throws Exception {
		RandomChats chats = new RandomChats(7);
		for (int round = 0; round < 500; round++) {
			ChatRequest request = chats.request();
			byte[] wire = ChatRequestWriter.write(request);
			assertThat(OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, wire, wire.length).model()).isEqualTo("model");
		}
	}

	@Test
	void keepsWhatItDoesNotKnowAmongTheOthers() throws Exception {
		ChatRequest request = read("""
				{"model":"m","messages":[{"role":"user","content":"hi"}],"min_p":0.1,"web_search_options":{}}""");
		assertThat(request.others()).containsOnlyKeys("min_p", "web_search_options");
		assertThat(request.unread()).isEmpty();
	}

	@Test
	void namesWhatHasNoPlaceWithinMessagesAndTools() throws Exception {
		ChatRequest request = read("""
				{"model":"m","stream_options":{"include_usage":true,"odd":1},
				 "tools":[{"type":"web_search"},{"type":"function","function":{"name":"f","odd":1}}],
				 "messages":[{"role":"user","content":[{"type":"video_url","video_url":{"url":"x"}},
				  {"type":"text","text":"hi"},
				  {"type":"image_url","image_url":{"url":"https://a/b.png","odd":1}}],"weight":1},
				  {"role":"assistant","content":"a","audio":{"id":"a1"},"annotations":[],"refusal":null}]}""");
		assertThat(request.unread()).containsExactlyInAnyOrder("stream_options.odd", "tools[0]",
				"tools[1].function.odd", "messages[0].content[0]", "messages[0].content[2].image_url.odd",
				"messages[0].weight", "messages[1].audio");
		assertThat(request.tools()).extracting(ToolDefinition::name).containsExactly("f");
		assertThatIllegalArgumentException().isThrownBy(() -> ChatRequestWriter.write(request));
	}

	@Test
	void readsReasoningThatWasGivenBackOnce() throws Exception {
		ChatRequest request = read("""
				{"model":"m","messages":[{"role":"assistant","content":"a","reasoning_content":"one two",
				 "thinking_blocks":[{"type":"thinking","thinking":"one","signature":"s"},
				 {"type":"redacted_thinking","data":"d"}]}]}""");
		assertThat(((ChatMessage.Assistant) request.messages().getFirst()).parts()).containsExactly(
				new ContentPart.Reasoning("one", "s"), new ContentPart.HiddenReasoning("d"),
				new ContentPart.Reasoning(" two", null), new ContentPart.Text("a"));
	}

	@Test
	void takesOneMaximumOfTwoNames() throws Exception {
		assertThat(read("""
				{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""").maxOutput()).isEqualTo(5);
		assertThat(read("""
				{"model":"m","max_completion_tokens":6,"messages":[{"role":"user","content":"hi"}]}""").maxOutput())
			.isEqualTo(6);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			"temperature":"hot" | temperature
			"n":0 | n
			"seed":1.5 | seed
			"stop":[1] | stop
			"tool_choice":"maybe" | tool_choice
			"thinking":{"type":"deep"} | thinking.type
			"response_format":{"type":"json_schema"} | response_format.json_schema
			"tools":[{"type":"function"}] | tools[0].function
			"logit_bias":{"1":"x"} | logit_bias
			"top_logprobs":2 | top_logprobs
			""")
	void namesTheMemberAtFault(String member, String param) {
		faulty("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]," + member + "}", param);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{"role":"tool","content":"x"} | messages[0].tool_call_id
					{"role":"user","content":5} | messages[0].content
					{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]} | messages[0].content[0].image_url.url
					{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,raw"}}]} | messages[0].content[0].image_url.url
					{"role":"user","content":[{"type":"file","file":{}}]} | messages[0].content[0].file.file_data
					{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral","ttl":"2h"}}]} | messages[0].content[0].cache_control.ttl
					{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]} | messages[0].tool_calls[0].id
					""")
	void namesThePlaceWithinAMessage(String message, String param) {
		faulty("{\"model\":\"m\",\"messages\":[" + message + "]}", param);
	}

	private static void faulty(String body, String param) {
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> read(body))
			.satisfies((ex) -> assertThat(ex.error().param()).isEqualTo(param))
			.satisfies((ex) -> assertThat(ex.error().status()).isEqualTo(400));
	}

	@Test
	void readsADocumentOnceForAllWhoAsk() throws Exception {
		byte[] body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
			.getBytes(StandardCharsets.UTF_8);
		var document = OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, body, body.length);
		assertThat(ChatRequestReader.of(document)).isSameAs(ChatRequestReader.of(document));
	}

	@Test
	void carriesCacheMarksOnToolsAndParts() throws Exception {
		ChatRequest request = read("""
				{"model":"m","tools":[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}}],
				 "messages":[{"role":"system","content":[{"type":"text","text":"x",
				 "cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}""");
		assertThat(request.tools().getFirst().cacheMark()).isEqualTo(CacheMark.FIVE_MINUTES);
		assertThat(request.messages()).isEqualTo(
				List.of(new ChatMessage.System(false, List.of(new ContentPart.Text("x", CacheMark.ONE_HOUR)), null)));
	}

	private static ChatRequest read(String body) throws InvalidRequestException {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		return ChatRequestReader.read(bytes, bytes.length);
	}

}
