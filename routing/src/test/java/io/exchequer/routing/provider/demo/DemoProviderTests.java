package io.exchequer.routing.provider.demo;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.provider.ProviderContractTests;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.Endpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

class DemoProviderTests extends ProviderContractTests {

	private static final String TOOL = """
			{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{
			"city":{"type":"string"},"days":{"type":"integer","minimum":3,"maximum":5},
			"unit":{"enum":["c","f"]}},"required":["city","days"]}}}""";

	private final DemoProvider provider = new DemoProvider(Clock.systemUTC());

	@Override
	protected UpstreamProvider provider() {
		return this.provider;
	}

	@Override
	protected UpstreamCall arrange(Situation situation, boolean stream) {
		String error = switch (situation) {
			case ANSWER -> null;
			case RATE_LIMITED -> "429";
			case SERVER_ERROR -> "500";
			case SILENCE -> "timeout";
			case RESET -> "reset";
			case HTML -> "html";
			case HALF_JSON -> "broken_json";
			case BROKEN_STREAM -> "broken_stream";
		};
		Deployment deployment = (situation == Situation.SILENCE) ? ProviderCalls
			.deployment(ProviderCalls.provider("demo", "", Map.of()), ProviderCalls.patience(Duration.ofMillis(60)))
				: deployment(Map.of("pace", "none"));
		return ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS,
				ProviderCalls.chat("What is 2+2?", "\"stream\":" + stream,
						"\"metadata\":{\"demo_error\":" + ((error != null) ? '"' + error + '"' : null) + "}"));
	}

	@Test
	void saysThatItIsASimulator() throws Exception {
		JsonNode answer = whole("hello");
		assertThat(answer.path("system_fingerprint").asString("")).isEqualTo("exchequer-demo-simulator");
		assertThat(message(answer).path("content").asString("")).contains("simulator");
		assertThat(answer.path("model").asString("")).isEqualTo("up-model");
	}

	@Test
	void answersTheSameQuestionTheSameAndAnotherDifferently() throws Exception {
		assertThat(message(whole("hello"))).isEqualTo(message(whole("hello")));
		assertThat(message(whole("hello"))).isNotEqualTo(message(whole("goodbye")));
		assertThat(message(whole("hello"))).isNotEqualTo(message(whole("hello", "\"seed\":1")));
	}

	@Test
	void endsAtTheOutputLimitAndCountsIt() throws Exception {
		JsonNode answer = whole("hello", "\"max_completion_tokens\":5");
		assertThat(answer.path("choices").get(0).path("finish_reason").asString("")).isEqualTo("length");
		assertThat(answer.path("usage").path("completion_tokens").asInt()).isEqualTo(5);
		assertThat(message(whole("hello")).path("content").asString(""))
			.startsWith(message(answer).path("content").asString(""));
	}

	@Test
	void endsBeforeAStopText() throws Exception {
		JsonNode answer = whole("hello", "\"stop\":[\"simulator\"]");
		assertThat(message(answer).path("content").asString("")).isEqualTo("This is Exchequer's demo ");
		assertThat(answer.path("choices").get(0).path("finish_reason").asString("")).isEqualTo("stop");
	}

	@Test
	void makesSeveralChoicesAndCountsAll() throws Exception {
		JsonNode answer = whole("hello", "\"n\":3");
		assertThat(answer.path("choices")).hasSize(3);
		assertThat(answer.path("usage").path("completion_tokens").asInt())
			.isGreaterThan(2 * whole("hello").path("usage").path("completion_tokens").asInt() / 2);
		Stream stream = streamed("hello", "\"n\":3");
		assertThat(stream.complete()).isTrue();
		assertThat(Objects.requireNonNull(stream.usage()).outputTokens())
			.isEqualTo(answer.path("usage").path("completion_tokens").asInt());
	}

	@Test
	void callsAToolThatTheQuestionMentionsOrThatIsRequired() throws Exception {
		for (String choice : new String[] { "\"tool_choice\":\"required\"", "\"tool_choice\":\"auto\"",
				"\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"get_weather\"}}" }) {
			JsonNode answer = whole("please get weather", "\"tools\":[" + TOOL + "]", choice);
			JsonNode call = message(answer).path("tool_calls").get(0);
			assertThat(message(answer).path("content").isNull()).isTrue();
			assertThat(call.path("function").path("name").asString("")).isEqualTo("get_weather");
			JsonNode arguments = JSON.readTree(call.path("function").path("arguments").asString(""));
			assertThat(arguments.path("city").isString()).isTrue();
			assertThat(arguments.path("days").asInt()).isBetween(3, 5);
			assertThat(arguments.path("unit").asString("")).isIn("c", "f");
			assertThat(answer.path("choices").get(0).path("finish_reason").asString("")).isEqualTo("tool_calls");
		}
		assertThat(message(whole("hello", "\"tools\":[" + TOOL + "]")).has("tool_calls")).isFalse();
		assertThat(
				message(whole("get_weather", "\"tools\":[" + TOOL + "]", "\"tool_choice\":\"none\"")).has("tool_calls"))
			.isFalse();
	}

	@Test
	void callsSeveralToolsAtOnceUnlessTold() throws Exception {
		String tools = "\"tools\":[" + TOOL + "," + TOOL.replace("get_weather", "get_time") + "]";
		assertThat(message(whole("get_weather and get_time", tools)).path("tool_calls")).hasSize(2);
		assertThat(
				message(whole("get_weather and get_time", tools, "\"parallel_tool_calls\":false")).path("tool_calls"))
			.hasSize(1);
	}

	@Test
	void streamsToolCallsPieceByPiece() throws Exception {
		String tools = "\"tools\":[" + TOOL + "," + TOOL.replace("get_weather", "get_time") + "]";
		JsonNode calls = message(whole("get_weather and get_time", tools)).path("tool_calls");
		Stream stream = streamed("get_weather and get_time", tools);
		assertThat(stream.complete()).isTrue();
		String[] arguments = { "", "" };
		String[] names = { "", "" };
		for (String line : stream.bytes().split("\n\n")) {
			if (line.contains("tool_calls\":[")) {
				JsonNode call = JSON.readTree(line.substring(6))
					.path("choices")
					.get(0)
					.path("delta")
					.path("tool_calls")
					.get(0);
				int index = call.path("index").asInt();
				names[index] += call.path("function").path("name").asString("");
				arguments[index] += call.path("function").path("arguments").asString("");
			}
		}
		for (int i = 0; i < 2; i++) {
			assertThat(names[i]).isEqualTo(calls.get(i).path("function").path("name").asString(""));
			assertThat(arguments[i]).isEqualTo(calls.get(i).path("function").path("arguments").asString(""));
		}
	}

	@Test
	void followsAJsonSchema() throws Exception {
		JsonNode answer = whole("hello",
				"\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\","
						+ "\"schema\":{\"type\":\"object\",\"properties\":{\"when\":{\"type\":\"string\",\"format\":\"date\"},"
						+ "\"tree\":{\"$ref\":\"#/$defs/node\"},\"kind\":{\"const\":7}},\"required\":[\"when\",\"tree\"],"
						+ "\"$defs\":{\"node\":{\"type\":\"object\",\"properties\":{\"value\":{\"type\":[\"number\",\"null\"]},"
						+ "\"next\":{\"anyOf\":[{\"$ref\":\"#/$defs/node\"},{\"type\":\"null\"}]}},"
						+ "\"required\":[\"value\",\"next\"]}}}}}");
		JsonNode value = JSON.readTree(message(answer).path("content").asString(""));
		assertThat(value.path("when").asString("")).matches("\\d{4}-\\d\\d-\\d\\d");
		assertThat(value.path("kind").asInt()).isEqualTo(7);
		assertThat(value.path("tree").path("value").isNumber()).isTrue();
		assertThat(value.path("tree").has("next")).isTrue();
		JsonNode object = whole("hello", "\"response_format\":{\"type\":\"json_object\"}");
		assertThat(JSON.readTree(message(object).path("content").asString("")).isObject()).isTrue();
	}

	static List<String> schemasWithoutEnd() {
		List<String> names = List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p");
		String properties = names.stream()
			.map((name) -> "\"" + name + "\":{\"$ref\":\"#\"}")
			.collect(Collectors.joining(","));
		return List.of("{\"type\":\"array\",\"minItems\":2147483647,\"items\":{\"type\":\"integer\"}}",
				"{\"type\":\"array\",\"minItems\":1000000,\"items\":{\"minLength\":10000}}",
				"{\"type\":\"object\",\"properties\":{" + properties + "},\"required\":[\""
						+ String.join("\",\"", names) + "\"]}",
				"{\"$ref\":\"#x\"}");
	}

	@ParameterizedTest
	@MethodSource("schemasWithoutEnd")
	void refusesASchemaThatNoAnswerOfReasonableSizeFits(String schema) {
		for (String member : new String[] {
				"\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":" + schema
						+ "}}",
				"\"tool_choice\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"x\",\"parameters\":"
						+ "{\"type\":\"object\",\"properties\":{\"x\":" + schema + "},\"required\":[\"x\"]}}}]" }) {
			refuses(member);
		}
	}

	@Test
	void sharesTheRoomForSchemasAmongAllChoicesAndTools() {
		String tool = "{\"type\":\"function\",\"function\":{\"name\":\"f%d\",\"parameters\":{\"type\":\"object\","
				+ "\"properties\":{\"a\":{\"minLength\":9000}}}}}";
		refuses("\"n\":128,\"tools\":[" + tool.formatted(1) + "],\"tool_choice\":\"required\"");
	}

	@ParameterizedTest
	@ValueSource(strings = { "99999999999999ms", "9223372036854775807ms", "PT9999H", "-5ms", "soon" })
	void refusesALatencyThatIsNone(String latency) {
		UpstreamFailure failure = refuses("\"metadata\":{\"demo_latency\":\"" + latency + "\"}");
		assertThat(failure.param()).isEqualTo("metadata");
	}

	private UpstreamFailure refuses(String member) {
		UpstreamFailure failure = failure(ProviderCalls.call(deployment(Map.of("pace", "none")),
				Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("hello", member)));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.CALLER_FAULT);
		assertThat(failure.mayHaveCost()).isFalse();
		assertThat(failure.advice()).isNotBlank();
		return failure;
	}

	@Test
	void givesLogProbabilitiesForEachToken() throws Exception {
		JsonNode answer = whole("hello", "\"logprobs\":true", "\"top_logprobs\":2");
		JsonNode content = answer.path("choices").get(0).path("logprobs").path("content");
		assertThat(content).hasSize(answer.path("usage").path("completion_tokens").asInt());
		assertThat(content.get(0).path("top_logprobs")).hasSize(2);
		assertThat(content.get(0).path("logprob").doubleValue()).isNegative();
		assertThat(content.get(0).path("bytes"))
			.hasSize(content.get(0).path("token").asString("").getBytes(StandardCharsets.UTF_8).length);
	}

	@Test
	void countsReasoningApart() throws Exception {
		Stream stream = streamed("hello", "\"reasoning_effort\":\"low\"");
		TokenUsage usage = Objects.requireNonNull(stream.usage());
		assertThat(usage.get(UsageBucket.REASONING)).isEqualTo(16);
		assertThat(usage.get(UsageBucket.OUTPUT)).isPositive();
	}

	@Test
	void failsEverySoManyCalls() throws Exception {
		Deployment deployment = deployment(Map.of("pace", "none", "failEvery", "2"));
		UpstreamCall call = ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("x"));
		this.provider.call(call).close();
		assertThat(failure(call).failureClass()).isEqualTo(FailureClass.SERVER_ERROR);
		this.provider.call(call).close();
		assertThat(failure(call)).isNotNull();
	}

	@Test
	void failsByChanceAlwaysOrNever() throws Exception {
		Deployment always = deployment(Map.of("pace", "none", "errorRate", "1"));
		assertThat(failure(ProviderCalls.call(always, Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("x")))).isNotNull();
		Deployment never = deployment(Map.of("pace", "none", "errorRate", "0"));
		this.provider.call(ProviderCalls.call(never, Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat("x"))).close();
	}

	@Test
	void keepsItsPace() throws Exception {
		Deployment deployment = deployment(Map.of("timeToFirstToken", "30ms", "tokensPerSecond", "1000"));
		long begin = System.nanoTime();
		try (UpstreamAnswer answer = this.provider.call(ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS,
				ProviderCalls.chat("x", "\"stream\":true", "\"max_tokens\":20")))) {
			assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(30_000_000);
			assertThat(read(answer).complete()).isTrue();
			assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(50_000_000);
		}
	}

	@Test
	void stopsAtTheTotalTime() {
		Deployment deployment = deployment(Map.of("timeToFirstToken", "1ms", "tokensPerSecond", "1"));
		UpstreamFailure failure = failure(ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS,
				ProviderCalls.chat("x", "\"stream\":true"), Duration.ofMillis(60)));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.TIMEOUT);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void staysWithinTheBytesThatBoundIt() throws Exception {
		Clock clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
		assertThat(new DemoProvider(clock).kinds()).containsExactly("demo");
		JsonNode usage = whole("\u00e9".repeat(400)).path("usage");
		assertThat(usage.path("prompt_tokens").asInt()).isLessThan(400);
	}

	private JsonNode whole(String content, String... members) throws UpstreamFailure {
		try (UpstreamAnswer answer = this.provider.call(ProviderCalls.call(deployment(Map.of("pace", "none")),
				Endpoint.CHAT_COMPLETIONS, ProviderCalls.chat(content, members)))) {
			CompleteAnswer whole = CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, answer, CompleteAnswer.BYTES_MAX);
			return JSON.readTree(whole.bytes(), 0, whole.length());
		}
	}

	private Stream streamed(String content, String... members) throws UpstreamFailure {
		String body = ProviderCalls.chat(content, members);
		try (UpstreamAnswer answer = this.provider.call(ProviderCalls.call(deployment(Map.of("pace", "none")),
				Endpoint.CHAT_COMPLETIONS, body.substring(0, body.length() - 1) + ",\"stream\":true}"))) {
			return read(answer);
		}
	}

	private static JsonNode message(JsonNode answer) {
		return answer.path("choices").get(0).path("message");
	}

	private static Deployment deployment(Map<String, String> options) {
		return ProviderCalls.deployment(ProviderCalls.provider("demo", "", Map.of()), ProviderCalls.options(options));
	}

}
