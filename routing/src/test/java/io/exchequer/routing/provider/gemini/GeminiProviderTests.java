package io.exchequer.routing.provider.gemini;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.provider.TranslatedContractTests;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The contract over the Gemini API's documented wire.
 */
class GeminiProviderTests extends TranslatedContractTests {

	@Override
	protected UpstreamProvider newProvider(Clock clock) {
		return new GeminiProvider(clock);
	}

	@Override
	protected String kind() {
		return "gemini";
	}

	@Override
	protected String folder() {
		return "gemini";
	}

	@Override
	protected String baseUrl(String server) {
		return server + "/v1beta/";
	}

	/** Hidden reasoning and marks for an hour are not carried; the others have tests. */
	@Override
	protected Set<Asking> askings() {
		return EnumSet.complementOf(EnumSet.of(Asking.REASONING_BACK, Asking.CACHE_MARKS));
	}

	@Override
	protected String errorBody(int status) {
		return error(status, (status == 429) ? "RESOURCE_EXHAUSTED" : "INTERNAL", "sk-test is not well");
	}

	private static String error(int status, String name, String message, String... details) {
		return "{\"error\":{\"code\":" + status + ",\"message\":\"" + message + "\",\"status\":\"" + name
				+ "\",\"details\":[" + String.join(",", details) + "]}}";
	}

	private static String reason(String reason) {
		return "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"" + reason
				+ "\",\"domain\":\"googleapis.com\"}";
	}

	private static String quota(String id) {
		return "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":\"" + id
				+ "\"}]}";
	}

