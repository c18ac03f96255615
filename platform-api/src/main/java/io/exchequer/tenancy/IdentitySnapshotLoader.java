package io.exchequer.tenancy;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.crypto.KeyHash;
import io.exchequer.registry.crypto.KeyHasher;
import io.exchequer.tenancy.LoadedIdentities.Entry;
import io.exchequer.tenancy.LoadedIdentities.PortalEntry;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/** Reads every tenant's keys, with what they inherit, into memory. */
@Component
class IdentitySnapshotLoader implements SnapshotLoader<IdentitySnapshot> {

	private static final int FETCH_SIZE = 1000;

	private static final String KEYS = """
			SELECT k.tenant_id, p.team_id, k.project_id, k.id, k.name,
				coalesce(p.cost_centre, t.cost_centre) AS cost_centre, t.tags AS team_tags,
				p.tags AS project_tags, k.tags AS key_tags,
				k.allowed_names, k.allowed_tasks, k.requests_per_minute, k.tokens_per_minute, n.stores_answers,
				k.expires_at, CASE WHEN k.portal THEN p.name END AS portal_of,
				coalesce(k.revoked_at, p.archived_at, t.archived_at, n.archived_at) IS NOT NULL AS revoked
			FROM virtual_key k
			JOIN project p ON p.tenant_id = k.tenant_id AND p.id = k.project_id
			JOIN team t ON t.tenant_id = k.tenant_id AND t.id = p.team_id
			JOIN tenant n ON n.id = k.tenant_id
			ORDER BY p.name""";

	private static final String SECRETS = """
			SELECT tenant_id, id, key_id, hash_key_id, secret_hash, valid_until FROM virtual_key_secret""";

	private final KeyHasher hasher;

	private final OlderSecrets olderSecrets;

	IdentitySnapshotLoader(KeyHasher hasher, OlderSecrets olderSecrets) {
		this.hasher = hasher;
		this.olderSecrets = olderSecrets;
	}

	@Override
	public IdentitySnapshot load(Connection connection) throws SQLException {
		Map<KeyId, Entry> byId = new HashMap<>();
		List<PortalEntry> portals = new ArrayList<>();
		try (PreparedStatement statement = connection.prepareStatement(KEYS)) {
			statement.setFetchSize(FETCH_SIZE);
			try (ResultSet row = statement.executeQuery()) {
				while (row.next()) {
					Entry entry = entry(row);
					byId.put(entry.identity().key(), entry);
					String portalOf = row.getString("portal_of");
					if (portalOf != null) {
						portals.add(new PortalEntry(portalOf, entry));
					}
				}
			}
		}
		return new LoadedIdentities(this.hasher, this.olderSecrets, byId, secrets(connection, byId), portals);
	}

	private static Map<KeyHash, LoadedIdentities.Presented> secrets(Connection connection, Map<KeyId, Entry> byId)
			throws SQLException {
		Map<KeyHash, LoadedIdentities.Presented> result = new HashMap<>();
		try (PreparedStatement statement = connection.prepareStatement(SECRETS)) {
			statement.setFetchSize(FETCH_SIZE);
			try (ResultSet row = statement.executeQuery()) {
				while (row.next()) {
					Entry entry = byId.get(new KeyId(row.getObject("key_id", UUID.class)));
					UUID tenant = row.getObject("tenant_id", UUID.class);
					if (entry != null && entry.identity().tenant().value().equals(tenant)) {
						result.put(new KeyHash(row.getString("hash_key_id"), row.getBytes("secret_hash")),
								new LoadedIdentities.Presented(new OwnedId(tenant, row.getObject("id", UUID.class)),
										entry, instant(row, "valid_until")));
					}
				}
			}
		}
		return result;
	}

	private static Entry entry(ResultSet row) throws SQLException {
		Set<String> tags = new TreeSet<>(strings(row, "team_tags"));
		tags.addAll(strings(row, "project_tags"));
		tags.addAll(strings(row, "key_tags"));
		// Stored before such tags were reserved: see Drafts.given.
		tags.removeIf((tag) -> tag.startsWith(KeyIdentity.USER_TAG));
		KeyIdentity identity = new KeyIdentity(new TenantId(row.getObject("tenant_id", UUID.class)),
				new TeamId(row.getObject("team_id", UUID.class)),
				new ProjectId(row.getObject("project_id", UUID.class)), new KeyId(row.getObject("id", UUID.class)),
				row.getString("name"), row.getString("cost_centre"), List.copyOf(tags),
				Set.copyOf(strings(row, "allowed_names")), Set.copyOf(strings(row, "allowed_tasks")),
				row.getObject("requests_per_minute", Integer.class), row.getObject("tokens_per_minute", Integer.class),
				row.getBoolean("stores_answers"));
		return new Entry(identity, instant(row, "expires_at"), row.getBoolean("revoked"));
	}

	private static Collection<String> strings(ResultSet row, String column) throws SQLException {
		Array array = row.getArray(column);
		return List.of((String[]) array.getArray());
	}

	private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
		Timestamp timestamp = row.getTimestamp(column);
		return (timestamp != null) ? timestamp.toInstant() : null;
	}

}
