package io.exchequer.security;

import java.time.Instant;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * A token for the admin API, without its secret.
 *
 * @param id its identifier
 * @param name its name, unique in its tenant among those not revoked
 * @param grant what it may do and where
 * @param prefix the secret's first characters
 * @param createdAt when it was made
 * @param createdBy who made it
 * @param expiresAt from when it is not accepted, or null
 * @param revokedAt since when it is revoked, or null
 */
public record AdminToken(UUID id, String name, Grant grant, String prefix, Instant createdAt, String createdBy,
		@Nullable Instant expiresAt, @Nullable Instant revokedAt) {
}
