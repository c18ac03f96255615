package io.exchequer.registry.administration;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.Change.Kind;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.registry.RegistryView.PriceCardView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PriceCardsIT {

	private static final String DEPLOYMENT = "openai/mini";

	private RegistryContext context;

	private RegistryAdministration administration;

	@BeforeEach
	void start() {
		this.context = new RegistryContext();
		this.administration = this.context.administration();
		Samples.fill(this.administration);
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void countsVersionsAndAppliesEachFromItsInstant() throws Exception {
		PriceCardView first = this.administration.add(Samples.card(DEPLOYMENT, "0.075")).now();
		Instant newYear = Instant.parse("2027-01-01T00:00:00Z");
		PriceCardView second = this.administration
			.add(new AddPriceCard(DEPLOYMENT, newYear, "EUR",
					List.of(Samples.tier("default", 0, "0.15", "0"), Samples.tier("default", 200_000, "0.3", "1")), "",
					"dearer"))
			.now();
		assertThat(first.card().version()).isEqualTo(1);
		assertThat(second.card().version()).isEqualTo(2);
		assertThat(this.administration.priceCards(DEPLOYMENT)).containsExactly(second, first);
		assertThat(this.administration.priceCard(first.card().id())).isEqualTo(first);
		RegistrySnapshot snapshot = this.context.snapshot();
		DeploymentId id = first.card().deploymentId();
		assertThat(snapshot.priceCard(id, RegistryContext.START.minusNanos(1000))).isEmpty();
		assertThat(snapshot.priceCard(id, RegistryContext.START)).contains(first.card());
		assertThat(snapshot.priceCard(id, newYear.minusNanos(1000))).contains(first.card());
		assertThat(snapshot.priceCard(id, newYear)).contains(second.card());
		PriceCard card = snapshot.priceCard(id, newYear).orElseThrow();
		assertThat(card.price(TokenUsage.NONE.with(UsageBucket.INPUT, 200_001), null).nanos())
			.isEqualTo(200_001 * 300L);
	}

	@Test
	void addsNoCardThatSaysTheSameAsTheOneInForce() {
		PriceCardView first = this.administration.add(Samples.card(DEPLOYMENT, "0.075")).now();
		this.context.advance(Duration.ofDays(1));
		assertThat(this.administration.add(Samples.card(DEPLOYMENT, "0.07500")).kind()).isEqualTo(Kind.UNCHANGED);
		assertThat(this.administration.add(dated(first.card().effectiveFrom(), "0.0750")).kind())
			.isEqualTo(Kind.UNCHANGED);
		assertThat(this.administration.add(Samples.card(DEPLOYMENT, "0.08")).kind()).isEqualTo(Kind.CREATED);
		this.context.advance(Duration.ofDays(1));
		assertThat(this.administration.add(Samples.card(DEPLOYMENT, "0.075")).now().card().version()).isEqualTo(3);
	}

	@Test
	void letsACardBeginInThePastAndKeepsTheOneThatEntriesName() throws Exception {
		PriceCardView first = this.administration.add(Samples.card(DEPLOYMENT, "0.075")).now();
		this.context.advance(Duration.ofDays(2));
		Instant dayBefore = RegistryContext.START.plus(Duration.ofDays(1));
		PriceCardView late = this.administration.add(dated(dayBefore, "0.08")).now();
		assertThat(late.card().version()).isEqualTo(2);
		assertThat(late.createdAt()).isEqualTo(RegistryContext.START.plus(Duration.ofDays(2)));
		assertThat(this.context.snapshot().priceCard(first.card().deploymentId(), late.createdAt()))
			.contains(late.card());
		assertThat(this.administration.priceCard(first.card().id())).isEqualTo(first);
	}

	@Test
	void tellsPricesApartAndNotWhereTheyAreFrom() {
		PriceCardView first = this.administration.add(Samples.card(DEPLOYMENT, "0.075")).now();
		Change<PriceCardView> same = this.administration.add(new AddPriceCard(DEPLOYMENT, null, "USD",
				List.of(Samples.tier("default", 0, "0.075", "0.60")), "another list", "confirmed"));
		assertThat(same.kind()).isEqualTo(Kind.UNCHANGED);
		assertThat(same.now()).isEqualTo(first);
	}

	@Test
	void refusesAnotherCardFromTheSameInstant() {
		this.administration.add(Samples.card(DEPLOYMENT, "0.075"));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> this.administration.add(dated(RegistryContext.START, "0.08")))
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo("price_card_exists"));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> this.administration.add(Samples.card(DEPLOYMENT, "0.08")));
	}

	@Test
	void keepsCardsOfADeletedDeploymentForTheLedger() throws Exception {
		PriceCardView card = this.administration.add(Samples.card(DEPLOYMENT, "0.075")).now();
		this.administration.deleteDeployment(DEPLOYMENT);
		assertThat(this.administration.priceCard(card.card().id())).isEqualTo(card);
		this.administration.put(Samples.deployment(DEPLOYMENT, "mini"), Put.CREATE);
		assertThat(this.administration.priceCards(DEPLOYMENT)).isEmpty();
		assertThatExceptionOfType(NotFoundProblem.class).isThrownBy(() -> this.administration.priceCards("gone"));
		assertThat(this.context.snapshot().priceCard(card.card().deploymentId(), Instant.MAX)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "UPDATE price_card SET note = 'changed'", "UPDATE price_card SET tiers = '[1]'",
			"DELETE FROM price_card", "TRUNCATE price_card" })
	void changesNoCardEvenForTheOwner(String sql) {
		this.administration.add(Samples.card(DEPLOYMENT, "0.075"));
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> this.context.owner().sql(sql).update())
			.withStackTraceContaining("never changed");
	}

	@Test
	void countsVersionsWithoutGapsWhenManyAddAtOnce() throws Exception {
		try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
			List<Callable<PriceCardView>> adding = IntStream.range(0, 24)
				.<Callable<PriceCardView>>mapToObj((
						i) -> () -> this.administration.add(dated(RegistryContext.START.plusSeconds(i), "0." + (i + 1)))
							.now())
				.toList();
			for (Future<PriceCardView> added : threads.invokeAll(adding)) {
				added.get();
			}
		}
		assertThat(this.administration.priceCards(DEPLOYMENT)).extracting((view) -> view.card().version())
			.containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, 24).boxed().toList());
	}

	@Test
	void namesEverythingThatIsWrongWithACard() {
		AddPriceCard command = new AddPriceCard(DEPLOYMENT, null, "XXX",
				List.of(Samples.tier("default", 0, "-1", "0.0000000000000000000000001"),
						Samples.tier("default", 0, "1", "1"), Samples.tier("Flex", 5, "1e999999999", "1000000001"),
						Samples.tier("standard", 0, "1", "1")),
				"\u0000", "");
		assertThatExceptionOfType(ValidationProblem.class).isThrownBy(() -> this.administration.add(command))
			.satisfies((problem) -> assertThat(problem.problems())
				.extracting((field) -> field.code() + " " + field.field())
				.containsExactly("unknown_currency currency", "negative_price tiers[0].prices.INPUT",
						"price_too_fine tiers[0].prices.OUTPUT", "repeated_tier tiers[1]",
						"invalid_service_tier tiers[2].serviceTier", "price_too_high tiers[2].prices.INPUT",
						"price_too_fine tiers[2].prices.INPUT", "price_too_high tiers[2].prices.OUTPUT",
						"invalid_service_tier tiers[3].serviceTier", "missing_tier tiers", "invalid_text source"));
	}

	@Test
	void takesTheHighestAndTheFinestPrice() throws Exception {
		PriceCardView view = this.administration
			.add(new AddPriceCard(DEPLOYMENT, null, "USD",
					List.of(Samples.tier("default", 0, "1000000000", "0.000000000000000000000001")), "", ""))
			.now();
		assertThat(this.context.snapshot()
			.priceCard(view.card().deploymentId(), RegistryContext.START)
			.orElseThrow()
			.tiers()).isEqualTo(view.card().tiers());
	}

	@Test
	void refusesAnInstantThatNobodyMeans() {
		assertThat(this.administration.add(dated(Instant.EPOCH, "1")).changed()).isTrue();
		for (Instant from : List.of(Instant.EPOCH.minusNanos(1), Instant.parse("2200-01-01T00:00:00Z"), Instant.MAX)) {
			assertThatExceptionOfType(ValidationProblem.class)
				.isThrownBy(() -> this.administration.add(dated(from, "1")))
				.withMessage("effectiveFrom: must be in the years 1970 to 2199");
		}
	}

	private static AddPriceCard dated(Instant from, String input) {
		return new AddPriceCard(DEPLOYMENT, from, "USD", List.of(Samples.tier("default", 0, input, "0.60")), "", "");
	}

}
