package io.exchequer.routing.provider.anthropic;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import com.anthropic.core.ObjectMappers;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.RawMessageStreamEvent;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.chat.FinishReason;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.provider.TranslatedContractTests;
import io.exchequer.routing.provider.translated.EventSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The contract over Anthropic's documented wire.
 */
class AnthropicProviderTests extends TranslatedContractTests {

	@Override
	protected UpstreamProvider newProvider(Clock clock) {
		return new AnthropicProvider(clock);
	}

	@Override
	protected String kind() {
		return "anthropic";
	}

	@Override
	protected String folder() {
		return "anthropic";
	}

	@Override
	protected String baseUrl(String server) {
		return server + "/v1/";
	}

	@Override
	protected String errorBody(int status) {
		return error((status == 429) ? "rate_limit_error" : "api_error", "sk-test is not well");
	}

	private static String error(String type, String message) {
		return "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"" + message
				+ "\"},\"request_id\":\"req_1\"}";
	}

	@Override
	protected List<ErrorCase> errors() {
		return List.of(
				new ErrorCase(400, error("invalid_request_error", "messages: sk-test is required"),
						FailureClass.CALLER_FAULT),
				new ErrorCase(400, error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
						FailureClass.CONTEXT_TOO_LONG),
				new ErrorCase(400,
						error("invalid_request_error",
								"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"),
						FailureClass.CONTEXT_TOO_LONG),
				new ErrorCase(400, error("invalid_request_error",
						"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing"),
						FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(400, error("invalid_request_error", "You have reached your specified API usage limits."),
						FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(400, error("invalid_request_error", "Output blocked by content filtering policy"),
						FailureClass.CONTENT_REFUSED),
				new ErrorCase(401, error("authentication_error", "invalid x-api-key sk-test"),
						FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(402, error("billing_error", "check your payment details"), FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(403, error("permission_error", "not for this key"), FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(404, error("not_found_error", "model: claude-0"), FailureClass.MODEL_GONE),
				new ErrorCase(413, error("request_too_large", "Request exceeds the maximum size"),
						FailureClass.CONTEXT_TOO_LONG),
				new ErrorCase(429, error("rate_limit_error", "This request would exceed your rate limit"),
						FailureClass.RATE_LIMITED, "retry-after: 7"),
				new ErrorCase(500, error("api_error", "Internal server error"), FailureClass.SERVER_ERROR),
				new ErrorCase(504, error("timeout_error", "Request timed out"), FailureClass.TIMEOUT),
				new ErrorCase(529, error("overloaded_error", "Overloaded"), FailureClass.OVERLOADED),
				new ErrorCase(502, "<html>bad gateway</html>", FailureClass.SERVER_ERROR));
	}

	@Override
	protected List<UsageCase> usages() {
		return List.of(usage("plain", "\"input_tokens\":1000,\"output_tokens\":200", "\"output_tokens\":200", Map
			.of(UsageBucket.INPUT, 1000L, UsageBucket.OUTPUT, 200L), "0.006"), usage(
					"cache of both times",
					"\"input_tokens\":10,\"cache_read_input_tokens\":2000,\"cache_creation_input_tokens\":700,"
							+ "\"cache_creation\":{\"ephemeral_5m_input_tokens\":500,\"ephemeral_1h_input_tokens\":200},"
							+ "\"output_tokens\":3",
					"\"output_tokens\":3",
					Map.of(UsageBucket.INPUT, 10L, UsageBucket.CACHE_READ, 2000L, UsageBucket.CACHE_WRITE_5M, 500L,
							UsageBucket.CACHE_WRITE_1H, 200L, UsageBucket.OUTPUT, 3L),
					"0.00375"),
				usage("cache written without its times",
						"\"input_tokens\":10,\"cache_creation_input_tokens\":100,\"output_tokens\":1",
						"\"output_tokens\":1",
						Map.of(UsageBucket.INPUT, 10L, UsageBucket.CACHE_WRITE_5M, 100L, UsageBucket.OUTPUT, 1L),
						"0.00042"),
				usage("thinking within the output",
						"\"input_tokens\":10,\"output_tokens\":300,\"output_tokens_details\":{\"thinking_tokens\":250}",
						"\"output_tokens\":300,\"output_tokens_details\":{\"thinking_tokens\":250}",
						Map.of(UsageBucket.INPUT, 10L, UsageBucket.OUTPUT, 50L, UsageBucket.REASONING, 250L),
						"0.00453"),
				usage("negative", "\"input_tokens\":-5,\"output_tokens\":1", "\"output_tokens\":1", null, ""),
				new UsageCase("never", message("{}"), stream("", "", false), null, ""),
				new UsageCase("twice", null,
						stream("\"input_tokens\":8,\"output_tokens\":1", "\"output_tokens\":20", true),
						Map.of(UsageBucket.INPUT, 8L, UsageBucket.OUTPUT, 20L), "0.000324"),
				new UsageCase("corrected at the end", null,
						stream("\"input_tokens\":8,\"output_tokens\":1",
								"\"input_tokens\":9,\"cache_read_input_tokens\":4,\"output_tokens\":20", false),
						Map.of(UsageBucket.INPUT, 9L, UsageBucket.CACHE_READ, 4L, UsageBucket.OUTPUT, 20L),
						"0.0003282"));
	}

	private static UsageCase usage(String name, String whole, String delta, @Nullable Map<UsageBucket, Long> buckets,
			String dollars) {
		return new UsageCase(name, message("{" + whole + "}"), stream(whole, delta, false), buckets, dollars);
	}

	private static String message(String usage) {
		return "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":"
				+ "[{\"type\":\"text\",\"text\":\"Hi\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":"
				+ usage + "}";
	}

	/** Makes a stream; a first delta of usage tells less where there are two. */
	private static byte[] stream(String start, String delta, boolean twice) {
		StringBuilder events = new StringBuilder();
		event(events, "message_start", "\"message\":" + message("{" + start + "}").replace("\"end_turn\"", "null")
			.replace("{\"type\":\"text\",\"text\":\"Hi\"}", ""));
		event(events, "content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
		event(events, "content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}");
		event(events, "content_block_stop", "\"index\":0");
		if (twice) {
			event(events, "message_delta",
					"\"delta\":{\"stop_reason\":null,\"stop_sequence\":null},\"usage\":{\"output_tokens\":10}");
		}
		event(events, "message_delta",
				"\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{" + delta + "}");
		event(events, "message_stop", "");
		return events.toString().getBytes(StandardCharsets.UTF_8);
	}

	private static void event(StringBuilder events, String type, String members) {
		events.append("event: ")
			.append(type)
			.append("\ndata: {\"type\":\"")
			.append(type)
			.append(members.isEmpty() ? "\"" : "\",")
			.append(members)
			.append("}\n\n");
	}

	@Override
	protected List<UncarriedCase> uncarried() {
		return List.of(lack("\"seed\":1", "seed", true), lack("\"logprobs\":true", "logprobs", true),
				lack("\"logit_bias\":{\"5\":1}", "logit_bias", true),
				lack("\"frequency_penalty\":0.5", "frequency_penalty", true),
				lack("\"temperature\":0.2", "temperature", true), lack("\"top_k\":5", "top_k", true),
				lack("\"service_tier\":\"flex\"", "service_tier", true),
				lack("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}", "thinking.budget_tokens", true),
				lack("\"prompt_cache_key\":\"k\"", "prompt_cache_key", true), lack("\"n\":2", "n", false),
				lack("\"response_format\":{\"type\":\"json_object\"}", "response_format", false),
				lack("\"web_search_options\":{\"x\":1}", "web_search_options", false),
				lack("\"tools\":[{\"type\":\"web_search\"}]", "tools[0]", false),
				lack("\"reasoning_effort\":\"high\",\"tool_choice\":\"required\","
						+ "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tool_choice", false),
				part("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"UklG\",\"format\":\"wav\"}}",
						"messages[0].content[0].input_audio", false),
				part("{\"type\":\"video_url\",\"video_url\":{\"url\":\"https://a/b\"}}", "messages[0].content[0]",
						false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/tiff;base64,AA==\"}}",
						"messages[0].content[0].image_url", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"gs://bucket/a.png\"}}",
						"messages[0].content[0].image_url", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a/b.png\",\"detail\":\"low\"}}",
						"messages[0].content[0].image_url.detail", true),
				part("{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/zip;base64,AA==\"}}",
						"messages[0].content[0].file", false),
				message("{\"role\":\"system\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a\"}}]}",
						"messages[0].content[0]", false),
				message("{\"role\":\"user\",\"content\":\"Hi\",\"name\":\"ann\"}", "messages[0].name", true),
				message("{\"role\":\"assistant\",\"content\":\"Hi\"},{\"role\":\"system\",\"content\":\"Be brief\"}",
						"messages[1].role", true),
				message("{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":\"b\"},"
						+ "{\"role\":\"user\",\"content\":\"Hi\"}", "messages[0].reasoning_content", true),
				message("{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":"
						+ "{\"name\":\"f\",\"arguments\":\"[1]\"}}]}", "messages[0].tool_calls[0].function.arguments",
						false),
				message("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"ftp://x\"}}]}",
						"messages[0].content[0].image_url.url", false));
	}

	private static UncarriedCase lack(String member, String param, boolean droppable) {
		return new UncarriedCase(ProviderCalls.chat("Hi", "\"max_tokens\":5000", member), param, droppable);
	}

	private static UncarriedCase part(String part, String param, boolean droppable) {
		return message("{\"role\":\"user\",\"content\":[" + part + "]}", param, droppable);
	}

	private static UncarriedCase message(String messages, String param, boolean droppable) {
		return new UncarriedCase("{\"model\":\"m\",\"messages\":[" + messages + "]}", param, droppable);
	}

	@Override
	protected byte[] answerWithCalls(int count, boolean stream) {
		StringBuilder answer = new StringBuilder();
		if (!stream) {
			answer
				.append("{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[");
			for (int i = 0; i < count; i++) {
				answer.append((i > 0) ? "," : "")
					.append("{\"type\":\"tool_use\",\"id\":\"t" + i + "\",\"name\":\"f\",\"input\":{\"n\":" + i + "}}");
			}
			answer.append("],\"stop_reason\":\"tool_use\",\"stop_sequence\":null,\"usage\":"
					+ "{\"input_tokens\":1,\"output_tokens\":1}}");
			return answer.toString().getBytes(StandardCharsets.UTF_8);
		}
		event(answer, "message_start",
				"\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],"
						+ "\"stop_reason\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}");
		for (int i = 0; i < count; i++) {
			event(answer, "content_block_start", "\"index\":" + i
					+ ",\"content_block\":{\"type\":\"tool_use\",\"id\":\"t" + i + "\",\"name\":\"f\",\"input\":{}}");
		}
		for (String part : new String[] { "{\\\"n\\\":", "%d}" }) {
			for (int i = 0; i < count; i++) {
				event(answer, "content_block_delta", "\"index\":" + i
						+ ",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"" + part.formatted(i) + "\"}");
			}
		}
		for (int i = 0; i < count; i++) {
			event(answer, "content_block_stop", "\"index\":" + i);
		}
		event(answer, "message_delta", "\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":1}");
		event(answer, "message_stop", "");
		return answer.toString().getBytes(StandardCharsets.UTF_8);
	}

	@ParameterizedTest
	@CsvSource({ "end_turn,STOP,", "stop_sequence,STOP,stop_sequence", "max_tokens,LENGTH,", "tool_use,TOOL_CALLS,",
			"pause_turn,STOP,pause_turn", "refusal,CONTENT_FILTER,refusal",
			"model_context_window_exceeded,LENGTH,model_context_window_exceeded",
			"never_heard_of,STOP,never_heard_of" })
	void tellsEachReasonToStop(String told, FinishReason reason, @Nullable String nativeReason) throws Exception {
		List<ChatEvent> events = new ArrayList<>();
		new ClaudeEvents(sink(events), 1).message(ObjectMappers.jsonMapper()
			.readValue(message("{\"input_tokens\":1,\"output_tokens\":1}").replace("end_turn", told), Message.class));
		assertThat(events).contains(new ChatEvent.Finished(0, reason, nativeReason, null));
	}

	@Test
	void tellsCitationsAsTheyCome() throws Exception {
		List<ChatEvent> events = new ArrayList<>();
		String citation = "{\"type\":\"char_location\",\"cited_text\":\"x\",\"document_index\":0,"
				+ "\"document_title\":\"d\",\"start_char_index\":0,\"end_char_index\":1,\"file_id\":null}";
		ClaudeEvents told = new ClaudeEvents(sink(events), 1);
		told.next(ObjectMappers.jsonMapper()
			.readValue("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\","
					+ "\"citation\":" + citation + "}}", RawMessageStreamEvent.class));
		assertThat(events).singleElement()
			.isInstanceOfSatisfying(ChatEvent.Annotation.class,
					(each) -> assertThat(each.annotation().path("cited_text").asString()).isEqualTo("x"));
	}

	private static EventSink sink(List<ChatEvent> events) {
		return new EventSink() {

			@Override
			public void accept(ChatEvent event) {
				events.add(event);
			}

			@Override
			public void requestId(@Nullable String id) {
			}

			@Override
			public void alive() {
			}

			@Override
			public void onAbort(Runnable cut) {
			}

		};
	}

	@ParameterizedTest
	@CsvSource({ "claude-3-7-sonnet-20250219,3,7", "claude-3-opus-20240229,3,0", "claude-opus-4-20250514,4,0",
			"claude-sonnet-4-5-20250929,4,5", "claude-haiku-4-5@20251001,4,5", "claude-opus-4-7,4,7",
			"claude-opus-5,5,0", "claude-fable-5-2,5,2", "anthropic.claude-opus-4-6-v1:0,4,6", "claude-2.1,2,1" })
	void readsAModelsVersionFromItsName(String model, int major, int minor) {
		assertThat(ClaudeVersion.of(model)).isEqualTo(new ClaudeVersion(major, minor));
	}

	@Test
	void takesANameWithoutAVersionForANewModels() {
		assertThat(ClaudeVersion.of("claude-next").thinksAdaptively()).isTrue();
		assertThat(ClaudeVersion.of("claude-next").takesSampling()).isFalse();
	}

	@Test
	void refusesHeadersThatFrameARequest() {
		try (AnthropicProvider provider = new AnthropicProvider(Clock.systemUTC())) {
			provider.checkSettings(Map.of("header.anthropic-beta", "files-api-2025-04-14"));
			assertThatIllegalArgumentException()
				.isThrownBy(() -> provider.checkSettings(Map.of("header.Content-Length", "5")))
				.withMessageContaining("Content-Length");
		}
	}

}
