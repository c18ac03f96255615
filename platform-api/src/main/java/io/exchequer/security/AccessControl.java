package io.exchequer.security;

import java.util.HashSet;
import java.util.Set;

import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.tenancy.TenancyAdministration;

import org.springframework.stereotype.Component;

/**
 * Asks whether whoever acts may do something, and where.
 */
@Component
public class AccessControl {

	private final CurrentActor current;

	private final TenancyAdministration tenancy;

	AccessControl(CurrentActor current, TenancyAdministration tenancy) {
		this.current = current;
		this.tenancy = tenancy;
	}

	/**
	 * Requires a permission on the whole platform, or, for what every tenant may read,
	 * anywhere.
	 * @throws ForbiddenException if it is not there
	 */
	public void require(Permission permission) {
		Actor actor = this.current.require();
		boolean anywhere = actor.grants()
			.stream()
			.filter((grant) -> permission.allows(grant.role()))
			.anyMatch((grant) -> grant.role().reach() == Role.Reach.PLATFORM
					|| (permission == Permission.READ_CATALOG && grant.tenant() != null));
		if (!anywhere) {
			throw new ForbiddenException(permission);
		}
	}

	/**
	 * Requires a permission in a whole tenant.
	 * @throws ForbiddenException if it is not there
	 */
	public void require(Permission permission, TenantId tenant) {
		Scope scope = scope(permission);
		if (!scope.tenants().contains(tenant) || !scope.everyTeam()) {
			throw new ForbiddenException(permission);
		}
	}

	/**
	 * Requires a permission for what belongs to a team.
	 * @throws ForbiddenException if it is not there
	 */
	public void require(Permission permission, TenantId tenant, TeamId team) {
		if (!scope(permission).includes(tenant, team)) {
			throw new ForbiddenException(permission);
		}
	}

	/**
	 * Returns where whoever acts has a permission.
	 * @throws ForbiddenException if they have it nowhere
	 */
	public Scope scope(Permission permission) {
		Actor actor = this.current.require();
		Set<TeamId> teams = new HashSet<>();
		boolean platform = false;
		boolean tenant = false;
		for (Grant grant : actor.grants()) {
			if (!permission.allows(grant.role())) {
				continue;
			}
			platform |= grant.tenant() == null;
			if (grant.tenant() != null && grant.tenant().equals(actor.tenant())) {
				TeamId team = grant.team();
				if (team == null || permission.wholeTenant()) {
					tenant = true;
				}
				else {
					teams.add(team);
				}
			}
		}
		if (platform && actor.tenant() == null) {
			return new Scope(this.tenancy.tenantIds(), true, Set.of());
		}
		TenantId own = actor.tenant();
		if (own == null || !(platform || tenant || !teams.isEmpty())) {
			throw new ForbiddenException(permission);
		}
		return new Scope(Set.of(own), platform || tenant, teams);
	}

	/**
	 * Where a permission holds.
	 *
	 * @param tenants the tenants
	 * @param everyTeam whether it holds for the tenants as a whole
	 * @param teams otherwise the teams it holds for
	 */
	public record Scope(Set<TenantId> tenants, boolean everyTeam, Set<TeamId> teams) {

		/** Returns whether something of a team is within. */
		public boolean includes(TenantId tenant, TeamId team) {
			return this.tenants.contains(tenant) && (this.everyTeam || this.teams.contains(team));
		}

	}

}
