package io.exchequer.tenancy;

import java.time.Instant;
import java.util.List;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * A virtual key, without its secrets.
 *
 * @param tenant its tenant
 * @param id its identifier, the same across rotations
 * @param project its project
 * @param name its name, unique among the project's keys in use
 * @param allowedNames the models, aliases and deployments it may ask for; empty allows
 * nothing, {@code *} everything
 * @param allowedTasks the tasks it may be used for; empty allows nothing, {@code *}
 * everything
 * @param requestsPerMinute at most this many requests in a calendar minute, or null
 * @param tokensPerMinute at most this many tokens in a calendar minute, or null
 * @param tags sorted, without duplicates
 * @param portal whether the project's people may ask by it with the console's session
 * @param expiresAt from when it is not accepted any more, or null
 * @param revokedAt since when it is revoked, for good, or null
 * @param createdAt when it was made
 * @param createdBy who made it
 * @param secrets what it can be presented by, newest first
 */
public record VirtualKey(TenantId tenant, KeyId id, ProjectId project, String name, List<String> allowedNames,
		List<String> allowedTasks, @Nullable Integer requestsPerMinute, @Nullable Integer tokensPerMinute,
		List<String> tags, boolean portal, @Nullable Instant expiresAt, @Nullable Instant revokedAt, Instant createdAt,
		String createdBy, List<Secret> secrets) {

	/**
	 * A secret as people recognise it.
	 *
	 * @param prefix its first characters
	 * @param masterKey the identifier of the master key it is kept under
	 * @param createdAt when it was made
	 * @param validUntil the end of its overlap with its successor, or null for the newest
	 */
	public record Secret(String prefix, String masterKey, Instant createdAt, @Nullable Instant validUntil) {
	}

}
