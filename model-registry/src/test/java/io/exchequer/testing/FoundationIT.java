package io.exchequer.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class FoundationIT {

	private static final String ALPHA = "01990000-0000-7000-8000-00000000000a";

	private static final String BETA = "01990000-0000-7000-8000-00000000000b";

	private TestDatabase database;

	@BeforeEach
	void create() {
		this.database = TestDatabase.create();
	}

	@AfterEach
	void drop() {
		this.database.close();
	}

	@Test
	void worksAsThreeDifferentRolesInOneSchema() throws SQLException {
		assertThat(strings(this.database.owner(), "SELECT current_user || ' ' || current_schema()"))
			.containsExactly("exchequer_owner exchequer");
		assertThat(strings(this.database.gateway(), "SELECT current_user || ' ' || current_schema()"))
			.containsExactly("exchequer_gateway exchequer");
		assertThat(strings(this.database.console(ALPHA), "SELECT current_user || ' ' || current_schema()"))
			.containsExactly("exchequer_console exchequer");
	}

	@Test
	void isDurable() throws SQLException {
		assertThat(strings(this.database.gateway(),
				"SELECT name || '=' || setting FROM pg_settings "
						+ "WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') ORDER BY name"))
			.containsExactly("fsync=on", "full_page_writes=on", "synchronous_commit=on");
	}

	@Test
	void keepsEveryRuntimeRoleFromCreatingTables() {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> execute(this.database.gateway(), "CREATE TABLE mine (id int)"))
			.withMessageContaining("permission denied");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> execute(this.database.console("*"), "CREATE TABLE mine (id int)"))
			.withMessageContaining("permission denied");
	}

	@Test
	void showsAConsoleConnectionOnlyItsTenantsRows() throws SQLException {
		createTenantTable();
		String query = "SELECT note FROM thing ORDER BY note";
		assertThat(strings(this.database.console(ALPHA), query)).containsExactly("of alpha");
		assertThat(strings(this.database.console(BETA), query)).containsExactly("of beta");
		assertThat(strings(this.database.console("*"), query)).containsExactly("of alpha", "of beta");
		assertThat(strings(this.database.console(""), query)).isEmpty();
		assertThat(strings(this.database.gateway(), query)).containsExactly("of alpha", "of beta");
	}

	@Test
	void keepsAConsoleConnectionFromWritingIntoAnotherTenant() throws SQLException {
		createTenantTable();
		DataSource console = this.database.console(ALPHA);
		execute(console, "INSERT INTO thing VALUES ('" + ALPHA + "', 2, 'more of alpha')");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> execute(console, "INSERT INTO thing VALUES ('" + BETA + "', 2, 'forged')"))
			.withMessageContaining("row-level security");
		execute(console, "DELETE FROM thing WHERE tenant_id = '" + BETA + "'");
		assertThat(strings(this.database.console(BETA), "SELECT note FROM thing")).containsExactly("of beta");
	}

	@Test
	void raisesTheConfigurationVersionWithEachChangeOfAPart() throws SQLException {
		createTenantTable();
		execute(this.database.owner(), "CALL part_of_configuration('thing')");
		assertThat(version()).isEqualTo("1");
		execute(this.database.console(ALPHA), "UPDATE thing SET note = 'changed'");
		assertThat(version()).isEqualTo("2");
	}

	@Test
	void findsTheDataRulesKept() {
		DataRules.assertTenantLeads(this.database.owner());
		DataRules.assertTenantProtected(this.database.owner());
	}

	@Test
	void findsAKeyThatDoesNotBeginWithTheTenant() throws SQLException {
		execute(this.database.owner(),
				"CREATE TABLE broken (id int PRIMARY KEY, tenant_id uuid, n int, UNIQUE (tenant_id, n))");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> DataRules.assertTenantLeads(this.database.owner()))
			.withMessageContaining("broken_pkey")
			.withMessageNotContaining("broken_tenant_id_n_key");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> DataRules.assertTenantProtected(this.database.owner()))
			.withMessageContaining("broken");
	}

	@Test
	void givesEachTestADatabaseOfItsOwn() throws SQLException {
		createTenantTable();
		try (TestDatabase other = TestDatabase.create()) {
			assertThat(strings(other.owner(), "SELECT to_regclass('thing')::text")).containsOnlyNulls();
		}
		try (TestDatabase empty = TestDatabase.empty()) {
			assertThat(strings(empty.owner(), "SELECT to_regnamespace('exchequer')::text")).containsOnlyNulls();
		}
	}

	private void createTenantTable() throws SQLException {
		DataSource owner = this.database.owner();
		execute(owner, "CREATE TABLE thing (tenant_id uuid, id int, note text, PRIMARY KEY (tenant_id, id))");
		execute(owner, "CALL protect_by_tenant('thing')");
		execute(owner, "GRANT SELECT, INSERT, UPDATE, DELETE ON thing TO exchequer_gateway, exchequer_console");
		execute(owner, "INSERT INTO thing VALUES ('" + ALPHA + "', 1, 'of alpha'), ('" + BETA + "', 1, 'of beta')");
	}

	private String version() throws SQLException {
		return strings(this.database.gateway(), "SELECT version::text FROM configuration_version").getFirst();
	}

	private static void execute(DataSource dataSource, String sql) throws SQLException {
		try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static List<String> strings(DataSource dataSource, String sql) throws SQLException {
		List<String> result = new ArrayList<>();
		try (Connection connection = dataSource.getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery(sql)) {
			while (rows.next()) {
				result.add(rows.getString(1));
			}
		}
		return result;
	}

}
