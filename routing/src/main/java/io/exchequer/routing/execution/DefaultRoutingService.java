package io.exchequer.routing.execution;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

import io.exchequer.kernel.Money;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.PriceCard;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingService;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.strategy.RoutingStrategy;
import io.exchequer.routing.strategy.Strategies;
import io.exchequer.routing.wire.WorstCase;
import org.jspecify.annotations.Nullable;

/**
 * Plans a request's route and runs it.
 */
final class DefaultRoutingService implements RoutingService {

	private final RoutePlanner planner;

	private final Services services;

	DefaultRoutingService(Services services) {
		this.services = services;
		this.planner = new RoutePlanner(services.states(), services.providers().keySet());
	}

	@Override
	public Outcome serve(AiRequest request, RoutingConfiguration configuration, AnswerSink sink) {
		Route route = this.planner.plan(request, configuration, this.services.clock().instant());
		return new RequestRun(this.services, route, sink).run();
	}

	@Override
	public Explanation explain(AiRequest request, RoutingConfiguration configuration) {
		Route route = this.planner.plan(request, configuration, this.services.clock().instant());
		RoutingStrategy strategy = Strategies.of(route.strategy());
		List<Verdict> verdicts = new ArrayList<>();
		for (RouteCandidate candidate : route.ranked()) {
			String detail = strategy.explain(strategy.score(candidate, route.context()));
			verdicts.add(verdict(route, candidate, verdicts.size() + 1, strategy.name().text(), detail));
		}
		for (RouteCandidate candidate : route.byRule()) {
			verdicts.add(verdict(route, candidate, 0, ReasonCode.FALLBACK_ONLY));
		}
		for (Route.Excluded excluded : route.excluded()) {
			verdicts.add(verdict(route, excluded.candidate(), 0, excluded.reason()));
		}
		RoutingPolicy policy = route.policy();
		return new Explanation(route.policyVersionId(), (policy != null) ? policy.name() : null,
				(policy != null) ? policy.version() : null, request.chargeTo().task(), route.strategy().text(),
				verdicts, route.error());
	}

	private static Verdict verdict(Route route, RouteCandidate candidate, int rank, ReasonCode reason) {
		return verdict(route, candidate, rank, reason.text(), reason.words());
	}

	private static Verdict verdict(Route route, RouteCandidate candidate, int rank, String reason, String detail) {
		BigDecimal expected = candidate.expectedNanos();
		return new Verdict(candidate.deployment().name(), rank, reason, detail,
				(expected != null) ? expected.movePointLeft(9).stripTrailingZeros() : null,
				worstCase(route, candidate));
	}

	private static @Nullable Money worstCase(Route route, RouteCandidate candidate) {
		PriceCard card = candidate.priceCard();
		if (card == null) {
			return null;
		}
		Capabilities capabilities = candidate.deployment().model().capabilities();
		OutputLimit limit = OutputLimit.of(route.request().document(), capabilities, route.policy());
		return switch (WorstCase.bound(route.request().document(), capabilities, card, limit.tokens())) {
			case WorstCase.Bounded bounded -> new Money(bounded.nanos(), card.currency());
			case WorstCase.Unbounded _ -> null;
		};
	}

}
