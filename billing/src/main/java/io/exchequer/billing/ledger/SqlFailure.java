package io.exchequer.billing.ledger;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;

/**
 * What a failed statement means for its batch.
 */
enum SqlFailure {

	/** Others were in the way, and nothing was done: run it again at once. */
	CONTENTION,

	/** The database could not be reached, or its answer was lost: ask again later. */
	UNAVAILABLE,

	/** Something in the batch cannot be done: nothing was. */
	REFUSED;

	/**
	 * Serialization failure, deadlock, lock not available; and unique violation: somebody
	 * asked for the same at the same moment, which the next try sees.
	 */
	private static final Set<String> CONTENTION_STATES = Set.of("40001", "40P01", "55P03", "23505");

	/**
	 * A read-only primary after a failover, a cancelled statement, a role that a restore
	 * has not reached yet: all of them pass.
	 */
	private static final Set<String> UNAVAILABLE_STATES = Set.of("25006", "57014");

	/**
	 * Connection, insufficient resources, operator intervention, system error, internal
	 * error.
	 */
	private static final Set<String> UNAVAILABLE_CLASSES = Set.of("08", "53", "57", "58", "XX");

	static SqlFailure of(SQLException problem) {
		String state = problem.getSQLState();
		if (state == null) {
			return isOfConnection(problem) ? UNAVAILABLE : REFUSED;
		}
		if (CONTENTION_STATES.contains(state)) {
			return CONTENTION;
		}
		if (UNAVAILABLE_STATES.contains(state) || UNAVAILABLE_CLASSES.contains(state.substring(0, 2))
				|| isOfConnection(problem)) {
			return UNAVAILABLE;
		}
		return REFUSED;
	}

	private static boolean isOfConnection(SQLException problem) {
		return problem instanceof SQLTransientConnectionException || problem instanceof SQLRecoverableException
				|| "Connection is closed".equals(problem.getMessage());
	}

}
