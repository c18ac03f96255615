package io.exchequer.routing.execution;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

import io.exchequer.routing.AnswerSink;
import org.jspecify.annotations.Nullable;

/**
 * A client that keeps what it gets, and may go away.
 */
final class RecordingSink implements AnswerSink {

	private final ByteArrayOutputStream body = new ByteArrayOutputStream();

	/** What it got, and what it would have got. */
	private final ByteArrayOutputStream taken = new ByteArrayOutputStream();

	private final Runnable beforeLastChunk;

	private final int writesMax;

	private volatile @Nullable Runnable gone;

	private @Nullable Head head;

	private int writes;

	private int flushes;

	private int faultAt;

	private RecordingSink(int writesMax, Runnable beforeLastChunk) {
		this.writesMax = writesMax;
		this.beforeLastChunk = beforeLastChunk;
	}

	static RecordingSink patient() {
		return new RecordingSink(Integer.MAX_VALUE, () -> {
		});
	}

	/** Makes a client that goes away after so many writes. */
	static RecordingSink leavingAfter(int writes) {
		return new RecordingSink(writes, () -> {
		});
	}

	/** Makes a client that checks something when {@code [DONE]} reaches it. */
	static RecordingSink checking(Runnable beforeLastChunk) {
		return new RecordingSink(Integer.MAX_VALUE, beforeLastChunk);
	}

	/**
	 * Makes a client whose connection fails at its nth write with what nobody expects.
	 */
	static RecordingSink faultingAt(int write) {
		RecordingSink sink = patient();
		sink.faultAt = write;
		return sink;
	}

	@Override
	public Watch whileAwaiting(Runnable action) {
		this.gone = action;
		return () -> this.gone = null;
	}

	/** Goes away while an answer is awaited; returns whether anybody watched. */
	boolean leave() {
		Runnable action = this.gone;
		if (action != null) {
			action.run();
		}
		return action != null;
	}

	@Override
	public void begin(Head newHead) throws IOException {
		if (this.head != null) {
			throw new IllegalStateException("begun twice");
		}
		this.head = newHead;
	}

	@Override
	public void write(byte[] bytes, int offset, int length) throws IOException {
		if (this.head == null) {
			throw new IllegalStateException("not begun");
		}
		this.taken.write(bytes, offset, length);
		if (++this.writes > this.writesMax) {
			throw new IOException("the client is gone");
		}
		if (this.writes == this.faultAt) {
			throw new StackOverflowError("made for a test");
		}
		if (new String(bytes, offset, length, StandardCharsets.UTF_8).contains("[DONE]")) {
			this.beforeLastChunk.run();
		}
		this.body.write(bytes, offset, length);
	}

	@Override
	public void flush() throws IOException {
		if (this.writes > this.writesMax) {
			throw new IOException("the client is gone");
		}
		this.flushes++;
	}

	@Override
	public void missed(byte[] bytes, int offset, int length) {
		this.taken.write(bytes, offset, length);
	}

	/** Returns every byte that was offered, those behind its leaving included. */
	String taken() {
		return this.taken.toString(StandardCharsets.UTF_8);
	}

	boolean begun() {
		return this.head != null;
	}

	Head head() {
		if (this.head == null) {
			throw new AssertionError("nothing was sent");
		}
		return this.head;
	}

	String body() {
		return this.body.toString(StandardCharsets.UTF_8);
	}

	int flushes() {
		return this.flushes;
	}

}
