package io.exchequer.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

class AnswersTests {

	@Test
	void answersWithAboutTwelveHundredBytesOfJson() {
		String body = text(Answers.completion()).split("\r\n\r\n", 2)[1];
		assertThat(body).hasSizeBetween(1_100, 1_400);
		assertThat(JsonMapper.shared().readTree(body).at("/usage/total_tokens").asInt()).isEqualTo(421);
	}

	@Test
	void streamsAHeadAndOneEventAWrite() {
		assertThat(Answers.stream(true)).hasSize(Answers.STREAM_EVENTS + 1);
		assertThat(Answers.stream(false)).hasSize(Answers.STREAM_EVENTS);
		assertThat(Answers.stream(true).stream().skip(1))
			.allSatisfy((event) -> assertThat(text(event)).matches("(?s)[0-9a-f]+\r\ndata: .*\n\n\r\n(0\r\n\r\n)?"));
	}

	@Test
	void asksWithAboutElevenHundredBytesOfJson() {
		assertThat(LoadRequest.body(false, "m")).hasSizeBetween(1_000, 1_200);
		assertThat(JsonMapper.shared().readTree(LoadRequest.body(true, "m")).get("stream").asBoolean()).isTrue();
	}

	private static String text(ByteBuffer bytes) {
		return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
	}

}
