package io.exchequer.billing.ledger;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.BudgetAdministration.Change;
import io.exchequer.billing.BudgetBalance;
import io.exchequer.billing.BudgetDraft;
import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.IdempotencyService.Claim;
import io.exchequer.billing.IdempotencyService.StoredAnswer;
import io.exchequer.billing.LedgerQueries.Dimension;
import io.exchequer.billing.LedgerQueries.Filter;
import io.exchequer.billing.LedgerQueries.Line;
import io.exchequer.billing.LedgerQueries.Page;
import io.exchequer.billing.LedgerQueries.UsageRow;
import io.exchequer.billing.RequestCosts.AttemptCost;
import io.exchequer.billing.RequestCosts.RequestCost;
import io.exchequer.billing.Settlement;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.PriceCard;
import io.exchequer.testing.DataRules;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Administration and reports as they are wired. The tests share a database and keep to
 * budgets and requests of their own.
 */
class BillingContextIT {

	private static TestLedger ledger;

	private static BillingContext context;

	private static BillingContext stranger;

	@BeforeAll
	static void start() {
		ledger = new TestLedger();
		context = new BillingContext(ledger, ledger.tenant.toString());
		stranger = new BillingContext(ledger, TestLedger.IDS.next().toString());
	}

	@AfterAll
	static void stop() {
		stranger.close();
		context.close();
		ledger.close();
	}

	@AfterEach
	void leaveNoBudget() {
		assertThat(context.queries().recompute(ledger.tenant)).isEmpty();
		ledger.assertBooksBalance();
		context.budgets()
			.list(ledger.tenant)
			.forEach((balance) -> context.budgets().delete(ledger.tenant, balance.budget().id()));
		ledger.clock.set(TestLedger.NOW);
	}

	private static BudgetDraft draft(String name, String hard) {
		return new BudgetDraft(name, "tenant", ledger.tenant.toString(), "month", "Europe/Berlin", "USD",
				new BigDecimal(hard), null);
	}

	private static Hold hold(long worstCase) {
		return TestLedger.granted(context.billing().admit(ledger.request(worstCase)));
	}

	@Test
	void runsItsUpkeepWithTheApplication() {
		assertThat(context.upkeepRuns()).isTrue();
	}

	@Test
	void keepsTheDataRules() {
		DataRules.assertTenantLeads(ledger.owner);
		DataRules.assertTenantProtected(ledger.owner);
	}

	@Test
	void startsABudgetFromTheLedgerAndTheOpenHolds() {
		UUID before = spentBefore();
		Hold settled = hold(100);
		context.billing().settle(ledger.settlement(settled, 40));
		Hold open = hold(25);
		BudgetBalance balance = context.budgets().create(ledger.tenant, draft("late", "0.0000001"));
		BigDecimal earlier = new BigDecimal(ledger.one("SELECT coalesce(sum(amount_nanos), 0) FROM ledger_line WHERE "
				+ "account = 'usage' AND request_id NOT IN (?::uuid)", settled.request().requestId()));
		assertThat(balance.settledNanos()).isEqualByComparingTo(earlier.add(new BigDecimal("40")));
		assertThat(balance.heldNanos()).isEqualByComparingTo("25");
		assertThat(balance.period().start()).isEqualTo(Instant.parse("2026-10-31T23:00:00Z"));
		context.billing().settle(ledger.settlement(open, 20));
		BudgetBalance after = context.budgets().find(ledger.tenant, balance.budget().id()).orElseThrow();
		assertThat(after.heldNanos()).isZero();
		assertThat(after.settledNanos()).isEqualByComparingTo(earlier.add(new BigDecimal("60")));
		assertThat(before).isNotNull();
	}

	private static UUID spentBefore() {
		Hold hold = hold(5);
		context.billing().settle(ledger.settlement(hold, 5));
		return hold.request().requestId();
	}

