package io.exchequer.tenancy;

import java.time.Instant;

import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * A tenant.
 *
 * @param id its identifier
 * @param name its unique name, which never changes
 * @param displayName the name people read
 * @param storesAnswers whether it asked for answers to be stored
 * @param createdAt when it was made
 * @param archivedAt since when none of its keys is accepted, or null
 */
public record Tenant(TenantId id, String name, String displayName, boolean storesAnswers, Instant createdAt,
		@Nullable Instant archivedAt) {
}
