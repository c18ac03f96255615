package io.exchequer.routing.wire;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import org.jspecify.annotations.Nullable;

/** An answer from memory, that arrives in the pieces a test wants. */
final class TestAnswer implements UpstreamAnswer {

	private final String contentType;

	private final InputStream body;

	TestAnswer(String contentType, InputStream body) {
		this.contentType = contentType;
		this.body = body;
	}

	static TestAnswer json(String body) {
		return new TestAnswer("application/json", new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
	}

	/** A stream whose every read gives one piece. */
	static TestAnswer stream(List<byte[]> pieces) {
		return new TestAnswer("text/event-stream; charset=utf-8", new Pieces(pieces, null));
	}

	/** A stream that fails after its pieces. */
	static TestAnswer failing(List<byte[]> pieces, IOException failure) {
		return new TestAnswer("text/event-stream", new Pieces(pieces, failure));
	}

	@Override
	public int status() {
		return 200;
	}

	@Override
	public String contentType() {
		return this.contentType;
	}

	@Override
	public @Nullable String upstreamRequestId() {
		return null;
	}

	@Override
	public InputStream body() {
		return this.body;
	}

	@Override
	public void abort() {
		// Nothing is open.
	}

	@Override
	public void close() {
		// Nothing is open.
	}

	private static final class Pieces extends InputStream {

		private final List<byte[]> pieces;

		private final @Nullable IOException failure;

		private int piece;

		private int at;

		Pieces(List<byte[]> pieces, @Nullable IOException failure) {
			this.pieces = pieces.stream().filter((bytes) -> bytes.length > 0).toList();
			this.failure = failure;
		}

		@Override
		public int read() throws IOException {
			byte[] one = new byte[1];
			return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xFF;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			if (this.piece == this.pieces.size()) {
				if (this.failure != null) {
					throw this.failure;
				}
				return -1;
			}
			byte[] current = this.pieces.get(this.piece);
			int count = Math.min(length, current.length - this.at);
			System.arraycopy(current, this.at, bytes, offset, count);
			this.at += count;
			if (this.at == current.length) {
				this.piece++;
				this.at = 0;
			}
			return count;
		}

	}

}
