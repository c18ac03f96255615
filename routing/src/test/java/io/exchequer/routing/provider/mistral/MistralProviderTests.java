package io.exchequer.routing.provider.mistral;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.chat.ChatRequestReader;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.provider.TranslatedContractTests;
import io.exchequer.routing.provider.WireServer;
import io.exchequer.routing.provider.openai.OpenAiProvider;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.Endpoint;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * The contract over Mistral's documented wire.
 */
class MistralProviderTests extends TranslatedContractTests {

	private final List<OpenAiProvider> connections = new ArrayList<>();

	@Override
	protected UpstreamProvider newProvider(Clock clock) {
		OpenAiProvider made = new OpenAiProvider(clock);
		this.connections.add(made);
		return new MistralProvider(made, clock);
	}

	@AfterEach
	void closeConnections() {
		this.connections.forEach(OpenAiProvider::close);
		this.connections.clear();
	}

	@Override
	protected String kind() {
		return "mistral";
	}

	@Override
	protected String folder() {
		return "mistral";
	}

	@Override
	protected String baseUrl(String server) {
		return server + "/v1/";
	}

	@Override
	protected Set<Scene> scenes() {
		return EnumSet.complementOf(EnumSet.of(Scene.REFUSAL));
	}

	@Override
	protected Set<Asking> askings() {
		return EnumSet.complementOf(EnumSet.of(Asking.REASONING_BACK, Asking.CACHE_MARKS));
	}

	@Override
	protected @Nullable String proof() {
		return null;
	}

	@Override
	protected String errorBody(int status) {
		return error("sk-test is not well", (status == 429) ? "rate_limited" : "internal_error",
				(status == 429) ? "1300" : "3000");
	}

	private static String error(String message, String type, String code) {
		return "{\"object\":\"error\",\"message\":\"" + message + "\",\"type\":\"" + type
				+ "\",\"param\":null,\"code\":\"" + code + "\"}";
	}

