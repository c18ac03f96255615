package io.exchequer.batch;

import java.time.Instant;
import java.util.UUID;

/**
 * A file that is kept.
 *
 * @param id its identifier, a UUIDv7
 * @param owner whose it is
 * @param purpose what it is for, such as {@code batch}
 * @param name the name it was sent under
 * @param bytes its length
 * @param createdAt when it was made
 * @param expiresAt when it is deleted
 */
public record StoredFile(UUID id, Owner owner, String purpose, String name, long bytes, Instant createdAt,
		Instant expiresAt) {

	/** What the input of a batch is for. */
	public static final String BATCH = "batch";

	/** What the results of a batch are for. */
	public static final String BATCH_OUTPUT = "batch_output";

}
