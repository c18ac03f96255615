package io.exchequer.start;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Refuses a PostgreSQL that may forget what it confirmed: bills would go missing.
 */
final class DurabilityCheck {

	private static final int OLDEST_VERSION = 15;

	private static final Set<String> ON = Set.of("on");

	/**
	 * What makes a server durable. A commit that waits for less than its own disk and a
	 * synchronous standby's, should there be one, may be taken back by a crash.
	 */
	private static final Map<String, Set<String>> DURABLE = new TreeMap<>(
			Map.of("fsync", ON, "full_page_writes", ON, "synchronous_commit", Set.of("on", "remote_apply")));

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
		List<String> wrong = new ArrayList<>();
		List<String> right = new ArrayList<>();
		for (Map.Entry<String, Set<String>> setting : DURABLE.entrySet()) {
			String value = read(connection, setting.getKey());
			if (!setting.getValue().contains(value)) {
				wrong.add(setting.getKey() + " is " + value);
				right.add(setting.getKey() + " = on");
			}
		}
		if (!wrong.isEmpty()) {
			throw new StartException("The database would lose committed bills in a crash: " + String.join(", ", wrong),
					"Set " + String.join(", ", right)
							+ " in its configuration, and for this role and database, and reload it.");
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
