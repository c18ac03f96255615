package io.exchequer.routing.provider.openai;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What a real server sent, played again with its head and its chunks as they were. The
 * README beside the recordings says how they were made.
 */
class CapturedWireTests {

	private static final String FOLDER = "/wire/captured/llamacpp-b11669/";

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final WireServer upstream = new WireServer();

	private final OpenAiProvider provider = new OpenAiProvider(Clock.systemUTC());

	@AfterEach
	void close() {
		this.provider.close();
		this.upstream.close();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "chat|{INPUT=23, OUTPUT=5, REQUEST=1}", "chat-tools|{INPUT=369, OUTPUT=54, REQUEST=1}" })
	void countsTheUsageOfAWholeAnswer(String name, String usage) throws Exception {
		CompleteAnswer answer = whole(Endpoint.CHAT_COMPLETIONS, name);
		assertThat(answer.usage()).hasToString(usage);
		assertThat(new String(answer.bytes(), 0, answer.length(), StandardCharsets.UTF_8)).isEqualTo(body(name));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "embeddings|{INPUT=7, REQUEST=1}", "embeddings-base64|{INPUT=3, REQUEST=1}" })
	void countsTheUsageOfEmbeddings(String name, String usage) throws Exception {
		assertThat(whole(Endpoint.EMBEDDINGS, name).usage()).hasToString(usage);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "chat-stream|{INPUT=23, OUTPUT=5, REQUEST=1}",
					"chat-length-stream|{INPUT=23, OUTPUT=6, REQUEST=1}",
					"chat-logprobs-stream|{INPUT=23, OUTPUT=5, REQUEST=1}",
					"chat-tools-stream|{INPUT=369, OUTPUT=54, REQUEST=1}" })
	void passesAStreamByteForByteAndCountsItsUsage(String name, String usage) throws Exception {
		try (Played stream = new Played(name)) {
			assertThat(stream.read()).isEqualTo(body(name));
			assertThat(stream.reader.complete()).isTrue();
			assertThat(stream.last).isEqualTo(FrameKind.DONE);
			assertThat(stream.reader.usage()).hasToString(usage);
		}
	}

	@Test
	void knowsNoUsageWhereNoneWasSent() throws Exception {
		try (Played stream = new Played("chat-stream-without-usage")) {
			assertThat(stream.read()).isEqualTo(body("chat-stream-without-usage"));
			assertThat(stream.reader.complete()).isTrue();
			assertThat(stream.reader.usage()).isNull();
		}
	}

	@Test
	void commitsWithTheFirstPieceOfAToolCall() throws Exception {
		try (Played stream = new Played("chat-tools-stream")) {
			assertThat(stream.reader.next()).isEqualTo(FrameKind.EMPTY);
			assertThat(stream.reader.next()).isEqualTo(FrameKind.COMMIT);
			assertThat(stream.frame()).contains("\"tool_calls\":[{\"index\":0", "\"name\":\"weather\"");
		}
	}

	@Test
	void streamsTheArgumentsThatItAnswersWhole() throws Exception {
		StringBuilder arguments = new StringBuilder();
		for (String line : body("chat-tools-stream").split("\n")) {
			if (line.startsWith("data: {")) {
				arguments.append(function(line.substring(6), "delta").path("arguments").asString(""));
			}
		}
		assertThat(arguments).hasToString(function(body("chat-tools"), "message").path("arguments").asString())
			.hasToString("{\"city\":\"Lyon\",\"days\":3}");
	}

	@ParameterizedTest
	@CsvSource({ "chat-too-long, CONTEXT_TOO_LONG, 400", "chat-bad-json, CALLER_FAULT, 400",
			"chat-no-messages, CALLER_FAULT, 400", "wrong-key, CREDENTIAL_REJECTED, 401",
			"no-such-path, MODEL_GONE, 404", "embeddings-refused, SERVER_ERROR, 501" })
	void classifiesARefusalWithoutACost(String name, FailureClass failureClass, int status) {
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class,
				() -> this.provider.call(play(Endpoint.CHAT_COMPLETIONS, name, false)).close());
		assertThat(failure.failureClass()).isEqualTo(failureClass);
		assertThat(failure.status()).isEqualTo(status);
		assertThat(failure.mayHaveCost()).isFalse();
	}

	@Test
	void usesItsConnectionAgainUntilItCloses() throws Exception {
		whole(Endpoint.CHAT_COMPLETIONS, "chat");
		whole(Endpoint.CHAT_COMPLETIONS, "chat");
		classifiesARefusalWithoutACost("chat-too-long", FailureClass.CONTEXT_TOO_LONG, 400);
		assertThat(this.upstream.connections()).isEqualTo(1);
		whole(Endpoint.CHAT_COMPLETIONS, "chat");
		assertThat(this.upstream.connections()).isEqualTo(2);
	}

	@Test
	void usesNoConnectionAgainThatCarriedAStream() throws Exception {
		try (Played stream = new Played("chat-stream")) {
			stream.read();
		}
		whole(Endpoint.CHAT_COMPLETIONS, "chat");
		assertThat(this.upstream.connections()).isEqualTo(2);
	}

	private static JsonNode function(String json, String part) {
		return JSON.readTree(json).path("choices").path(0).path(part).path("tool_calls").path(0).path("function");
	}

	private CompleteAnswer whole(Endpoint endpoint, String name) throws Exception {
		try (UpstreamAnswer answer = this.provider.call(play(endpoint, name, false))) {
			return CompleteAnswer.read(endpoint, answer, CompleteAnswer.BYTES_MAX);
		}
	}

	private UpstreamCall play(Endpoint endpoint, String name, boolean stream) throws IOException {
		byte[] recording = captured(name);
		this.upstream.then((out, connection) -> {
			out.write(recording);
			out.flush();
			// So does the server, without a word of it in the stream's head.
			if (stream) {
				connection.close();
			}
		});
		String body = (endpoint == Endpoint.EMBEDDINGS) ? "{\"model\":\"m\",\"input\":\"x\"}"
				: ProviderCalls.chat("x", "\"stream\":" + stream);
		return ProviderCalls
			.call(ProviderCalls.deployment(ProviderCalls.provider("openai", this.upstream.url() + "/v1", Map.of()),
					ProviderCalls.SETTINGS), endpoint, body);
	}

	/** Returns a recording's body, its chunks put together. */
	private static String body(String name) throws IOException {
		// A character a byte: the chunks' lengths count bytes.
		String recording = new String(captured(name), StandardCharsets.ISO_8859_1);
		int head = recording.indexOf("\r\n\r\n");
		String body = recording.substring(head + 4);
		if (recording.substring(0, head).contains("Transfer-Encoding: chunked")) {
			body = joined(body);
		}
		return new String(body.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
	}

	private static String joined(String chunks) {
		StringBuilder whole = new StringBuilder();
		int start = 0;
		while (true) {
			int line = chunks.indexOf("\r\n", start);
			int length = Integer.parseInt(chunks.substring(start, line), 16);
			if (length == 0) {
				return whole.toString();
			}
			whole.append(chunks, line + 2, line + 2 + length);
			start = line + 2 + length + 2;
		}
	}

	private static byte[] captured(String name) throws IOException {
		try (InputStream in = Objects
			.requireNonNull(CapturedWireTests.class.getResourceAsStream(FOLDER + name + ".http"), name)) {
			return in.readAllBytes();
		}
	}

	/** A stream that is played. */
	private final class Played implements AutoCloseable {

		private final UpstreamAnswer answer;

		private final EventStreamReader reader;

		private FrameKind last = FrameKind.END;

		Played(String name) throws Exception {
			this.answer = CapturedWireTests.this.provider.call(play(Endpoint.CHAT_COMPLETIONS, name, true));
			this.reader = EventStreamReader.open(this.answer, EventStreamReader.FRAME_BYTES_MAX);
		}

		String read() throws UpstreamFailure {
			StringBuilder text = new StringBuilder();
			FrameKind kind = this.reader.next();
			while (kind != FrameKind.END) {
				this.last = kind;
				text.append(frame());
				kind = this.reader.next();
			}
			return text.toString();
		}

		String frame() {
			return new String(this.reader.buffer(), this.reader.offset(), this.reader.length(), StandardCharsets.UTF_8);
		}

		@Override
		public void close() {
			this.answer.close();
		}

	}

}