	@Test
	void changesAndRemovesABudget() {
		BudgetBalance made = context.budgets().create(ledger.tenant, draft("b", "1"));
		UUID id = made.budget().id();
		assertThat(made.budget().hardLimitNanos()).isEqualByComparingTo("1000000000");
		long epoch = ledger.budgets().epoch(ledger.tenant);
		context.budgets().update(ledger.tenant, id, draft("c", "2.5"));
		assertThat(ledger.budgets().epoch(ledger.tenant)).isGreaterThan(epoch);
		assertThat(context.budgets().findByName(ledger.tenant, "c").orElseThrow().budget().hardLimitNanos())
			.isEqualByComparingTo("2500000000");
		Hold open = hold(7);
		context.budgets().delete(ledger.tenant, id);
		context.billing().settle(ledger.settlement(open, 7));
		assertThat(context.budgets().list(ledger.tenant)).isEmpty();
		assertThat(ledger.count("balance WHERE budget_id = '" + id + "'")).isZero();
	}

	@Test
	void changesABudgetFromWhatItIsAndNotFromWhatWasReadBefore() {
		UUID id = context.budgets().create(ledger.tenant, draft("b", "10")).budget().id();
		context.inTransaction(() -> {
			assertThat(hardLimit(context.budgets().find(ledger.tenant, id))).isEqualByComparingTo("10000000000");
			meanwhile(() -> context.budgets().update(ledger.tenant, id, draft("b", "100")));
			assertThat(context.budgets().lock(ledger.tenant, id).hardLimitNanos()).isEqualByComparingTo("100000000000");
			context.budgets().update(ledger.tenant, id, draft("b", "10"));
		});
		assertThat(hardLimit(context.budgets().find(ledger.tenant, id))).isEqualByComparingTo("10000000000");
	}

	@Test
	void saysThatABudgetIsGoneWhichWasThereBefore() {
		UUID id = context.budgets().create(ledger.tenant, draft("b", "10")).budget().id();
		assertThatExceptionOfType(NotFoundProblem.class).isThrownBy(() -> context.inTransaction(() -> {
			assertThat(context.budgets().find(ledger.tenant, id)).isPresent();
			meanwhile(() -> context.budgets().delete(ledger.tenant, id));
			context.budgets().update(ledger.tenant, id, draft("b", "20"));
		}));
	}

	private static BigDecimal hardLimit(Optional<BudgetBalance> found) {
		return Objects.requireNonNull(found.orElseThrow().budget().hardLimitNanos());
	}

	/** Does something in another transaction than the caller's. */
	private static void meanwhile(Runnable change) {
		CompletableFuture.runAsync(change).join();
	}

	@Test
	void opensABudgetAnewWhenItsScopeChanges() {
		BudgetBalance made = context.budgets()
			.create(ledger.tenant, new BudgetDraft("b", "team", TestLedger.IDS.next().toString(), "day", "UTC", "USD",
					BigDecimal.ONE, null));
		Hold open = hold(7);
		assertThat(made.heldNanos()).isZero();
		BudgetBalance moved = context.budgets()
			.update(ledger.tenant, made.budget().id(),
					new BudgetDraft("b", "team", ledger.team.toString(), "total", "UTC", "USD", BigDecimal.ONE, null));
		assertThat(moved.heldNanos()).isEqualByComparingTo("7");
		context.billing().release(open, null);
	}

	@Test
	void putsABudgetByName() {
		assertThat(context.budgets().put(ledger.tenant, draft("p", "1"))).isEqualTo(Change.CREATED);
		long epoch = ledger.budgets().epoch(ledger.tenant);
		assertThat(context.budgets().put(ledger.tenant, draft("p", "1.00"))).isEqualTo(Change.UNCHANGED);
		assertThat(ledger.budgets().epoch(ledger.tenant)).isEqualTo(epoch);
		assertThat(context.budgets().put(ledger.tenant, draft("p", "2"))).isEqualTo(Change.UPDATED);
	}

