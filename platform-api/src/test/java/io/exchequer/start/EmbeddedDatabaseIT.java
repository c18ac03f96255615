package io.exchequer.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class EmbeddedDatabaseIT {

	@TempDir
	private static Path path;

	private static DataDirectory directory;

	private static EmbeddedDatabase database;

	@BeforeAll
	static void start() {
		directory = DataDirectory.open(path.resolve("new/data"));
		database = EmbeddedDatabase.start(directory);
	}

	@AfterAll
	static void stop() throws IOException {
		database.close();
		directory.close();
	}

	@Test
	void isDurableAndListensOnLoopbackOnly() throws SQLException {
		try (Connection connection = database.login().connect("test")) {
			assertThatNoException().isThrownBy(() -> DurabilityCheck.verify(connection));
			assertThat(query(connection, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
			assertThat(query(connection, "SHOW unix_socket_directories")).isEmpty();
		}
	}

	@Test
	void asksForItsPassword() {
		DatabaseLogin wrong = new DatabaseLogin(database.login().url(), database.login().user(), "guessed");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> wrong.connect("test").close())
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("28P01"));
	}

	@Test
	void keepsItsPasswordToItsOwner() throws IOException {
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("database-password"))))
			.isEqualTo("rw-------");
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.resolve("new/data"))))
			.isEqualTo("rwx------");
		assertThat(database.login().toString()).doesNotContain(database.login().password());
	}

	@Test
	void keepsItsDataBetweenStarts() throws SQLException, IOException {
		execute("CREATE TABLE kept AS SELECT 1 AS value");
		database.close();
		assertThat(database.processes()).isEmpty();
		database = EmbeddedDatabase.start(directory);
		assertThat(query("SELECT count(*) FROM kept")).isEqualTo("1");
	}

	@Test
	void adoptsTheServerThatAKilledPlatformLeftRunning() throws SQLException, IOException {
		execute("CREATE TABLE adopted AS SELECT 1 AS value");
		List<Long> before = database.processes();
		database.abandon();
		database = EmbeddedDatabase.start(directory);
		assertThat(database.processes()).isEqualTo(before).hasSize(1);
		assertThat(query("SELECT count(*) FROM adopted")).isEqualTo("1");
	}

	@Test
	void recoversWhatWasCommittedWhenBothWereKilled() throws SQLException, IOException {
		execute("CREATE TABLE recovered AS SELECT 1 AS value");
		database.abandon();
		killServer();
		database = EmbeddedDatabase.start(directory);
		assertThat(query("SELECT count(*) FROM recovered")).isEqualTo("1");
	}

	@Test
	void startsTheServerAgainWhereItWasWhenOnlyThatIsKilled() throws SQLException, IOException {
		execute("CREATE TABLE revived AS SELECT 1 AS value");
		killServer();
		Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.ignoreExceptions()
			.until(() -> query("SELECT count(*) FROM revived").equals("1"));
	}

	private static void killServer() throws IOException {
		ProcessHandle server = ProcessHandle.of(database.processes().getFirst()).orElseThrow();
		server.destroyForcibly();
		server.onExit().join();
	}

	@ParameterizedTest
	@ValueSource(strings = { "off", "local", "remote_write" })
	void refusesAServerThatForgets(String value) throws SQLException {
		execute("ALTER DATABASE exchequer SET synchronous_commit = " + value);
		try (Connection connection = database.login().connect("test")) {
			assertThatExceptionOfType(StartException.class).isThrownBy(() -> DurabilityCheck.verify(connection))
				.withMessageContaining("synchronous_commit is " + value);
		}
		finally {
			execute("ALTER DATABASE exchequer RESET synchronous_commit");
		}
	}

	@Test
	void takesAServerThatWaitsForMoreThanItMust() throws SQLException {
		try (Connection connection = database.login().connect("test");
				Statement statement = connection.createStatement()) {
			statement.execute("SET synchronous_commit = remote_apply");
			assertThatNoException().isThrownBy(() -> DurabilityCheck.verify(connection));
		}
	}

	@Test
	void refusesADataDirectoryThatIsInUse() {
		assertThatExceptionOfType(StartException.class).isThrownBy(() -> DataDirectory.open(path.resolve("new/data")))
			.withMessageContaining("Another process of the platform uses the data directory");
	}

	private static void execute(String sql) throws SQLException {
		try (Connection connection = database.login().connect("test");
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static String query(String sql) throws SQLException {
		try (Connection connection = database.login().connect("test")) {
			return query(connection, sql);
		}
	}

	private static String query(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(sql)) {
			result.next();
			return result.getString(1);
		}
	}

}
