package io.exchequer.security;

import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Writes down who changed what, in the transaction of the change.
 */
@Component
public class Audit {

	/** The tenant of what belongs to the whole platform. */
	public static final TenantId PLATFORM = new TenantId(new UUID(0, 0));

	private static final String INSERT = """
			INSERT INTO audit_event (tenant_id, id, at, actor_kind, actor_id, actor_name, role, method, address,
				action, resource, resource_id, resource_name, before, after)
			VALUES (:tenant, :id, :at, :kind, :actor, :name, :role, :method, :address,
				:action, :resource, :resourceId, :resourceName, :before::jsonb, :after::jsonb)""";

	private final JdbcClient jdbc;

	private final CurrentActor current;

	private final Clock clock;

	private final Uuid7 ids;

	Audit(JdbcClient jdbc, CurrentActor current, Clock clock) {
		this.jdbc = jdbc;
		this.current = current;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/**
	 * Records a change by whoever acts.
	 * @throws org.springframework.transaction.IllegalTransactionStateException if there
	 * is no transaction
	 */
	@Transactional(propagation = Propagation.MANDATORY)
	public void record(Change change) {
		Actor actor = this.current.require();
		Instant now = this.clock.instant();
		this.jdbc.sql(INSERT)
			.param("tenant", change.tenant().value())
			.param("id", this.ids.next())
			.param("at", Timestamp.from(now))
			.param("kind", actor.kind().name())
			.param("actor", actor.id())
			.param("name", actor.name())
			.param("role", actor.roles())
			.param("method", actor.method())
			.param("address", actor.address())
			.param("action", change.action())
			.param("resource", change.resource())
			.param("resourceId", change.id())
			.param("resourceName", change.name())
			.param("before", change.before())
			.param("after", change.after())
			.update();
	}

	/**
	 * A change.
	 *
	 * @param tenant whose, or {@link #PLATFORM}
	 * @param action what was done: {@code create}, {@code update}, {@code revoke}…
	 * @param resource the kind of thing in the singular, in snake case
	 * @param id its identifier
	 * @param name its name
	 * @param before a summary in JSON without secrets, or null
	 * @param after a summary in JSON without secrets, or null
	 */
	public record Change(TenantId tenant, String action, String resource, String id, String name,
			@Nullable String before, @Nullable String after) {
	}

}
