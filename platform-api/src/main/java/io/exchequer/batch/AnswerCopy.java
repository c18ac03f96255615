package io.exchequer.batch;

import java.util.Arrays;

import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.AnswerSink;

/**
 * Takes a whole answer. Its memory is counted with that of all bodies; but since it is
 * paid for, it is taken whether or not there is room, for as many lines as run at once.
 */
final class AnswerCopy implements AnswerSink {

	/** The copy, the result's line, and what is sealed of it. */
	private static final int COPIES = 3;

	private final AnswerMemory.Part memory;

	private byte[] bytes = {};

	private int length;

	private int status;

	AnswerCopy(AnswerMemory.Part memory) {
		this.memory = memory;
	}

	@Override
	public void begin(Head head) {
		this.status = head.status();
		make((int) Math.max(0, head.contentLength()));
	}

	@Override
	public void write(byte[] from, int offset, int count) {
		if (this.length + count > this.bytes.length) {
			make(Math.max(this.length + count, 2 * this.bytes.length));
		}
		System.arraycopy(from, offset, this.bytes, this.length, count);
		this.length += count;
	}

	private void make(int size) {
		this.memory.grow((long) COPIES * (size - this.bytes.length));
		this.bytes = Arrays.copyOf(this.bytes, size);
	}

	@Override
	public void flush() {
	}

	/** Returns the array the answer is in, from its beginning. */
	byte[] bytes() {
		return this.bytes;
	}

	int length() {
		return this.length;
	}

	int status() {
		return this.status;
	}

}
