package io.exchequer.routing.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class EventStreamReaderTests {

	private static final int MAX = EventStreamReader.FRAME_BYTES_MAX;

	private static final String ROLE = chunk("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null");

	private static final String CONTENT = chunk("{\"content\":\"Hi \\\"usage\\\" [DONE] \u4e2d\"}", "null");

	private static final String FINISH = chunk("{}", "\"stop\"");

	private static final String USAGE = "data: {\"id\":\"c\",\"choices\":[],\"service_tier\":\"flex\",\"usage\":"
			+ "{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18,"
			+ "\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\n";

	private static final String DONE = "data: [DONE]\n\n";

	private static final String STREAM = ": keep-alive\n\n" + ROLE + CONTENT + "event: ping\n\n" + CONTENT + FINISH
			+ USAGE + DONE;

	private static final List<FrameKind> KINDS = List.of(FrameKind.COMMENT, FrameKind.EMPTY, FrameKind.COMMIT,
			FrameKind.OTHER, FrameKind.COMMIT, FrameKind.FINISH, FrameKind.USAGE, FrameKind.DONE);

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "\r" })
	void readsTheSameFramesWhereverTheBytesAreSplit(String lineEnd) throws Exception {
		byte[] bytes = STREAM.replace("\n", lineEnd).getBytes(StandardCharsets.UTF_8);
		for (int split = 0; split <= bytes.length; split++) {
			Read read = read(List.of(Arrays.copyOf(bytes, split), Arrays.copyOfRange(bytes, split, bytes.length)));
			assertThat(read.kinds()).as("split at %s", split).isEqualTo(KINDS);
			assertThat(read.bytes()).isEqualTo(bytes);
			assertThat(read.complete()).isTrue();
			assertThat(read.serviceTier()).isEqualTo("flex");
			assertThat(read.usage()).isEqualTo(TokenUsage.NONE.with(UsageBucket.REQUEST, 1)
				.with(UsageBucket.INPUT, 7)
				.with(UsageBucket.CACHE_READ, 4)
				.with(UsageBucket.OUTPUT, 7));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "\r" })
	void readsTheSameFramesByteByByte(String lineEnd) throws Exception {
		byte[] bytes = STREAM.replace("\n", lineEnd).getBytes(StandardCharsets.UTF_8);
		List<byte[]> pieces = new ArrayList<>();
		for (byte b : bytes) {
			pieces.add(new byte[] { b });
		}
		Read read = read(pieces);
		assertThat(read.kinds()).isEqualTo(KINDS);
		assertThat(read.bytes()).isEqualTo(bytes);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = { "{\"role\":\"assistant\"}|EMPTY", "{}|EMPTY",
			"{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"\",\"tool_calls\":[ ]}|EMPTY",
			"{\"content\":\"x\"}|COMMIT", "{\"content\":[{\"type\":\"thinking\"}]}|COMMIT",
			"{\"reasoning_content\":\"x\"}|COMMIT", "{\"reasoning\":\"x\"}|COMMIT", "{\"refusal\":\"no\"}|COMMIT",
			"{\"tool_calls\":[{\"index\":0}]}|COMMIT", "{\"function_call\":{\"name\":\"f\"}}|COMMIT",
			"{\"audio\":{\"data\":\"AA\"}}|COMMIT", "{\"audio\":{ }}|EMPTY" })
	void commitsWithTheFirstThingToShow(String delta, FrameKind kind) throws Exception {
		assertThat(read(chunk(delta, "null")).kinds()).containsExactly(kind);
	}

	@Test
	void commitsWithTheTextOfTheOlderCompletions() throws Exception {
		assertThat(read("data: {\"choices\":[{\"text\":\"x\",\"index\":0}]}\n\n").kinds())
			.containsExactly(FrameKind.COMMIT);
	}

	@Test
	void takesUsageThatRidesInAFinishChunkAndKeepsThatChunk() throws Exception {
		Read read = read(CONTENT + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":"
				+ "\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n\n" + DONE);
		assertThat(read.kinds()).containsExactly(FrameKind.COMMIT, FrameKind.FINISH, FrameKind.DONE);
		assertThat(read.usage().inputTokens()).isEqualTo(3);
		assertThat(read.complete()).isTrue();
	}

	@Test
	void doesNotTakeANullUsageForUsage() throws Exception {
		Read read = read("data: {\"choices\":[],\"usage\":null,\"prompt_filter_results\":[]}\n\n");
		assertThat(read.kinds()).containsExactly(FrameKind.EMPTY);
		assertThat(read.usage()).isEqualTo(TokenUsage.NONE);
	}

	@Test
	void joinsDataOfSeveralLines() throws Exception {
		String frame = "id: 7\ndata: {\"choices\":[{\"index\":0,\ndata:\"delta\":{\"content\":\"x\"}}]}\n\n";
		Read read = read(frame);
		assertThat(read.kinds()).containsExactly(FrameKind.COMMIT);
		assertThat(read.bytes()).asString(StandardCharsets.UTF_8).isEqualTo(frame);
	}

	@Test
	void isIncompleteWithoutDone() throws Exception {
		assertThat(read(CONTENT + FINISH).complete()).isFalse();
	}

	@Test
	void isIncompleteWithoutAFinishReasonForEachChoice() throws Exception {
		String second = CONTENT.replace("\"index\":0", "\"index\":1");
		assertThat(read(CONTENT + DONE).complete()).isFalse();
		assertThat(read(CONTENT + second + FINISH + DONE).complete()).isFalse();
		assertThat(read(CONTENT + second + FINISH + FINISH.replace("\"index\":0", "\"index\":1") + DONE).complete())
			.isTrue();
		assertThat(read(DONE).complete()).isFalse();
	}

	@Test
	void leavesItToTheProviderHowManyChoicesItMakes() throws Exception {
		// Ollama makes one choice whatever n is, and says so by ending there.
		assertThat(read(CONTENT + FINISH + DONE).complete()).isTrue();
	}

	@Test
	void takesOnlyUsageFromTheEndForTheStreamsUsage() throws Exception {
		String running = CONTENT.replace("\"usage\":null",
				"\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}");
		String second = running.replace("\"index\":0", "\"index\":1");
		String early = USAGE.replace("\"completion_tokens\":7,\"total_tokens\":18",
				"\"completion_tokens\":1,\"total_tokens\":12");
		assertThat(read(running + FINISH + DONE).usage()).isEqualTo(TokenUsage.NONE);
		assertThat(read(early + CONTENT + FINISH + DONE).usage()).isEqualTo(TokenUsage.NONE);
		assertThat(read(running + FINISH + USAGE + DONE).usage().outputTokens()).isEqualTo(7);
		assertThat(
				read(running + FINISH + early + second + FINISH.replace("\"index\":0", "\"index\":1") + DONE).usage())
			.isEqualTo(TokenUsage.NONE);
	}

	@Test
	void takesAUsageThatCannotBeForAUsageChunkWithoutUsage() throws Exception {
		String zeros = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}}\n\n";
		String huge = zeros.replace(":0,\"completion", ":123456789012345,\"completion");
		for (String frame : List.of(zeros, huge)) {
			Read read = read(CONTENT + FINISH + frame + DONE);
			assertThat(read.kinds()).containsExactly(FrameKind.COMMIT, FrameKind.FINISH, FrameKind.USAGE,
					FrameKind.DONE);
			assertThat(read.usage()).isEqualTo(TokenUsage.NONE);
			assertThat(read(CONTENT + FINISH + USAGE + frame + DONE).usage()).isEqualTo(TokenUsage.NONE);
		}
	}

	@Test
	void passesOverOneByteOrderMarkBeforeTheFirstFrame() throws Exception {
		for (String stream : List.of(STREAM, STREAM.substring(STREAM.indexOf("data:")),
				"event: x\n" + STREAM.substring(STREAM.indexOf("data:")))) {
			Read read = read("\ufeff" + stream);
			assertThat(read.kinds()).isEqualTo(read(stream).kinds());
			assertThat(read.bytes()).isEqualTo(bytes("\ufeff" + stream));
			assertThat(read.complete()).isTrue();
		}
		assertThat(read(CONTENT + "\ufeff" + CONTENT).kinds()).containsExactly(FrameKind.COMMIT, FrameKind.OTHER);
	}

	@Test
	void takesALastDoneWithoutItsBlankLine() throws Exception {
		for (String end : new String[] { "data: [DONE]", "data: [DONE]\n", "data:[DONE]\r\n" }) {
			Read read = read(CONTENT + FINISH + end);
			assertThat(read.complete()).as(end).isTrue();
			assertThat(read.bytes()).asString(StandardCharsets.UTF_8).endsWith(end);
		}
	}

	@Test
	void dropsAFrameThatTheEndCutOff() throws Exception {
		Read read = read(CONTENT + "data: {\"choices\":[]}");
		assertThat(read.kinds()).containsExactly(FrameKind.COMMIT);
		assertThat(read.bytes()).asString(StandardCharsets.UTF_8).isEqualTo(CONTENT);
		assertThat(read.complete()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "data: {\"choices\":[\n\n", "data: hello\n\n", "data: {} {}\n\n", "data: [1]\n\n",
			"data: {\"choices\":[{\"index\":128}]}\n\n", "data: {\"choices\":[{\"index\":-1}]}\n\n",
			"<html>\n<body>\n\n", "{\"error\":\"x\"}\n\n" })
	void isBrokenWhereAFrameIsNotWhatItShouldBe(String frame) {
		UpstreamFailure failure = failure(CONTENT + frame);
		assertThat(failure.failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
		assertThat(failure.mayHaveCost()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = {
			"data: {\"error\":{\"message\":\"secret text\",\"type\":\"overloaded_error\",\"code\":null}}\n\n",
			"data: {\"object\":\"error\",\"message\":\"secret text\",\"code\":503}\n\n",
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\",\"error\":{\"message\":\"secret text\",\"code\":503}}]}\n\n",
			"event: error\ndata: {\"message\":\"secret text\",\"type\":\"overloaded_error\"}\n\n",
			"error: {\"code\":503,\"message\":\"secret text\",\"type\":\"unavailable_error\"}\n\n" })
	void tellsTheErrorThatAStreamBreaksOffWith(String frame) throws Exception {
		EventStreamReader reader = EventStreamReader.open(TestAnswer.stream(List.of(bytes(CONTENT + frame + DONE))),
				MAX);
		assertThat(reader.next()).isEqualTo(FrameKind.COMMIT);
		assertThat(reader.next()).isEqualTo(FrameKind.ERROR);
		UpstreamFailure failure = Objects.requireNonNull(reader.failure());
		assertThat(failure.failureClass()).isEqualTo(FailureClass.OVERLOADED);
		assertThat(failure.mayHaveCost()).isTrue();
		assertThat(failure).hasMessageNotContaining("secret");
		reader.next();
		assertThat(reader.complete()).isFalse();
	}

	@Test
	void growsForLongFramesUpToTheLimit() throws Exception {
		String chunk = chunk("{\"content\":\"" + "x".repeat(60_000) + "\"}", "null");
		Read read = read(chunk + FINISH + DONE);
		assertThat(read.kinds()).containsExactly(FrameKind.COMMIT, FrameKind.FINISH, FrameKind.DONE);
		assertThat(read.bytes()).isEqualTo(bytes(chunk + FINISH + DONE));
		EventStreamReader small = EventStreamReader.open(TestAnswer.stream(List.of(bytes(chunk))), 20_000);
		UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, small::next);
		assertThat(failure.failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
	}

	@Test
	void saysWhetherAnotherFrameIsAtHand() throws Exception {
		EventStreamReader reader = EventStreamReader
			.open(TestAnswer.stream(List.of(bytes(ROLE + CONTENT + "data: {"), bytes("}\n\n" + DONE))), MAX);
		reader.next();
		assertThat(reader.ready()).isTrue();
		reader.next();
		assertThat(reader.ready()).isFalse();
		assertThat(new String(reader.buffer(), reader.offset(), reader.length(), StandardCharsets.UTF_8))
			.isEqualTo(CONTENT);
		reader.next();
		assertThat(reader.ready()).isTrue();
		assertThat(reader.next()).isEqualTo(FrameKind.DONE);
		assertThat(reader.ready()).isFalse();
		assertThat(reader.next()).isEqualTo(FrameKind.END);
	}

	@Test
	void tellsSilenceFromABrokenConnection() {
		assertThat(failure(new SocketTimeoutException("idle")).failureClass()).isEqualTo(FailureClass.TIMEOUT);
		assertThat(failure(new IOException("reset")).failureClass()).isEqualTo(FailureClass.NETWORK);
	}

	@Test
	void refusesAnAnswerThatIsNoEventStream() {
		UpstreamFailure html = catchThrowableOfType(UpstreamFailure.class,
				() -> EventStreamReader.open(new TestAnswer("text/html", java.io.InputStream.nullInputStream()), MAX));
		assertThat(html.failureClass()).isEqualTo(FailureClass.BROKEN_ANSWER);
		UpstreamFailure error = catchThrowableOfType(UpstreamFailure.class, () -> EventStreamReader
			.open(TestAnswer.json("{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"m\"}}"), MAX));
		assertThat(error.failureClass()).isEqualTo(FailureClass.RATE_LIMITED);
	}

	private static String chunk(String delta, String finish) {
		return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
				+ "\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finish
				+ "}],\"usage\":null}\n\n";
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static Read read(String stream) throws UpstreamFailure {
		return read(List.of(bytes(stream)));
	}

	private static Read read(List<byte[]> pieces) throws UpstreamFailure {
		EventStreamReader reader = EventStreamReader.open(TestAnswer.stream(pieces), MAX);
		List<FrameKind> kinds = new ArrayList<>();
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		FrameKind kind = reader.next();
		while (kind != FrameKind.END) {
			kinds.add(kind);
			out.write(reader.buffer(), reader.offset(), reader.length());
			kind = reader.next();
		}
		TokenUsage usage = reader.usage();
		return new Read(kinds, out.toByteArray(), reader.complete(), reader.serviceTier(),
				(usage != null) ? usage : TokenUsage.NONE);
	}

	private static UpstreamFailure failure(String stream) {
		return catchThrowableOfType(UpstreamFailure.class, () -> read(stream));
	}

	private static UpstreamFailure failure(IOException failure) {
		return catchThrowableOfType(UpstreamFailure.class, () -> {
			EventStreamReader reader = EventStreamReader.open(TestAnswer.failing(List.of(bytes(CONTENT)), failure),
					MAX);
			reader.next();
			reader.next();
		});
	}

	private record Read(List<FrameKind> kinds, byte[] bytes, boolean complete, String serviceTier, TokenUsage usage) {
	}

}
