package io.exchequer.admin;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AccessControl.Scope;
import io.exchequer.security.Permission;
import io.exchequer.tenancy.KeyAdministration;
import io.exchequer.tenancy.Project;
import io.exchequer.tenancy.Team;
import io.exchequer.tenancy.TenancyAdministration;
import io.exchequer.tenancy.Tenant;
import io.exchequer.tenancy.VirtualKey;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Finds what requests refer to, by identifier or else by name, within what whoever asks
 * may see. Anything else is not there; a name that several tenants have is refused.
 */
@Component
class References {

	private static final int UUID_LENGTH = 36;

	private final TenancyAdministration tenancy;

	private final KeyAdministration keys;

	private final AccessControl access;

	References(TenancyAdministration tenancy, KeyAdministration keys, AccessControl access) {
		this.tenancy = tenancy;
		this.keys = keys;
		this.access = access;
	}

	/**
	 * Returns the tenants to read from: the one that is asked for, else every one within
	 * the permission.
	 */
	Set<TenantId> tenants(Scope scope, @Nullable String asked) {
		return (asked == null) ? scope.tenants() : Set.of(tenantIn(scope, asked));
	}

	/**
	 * Returns the tenant to change: the one that is asked for, else the only one there is
	 * within the permission.
	 * @throws ValidationProblem if it must be said
	 */
	TenantId tenant(Permission permission, @Nullable String asked) {
		Scope scope = this.access.scope(permission);
		if (asked != null) {
			return tenantIn(scope, asked);
		}
		if (scope.tenants().size() != 1) {
			throw tenantRequired();
		}
		return scope.tenants().iterator().next();
	}

	private TenantId tenantIn(Scope scope, String asked) {
		return uuid(asked).map(TenantId::new)
			.or(() -> this.tenancy.tenantNamed(asked).map(Tenant::id))
			.filter(scope.tenants()::contains)
			.orElseThrow(() -> new NotFoundProblem("tenant", asked));
	}

	Team team(Collection<TenantId> tenants, String reference) {
		return uuid(reference).flatMap((id) -> this.tenancy.team(tenants, new TeamId(id)))
			.or(() -> only(this.tenancy.teamsNamed(tenants, reference)))
			.orElseThrow(() -> new NotFoundProblem("team", reference));
	}

	Project project(Collection<TenantId> tenants, String reference) {
		return uuid(reference).flatMap((id) -> this.tenancy.project(tenants, new ProjectId(id)))
			.or(() -> only(this.tenancy.projectsNamed(tenants, reference)))
			.orElseThrow(() -> new NotFoundProblem("project", reference));
	}

	VirtualKey key(Collection<TenantId> tenants, String reference) {
		return uuid(reference).flatMap((id) -> this.keys.key(tenants, new KeyId(id)))
			.or(() -> keyNamed(tenants, reference))
			.orElseThrow(() -> new NotFoundProblem("key", reference));
	}

	/** Finds {@code project/key}. */
	private Optional<VirtualKey> keyNamed(Collection<TenantId> tenants, String reference) {
		int slash = reference.indexOf('/');
		if (slash < 0) {
			return Optional.empty();
		}
		return only(this.tenancy.projectsNamed(tenants, reference.substring(0, slash))
			.stream()
			.flatMap((project) -> this.keys.keyNamed(project.tenant(), project.id(), reference.substring(slash + 1))
				.stream())
			.toList());
	}

	/** Returns the only one of that name: which of several is meant must be said. */
	private static <T> Optional<T> only(List<T> named) {
		if (named.size() > 1) {
			throw tenantRequired();
		}
		return named.stream().findFirst();
	}

	private static ValidationProblem tenantRequired() {
		return ValidationProblem.of("tenant_required", "tenant",
				"say which tenant is meant: ?tenant= with its name or identifier");
	}

	/** Returns whether a key is within a permission's scope. */
	boolean visible(Scope scope, VirtualKey key) {
		return scope.everyTeam() || scope.includes(key.tenant(), teamOf(key.tenant(), key.project()));
	}

	/**
	 * Finds a key within a permission.
	 * @param tenant the tenant to look in, or null for all that there are
	 */
	VirtualKey key(Permission permission, String reference, @Nullable String tenant) {
		Scope scope = this.access.scope(permission);
		VirtualKey key = key(tenants(scope, tenant), reference);
		if (!visible(scope, key)) {
			throw new NotFoundProblem("key", reference);
		}
		return key;
	}

	/** Returns the team that something of a project belongs to. */
	TeamId teamOf(TenantId tenant, ProjectId project) {
		return this.tenancy.project(List.of(tenant), project)
			.map(Project::team)
			.orElseThrow(() -> new NotFoundProblem("project", project.toString()));
	}

	/** Returns the identifier that a text writes in full: a name never does. */
	static Optional<UUID> uuid(String text) {
		if (text.length() != UUID_LENGTH) {
			return Optional.empty();
		}
		try {
			return Optional.of(UUID.fromString(text));
		}
		catch (IllegalArgumentException ex) {
			return Optional.empty();
		}
	}

}
