package io.exchequer.routing.policy;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.exchequer.kernel.ValidationProblem.FieldProblem;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.PolicyDefinition;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingPolicy.Candidate;
import io.exchequer.routing.RoutingPolicy.Fallback;
import io.exchequer.routing.RoutingPolicy.Rule;
import io.exchequer.routing.TestRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PolicyValidationTests {

	private final TestRegistry registry = new TestRegistry().deployment("a", "m").alias("fast", "m");

	@Test
	void acceptsDeploymentsModelsAndAliases() {
		assertThat(problems(
				definition("ordered", null, new Candidate("a", 1), new Candidate("m", 0), new Candidate("fast", 3))))
			.isEmpty();
	}

	@Test
	void reportsEveryProblemAtOnce() {
		Fallback fallback = new Fallback(0, Duration.ZERO, Map.of(FailureClass.OVERLOADED,
				new Rule(Rule.Action.FALL_BACK, "gone", 0), FailureClass.TIMEOUT, new Rule(Rule.Action.FAIL, "a", 1)));
		PolicyDefinition definition = new PolicyDefinition("", "t".repeat(101),
				List.of(new Candidate("nowhere", -1), new Candidate("a", 1), new Candidate("a", 1)), "random", null, 0,
				-5, fallback, null);
		assertThat(problems(definition)).extracting(FieldProblem::field)
			.containsExactlyInAnyOrder("name", "task", "strategy", "candidates[0].name", "candidates[0].weight",
					"candidates[2].name", "defaultMaxOutput", "minOutput", "fallback.maxAttempts",
					"fallback.totalTimeout", "fallback.on.OVERLOADED.maxTimes", "fallback.on.OVERLOADED.to",
					"fallback.on.TIMEOUT.to");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a/b", "a\\b", "a;b", "100%", ".", "..", " a", "a ", "a\nb", "a\u0000" })
	void refusesNamesThatNoPathLeadsTo(String name) {
		assertThat(problems(
				new PolicyDefinition(name, "chat", List.of(new Candidate("a", 1)), null, null, null, null, null, null)))
			.extracting(FieldProblem::code)
			.containsExactly("unreachable_name");
	}

	@ParameterizedTest
	@ValueSource(strings = { "chat", "Chat for all", "r-d.v2", "...", "Übersetzen?", "a#b" })
	void takesNamesThatPeopleGive(String name) {
		assertThat(problems(
				new PolicyDefinition(name, "chat", List.of(new Candidate("a", 1)), null, null, null, null, null, null)))
			.isEmpty();
	}

	@Test
	void wantsACandidate() {
		assertThat(problems(definition("ordered", null))).extracting(FieldProblem::code)
			.containsExactly("invalid_candidates");
	}

	@Test
	void wantsAWeightSomewhereUnderTheWeightedStrategy() {
		assertThat(problems(definition("weighted", null, new Candidate("a", 0)))).extracting(FieldProblem::code)
			.containsExactly("invalid_weight");
		assertThat(problems(definition("weighted", null, new Candidate("a", 1)))).isEmpty();
	}

	@Test
	void keepsTheLeastOutputWithinASmallDefault() {
		PolicyDefinition small = new PolicyDefinition("p", "chat", List.of(new Candidate("a", 1)), null, null, 16, null,
				null, null);
		assertThat(small.withDefaults().minOutput()).isEqualTo(16);
		assertThat(problems(small)).isEmpty();
	}

	private List<FieldProblem> problems(PolicyDefinition definition) {
		return PolicyValidation.validate(definition, this.registry);
	}

	private static PolicyDefinition definition(String strategy, @Nullable Fallback fallback, Candidate... candidates) {
		return new PolicyDefinition("p", "chat", List.of(candidates), strategy, null, null, null, fallback,
				RoutingPolicy.OnSoftLimit.CHEAPER);
	}

}
