package io.exchequer.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/**
 * The one PostgreSQL server of this JVM: a container where a Docker engine answers and
 * can run one, else an embedded one. It ends with the JVM.
 *
 * @param host where it listens
 * @param port where it listens
 * @param superuser the server's superuser
 * @param superuserPassword the superuser's password
 */
record TestServer(String host, int port, String superuser, String superuserPassword) {

	/** The account that owns the databases: no superuser, as in production. */
	static final String OWNER = "exchequer_owner";

	static final String OWNER_PASSWORD = "owner";

	/** Both kinds of server turn durability off unless told otherwise. */
	private static final Map<String, String> SETTINGS = settings();

	private static Map<String, String> settings() {
		Map<String, String> settings = new LinkedHashMap<>();
		settings.put("fsync", "on");
		settings.put("synchronous_commit", "on");
		settings.put("full_page_writes", "on");
		settings.put("max_connections", "200");
		return settings;
	}

	/** Returns this JVM's server, started by the first call. */
	static TestServer shared() {
		return Holder.SERVER;
	}

	private static TestServer start() {
		TestServer server = ContainerServer.start(SETTINGS).orElseGet(TestServer::embedded);
		try (Connection connection = server.connect("postgres"); Statement statement = connection.createStatement()) {
			for (Map.Entry<String, String> setting : SETTINGS.entrySet()) {
				requireSetting(statement, setting.getKey(), setting.getValue());
			}
			statement.execute("CREATE ROLE " + OWNER + " LOGIN CREATEROLE CREATEDB PASSWORD '" + OWNER_PASSWORD + "'");
		}
		catch (SQLException ex) {
			throw new IllegalStateException("the test server is not usable", ex);
		}
		return server;
	}

	private static TestServer embedded() {
		EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder();
		SETTINGS.forEach(builder::setServerConfig);
		try {
			// It registers a shutdown hook of its own.
			@SuppressWarnings("resource")
			EmbeddedPostgres postgres = builder.start();
			return new TestServer("localhost", postgres.getPort(), "postgres", "postgres");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void requireSetting(Statement statement, String name, String value) throws SQLException {
		try (ResultSet result = statement.executeQuery("SHOW " + name)) {
			result.next();
			if (!value.equals(result.getString(1))) {
				throw new IllegalStateException(
						"the test server runs with " + name + "=" + result.getString(1) + ", not " + value);
			}
		}
	}

	String url(String database) {
		return "jdbc:postgresql://" + this.host + ":" + this.port + "/" + database;
	}

	/** Connects to a database as the superuser. */
	Connection connect(String database) throws SQLException {
		return DriverManager.getConnection(url(database), this.superuser, this.superuserPassword);
	}

	/** Runs one statement as the superuser, outside any transaction. */
	void execute(String sql) {
		try (Connection connection = connect("postgres"); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
		catch (SQLException ex) {
			throw new IllegalStateException("cannot run on the test server: " + sql, ex);
		}
	}

	private static final class Holder {

		static final TestServer SERVER = start();

	}

}
