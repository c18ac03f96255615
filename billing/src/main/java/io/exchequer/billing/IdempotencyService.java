package io.exchequer.billing;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * Remembers {@code Idempotency-Key}s for 24 hours, per virtual key, with the SHA-256 of
 * the body.
 */
public interface IdempotencyService {

	/**
	 * Claims a key for a request, durably. A claim is leased for as long as a hold: one
	 * that is older, and whose request left neither a hold nor a ledger line, was left by
	 * a process that died, and goes to the repetition. Its request may have been slow all
	 * the same, so from then on its admissions come back as
	 * {@link Admission.StaleConfiguration}, and whoever has read the budgets again must
	 * ask {@link #owns} before the next.
	 * @param idempotencyKey 1 to 255 characters
	 * @param bodySha256 32 bytes
	 */
	Claim begin(TenantId tenant, KeyId key, String idempotencyKey, byte[] bodySha256, UUID requestId, Instant at);

	/**
	 * Returns whether a key is still the request's.
	 */
	boolean owns(TenantId tenant, KeyId key, String idempotencyKey, UUID requestId);

	/**
	 * Marks the claim's request as finished: from now on a repetition is answered with
	 * it.
	 * @param answer what to replay, or null where the tenant does not store answers
	 */
	void finish(TenantId tenant, KeyId key, String idempotencyKey, UUID requestId, @Nullable StoredAnswer answer,
			Instant at);

	/**
	 * Gives the claim up, so that the same key may be used again: only for a request that
	 * made no upstream call.
	 */
	void abandon(TenantId tenant, KeyId key, String idempotencyKey, UUID requestId);

	/** What became of a claim. */
	sealed interface Claim {

		/** The key is this request's. */
		record Started() implements Claim {
		}

		/** Another request with the same key and body is still running. */
		record InFlight(UUID requestId) implements Claim {
		}

		/** It has finished. The answer is null where none is stored. */
		record Finished(UUID requestId, @Nullable StoredAnswer answer) implements Claim {
		}

		/** The key was used with another body. */
		record DifferentBody(UUID requestId) implements Claim {
		}

	}

	/**
	 * A stored answer.
	 *
	 * @param status the HTTP status
	 * @param contentType its media type
	 * @param body its bytes
	 */
	record StoredAnswer(int status, String contentType, byte[] body) {
	}

}
