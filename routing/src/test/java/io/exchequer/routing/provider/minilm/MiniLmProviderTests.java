package io.exchequer.routing.provider.minilm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.provider.ProviderCalls;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.Endpoint;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

class MiniLmProviderTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final MiniLmEmbeddingModel MODEL = new MiniLmEmbeddingModel();

	private static final MiniLmProvider PROVIDER = new MiniLmProvider(MODEL, Clock.systemUTC());

	private static final Deployment DEPLOYMENT = ProviderCalls
		.deployment(ProviderCalls.provider("minilm", "", Map.of()), ProviderCalls.SETTINGS);

	@AfterAll
	static void close() {
		PROVIDER.close();
		MODEL.close();
	}

	@Test
	void embedsLikeTextsCloseToEachOther() throws Exception {
		JsonNode data = embed("[\"A cat sits on the mat.\",\"A kitten is on the rug.\",\"Quarterly tax accounts.\"]")
			.path("data");
		assertThat(data).hasSize(3);
		double near = cosine(data.get(0), data.get(1));
		double far = cosine(data.get(0), data.get(2));
		assertThat(near).isGreaterThan(0.5);
		assertThat(far).isLessThan(0.2);
		assertThat(cosine(data.get(0), data.get(0))).isCloseTo(1, within(1e-4));
	}

	@Test
	void countsTheWordPiecesThatWereRead() throws Exception {
		CompleteAnswer answer = answer("{\"model\":\"m\",\"input\":\"hello world\"}");
		assertThat(answer.usage()).isNotNull();
		assertThat(JSON.readTree(answer.bytes(), 0, answer.length()).path("usage").path("prompt_tokens").asInt())
			.isEqualTo(4);
		assertThat(java.util.Objects.requireNonNull(answer.usage()).get(UsageBucket.INPUT)).isEqualTo(4);
	}

	@Test
	void readsTheFirst256WordPiecesAndSaysSo() throws Exception {
		JsonNode json = embed("\"" + "word ".repeat(400) + "\"");
		assertThat(json.path("usage").path("prompt_tokens").asInt()).isEqualTo(256);
		assertThat(json.path("data").get(0).path("truncated").asBoolean(false)).isTrue();
		JsonNode within = embed("\"" + "word ".repeat(254) + "\"");
		assertThat(within.path("usage").path("prompt_tokens").asInt()).isEqualTo(256);
		assertThat(within.path("data").get(0).has("truncated")).isFalse();
	}

	@Test
	void writesTheSameNumbersAsBase64() throws Exception {
		JsonNode numbers = embed("\"hello\"").path("data").get(0).path("embedding");
		JsonNode text = embed("\"hello\",\"encoding_format\":\"base64\"").path("data").get(0).path("embedding");
		ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text.asString())).order(ByteOrder.LITTLE_ENDIAN);
		assertThat(numbers).hasSize(384);
		for (JsonNode number : numbers) {
			assertThat(bytes.getFloat()).isEqualTo(number.floatValue());
		}
		assertThat(bytes.hasRemaining()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "[1,2,3]", "[[1,2],[3]]", "\"x\",\"dimensions\":128", "\"x\",\"encoding_format\":\"hex\"" })
	void refusesWhatTheModelCannotDo(String input) {
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
				() -> answer("{\"model\":\"m\",\"input\":" + input + "}"));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.CALLER_FAULT);
		assertThat(failure.status()).isEqualTo(400);
		assertThat(failure.mayHaveCost()).isFalse();
		assertThat(failure.advice()).contains("'" + failure.param() + "' must");
	}

	@Test
	void takes256TextsAndNotOneMore() throws Exception {
		String texts = "\"a\",".repeat(256);
		assertThat(embed("[" + texts.substring(0, texts.length() - 1) + "]").path("data")).hasSize(256);
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> embed("[" + texts + "\"a\"]"));
		assertThat(failure.failureClass()).isEqualTo(FailureClass.CALLER_FAULT);
	}

	@Test
	void isAnEmbeddingModelOfSpringAi() {
		assertThat(MODEL.dimensions()).isEqualTo(384);
		assertThat(MODEL.embed("hello")).hasSize(384);
	}

	private static JsonNode embed(String input) throws UpstreamFailure {
		CompleteAnswer answer = answer("{\"model\":\"m\",\"input\":" + input + "}");
		return JSON.readTree(answer.bytes(), 0, answer.length());
	}

	private static CompleteAnswer answer(String body) throws UpstreamFailure {
		try (UpstreamAnswer answer = PROVIDER.call(ProviderCalls.call(DEPLOYMENT, Endpoint.EMBEDDINGS, body))) {
			return CompleteAnswer.read(Endpoint.EMBEDDINGS, answer, CompleteAnswer.BYTES_MAX);
		}
	}

	private static double cosine(JsonNode one, JsonNode other) {
		double sum = 0;
		for (int i = 0; i < 384; i++) {
			sum += one.path("embedding").get(i).doubleValue() * other.path("embedding").get(i).doubleValue();
		}
		return sum;
	}

}
