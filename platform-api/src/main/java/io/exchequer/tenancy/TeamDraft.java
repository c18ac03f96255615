package io.exchequer.tenancy;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a team is to be.
 *
 * @param name its name, of the same form as a tenant's
 * @param displayName the name people read, 1 to 200 characters
 * @param costCentre a reporting tag of at most 64 characters, or null
 * @param tags at most 32 tags of at most 64 characters
 */
public record TeamDraft(String name, String displayName, @Nullable String costCentre, List<String> tags) {
}
