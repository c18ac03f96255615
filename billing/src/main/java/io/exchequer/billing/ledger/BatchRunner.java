package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * Runs batches of one kind against the database, and sees to it that a call suffers from
 * nobody else's failure: contention is tried again, and a batch the database refuses is
 * halved until the one at fault stands alone.
 *
 * @param <E> a call
 */
final class BatchRunner<E extends GroupCommit.Entry<?>> {

	private static final int CONTENTION_TRIES = 10;

	private static final long CONTENTION_PAUSE_NANOS_MAX = 5_000_000;

	private final Statement<E> statement;

	private final Sieve<E> sieve;

	/**
	 * Makes a runner.
	 * @param sieve takes out what waits for somebody else's change
	 */
	BatchRunner(Statement<E> statement, Sieve<E> sieve) {
		this.statement = statement;
		this.sieve = sieve;
	}

	/**
	 * Runs a batch, in parts if need be; each of its calls is finished afterwards, or has
	 * been taken out.
	 * @throws SQLException if the database could not be asked who waits
	 */
	void run(Connection connection, List<E> batch) throws SQLException {
		List<E> rest = batch;
		Exception problem = runWhole(connection, rest);
		while (problem != null && PostingBatch.isBusy(problem)) {
			// Nobody waits for a change, however late it has begun: each round leaves out
			// who is busy then.
			rest = this.sieve.free(connection, rest);
			problem = rest.isEmpty() ? null : runWhole(connection, rest);
		}
		if (problem != null) {
			halve(connection, rest, problem);
		}
	}

	/**
	 * Runs a batch as a whole.
	 * @return what in it cannot be done, so that nothing was; null where each of its
	 * calls is finished
	 */
	@Nullable Exception runWhole(Connection connection, List<E> batch) {
		for (int tries = 1;; tries++) {
			try {
				this.statement.run(connection, batch);
				return null;
			}
			catch (RuntimeException ex) {
				// A call's sums or texts are at fault: halving finds out whose.
				return ex;
			}
			catch (SQLException ex) {
				switch (SqlFailure.of(ex)) {
					case CONTENTION -> {
						if (tries >= CONTENTION_TRIES) {
							failAll(batch, new UnavailableException("too much contention in the ledger", ex));
							return null;
						}
						LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(CONTENTION_PAUSE_NANOS_MAX));
					}
					case UNAVAILABLE -> {
						failAll(batch, new UnavailableException("the ledger's database did not answer", ex));
						return null;
					}
					case REFUSED -> {
						return ex;
					}
				}
			}
		}
	}

	private void halve(Connection connection, List<E> batch, Exception problem) throws SQLException {
		if (batch.size() == 1) {
			batch.getFirst().fail(problem);
			return;
		}
		int middle = batch.size() / 2;
		run(connection, batch.subList(0, middle));
		run(connection, batch.subList(middle, batch.size()));
	}

	static void failAll(List<? extends GroupCommit.Entry<?>> batch, Throwable problem) {
		batch.forEach((entry) -> entry.fail(problem));
	}

	/**
	 * Takes out what has to wait.
	 *
	 * @param <E> a call
	 */
	@FunctionalInterface
	interface Sieve<E> {

		/**
		 * Returns those of a batch's calls that are not finished and wait for nobody.
		 */
		List<E> free(Connection connection, List<E> batch) throws SQLException;

	}

	/**
	 * One transaction for a batch.
	 *
	 * @param <E> a call
	 */
	@FunctionalInterface
	interface Statement<E> {

		/**
		 * Does what the calls ask, durably, and finishes each of them.
		 * @throws SQLException if the transaction failed
		 * @throws RuntimeException if something in the batch cannot be written, such as a
		 * sum that does not fit
		 */
		void run(Connection connection, List<E> batch) throws SQLException;

	}

}
