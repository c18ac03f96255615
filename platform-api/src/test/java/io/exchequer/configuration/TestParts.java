package io.exchequer.configuration;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.ChargeTo;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.Model;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.tenancy.IdentitySnapshot;
import io.exchequer.tenancy.KeyIdentity;

/**
 * Parts of a configuration that are read from a table of the test's own: {@code part},
 * with one value that two of the parts show.
 */
final class TestParts {

	static final String TABLE = """
			CREATE TABLE exchequer.part (value text NOT NULL);
			INSERT INTO exchequer.part VALUES ('first');
			GRANT SELECT ON exchequer.part TO exchequer_gateway;
			SET search_path TO exchequer;
			CALL part_of_configuration('part');
			""";

	private TestParts() {
	}

	/**
	 * Reads the value into the registry and the identities.
	 * @param between runs after the one is read and before the other
	 */
	static ConfigurationLoader loader(Runnable between) {
		return new ConfigurationLoader((connection) -> new Registry(value(connection)), (connection) -> {
			between.run();
			return new Budgets();
		}, (connection) -> (tenant, task) -> Optional.empty(), (connection) -> new Identities(value(connection)));
	}

	/** Returns the value that the registry shows. */
	static String registry(Configuration configuration) {
		return configuration.routing().registry().aliases().getFirst();
	}

	/** Returns the value that the identities show. */
	static String identities(Configuration configuration) {
		return ((Identities) configuration.identity()).value();
	}

	private static String value(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("SELECT value FROM part")) {
			row.next();
			return row.getString(1);
		}
	}

	private record Registry(String value) implements RegistrySnapshot {

		@Override
		public List<Model> models() {
			return List.of();
		}

		@Override
		public List<Deployment> deployments() {
			return List.of();
		}

		@Override
		public List<String> aliases() {
			return List.of(this.value);
		}

		@Override
		public Optional<Deployment> deployment(DeploymentId id) {
			return Optional.empty();
		}

		@Override
		public Optional<Target> resolve(String name) {
			return Optional.empty();
		}

		@Override
		public Optional<PriceCard> priceCard(DeploymentId deployment, Instant at) {
			return Optional.empty();
		}

	}

	private record Budgets() implements BudgetSnapshot {

		@Override
		public boolean hardLimited(ChargeTo chargeTo, ModelId model) {
			return false;
		}

		@Override
		public long epoch(TenantId tenant) {
			return 0;
		}

	}

	private record Identities(String value) implements IdentitySnapshot {

		@Override
		public Authentication authenticate(String presented, Instant at) {
			return new Authentication.Unknown();
		}

		@Override
		public Optional<KeyIdentity> key(KeyId id) {
			return Optional.empty();
		}

		@Override
		public Optional<KeyIdentity> usableKey(KeyId id, Instant at) {
			return Optional.empty();
		}

		@Override
		public List<Portal> portals(TenantId tenant, Instant at) {
			return List.of();
		}

	}

}
