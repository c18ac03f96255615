package io.exchequer.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class HttpFramingTests {

	private final List<String> seen = new ArrayList<>();

	private final HttpFraming framing = new HttpFraming(new HttpFraming.Listener() {

		private final StringBuilder body = new StringBuilder();

		@Override
		public void onHead(String head) {
			HttpFramingTests.this.seen.add(head.substring(0, head.indexOf('\r')));
			this.body.setLength(0);
		}

		@Override
		public void onBody(byte[] bytes, int from, int to) {
			this.body.append(new String(bytes, from, to - from, StandardCharsets.US_ASCII));
		}

		@Override
		public void onEnd() {
			HttpFramingTests.this.seen.add(this.body.toString());
		}

	});

	@Test
	void splitsMessagesWithALengthThatArriveTogether() {
		feed("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n");
		assertThat(this.seen).containsExactly("post /a http/1.1", "abc", "get /b http/1.1", "");
	}

	@Test
	void takesChunksApartWhereverTheyAreCut() {
		String text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nB\r\ndefghijklmn\r\n0\r\nx: y\r\n\r\n";
		for (char next : (text + text).toCharArray()) {
			feed(String.valueOf(next));
		}
		assertThat(this.seen).containsExactly("http/1.1 200 ok", "abcdefghijklmn", "http/1.1 200 ok", "abcdefghijklmn");
	}

	@Test
	void rejectsAChunkSizeThatIsNoNumber() {
		assertThatIllegalStateException()
			.isThrownBy(() -> feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"))
			.withMessageContaining("chunk");
	}

	private void feed(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
		this.framing.feed(bytes, 0, bytes.length);
	}

}
