package io.exchequer.billing;

import org.jspecify.annotations.Nullable;

/**
 * The hot path of billing. Every method blocks until its effect is durable, and shares
 * the database's commit with whatever other calls are waiting.
 */
public interface BillingService {

	/**
	 * Holds the worst case on every budget above the request, or says why not.
	 * @throws BillingUnavailableException if the database could not decide in time;
	 * nothing is held then, or what was held expires unused
	 */
	Admission admit(HoldRequest request);

	/**
	 * Posts what an attempt cost and gives the rest of its hold back.
	 * @throws BillingUnavailableException if it is not durable yet: it goes on being
	 * tried in the background for as long as the process lives, and the hold's expiry
	 * settles it should the process die
	 */
	Settled settle(Settlement settlement);

	/**
	 * Gives a hold back whose attempt certainly cost nothing. Never throws for an
	 * unavailable database: it is tried in the background, as a settlement is. What was
	 * drawn from a reserve goes back there, and may be drawn again.
	 * @param decision a decision record to write in the same batch, or null
	 */
	void release(Hold hold, @Nullable DecisionRow decision);

	/**
	 * Writes a decision record for a request that was refused before any hold.
	 */
	void record(DecisionRow decision);

}