	@Override
	protected List<ErrorCase> errors() {
		return List.of(
				new ErrorCase(400,
						error("Expected last role User or Tool but got assistant, sk-test",
								"invalid_request_message_order", "3230"),
						FailureClass.CALLER_FAULT),
				new ErrorCase(400,
						error("Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum"
								+ " context length", "invalid_request_prompt", "3051"),
						FailureClass.CONTEXT_TOO_LONG),
				new ErrorCase(400, error("Invalid model: mistral-0", "invalid_model", "1500"), FailureClass.MODEL_GONE),
				new ErrorCase(401, "{\"message\":\"Unauthorized sk-test\",\"request_id\":\"1\"}",
						FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(401, "{\"detail\":\"Unauthorized\"}", FailureClass.CREDENTIAL_REJECTED),
				new ErrorCase(402, error("Payment required", "payment_required", "1901"), FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(403, error("The request was blocked by a moderation guardrail", "guardrail", "2000"),
						FailureClass.CONTENT_REFUSED),
				new ErrorCase(404, "{\"message\":\"no Route matched with those values\"}", FailureClass.MODEL_GONE),
				new ErrorCase(422,
						"{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"sk-test\"],"
								+ "\"msg\":\"Extra inputs are not permitted\"}]},\"type\":\"invalid_request_error\",\"code\":null}",
						FailureClass.CALLER_FAULT),
				new ErrorCase(422,
						"{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"messages\"],\"msg\":\"Field required\"}]}",
						FailureClass.CALLER_FAULT),
				new ErrorCase(429, error("Requests rate limit exceeded", "rate_limited", "1300"),
						FailureClass.RATE_LIMITED, "Retry-After: 3"),
				new ErrorCase(429,
						error("Your monthly limit is used up: raise your spending limit", "rate_limited", "1300"),
						FailureClass.QUOTA_EXHAUSTED),
				new ErrorCase(429,
						error("Service tier capacity exceeded for this model.", "service_tier_capacity_exceeded",
								"3505"),
						FailureClass.OVERLOADED),
				new ErrorCase(500, error("Internal server error", "internal_server_error", "1000"),
						FailureClass.SERVER_ERROR),
				new ErrorCase(502, "<html>bad gateway</html>", FailureClass.SERVER_ERROR), new ErrorCase(503,
						error("Service unavailable.", "internal_server_error", "1001"), FailureClass.OVERLOADED),
				new ErrorCase(504, "upstream request timeout", FailureClass.TIMEOUT));
	}

	@Override
	protected List<UsageCase> usages() {
		return List.of(
				usage("plain", "{\"prompt_tokens\":1000,\"total_tokens\":1200,\"completion_tokens\":200}",
						Map.of(UsageBucket.INPUT, 1000L, UsageBucket.OUTPUT, 200L), "0.006"),
				usage("cached within the prompt",
						"{\"prompt_tokens\":1000,\"total_tokens\":1001,\"completion_tokens\":1,"
								+ "\"prompt_tokens_details\":{\"cached_tokens\":400},\"prompt_audio_seconds\":null}",
						Map.of(UsageBucket.INPUT, 600L, UsageBucket.CACHE_READ, 400L, UsageBucket.OUTPUT, 1L),
						"0.001935"),
				usage("negative", "{\"prompt_tokens\":-5,\"total_tokens\":1,\"completion_tokens\":6}", null, ""),
				usage("never", "null", null, ""),
				new UsageCase("twice", null,
						stream("{\"prompt_tokens\":8,\"total_tokens\":9,\"completion_tokens\":1}",
								"{\"prompt_tokens\":8,\"total_tokens\":28,\"completion_tokens\":20}"),
						Map.of(UsageBucket.INPUT, 8L, UsageBucket.OUTPUT, 20L), "0.000324"));
	}

	private static UsageCase usage(String name, String usage, @Nullable Map<UsageBucket, Long> buckets,
			String dollars) {
		return new UsageCase(name,
				"{\"id\":\"1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
						+ "\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"}}],\"usage\":"
						+ usage + "}",
				stream("null", usage), buckets, dollars);
	}

	private static byte[] stream(String first, String last) {
		return (chunk("{\"role\":\"assistant\",\"content\":\"Hi\"}", "null", first)
				+ chunk("{\"content\":\"\"}", "\"stop\"", last) + "data: [DONE]\n\n")
			.getBytes(StandardCharsets.UTF_8);
	}

	private static String chunk(String delta, String finish, String usage) {
		return "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":"
				+ "[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}],\"usage\":" + usage
				+ "}\n\n";
	}

	@Override
	protected List<UncarriedCase> uncarried() {
		return List.of(lack("\"logprobs\":true", "logprobs", true),
				lack("\"logit_bias\":{\"5\":1}", "logit_bias", true), lack("\"top_k\":5", "top_k", true),
				lack("\"temperature\":1.7", "temperature", true), lack("\"user\":\"ann\"", "user", true),
				lack("\"service_tier\":\"flex\"", "service_tier", true),
				lack("\"reasoning_effort\":\"medium\"", "reasoning_effort", true),
				lack("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}", "thinking.budget_tokens", true),
				lack("\"cache_control\":{\"type\":\"ephemeral\"}", "cache_control", false),
				lack("\"web_search_options\":{\"x\":1}", "web_search_options", false),
				lack("\"tools\":[{\"type\":\"web_search\"}]", "tools[0]", false),
				lack("\"tool_choice\":\"required\"", "tool_choice", false),
				lack("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"},"
						+ "\"cache_control\":{\"type\":\"ephemeral\"}}]", "tools[0].cache_control", true),
				part("{\"type\":\"text\",\"text\":\"a\",\"cache_control\":{\"type\":\"ephemeral\"}}",
						"messages[0].content[0].cache_control", true),
				part("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"UklG\",\"format\":\"wav\"}}",
						"messages[0].content[0].input_audio", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/tiff;base64,AA==\"}}",
						"messages[0].content[0].image_url", false),
				part("{\"type\":\"image_url\",\"image_url\":{\"file_id\":\"f1\"}}", "messages[0].content[0].image_url",
						false),
				part("{\"type\":\"image_url\",\"image_url\":{\"url\":\"gs://bucket/a.png\"}}",
						"messages[0].content[0].image_url", false),
				part("{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/zip;base64,AA==\"}}",
						"messages[0].content[0].file", false),
				message("{\"role\":\"user\",\"content\":\"Hi\",\"name\":\"ann\"}", "messages[0].name", true),
				message("{\"role\":\"assistant\",\"content\":\"a\",\"thinking_blocks\":[{\"type\":\"thinking\","
						+ "\"thinking\":\"b\",\"signature\":\"c\"}]},{\"role\":\"user\",\"content\":\"Hi\"}",
						"messages[0].thinking_blocks", true),
				message("{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":"
						+ "{\"name\":\"f\",\"arguments\":\"{}\"},\"extra_content\":{\"google\":"
						+ "{\"thought_signature\":\"cHJvb2Y=\"}}}]}", "messages[0].tool_calls[0].extra_content", true));
	}

	private static UncarriedCase lack(String member, String param, boolean droppable) {
		return new UncarriedCase(ProviderCalls.chat("Hi", member), param, droppable);
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
			answer.append("{\"id\":\"1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":\"tool_calls\","
					+ "\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[");
			for (int i = 0; i < count; i++) {
				answer.append((i > 0) ? "," : "")
					.append("{\"id\":\"call%05d\",\"function\":{\"name\":\"f\",\"arguments\":{\"n\":%d}}}".formatted(i,
							i));
			}
			return answer.append("]}}]}").toString().getBytes(StandardCharsets.UTF_8);
		}
		for (int i = 0; i < count; i++) {
			answer.append(chunk(
					"{\"tool_calls\":[{\"id\":\"call%05d\",\"index\":%d,\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"n\\\":\"}}]}"
						.formatted(i, i),
					"null", "null"));
		}
		for (int i = 0; i < count; i++) {
			answer.append(chunk(
					"{\"tool_calls\":[{\"id\":\"null\",\"index\":%d,\"function\":{\"name\":\"\",\"arguments\":\"%d}\"}}]}"
						.formatted(i, i),
					(i == count - 1) ? "\"tool_calls\"" : "null", "null"));
		}
		return answer.append("data: [DONE]\n\n").toString().getBytes(StandardCharsets.UTF_8);
	}

	@ParameterizedTest
	@CsvSource({ "stop,stop,", "length,length,", "model_length,length,model_length", "tool_calls,tool_calls,",
			"never_heard_of,stop,never_heard_of" })
	void tellsEachReasonToStop(String told, String reason, @Nullable String nativeReason) throws Exception {
		JsonNode choice = answered(new String(recorded("text.json"), StandardCharsets.UTF_8)
			.replace("\"finish_reason\": \"stop\"", "\"finish_reason\": \"" + told + "\"")).at("/choices/0");
		assertThat(choice.path("finish_reason").asString()).isEqualTo(reason);
		assertThat(choice.path("native_finish_reason").asString(null)).isEqualTo(nativeReason);
	}

	@Test
	void tellsAnAnswerThatEndedWithAnErrorAsAFailure() {
		String broken = new String(recorded("text.json"), StandardCharsets.UTF_8).replace("\"finish_reason\": \"stop\"",
				"\"finish_reason\": \"error\"");
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> answered(broken));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.SERVER_ERROR);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void tellsAnErrorWithinAnAnswerByItsCode() {
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
				() -> answered(error("Service tier capacity exceeded", "x", "3505")));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.OVERLOADED);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void tellsReferencesAsTheyCome() throws Exception {
		JsonNode answer = answered("{\"id\":\"1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
				+ "\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"Hi\"},"
				+ "{\"type\":\"reference\",\"reference_ids\":[3]}]}}]}");
		assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo("Hi");
		assertThat(answer.at("/choices/0/message/annotations/0/reference_ids/0").asInt()).isEqualTo(3);
	}

	@Test
	void tellsEveryChoice() throws Exception {
		JsonNode answer = answered("{\"id\":\"1\",\"model\":\"m\",\"choices\":["
				+ "{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"content\":\"a\"}},"
				+ "{\"index\":1,\"finish_reason\":\"length\",\"message\":{\"content\":\"b\"}}]}");
		assertThat(answer.at("/choices/1/message/content").asString()).isEqualTo("b");
		assertThat(answer.at("/choices/1/finish_reason").asString()).isEqualTo("length");
	}

	private JsonNode answered(String body) throws Exception {
		try (WireServer server = new WireServer()) {
			server.thenAnswer(200, "application/json", body);
			try (UpstreamAnswer answer = provider().call(ProviderCalls.call(ProviderCalls
				.deployment(ProviderCalls.provider("mistral", server.url() + "/v1", Map.of()), ProviderCalls.SETTINGS),
					Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("Hi")))) {
				return JSON.readTree(answer.body().readAllBytes());
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "float", "base64" })
	void embedsTextsWithDimensionsInEitherForm(String format) throws Exception {
		try (WireServer server = new WireServer()) {
			server.thenAnswer(200, "application/json", recorded("embeddings.json"));
			try (UpstreamAnswer answer = embed(server, "\"input\":[\"a\",\"b\"],\"dimensions\":2,\"user\":\"ann\","
					+ "\"encoding_format\":\"" + format + "\"")) {
				CompleteAnswer read = CompleteAnswer.read(Endpoint.EMBEDDINGS, answer, CompleteAnswer.BYTES_MAX);
				assertThat(read.usage()).isNotNull()
					.satisfies((usage) -> assertThat(usage.get(UsageBucket.INPUT)).isEqualTo(8));
			}
			String request = server.requests().getFirst();
			assertThat(request).startsWith("POST /v1/embeddings ");
			JsonNode expected = JSON.readTree("{\"model\":\"up-model\",\"input\":[\"a\",\"b\"],\"output_dimension\":2"
					+ (format.equals("base64") ? ",\"encoding_format\":\"base64\"}" : "}"));
			assertThat(JSON.readTree(request.substring(request.indexOf("\r\n\r\n")))).isEqualTo(expected);
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "\"input\":[[1,2]]|input", "\"input\":\"a\",\"dimensions\":0|dimensions",
			"\"input\":\"a\",\"encoding_format\":\"int8\"|encoding_format", "\"input\":\"a\",\"seed\":1|seed" })
	void refusesEmbeddingsThatItHasNoPlaceFor(String members, String param) {
		try (WireServer server = new WireServer()) {
			UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> embed(server, members));
			assertThat(failure.failureClass()).isEqualTo(FailureClass.CALLER_FAULT);
			assertThat(failure.param()).isEqualTo(param);
			assertThat(server.requests()).isEmpty();
		}
	}

	private UpstreamAnswer embed(WireServer server, String members) throws UpstreamFailure {
		return provider().call(ProviderCalls.call(ProviderCalls
			.deployment(ProviderCalls.provider("mistral", server.url() + "/v1", Map.of()), ProviderCalls.SETTINGS),
				Endpoint.EMBEDDINGS, "{\"model\":\"m\"," + members + "}"));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = {
			"\"thinking\":{\"type\":\"enabled\"}|up-model|{\"reasoning_effort\":\"high\"}",
			"\"thinking\":{\"type\":\"disabled\"}|up-model|{\"reasoning_effort\":\"none\"}",
			"\"reasoning_effort\":\"high\"|magistral-medium-latest|{\"prompt_mode\":\"reasoning\"}",
			"\"reasoning_effort\":\"none\"|magistral-medium-latest|{}", "\"seed\":7|m|{\"random_seed\":7}",
			"\"safe_prompt\":true|m|{\"safe_prompt\":true}",
			"\"prediction\":{\"type\":\"content\",\"content\":\"x\"}|m|{\"prediction\":{\"type\":\"content\",\"content\":\"x\"}}",
			"\"n\":2|m|{\"n\":2}", "\"temperature\":0.3,\"top_p\":0.9|m|{\"temperature\":0.3,\"top_p\":0.9}",
			"\"temperature\":1.7|m|{}",
			"\"response_format\":{\"type\":\"json_object\"}|m|{\"response_format\":{\"type\":\"json_object\"}}" })
	void writesEachMemberInItsOwnForm(String member, String model, String expected) throws Exception {
		byte[] body = ProviderCalls.chat("Hi", member).getBytes(StandardCharsets.UTF_8);
		JsonNode written = JSON
			.readTree(MistralRequest.of(ChatRequestReader.read(body, body.length).withModel(model)).toString());
		JsonNode rest = written.deepCopy();
		((tools.jackson.databind.node.ObjectNode) rest).remove(List.of("model", "messages"));
		assertThat(rest).isEqualTo(JSON.readTree(expected));
	}

	@Test
	void givesReasoningBackAsAPartAndMarksABeginningToGoOnWith() throws Exception {
		byte[] body = ("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
				+ "{\"role\":\"assistant\",\"reasoning_content\":\"Hm\",\"content\":\"Sa\"}]}")
			.getBytes(StandardCharsets.UTF_8);
		JsonNode last = MistralRequest.of(ChatRequestReader.read(body, body.length)).path("messages").path(1);
		assertThat(last).isEqualTo(JSON.readTree("{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
				+ "\"thinking\":[{\"type\":\"text\",\"text\":\"Hm\"}]},{\"type\":\"text\",\"text\":\"Sa\"}],"
				+ "\"prefix\":true}"));
	}

	@Test
	void keepsIdentifiersThatTheApiTakesAndMakesTheOthersSo() {
		assertThat(MistralRequest.callId("D681PevKs")).isEqualTo("D681PevKs");
		assertThat(MistralRequest.callId("call_1")).matches("[A-Za-z0-9]{9}")
			.isEqualTo(MistralRequest.callId("call_1"))
			.isNotEqualTo(MistralRequest.callId("call_2"));
	}

}