	@Test
	void saysEverythingThatIsWrongWithABudget() {
		BudgetDraft draft = new BudgetDraft(" ", "galaxy", "x", "fortnight", "Mars/Base", "ZZZ", null,
				new BigDecimal("0.0000000001"));
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> context.budgets().create(ledger.tenant, draft))
			.satisfies((problem) -> assertThat(problem.problems()).extracting(ValidationProblem.FieldProblem::field)
				.containsExactly("name", "scopeType", "window", "timeZone", "currency", "softLimit"));
	}

	@Test
	void refusesWhatIsInTheWay() {
		UUID id = context.budgets().create(ledger.tenant, draft("x", "1")).budget().id();
		context.budgets().create(ledger.tenant, draft("y", "1"));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> context.budgets().create(ledger.tenant, draft("x", "1")));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> context.budgets().update(ledger.tenant, id, draft("y", "1")));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> context.budgets()
				.update(ledger.tenant, id,
						new BudgetDraft("x", "tenant", ledger.tenant.toString(), "month", "UTC", "EUR", BigDecimal.ONE,
								null)))
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo("currency_fixed"));
		assertThatExceptionOfType(NotFoundProblem.class)
			.isThrownBy(() -> context.budgets().delete(ledger.tenant, TestLedger.IDS.next()));
	}

	@Test
	void keepsOneTenantsMoneyFromAnother() {
		UUID id = context.budgets().create(ledger.tenant, draft("mine", "1")).budget().id();
		UUID request = spentBefore();
		assertThat(stranger.budgets().list(ledger.tenant)).isEmpty();
		assertThat(stranger.budgets().find(ledger.tenant, id)).isEmpty();
		assertThatExceptionOfType(NotFoundProblem.class).isThrownBy(() -> stranger.budgets().delete(ledger.tenant, id));
		assertThat(stranger.queries().lines(ledger.tenant, Filter.ALL, null, 10).lines()).isEmpty();
		assertThat(stranger.queries().recompute(ledger.tenant)).isEmpty();
		assertThat(context.costs().find(new TenantId(TestLedger.IDS.next()), request)).isEmpty();
	}

	@Test
	void tellsWhatARequestCost() {
		HoldRequest first = ledger.request(50);
		Hold failed = TestLedger.granted(context.billing().admit(first));
		assertThat(context.costs().find(ledger.tenant, first.requestId()).orElseThrow().settled()).isFalse();
		context.billing().settle(ledger.estimate(failed, "upstream_timeout"));
		Hold second = TestLedger.granted(context.billing()
			.admit(new HoldRequest(TestLedger.IDS.next(), first.requestId(), 2, first.chargeTo(), first.deployment(),
					first.priceCard(), 30, 30, false, first.budgets(), first.at())));
		context.billing().settle(ledger.settlement(second, 20));
		RequestCost cost = context.costs().find(ledger.tenant, first.requestId()).orElseThrow();
		assertThat(cost.settled()).isTrue();
		assertThat(cost.key()).isEqualTo(ledger.key);
		assertThat(cost.total()).isEqualTo(new Money(70, TestLedger.USD));
		assertThat(cost.attempts())
			.extracting((attempt) -> attempt.attempt() + " " + attempt.cost().nanos() + " " + attempt.estimatedReason()
					+ " " + attempt.usage())
			.containsExactly("1 50 upstream_timeout null", "2 20 null {INPUT=3, OUTPUT=20}");
		assertThat(context.costs().find(ledger.tenant, TestLedger.IDS.next())).isEmpty();
	}

	@Test
	void tellsTheUsageThatWasSettledLate() {
		HoldRequest request = ledger.request(50);
		Hold hold = TestLedger.granted(context.billing().admit(request));
		expire(TestLedger.NOW.plusSeconds(61));
		assertThat(context.costs().find(ledger.tenant, request.requestId()).orElseThrow().attempts())
			.extracting((attempt) -> attempt.cost().nanos() + " " + attempt.estimatedReason() + " " + attempt.usage())
			.containsExactly("50 lease_expired null");
		context.billing().settle(ledger.settlement(hold, 20));
		RequestCost cost = context.costs().find(ledger.tenant, request.requestId()).orElseThrow();
		assertThat(cost.total().nanos()).isEqualTo(20);
		assertThat(cost.attempts())
			.extracting((attempt) -> attempt.cost().nanos() + " " + attempt.estimatedReason() + " " + attempt.usage())
			.containsExactly("20 null {INPUT=3, OUTPUT=20}");
	}

	@Test
	void tellsThatWhatWasReleasedLateUsedNothing() {
		HoldRequest request = ledger.request(50);
		Hold hold = TestLedger.granted(context.billing().admit(request));
		expire(TestLedger.NOW.plusSeconds(61));
		context.billing().release(hold, null);
		RequestCost cost = context.costs().find(ledger.tenant, request.requestId()).orElseThrow();
		assertThat(cost.key()).isEqualTo(ledger.key);
		assertThat(cost.attempts())
			.extracting((attempt) -> attempt.cost().nanos() + " " + attempt.estimatedReason() + " " + attempt.usage())
			.containsExactly("0 null {}");
	}

	private static void expire(Instant at) {
		ledger.clock.set(at);
		ledger.execute("SELECT expire_holds(?::bigint, 10)", Parameters.micros(at));
	}

	@Test
	void correctsAnEntryByReversingIt() {
		UUID budget = context.budgets().create(ledger.tenant, draft("c", "1")).budget().id();
		BigDecimal before = ledger.settled(budget);
		Hold hold = hold(50);
		context.billing().settle(ledger.settlement(hold, 20));
		UUID request = hold.request().requestId();
		TokenUsage right = TokenUsage.of(Map.of(UsageBucket.INPUT, 3L, UsageBucket.OUTPUT, 60L));
		PriceCard card = hold.request().priceCard();
		assertThat(context.corrections().correct(ledger.tenant, request, hold.id(), right, card, "default", "invoice"))
			.contains(20L);
		PriceCard dearer = ledger.card(new UUID(1, 2), "0.0025");
		assertThat(context.corrections().correct(ledger.tenant, request, hold.id(), right, dearer, "flex", "invoice 2"))
			.contains(60L);
		assertThat(ledger.settled(budget).subtract(before)).isEqualByComparingTo("150");
		RequestCost cost = context.costs().find(ledger.tenant, request).orElseThrow();
		assertThat(cost.total().nanos()).isEqualTo(150);
		assertThat(cost.attempts()).singleElement().satisfies((attempt) -> {
			assertThat(attempt.usage()).isEqualTo(right);
			assertThat(attempt.priceCardId()).isEqualTo(dearer.id());
			assertThat(attempt.serviceTier()).isEqualTo("flex");
		});
		assertThat(ledger.strings("SELECT kind || ' ' || amount_nanos || ' by ' || price_card_id FROM ledger_line "
				+ "WHERE request_id = ?::uuid AND account = 'usage'", request))
			.containsExactlyInAnyOrder("settlement 20 by " + card.id(), "reversal -20 by " + card.id(),
					"correction 60 by " + card.id(), "reversal -60 by " + card.id(),
					"correction 150 by " + dearer.id());
	}

	@Test
	void refusesACorrectionByAnotherDeploymentsCardOrInAnotherCurrency() {
		Hold hold = hold(50);
		context.billing().settle(ledger.settlement(hold, 20));
		UUID request = hold.request().requestId();
		PriceCard card = hold.request().priceCard();
		assertThat(context.corrections()
			.correct(ledger.tenant, request, TestLedger.IDS.next(), TokenUsage.NONE, card, "default", "x")).isEmpty();
		PriceCard inEuro = ledger.card(java.util.Currency.getInstance("EUR"));
		PriceCard another = new PriceCard(card.id(), new DeploymentId(TestLedger.IDS.next()), 1, Instant.EPOCH,
				card.currency(), card.tiers());
		for (PriceCard wrong : List.of(inEuro, another)) {
			assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> context.corrections()
				.correct(ledger.tenant, request, hold.id(), TokenUsage.NONE, wrong, "default", "x"));
		}
		assertThat(ledger.lines(request)).containsExactly("settlement 20");
	}

	@Test
	void pagesThroughTheLedgerNewestFirst() {
		List<UUID> requests = new java.util.ArrayList<>();
		for (int i = 0; i < 5; i++) {
			ledger.clock.set(TestLedger.NOW.plusSeconds(3600 + i / 2));
			requests.add(spentBefore());
		}
		Filter filter = Filter.between(TestLedger.NOW.plusSeconds(3600), TestLedger.NOW.plusSeconds(3700));
		Page first = context.queries().lines(ledger.tenant, filter, null, 2);
		Page second = context.queries().lines(ledger.tenant, filter, first.next(), 2);
		Page third = context.queries().lines(ledger.tenant, filter, second.next(), 2);
		assertThat(third.next()).isNull();
		List<Line> all = new java.util.ArrayList<>(first.lines());
		all.addAll(second.lines());
		all.addAll(third.lines());
		assertThat(all).extracting(Line::requestId).containsExactlyInAnyOrderElementsOf(requests);
		assertThat(all).extracting(Line::postedAt).isSortedAccordingTo(java.util.Comparator.reverseOrder());
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> context.queries().lines(ledger.tenant, filter, "nonsense", 2));
	}

	@Test
	void sumsWhatIsNotTokensApart() {
		ledger.clock.set(TestLedger.NOW.plusSeconds(9000));
		for (long images : List.of(0L, 2L, 3L)) {
			Hold hold = TestLedger.granted(context.billing().admit(ledger.request(50, ledger.budgets())));
			TokenUsage usage = TokenUsage.of(Map.of(UsageBucket.OUTPUT, 10L, UsageBucket.AUDIO_CACHE_READ, images,
					UsageBucket.IMAGES_OUT, images, UsageBucket.REQUEST, 1L));
			context.billing()
				.settle(new Settlement(hold, usage, null, "default", null, null, null, ledger.clock.instant()));
			assertThat(context.costs().find(ledger.tenant, hold.request().requestId()).orElseThrow().attempts())
				.extracting(AttemptCost::usage)
				.containsExactly(usage);
		}
		Filter filter = Filter.between(TestLedger.NOW.plusSeconds(9000), TestLedger.NOW.plusSeconds(9100));
		assertThat(context.queries().usage(ledger.tenant, Dimension.TEAM, filter))
			.containsExactly(new UsageRow(ledger.team.toString(), TestLedger.USD, new BigDecimal("30"), 3, 5, 30,
					Map.of(UsageBucket.IMAGES_OUT, 5L)));
		assertThat(context.queries().lines(ledger.tenant, filter, null, 10).lines())
			.extracting((line) -> Objects.requireNonNull(line.usage()).get(UsageBucket.IMAGES_OUT))
			.containsExactlyInAnyOrder(0L, 2L, 3L);
	}

	@Test
	void sumsUsageByDimension() {
		ledger.clock.set(TestLedger.NOW.plusSeconds(7200));
		for (int cost : List.of(10, 20)) {
			Hold hold = TestLedger.granted(context.billing()
				.admit(ledger.request(50, ledger.budgets(), ledger.chargeTo(List.of("blue", "t" + cost), null, null),
						1)));
			context.billing().settle(ledger.settlement(hold, cost));
		}
		Filter filter = Filter.between(TestLedger.NOW.plusSeconds(7200), TestLedger.NOW.plusSeconds(7300));
		assertThat(context.queries().usage(ledger.tenant, Dimension.TEAM, filter)).containsExactly(
				new UsageRow(ledger.team.toString(), TestLedger.USD, new BigDecimal("30"), 2, 6, 30, Map.of()));
		assertThat(context.queries().usage(ledger.tenant, Dimension.TAG, filter))
			.extracting((row) -> row.value() + " " + row.amountNanos())
			.containsExactly("blue 30", "t20 20", "t10 10");
		for (Dimension dimension : Dimension.values()) {
			assertThat(context.queries().usage(ledger.tenant, dimension, filter)).isNotEmpty();
		}
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> context.queries().usage(ledger.tenant, Dimension.DAY, Filter.ALL));
	}

	@Test
	void findsTheLatestDecision() {
		UUID request = TestLedger.IDS.next();
		context.billing().record(new DecisionRow(ledger.tenant, request, null, new byte[] { 1 }, TestLedger.NOW));
		context.billing()
			.record(new DecisionRow(ledger.tenant, request, request, new byte[] { 2 }, TestLedger.NOW.plusSeconds(1)));
		assertThat(context.queries().decision(ledger.tenant, request).orElseThrow().encoded()).containsExactly(2);
		assertThat(stranger.queries().decision(ledger.tenant, request)).isEmpty();
	}

	@Test
	void remembersIdempotencyKeys() {
		KeyId key = ledger.key;
		byte[] body = new byte[32];
		byte[] other = new byte[32];
		other[0] = 1;
		UUID first = TestLedger.IDS.next();
		UUID second = TestLedger.IDS.next();
		Instant now = TestLedger.NOW;
		var service = context.idempotency();
		assertThat(service.begin(ledger.tenant, key, "k", body, first, now)).isEqualTo(new Claim.Started());
		assertThat(service.begin(ledger.tenant, key, "k", body, second, now)).isEqualTo(new Claim.InFlight(first));
		assertThat(service.begin(ledger.tenant, key, "k", other, second, now))
			.isEqualTo(new Claim.DifferentBody(first));
		service.abandon(ledger.tenant, key, "k", second);
		service.abandon(ledger.tenant, key, "k", first);
		assertThat(service.begin(ledger.tenant, key, "k", other, second, now)).isEqualTo(new Claim.Started());
		service.finish(ledger.tenant, key, "k", second, new StoredAnswer(200, "application/json", new byte[] { 9 }),
				now);
		assertThat(service.begin(ledger.tenant, key, "k", other, first, now))
			.isInstanceOfSatisfying(Claim.Finished.class, (finished) -> {
				assertThat(finished.requestId()).isEqualTo(second);
				assertThat(finished.answer()).isNotNull();
			});
		Instant nextDay = now.plus(Duration.ofHours(24)).plusMillis(1);
		assertThat(service.begin(ledger.tenant, key, "k", body, first, nextDay)).isEqualTo(new Claim.Started());
	}

	@Test
	void givesAClaimWhoseProcessDiedBeforeItsFirstHoldToExactlyOneRepetition() throws Exception {
		byte[] body = new byte[32];
		UUID dead = TestLedger.IDS.next();
		var service = context.idempotency();
		HoldRequest prepared = ledger.request(10);
		service.begin(ledger.tenant, ledger.key, "died", body, dead, TestLedger.NOW);
		Instant leaseEnds = TestLedger.NOW.plus(BillingSettings.DEFAULTS.leaseDuration());
		assertThat(service.begin(ledger.tenant, ledger.key, "died", body, TestLedger.IDS.next(), leaseEnds))
			.isEqualTo(new Claim.InFlight(dead));
		Instant later = leaseEnds.plusMillis(1);
		byte[] other = new byte[32];
		other[0] = 1;
		assertThat(service.begin(ledger.tenant, ledger.key, "died", other, TestLedger.IDS.next(), later))
			.isEqualTo(new Claim.DifferentBody(dead));

		List<UUID> repetitions = Stream.generate(TestLedger.IDS::next).limit(8).toList();
		List<Claim> claims = new ArrayList<>();
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			for (Future<Claim> each : threads.invokeAll(repetitions.stream()
				.map((id) -> (Callable<Claim>) () -> service.begin(ledger.tenant, ledger.key, "died", body, id, later))
				.toList())) {
				claims.add(each.get());
			}
		}
		assertThat(claims).containsOnlyOnce(new Claim.Started());
		UUID winner = repetitions.get(claims.indexOf(new Claim.Started()));
		claims.remove(new Claim.Started());
		assertThat(claims).hasSize(7).containsOnly(new Claim.InFlight(winner));

		// The first request was slow, not dead: whatever it prepared is sent back.
		assertThat(service.owns(ledger.tenant, ledger.key, "died", dead)).isFalse();
		assertThat(service.owns(ledger.tenant, ledger.key, "died", winner)).isTrue();
		assertThat(context.billing().admit(prepared)).isEqualTo(new Admission.StaleConfiguration());
		service.finish(ledger.tenant, ledger.key, "died", dead, null, later);
		service.abandon(ledger.tenant, ledger.key, "died", dead);
		assertThat(service.begin(ledger.tenant, ledger.key, "died", body, TestLedger.IDS.next(), later))
			.isEqualTo(new Claim.InFlight(winner));
	}

	@Test
	void tellsReplicasToReadAgainWhatATakeOverChanged() {
		UUID dead = TestLedger.IDS.next();
		var service = context.idempotency();
		service.begin(ledger.tenant, ledger.key, "version", new byte[32], dead, TestLedger.NOW);
		String before = ledger.one("SELECT version FROM configuration_version");
		long epoch = Long.parseLong(ledger.one("SELECT coalesce(max(epoch), 0) FROM budget_epoch"));
		assertThat(service.begin(ledger.tenant, ledger.key, "version", new byte[32], TestLedger.IDS.next(),
				TestLedger.NOW.plusSeconds(61)))
			.isEqualTo(new Claim.Started());
		assertThat(ledger.one("SELECT version FROM configuration_version")).isNotEqualTo(before);
		assertThat(ledger.one("SELECT max(epoch) FROM budget_epoch")).isEqualTo(Long.toString(epoch + 1));
	}

	@Test
	void keepsAClaimWhoseFirstRequestIsHeldHoweverOldItIs() {
		Hold hold = hold(10);
		UUID request = hold.request().requestId();
		var service = context.idempotency();
		service.begin(ledger.tenant, ledger.key, "slow", new byte[32], request, TestLedger.NOW);
		assertThat(service.begin(ledger.tenant, ledger.key, "slow", new byte[32], TestLedger.IDS.next(),
				TestLedger.NOW.plus(Duration.ofHours(23))))
			.isEqualTo(new Claim.InFlight(request));
		assertThat(ledger.one("SELECT take_over_claim(?::uuid, ?::uuid, 'slow', ?::uuid, ?::uuid, now())",
				ledger.tenant, ledger.key, request, TestLedger.IDS.next()))
			.isEqualTo("f");
		context.billing().release(hold, null);
	}

	@Test
	void finishesAClaimWhoseProcessDiedAfterItsCallWasBilled() {
		byte[] body = new byte[32];
		Hold hold = hold(10);
		UUID request = hold.request().requestId();
		var service = context.idempotency();
		service.begin(ledger.tenant, ledger.key, "crash", body, request, TestLedger.NOW);
		Instant later = TestLedger.NOW.plusSeconds(61);
		UUID other = TestLedger.IDS.next();
		assertThat(service.begin(ledger.tenant, ledger.key, "crash", body, other, later))
			.isEqualTo(new Claim.InFlight(request));
		ledger.execute("SELECT expire_holds(?::bigint, 10)", Parameters.micros(later));
		assertThat(service.begin(ledger.tenant, ledger.key, "crash", body, other, later))
			.isEqualTo(new Claim.Finished(request, null));
		assertThat(context.costs().find(ledger.tenant, request)).hasValueSatisfying((cost) -> {
			assertThat(cost.settled()).isTrue();
			assertThat(cost.total()).isEqualTo(new Money(10, TestLedger.USD));
			assertThat(cost.attempts().getFirst().estimatedReason()).isEqualTo("lease_expired");
		});
	}

}
