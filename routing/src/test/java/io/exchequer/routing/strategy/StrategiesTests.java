package io.exchequer.routing.strategy;

import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.registry.PriceCard;
import io.exchequer.routing.TestRegistry;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class StrategiesTests {

	private final TestRegistry registry = new TestRegistry().deployment("a", "m")
		.deployment("b", "m")
		.deployment("c", "m");

	private final Seen seen = new Seen();

	private final Random random = new Random(42);

	@Test
	void ordersAsThePolicyListsThem() {
		List<RouteCandidate> given = List.of(candidate("b", 1, 1), candidate("c", 2, 1), candidate("a", 0, 1));
		assertThat(names(StrategyName.ORDERED, given, UUID.randomUUID())).containsExactly("a", "b", "c");
	}

	@Test
	void givesEachItsWeightsShareOfRequests() {
		List<RouteCandidate> given = List.of(candidate("a", 0, 7), candidate("b", 1, 2), candidate("c", 2, 1));
		Map<String, Integer> first = new HashMap<>();
		for (int i = 0; i < 10_000; i++) {
			first.merge(names(StrategyName.WEIGHTED, given, request()).getFirst(), 1, Integer::sum);
		}
		assertThat(first.get("a")).isBetween(6_800, 7_200);
		assertThat(first.get("b")).isBetween(1_800, 2_200);
		assertThat(first.get("c")).isBetween(850, 1_150);
	}

	@Test
	void drawsTheSameOrderForTheSameRequest() {
		List<RouteCandidate> given = List.of(candidate("a", 0, 1), candidate("b", 1, 1), candidate("c", 2, 1));
		UUID request = request();
		assertThat(names(StrategyName.WEIGHTED, given, request))
			.isEqualTo(names(StrategyName.WEIGHTED, given.reversed(), request));
	}

	@Test
	void movesOnlyTheGrowingCandidatesShareWhenAWeightGrows() {
		List<RouteCandidate> before = List.of(candidate("a", 0, 1), candidate("b", 1, 1), candidate("c", 2, 1));
		List<RouteCandidate> after = List.of(candidate("a", 0, 1), candidate("b", 1, 1), candidate("c", 2, 3));
		for (int i = 0; i < 1_000; i++) {
			UUID request = request();
			String then = names(StrategyName.WEIGHTED, before, request).getFirst();
			String now = names(StrategyName.WEIGHTED, after, request).getFirst();
			assertThat(now).isIn(then, "c");
		}
	}

	@Test
	void keepsAWeightOfZeroForLast() {
		List<RouteCandidate> given = List.of(candidate("a", 0, 0), candidate("b", 1, 1), candidate("c", 2, 1));
		for (int i = 0; i < 100; i++) {
			assertThat(names(StrategyName.WEIGHTED, given, request())).endsWith("a");
		}
	}

	@Test
	void takesTheCheapestForThisVeryRequest() {
		this.registry.price("a", "1", "10").price("b", "5", "5");
		assertThat(names(StrategyName.CHEAPEST, List.of(costing("a", 0, 10_000, 10), costing("b", 1, 10_000, 10)),
				request()))
			.containsExactly("a", "b");
		assertThat(names(StrategyName.CHEAPEST, List.of(costing("a", 0, 10, 10_000), costing("b", 1, 10, 10_000)),
				request()))
			.containsExactly("b", "a");
	}

	@Test
	void comparesOnlyAmountsOfOneCurrency() {
		this.registry.price("a", "9", "9").price("b", "1", "1", Currency.getInstance("EUR"));
		assertThat(names(StrategyName.CHEAPEST,
				List.of(costing("c", 2, 10, 10), costing("b", 1, 10, 10), costing("a", 0, 10, 10)), request()))
			.containsExactly("a", "b", "c");
	}

	@Test
	void pricesAThousandTokensToTheNanoUnit() {
		this.registry.price("a", "0.075", "0.3");
		PriceCard card = this.registry.priceCard(id("a"), java.time.Instant.EPOCH).orElseThrow();
		assertThat(ExpectedCost.of(card, 1_000, 1_000)).isEqualByComparingTo("375000");
	}

	@Test
	void takesTheOneExpectedToFinishFirst() {
		this.seen.observe("a", 100, 10);
		this.seen.observe("b", 900, 100);
		this.seen.observe("c", 2_000, 100);
		List<RouteCandidate> given = List.of(candidate("a", 0, 1), candidate("b", 1, 1), candidate("c", 2, 1));
		assertThat(names(StrategyName.FASTEST, given, request(), 4)).containsExactly("a", "b", "c");
		assertThat(names(StrategyName.FASTEST, given, request(), 400)).containsExactly("b", "c", "a");
	}

	@Test
	void exploresWhatWasNotObservedWithAFewRequests() {
		this.seen.observe("a", 100, 10);
		List<RouteCandidate> given = List.of(candidate("a", 0, 1), candidate("b", 1, 1));
		int explored = 0;
		for (int i = 0; i < 16_000; i++) {
			explored += names(StrategyName.FASTEST, given, request()).getFirst().equals("b") ? 1 : 0;
		}
		assertThat(explored).isBetween(850, 1_150);
	}

	@Test
	void sharesRequestsWhereNothingWasObserved() {
		List<RouteCandidate> given = List.of(candidate("a", 0, 1), candidate("b", 1, 1), candidate("c", 2, 1));
		Set<String> first = new HashSet<>();
		for (int i = 0; i < 100; i++) {
			first.add(names(StrategyName.FASTEST, given, request()).getFirst());
		}
		assertThat(first).containsExactlyInAnyOrder("a", "b", "c");
	}

	@Test
	void takesTheLeastBusyAndAmongEqualsThePolicysOrder() {
		this.seen.busy("a", 3);
		this.seen.busy("b", 1);
		this.seen.busy("c", 1);
		List<RouteCandidate> given = List.of(candidate("c", 2, 1), candidate("a", 0, 1), candidate("b", 1, 1));
		assertThat(names(StrategyName.LEAST_BUSY, given, request())).containsExactly("b", "c", "a");
	}

	@Test
	void losesNoCandidateUnderAnyStrategy() {
		List<RouteCandidate> given = List.of(candidate("a", 0, 1), candidate("b", 1, 0), candidate("c", 2, 5));
		for (StrategyName name : StrategyName.values()) {
			assertThat(names(name, given, request())).containsExactlyInAnyOrder("a", "b", "c");
			Assertions.assertThat(Strategies.of(name).name()).isEqualTo(name);
		}
	}

	private RouteCandidate candidate(String name, int position, double share) {
		return new RouteCandidate(this.registry.get(name), null, share, position, false, null);
	}

	private RouteCandidate costing(String name, int position, long input, long output) {
		PriceCard card = this.registry.priceCard(id(name), java.time.Instant.EPOCH).orElse(null);
		return new RouteCandidate(this.registry.get(name), card, 1, position, false,
				ExpectedCost.of(card, input, output));
	}

	private DeploymentId id(String name) {
		return this.registry.get(name).id();
	}

	private UUID request() {
		return new UUID((this.random.nextLong() & ~0xF000L) | 0x7000L, this.random.nextLong());
	}

	private List<String> names(StrategyName strategy, List<RouteCandidate> candidates, UUID request) {
		return names(strategy, candidates, request, 100);
	}

	private List<String> names(StrategyName strategy, List<RouteCandidate> candidates, UUID request, int output) {
		List<String> names = new ArrayList<>();
		Strategies.of(strategy)
			.rank(candidates, new RankingContext(request, output, this.seen))
			.forEach((candidate) -> names.add(candidate.deployment().name()));
		return names;
	}

	private final class Seen implements Performance {

		private final Map<DeploymentId, Observed> observed = new HashMap<>();

		private final Map<DeploymentId, Integer> busy = new HashMap<>();

		void observe(String name, double firstToken, double perSecond) {
			this.observed.put(id(name), new Observed(firstToken, perSecond));
		}

		void busy(String name, int inFlight) {
			this.busy.put(id(name), inFlight);
		}

		@Override
		public @Nullable Observed observed(DeploymentId deployment) {
			return this.observed.get(deployment);
		}

		@Override
		public int inFlight(DeploymentId deployment) {
			return this.busy.getOrDefault(deployment, 0);
		}

	}

}
