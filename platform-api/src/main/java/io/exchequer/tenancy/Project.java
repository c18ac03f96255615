package io.exchequer.tenancy;

import java.time.Instant;
import java.util.List;

import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * A project of a team.
 *
 * @param tenant its tenant
 * @param id its identifier
 * @param team its team
 * @param name its name, unique among the tenant's projects in use
 * @param displayName the name people read
 * @param costCentre a reporting tag that takes the place of the team's, or null
 * @param tags sorted, without duplicates; every request of the project carries them
 * @param createdAt when it was made
 * @param archivedAt since when it is out of use, or null
 */
public record Project(TenantId tenant, ProjectId id, TeamId team, String name, String displayName,
		@Nullable String costCentre, List<String> tags, Instant createdAt, @Nullable Instant archivedAt) {
}
