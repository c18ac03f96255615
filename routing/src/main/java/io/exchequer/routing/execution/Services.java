package io.exchequer.routing.execution;

import java.time.Clock;
import java.util.Map;

import io.exchequer.billing.BillingService;
import io.exchequer.kernel.Uuid7;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.FreshBudgets;
import io.exchequer.routing.UpstreamProvider;
import org.jspecify.annotations.Nullable;

/**
 * What every request's run shares.
 *
 * @param billing holds and settles
 * @param providers the upstream clients, by their providers' kinds
 * @param states what is known of the deployments
 * @param settings how requests are run
 * @param metrics what is counted
 * @param overBounds takes deployments out that billed more than their bounds
 * @param freshBudgets re-reads the budgets in the middle of a request, or null
 * @param answerMemory the memory of whole answers
 * @param ids makes the holds' identifiers
 * @param clock the time
 */
record Services(BillingService billing, Map<String, UpstreamProvider> providers, DeploymentStates states,
		RoutingSettings settings, RoutingMetrics metrics, OverBounds overBounds, @Nullable FreshBudgets freshBudgets,
		AnswerMemory answerMemory, Uuid7 ids, Clock clock) {

	/** Returns these with other upstream clients and deployments' states. */
	Services with(Map<String, UpstreamProvider> otherProviders, DeploymentStates otherStates) {
		return new Services(this.billing, otherProviders, otherStates, this.settings, this.metrics, this.overBounds,
				this.freshBudgets, this.answerMemory, this.ids, this.clock);
	}

}
