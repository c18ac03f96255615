package io.exchequer.routing.execution;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Supplier;

import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.RoutingService.Outcome;

/**
 * The client's side of a stream: keeps frames back until the commit point, writes them
 * after it, and remembers when the client is gone. Used by one thread.
 */
final class ClientSide {

	private final AnswerSink sink;

	private final Supplier<AnswerSink.Head> head;

	private final int heldBackMax;

	private final ByteArrayOutputStream heldBack = new ByteArrayOutputStream(512);

	private boolean committed;

	private boolean unflushed;

	private boolean gone;

	/**
	 * Makes a client's side.
	 * @param head the status and headers, asked for at the commit point
	 * @param heldBackMax the most bytes to keep back
	 */
	ClientSide(AnswerSink sink, Supplier<AnswerSink.Head> head, int heldBackMax) {
		this.sink = sink;
		this.head = head;
		this.heldBackMax = heldBackMax;
	}

	boolean isCommitted() {
		return this.committed;
	}

	boolean isGone() {
		return this.gone;
	}

	/** Returns whether so many more bytes may be kept back. */
	boolean hasRoom(int bytes) {
		return this.committed || this.heldBack.size() + bytes <= this.heldBackMax;
	}

	/** Sends the head and whatever was kept back. */
	void commit() {
		if (this.committed) {
			return;
		}
		this.committed = true;
		byte[] bytes = this.heldBack.toByteArray();
		this.heldBack.reset();
		try {
			this.sink.begin(this.head.get());
			this.unflushed = true;
		}
		catch (IOException ex) {
			this.gone = true;
		}
		if (bytes.length > 0) {
			send(bytes, 0, bytes.length);
		}
	}

	/** Writes bytes, or keeps them back before the commit point. */
	void send(byte[] bytes, int offset, int length) {
		if (!this.committed) {
			this.heldBack.write(bytes, offset, length);
			return;
		}
		if (this.gone) {
			this.sink.missed(bytes, offset, length);
			return;
		}
		try {
			this.sink.write(bytes, offset, length);
			this.unflushed = true;
		}
		catch (IOException ex) {
			this.gone = true;
		}
	}

	/**
	 * Ends a committed stream with an error event, lest it look complete.
	 * @return how the request ends
	 */
	Outcome tell(ApiError error) {
		try {
			if (!this.gone) {
				this.sink.breakOff(error);
			}
		}
		catch (IOException ex) {
			this.gone = true;
		}
		return this.gone ? new Outcome.ClientGone() : new Outcome.BrokenOff(error);
	}

	/** Pushes to the client what was written since the last time. */
	void flush() {
		if (!this.unflushed || this.gone) {
			return;
		}
		this.unflushed = false;
		try {
			this.sink.flush();
		}
		catch (IOException ex) {
			this.gone = true;
		}
	}

}
