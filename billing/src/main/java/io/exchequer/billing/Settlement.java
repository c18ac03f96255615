package io.exchequer.billing;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.kernel.TokenUsage;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt turned out to cost.
 *
 * @param hold the attempt's hold
 * @param usage what the provider reported; or, for an estimate, what is known, or null
 * where the hold's full amount is to be posted
 * @param estimatedReason null for the provider's own usage, else why it is an estimate,
 * such as {@code client_cancelled}
 * @param serviceTier the tier the response named, {@code default} where it named none
 * @param credentialId the credential used, or null
 * @param upstreamRequestId the provider's identifier of the call, or null
 * @param decision the decision record to write in the same batch, or null
 * @param at when the outcome was known
 * @param bounded whether the hold was a proven upper bound: a cost above it is then kept
 * as evidence against the deployment, see {@link OverBoundAttempts}
 */
public record Settlement(Hold hold, @Nullable TokenUsage usage, @Nullable String estimatedReason, String serviceTier,
		@Nullable UUID credentialId, @Nullable String upstreamRequestId, @Nullable DecisionRow decision, Instant at,
		boolean bounded) {

	/** Settles what was held at a proven bound. */
	public Settlement(Hold hold, @Nullable TokenUsage usage, @Nullable String estimatedReason, String serviceTier,
			@Nullable UUID credentialId, @Nullable String upstreamRequestId, @Nullable DecisionRow decision,
			Instant at) {
		this(hold, usage, estimatedReason, serviceTier, credentialId, upstreamRequestId, decision, at, true);
	}

}
