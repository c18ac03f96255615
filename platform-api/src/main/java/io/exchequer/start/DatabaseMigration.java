package io.exchequer.start;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * A database that is durable and whose schema this release can work with. Whatever opens
 * connections of the runtime roles takes one of these, so that it comes first.
 */
final class DatabaseMigration {

	static final String SCHEMA = "exchequer";

	/**
	 * Each module owns a folder in there and a range of versions; one history holds all.
	 */
	private static final String LOCATION = "classpath:db/migration";

	private DatabaseMigration() {
	}

	/**
	 * Checks the database and brings its schema up to date. Any number of replicas may do
	 * so at once.
	 * @throws StartException if the database does not answer, is not durable, or cannot
	 * be migrated
	 */
	static DatabaseMigration migrate(PlatformDatabase database) {
		try (Connection connection = database.login().connect("exchequer-start")) {
			DurabilityCheck.verify(connection);
			migrate(database.owner());
			letWork(database, connection);
			return new DatabaseMigration();
		}
		catch (SQLException ex) {
			throw new StartException("The database " + database.login() + " cannot be used: " + ex.getMessage(),
					"Check SPRING_DATASOURCE_URL, SPRING_DATASOURCE_USERNAME and SPRING_DATASOURCE_PASSWORD, and that "
							+ "the server accepts connections from here.",
					ex);
		}
		catch (FlywayException ex) {
			throw new StartException("The schema of " + database.owner() + " cannot be migrated: " + ex.getMessage(),
					"The role needs the right to create a schema and roles. An edited migration must be put back as "
							+ "it was released.",
					ex);
		}
	}

	private static void migrate(DatabaseLogin owner) {
		FluentConfiguration flyway = Flyway.configure()
			.dataSource(owner.url(), owner.user(), owner.password())
			.locations(LOCATION)
			.defaultSchema(SCHEMA)
			// The modules' ranges of versions grow independently of one another.
			.outOfOrder(true)
			.validateMigrationNaming(true);
		flyway.load().migrate();
	}

	/**
	 * The role that works need not be the role that owns; it must become the runtime
	 * roles.
	 */
	private static void letWork(PlatformDatabase database, Connection working) throws SQLException {
		if (database.owner().equals(database.login())) {
			return;
		}
		try (Connection owner = database.owner().connect("exchequer-start");
				PreparedStatement quote = owner
					.prepareStatement("SELECT format('GRANT exchequer_gateway, exchequer_console TO %I', ?)");
				Statement grant = owner.createStatement()) {
			quote.setString(1, working.getMetaData().getUserName());
			try (ResultSet quoted = quote.executeQuery()) {
				quoted.next();
				grant.execute(quoted.getString(1));
			}
		}
	}

}
