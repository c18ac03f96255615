package io.exchequer.security;

import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import io.exchequer.kernel.TenantId;
import io.exchequer.tenancy.TenantVisibility;
import org.jspecify.annotations.Nullable;

/**
 * Whoever acts, whatever way they showed who they are.
 *
 * @param kind what it is
 * @param id the user's or the token's identifier, or null for the platform itself
 * @param name the name people read
 * @param method the way it showed who it is, such as {@code password}
 * @param address where the request came from, or null
 * @param grants what it may do and where
 * @param tenant the one tenant it acts in, or null for all of them
 */
public record Actor(Kind kind, @Nullable UUID id, String name, String method, @Nullable String address,
		Set<Grant> grants, @Nullable TenantId tenant) {

	/** The platform's own work: its first start, looking somebody up. */
	public static final Actor PLATFORM = new Actor(Kind.PLATFORM, null, "platform", "internal", null,
			Set.of(new Grant(Role.PLATFORM_ADMIN, null, null)), null);

	/** Returns whether it has a role on the whole platform. */
	public boolean platformWide() {
		return this.grants.stream().anyMatch((grant) -> grant.role().reach() == Role.Reach.PLATFORM);
	}

	/**
	 * Returns which tenant's rows its transactions may see. Acting in one tenant narrows
	 * what a platform's role asks for, not what it may write: what is shared, and the
	 * audit of it, belongs to no tenant.
	 */
	String visibility() {
		if (platformWide()) {
			return TenantVisibility.EVERY_TENANT;
		}
		return (this.tenant != null) ? this.tenant.toString() : TenantVisibility.NO_TENANT;
	}

	/** Returns the tenant whose audit holds what it does to itself. */
	TenantId auditedIn() {
		return (this.tenant != null) ? this.tenant : Audit.PLATFORM;
	}

	/** Returns the roles it acts by, for the audit. */
	String roles() {
		return this.grants.stream()
			.filter((grant) -> grant.tenant() == null || grant.tenant().equals(this.tenant))
			.map((grant) -> grant.role().text())
			.distinct()
			.sorted()
			.collect(Collectors.joining(","));
	}

	/** The kinds of actor. */
	public enum Kind {

		USER, ADMIN_TOKEN, PLATFORM

	}

}
