package io.exchequer.billing.ledger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * Lets calls share transactions. A caller that finds no transaction running leads: it
 * takes everything that waits, itself included, and runs it in its own thread. The others
 * wait until a leader has done theirs, or until it is their turn to lead. Nobody lingers
 * for company.
 *
 * @param <E> a call
 */
final class GroupCommit<E extends GroupCommit.Entry<?>> {

	private final Queue<E> waiting = new ConcurrentLinkedQueue<>();

	private final Semaphore leaders;

	private final int batchMax;

	private final Batches<E> batches;

	/**
	 * Company beyond which a leader does not wait for more: the cost of a batch is small
	 * for each call by then, and the callers of the batch before are better served while
	 * this one runs.
	 */
	private static final int COMPANY_ENOUGH = 16;

	private static final int YIELDS_MAX = 4;

	/** Whether the last batch had more than one call. */
	private volatile boolean hadCompany;

	/**
	 * Makes a group commit.
	 * @param leaders how many batches may run side by side, at least 1
	 * @param batchMax the most calls in a batch, at least 1
	 * @param batches runs a batch
	 */
	GroupCommit(int leaders, int batchMax, Batches<E> batches) {
		this.leaders = new Semaphore(leaders);
		this.batchMax = batchMax;
		this.batches = batches;
	}

