package io.exchequer.tenancy;

import java.util.List;

import io.exchequer.kernel.TeamId;
import org.jspecify.annotations.Nullable;

/**
 * What a project is to be.
 *
 * @param name its name, of the same form as a tenant's
 * @param team its team, of the same tenant
 * @param displayName the name people read, 1 to 200 characters
 * @param costCentre a reporting tag of at most 64 characters, or null for the team's
 * @param tags at most 32 tags of at most 64 characters
 */
public record ProjectDraft(String name, TeamId team, String displayName, @Nullable String costCentre,
		List<String> tags) {
}
