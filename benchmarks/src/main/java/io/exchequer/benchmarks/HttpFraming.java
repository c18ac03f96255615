package io.exchequer.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Splits one direction of an HTTP/1.1 connection into messages as their bytes arrive,
 * without copying bodies. Knows messages with a {@code Content-Length}, chunked ones and
 * ones without a body, and nothing more: both ends are the benchmark's own.
 */
final class HttpFraming {

	/** What was found, in order, within one call of {@link #feed}. */
	interface Listener {

		/**
		 * Tells that a head is complete.
		 * @param head the start line and the fields, in lower case
		 */
		void onHead(String head);

		/** Tells of bytes of the body, whose framing has been taken off. */
		void onBody(byte[] bytes, int from, int to);

		/** Tells that the message is complete. */
		void onEnd();

	}

	private enum State {

		HEAD, FIXED, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER

	}

	private static final int HEAD_BYTES_MAX = 64 * 1024;

	private final Listener listener;

	private final byte[] head = new byte[HEAD_BYTES_MAX];

	private int headLength;

	private State state = State.HEAD;

	private long remaining;

	private int trailerLine;

	HttpFraming(Listener listener) {
		this.listener = listener;
	}

	/**
	 * Takes the next bytes of the connection.
	 * @throws IllegalStateException if a head is too long or a chunk's size is no number
	 */
	void feed(byte[] bytes, int from, int to) {
		int at = from;
		while (at < to) {
			at = switch (this.state) {
				case HEAD -> head(bytes, at, to);
				case FIXED -> data(bytes, at, to);
				case CHUNK_SIZE -> chunkSize(bytes, at);
				case CHUNK_DATA -> data(bytes, at, to);
				case CHUNK_END -> chunkEnd(bytes, at);
				case TRAILER -> trailer(bytes, at);
			};
		}
	}

	private int head(byte[] bytes, int from, int to) {
		byte[] into = this.head;
		int length = this.headLength;
		for (int at = from; at < to; at++) {
			if (length == HEAD_BYTES_MAX) {
				throw new IllegalStateException("A head of more than " + HEAD_BYTES_MAX + " bytes");
			}
			byte next = bytes[at];
			into[length++] = next;
			if (next == '\n' && length > 3 && into[length - 2] == '\r' && into[length - 3] == '\n') {
				this.headLength = 0;
				headComplete(new String(into, 0, length, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT));
				return at + 1;
			}
		}
		this.headLength = length;
		return to;
	}

	private void headComplete(String text) {
		this.listener.onHead(text);
		if (text.contains("\r\ntransfer-encoding: chunked")) {
			this.remaining = 0;
			this.state = State.CHUNK_SIZE;
			return;
		}
		this.remaining = contentLength(text);
		if (this.remaining == 0) {
			end();
		}
		else {
			this.state = State.FIXED;
		}
	}

	private static long contentLength(String head) {
		String name = "\r\ncontent-length:";
		int at = head.indexOf(name);
		return (at < 0) ? 0 : Long.parseLong(head.substring(at + name.length(), head.indexOf('\r', at + 2)).strip());
	}

	private int data(byte[] bytes, int from, int to) {
		int end = from + (int) Math.min(this.remaining, to - from);
		this.listener.onBody(bytes, from, end);
		this.remaining -= end - from;
		if (this.remaining == 0) {
			if (this.state == State.FIXED) {
				end();
			}
			else {
				this.state = State.CHUNK_END;
			}
		}
		return end;
	}

	private int chunkSize(byte[] bytes, int at) {
		byte next = bytes[at];
		if (next == '\n') {
			this.trailerLine = 0;
			this.state = (this.remaining == 0) ? State.TRAILER : State.CHUNK_DATA;
		}
		else if (next != '\r') {
			int digit = Character.digit(next, 16);
			if (digit < 0) {
				throw new IllegalStateException("A chunk's size has the byte " + next);
			}
			this.remaining = this.remaining * 16 + digit;
		}
		return at + 1;
	}

	private int chunkEnd(byte[] bytes, int at) {
		if (bytes[at] == '\n') {
			this.state = State.CHUNK_SIZE;
		}
		return at + 1;
	}

	private int trailer(byte[] bytes, int at) {
		if (bytes[at] == '\n') {
			if (this.trailerLine == 0) {
				end();
			}
			this.trailerLine = 0;
		}
		else if (bytes[at] != '\r') {
			this.trailerLine++;
		}
		return at + 1;
	}

	private void end() {
		this.state = State.HEAD;
		this.listener.onEnd();
	}

}
