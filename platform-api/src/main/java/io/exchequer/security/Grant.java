package io.exchequer.security;

import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * A role and where it holds.
 *
 * @param role the role
 * @param tenant its tenant, or null for the platform's roles
 * @param team its team, or null for roles that reach further
 */
public record Grant(Role role, @Nullable TenantId tenant, @Nullable TeamId team) {

	public Grant {
		boolean fits = switch (role.reach()) {
			case PLATFORM -> tenant == null && team == null;
			case TENANT -> tenant != null && team == null;
			case TEAM -> tenant != null && team != null;
		};
		if (!fits) {
			throw new IllegalArgumentException(
					role.text() + " does not go with tenant " + tenant + " and team " + team);
		}
	}

}
