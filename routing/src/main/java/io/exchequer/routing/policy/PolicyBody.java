package io.exchequer.routing.policy;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.registry.DataClass;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.PolicyDefinition;
import io.exchequer.routing.RoutingPolicy;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A version's stored form. Every member is written, so that a later change of a default
 * leaves stored versions as they were.
 */
record PolicyBody(String name, String task, List<StoredCandidate> candidates, String strategy, DataClass dataClass,
		Integer defaultMaxOutput, Integer minOutput, StoredFallback fallback, RoutingPolicy.OnSoftLimit onSoftLimit) {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	static PolicyBody of(PolicyDefinition given) {
		PolicyDefinition definition = given.withDefaults();
		return new PolicyBody(definition.name(), definition.task(),
				definition.candidates()
					.stream()
					.map((each) -> new StoredCandidate(each.name(), each.weight()))
					.toList(),
				required(definition.strategy()), required(definition.dataClass()),
				required(definition.defaultMaxOutput()), required(definition.minOutput()),
				StoredFallback.of(required(definition.fallback())), required(definition.onSoftLimit()));
	}

	private static <T> T required(@Nullable T value) {
		if (value == null) {
			throw new IllegalArgumentException("a definition with its defaults has no gaps");
		}
		return value;
	}

	static PolicyBody parse(String json) {
		return JSON.readValue(json, PolicyBody.class);
	}

	String toJson() {
		return JSON.writeValueAsString(this);
	}

	RoutingPolicy policy(TenantId tenant, UUID versionId, int version) {
		return new RoutingPolicy(versionId, tenant, this.name, version, this.task,
				this.candidates.stream()
					.map((each) -> new RoutingPolicy.Candidate(each.name(), each.weight()))
					.toList(),
				this.strategy, this.dataClass, this.defaultMaxOutput, this.minOutput, this.fallback.fallback(),
				this.onSoftLimit);
	}

	record StoredCandidate(String name, Integer weight) {
	}

	/**
	 * Versions that are older than {@code continueStreams} lack it, and mean false.
	 */
	record StoredFallback(Integer maxAttempts, String totalTimeout, Map<FailureClass, StoredRule> on,
			@Nullable Boolean continueStreams) {

		StoredFallback {
			continueStreams = Boolean.TRUE.equals(continueStreams);
		}

		static StoredFallback of(RoutingPolicy.Fallback fallback) {
			Map<FailureClass, StoredRule> on = new EnumMap<>(FailureClass.class);
			fallback.on()
				.forEach((failure, rule) -> on.put(failure, new StoredRule(rule.action(), rule.to(), rule.maxTimes())));
			return new StoredFallback(fallback.maxAttempts(), fallback.totalTimeout().toString(), on,
					fallback.continueStreams());
		}

		RoutingPolicy.Fallback fallback() {
			Map<FailureClass, RoutingPolicy.Rule> rules = new EnumMap<>(FailureClass.class);
			this.on.forEach((failure, rule) -> rules.put(failure,
					new RoutingPolicy.Rule(rule.action(), rule.to(), rule.maxTimes())));
			return new RoutingPolicy.Fallback(this.maxAttempts, Duration.parse(this.totalTimeout), Map.copyOf(rules),
					Boolean.TRUE.equals(this.continueStreams));
		}

	}

	record StoredRule(RoutingPolicy.Rule.Action action, @Nullable String to, Integer maxTimes) {
	}

}
