package io.exchequer.routing.execution;

import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

import io.exchequer.billing.Admission;
import io.exchequer.billing.AdmissionPreview;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.HoldRequest;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingService.Explanation;
import io.exchequer.routing.RoutingService.Verdict;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.chat.Uncarried;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.strategy.RoutingStrategy;
import io.exchequer.routing.strategy.Strategies;
import io.exchequer.routing.strategy.StrategyName;
import io.exchequer.routing.wire.WorstCase;
import org.jspecify.annotations.Nullable;

/**
 * Says what would become of one request: its route, and of each candidate whether it
 * would be admitted if its turn came now. Used by one thread.
 */
final class Explainer {

	private final Route route;

	private final DeploymentStates states;

	private final Map<String, UpstreamProvider> providers;

	private final Trace trace;

	private final Admitter admitter;

	private final List<Verdict> verdicts = new ArrayList<>();

	private final List<Verdict> left = new ArrayList<>();

	private StrategyName strategy;

	private boolean cheapestFirst;

	private @Nullable ApiError error;

	private @Nullable ApiError overBudget;

	Explainer(Route route, Services services, AdmissionPreview preview) {
		this.route = route;
		this.states = services.states();
		this.providers = services.providers();
		this.trace = new Trace(route, services.clock());
		this.admitter = new Admitter(route, asking(route, services.ids(), preview), this.trace, 0);
		this.strategy = route.strategy();
		this.error = route.error();
	}

	private static Admitter.Asking asking(Route route, Uuid7 ids, AdmissionPreview preview) {
		ChargeTo chargeTo = route.request().chargeTo();
		BudgetSnapshot budgets = route.configuration().budgets();
		return new Admitter.Asking() {

			@Override
			public boolean hardLimited(Deployment deployment) {
				return budgets.hardLimited(chargeTo, deployment.model().id());
			}

			@Override
			public Admission admit(Deployment deployment, PriceCard card, long nanos, long tokens,
					boolean refuseOverSoftLimit) {
				return preview.preview(new HoldRequest(ids.next(), route.request().id(), 1, chargeTo, deployment, card,
						nanos, tokens, refuseOverSoftLimit, budgets, route.at()));
			}

		};
	}

	Explanation explain() {
		ranked();
		this.verdicts.addAll(this.left);
		for (RouteCandidate candidate : this.route.byRule()) {
			this.verdicts.add(excluded(candidate, ReasonCode.FALLBACK_ONLY));
		}
		for (Route.Excluded excluded : this.route.excluded()) {
			this.verdicts.add(excluded(excluded));
		}
		RoutingPolicy policy = this.route.policy();
		return new Explanation(this.route.policyVersionId(), (policy != null) ? policy.name() : null,
				(policy != null) ? policy.version() : null, this.route.request().chargeTo().task(),
				this.strategy.text(), this.verdicts, this.error);
	}

	private void ranked() {
		Deque<RouteCandidate> queue = new ArrayDeque<>(this.route.ranked());
		ApiError refused = null;
		ApiError excluded = null;
		boolean served = false;
		while (!queue.isEmpty()) {
			RouteCandidate candidate = queue.poll();
			if (this.states.of(candidate.deployment()).isFull()) {
				this.left.add(excluded(candidate, ReasonCode.BULKHEAD_FULL));
				continue;
			}
			switch (this.admitter.admit(candidate)) {
				case Admitter.Step.Held held -> {
					served = true;
					this.verdicts.add(chosen(candidate, held.limit()));
				}
				case Admitter.Step.Not(AttemptResult.OverSoftLimit _) -> cheapestFirst(queue, candidate);
				case Admitter.Step.Not(AttemptResult.OverBudget over) -> {
					this.overBudget = (this.overBudget != null) ? this.overBudget : Admitter.overBudget(over.budget());
					this.left.add(excluded(candidate, ReasonCode.OVER_BUDGET));
				}
				case Admitter.Step.Not(AttemptResult.Excluded out) -> {
					excluded = (excluded != null) ? excluded : out.error();
					this.left.add(excluded(candidate, out.reason()));
				}
				case Admitter.Step.Not(AttemptResult.Refused refusal) -> {
					refused = (refused != null) ? refused : refusal.error();
					this.verdicts.add(chosen(candidate, null));
				}
				case Admitter.Step.Not not -> throw new IllegalStateException("not an admission's verdict: " + not);
			}
		}
		if (this.error == null && !served) {
			this.error = (refused != null) ? refused : (this.overBudget != null) ? this.overBudget
					: (excluded != null) ? excluded : RequestRun.busy(this.route);
		}
	}

	/** A soft limit would be passed: from here on the cheapest is tried first. */
	private void cheapestFirst(Deque<RouteCandidate> queue, RouteCandidate candidate) {
		queue.addFirst(candidate);
		if (!this.cheapestFirst) {
			this.cheapestFirst = true;
			this.strategy = StrategyName.CHEAPEST;
			List<RouteCandidate> reranked = Strategies.of(this.strategy)
				.rank(new ArrayList<>(queue), this.route.context());
			queue.clear();
			queue.addAll(reranked);
		}
	}

	/** Says why a candidate stands where it does, with the output limit it would get. */
	private Verdict chosen(RouteCandidate candidate, @Nullable OutputLimit limit) {
		RoutingStrategy by = Strategies.of(this.strategy);
		String detail = by.explain(by.score(candidate, this.route.context()));
		if (limit != null && limit.lowered()) {
			detail += "; its output limit would be lowered to " + limit.tokens();
		}
		return verdict(candidate, this.verdicts.size() + 1, by.name().text(), detail, limit);
	}

	private Verdict excluded(Route.Excluded excluded) {
		if (excluded.reason() != ReasonCode.UNSUPPORTED) {
			return excluded(excluded.candidate(), excluded.reason());
		}
		List<String> params = Exclusions
			.inTheWay(this.route.request(), excluded.candidate().deployment(), this.providers)
			.stream()
			.map(Uncarried::param)
			.toList();
		return verdict(excluded.candidate(), 0, excluded.reason().text(),
				excluded.reason().words() + ": " + String.join(", ", params), null);
	}

	private Verdict excluded(RouteCandidate candidate, ReasonCode reason) {
		return verdict(candidate, 0, reason.text(), reason.words(), null);
	}

	private Verdict verdict(RouteCandidate candidate, int rank, String reason, String detail,
			@Nullable OutputLimit limit) {
		BigDecimal expected = candidate.expectedNanos();
		return new Verdict(candidate.deployment().name(), rank, reason, detail,
				(expected != null) ? expected.movePointLeft(9).stripTrailingZeros() : null,
				worstCase(candidate, limit));
	}

	private @Nullable Money worstCase(RouteCandidate candidate, @Nullable OutputLimit limit) {
		PriceCard card = candidate.priceCard();
		if (card == null) {
			return null;
		}
		Deployment deployment = candidate.deployment();
		Capabilities capabilities = deployment.model().capabilities();
		OutputLimit inForce = (limit != null) ? limit
				: OutputLimit.of(this.route.request().document(), capabilities, this.route.policy());
		return switch (WorstCase.bound(this.route.request().document(), capabilities, card, inForce.tokens(),
				candidate.inputTokensAdded())) {
			case WorstCase.Bounded bounded -> new Money(bounded.nanos(), card.currency());
			case WorstCase.Unbounded _ -> null;
		};
	}

}
