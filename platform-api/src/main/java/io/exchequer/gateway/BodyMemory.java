package io.exchequer.gateway;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.exchequer.routing.AnswerMemory;

/**
 * The share of memory that all bodies in flight take together. Requests do not wait for
 * it: what does not fit is refused, so that they never wait for one another. An answer
 * that was paid for is not refused: it waits until there is room, and one answer at a
 * time may pass the bound, so that those which wait come to their end whatever the others
 * hold.
 */
final class BodyMemory implements AnswerMemory {

	private static final long RETRY_MILLIS = 50;

	private final long capacity;

	private final AtomicLong used = new AtomicLong();

	/** Whoever has it may pass the bound. */
	private final Semaphore overdraft = new Semaphore(1, true);

	/**
	 * Makes a share.
	 * @param capacity in bytes, at least 1
	 */
	BodyMemory(long capacity) {
		if (capacity < 1) {
			throw new IllegalArgumentException("body memory must be at least one byte: " + capacity);
		}
		this.capacity = capacity;
	}

	/**
	 * Returns the bytes that are reserved now; an overdraft may take them over the bound.
	 */
	long used() {
		return this.used.get();
	}

	@Override
	public Reservation open() {
		return new Reservation();
	}

	private boolean take(long bytes) {
		while (true) {
			long before = this.used.get();
			if (bytes > this.capacity - before) {
				return false;
			}
			if (this.used.compareAndSet(before, before + bytes)) {
				return true;
			}
		}
	}

	/**
	 * One request's part of the share. Used by one thread; closing it more than once
	 * gives it back once.
	 */
	final class Reservation implements AnswerMemory.Part {

		private final AtomicBoolean closed = new AtomicBoolean();

		private long bytes;

		private boolean overdrawn;

		private Reservation() {
		}

		/**
		 * Reserves more.
		 * @param more bytes, zero or more
		 * @return whether they fit; nothing is reserved where they do not
		 * @throws IllegalStateException if the reservation was closed
		 */
		@Override
		public boolean grow(long more) {
			if (more < 0) {
				throw new IllegalArgumentException("cannot reserve " + more + " bytes");
			}
			if (this.closed.get()) {
				throw new IllegalStateException("the reservation was closed");
			}
			if (!take(more)) {
				return false;
			}
			this.bytes += more;
			return true;
		}

		@Override
		public boolean await(long more, Duration longest) {
			long deadline = System.nanoTime() + longest.toNanos();
			while (!grow(more)) {
				if (mayOverdraw(Math.min(deadline - System.nanoTime(), RETRY_MILLIS * 1_000_000))) {
					BodyMemory.this.used.addAndGet(more);
					this.bytes += more;
					return true;
				}
				if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
					return false;
				}
			}
			return true;
		}

		private boolean mayOverdraw(long waitNanos) {
			try {
				this.overdrawn = this.overdrawn
						|| BodyMemory.this.overdraft.tryAcquire(Math.max(0, waitNanos), TimeUnit.NANOSECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return this.overdrawn;
		}

		@Override
		public void shrink(long less) {
			if (less < 0 || less > this.bytes) {
				throw new IllegalArgumentException("cannot give back " + less + " of " + this.bytes + " bytes");
			}
			this.bytes -= less;
			BodyMemory.this.used.addAndGet(-less);
		}

		/** Returns the bytes it holds. */
		long bytes() {
			return this.bytes;
		}

		@Override
		public void close() {
			if (this.closed.compareAndSet(false, true)) {
				BodyMemory.this.used.addAndGet(-this.bytes);
				if (this.overdrawn) {
					BodyMemory.this.overdraft.release();
				}
			}
		}

	}

}
