package io.exchequer.routing.execution;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.ExpectedCost;
import io.exchequer.routing.strategy.RankingContext;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.strategy.SeenOnce;
import io.exchequer.routing.strategy.Strategies;
import io.exchequer.routing.strategy.StrategyName;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.WorstCase;
import org.jspecify.annotations.Nullable;

/**
 * Decides a request's route: what the name stands for, which deployments may serve it,
 * and in which order.
 */
final class RoutePlanner {

	/** The name that leaves the choice to the task's policy. */
	static final String AUTO = "auto";

	private final DeploymentStates states;

	private final Map<String, UpstreamProvider> providers;

	RoutePlanner(DeploymentStates states, Map<String, UpstreamProvider> providers) {
		this.states = states;
		this.providers = providers;
	}

	Route plan(AiRequest request, RoutingConfiguration configuration, Instant now) {
		RoutingPolicy policy = configuration.policies()
			.policy(request.chargeTo().tenant(), request.chargeTo().task())
			.orElse(null);
		Considered considered = new Considered(request, configuration, policy, this.providers, now);
		String asked = request.document().model();
		ApiError unknown = asked.equals(AUTO) ? considered.addPolicy() : considered.addTarget(asked);
		return route(considered, unknown);
	}

	private Route route(Considered considered, @Nullable ApiError unknown) {
		AiRequest request = considered.request;
		RoutingPolicy policy = considered.policy;
		DataClass dataClass = dataClass(request, policy);
		CandidateFilter filter = new CandidateFilter(request, considered.configuration, policy, dataClass, this.states,
				this.providers, considered.now);
		List<RouteCandidate> usable = new ArrayList<>(considered.candidates.size());
		List<RouteCandidate> byRule = new ArrayList<>(0);
		List<Route.Excluded> excluded = new ArrayList<>(0);
		for (RouteCandidate candidate : considered.candidates) {
			ReasonCode reason = filter.reason(candidate, !candidate.byRuleOnly());
			if (reason != null) {
				excluded.add(new Route.Excluded(candidate, reason));
			}
			else {
				(candidate.byRuleOnly() ? byRule : usable).add(candidate);
			}
		}
		StrategyName strategy = strategy(policy);
		RankingContext context = new RankingContext(request.id(),
				Math.max(1, OutputLimit.expected(request.document(), policy)), new SeenOnce(this.states));
		List<RouteCandidate> ranked = ranked(strategy, usable, context);
		ApiError error = unknown;
		if (error == null && ranked.isEmpty()) {
			error = new Exclusions(request, excluded, this.states, this.providers, considered.now).error();
		}
		return new Route(request, considered.configuration, policy, strategy, dataClass, context, ranked, byRule,
				excluded, error, considered.now);
	}

	private static List<RouteCandidate> ranked(StrategyName strategy, List<RouteCandidate> usable,
			RankingContext context) {
		if (usable.size() > 1) {
			return Strategies.of(strategy).rank(usable, context);
		}
		if (!usable.isEmpty() && (strategy == StrategyName.FASTEST || strategy == StrategyName.LEAST_BUSY)) {
			// What changes is looked at now, rather than when the record is written.
			Strategies.of(strategy).score(usable.getFirst(), context);
		}
		return usable;
	}

	private static StrategyName strategy(@Nullable RoutingPolicy policy) {
		return (policy != null) ? StrategyName.byText(policy.strategy()).orElse(StrategyName.ORDERED)
				: StrategyName.ORDERED;
	}

	/** Neither the policy nor the request can lower what the other says. */
	private static DataClass dataClass(AiRequest request, @Nullable RoutingPolicy policy) {
		DataClass usual = (policy != null) ? policy.dataClass() : DataClass.INTERNAL;
		DataClass claimed = request.dataClass();
		return (claimed != null && claimed.compareTo(usual) > 0) ? claimed : usual;
	}

