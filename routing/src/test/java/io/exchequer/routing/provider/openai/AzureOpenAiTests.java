package io.exchequer.routing.provider.openai;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.provider.WireServer;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.EventStreamReader;
import io.exchequer.routing.wire.FrameKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What is Azure's own, written after its documentation as of 2026-11-24 (none of it is
 * captured):
 * <a href= "https://learn.microsoft.com/azure/ai-foundry/openai/reference">paths</a>,
 * <a href=
 * "https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle">versions</a>
 * and <a href=
 * "https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter">content
 * filters</a>.
 */
class AzureOpenAiTests {

	private static final String ANSWER = "{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}";

	private static final String SAFE = "{\"hate\":{\"filtered\":false,\"severity\":\"safe\"}}";

	private static final String NOT_FILTERED = "{\"error\":{\"code\":\"content_filter_error\","
			+ "\"message\":\"The contents are not filtered\"}}";

	private final WireServer upstream = new WireServer();

	private final OpenAiProvider provider = new OpenAiProvider(Clock.systemUTC());

	@AfterEach
	void close() {
		this.provider.close();
		this.upstream.close();
	}

	@ParameterizedTest
	@CsvSource(nullValues = "-",
			value = { "'',-,/openai/deployments/up-model/chat/completions?api-version=2024-10-21",
					"/,2025-04-01-preview,/openai/deployments/up-model/chat/completions?api-version=2025-04-01-preview",
					"/openai,-,/openai/deployments/up-model/chat/completions?api-version=2024-10-21",
					"/openai/v1,-,/openai/v1/chat/completions", "/openai/v1/,-,/openai/v1/chat/completions",
					"/openai/v1,preview,/openai/v1/chat/completions?api-version=preview" })
	void callsTheClassicAndTheNewerPath(String base, @org.jspecify.annotations.Nullable String version, String path)
			throws Exception {
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		call(deployment(base, (version != null) ? Map.of("api-version", version) : Map.of()), "").close();
		assertThat(this.upstream.requests().getFirst()).startsWith("POST " + path + " HTTP/1.1\r\n")
			.contains("\"model\":\"up-model\"");
	}

	@ParameterizedTest
	@CsvSource({ "'',api-key,api-key: sk-test", "'',bearer,Authorization: Bearer sk-test",
			"/openai/v1,api-key,api-key: sk-test", "/openai/v1,bearer,Authorization: Bearer sk-test" })
	void showsTheSecretAsAKeyOrAToken(String base, String auth, String header) throws Exception {
		this.upstream.thenAnswer(200, "application/json", ANSWER);
		call(deployment(base, Map.of("auth", auth)), "").close();
		assertThat(this.upstream.requests().getFirst()).contains(header + "\r\n").containsOnlyOnce("sk-test");
	}

