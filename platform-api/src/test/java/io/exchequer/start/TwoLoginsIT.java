package io.exchequer.start;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import io.exchequer.testing.TestDatabase;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The platform works as a login that owns nothing, while another one migrates: what it
 * serves with has no right of its own, whatever a statement resets.
 */
class TwoLoginsIT {

	private static final String ADMIN_KEY = "an-administrator-of-two-logins";

	private static final String LOGIN = "exchequer_working_login";

	@Test
	void servesAsALoginThatOwnsNothing() throws Exception {
		try (MeteredUpstream upstream = new MeteredUpstream(); TestDatabase database = TestDatabase.empty()) {
			JdbcClient owner = JdbcClient.create(database.owner());
			owner.sql("CREATE ROLE " + LOGIN + " LOGIN NOINHERIT PASSWORD 'works'").update();
			try {
				serve(database, upstream);
				assertHasNoRightOfItsOwn(database);
			}
			finally {
				owner.sql("DROP ROLE " + LOGIN).update();
			}
		}
	}

	private static void serve(TestDatabase database, MeteredUpstream upstream) throws IOException {
		Map<String, String> variables = new HashMap<>(MeteredWorld.variables(database));
		variables.putAll(Map.of("EXCHEQUER_ADMIN_KEY", ADMIN_KEY, "SPRING_DATASOURCE_USERNAME", LOGIN,
				"SPRING_DATASOURCE_PASSWORD", "works", "SPRING_FLYWAY_USER", database.username(),
				"SPRING_FLYWAY_PASSWORD", database.password()));
		try (PlatformProcess platform = PlatformProcess.start(variables)) {
			MeteredWorld.apply(platform, ADMIN_KEY, upstream, "1000");
			assertThat(MeteredWorld.ask(platform, false).statusCode()).isEqualTo(200);
			assertThat(MeteredWorld.ask(platform, true).statusCode()).isEqualTo(200);
		}
		DataSource owner = database.owner();
		assertThat(new MeteredWorld(owner).uses()).hasSize(2).allMatch(MeteredWorld.Use::exact);
		assertThat(JdbcClient.create(owner)
			.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'exchequer'")
			.query(String.class)
			.list()).containsExactly(database.username());
	}

	private static void assertHasNoRightOfItsOwn(TestDatabase database) throws SQLException {
		try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), LOGIN, "works");
				Statement statement = connection.createStatement()) {
			statement.execute("SET ROLE exchequer_console");
			assertThat(statement.executeQuery("SELECT FROM exchequer.ledger_line").next()).isFalse();
			statement.execute("RESET ROLE");
			for (String forbidden : List.of("SELECT FROM exchequer.ledger_line", "SELECT FROM exchequer.virtual_key",
					"DELETE FROM exchequer.ledger_line", "UPDATE exchequer.budget SET hard_limit_nanos = 0",
					"ALTER TABLE exchequer.ledger_line DISABLE TRIGGER ALL",
					"CREATE TABLE exchequer.of_the_login (id int)")) {
				assertThatExceptionOfType(SQLException.class).as(forbidden)
					.isThrownBy(() -> statement.execute(forbidden))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42501"));
			}
		}
	}

}
