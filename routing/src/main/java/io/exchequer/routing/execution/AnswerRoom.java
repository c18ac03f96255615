package io.exchequer.routing.execution;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.wire.CompleteAnswer;

/**
 * The memory that one request's whole answer may take. A first piece is taken before
 * anything is held or called, so that a request which finds none costs nothing; most
 * answers need no more. Used by one thread.
 */
final class AnswerRoom implements CompleteAnswer.Room, AutoCloseable {

	/** What is taken before the call, in bytes. */
	static final int FIRST = 16 * 1024;

	private final AnswerMemory.Part part;

	private final Clock clock;

	private Instant deadline = Instant.MIN;

	private long taken;

	private long used;

	AnswerRoom(AnswerMemory memory, Clock clock) {
		this.part = memory.open();
		this.clock = clock;
	}

	/** Takes the first piece, or returns false where there is none. */
	boolean begin() {
		if (!this.part.grow(FIRST)) {
			return false;
		}
		this.taken = FIRST;
		return true;
	}

	/**
	 * Begins an attempt's answer; what an earlier one's took is given back.
	 * @param until when the attempt's time is over
	 */
	CompleteAnswer.Room forAttempt(Instant until) {
		this.deadline = until;
		this.used = 0;
		giveBack();
		return this;
	}

	@Override
	public boolean make(int bytes) {
		long missing = this.used + bytes - this.taken;
		if (missing > 0) {
			if (!this.part.await(missing, Duration.between(this.clock.instant(), this.deadline))) {
				return false;
			}
			this.taken += missing;
		}
		this.used += bytes;
		return true;
	}

	@Override
	public void free(int bytes) {
		this.used -= bytes;
		giveBack();
	}

	private void giveBack() {
		long spare = this.taken - Math.max(FIRST, this.used);
		if (spare > 0) {
			this.part.shrink(spare);
			this.taken -= spare;
		}
	}

	@Override
	public void close() {
		this.part.close();
	}

}
