package io.exchequer.gateway;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The share of memory that all bodies in flight take together. Nothing waits for it: what
 * does not fit is refused, so that bodies never wait for one another.
 */
final class BodyMemory {

	private final long capacity;

	private final AtomicLong used = new AtomicLong();

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

	/** Returns the bytes that are reserved now. */
	long used() {
		return this.used.get();
	}

	/** Opens a reservation of nothing, to be grown and closed by one request. */
	Reservation open() {
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
	final class Reservation implements AutoCloseable {

		private final AtomicBoolean closed = new AtomicBoolean();

		private long bytes;

		private Reservation() {
		}

		/**
		 * Reserves more.
		 * @param more bytes, zero or more
		 * @return whether they fit; nothing is reserved where they do not
		 * @throws IllegalStateException if the reservation was closed
		 */
		boolean grow(long more) {
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

		/** Gives a part back that is no longer needed. */
		void shrink(long less) {
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
			}
		}

	}

}