	@Override
	protected List<ErrorCase> errors() {
		String spent = "You exceeded your current quota, please check your plan and billing details.";
		return List.of(
				new ErrorCase(400, error(400, "INVALID_ARGUMENT", "sk-test: contents is not specified"),
						FailureClass.CALLER_FAULT),
				new ErrorCase(400, error(400, "INVALID_ARGUMENT",
						"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
						FailureClass.CONTEXT_TOO_LONG),
				new ErrorCase(400,
						error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
								reason("API_KEY_INVALID")),
						FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(400, error(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
						FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(400,
						error(400, "FAILED_PRECONDITION",
								"Gemini API free tier is not available in your country. Please enable billing."),
						FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(400,
						error(400, "INVALID_ARGUMENT",
								"The prompt contains words that violate Google's Responsible AI practices."),
						FailureClass.CONTENT_REFUSED),
				new ErrorCase(401, error(401, "UNAUTHENTICATED", "invalid credentials sk-test"),
						FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(403, error(403, "PERMISSION_DENIED", "no permission"), FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(403,
						error(403, "PERMISSION_DENIED", "This API method requires billing to be enabled.",
								reason("BILLING_DISABLED")),
						FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(404, error(404, "NOT_FOUND", "models/gemini-0 is not found for API version v1beta"),
						FailureClass.MODEL_GONE),
				new ErrorCase(429,
						error(429, "RESOURCE_EXHAUSTED", spent,
								quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"),
								"{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"7.5s\"}"),
						FailureClass.RATE_LIMITED),
				new ErrorCase(429,
						error(429, "RESOURCE_EXHAUSTED", spent,
								quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier")),
						FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(429, error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
						FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(429, error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
						FailureClass.RATE_LIMITED),
				new ErrorCase(429, "[" + error(429, "RESOURCE_EXHAUSTED", "Resource exhausted") + "]",
						FailureClass.RATE_LIMITED),
				new ErrorCase(500, error(500, "INTERNAL", "An internal error has occurred."),
						FailureClass.SERVER_ERROR),
				new ErrorCase(503, error(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
						FailureClass.OVERLOADED),
				new ErrorCase(504, error(504, "DEADLINE_EXCEEDED", "Deadline expired"), FailureClass.TIMEOUT),
				new ErrorCase(502, "<html>bad gateway</html>", FailureClass.SERVER_ERROR));
	}

	@Override
	protected List<UsageCase> usages() {
		return List.of(
				usage("plain", "\"promptTokenCount\":1000,\"candidatesTokenCount\":200,\"totalTokenCount\":1200",
						Map.of(UsageBucket.INPUT, 1000L, UsageBucket.OUTPUT, 200L), "0.006"),
				usage("cached, of which the prompt is made",
						"\"promptTokenCount\":2010,\"cachedContentTokenCount\":2000,\"candidatesTokenCount\":3",
						Map.of(UsageBucket.INPUT, 10L, UsageBucket.CACHE_READ, 2000L, UsageBucket.OUTPUT, 3L),
						"0.000675"),
				usage("thoughts beside the candidates",
						"\"promptTokenCount\":10,\"candidatesTokenCount\":50,\"thoughtsTokenCount\":250",
						Map.of(UsageBucket.INPUT, 10L, UsageBucket.OUTPUT, 50L, UsageBucket.REASONING, 250L),
						"0.00453"),
				usage("tools beside the prompt",
						"\"promptTokenCount\":10,\"toolUsePromptTokenCount\":5,\"candidatesTokenCount\":1",
						Map.of(UsageBucket.INPUT, 15L, UsageBucket.OUTPUT, 1L), "0.00006"),
				usage("sound and images, some cached",
						"\"promptTokenCount\":1000,\"cachedContentTokenCount\":300,\"candidatesTokenCount\":10,"
								+ "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":200},"
								+ "{\"modality\":\"AUDIO\",\"tokenCount\":500},{\"modality\":\"IMAGE\",\"tokenCount\":300}],"
								+ "\"cacheTokensDetails\":[{\"modality\":\"AUDIO\",\"tokenCount\":200},"
								+ "{\"modality\":\"TEXT\",\"tokenCount\":100}]",
						Map.of(UsageBucket.INPUT, 100L, UsageBucket.AUDIO_INPUT, 300L, UsageBucket.IMAGE_INPUT, 300L,
								UsageBucket.CACHE_READ, 300L, UsageBucket.OUTPUT, 10L),
						"0.00234"),
				usage("details that are more than the whole",
						"\"promptTokenCount\":10,\"candidatesTokenCount\":1,"
								+ "\"promptTokensDetails\":[{\"modality\":\"AUDIO\",\"tokenCount\":500}]",
						Map.of(UsageBucket.AUDIO_INPUT, 10L, UsageBucket.OUTPUT, 1L), "0.000045"),
				usage("no candidates", "\"promptTokenCount\":10", Map.of(UsageBucket.INPUT, 10L), "0.00003"),
				usage("negative", "\"promptTokenCount\":-5,\"candidatesTokenCount\":1", null, ""),
				usage("more cached than there was", "\"promptTokenCount\":5,\"cachedContentTokenCount\":6", null, ""),
				usage("empty", "", null, ""),
				new UsageCase("never", answer("Hi", "STOP", null), event(answer("Hi", "STOP", null)), null, ""),
				new UsageCase("only before the end", null,
						join(event(answer("H", null, "\"promptTokenCount\":8,\"candidatesTokenCount\":1")),
								event(answer("i", "STOP", null))),
						null, ""),
				new UsageCase("in every chunk", null,
						join(event(answer("H", null, "\"promptTokenCount\":8,\"candidatesTokenCount\":1")),
								event(answer("i", "STOP", "\"promptTokenCount\":8,\"candidatesTokenCount\":20"))),
						Map.of(UsageBucket.INPUT, 8L, UsageBucket.OUTPUT, 20L), "0.000324"),
				new UsageCase("behind the end", null,
						join(event(answer("Hi", "STOP", null)),
								event("{\"usageMetadata\":{\"promptTokenCount\":8,\"candidatesTokenCount\":20}}")),
						Map.of(UsageBucket.INPUT, 8L, UsageBucket.OUTPUT, 20L), "0.000324"));
	}

	private static UsageCase usage(String name, String usage, @Nullable Map<UsageBucket, Long> buckets,
			String dollars) {
		String answer = answer("Hi", "STOP", usage);
		return new UsageCase(name, answer, event(answer), buckets, dollars);
	}

	private static String answer(String text, @Nullable String finish, @Nullable String usage) {
		return "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" + text + "\"}],\"role\":\"model\"},\"index\":0"
				+ ((finish != null) ? ",\"finishReason\":\"" + finish + "\"" : "") + "}]"
				+ ((usage != null) ? ",\"usageMetadata\":{" + usage + "}" : "") + ",\"responseId\":\"r\"}";
	}

	private static byte[] event(String data) {
		return ("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
	}

	private static byte[] join(byte[] first, byte[] second) {
		byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
		System.arraycopy(second, 0, both, first.length, second.length);
		return both;
	}

	@Override
	protected List<UncarriedCase> uncarried() {
		String tool = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";
		return List.of(lack("\"seed\":5000000000", "seed", true), lack("\"logit_bias\":{\"5\":1}", "logit_bias", true),
				lack("\"user\":\"ann\"", "user", true), lack("\"service_tier\":\"scale\"", "service_tier", true),
				lack("\"prompt_cache_key\":\"k\"", "prompt_cache_key", true),
				lack("\"reasoning_effort\":\"none\"", "reasoning_effort", true),
				lack("\"reasoning_effort\":\"xhigh\"", "reasoning_effort", true),
				lack("\"reasoning_effort\":\"low\",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}",
						"reasoning_effort", true),
				lack("\"thinking\":{\"type\":\"disabled\"}", "thinking", true),
				lack("\"parallel_tool_calls\":false," + tool, "parallel_tool_calls", true), lack("\"n\":9", "n", false),
				lack("\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"]", "stop", false),
				lack("\"logprobs\":true,\"top_logprobs\":21", "top_logprobs", false),
				lack("\"tool_choice\":\"required\"", "tool_choice", false),
				lack("\"web_search_options\":{\"x\":1}", "web_search_options", false),
				lack("\"modalities\":[\"text\",\"audio\"]", "modalities", false),
				lack("\"tools\":[{\"type\":\"web_search\"}]", "tools[0]", false),
				lack("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"},"
						+ "\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]", "tools[0].cache_control",
						true),
				part("{\"type\":\"text\",\"text\":\"a\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}",
						"messages[0].content[0].cache_control", true),
				part("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"UklG\",\"format\":\"pcm16\"}}",
						"messages[0].content[0].input_audio", false),
				part("{\"type\":\"video_url\",\"video_url\":{\"url\":\"https://a/b\"}}", "messages[0].content[0]",
						false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/tiff;base64,AA==\"}}",
						"messages[0].content[0].image_url", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"gs://bucket/a.png\"}}",
						"messages[0].content[0].image_url", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://10.0.0.1/a.png\"}}",
						"messages[0].content[0].image_url", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a/b.png\",\"detail\":\"low\"}}",
						"messages[0].content[0].image_url.detail", true),
				part("{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/zip;base64,AA==\"}}",
						"messages[0].content[0].file", false),
				message("{\"role\":\"system\",\"content\":\"Be brief\"}", "messages", false),
				message("{\"role\":\"user\",\"content\":\"Hi\",\"name\":\"ann\"}", "messages[0].name", true),
				message("{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"system\",\"content\":\"Be brief\"}",
						"messages[1].role", true),
				message("{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":\"b\"},"
						+ "{\"role\":\"user\",\"content\":\"Hi\"}", "messages[0].reasoning_content", true),
				message("{\"role\":\"assistant\",\"content\":\"a\",\"thinking_blocks\":[{\"type\":\"redacted_thinking\","
						+ "\"data\":\"b\"}]},{\"role\":\"user\",\"content\":\"Hi\"}", "messages[0].thinking_blocks",
						true),
				message("{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"tool\",\"tool_call_id\":\"x\",\"content\":\"1\"}",
						"messages[1].tool_call_id", false),
				message("{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":"
						+ "{\"name\":\"f\",\"arguments\":\"[1]\"}}]}", "messages[0].tool_calls[0].function.arguments",
						false));
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
		StringBuilder parts = new StringBuilder();
		StringBuilder events = new StringBuilder();
		for (int i = 0; i < count; i++) {
			String call = "{\"functionCall\":{\"name\":\"f\",\"args\":{\"n\":" + i + "}}}";
			parts.append((i > 0) ? "," : "").append(call);
			events.append("data: {\"candidates\":[{\"content\":{\"parts\":[" + call
					+ "],\"role\":\"model\"},\"index\":0}],\"responseId\":\"r\"}\n\n");
		}
		String end = "\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":1,"
				+ "\"candidatesTokenCount\":1},\"responseId\":\"r\"}";
		events.append("data: {\"candidates\":[{" + end + "\n\n");
		return (stream ? events.toString() : "{\"candidates\":[{\"content\":{\"parts\":[" + parts + "]}," + end)
			.getBytes(StandardCharsets.UTF_8);
	}

	@ParameterizedTest
	@CsvSource({ "gemini-2.5-flash,2,5,false", "gemini-2.5-pro-preview-06-05,2,5,true", "gemini-3-pro-preview,3,0,true",
			"gemini-3.1-flash-lite,3,1,false", "models/gemini-2.0-flash-001,2,0,false", "gemini-4-flash,4,0,false" })
	void readsAModelsVersionFromItsName(String model, int major, int minor, boolean pro) {
		assertThat(GeminiVersion.of(model)).isEqualTo(new GeminiVersion(major, minor, pro));
	}

	@Test
	void takesANameWithoutAVersionForANewModels() {
		assertThat(GeminiVersion.of("gemini-flash-latest").takesLevel()).isTrue();
		assertThat(GeminiVersion.of("gemini-flash-latest").canStopThinking()).isFalse();
	}

	@Test
	void refusesSettingsThatNoAddressCouldHave() {
		try (GeminiProvider provider = new GeminiProvider(Clock.systemUTC())) {
			provider.checkSettings(Map.of("project", "p-1", "location", "europe-west4", "api-version", "v1beta1"));
			for (String setting : List.of("project", "location", "api-version")) {
				assertThatIllegalArgumentException()
					.isThrownBy(() -> provider.checkSettings(Map.of(setting, "a/../b?")))
					.withMessageContaining(setting);
			}
			assertThatIllegalArgumentException().isThrownBy(() -> provider.checkSettings(Map.of("header.Host", "x")));
		}
	}

}