	@Test
	void refusesAWayToShowTheSecretThatThereIsNot() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.provider.checkSettings(Map.of("auth", "basic")))
			.withMessage("auth must be api-key or bearer");
		assertThatCode(() -> this.provider.checkSettings(Map.of("auth", "bearer"))).doesNotThrowAnyException();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = {
			"400|{\"error\":{\"message\":\"The response was filtered\",\"type\":null,\"param\":\"prompt\",\"code\":\"content_filter\",\"status\":400,\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\",\"content_filter_result\":{}}}}|CONTENT_REFUSED",
			"400|{\"error\":{\"message\":\"x\",\"code\":null,\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\"}}}|CONTENT_REFUSED",
			"400|{\"error\":{\"message\":\"Invalid value\",\"type\":\"invalid_request_error\",\"param\":\"messages\",\"code\":\"invalid_value\"}}|CALLER_FAULT",
			"400|{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens\",\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}|CONTEXT_TOO_LONG",
			"401|{\"error\":{\"code\":\"401\",\"message\":\"Access denied due to invalid subscription key or wrong API endpoint.\"}}|CREDENTIAL_REJECTED",
			"401|{\"error\":{\"code\":\"PermissionDenied\",\"message\":\"The principal lacks the required data action\"}}|CREDENTIAL_REJECTED",
			"403|{\"error\":{\"code\":\"AccessDenied\",\"message\":\"Access denied due to Virtual Network/Firewall rules.\"}}|CREDENTIAL_REJECTED",
			"404|{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The API deployment for this resource does not exist.\"}}|MODEL_GONE",
			"404|{\"error\":{\"code\":\"404\",\"message\":\"Resource not found\"}}|MODEL_GONE",
			"408|{\"error\":{\"code\":\"Timeout\",\"message\":\"The operation was timeout.\"}}|TIMEOUT",
			"429|{\"error\":{\"code\":\"429\",\"message\":\"Requests have exceeded call rate limit of your current pricing tier.\"}}|RATE_LIMITED",
			"429|{\"error\":{\"code\":\"insufficient_quota\",\"type\":\"insufficient_quota\",\"message\":\"You exceeded your current quota\"}}|QUOTA_EXHAUSTED",
			"500|{\"error\":{\"code\":\"InternalServerError\",\"message\":\"Internal server error\"}}|SERVER_ERROR",
			"503|{\"error\":{\"code\":\"ServiceUnavailable\",\"message\":\"The service is temporarily unable to process your request.\"}}|OVERLOADED" })
	void classifiesEachDocumentedError(int status, String body, FailureClass expected) {
		this.upstream.thenAnswer(status, "application/json", body);
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> call(deployment("", Map.of()), ""));
		assertThat(failure.failureClass()).isEqualTo(expected);
		assertThat(failure.mayHaveCost()).isEqualTo(status == 408);
	}

	@Test
	void waitsAsLongAsTheFinerHeaderSays() {
		this.upstream.thenAnswer(429, "application/json", "{\"error\":{\"code\":\"429\"}}", "Retry-After: 9",
				"retry-after-ms: 1250");
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> call(deployment("", Map.of()), ""));
		assertThat(failure.retryAfter()).isEqualTo(Duration.ofMillis(1250));
	}

	@Test
	void commitsAtTheFirstContentAndNotAtTheResultsOfTheFilter() throws Exception {
		this.upstream.thenStream(
				"data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\",\"prompt_filter_results\":"
						+ "[{\"prompt_index\":0,\"content_filter_results\":" + SAFE + "}]}\n\n",
				chunk("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null", "{}"),
				chunk("{\"content\":\"Hi\"}", "null", SAFE), chunk("{}", "\"stop\"", "{}"), "data: [DONE]\n\n");
		assertThat(kinds(false)).containsExactly(FrameKind.EMPTY, FrameKind.EMPTY, FrameKind.COMMIT, FrameKind.FINISH,
				FrameKind.DONE);
	}

	@Test
	void takesAFilterThatDidNotRunForNoErrorOfTheAnswer() throws Exception {
		this.upstream.thenStream(
				"data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":"
						+ NOT_FILTERED + "}]}\n\n",
				chunk("{\"content\":\"Hi\"}", "null", NOT_FILTERED), chunk("{}", "\"stop\"", "{}"), "data: [DONE]\n\n");
		assertThat(kinds(true)).containsExactly(FrameKind.EMPTY, FrameKind.COMMIT, FrameKind.FINISH, FrameKind.DONE);
		this.upstream.thenAnswer(200, "application/json",
				"{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\",\"content_filter_results\":"
						+ NOT_FILTERED + "}],\"prompt_filter_results\":[{\"content_filter_results\":" + NOT_FILTERED
						+ "}]}");
		try (UpstreamAnswer answer = call(deployment("", Map.of()), "")) {
			assertThatCode(() -> CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, answer, CompleteAnswer.BYTES_MAX))
				.doesNotThrowAnyException();
		}
	}

	private static String chunk(String delta, String finish, String filter) {
		return "data: {\"choices\":[{\"content_filter_results\":" + filter + ",\"delta\":" + delta
				+ ",\"finish_reason\":" + finish + ",\"index\":0,\"logprobs\":null}],\"id\":\"chatcmpl-1\","
				+ "\"object\":\"chat.completion.chunk\"}\n\n";
	}

	private List<FrameKind> kinds(boolean newer) throws UpstreamFailure, IOException {
		List<FrameKind> kinds = new ArrayList<>();
		try (UpstreamAnswer answer = call(deployment(newer ? "/openai/v1" : "", Map.of()), "\"stream\":true")) {
			EventStreamReader reader = EventStreamReader.open(answer, EventStreamReader.FRAME_BYTES_MAX);
			FrameKind kind = reader.next();
			while (kind != FrameKind.END) {
				kinds.add(kind);
				kind = reader.next();
			}
			assertThat(reader.complete()).isTrue();
		}
		return kinds;
	}

	private Deployment deployment(String path, Map<String, String> settings) {
		return ProviderCalls.deployment(ProviderCalls.provider("azure-openai", this.upstream.url() + path, settings),
				ProviderCalls.SETTINGS);
	}

	private UpstreamAnswer call(Deployment deployment, String member) throws UpstreamFailure {
		return this.provider.call(ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS,
				member.isEmpty() ? ProviderCalls.chat("Hi") : ProviderCalls.chat("Hi", member)));
	}

}
