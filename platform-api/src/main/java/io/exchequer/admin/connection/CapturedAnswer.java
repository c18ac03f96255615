package io.exchequer.admin.connection;

import java.io.ByteArrayOutputStream;
import java.time.Duration;

import io.exchequer.routing.AnswerSink;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the beginning of an answer, which is all of it where it is as small as was asked
 * for. Used by one thread.
 */
final class CapturedAnswer implements AnswerSink {

	/** Far more than any test asks for. */
	private static final int BYTES_MAX = 1024 * 1024;

	private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

	private final long begun_ns = System.nanoTime();

	private @Nullable Duration head;

	private boolean whole = true;

	@Override
	public void begin(Head head) {
		this.head = elapsed();
	}

	@Override
	public void write(byte[] bytes, int offset, int length) {
		int room = Math.min(length, BYTES_MAX - this.kept.size());
		this.whole &= room == length;
		this.kept.write(bytes, offset, room);
	}

	@Override
	public void flush() {
	}

	/** Returns how long ago the call began. */
	Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.begun_ns);
	}

	/**
	 * Returns when the answer began to be passed on: a stream's first content, all of
	 * another. Null where it did not.
	 */
	@Nullable Duration head() {
		return this.head;
	}

	/** Returns whether all of the answer was kept. */
	boolean isWhole() {
		return this.whole;
	}

	byte[] bytes() {
		return this.kept.toByteArray();
	}

}
