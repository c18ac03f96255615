package io.exchequer.registry;

import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;

/**
 * The prices of a deployment from an instant on, until a later card replaces it. A card
 * is never changed, only succeeded.
 *
 * @param id its identifier; ledger lines carry it as the price card version
 * @param deploymentId whose prices
 * @param version counts the deployment's cards from 1
 * @param effectiveFrom the first instant it applies to
 * @param currency the currency of every price on it
 * @param tiers at least the {@code default} tier over 0 input tokens
 */
public record PriceCard(UUID id, DeploymentId deploymentId, int version, Instant effectiveFrom, Currency currency,
		List<PriceTier> tiers) {
}
