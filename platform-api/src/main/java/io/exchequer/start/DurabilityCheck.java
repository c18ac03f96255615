package io.exchequer.start;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Refuses a PostgreSQL that may forget what it confirmed: bills would go missing.
 */
final class DurabilityCheck {

	private static final int OLDEST_VERSION = 15;

	private DurabilityCheck() {
	}

	/**
	 * Looks at the settings as this connection's role has them.
	 * @throws StartException if the server is not durable, or too old
	 */
	static void verify(Connection connection) throws SQLException {
		int version = connection.getMetaData().getDatabaseMajorVersion();
		if (version < OLDEST_VERSION) {
			throw new StartException("The database is PostgreSQL " + version,
					"Use PostgreSQL " + OLDEST_VERSION + " or newer.");
		}
		List<String> off = new ArrayList<>();
		for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
			if (read(connection, setting).equals("off")) {
				off.add(setting);
			}
		}
		if (!off.isEmpty()) {
			throw new StartException(
					"The database would lose committed bills in a crash: " + String.join(", ", off) + " is off",
					"Set " + String.join(" = on, ", off)
							+ " = on in its configuration, and for this role and database, and reload it.");
		}
	}

	private static String read(Connection connection, String setting) throws SQLException {
		try (Statement statement = connection.createStatement();
				ResultSet value = statement.executeQuery("SHOW " + setting)) {
			value.next();
			return value.getString(1);
		}
	}

}
