package io.exchequer.registry.snapshot;

import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Credential;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Model;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.Provider;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.registry.crypto.SecretBox;
import io.exchequer.registry.crypto.SecretBox.Sealed;
import io.exchequer.registry.crypto.UnreadableSecretException;
import io.exchequer.registry.json.RegistryJson;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Reads the registry over the snapshot's connection and decrypts its credentials. A
 * provider whose credential does not open is not called: its deployments load as not
 * enabled, and the error log says why, while every other provider goes on.
 */
@Component
class JdbcRegistrySnapshotLoader implements SnapshotLoader<RegistrySnapshot> {

	private static final Logger log = LoggerFactory.getLogger(JdbcRegistrySnapshotLoader.class);

	private final SecretBox secrets;

	JdbcRegistrySnapshotLoader(SecretBox secrets) {
		this.secrets = secrets;
	}

	@Override
	public RegistrySnapshot load(Connection connection) throws SQLException {
		Map<UUID, Provider> providers = providers(connection);
		Credentials credentials = credentials(connection, providers);
		Map<UUID, Model> models = models(connection);
		Cards cards = cards(connection);
		return new MapRegistrySnapshot(List.copyOf(models.values()),
				deployments(connection, providers, models, credentials, cards.unreadable), aliases(connection, models),
				cards.read);
	}

	private static Map<UUID, Provider> providers(Connection connection) throws SQLException {
		Map<UUID, Provider> providers = new HashMap<>();
		forEach(connection, "SELECT id, name, kind, base_url, settings FROM provider", (row) -> {
			UUID id = uuid(row, "id");
			providers.put(id, new Provider(id, row.getString("name"), row.getString("kind"), row.getString("base_url"),
					RegistryJson.readMap(row.getString("settings"))));
		});
		return providers;
	}

	private Credentials credentials(Connection connection, Map<UUID, Provider> providers) throws SQLException {
		Credentials credentials = new Credentials(new HashMap<>(), new HashSet<>());
		forEach(connection,
				"SELECT id, provider_id, key_id, ciphertext FROM provider_credential " + "WHERE retired_at IS NULL",
				(row) -> {
					UUID id = uuid(row, "id");
					UUID provider = uuid(row, "provider_id");
					try {
						byte[] secret = this.secrets.open(
								new Sealed(row.getString("key_id"), row.getBytes("ciphertext")),
								Credential.placeOf(id));
						credentials.open.put(provider, new Credential(id, new String(secret, StandardCharsets.UTF_8)));
					}
					catch (UnreadableSecretException ex) {
						Provider named = providers.get(provider);
						log.error("provider {} is not called: {}", (named != null) ? named.name() : provider,
								ex.getMessage());
						credentials.unreadable.add(provider);
					}
				});
		return credentials;
	}

	private static Map<UUID, Model> models(Connection connection) throws SQLException {
		Map<UUID, Model> models = new HashMap<>();
		forEach(connection, "SELECT * FROM model", (row) -> {
			UUID id = uuid(row, "id");
			Capabilities capabilities = new Capabilities(modalities(row.getArray("input_modalities")),
					modalities(row.getArray("output_modalities")), row.getBoolean("tools"),
					row.getBoolean("structured_output"), row.getBoolean("fill_in_the_middle"),
					row.getInt("context_window"), row.getInt("max_output"),
					row.getObject("image_tokens_max", Integer.class));
			Lifecycle lifecycle = new Lifecycle(Lifecycle.Stage.valueOf(row.getString("stage")),
					row.getString("successor"), row.getObject("retires_on", LocalDate.class));
			models.put(id, new Model(new ModelId(id), row.getString("name"), row.getString("display_name"),
					capabilities, lifecycle));
		});
		return models;
	}

	private static Map<String, Model> aliases(Connection connection, Map<UUID, Model> models) throws SQLException {
		Map<String, Model> aliases = new HashMap<>();
		forEach(connection, "SELECT name, model_id FROM model_alias",
				(row) -> aliases.put(row.getString("name"), known(models, uuid(row, "model_id"))));
		return aliases;
	}

	private static List<Deployment> deployments(Connection connection, Map<UUID, Provider> providers,
			Map<UUID, Model> models, Credentials credentials, Set<UUID> unreadableCards) throws SQLException {
		List<Deployment> deployments = new ArrayList<>();
		forEach(connection, "SELECT * FROM deployment", (row) -> {
			UUID provider = uuid(row, "provider_id");
			UUID id = uuid(row, "id");
			boolean callable = !credentials.unreadable.contains(provider) && !unreadableCards.contains(id);
			deployments.add(new Deployment(new DeploymentId(id), row.getString("name"),
					known(models, uuid(row, "model_id")), known(providers, provider), row.getString("upstream_model"),
					credentials.open.get(provider), DataClass.valueOf(row.getString("data_class")),
					RegistryJson.readSettings(row.getString("settings")), row.getBoolean("enabled") && callable,
					row.getObject("quarantined_at") != null));
		});
		return deployments;
	}

	/**
	 * A card with a bucket that only a newer release knows takes its own deployment out,
	 * and no other: whatever it were priced by instead would be wrong.
	 */
	private static Cards cards(Connection connection) throws SQLException {
		Cards cards = new Cards(new ArrayList<>(), new HashSet<>());
		forEach(connection, "SELECT c.* FROM price_card c JOIN deployment d ON d.id = c.deployment_id", (row) -> {
			UUID deployment = uuid(row, "deployment_id");
			List<PriceTier> tiers;
			try {
				tiers = RegistryJson.readTiers(row.getString("tiers"));
			}
			catch (IllegalArgumentException ex) {
				log.error("deployment {} is not called: its price card {} is not readable: {}",
						row.getString("deployment_name"), uuid(row, "id"), ex.getMessage());
				cards.unreadable.add(deployment);
				return;
			}
			cards.read.add(new PriceCard(uuid(row, "id"), new DeploymentId(deployment), row.getInt("version"),
					row.getObject("effective_from", OffsetDateTime.class).toInstant(),
					Currency.getInstance(row.getString("currency")), tiers));
		});
		return cards;
	}

	private static <T> T known(Map<UUID, T> things, UUID id) throws SQLException {
		@Nullable T thing = things.get(id);
		if (thing == null) {
			throw new SQLException("the registry refers to " + id + ", which is not there: is the snapshot's "
					+ "transaction REPEATABLE READ?");
		}
		return thing;
	}

	private static Set<Modality> modalities(Array array) throws SQLException {
		Set<Modality> modalities = new HashSet<>();
		for (String name : (String[]) array.getArray()) {
			modalities.add(Modality.valueOf(name));
		}
		return Set.copyOf(modalities);
	}

	private static UUID uuid(ResultSet row, String column) throws SQLException {
		return row.getObject(column, UUID.class);
	}

	private static void forEach(Connection connection, String sql, RowConsumer consumer) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql);
				ResultSet rows = statement.executeQuery()) {
			while (rows.next()) {
				consumer.accept(rows);
			}
		}
	}

	/**
	 * The current credentials.
	 *
	 * @param open those that opened, by provider
	 * @param unreadable the providers whose credential did not open
	 */
	private record Credentials(Map<UUID, Credential> open, Set<UUID> unreadable) {
	}

	/**
	 * The price cards.
	 *
	 * @param read those that are readable
	 * @param unreadable the deployments that have one which is not
	 */
	private record Cards(List<PriceCard> read, Set<UUID> unreadable) {
	}

	@FunctionalInterface
	private interface RowConsumer {

		void accept(ResultSet row) throws SQLException;

	}

}
