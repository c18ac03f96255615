package io.exchequer.billing;

import java.util.UUID;

/**
 * Proof of an admission: the caller must settle or release it, exactly once. Its lease is
 * renewed until then; should the process die, it expires and settles at its full amount.
 *
 * @param request what was asked for
 * @param fence the fencing token of the lease
 */
public record Hold(HoldRequest request, long fence) {

	/** Returns the hold's identifier. */
	public UUID id() {
		return this.request.holdId();
	}

}
