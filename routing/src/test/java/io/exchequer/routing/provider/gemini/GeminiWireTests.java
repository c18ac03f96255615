package io.exchequer.routing.provider.gemini;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.chat.ChatCompletionWriter;
import io.exchequer.routing.chat.ChatEventReader;
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
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What is the Gemini API's own, beyond the contract.
 */
class GeminiWireTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final WireServer upstream = new WireServer();

	private final GeminiProvider provider = new GeminiProvider(Clock.systemUTC());

	@AfterEach
	void close() {
		this.provider.close();
		this.upstream.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void tellsSeveralChoicesApart(boolean stream) throws Exception {
		JsonNode answer = answer("choices", stream, "\"n\":2");
		assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo("One");
		assertThat(answer.at("/choices/1/message/content").asString()).isEqualTo("Two");
		assertThat(sent().at("/generationConfig/candidateCount").asInt()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void tellsLogProbabilitiesInTheWiresForm(boolean stream) throws Exception {
		JsonNode answer = answer("logprobs", stream, "\"logprobs\":true,\"top_logprobs\":2");
		assertThat(answer.at("/choices/0/logprobs/content")).isEqualTo(JSON.readTree("""
				[{"token":"Hel","logprob":-0.25,"bytes":[72,101,108],"top_logprobs":[
				{"token":"Hel","logprob":-0.25,"bytes":[72,101,108]},
				{"token":"Hey","logprob":-2.5,"bytes":[72,101,121]}]},
				{"token":"lo","logprob":-0.1,"bytes":[108,111],"top_logprobs":[
				{"token":"lo","logprob":-0.1,"bytes":[108,111]},
				{"token":"Hey","logprob":-2.5,"bytes":[72,101,121]}]}]"""));
		assertThat(sent().at("/generationConfig/responseLogprobs").asBoolean()).isTrue();
		assertThat(sent().at("/generationConfig/logprobs").asInt()).isEqualTo(2);
	}

	@ParameterizedTest
	@CsvSource({ "blocked,false,PROHIBITED_CONTENT", "blocked,true,PROHIBITED_CONTENT",
			"malformed,false,MALFORMED_FUNCTION_CALL", "malformed,true,MALFORMED_FUNCTION_CALL" })
	void tellsWhatIsNoAnswerAsOneThatWasWithheldAndBillsIt(String scene, boolean stream, String reason)
			throws Exception {
		JsonNode answer = answer(scene, stream);
		assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("content_filter");
		assertThat(answer.at("/choices/0/native_finish_reason").asString()).isEqualTo(reason);
		assertThat(answer.at("/choices/0/message/content").isNull()).isTrue();
		assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(14);
		assertThat(answer.at("/usage/completion_tokens").asInt()).isZero();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void namesACallWithoutAnIdentifierAlikeEachTime(boolean stream) throws Exception {
		JsonNode calls = answer("tools", stream).at("/choices/0/message/tool_calls");
		assertThat(calls.path(0).path("id").asString()).isEqualTo(CallIds.of("mLc0aZ-9N4bhz7IP8ZGT8Ak", 0, 0))
			.hasSizeLessThan(40);
		assertThat(calls.path(1).path("id").asString()).isEqualTo(CallIds.of("mLc0aZ-9N4bhz7IP8ZGT8Ak", 0, 1));
		assertThat(calls.at("/0/extra_content/google/thought_signature").asString()).isEqualTo("cHJvb2Y=");
		assertThat(calls.path(1).has("extra_content")).isFalse();
	}

	@ParameterizedTest
	@CsvSource({ "standard,default", "flex,flex", "priority,priority" })
	void tellsTheTierThatServedIt(String told, String tier) throws Exception {
		this.upstream.thenAnswer(200, "application/json", recorded("text.json"), "x-gemini-service-tier: " + told);
		assertThat(whole(ProviderCalls.chat("Hi", "\"service_tier\":\"flex\"")).path("service_tier").asString())
			.isEqualTo(tier);
		assertThat(sent().path("serviceTier").asString()).isEqualTo("flex");
	}

	@Test
	void handsEachEventOnBeforeTheNextOneComes() throws Exception {
		CountDownLatch read = new CountDownLatch(1);
		String[] events = recorded("text.sse").split("(?<=\n\n)");
		this.upstream.then((out, connection) -> {
			out.write(WireServer.head(200, "text/event-stream", "Transfer-Encoding: chunked"));
			WireServer.chunk(out, events[0]);
			try {
				read.await();
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
			for (int i = 1; i < events.length; i++) {
				WireServer.chunk(out, events[i]);
			}
			out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			out.flush();
		});
		try (UpstreamAnswer answer = this.provider.call(ProviderCalls.call(deployment(), Endpoint.CHAT_COMPLETIONS,
				ProviderCalls.chat("Hi", "\"stream\":true")))) {
			EventStreamReader reader = EventStreamReader.open(answer, EventStreamReader.FRAME_BYTES_MAX);
			FrameKind kind = reader.next();
			while (kind != FrameKind.COMMIT) {
				kind = reader.next();
			}
			assertThat(new String(reader.buffer(), reader.offset(), reader.length(), StandardCharsets.UTF_8))
				.contains("\"content\":\"Hello\"");
			read.countDown();
			while (kind != FrameKind.END) {
				kind = reader.next();
			}
			assertThat(reader.complete()).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void asksOnceWhereTheModelWouldGoOn(boolean stream) throws Exception {
		String paused = """
				{"candidates":[{"content":{"parts":[{"text":"Half"}],"role":"model"},"finishReason":"CONTINUATION",\
				"continuationToken":"dG9rZW4=","index":0}],"usageMetadata":{"promptTokenCount":3,\
				"candidatesTokenCount":1},"responseId":"r"}""";
		JsonNode answer;
		if (stream) {
			this.upstream.thenStream("data: " + paused + "\n\n");
			answer = assembled(ProviderCalls.chat("Hi", "\"stream\":true"));
		}
		else {
			this.upstream.thenAnswer(200, "application/json", paused);
			answer = whole(ProviderCalls.chat("Hi"));
		}
		assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("length");
		assertThat(answer.at("/choices/0/native_finish_reason").asString()).isEqualTo("CONTINUATION");
		assertThat(this.upstream.requests()).hasSize(1);
	}

	@Test
	void takesTheKeyNowhereElse() {
		try (WireServer other = new WireServer()) {
			this.upstream.thenAnswer(307, "text/plain", "", "Location: " + other.url() + "/x");
			UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
					() -> whole(ProviderCalls.chat("Hi")));
			assertThat(failure.status()).isEqualTo(307);
			assertThat(other.requests()).isEmpty();
		}
	}

	@Test
	void tellsAnErrorWithinAStreamByItsClassAndThatItMayHaveACost() throws Exception {
		String first = recorded("text.sse").split("(?<=\n\n)")[0];
		this.upstream.thenStream(first,
				"data: {\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}\n\n");
		try (UpstreamAnswer answer = this.provider.call(ProviderCalls.call(deployment(), Endpoint.CHAT_COMPLETIONS,
				ProviderCalls.chat("Hi", "\"stream\":true")))) {
			EventStreamReader reader = EventStreamReader.open(answer, EventStreamReader.FRAME_BYTES_MAX);
			UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> {
				FrameKind kind = reader.next();
				while (kind != FrameKind.END) {
					kind = reader.next();
				}
			});
			assertThat(failure.failureClass()).isEqualTo(FailureClass.OVERLOADED);
			assertThat(failure.mayHaveCost()).isTrue();
		}
	}

	@Test
	void asksToWaitAsLongAsTheDetailsSay() {
		this.upstream.thenAnswer(429, "application/json", """
				{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED","details":[
				{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"7.5s"}]}}""");
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> whole(ProviderCalls.chat("Hi")));
		assertThat(failure.retryAfter()).isEqualTo(java.time.Duration.ofMillis(7500));
	}

	@Test
	void refusesAnAnswerOfAKindThatNoClientCouldBeTold() {
		this.upstream.thenAnswer(200, "application/json",
				"""
						{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]},
						"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1290}}""");
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> whole(ProviderCalls.chat("Hi")));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void givesProofsBackWhereTheyCameFrom() throws Exception {
		String made = CallIds.of("r", 0, 0);
		ask("""
				{"model":"m","messages":[{"role":"user","content":"Time?"},
				{"role":"assistant","content":"One moment.","thinking_blocks":[
				{"type":"thinking","thinking":"Let me think.","signature":"c2lnbmF0dXJl"}],"tool_calls":[
				{"id":"%1$s","type":"function","function":{"name":"now","arguments":"{}"},
				"extra_content":{"google":{"thought_signature":"cHJvb2Y="}}}]},
				{"role":"tool","tool_call_id":"%1$s","content":"{\\"hour\\":12}"}]}""".formatted(made));
		assertThat(sent().path("contents")).isEqualTo(JSON.readTree("""
				[{"parts":[{"text":"Time?"}],"role":"user"},
				{"parts":[{"text":"One moment.","thoughtSignature":"c2lnbmF0dXJl"},
				{"functionCall":{"name":"now","args":{}},"thoughtSignature":"cHJvb2Y="}],"role":"model"},
				{"parts":[{"functionResponse":{"name":"now","response":{"output":{"hour":12}}}}],"role":"user"}]"""));
	}

	@ParameterizedTest
	@CsvSource({ "gemini-3-flash,true", "gemini-2.5-flash,false" })
	void putsAResultsImageWhereTheModelReadsIt(String model, boolean inside) throws Exception {
		ask("""
				{"model":"m","messages":[{"role":"user","content":"Look"},
				{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"see","arguments":"{}"}}]},
				{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"A cat"},
				{"type":"image_url","image_url":{"url":"data:image/jpg;base64,/9j/"}}]}]}""",
				model);
		JsonNode parts = sent().at("/contents/2/parts");
		JsonNode image = JSON.readTree("{\"mimeType\":\"image/jpeg\",\"data\":\"/9j/\"}");
		assertThat(parts.at("/0/functionResponse/response/output").asString()).isEqualTo("A cat");
		assertThat(parts.at(inside ? "/0/functionResponse/parts/0/inlineData" : "/1/inlineData")).isEqualTo(image);
		assertThat(parts).hasSize(inside ? 1 : 2);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "gemini-2.5-flash|\"reasoning_effort\":\"none\"|{\"thinkingBudget\":0}",
			"gemini-2.5-flash|\"reasoning_effort\":\"low\"|{\"includeThoughts\":true,\"thinkingBudget\":1024}",
			"gemini-2.5-pro|\"reasoning_effort\":\"high\"|{\"includeThoughts\":true,\"thinkingBudget\":24576}",
			"gemini-2.5-pro|\"thinking\":{\"type\":\"adaptive\"}|{\"includeThoughts\":true,\"thinkingBudget\":-1}",
			"gemini-3-pro|\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}"
					+ "|{\"includeThoughts\":true,\"thinkingBudget\":2048}",
			"gemini-3-flash|\"reasoning_effort\":\"minimal\"|{\"includeThoughts\":true,\"thinkingLevel\":\"MINIMAL\"}",
			"gemini-2.0-flash|\"reasoning_effort\":\"low\"|" })
	void tellsEachGenerationHowMuchToThinkInItsWay(String model, String member, String thinking) throws Exception {
		ask(ProviderCalls.chat("Hi", member), model);
		JsonNode told = sent().at("/generationConfig/thinkingConfig");
		if (thinking == null) {
			assertThat(told.isMissingNode()).isTrue();
		}
		else {
			assertThat(told).isEqualTo(JSON.readTree(thinking));
		}
	}

	@Test
	void sendsSamplingAndSoundAndStrictTools() throws Exception {
		ask("""
				{"model":"m","temperature":0.7,"top_p":0.95,"top_k":40,"seed":7,"frequency_penalty":0.5,
				"presence_penalty":0,"tools":[{"type":"function","function":{"name":"f","strict":true}}],
				"response_format":{"type":"json_object"},"messages":[{"role":"user","content":[
				{"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}}]}]}""");
		assertThat(sent().path("generationConfig")).isEqualTo(JSON.readTree("""
				{"temperature":0.7,"topP":0.95,"topK":40.0,"seed":7,"frequencyPenalty":0.5,
				"responseMimeType":"application/json"}"""));
		assertThat(sent().at("/toolConfig/functionCallingConfig/mode").asString()).isEqualTo("VALIDATED");
		assertThat(sent().at("/contents/0/parts/0/inlineData/mimeType").asString()).isEqualTo("audio/wav");
		assertThat(this.upstream.requests().getFirst())
			.startsWith("POST /v1beta/models/gemini-3-flash:generateContent ");
	}

	@Test
	void refusesDataThatIsNoBase64WithoutACall() {
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> ask("""
				{"model":"m","messages":[{"role":"user","content":[
				{"type":"image_url","image_url":{"url":"data:image/png;base64,%%%"}}]}]}"""));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.CALLER_FAULT);
		assertThat(failure.param()).isEqualTo("messages[0].content[0].image_url");
		assertThat(this.upstream.requests()).isEmpty();
	}

	@Test
	void blamesNoAnswerForARequestThatCannotBeWritten() {
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
				() -> ask(ProviderCalls.chat("Hi"), "../../x?y"));
		assertThat(failure.mayHaveCost()).isFalse();
		assertThat(this.upstream.requests()).isEmpty();
	}

	@Test
	void makesEmbeddingsOfSeveralTextsAtOnce() throws Exception {
		this.upstream.thenAnswer(200, "application/json",
				"{\"embeddings\":[{\"values\":[0.5,-0.25]},{\"values\":[1,0]}],\"usageMetadata\":{\"promptTokenCount\":6}}");
		CompleteAnswer answer = embed("{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"dimensions\":2}");
		JsonNode body = JSON.readTree(answer.bytes(), 0, answer.length());
		assertThat(body.at("/data/0/embedding")).isEqualTo(JSON.readTree("[0.5,-0.25]"));
		assertThat(body.at("/data/1/index").asInt()).isEqualTo(1);
		assertThat(Objects.requireNonNull(answer.usage()).get(UsageBucket.INPUT)).isEqualTo(6);
		assertThat(this.upstream.requests().getFirst()).contains("models/up-model:batchEmbedContents ");
		assertThat(sent().path("requests")).hasSize(2);
		assertThat(sent().at("/requests/1/outputDimensionality").asInt()).isEqualTo(2);
	}

	@Test
	void writesEmbeddingsInBase64AndNoUsageThatWasNotTold() throws Exception {
		this.upstream.thenAnswer(200, "application/json", "{\"embeddings\":[{\"values\":[1.0,-2.0]}]}");
		CompleteAnswer answer = embed("{\"model\":\"m\",\"input\":\"a\",\"encoding_format\":\"base64\"}");
		assertThat(JSON.readTree(answer.bytes(), 0, answer.length()).at("/data/0/embedding").asString())
			.isEqualTo("AACAPwAAAMA=");
		assertThat(answer.usage()).isNull();
	}

	@Test
	void classifiesWhatGoesWrongWithEmbeddings() {
		this.upstream.thenAnswer(200, "application/json", "{\"embeddings\":[]}");
		this.upstream.thenAnswer(503, "application/json", "{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}");
		List<FailureClass> classes = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			classes.add(catchThrowableOfType(UpstreamFailure.class, () -> embed("{\"model\":\"m\",\"input\":\"a\"}"))
				.failureClass());
		}
		assertThat(classes).containsExactly(FailureClass.BROKEN_ANSWER, FailureClass.OVERLOADED);
		assertThat(
				catchThrowableOfType(UpstreamFailure.class, () -> embed("{\"model\":\"m\",\"input\":[[1,2]]}")).param())
			.isEqualTo("input");
	}

	private CompleteAnswer embed(String body) throws UpstreamFailure {
		try (UpstreamAnswer answer = this.provider.call(ProviderCalls.call(deployment(), Endpoint.EMBEDDINGS, body))) {
			return CompleteAnswer.read(Endpoint.EMBEDDINGS, answer, CompleteAnswer.BYTES_MAX);
		}
	}

	private Deployment deployment() {
		return ProviderCalls.deployment(ProviderCalls.provider("gemini", this.upstream.url(), Map.of()),
				ProviderCalls.SETTINGS);
	}

	private JsonNode answer(String scene, boolean stream, String... members) throws UpstreamFailure {
		if (stream) {
			this.upstream.thenStream(recorded(scene + ".sse").split("(?<=\n\n)"));
			List<String> all = new ArrayList<>(List.of(members));
			all.add("\"stream\":true");
			return assembled(ProviderCalls.chat("Hi", all.toArray(String[]::new)));
		}
		this.upstream.thenAnswer(200, "application/json", recorded(scene + ".json"));
		return whole(ProviderCalls.chat("Hi", members));
	}

	private void ask(String body) throws UpstreamFailure {
		ask(body, "gemini-3-flash");
	}

	private void ask(String body, String model) throws UpstreamFailure {
		this.upstream.thenAnswer(200, "application/json", recorded("text.json"));
		Deployment plain = deployment();
		whole(new Deployment(plain.id(), plain.name(), plain.model(), plain.provider(), model, plain.credential(),
				plain.dataClass(), plain.settings(), true, false), body);
	}

	private JsonNode whole(String body) throws UpstreamFailure {
		return whole(deployment(), body);
	}

	private JsonNode whole(Deployment deployment, String body) throws UpstreamFailure {
		try (UpstreamAnswer answer = this.provider
			.call(ProviderCalls.call(deployment, Endpoint.CHAT_COMPLETIONS, body))) {
			CompleteAnswer complete = CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, answer, CompleteAnswer.BYTES_MAX);
			return JSON.readTree(complete.bytes(), 0, complete.length());
		}
	}

	private JsonNode assembled(String body) throws UpstreamFailure {
		try (UpstreamAnswer answer = this.provider
			.call(ProviderCalls.call(deployment(), Endpoint.CHAT_COMPLETIONS, body))) {
			byte[] bytes = answer.body().readAllBytes();
			ChatCompletionWriter completion = new ChatCompletionWriter();
			new ChatEventReader().read(bytes, 0, bytes.length).forEach(completion::add);
			return JSON.readTree(completion.write());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private JsonNode sent() {
		String request = this.upstream.requests().getLast();
		return JSON.readTree(request.substring(request.indexOf("\r\n\r\n") + 4));
	}

	private static String recorded(String file) {
		try (InputStream in = Objects.requireNonNull(GeminiWireTests.class.getResourceAsStream("/wire/gemini/" + file),
				file)) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
