package io.exchequer.routing;

import java.util.List;

import io.exchequer.registry.DataClass;
import org.jspecify.annotations.Nullable;

/**
 * A routing policy as an administrator writes it. What is null takes its default.
 *
 * @param name its name, unique in the tenant, 1 to 100 characters
 * @param task the task it serves, or {@code *} for any; one policy for each
 * @param candidates what it chooses among, in order; at least one
 * @param strategy the strategy's name, {@code ordered} by default
 * @param dataClass the class of the task's content, {@code INTERNAL} by default
 * @param defaultMaxOutput the output limit where a request has none,
 * {@value RoutingPolicy#DEFAULT_MAX_OUTPUT} by default
 * @param minOutput the fewest output tokens a clamp may leave,
 * {@value RoutingPolicy#DEFAULT_MIN_OUTPUT} by default, or the default output limit where
 * that is less
 * @param fallback what happens after a failure, {@link RoutingPolicy.Fallback#DEFAULT} by
 * default
 * @param onSoftLimit what happens when a soft limit would be passed, {@code WARN} by
 * default
 */
public record PolicyDefinition(String name, String task, List<RoutingPolicy.Candidate> candidates,
		@Nullable String strategy, @Nullable DataClass dataClass, @Nullable Integer defaultMaxOutput,
		@Nullable Integer minOutput, RoutingPolicy.@Nullable Fallback fallback,
		RoutingPolicy.@Nullable OnSoftLimit onSoftLimit) {

	/** Returns the definition of a policy as it stands, nothing left to defaults. */
	public static PolicyDefinition of(RoutingPolicy policy) {
		return new PolicyDefinition(policy.name(), policy.task(), policy.candidates(), policy.strategy(),
				policy.dataClass(), policy.defaultMaxOutput(), policy.minOutput(), policy.fallback(),
				policy.onSoftLimit());
	}

	/** Returns this definition with every default filled in. */
	public PolicyDefinition withDefaults() {
		int output = (this.defaultMaxOutput != null) ? this.defaultMaxOutput : RoutingPolicy.DEFAULT_MAX_OUTPUT;
		return new PolicyDefinition(this.name, this.task, List.copyOf(this.candidates),
				(this.strategy != null) ? this.strategy : "ordered",
				(this.dataClass != null) ? this.dataClass : DataClass.INTERNAL, output,
				(this.minOutput != null) ? this.minOutput : Math.min(RoutingPolicy.DEFAULT_MIN_OUTPUT, output),
				(this.fallback != null) ? this.fallback : RoutingPolicy.Fallback.DEFAULT,
				(this.onSoftLimit != null) ? this.onSoftLimit : RoutingPolicy.OnSoftLimit.WARN);
	}

}
