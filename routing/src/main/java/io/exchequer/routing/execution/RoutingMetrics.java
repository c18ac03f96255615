package io.exchequer.routing.execution;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * What routing counts. Labels are outcomes, failure classes, buckets and deployments:
 * never a tenant, a key or anything a client writes.
 */
final class RoutingMetrics {

	private final MeterRegistry registry;

	private final ConcurrentMap<String, Counter> requests = new ConcurrentHashMap<>();

	private final ConcurrentMap<AttemptLabels, Counter> attempts = new ConcurrentHashMap<>();

	private final ConcurrentMap<TokenLabels, Counter> tokens = new ConcurrentHashMap<>();

	private final ConcurrentMap<String, Timer> firstTokens = new ConcurrentHashMap<>();

	RoutingMetrics(MeterRegistry registry) {
		this.registry = registry;
	}

	/**
	 * Counts a request that ended.
	 * @param outcome {@code answered}, {@code broken_off}, {@code client_gone} or the
	 * refusal's code
	 */
	void request(String outcome) {
		Counter counter = this.requests.get(outcome);
		if (counter == null) {
			counter = this.requests.computeIfAbsent(outcome,
					(_) -> Counter.builder("exchequer.requests")
						.description("requests by how they ended")
						.tag("outcome", outcome)
						.register(this.registry));
		}
		counter.increment();
	}

	/** Counts an attempt; the failure is null where it was answered. */
	void attempt(Deployment deployment, @Nullable FailureClass failure) {
		AttemptLabels labels = new AttemptLabels(deployment.name(), failure);
		Counter counter = this.attempts.get(labels);
		if (counter == null) {
			String result = (failure != null) ? failure.name().toLowerCase(Locale.ROOT) : "answered";
			counter = this.attempts.computeIfAbsent(labels,
					(_) -> Counter.builder("exchequer.attempts")
						.description("upstream attempts by deployment and result")
						.tag("deployment", deployment.name())
						.tag("result", result)
						.register(this.registry));
		}
		counter.increment();
	}

	void firstToken(Deployment deployment, long millis) {
		Timer timer = this.firstTokens.get(deployment.name());
		if (timer == null) {
			timer = this.firstTokens.computeIfAbsent(deployment.name(),
					(name) -> Timer.builder("exchequer.first.token")
						.description("from dispatch to the first token of a stream")
						.tag("deployment", name)
						.register(this.registry));
		}
		timer.record(Duration.ofMillis(Math.max(0, millis)));
	}

	void tokens(Deployment deployment, TokenUsage usage) {
		for (Map.Entry<UsageBucket, Long> used : usage.nonZero().entrySet()) {
			TokenLabels labels = new TokenLabels(deployment.name(), used.getKey());
			Counter counter = this.tokens.get(labels);
			if (counter == null) {
				counter = this.tokens.computeIfAbsent(labels,
						(_) -> Counter.builder("exchequer.tokens")
							.description("tokens settled, by deployment and bucket")
							.tag("deployment", deployment.name())
							.tag("bucket", used.getKey().name().toLowerCase(Locale.ROOT))
							.register(this.registry));
			}
			counter.increment(used.getValue());
		}
	}

	/** Counts an attempt that cost more than its proven bound. */
	void overBound(String deployment) {
		Counter.builder("exchequer.over.bound")
			.description("attempts that cost more than their proven bound")
			.tag("deployment", deployment)
			.register(this.registry)
			.increment();
	}

	private record AttemptLabels(String deployment, @Nullable FailureClass failure) {
	}

	private record TokenLabels(String deployment, UsageBucket bucket) {
	}

}