	/**
	 * Waits until a batch with the entry has run. An interrupt does not cut the wait
	 * short; the thread's flag is set again afterwards.
	 * @return false if that took too long: the entry was given up, see
	 * {@link Entry#finishedTooLate}
	 */
	boolean run(E entry, Duration timeout) {
		long deadline = System.nanoTime() + timeout.toNanos();
		boolean interrupted = false;
		entry.waitsIn(Thread.currentThread());
		this.waiting.add(entry);
		try {
			while (!entry.finished()) {
				long left = deadline - System.nanoTime();
				if (left <= 0 && entry.giveUp()) {
					this.waiting.remove(entry);
					callNextLeader();
					return false;
				}
				// With nothing left to lead, another leader has this entry: it will say.
				if (!this.waiting.isEmpty() && this.leaders.tryAcquire()) {
					// An interrupted virtual thread's socket is closed under it, and with
					// it
					// the batch of all the others.
					interrupted |= Thread.interrupted();
					lead();
				}
				else if (!entry.finished()) {
					LockSupport.parkNanos(this, Math.max(left, 1));
					interrupted |= Thread.interrupted();
				}
			}
			return true;
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/** Puts calls back into the queue whose callers wait in {@link #run} already. */
	void queue(List<? extends E> entries) {
		this.waiting.addAll(entries);
		// Any of them may lead; the first one's caller may just have given up.
		entries.forEach(Entry::wake);
	}

	/** Returns how many calls wait to be taken by a leader. */
	int waiting() {
		return this.waiting.size();
	}

	private void lead() {
		Turn turn = new Turn();
		try {
			if (this.hadCompany) {
				awaitCompany();
			}
			List<E> batch = new ArrayList<>();
			E entry;
			while (batch.size() < this.batchMax && (entry = this.waiting.poll()) != null) {
				if (!entry.givenUp()) {
					batch.add(entry);
				}
			}
			if (!batch.isEmpty()) {
				this.hadCompany = batch.size() > 1;
				runBatch(batch, turn);
			}
		}
		finally {
			turn.run();
		}
	}

	/**
	 * Lets those who are about to ask do so first, for the scheduler's queue is first
	 * come, first served, and goes on as long as that brings more. Fuller batches cost
	 * less, and nobody waits by the clock for them.
	 */
	private void awaitCompany() {
		int company = this.waiting.size();
		for (int yields = 0; yields < YIELDS_MAX && company < COMPANY_ENOUGH; yields++) {
			Thread.yield();
			int before = company;
			company = this.waiting.size();
			if (company <= before) {
				return;
			}
		}
	}

	private void runBatch(List<E> batch, Turn turn) {
		try {
			this.batches.run(batch, turn);
		}
		catch (RuntimeException ex) {
			batch.forEach((entry) -> entry.failUnlessAside(ex));
		}
		finally {
			batch.forEach((entry) -> entry
				.failUnlessAside(new IllegalStateException("the batch left a call without an outcome")));
		}
	}

	/**
	 * Whoever waits longest may find that nobody leads any more: the permit was released
	 * before this look, and an entry is queued before it tries for a permit, so that one
	 * of both sees the other.
	 */
	private void callNextLeader() {
		E next = this.waiting.peek();
		if (next != null) {
			next.wake();
		}
	}

	/** A leader's turn, which ends once. */
	private final class Turn implements Runnable {

		private boolean over;

		@Override
		public void run() {
			if (!this.over) {
				this.over = true;
				GroupCommit.this.leaders.release();
				callNextLeader();
			}
		}

	}

	/**
	 * Runs batches.
	 *
	 * @param <E> a call
	 */
	@FunctionalInterface
	interface Batches<E> {

		/**
		 * Runs a batch and finishes each of its entries, but for those it takes aside:
		 * they are finished by somebody else, later.
		 * @param handOver lets the next batch begin; may be run once nothing of this one
		 * needs the database any more, lest the database wait while callers are told
		 */
		void run(List<E> batch, Runnable handOver);

	}

	/**
	 * A call that waits for its outcome. Used once.
	 *
	 * @param <R> the outcome
	 */
	abstract static class Entry<R> {

		private static final Object GIVEN_UP = new Object();

		/** Null while it is open, then an outcome, a {@link Failure} or GIVEN_UP. */
		private final AtomicReference<@Nullable Object> state = new AtomicReference<>();

		private volatile @Nullable Thread waiter;

		private volatile boolean aside;

		final void waitsIn(Thread thread) {
			this.waiter = thread;
		}

		final void wake() {
			LockSupport.unpark(this.waiter);
		}

		/** Finishes the call. Only the first outcome counts. */
		final void finish(R outcome) {
			if (!end(outcome) && givenUp()) {
				finishedTooLate(outcome);
			}
		}

		/** Finishes the call with an exception for the caller. */
		final void fail(Throwable problem) {
			if (!end(new Failure(problem)) && givenUp()) {
				failedTooLate();
			}
		}

		/** Notes whether its batch leaves it to somebody else. */
		final void takeAside(boolean left) {
			this.aside = left;
		}

		/** Fails the call unless it was left to somebody else. */
		final void failUnlessAside(Throwable problem) {
			if (!this.aside) {
				fail(problem);
			}
		}

		private boolean end(Object outcome) {
			boolean first = this.state.compareAndSet(null, outcome);
			if (first) {
				wake();
			}
			return first;
		}

		/**
		 * Called where an outcome came after the caller had given up; must be quick and
		 * must not throw.
		 */
		protected void finishedTooLate(R outcome) {
		}

		/**
		 * Called where it is known to have failed after the caller had given up, perhaps
		 * more than once; must be quick and must not throw.
		 */
		protected void failedTooLate() {
		}

		final boolean finished() {
			return this.state.get() != null;
		}

		final boolean givenUp() {
			return this.state.get() == GIVEN_UP;
		}

		final boolean giveUp() {
			return this.state.compareAndSet(null, GIVEN_UP);
		}

		/**
		 * Returns the outcome of a finished call.
		 * @throws UnavailableException if the database could not be asked
		 * @throws RuntimeException whatever it failed with
		 */
		@SuppressWarnings("unchecked")
		final R outcome() throws UnavailableException {
			Object ended = this.state.get();
			if (ended instanceof Failure(Throwable problem)) {
				if (problem instanceof UnavailableException unavailable) {
					throw unavailable;
				}
				throw new IllegalStateException(problem.getMessage(), problem);
			}
			if (ended == null || ended == GIVEN_UP) {
				throw new IllegalStateException("the call has no outcome");
			}
			return (R) ended;
		}

		private record Failure(Throwable problem) {
		}

	}

}
