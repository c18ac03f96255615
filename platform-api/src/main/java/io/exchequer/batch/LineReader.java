package io.exchequer.batch;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads a text line by line, and knows where each is. Lines end with a line feed, also
 * behind a carriage return; blank ones are passed over. A longer line than allowed is
 * passed over too, in the same memory, and told. Used by one thread.
 */
final class LineReader {

	private static final int BUFFER = 64 * 1024;

	private static final byte[] BYTE_ORDER_MARK = { (byte) 0xEF, (byte) 0xBB, (byte) 0xBF };

	private final InputStream in;

	private final int longest;

	private final byte[] buffer = new byte[BUFFER];

	private int from;

	private int to;

	private long read;

	private byte[] line = new byte[1024];

	private int length;

	private int number;

	private long position;

	private boolean tooLong;

	/**
	 * Makes a reader at the beginning of a text.
	 * @param longest the most bytes of a line, without its end
	 */
	LineReader(InputStream in, int longest) {
		this.in = in;
		this.longest = longest;
	}

	/** Goes to the next line that is not blank; returns false at the end. */
	boolean next() throws IOException {
		while (advance()) {
			if (this.tooLong || !isBlank()) {
				return true;
			}
		}
		return false;
	}

	/** Returns the line's bytes, from the array's beginning; valid until the next. */
	byte[] bytes() {
		return this.line;
	}

	/** Returns how many bytes it has; those of one that is too long are not all there. */
	int length() {
		return this.length;
	}

	/** Returns its number among all lines, from 1. */
	int number() {
		return this.number;
	}

	/** Returns where it begins, in bytes from the text's beginning. */
	long position() {
		return this.position;
	}

	/** Returns whether it is longer than allowed. */
	boolean isTooLong() {
		return this.tooLong;
	}

	private boolean advance() throws IOException {
		this.length = 0;
		this.tooLong = false;
		this.position = this.read - (this.to - this.from);
		boolean any = false;
		while (this.from < this.to || fill()) {
			any = true;
			int end = this.from;
			while (end < this.to && this.buffer[end] != '\n') {
				end++;
			}
			add(end);
			if (end < this.to) {
				this.from = end + 1;
				break;
			}
			this.from = end;
		}
		if (any) {
			this.number++;
			trim();
		}
		return any;
	}

	private boolean fill() throws IOException {
		int count = this.in.read(this.buffer, 0, this.buffer.length);
		if (count <= 0) {
			return false;
		}
		this.from = 0;
		this.to = count;
		this.read += count;
		return true;
	}

	private void add(int end) {
		int count = end - this.from;
		// One more than allowed, for a carriage return that may follow.
		if (this.tooLong || count > this.longest + 1 - this.length) {
			this.tooLong = true;
			return;
		}
		if (this.length + count > this.line.length) {
			this.line = Arrays.copyOf(this.line,
					Math.max(this.length + count, Math.min(this.line.length * 2, this.longest + 1)));
		}
		System.arraycopy(this.buffer, this.from, this.line, this.length, count);
		this.length += count;
	}

	private void trim() {
		if (this.length > 0 && this.line[this.length - 1] == '\r') {
			this.length--;
		}
		this.tooLong |= this.length > this.longest;
		if (this.number == 1 && this.length >= BYTE_ORDER_MARK.length && !this.tooLong
				&& Arrays.equals(this.line, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length)) {
			this.length -= BYTE_ORDER_MARK.length;
			this.position += BYTE_ORDER_MARK.length;
			System.arraycopy(this.line, BYTE_ORDER_MARK.length, this.line, 0, this.length);
		}
	}

	private boolean isBlank() {
		for (int i = 0; i < this.length; i++) {
			byte b = this.line[i];
			if (b != ' ' && b != '\t' && b != '\r') {
				return false;
			}
		}
		return true;
	}

}
