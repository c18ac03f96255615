package io.exchequer.testing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The data rules that hold for every table of every module, asserted on a migrated
 * database. Each names everything that breaks it.
 */
public final class DataRules {

	private static final String TENANT_OWNED = """
			FROM pg_class t
			JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
			JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
			""";

	private static final String KEYS_NOT_LED_BY_TENANT = "SELECT t.relname || ': ' || pg_get_indexdef(i.indexrelid) "
			+ TENANT_OWNED + """
					JOIN pg_index i ON i.indrelid = t.oid AND i.indisunique
					WHERE t.relkind IN ('r', 'p') AND i.indkey[0] <> a.attnum
					ORDER BY 1""";

	private static final String WITHOUT_PRIMARY_KEY = "SELECT t.relname::text " + TENANT_OWNED + """
			WHERE t.relkind IN ('r', 'p')
			AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary)
			ORDER BY 1""";

	private static final String UNPROTECTED = "SELECT t.relname::text " + TENANT_OWNED + """
			WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND NOT t.relrowsecurity
			ORDER BY 1""";

	private DataRules() {
	}

	/**
	 * Asserts that every table with a {@code tenant_id} has a primary key, and that this
	 * and every other unique key begin with {@code tenant_id}.
	 */
	public static void assertTenantLeads(DataSource dataSource) {
		assertThat(strings(dataSource, WITHOUT_PRIMARY_KEY)).as("tenant-owned tables without a primary key").isEmpty();
		assertThat(strings(dataSource, KEYS_NOT_LED_BY_TENANT))
			.as("primary and unique keys of tenant-owned tables that do not begin with tenant_id")
			.isEmpty();
	}

	/**
	 * Asserts that every table with a {@code tenant_id} is under row-level security.
	 * Partitions are reached through their table, whose policy holds.
	 */
	public static void assertTenantProtected(DataSource dataSource) {
		assertThat(strings(dataSource, UNPROTECTED)).as("tenant-owned tables without row-level security").isEmpty();
	}

	private static List<String> strings(DataSource dataSource, String sql) {
		List<String> result = new ArrayList<>();
		try (Connection connection = dataSource.getConnection();
				PreparedStatement statement = connection.prepareStatement(sql);
				ResultSet rows = statement.executeQuery()) {
			while (rows.next()) {
				result.add(rows.getString(1));
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException("cannot check the data rules", ex);
		}
		return result;
	}

}
