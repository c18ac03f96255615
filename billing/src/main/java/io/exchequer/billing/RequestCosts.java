package io.exchequer.billing;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;
import org.jspecify.annotations.Nullable;

/**
 * What requests cost, read from the ledger.
 */
public interface RequestCosts {

	/**
	 * Returns what a tenant's request has cost so far, or empty where neither a ledger
	 * line nor an open hold knows it.
	 */
	Optional<RequestCost> find(TenantId tenant, UUID requestId);

	/**
	 * A request's cost.
	 *
	 * @param requestId the request
	 * @param key the key it was made with
	 * @param settled whether no attempt is still held
	 * @param total the sum of its attempts
	 * @param attempts each attempt, oldest first
	 */
	record RequestCost(UUID requestId, KeyId key, boolean settled, Money total, List<AttemptCost> attempts) {
	}

	/**
	 * An attempt's cost.
	 *
	 * @param attempt counts from 1
	 * @param deploymentId what was called
	 * @param priceCardId the card it was priced by
	 * @param serviceTier the tier of the response
	 * @param usage the raw usage, or null for a full-hold estimate
	 * @param cost what was posted, reversals included
	 * @param estimatedReason null where the provider reported the usage
	 * @param postedAt when
	 */
	record AttemptCost(int attempt, UUID deploymentId, UUID priceCardId, String serviceTier, @Nullable TokenUsage usage,
			Money cost, @Nullable String estimatedReason, Instant postedAt) {
	}

}
