package io.exchequer.security;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Reads what was changed by whom.
 */
@Component
public class AuditTrail {

	private static final UUID LAST = new UUID(-1, -1);

	private final JdbcClient jdbc;

	AuditTrail(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Returns at most so many events, newest first.
	 * @param scope the tenants; {@link Audit#PLATFORM} for what belongs to none
	 * @param resource the kind of thing, or null for all
	 * @param before only events older than this one, or null for the newest
	 */
	@Transactional(readOnly = true)
	public List<Event> events(Collection<TenantId> scope, @Nullable String resource, @Nullable UUID before, int limit) {
		return this.jdbc.sql("""
				SELECT tenant_id, id, at, actor_kind, actor_id, actor_name, role, method, address, action, resource,
					resource_id, resource_name, before::text, after::text
				FROM audit_event
				WHERE tenant_id IN (:tenants) AND id < :before AND (:resource = '' OR resource = :resource)
				ORDER BY id DESC LIMIT :limit""")
			.param("tenants", scope.stream().map(TenantId::value).toList())
			.param("before", (before != null) ? before : LAST)
			.param("resource", (resource != null) ? resource : "")
			.param("limit", limit)
			.query((row, number) -> new Event(new TenantId(row.getObject("tenant_id", UUID.class)),
					row.getObject("id", UUID.class), row.getTimestamp("at").toInstant(), row.getString("actor_kind"),
					row.getObject("actor_id", UUID.class), row.getString("actor_name"), row.getString("role"),
					row.getString("method"), row.getString("address"), row.getString("action"),
					row.getString("resource"), row.getString("resource_id"), row.getString("resource_name"),
					row.getString("before"), row.getString("after")))
			.list();
	}

	/**
	 * An event.
	 *
	 * @param tenant whose, or {@link Audit#PLATFORM}
	 * @param id its identifier
	 * @param at when
	 * @param actorKind what kind of actor
	 * @param actorId the actor's identifier, or null for the platform itself
	 * @param actorName the actor's name
	 * @param role the roles it acted by
	 * @param method the way it showed who it is
	 * @param address where it came from, or null
	 * @param action what was done
	 * @param resource the kind of thing
	 * @param resourceId its identifier
	 * @param resourceName its name
	 * @param before a summary in JSON, or null
	 * @param after a summary in JSON, or null
	 */
	public record Event(TenantId tenant, UUID id, Instant at, String actorKind, @Nullable UUID actorId,
			String actorName, String role, String method, @Nullable String address, String action, String resource,
			String resourceId, String resourceName, @Nullable String before, @Nullable String after) {
	}

}