	/** Gathers the candidates, each deployment once. */
	private static final class Considered {

		private final AiRequest request;

		private final RoutingConfiguration configuration;

		private final @Nullable RoutingPolicy policy;

		private final Map<String, UpstreamProvider> providers;

		private final Instant now;

		private final List<RouteCandidate> candidates = new ArrayList<>(4);

		private final Set<DeploymentId> seen = new HashSet<>(8);

		Considered(AiRequest request, RoutingConfiguration configuration, @Nullable RoutingPolicy policy,
				Map<String, UpstreamProvider> providers, Instant now) {
			this.request = request;
			this.configuration = configuration;
			this.policy = policy;
			this.providers = providers;
			this.now = now;
		}

		@Nullable ApiError addPolicy() {
			if (this.policy == null) {
				return ApiError.invalid("no_routing_policy", "no routing policy serves the task '"
						+ this.request.chargeTo().task() + "'; name a model, or ask an administrator for a policy",
						"model");
			}
			for (RoutingPolicy.Candidate candidate : this.policy.candidates()) {
				this.configuration.registry()
					.resolve(candidate.name())
					.ifPresent((target) -> add(target.deployments(), candidate.weight(), false));
			}
			addRuleTargets();
			return null;
		}

		@Nullable ApiError addTarget(String asked) {
			Optional<RegistrySnapshot.Target> target = this.configuration.registry().resolve(asked);
			if (target.isEmpty()) {
				return Exclusions.notFound(asked);
			}
			if (this.policy == null) {
				add(target.get().deployments(), 1, false);
				return null;
			}
			for (Deployment deployment : target.get().deployments()) {
				add(List.of(deployment), weight(this.policy, deployment), false);
			}
			if (target.get().kind() != RegistrySnapshot.Target.Kind.DEPLOYMENT) {
				addRuleTargets();
			}
			return null;
		}

		private static int weight(RoutingPolicy policy, Deployment deployment) {
			for (RoutingPolicy.Candidate candidate : policy.candidates()) {
				if (candidate.name().equals(deployment.name()) || candidate.name().equals(deployment.model().name())) {
					return candidate.weight();
				}
			}
			return 1;
		}

		/** A fallback rule may lead to what the route itself does not have. */
		private void addRuleTargets() {
			if (this.policy == null) {
				return;
			}
			this.policy.fallback().on().values().forEach((rule) -> {
				String to = rule.to();
				if (to != null) {
					this.configuration.registry().resolve(to).ifPresent((target) -> add(target.deployments(), 0, true));
				}
			});
		}

		private void add(List<Deployment> deployments, int weight, boolean byRuleOnly) {
			double share = deployments.isEmpty() ? 0 : (double) weight / deployments.size();
			for (Deployment deployment : deployments) {
				if (this.seen.add(deployment.id())) {
					PriceCard card = this.configuration.registry().priceCard(deployment.id(), this.now).orElse(null);
					this.candidates.add(new RouteCandidate(deployment, card, share, this.candidates.size(), byRuleOnly,
							expected(card, deployment), inputTokensAdded(deployment)));
				}
			}
		}

		private int inputTokensAdded(Deployment deployment) {
			UpstreamProvider provider = this.providers.get(deployment.provider().kind());
			return (provider != null) ? provider.inputTokensAdded(this.request.document(), deployment) : 0;
		}

		/** What is billed by other units than tokens is known almost exactly before. */
		private @Nullable BigDecimal expected(@Nullable PriceCard card, Deployment deployment) {
			RequestDocument document = this.request.document();
			if (card != null && document.endpoint().billsUnits() && WorstCase.bound(document,
					deployment.model().capabilities(), card, 1) instanceof WorstCase.Bounded bounded) {
				return BigDecimal.valueOf(bounded.nanos());
			}
			return ExpectedCost.of(card, document.inputTokensExpected(), OutputLimit.expected(document, this.policy));
		}

	}

}
