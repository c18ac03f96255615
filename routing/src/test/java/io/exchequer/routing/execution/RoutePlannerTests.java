package io.exchequer.routing.execution;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.ChargeTo;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Provider;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.TestRegistry;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.chat.Uncarried;
import io.exchequer.routing.decision.ReasonCode;
import io.exchequer.routing.provider.demo.DemoProvider;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.routing.wire.RequestDocument;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RoutePlannerTests {

	private static final Instant NOW = Instant.parse("2026-11-22T10:15:30Z");

	private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

	private final TestRegistry registry = new TestRegistry();

	private final TenantId tenant = new TenantId(UUID.randomUUID());

	private final DeploymentStates states = new DeploymentStates(
			DeploymentStates.circuitBreakers(RoutingSettings.DEFAULTS, CLOCK), BulkheadRegistry.ofDefaults(),
			RetryRegistry.ofDefaults(), RoutingSettings.DEFAULTS, CLOCK);

	private final RoutePlanner planner = new RoutePlanner(this.states,
			Map.of("demo", new DemoProvider(CLOCK), "picky", new Picky()));

	private Set<String> allowed = Set.of("*");

	private @Nullable DataClass claimed;

	private @Nullable RoutingPolicy policy;

	private boolean hardLimited;

	private boolean dropUnsupported;

	@Test
	void findsADeploymentAModelAndAnAlias() {
		this.registry.deployment("a", "m").deployment("b", "m").alias("fast", "m");
		assertThat(ranked("a")).containsExactly("a");
		assertThat(ranked("m")).containsExactly("a", "b");
		assertThat(ranked("fast")).containsExactly("a", "b");
	}

	@Test
	void saysThatANameDoesNotExist() {
		assertError("nothing", 404, "model_not_found");
		assertError("auto", 400, "no_routing_policy");
	}

	@Test
	void leavesTheChoiceToThePolicy() {
		this.registry.deployment("a", "m").deployment("b", "m").deployment("c", "n").alias("fast", "n");
		policy("ordered", "fast", "m");
		assertThat(ranked("auto")).containsExactly("c", "a", "b");
	}

	@Test
	void allowsNothingToAKeyWithoutNames() {
		this.registry.deployment("a", "m");
		policy("ordered", "m");
		this.allowed = Set.of();
		assertError("auto", 403, "model_not_allowed");
		for (String name : List.of("a", "m", "nothing")) {
			assertError(name, 404, "model_not_found");
		}
	}

	@Test
	void tellsTheSameOfWhatIsNotAllowedAsOfWhatDoesNotExist() {
		this.registry.deployment("secret", "m").retiredOn("old", LocalDate.of(2020, 1, 1)).deployment("gone", "old");
		this.allowed = Set.of("other");
		for (String name : List.of("secret", "m", "gone", "old")) {
			assertThat(refusal(plan(name, "")).message().replace("'" + name + "'", "'nothing'"))
				.isEqualTo(refusal(plan("nothing", "")).message());
		}
	}

	@Test
	void allowsADeploymentByItsNameItsModelsOrAnAliasThatLeadsToIt() {
		this.registry.deployment("a", "m").deployment("b", "m").deployment("c", "n").alias("fast", "n");
		policy("ordered", "m", "n");
		this.allowed = Set.of("a");
		assertThat(ranked("auto")).containsExactly("a");
		assertThat(ranked("m")).containsExactly("a");
		this.allowed = Set.of("m");
		assertThat(ranked("auto")).containsExactly("a", "b");
		assertThat(ranked("b")).containsExactly("b");
		this.allowed = Set.of("fast");
		assertThat(ranked("auto")).containsExactly("c");
		assertThat(ranked("fast")).containsExactly("c");
		assertThat(excluded("b")).containsEntry("b", ReasonCode.NOT_ALLOWED);
	}

	@Test
	void leavesOutWhatIsOffQuarantinedRetiredOrOfAnUnknownKind() {
		this.registry.deployment("off", "m")
			.flags("off", false, false)
			.deployment("quarantined", "m")
			.flags("quarantined", true, true)
			.retiredOn("old", LocalDate.of(2026, 11, 22))
			.deployment("retired", "old")
			.openAi("foreign", "m", "http://localhost:1")
			.retiredOn("ending", LocalDate.of(2026, 11, 23))
			.deployment("last-day", "ending");
		policy("ordered", "m", "old", "ending");
		assertThat(ranked("auto")).containsExactly("last-day");
		assertThat(excluded("auto")).containsEntry("off", ReasonCode.DISABLED)
			.containsEntry("quarantined", ReasonCode.QUARANTINED)
			.containsEntry("retired", ReasonCode.RETIRED)
			.containsEntry("foreign", ReasonCode.NO_PROVIDER);
		assertError("retired", 404, "model_retired");
		assertError("off", 503, "no_candidate_available");
	}

	@Test
	void leavesOutWhatLacksACapability() {
		this.registry
			.model("plain",
					new Capabilities(EnumSet.of(Modality.TEXT), EnumSet.of(Modality.TEXT), false, false, false, 1_000,
							500, null))
			.deployment("plain-1", "plain");
		assertThat(reason("plain", ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]"))
			.isEqualTo(ReasonCode.TOOLS);
		assertThat(reason("plain", ",\"response_format\":{\"type\":\"json_object\"}"))
			.isEqualTo(ReasonCode.STRUCTURED_OUTPUT);
		assertThat(reason("plain", ",\"user\":\"x\"")).isNull();
		assertError("plain", "x ".repeat(20_000), 400, "context_length_exceeded");
	}

	@Test
	void comparesTheLongestOfSeveralInputsWithTheContextWindow() {
		this.registry
			.model("embedding",
					new Capabilities(EnumSet.of(Modality.TEXT), EnumSet.of(Modality.EMBEDDING), false, false, false,
							256, 1, null))
			.deployment("e", "embedding");
		String chunks = ("\"" + "x".repeat(1000) + "\",").repeat(200);
		assertThat(plan(Endpoint.EMBEDDINGS, "{\"model\":\"e\",\"input\":[" + chunks + "\"x\"]}").error()).isNull();
		String tooLong = "\"" + "x".repeat(1400) + "\"";
		for (String input : List.of(tooLong, "[\"x\"," + tooLong + ",\"x\"]")) {
			ApiError error = refusal(plan(Endpoint.EMBEDDINGS, "{\"model\":\"e\",\"input\":" + input + "}"));
			assertThat(error.code()).isEqualTo("context_length_exceeded");
			assertThat(error.param()).isEqualTo("input");
			assertThat(error.message()).contains("256");
		}
	}

	@Test
	void letsNeitherPolicyNorRequestLowerTheDataClass() {
		this.registry.deployment("public", "m")
			.dataClass("public", DataClass.PUBLIC)
			.deployment("internal", "m")
			.dataClass("internal", DataClass.INTERNAL)
			.deployment("restricted", "m");
		assertThat(ranked("m")).containsExactly("internal", "restricted");
		this.claimed = DataClass.PUBLIC;
		assertThat(ranked("m")).containsExactly("internal", "restricted");
		this.claimed = DataClass.CONFIDENTIAL;
		assertThat(ranked("m")).containsExactly("restricted");
		assertError("internal", 403, "data_class_not_allowed");
		policy("ordered", DataClass.RESTRICTED, Map.of(), "m");
		this.claimed = DataClass.PUBLIC;
		assertThat(ranked("auto")).containsExactly("restricted");
	}

	@Test
	void bindsAFallbackRulesTargetToTheDataClassToo() {
		this.registry.deployment("local", "m").deployment("hosted", "n").dataClass("hosted", DataClass.PUBLIC);
		policy("ordered", DataClass.CONFIDENTIAL, Map.of(FailureClass.OVERLOADED,
				new RoutingPolicy.Rule(RoutingPolicy.Rule.Action.FALL_BACK, "hosted", 1)), "m");
		Route route = plan("auto", "");
		assertThat(route.byRule()).isEmpty();
		assertThat(route.excluded()).extracting(Route.Excluded::reason).containsExactly(ReasonCode.DATA_CLASS);
	}

	@Test
	void refusesTheUnpricedOnlyUnderAHardBudget() {
		this.registry.deployment("free", "m").deployment("priced", "m").price("priced", "1", "1");
		assertThat(ranked("m")).containsExactly("free", "priced");
		this.hardLimited = true;
		assertThat(ranked("m")).containsExactly("priced");
		assertError("free", 400, "unpriced_model");
	}

	@Test
	void refusesTheUnboundedOnlyUnderAHardBudgetAndNamesTheMember() {
		this.registry
			.model("seeing",
					new Capabilities(EnumSet.of(Modality.TEXT, Modality.IMAGE), EnumSet.of(Modality.TEXT), true, true,
							false, 100_000, 500, null))
			.deployment("a", "seeing")
			.price("a", "1", "1");
		String image = "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
				+ "\"image_url\":{\"url\":\"https://example.org/x.png\"}}]}]}";
		assertThat(plan(image).error()).isNull();
		this.hardLimited = true;
		assertThat(refusal(plan(image)).code()).isEqualTo("unbounded_cost");
		assertThat(refusal(plan(image)).param()).isNotNull();
	}

	@Test
	void ranksByThePolicysStrategyWhateverNameWasAsked() {
		this.registry.deployment("dear", "m").price("dear", "9", "9").deployment("cheap", "m").price("cheap", "1", "1");
		policy("cheapest", "m");
		assertThat(ranked("m")).containsExactly("cheap", "dear");
		assertThat(ranked("auto")).containsExactly("cheap", "dear");
	}

	@Test
	void leavesOutWhatIsCoolingDownAndSaysWhenToComeBack() {
		this.registry.deployment("a", "m");
		this.states.of(this.registry.get("a")).keepOutUntil(NOW.plusSeconds(7).toEpochMilli());
		this.states.of(this.registry.get("a")).keepOutUntil(NOW.plusSeconds(3).toEpochMilli());
		ApiError error = refusal(plan("a", ""));
		assertThat(error.code()).isEqualTo("no_candidate_available");
		assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(7));
	}

	private void assertError(String model, int status, String code) {
		assertError(model, "hello", status, code);
	}

	private void assertError(String model, String text, int status, String code) {
		Route route = plan(
				"{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");
		assertThat(refusal(route).code()).isEqualTo(code);
		assertThat(refusal(route).status()).isEqualTo(status);
		assertThat(route.ranked()).isEmpty();
	}

	private static ApiError refusal(Route route) {
		return Objects.requireNonNull(route.error(), "not refused");
	}

	private List<String> ranked(String model) {
		return plan(model, "").ranked().stream().map((candidate) -> candidate.deployment().name()).toList();
	}

	private Map<String, ReasonCode> excluded(String model) {
		Map<String, ReasonCode> reasons = new java.util.HashMap<>();
		policyless(model).excluded()
			.forEach((each) -> reasons.put(each.candidate().deployment().name(), each.reason()));
		return reasons;
	}

	private Route policyless(String model) {
		return plan(model, "");
	}

	private @Nullable ReasonCode reason(String model, String members) {
		return plan(model, members).excluded().stream().findFirst().map(Route.Excluded::reason).orElse(null);
	}

	private Route plan(String model, String members) {
		return plan("{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]" + members
				+ "}");
	}

	private Route plan(String body) {
		return plan(Endpoint.CHAT_COMPLETIONS, body);
	}

	private Route plan(Endpoint endpoint, String body) {
		try {
			byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
			ChargeTo chargeTo = new ChargeTo(this.tenant, new TeamId(UUID.randomUUID()),
					new ProjectId(UUID.randomUUID()), new KeyId(UUID.randomUUID()), null, "chat", List.of(), null,
					null);
			AiRequest request = new AiRequest(UUID.randomUUID(), chargeTo,
					OpenAiRequests.parse(endpoint, bytes, bytes.length), this.allowed, this.claimed, NOW)
				.droppingUnsupported(this.dropUnsupported);
			return this.planner.plan(request,
					new RoutingConfiguration(1, this.registry, budgets(), (_, _) -> Optional.ofNullable(this.policy)),
					NOW);
		}
		catch (InvalidRequestException ex) {
			throw new IllegalArgumentException(ex);
		}
	}

	@Test
	void leavesOutADeploymentThatHasNoPlaceForAMember() {
		picky("picky").deployment("other", "m");
		assertThat(plan("m", ",\"seed\":1").ranked()).extracting((each) -> each.deployment().name())
			.containsExactly("other");
		assertThat(reason("m", ",\"seed\":1")).isEqualTo(ReasonCode.UNSUPPORTED);
		assertThat(ranked("m")).containsExactly("picky", "other");
	}

	@Test
	void namesTheMemberWhereNoDeploymentHasAPlaceForIt() {
		picky("picky");
		ApiError error = refusal(plan("m", ",\"seed\":1"));
		assertThat(error.status()).isEqualTo(400);
		assertThat(error.code()).isEqualTo("unsupported_parameter");
		assertThat(error.param()).isEqualTo("seed");
		assertThat(error.message()).contains("no seed here").contains("X-Exchequer-Drop-Unsupported");
	}

	@Test
	void takesADeploymentWithoutTheMemberWhereTheCallerAllowsIt() {
		picky("picky");
		this.dropUnsupported = true;
		assertThat(plan("m", ",\"seed\":1").ranked()).hasSize(1);
		ApiError error = refusal(plan("m", ",\"seed\":1,\"n\":2"));
		assertThat(error.param()).isEqualTo("n");
		assertThat(error.message()).doesNotContain("X-Exchequer-Drop-Unsupported");
	}

	@Test
	void countsWhatAProviderAddsToTheInput() {
		picky("picky");
		assertThat(plan("m", "").ranked()).singleElement()
			.satisfies((each) -> assertThat(each.inputTokensAdded()).isEqualTo(77));
	}

	private TestRegistry picky(String name) {
		return this.registry.deployment(name, "m",
				new Provider(UUID.randomUUID(), name + "-provider", "picky", "http://localhost:1", Map.of()));
	}

	private BudgetSnapshot budgets() {
		return new BudgetSnapshot() {

			@Override
			public boolean hardLimited(ChargeTo chargeTo, ModelId model) {
				return RoutePlannerTests.this.hardLimited;
			}

			@Override
			public long epoch(TenantId of) {
				return 0;
			}

		};
	}

	private void policy(String strategy, String... candidates) {
		policy(strategy, DataClass.PUBLIC, Map.of(), candidates);
	}

	private void policy(String strategy, DataClass dataClass, Map<FailureClass, RoutingPolicy.Rule> rules,
			String... candidates) {
		List<RoutingPolicy.Candidate> listed = new ArrayList<>();
		for (String candidate : candidates) {
			listed.add(new RoutingPolicy.Candidate(candidate, 1));
		}
		this.policy = new RoutingPolicy(UUID.randomUUID(), this.tenant, "p", 1, "chat", listed, strategy, dataClass,
				1_000, 100, new RoutingPolicy.Fallback(3, Duration.ofSeconds(30), rules),
				RoutingPolicy.OnSoftLimit.WARN);
	}

	/** Has no place for a seed, and none for more than one choice. */
	private static final class Picky implements UpstreamProvider {

		@Override
		public Set<String> kinds() {
			return Set.of("picky");
		}

		@Override
		public List<Uncarried> uncarried(RequestDocument document, Deployment deployment) {
			String body = new String(document.bytes(), 0, document.length(), StandardCharsets.UTF_8);
			List<Uncarried> found = new ArrayList<>();
			if (body.contains("\"seed\"")) {
				found.add(new Uncarried("seed", "no seed here", true));
			}
			if (document.choices() > 1) {
				found.add(new Uncarried("n", "one choice here", false));
			}
			return found;
		}

		@Override
		public int inputTokensAdded(RequestDocument document, Deployment deployment) {
			return 77;
		}

		@Override
		public UpstreamAnswer call(UpstreamCall call) {
			throw new AssertionError("nothing is called while a route is planned");
		}

	}

}
