package io.exchequer.admin;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import io.exchequer.registry.DataClass;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.PolicyDefinition;
import io.exchequer.routing.RoutingPolicy;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

/**
 * A routing policy as administrators write it; see {@link PolicyDefinition} for its
 * defaults.
 *
 * @param name its name, unique in the tenant
 * @param task the task it serves, or {@code *} for any
 * @param candidates what it chooses among, in order
 * @param strategy {@code ordered}, {@code weighted}, {@code cheapest}, {@code fastest} or
 * {@code least-busy}
 * @param dataClass the class of the task's content
 * @param defaultMaxOutput the output limit where a request has none
 * @param minOutput the fewest output tokens a clamp may leave
 * @param fallback what happens after a failure
 * @param onSoftLimit what happens when a soft limit would be passed
 */
record PolicyEntry(@NotNull String name, @NotNull String task,
		@NotEmpty List<@NotNull @Valid CandidateEntry> candidates, @Nullable String strategy,
		@Nullable DataClass dataClass, @Nullable Integer defaultMaxOutput, @Nullable Integer minOutput,
		@Nullable @Valid FallbackEntry fallback, RoutingPolicy.@Nullable OnSoftLimit onSoftLimit) {

	PolicyDefinition definition() {
		return new PolicyDefinition(this.name, this.task,
				this.candidates.stream()
					.map((candidate) -> new RoutingPolicy.Candidate(candidate.name(),
							Objects.requireNonNullElse(candidate.weight(), 1)))
					.toList(),
				this.strategy, this.dataClass, this.defaultMaxOutput, this.minOutput,
				(this.fallback != null) ? this.fallback.fallback() : null, this.onSoftLimit);
	}

	static PolicyEntry of(RoutingPolicy policy) {
		return new PolicyEntry(policy.name(), policy.task(),
				policy.candidates()
					.stream()
					.map((candidate) -> new CandidateEntry(candidate.name(), candidate.weight()))
					.toList(),
				policy.strategy(), policy.dataClass(), policy.defaultMaxOutput(), policy.minOutput(),
				FallbackEntry.of(policy.fallback()), policy.onSoftLimit());
	}

	/**
	 * A candidate.
	 *
	 * @param name a deployment's, a model's or an alias's name
	 * @param weight its share under the weighted strategy; 1 by default
	 */
	record CandidateEntry(@NotNull String name, @Nullable Integer weight) {
	}

	/**
	 * What happens after a failure.
	 *
	 * @param maxAttempts the most attempts in all; 3 by default
	 * @param totalTimeout the longest all attempts may take, as in {@code PT10M}, which
	 * is the default
	 * @param on what to do for a class of failure
	 * @param continueStreams whether the next deployment goes on with a stream that broke
	 * after its beginning was sent; false by default
	 */
	record FallbackEntry(@Nullable Integer maxAttempts, @Nullable Duration totalTimeout,
			@Nullable Map<FailureClass, @NotNull @Valid RuleEntry> on, @Nullable Boolean continueStreams) {

		RoutingPolicy.Fallback fallback() {
			RoutingPolicy.Fallback defaults = RoutingPolicy.Fallback.DEFAULT;
			Map<FailureClass, RoutingPolicy.Rule> rules = new HashMap<>();
			Objects.requireNonNullElse(this.on, Map.<FailureClass, RuleEntry>of())
				.forEach((failure, rule) -> rules.put(failure, new RoutingPolicy.Rule(rule.action(), rule.to(),
						Objects.requireNonNullElse(rule.maxTimes(), 1))));
			return new RoutingPolicy.Fallback(Objects.requireNonNullElse(this.maxAttempts, defaults.maxAttempts()),
					Objects.requireNonNullElse(this.totalTimeout, defaults.totalTimeout()), rules,
					Objects.requireNonNullElse(this.continueStreams, defaults.continueStreams()));
		}

		static FallbackEntry of(RoutingPolicy.Fallback fallback) {
			Map<FailureClass, RuleEntry> rules = new TreeMap<>();
			fallback.on()
				.forEach((failure, rule) -> rules.put(failure,
						new RuleEntry(rule.action(), rule.to(), rule.maxTimes())));
			return new FallbackEntry(fallback.maxAttempts(), fallback.totalTimeout(), rules,
					fallback.continueStreams());
		}

	}

	/**
	 * What to do for a class of failure.
	 *
	 * @param action whether to go on
	 * @param to the candidate to go to; the route's next by default
	 * @param maxTimes how often in one request; 1 by default
	 */
	record RuleEntry(RoutingPolicy.Rule.@NotNull Action action, @Nullable String to, @Nullable Integer maxTimes) {
	}

}
