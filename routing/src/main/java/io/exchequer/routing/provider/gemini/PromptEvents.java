package io.exchequer.routing.provider.gemini;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * An event stream with an empty event behind every event. The SDK hands an event on only
 * when it has read the next one, so that a client would always be one event behind.
 */
final class PromptEvents extends FilterInputStream {

	private static final byte[] EMPTY = "data: {}\n\n".getBytes(StandardCharsets.US_ASCII);

	private static final int READ_MAX = 4096;

	private final byte[] in = new byte[READ_MAX];

	/** An event has three bytes at least, of which the first two may have come before. */
	private final byte[] out = new byte[READ_MAX + (READ_MAX / 3 + 1) * EMPTY.length];

	private int begin;

	private int end;

	private boolean lineIsEmpty = true;

	private boolean eventIsEmpty = true;

	PromptEvents(InputStream in) {
		super(in);
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xFF;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		if (length == 0) {
			return 0;
		}
		while (this.begin == this.end) {
			int count = super.read(this.in, 0, READ_MAX);
			if (count < 0) {
				return -1;
			}
			this.begin = 0;
			this.end = 0;
			for (int i = 0; i < count; i++) {
				take(this.in[i]);
			}
		}
		int count = Math.min(length, this.end - this.begin);
		System.arraycopy(this.out, this.begin, target, offset, count);
		this.begin += count;
		return count;
	}

	private void take(byte b) {
		this.out[this.end++] = b;
		if (b != '\n') {
			this.lineIsEmpty &= b == '\r';
			this.eventIsEmpty &= this.lineIsEmpty;
			return;
		}
		if (this.lineIsEmpty && !this.eventIsEmpty) {
			System.arraycopy(EMPTY, 0, this.out, this.end, EMPTY.length);
			this.end += EMPTY.length;
			this.eventIsEmpty = true;
		}
		this.lineIsEmpty = true;
	}

}
