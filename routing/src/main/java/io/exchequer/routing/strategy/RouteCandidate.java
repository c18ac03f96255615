package io.exchequer.routing.strategy;

import java.math.BigDecimal;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;
import org.jspecify.annotations.Nullable;

/**
 * A deployment that may serve a request.
 *
 * @param deployment the deployment
 * @param priceCard the card in force, or null where it is unpriced
 * @param share its share under the {@code weighted} strategy, 0 or more: a candidate's
 * weight divided by the deployments its name stands for
 * @param position its place in the policy's order from 0
 * @param byRuleOnly whether only a fallback rule that names it leads here
 * @param expectedNanos what this very request is expected to cost, in nano-units of the
 * card's currency, or null where it is unpriced
 * @param inputTokensAdded the most tokens of input that its provider bills beyond what is
 * in the request, 0 or more
 */
public record RouteCandidate(Deployment deployment, @Nullable PriceCard priceCard, double share, int position,
		boolean byRuleOnly, @Nullable BigDecimal expectedNanos, int inputTokensAdded) {

	/** Makes a candidate whose provider adds nothing. */
	public RouteCandidate(Deployment deployment, @Nullable PriceCard priceCard, double share, int position,
			boolean byRuleOnly, @Nullable BigDecimal expectedNanos) {
		this(deployment, priceCard, share, position, byRuleOnly, expectedNanos, 0);
	}

	public DeploymentId id() {
		return this.deployment.id();
	}

}
