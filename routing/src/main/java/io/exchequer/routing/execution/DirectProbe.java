package io.exchequer.routing.execution;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.PriceCard;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.DeploymentProbe;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.strategy.ExpectedCost;
import io.exchequer.routing.strategy.RankingContext;
import io.exchequer.routing.strategy.RouteCandidate;
import io.exchequer.routing.strategy.StrategyName;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Runs a request along a route of one deployment, with a circuit breaker and a bulkhead
 * that are this call's own.
 */
final class DirectProbe implements DeploymentProbe {

	private final Services services;

	DirectProbe(Services services) {
		this.services = services;
	}

	@Override
	public Probed probe(AiRequest request, Deployment deployment, RoutingConfiguration configuration, Duration limit,
			AnswerSink sink) {
		DeploymentStates states = new DeploymentStates(
				DeploymentStates.circuitBreakers(this.services.settings(), this.services.clock()),
				BulkheadRegistry.ofDefaults(), RetryRegistry.ofDefaults(), this.services.settings(),
				this.services.clock());
		UpstreamProvider provider = this.services.providers().get(deployment.provider().kind());
		Timed timed = (provider != null) ? new Timed(provider) : null;
		Services own = this.services.with((timed != null) ? Map.of(deployment.provider().kind(), timed) : Map.of(),
				states);
		RequestRun run = new RequestRun(own, route(request, within(deployment, limit), configuration, states), sink);
		Outcome outcome = run.run();
		return new Probed(outcome, run.failure(), run.isOverBound(), (timed != null) ? timed.firstByte : null);
	}

	/** The content is the platform's own, so that any deployment may see it. */
	private Route route(AiRequest request, Deployment deployment, RoutingConfiguration configuration,
			DeploymentStates states) {
		Instant now = this.services.clock().instant();
		int output = OutputLimit.expected(request.document(), null);
		PriceCard card = configuration.registry().priceCard(deployment.id(), now).orElse(null);
		RouteCandidate candidate = new RouteCandidate(deployment, card, 1, 0, false,
				ExpectedCost.of(card, request.document().inputTokensExpected(), output));
		return new Route(request, configuration, null, StrategyName.ORDERED, DataClass.PUBLIC,
				new RankingContext(request.id(), Math.max(1, output), states), List.of(candidate), List.of(), List.of(),
				null, now);
	}

	private static Deployment within(Deployment deployment, Duration limit) {
		DeploymentSettings own = deployment.settings();
		DeploymentSettings settings = new DeploymentSettings(shorter(own.connectTimeout(), limit),
				shorter(own.firstByteTimeout(), limit), shorter(own.idleTimeout(), limit),
				shorter(own.totalTimeout(), limit), own.maxConcurrent(), 0, own.onDisconnect(), own.options());
		return new Deployment(deployment.id(), deployment.name(), deployment.model(), deployment.provider(),
				deployment.upstreamModel(), deployment.credential(), deployment.dataClass(), settings,
				deployment.enabled(), deployment.quarantined());
	}

	private static Duration shorter(Duration one, Duration other) {
		return (one.compareTo(other) <= 0) ? one : other;
	}

	/** Notes when the head of the answer came. Used by one thread. */
	private static final class Timed implements UpstreamProvider {

		private final UpstreamProvider provider;

		private @Nullable Duration firstByte;

		Timed(UpstreamProvider provider) {
			this.provider = provider;
		}

		@Override
		public Set<String> kinds() {
			return this.provider.kinds();
		}

		@Override
		public UpstreamAnswer call(UpstreamCall call) throws UpstreamFailure {
			long begun_ns = System.nanoTime();
			UpstreamAnswer answer = this.provider.call(call);
			this.firstByte = Duration.ofNanos(System.nanoTime() - begun_ns);
			return answer;
		}

	}

}
