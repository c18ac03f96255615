package io.exchequer.kernel;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Loads one module's part of the configuration. The caller owns the connection, which is
 * in the snapshot's one REPEATABLE READ transaction, and closes it.
 *
 * @param <T> the immutable part that is loaded
 */
@FunctionalInterface
public interface SnapshotLoader<T> {

	/**
	 * Reads the part.
	 * @throws SQLException if the database cannot be read; the previous snapshot stays in
	 * use
	 */
	T load(Connection connection) throws SQLException;

}
