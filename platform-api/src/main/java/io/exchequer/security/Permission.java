package io.exchequer.security;

import java.util.Set;

import static io.exchequer.security.Role.AUDITOR;
import static io.exchequer.security.Role.MEMBER;
import static io.exchequer.security.Role.PLATFORM_ADMIN;
import static io.exchequer.security.Role.PLATFORM_AUDITOR;
import static io.exchequer.security.Role.TEAM_LEAD;
import static io.exchequer.security.Role.TENANT_ADMIN;

/**
 * Everything that can be allowed, and to whom: the one place that decides. A role counts
 * within its reach only: a tenant's administrator within the tenant, a team's lead within
 * the team.
 */
public enum Permission {

	/** Models, aliases, deployments and price cards. */
	READ_CATALOG(true, PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR, TEAM_LEAD, MEMBER),
	/** Providers: where they are and which credentials they have. */
	READ_PROVIDERS(PLATFORM_ADMIN, PLATFORM_AUDITOR),
	/** Price lists that were imported, and the price cards that they propose. */
	READ_PRICE_IMPORTS(PLATFORM_ADMIN, PLATFORM_AUDITOR),
	/** Everything that can be called, its prices and its credentials. */
	WRITE_REGISTRY(PLATFORM_ADMIN),

	READ_TENANTS(true, PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR, TEAM_LEAD, MEMBER),
	/** Making and archiving tenants. */
	MANAGE_TENANTS(PLATFORM_ADMIN),
	/** A tenant's own settings. */
	WRITE_TENANT(PLATFORM_ADMIN, TENANT_ADMIN),

	/** Teams and projects. */
	READ_STRUCTURE(true, PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR, TEAM_LEAD, MEMBER),
	WRITE_TEAMS(PLATFORM_ADMIN, TENANT_ADMIN), WRITE_PROJECTS(PLATFORM_ADMIN, TENANT_ADMIN, TEAM_LEAD),

	READ_KEYS(PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR, TEAM_LEAD, MEMBER),
	WRITE_KEYS(PLATFORM_ADMIN, TENANT_ADMIN, TEAM_LEAD),

	/**
	 * Asking the AI APIs with the console's session, by a project's portal key. Running
	 * or auditing the platform is no right to spend a tenant's money.
	 */
	USE_PORTAL(TENANT_ADMIN, TEAM_LEAD, MEMBER),

	/** Users, memberships and admin tokens. */
	READ_ACCESS(PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR), WRITE_ACCESS(PLATFORM_ADMIN, TENANT_ADMIN),

	READ_BUDGETS(true, PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR, TEAM_LEAD, MEMBER),
	WRITE_BUDGETS(PLATFORM_ADMIN, TENANT_ADMIN),

	READ_POLICIES(true, PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR, TEAM_LEAD, MEMBER),
	WRITE_POLICIES(PLATFORM_ADMIN, TENANT_ADMIN),

	/** Ledger lines, usage and decision records. */
	READ_COSTS(PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR, TEAM_LEAD),
	READ_AUDIT(PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR),

	/** Applying a file of configuration, which may hold anything. */
	APPLY(PLATFORM_ADMIN),
	/** A tenant's configuration as a file, or the whole platform's. */
	EXPORT(PLATFORM_ADMIN, PLATFORM_AUDITOR, TENANT_ADMIN, AUDITOR),

	READ_METRICS(PLATFORM_ADMIN, PLATFORM_AUDITOR);

	private final Set<Role> roles;

	private final boolean wholeTenant;

	Permission(Role... roles) {
		this(false, roles);
	}

	Permission(boolean wholeTenant, Role... roles) {
		this.roles = Set.of(roles);
		this.wholeTenant = wholeTenant;
	}

	/** Returns whether a role has this within its reach. */
	public boolean allows(Role role) {
		return this.roles.contains(role);
	}

	/**
	 * Returns whether a team's role has this in its whole tenant rather than in its team
	 * only.
	 */
	public boolean wholeTenant() {
		return this.wholeTenant;
	}

}
