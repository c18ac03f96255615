package io.exchequer.routing.provider;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.wire.CompleteAnswer;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.EventStreamReader;
import io.exchequer.routing.wire.FrameKind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What every provider of chat completions promises. A provider's test extends this and
 * arranges for each situation in its own way: a server that plays a recorded answer, or
 * the simulator's switches.
 */
public abstract class ProviderContractTests {

	protected static final JsonMapper JSON = JsonMapper.builder().build();

	/** Returns the provider. */
	protected abstract UpstreamProvider provider();

	/**
	 * Arranges for a situation and returns the call that meets it.
	 * @param stream whether a stream is asked for
	 */
	protected abstract UpstreamCall arrange(Situation situation, boolean stream);

	@Test
	void answersWhole() throws Exception {
		try (UpstreamAnswer answer = provider().call(arrange(Situation.ANSWER, false))) {
			assertThat(answer.status()).isEqualTo(200);
			assertThat(answer.contentType()).startsWith("application/json");
			CompleteAnswer whole = CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, answer, CompleteAnswer.BYTES_MAX);
			assertThat(text(whole)).isNotEmpty();
			assertThat(usage(whole.usage()).get(UsageBucket.REQUEST)).isEqualTo(1);
			assertThat(usage(whole.usage()).outputTokens()).isPositive();
		}
	}

	@Test
	void streamsToAProperEnd() throws Exception {
		try (UpstreamAnswer answer = provider().call(arrange(Situation.ANSWER, true))) {
			assertThat(answer.contentType()).startsWith("text/event-stream");
			Stream stream = read(answer);
			assertThat(stream.failure()).isNull();
			assertThat(stream.complete()).isTrue();
			assertThat(stream.kinds()).contains(FrameKind.COMMIT).endsWith(FrameKind.DONE);
			assertThat(usage(stream.usage()).outputTokens()).isPositive();
		}
	}

	@Test
	void streamsWhatItAnswersWhole() throws Exception {
		CompleteAnswer whole;
		try (UpstreamAnswer answer = provider().call(arrange(Situation.ANSWER, false))) {
			whole = CompleteAnswer.read(Endpoint.CHAT_COMPLETIONS, answer, CompleteAnswer.BYTES_MAX);
		}
		try (UpstreamAnswer answer = provider().call(arrange(Situation.ANSWER, true))) {
			Stream stream = read(answer);
			assertThat(stream.text()).isEqualTo(text(whole));
			assertThat(usage(stream.usage())).isEqualTo(usage(whole.usage()));
		}
	}

	@Test
	void tellsTheProvidersIdentifierOfTheCall() throws Exception {
		try (UpstreamAnswer answer = provider().call(arrange(Situation.ANSWER, false))) {
			assertThat(answer.upstreamRequestId()).isNotEmpty().matches("[\\x21-\\x7e]{1,128}");
		}
	}

	@Test
	void tellsARateLimitWithItsWaitAndWithoutACost() {
		UpstreamFailure failure = failure(Situation.RATE_LIMITED, false);
		assertThat(failure.failureClass()).isEqualTo(FailureClass.RATE_LIMITED);
		assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(1));
		assertThat(failure.mayHaveCost()).isFalse();
		assertThat(failure.status()).isEqualTo(429);
	}

	@Test
	void tellsAServersErrorWithoutACost() {
		UpstreamFailure failure = failure(Situation.SERVER_ERROR, true);
		assertThat(failure.failureClass()).isEqualTo(FailureClass.SERVER_ERROR);
		assertThat(failure.mayHaveCost()).isFalse();
	}

	@Test
	void givesUpOnSilenceThatMayHaveACost() {
		UpstreamFailure failure = failure(Situation.SILENCE, false);
		assertThat(failure.failureClass()).isEqualTo(FailureClass.TIMEOUT);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void tellsAResetThatMayHaveACost() {
		UpstreamFailure failure = failure(Situation.RESET, false);
		assertThat(failure.failureClass()).isEqualTo(FailureClass.NETWORK);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void tellsHtmlFromAnAnswer() {
		for (boolean stream : new boolean[] { false, true }) {
			UpstreamFailure failure = failure(Situation.HTML, stream);
			assertThat(failure.failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
			assertThat(failure.mayHaveCost()).isTrue();
		}
	}

	@Test
	void tellsHalfAJsonFromAnAnswer() {
		UpstreamFailure failure = failure(Situation.HALF_JSON, false);
		assertThat(failure.failureClass()).isIn(FailureClass.BROKEN_ANSWER, FailureClass.NETWORK);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@Test
	void tellsABrokenStreamFromAWholeOne() throws Exception {
		try (UpstreamAnswer answer = provider().call(arrange(Situation.BROKEN_STREAM, true))) {
			Stream stream = read(answer);
			assertThat(stream.kinds()).contains(FrameKind.COMMIT).doesNotContain(FrameKind.DONE);
			assertThat(stream.complete()).isFalse();
		}
	}

	@Test
	void stopsAtOnceWhenAborted() throws Exception {
		UpstreamAnswer answer = provider().call(arrange(Situation.ANSWER, true));
		EventStreamReader reader = EventStreamReader.open(answer, EventStreamReader.FRAME_BYTES_MAX);
		reader.next();
		answer.abort();
		answer.close();
		assertThat(catchThrowableOfType(java.io.IOException.class, () -> answer.body().read())).isNotNull();
	}

	@Test
	void neverSaysTheCredential() {
		for (Situation situation : Situation.values()) {
			if (situation != Situation.ANSWER && situation != Situation.BROKEN_STREAM) {
				assertThat(failure(situation, false)).hasMessageNotContaining("sk-test");
			}
		}
	}

	/** Makes a call that fails, in its head or in its body. */
	protected final UpstreamFailure failure(Situation situation, boolean stream) {
		return failure(arrange(situation, stream));
	}

	/** Makes a call that fails, in its head or in its body. */
	protected final UpstreamFailure failure(UpstreamCall call) {
		return catchThrowableOfType(UpstreamFailure.class, () -> {
			try (UpstreamAnswer answer = provider().call(call)) {
				if (call.stream()) {
					UpstreamFailure failure = read(answer).failure();
					if (failure != null) {
						throw failure;
					}
				}
				else {
					CompleteAnswer.read(call.endpoint(), answer, CompleteAnswer.BYTES_MAX);
				}
			}
		});
	}

	/** Reads a stream to its end or its failure. */
	protected static Stream read(UpstreamAnswer answer) throws UpstreamFailure {
		EventStreamReader reader = EventStreamReader.open(answer, EventStreamReader.FRAME_BYTES_MAX);
		List<FrameKind> kinds = new ArrayList<>();
		StringBuilder text = new StringBuilder();
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		UpstreamFailure failure = null;
		try {
			FrameKind kind = reader.next();
			while (kind != FrameKind.END) {
				kinds.add(kind);
				bytes.write(reader.buffer(), reader.offset(), reader.length());
				if (kind == FrameKind.COMMIT) {
					text.append(delta(reader));
				}
				kind = reader.next();
			}
		}
		catch (UpstreamFailure ex) {
			failure = ex;
		}
		return new Stream(kinds, text.toString(), bytes.toString(StandardCharsets.UTF_8), reader.complete(),
				reader.usage(), (failure != null) ? failure : reader.failure());
	}

	private static String delta(EventStreamReader reader) {
		String frame = new String(reader.buffer(), reader.offset(), reader.length(), StandardCharsets.UTF_8);
		JsonNode choice = JSON.readTree(frame.substring(frame.indexOf('{'))).path("choices").get(0);
		return choice.path("delta").path("content").asString("");
	}

	/** Returns the text of an answer's first choice. */
	protected static String text(CompleteAnswer answer) {
		return JSON.readTree(answer.bytes(), 0, answer.length())
			.path("choices")
			.get(0)
			.path("message")
			.path("content")
			.asString("");
	}

	private static TokenUsage usage(@Nullable TokenUsage usage) {
		assertThat(usage).isNotNull();
		return (usage != null) ? usage : TokenUsage.NONE;
	}

	/** What a provider meets. */
	public enum Situation {

		/** A proper answer. */
		ANSWER,
		/** Status 429 that asks for a wait of one second. */
		RATE_LIMITED,
		/** Status 500. */
		SERVER_ERROR,
		/** Nothing comes back. */
		SILENCE,
		/** The connection breaks once the request was sent. */
		RESET,
		/** A page instead of an answer, with status 200. */
		HTML,
		/** The answer breaks off. */
		HALF_JSON,
		/** The stream breaks off behind its first content. */
		BROKEN_STREAM

	}

	/**
	 * What a stream gave.
	 *
	 * @param kinds what its frames were
	 * @param text the text of its deltas
	 * @param bytes all of it
	 * @param complete whether it came to its proper end
	 * @param usage its usage, or null
	 * @param failure why it broke off, or null
	 */
	protected record Stream(List<FrameKind> kinds, String text, String bytes, boolean complete,
			@Nullable TokenUsage usage, @Nullable UpstreamFailure failure) {
	}

}
