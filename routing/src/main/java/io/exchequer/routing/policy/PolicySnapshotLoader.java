package io.exchequer.routing.policy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.SnapshotLoader;
import io.exchequer.kernel.TenantId;
import io.exchequer.routing.PolicySnapshot;
import io.exchequer.routing.RoutingPolicy;
import org.springframework.stereotype.Component;

/**
 * Reads the policies in force. A version never changes, so what the previous snapshot
 * parsed is kept.
 */
@Component
class PolicySnapshotLoader implements SnapshotLoader<PolicySnapshot> {

	private static final String CURRENT = """
			SELECT p.tenant_id, p.task, v.id, v.version, v.body::text
			FROM routing_policy p
			JOIN routing_policy_version v
			  ON v.tenant_id = p.tenant_id AND v.policy_id = p.id AND v.version = p.current_version""";

	private volatile Map<UUID, RoutingPolicy> parsed = Map.of();

	@Override
	public PolicySnapshot load(Connection connection) throws SQLException {
		Map<UUID, RoutingPolicy> before = this.parsed;
		Map<UUID, RoutingPolicy> byVersion = new HashMap<>();
		Map<TenantId, Map<String, RoutingPolicy>> byTenant = new HashMap<>();
		try (PreparedStatement statement = connection.prepareStatement(CURRENT);
				ResultSet rows = statement.executeQuery()) {
			while (rows.next()) {
				TenantId tenant = new TenantId(rows.getObject(1, UUID.class));
				UUID versionId = rows.getObject(3, UUID.class);
				RoutingPolicy policy = before.get(versionId);
				if (policy == null) {
					policy = PolicyBody.parse(rows.getString(5)).policy(tenant, versionId, rows.getInt(4));
				}
				byVersion.put(versionId, policy);
				byTenant.computeIfAbsent(tenant, (_) -> new HashMap<>()).put(rows.getString(2), policy);
			}
		}
		this.parsed = byVersion;
		return new Snapshot(byTenant);
	}

	private record Snapshot(Map<TenantId, Map<String, RoutingPolicy>> byTenant) implements PolicySnapshot {

		private static final String ANY_TASK = "*";

		@Override
		public Optional<RoutingPolicy> policy(TenantId tenant, String task) {
			Map<String, RoutingPolicy> byTask = this.byTenant.get(tenant);
			if (byTask == null) {
				return Optional.empty();
			}
			RoutingPolicy policy = byTask.get(task);
			return Optional.ofNullable((policy != null) ? policy : byTask.get(ANY_TASK));
		}

	}

}
