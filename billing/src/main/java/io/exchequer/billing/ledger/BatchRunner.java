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

	BatchRunner(Statement<E> statement) {
		this.statement = statement;
	}

	/** Runs a batch, in parts if need be; each of its calls is finished afterwards. */
	void run(Connection connection, List<E> batch) {
		Exception problem = runWhole(connection, batch);
		if (problem != null) {
			halve(connection, batch, problem);
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
			catch (ArithmeticException ex) {
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

	private void halve(Connection connection, List<E> batch, Exception problem) {
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
	 * One transaction for a batch.
	 *
	 * @param <E> a call
	 */
	@FunctionalInterface
	interface Statement<E> {

		/**
		 * Does what the calls ask, durably, and finishes each of them.
		 * @throws SQLException if the transaction failed
		 * @throws ArithmeticException if the batch's sums do not fit
		 */
		void run(Connection connection, List<E> batch) throws SQLException;

	}

}
