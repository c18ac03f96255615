package io.exchequer.security;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * A user's role in a tenant.
 *
 * @param tenant the tenant
 * @param id its identifier
 * @param user the user
 * @param role the role
 * @param team its team where the role is a team's, else null
 * @param createdAt when it was made
 */
public record Membership(TenantId tenant, UUID id, UUID user, Role role, @Nullable TeamId team, Instant createdAt) {
}
