package io.exchequer.security;

import java.time.Instant;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who can sign in.
 *
 * @param id its identifier
 * @param email its unique address, in lower case
 * @param displayName the name people read
 * @param platformRole its role on the whole platform, or null
 * @param disabledAt since when it cannot sign in, or null
 * @param createdAt when it was made
 */
public record User(UUID id, String email, String displayName, @Nullable Role platformRole, @Nullable Instant disabledAt,
		Instant createdAt) {
}
