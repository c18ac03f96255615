package io.exchequer.routing.execution;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.exchequer.billing.AdmissionPreview;
import io.exchequer.billing.BillingService;
import io.exchequer.billing.OverBoundAttempts;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.DeploymentQuarantine;
import io.exchequer.registry.ProviderKinds;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.DeploymentProbe;
import io.exchequer.routing.FreshBudgets;
import io.exchequer.routing.UpstreamProvider;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedBulkheadMetrics;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.github.resilience4j.micrometer.tagged.TaggedRetryMetrics;
import io.github.resilience4j.retry.RetryRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Puts the execution together.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RoutingSettings.class)
class ExecutionConfiguration {

	@Bean
	CircuitBreakerRegistry circuitBreakerRegistry(RoutingSettings settings, Clock clock) {
		return DeploymentStates.circuitBreakers(settings, clock);
	}

	@Bean
	BulkheadRegistry bulkheadRegistry() {
		return BulkheadRegistry.ofDefaults();
	}

	@Bean
	RetryRegistry retryRegistry() {
		return RetryRegistry.ofDefaults();
	}

	@Bean
	MeterBinder resilienceMetrics(CircuitBreakerRegistry breakers, BulkheadRegistry bulkheads, RetryRegistry retries) {
		return (registry) -> {
			TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(breakers).bindTo(registry);
			TaggedBulkheadMetrics.ofBulkheadRegistry(bulkheads).bindTo(registry);
			TaggedRetryMetrics.ofRetryRegistry(retries).bindTo(registry);
		};
	}

	/** The registry takes no provider of a kind that nothing here speaks to. */
	@Bean
	ProviderKinds providerKinds(List<UpstreamProvider> providers) {
		return new SpokenKinds(byKind(providers));
	}

	@Bean
	OverBounds overBounds(OverBoundAttempts attempts, DeploymentQuarantine quarantine, RoutingMetrics metrics,
			Clock clock) {
		return new OverBounds(attempts, quarantine, metrics, clock,
				(look) -> Thread.ofVirtual().name("over-bounds").start(look));
	}

	@Bean
	OverBoundUpkeep overBoundUpkeep(OverBounds overBounds) {
		return new OverBoundUpkeep(overBounds);
	}

	@Bean
	RoutingMetrics routingMetrics(MeterRegistry meters) {
		return new RoutingMetrics(meters);
	}

	@Bean
	Services routingServices(BillingService billing, List<UpstreamProvider> providers, CircuitBreakerRegistry breakers,
			BulkheadRegistry bulkheads, RetryRegistry retries, RoutingSettings settings, RoutingMetrics metrics,
			OverBounds overBounds, ObjectProvider<FreshBudgets> freshBudgets, ObjectProvider<AnswerMemory> answerMemory,
			Clock clock) {
		return new Services(billing, byKind(providers),
				new DeploymentStates(breakers, bulkheads, retries, settings, clock), settings, metrics, overBounds,
				freshBudgets.getIfAvailable(), answerMemory.getIfAvailable(() -> AnswerMemory.UNBOUNDED),
				new Uuid7(clock), clock);
	}

	@Bean
	DefaultRoutingService routingService(Services services, AdmissionPreview preview) {
		return new DefaultRoutingService(services, preview);
	}

	@Bean
	DeploymentProbe deploymentProbe(Services services) {
		return new DirectProbe(services);
	}

	/** Asks whoever speaks to a kind. */
	private record SpokenKinds(Map<String, UpstreamProvider> byKind) implements ProviderKinds {

		@Override
		public Set<String> kinds() {
			return this.byKind.keySet();
		}

		@Override
		public boolean knowsAddress(String kind) {
			UpstreamProvider provider = this.byKind.get(kind);
			return provider != null && provider.knowsItsAddress();
		}

		@Override
		public void checkSettings(String kind, Map<String, String> settings) {
			Objects.requireNonNull(this.byKind.get(kind)).checkSettings(settings);
		}

		@Override
		public void checkOptions(String kind, Map<String, String> options) {
			UpstreamProvider provider = this.byKind.get(kind);
			if (provider != null) {
				provider.checkOptions(options);
			}
		}

	}

	static Map<String, UpstreamProvider> byKind(List<UpstreamProvider> providers) {
		Map<String, UpstreamProvider> byKind = new HashMap<>();
		for (UpstreamProvider provider : providers) {
			for (String kind : provider.kinds()) {
				UpstreamProvider other = byKind.put(kind, provider);
				if (other != null) {
					throw new IllegalStateException("two providers speak to '" + kind + "': "
							+ other.getClass().getName() + " and " + provider.getClass().getName());
				}
			}
		}
		return Map.copyOf(byKind);
	}

}
