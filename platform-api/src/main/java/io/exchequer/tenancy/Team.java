package io.exchequer.tenancy;

import java.time.Instant;
import java.util.List;

import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * A team of a tenant.
 *
 * @param tenant its tenant
 * @param id its identifier
 * @param name its name, unique among the tenant's teams in use
 * @param displayName the name people read
 * @param costCentre a reporting tag, or null
 * @param tags sorted, without duplicates; every request of the team carries them
 * @param createdAt when it was made
 * @param archivedAt since when it is out of use, or null
 */
public record Team(TenantId tenant, TeamId id, String name, String displayName, @Nullable String costCentre,
		List<String> tags, Instant createdAt, @Nullable Instant archivedAt) {
}
