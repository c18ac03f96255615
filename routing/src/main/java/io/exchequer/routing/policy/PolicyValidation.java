package io.exchequer.routing.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import io.exchequer.kernel.ValidationProblem.FieldProblem;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.PolicyDefinition;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.strategy.StrategyName;
import org.jspecify.annotations.Nullable;

/**
 * What a policy must satisfy. Everything that is wrong is reported at once.
 */
final class PolicyValidation {

	static final int NAME_LENGTH_MAX = 100;

	static final int CANDIDATES_MAX = 50;

	static final int ATTEMPTS_MAX = 20;

	static final int WEIGHT_MAX = 1_000_000;

	static final Duration TOTAL_TIMEOUT_MAX = Duration.ofHours(1);

	/** What can stand in a URL's path, percent-encoded, without being misread there. */
	private static final Pattern REACHABLE = Pattern.compile("(?!\\.{1,2}$)(?! )[^/\\\\;%\\p{Cntrl}]*(?<! )");

	private final PolicyDefinition definition;

	private final RegistrySnapshot registry;

	private final List<FieldProblem> problems = new ArrayList<>();

	private PolicyValidation(PolicyDefinition definition, RegistrySnapshot registry) {
		this.definition = definition;
		this.registry = registry;
	}

	static List<FieldProblem> validate(PolicyDefinition definition, RegistrySnapshot registry) {
		PolicyValidation validation = new PolicyValidation(definition.withDefaults(), registry);
		validation.names();
		validation.candidates();
		validation.limits();
		validation.fallback();
		return List.copyOf(validation.problems);
	}

	private void names() {
		text("name", this.definition.name());
		if (!REACHABLE.matcher(this.definition.name()).matches()) {
			problem("unreachable_name", "name",
					"must have none of / \\ ; % and no space at its ends, and not be . or ..: it stands in a path");
		}
		text("task", this.definition.task());
		String strategy = this.definition.strategy();
		if (strategy == null || StrategyName.byText(strategy).isEmpty()) {
			problem("unknown_strategy", "strategy",
					"'" + strategy + "' is no strategy; use one of " + String.join(", ", StrategyName.texts()));
		}
	}

	private void text(String field, String value) {
		if (value.isBlank() || value.length() > NAME_LENGTH_MAX) {
			problem("invalid_name", field, "must have 1 to " + NAME_LENGTH_MAX + " characters");
		}
	}

	private void candidates() {
		List<RoutingPolicy.Candidate> candidates = this.definition.candidates();
		if (candidates.isEmpty() || candidates.size() > CANDIDATES_MAX) {
			problem("invalid_candidates", "candidates", "must be 1 to " + CANDIDATES_MAX + " candidates");
		}
		Set<String> seen = new HashSet<>();
		long weights = 0;
		for (int i = 0; i < candidates.size(); i++) {
			RoutingPolicy.Candidate candidate = candidates.get(i);
			String field = "candidates[" + i + "]";
			known(field + ".name", candidate.name());
			if (!seen.add(candidate.name())) {
				problem("duplicate_candidate", field + ".name", "'" + candidate.name() + "' is listed twice");
			}
			if (candidate.weight() < 0 || candidate.weight() > WEIGHT_MAX) {
				problem("invalid_weight", field + ".weight",
						"must be 0 to " + WEIGHT_MAX + ", not " + candidate.weight());
			}
			weights += candidate.weight();
		}
		if (StrategyName.WEIGHTED.text().equals(this.definition.strategy()) && weights <= 0 && !candidates.isEmpty()) {
			problem("invalid_weight", "candidates", "one candidate at least needs a weight over 0");
		}
	}

	private void known(String field, String name) {
		if (this.registry.resolve(name).isEmpty()) {
			problem("unknown_candidate", field, "'" + name + "' is no deployment, model or alias");
		}
	}

	private void limits() {
		Integer output = this.definition.defaultMaxOutput();
		Integer least = this.definition.minOutput();
		if (output == null || output < 1) {
			problem("invalid_limit", "defaultMaxOutput", "must be 1 or more, not " + output);
		}
		if (least == null || least < 1) {
			problem("invalid_limit", "minOutput", "must be 1 or more, not " + least);
		}
	}

	private void fallback() {
		RoutingPolicy.Fallback fallback = this.definition.fallback();
		if (fallback == null) {
			return;
		}
		if (fallback.maxAttempts() < 1 || fallback.maxAttempts() > ATTEMPTS_MAX) {
			problem("invalid_fallback", "fallback.maxAttempts",
					"must be 1 to " + ATTEMPTS_MAX + ", not " + fallback.maxAttempts());
		}
		Duration total = fallback.totalTimeout();
		if (!total.isPositive() || total.compareTo(TOTAL_TIMEOUT_MAX) > 0) {
			problem("invalid_fallback", "fallback.totalTimeout",
					"must be over zero and at most " + TOTAL_TIMEOUT_MAX + ", not " + total);
		}
		fallback.on().forEach((failure, rule) -> {
			String field = "fallback.on." + failure;
			if (rule.maxTimes() < 1 || rule.maxTimes() > ATTEMPTS_MAX) {
				problem("invalid_fallback", field + ".maxTimes",
						"must be 1 to " + ATTEMPTS_MAX + ", not " + rule.maxTimes());
			}
			target(field + ".to", rule.action(), rule.to());
		});
	}

	private void target(String field, RoutingPolicy.Rule.Action action, @Nullable String to) {
		if (to == null) {
			return;
		}
		if (action == RoutingPolicy.Rule.Action.FAIL) {
			problem("invalid_fallback", field, "a rule that fails goes nowhere; leave it out");
		}
		known(field, to);
	}

	private void problem(String code, String field, String message) {
		this.problems.add(new FieldProblem(code, field, message));
	}

}
