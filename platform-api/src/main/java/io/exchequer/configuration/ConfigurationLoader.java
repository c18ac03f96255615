package io.exchequer.configuration;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.PolicySnapshot;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.tenancy.IdentitySnapshot;

/**
 * Reads the version, and all parts of one version.
 */
final class ConfigurationLoader {

	private static final String VERSION = "SELECT version FROM configuration_version";

	private final SnapshotLoader<RegistrySnapshot> registry;

	private final SnapshotLoader<BudgetSnapshot> budgets;

	private final SnapshotLoader<PolicySnapshot> policies;

	private final SnapshotLoader<IdentitySnapshot> identity;

	ConfigurationLoader(SnapshotLoader<RegistrySnapshot> registry, SnapshotLoader<BudgetSnapshot> budgets,
			SnapshotLoader<PolicySnapshot> policies, SnapshotLoader<IdentitySnapshot> identity) {
		this.registry = registry;
		this.budgets = budgets;
		this.policies = policies;
		this.identity = identity;
	}

	/** Returns the version that is in force now. */
	long version(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(VERSION)) {
			if (!row.next()) {
				throw new SQLException("configuration_version has lost its row");
			}
			return row.getLong(1);
		}
	}

	/** Reads the version and every part as one moment has them. */
	Configuration load(Connection connection) throws SQLException {
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
			long version = version(connection);
			return new Configuration(
					version, new RoutingConfiguration(version, this.registry.load(connection),
							this.budgets.load(connection), this.policies.load(connection)),
					this.identity.load(connection));
		}
		finally {
			connection.rollback(); // there is nothing to commit
			connection.setAutoCommit(true);
		}
	}

}
