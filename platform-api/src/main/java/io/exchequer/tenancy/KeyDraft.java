package io.exchequer.tenancy;

import java.time.Instant;
import java.util.List;

import io.exchequer.kernel.ProjectId;
import org.jspecify.annotations.Nullable;

/**
 * What a virtual key is to be.
 *
 * @param name its name, of the same form as a tenant's
 * @param project its project, of the same tenant
 * @param allowedNames the models, aliases and deployments it may ask for; empty allows
 * nothing, {@code *} everything
 * @param allowedTasks the tasks it may be used for; empty allows nothing, {@code *}
 * everything
 * @param requestsPerMinute at least 1, or null for no limit
 * @param tokensPerMinute at least 1, or null for no limit
 * @param tags at most 32 tags of at most 64 characters
 * @param expiresAt from when it is not accepted any more, or null
 * @param portal whether the project's people may ask by it with the console's session; a
 * project has at most one such key
 */
public record KeyDraft(String name, ProjectId project, List<String> allowedNames, List<String> allowedTasks,
		@Nullable Integer requestsPerMinute, @Nullable Integer tokensPerMinute, List<String> tags,
		@Nullable Instant expiresAt, boolean portal) {
}
