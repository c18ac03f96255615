package io.exchequer.billing;

import java.time.Instant;
import java.util.UUID;

import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;
import org.jspecify.annotations.Nullable;

/**
 * Asks to set aside the worst case of one attempt on every budget above it.
 *
 * @param holdId the hold's identifier, chosen by the caller so that asking twice holds
 * once
 * @param requestId the request
 * @param attempt counts the request's attempts from 1; only the first counts against the
 * requests-per-minute limit
 * @param chargeTo who is charged
 * @param deployment what will be called
 * @param priceCard the card in force, whose prices settle the attempt later
 * @param worstCaseNanos the most the attempt can cost, in nano-units of the card's
 * currency, rounded up; zero or more
 * @param worstCaseTokens the most tokens it can use, zero or more
 * @param refuseOverSoftLimit whether to refuse where a soft limit would be passed
 * @param budgets the budgets at the request's configuration version
 * @param at the admission instant: it decides the windows. A share's hold has its
 * reserve's
 * @param share what was set aside for it before and is drawn in the same transaction, or
 * null
 */
public record HoldRequest(UUID holdId, UUID requestId, int attempt, ChargeTo chargeTo, Deployment deployment,
		PriceCard priceCard, long worstCaseNanos, long worstCaseTokens, boolean refuseOverSoftLimit,
		BudgetSnapshot budgets, Instant at, @Nullable ReserveShare share) {

	/** Asks for a hold that nothing was set aside for. */
	public HoldRequest(UUID holdId, UUID requestId, int attempt, ChargeTo chargeTo, Deployment deployment,
			PriceCard priceCard, long worstCaseNanos, long worstCaseTokens, boolean refuseOverSoftLimit,
			BudgetSnapshot budgets, Instant at) {
		this(holdId, requestId, attempt, chargeTo, deployment, priceCard, worstCaseNanos, worstCaseTokens,
				refuseOverSoftLimit, budgets, at, null);
	}

}
