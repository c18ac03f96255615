package io.exchequer.billing.ledger;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.Settled;
import io.exchequer.billing.Settlement;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class JdbcBillingServiceIT {

	private TestLedger ledger;

	private JdbcBillingService billing;

	@BeforeEach
	void create() {
		this.ledger = new TestLedger();
		this.billing = this.ledger.service();
	}

	@AfterEach
	void drop() {
		try {
			this.ledger.assertBooksBalance();
		}
		finally {
			this.ledger.close();
		}
	}

	@Test
	void holdsThenSettlesAndGivesTheRestBack() {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(600)));
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("600");
		Settled settled = this.billing.settle(this.ledger.settlement(hold, 250));
		assertThat(settled.cost().nanos()).isEqualTo(250);
		assertThat(settled.overBound()).isFalse();
		assertThat(settled.alreadySettled()).isFalse();
		assertThat(this.ledger.held(budget)).isZero();
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("250");
		assertThat(this.ledger.lines(hold.request().requestId())).containsExactly("settlement 250");
		assertThat(this.billing.openHolds()).isZero();
	}

	@Test
	void writesBothSidesWithEveryDimension() {
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(600, this.ledger.budgets(),
				this.ledger.chargeTo(List.of("a \"b\"", "c\\d,e"), null, null), 2)));
		UUID credential = TestLedger.IDS.next();
		this.billing.settle(new Settlement(hold, this.ledger.settlement(hold, 7).usage(), null, "flex", credential,
				"up\0stream", null, this.ledger.clock.instant()));
		ChargeTo to = hold.request().chargeTo();
		assertThat(this.ledger.strings(
				"""
						SELECT concat_ws('|', account, amount_nanos, kind, currency, service_tier, task, array_to_string(tags, ';'),
							cost_centre, attempt, upstream_request_id, input_count, output_count, cache_read_count) FROM ledger_line
						WHERE tenant_id = ?::uuid AND request_id = ?::uuid AND team_id = ?::uuid AND project_id = ?::uuid
						AND key_id = ?::uuid AND provider_id = ?::uuid AND model_id = ?::uuid AND deployment_id = ?::uuid
						AND price_card_id = ?::uuid AND credential_id = ?::uuid AND hold_id = ?::uuid ORDER BY line""",
				to.tenant(), hold.request().requestId(), to.team(), to.project(), to.key(),
				this.ledger.deployment.provider().id(), this.ledger.deployment.model().id(),
				this.ledger.deployment.id(), hold.request().priceCard().id(), credential, hold.id()))
			.containsExactly("usage|7|settlement|USD|flex|chat|a \"b\";c\\d,e|cc-1|2|upstream|3|7",
					"provider|-7|settlement|USD|flex|chat|a \"b\";c\\d,e|cc-1|2|upstream");
	}

	@Test
	void admitsUpToTheLimitExactlyAndNotANanoUnitMore() {
		UUID budget = this.ledger.budget("tight", 1_000L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		assertThat(this.billing.admit(this.ledger.request(1_001, budgets))).isInstanceOf(Admission.OverBudget.class);
		TestLedger.granted(this.billing.admit(this.ledger.request(1_000, budgets)));
		assertThat(this.billing.admit(this.ledger.request(1, budgets)))
			.isEqualTo(new Admission.OverBudget(budget, "tight", false, TestLedger.USD, new BigDecimal("1000"),
					BigDecimal.ZERO, Instant.parse("2026-12-01T00:00:00Z")));
		TestLedger.granted(this.billing.admit(this.ledger.request(0, budgets)));
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("1000");
	}

	@Test
	void namesTheTightestOfSeveralBudgets() {
		this.ledger.budget("wide", 1_000L, null);
		UUID tight = this.ledger.budget("tight", BudgetScope.Type.KEY, this.ledger.key.toString(),
				new BudgetWindow.Total(), 100L, null);
		Admission admission = this.billing.admit(this.ledger.request(5_000));
		assertThat(admission).isInstanceOfSatisfying(Admission.OverBudget.class, (over) -> {
			assertThat(over.budgetId()).isEqualTo(tight);
			assertThat(over.renewsAt()).isNull();
			assertThat(over.remainingNanos()).isEqualByComparingTo("100");
		});
	}

	@Test
	void refusesOverASoftLimitOnlyWhenAsked() {
		this.ledger.budget("soft", null, 100L);
		HoldRequest plain = this.ledger.request(150);
		TestLedger.granted(this.billing.admit(plain));
		HoldRequest careful = new HoldRequest(TestLedger.IDS.next(), TestLedger.IDS.next(), 1, plain.chargeTo(),
				plain.deployment(), plain.priceCard(), 1, 1, true, plain.budgets(), plain.at());
		assertThat(this.billing.admit(careful)).isInstanceOfSatisfying(Admission.OverBudget.class, (over) -> {
			assertThat(over.soft()).isTrue();
			assertThat(over.remainingNanos()).isEqualByComparingTo("-50");
		});
	}

	@Test
	void countsEveryScopeAboveTheRequest() {
		List<UUID> above = List.of(this.ledger.budget("1", 100L, null),
				this.ledger.budget("2", BudgetScope.Type.TEAM, this.ledger.team.toString(), new BudgetWindow.Day(),
						100L, null),
				this.ledger.budget("3", BudgetScope.Type.PROJECT, this.ledger.project.toString(),
						new BudgetWindow.Week(), 100L, null),
				this.ledger.budget("4", BudgetScope.Type.KEY, this.ledger.key.toString(), new BudgetWindow.Quarter(),
						100L, null),
				this.ledger.budget("5", BudgetScope.Type.MODEL, this.ledger.deployment.model().id().toString(),
						new BudgetWindow.Year(), 100L, null),
				this.ledger.budget("6", BudgetScope.Type.TAG, "blue", new BudgetWindow.Total(), 100L, null));
		UUID beside = this.ledger.budget("7", BudgetScope.Type.TAG, "red", new BudgetWindow.Day(), 0L, null);
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(60, this.ledger.budgets(),
				this.ledger.chargeTo(List.of("blue", "green"), null, null), 1)));
		assertThat(above).allSatisfy((budget) -> assertThat(this.ledger.held(budget)).isEqualByComparingTo("60"));
		assertThat(this.ledger.held(beside)).isZero();
		this.billing.settle(this.ledger.settlement(hold, 10));
		assertThat(above).allSatisfy((budget) -> assertThat(this.ledger.settled(budget)).isEqualByComparingTo("10"));
	}

	@Test
	void settlesIntoTheWindowOfTheAdmission() {
		UUID budget = this.ledger.budget("daily", BudgetScope.Type.TENANT, this.ledger.tenant.toString(),
				new BudgetWindow.Day(), 100L, null);
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(100)));
		this.ledger.clock.set(TestLedger.NOW.plus(Duration.ofDays(1)));
		TestLedger.granted(this.billing.admit(this.ledger.request(100)));
		this.billing.settle(this.ledger.settlement(hold, 80));
		assertThat(this.ledger
			.strings("SELECT (window_start AT TIME ZONE 'UTC')::date || ' ' || settled || ' ' || held FROM balance "
					+ "WHERE budget_id = ?::uuid ORDER BY window_start", budget))
			.containsExactly("2026-11-22 80 0", "2026-11-23 0 100");
	}

	@Test
	void limitsRequestsInACalendarMinute() {
		ChargeTo to = this.ledger.chargeTo(List.of(), 2, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		TestLedger.granted(this.billing.admit(this.ledger.request(1, budgets, to, 1)));
		TestLedger.granted(this.billing.admit(this.ledger.request(1, budgets, to, 1)));
		TestLedger.granted(this.billing.admit(this.ledger.request(1, budgets, to, 2)));
		assertThat(this.billing.admit(this.ledger.request(1, budgets, to, 1))).isEqualTo(new Admission.OverRate(false,
				2, Duration.between(TestLedger.NOW, Instant.parse("2026-11-22T10:16:00Z"))));
		this.ledger.clock.set(Instant.parse("2026-11-22T10:16:00Z"));
		TestLedger.granted(this.billing.admit(this.ledger.request(1, budgets, to, 1)));
	}

	@Test
	void holdsTokensOfTheMinuteAndGivesTheUnusedBack() {
		ChargeTo to = this.ledger.chargeTo(List.of(), null, 1_000);
		BudgetSnapshot budgets = this.ledger.budgets();
		Hold first = TestLedger.granted(this.billing.admit(this.ledger.request(700, budgets, to, 1)));
		assertThat(this.billing.admit(this.ledger.request(301, budgets, to, 1)))
			.isInstanceOfSatisfying(Admission.OverRate.class, (over) -> assertThat(over.tokens()).isTrue());
		Hold second = TestLedger.granted(this.billing.admit(this.ledger.request(300, budgets, to, 1)));
		this.billing.settle(this.ledger.settlement(first, 97));
		assertThat(this.ledger.one("SELECT tokens FROM rate_window")).isEqualTo("400");
		this.billing.release(second, null);
		this.billing.release(second, null);
		assertThat(this.ledger.one("SELECT tokens FROM rate_window")).isEqualTo("100");
	}

	@Test
	void refusesAnotherCurrencyWithoutARate() {
		this.ledger.budget("dollars", 1_000L, null);
		HoldRequest dollars = this.ledger.request(10);
		Currency euro = Currency.getInstance("EUR");
		assertThat(this.billing.admit(inCurrency(dollars, euro, 10)))
			.isEqualTo(new Admission.NoRate("dollars", TestLedger.USD, euro));
		TestLedger.granted(this.billing.admit(inCurrency(dollars, euro, 0)));
	}

	private HoldRequest inCurrency(HoldRequest request, Currency currency, long worstCase) {
		return new HoldRequest(TestLedger.IDS.next(), request.requestId(), 1, request.chargeTo(), request.deployment(),
				this.ledger.card(currency), worstCase, 1, false, request.budgets(), request.at());
	}

	@Test
	void asksForNewerConfigurationAfterABudgetChanged() {
		BudgetSnapshot before = this.ledger.budgets();
		this.ledger.budget("new", 10L, null);
		assertThat(this.billing.admit(this.ledger.request(5, before))).isEqualTo(new Admission.StaleConfiguration());
		BudgetSnapshot between = this.ledger.budgets();
		this.ledger.execute("DELETE FROM budget");
		assertThat(this.billing.admit(this.ledger.request(5, between))).isEqualTo(new Admission.StaleConfiguration());
		TestLedger.granted(this.billing.admit(this.ledger.request(5)));
	}

	@Test
	void readsTheLimitThatIsInForceAndAdmitsNothingAboveALoweredOne() {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		TestLedger.granted(this.billing.admit(this.ledger.request(800)));
		this.ledger.execute("UPDATE budget SET hard_limit_nanos = 500 WHERE id = ?::uuid", budget);
		assertThat(this.billing.admit(this.ledger.request(1))).isInstanceOfSatisfying(Admission.OverBudget.class,
				(over) -> {
					assertThat(over.limitNanos()).isEqualByComparingTo("500");
					assertThat(over.remainingNanos()).isEqualByComparingTo("-300");
				});
		TestLedger.granted(this.billing.admit(this.ledger.request(0)));
	}

	@Test
	void holdsOnceForTheSameHoldIdentifier() {
		UUID budget = this.ledger.budget("b", 100L, null);
		HoldRequest request = this.ledger.request(100);
		Hold first = TestLedger.granted(this.billing.admit(request));
		assertThat(TestLedger.granted(this.billing.admit(request))).isEqualTo(first);
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("100");
		assertThat(this.ledger.count("hold")).isOne();
	}

	@Test
	void settlesOnceHoweverOftenItIsAsked() {
		UUID budget = this.ledger.budget("b", 100L, null);
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		this.billing.settle(this.ledger.settlement(hold, 20));
		Settled again = this.billing.settle(this.ledger.settlement(hold, 30));
		assertThat(again.alreadySettled()).isTrue();
		assertThat(again.cost().nanos()).isEqualTo(20);
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("20");
		this.billing.release(hold, null);
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("20");
	}

	@Test
	void postsTheWholeOfACostOverItsBoundAndThenAdmitsNothing() {
		UUID budget = this.ledger.budget("b", 100L, null);
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		Settled settled = this.billing.settle(this.ledger.settlement(hold, 120));
		assertThat(settled.overBound()).isTrue();
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("120");
		assertThat(this.billing.admit(this.ledger.request(1))).isInstanceOf(Admission.OverBudget.class);
	}

	@Test
	void releasesAHoldThatCostNothing() {
		UUID budget = this.ledger.budget("b", 100L, null);
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		this.billing.release(hold, null);
		this.billing.release(hold, null);
		assertThat(this.ledger.held(budget)).isZero();
		assertThat(this.ledger.count("ledger_line")).isZero();
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> this.billing.settle(this.ledger.settlement(hold, 1)))
			.withMessageContaining("released");
	}

	@Test
	void postsALineForWhatCostsNothing() {
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(0)));
		this.billing.settle(this.ledger.settlement(hold, 0));
		assertThat(this.ledger.lines(hold.request().requestId())).containsExactly("settlement 0");
		assertThat(this.ledger.one("SELECT input_count FROM ledger_line WHERE account = 'usage'")).isEqualTo("3");
	}

	@Test
	void settlesAnEstimateAtTheFullHoldWhereNothingIsKnown() {
		UUID budget = this.ledger.budget("b", 100L, null);
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		Settled settled = this.billing.settle(this.ledger.estimate(hold, "upstream_timeout"));
		assertThat(settled.cost().nanos()).isEqualTo(50);
		assertThat(this.ledger.lines(hold.request().requestId())).containsExactly("estimate 50 upstream_timeout");
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("50");
	}

	@Test
	void settlesAtTheFullHoldWhatCannotBePriced() {
		JdbcBillingService strict = new JdbcBillingService(this.ledger.database.gateway(),
				io.exchequer.billing.BillingSettings.DEFAULTS, this.ledger.clock, (card, usage, tier) -> {
					throw new ArithmeticException("overflow");
				});
		Hold hold = TestLedger.granted(strict.admit(this.ledger.request(50)));
		strict.settle(this.ledger.settlement(hold, 7));
		assertThat(this.ledger.lines(hold.request().requestId())).containsExactly("estimate 50 implausible_usage");
	}

	@Test
	void replacesAnExpiredHoldsEstimateByWhatItCost() {
		UUID budget = this.ledger.budget("b", 100L, null);
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		expireAll(1);
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("50");
		Settled settled = this.billing.settle(this.ledger.settlement(hold, 20));
		assertThat(settled.alreadySettled()).isFalse();
		assertThat(settled.cost().nanos()).isEqualTo(20);
		assertThat(this.ledger.lines(hold.request().requestId())).containsExactly("estimate 50 lease_expired",
				"reversal -50 lease_expired", "settlement 20");
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("20");
		assertThat(this.billing.settle(this.ledger.settlement(hold, 20)).alreadySettled()).isTrue();
	}

	@Test
	void reversesAnExpiredHoldsEstimateWhenItIsReleased() {
		UUID budget = this.ledger.budget("b", 100L, null);
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		expireAll(1);
		this.billing.release(hold, null);
		assertThat(this.ledger.settled(budget)).isZero();
		assertThat(this.ledger.lines(hold.request().requestId())).containsExactly("estimate 50 lease_expired",
				"reversal -50 lease_expired");
		this.billing.release(hold, null);
		assertThat(this.ledger.settled(budget)).isZero();
	}

	@Test
	void storesWhatIsNotTokensBesideTheColumns() {
		UUID budget = this.ledger.budget("b", 100L, null);
		Hold tokens = TestLedger.granted(this.billing.admit(this.ledger.request(40)));
		Hold images = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		this.billing.settle(this.ledger.settlement(tokens, 20));
		this.billing.settle(images(images, 7));
		assertThat(otherCounts(tokens)).containsExactly("usage null", "provider null");
		assertThat(otherCounts(images)).containsExactly("usage {\"PAGES\": 2, \"IMAGES_OUT\": 4}", "provider null");
		assertThat(
				this.ledger.one("SELECT output_count FROM ledger_line WHERE request_id = ?::uuid AND account = 'usage'",
						images.request().requestId()))
			.isEqualTo("7");
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("27");
		assertThat(this.ledger.held(budget)).isZero();
		this.ledger.assertBooksBalance();
	}

	@Test
	void takesBackWhatIsNotTokensToo() {
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		expireAll(1);
		this.billing.settle(images(hold, 7));
		assertThat(otherCounts(hold)).containsExactly("usage null", "provider null", "usage null", "provider null",
				"usage {\"PAGES\": 2, \"IMAGES_OUT\": 4}", "provider null");
		// As a replica of the release before corrects it.
		this.ledger.execute(
				"SELECT correct_posting(?::uuid, ?::uuid, ?::uuid, ?::uuid, 5::bigint, '{1}'::bigint[], 'known', 'default', ?::bigint)",
				this.ledger.tenant.value(), hold.request().requestId(), hold.id(), hold.request().priceCard().id(),
				Parameters.micros(this.ledger.clock.instant().plusSeconds(1)));
		assertThat(otherCounts(hold)).endsWith("usage {\"PAGES\": -2, \"IMAGES_OUT\": -4}", "provider null",
				"usage null", "provider null");
		this.ledger.assertBooksBalance();
	}

	private Settlement images(Hold hold, long output) {
		return new Settlement(hold,
				TokenUsage.of(Map.of(UsageBucket.OUTPUT, output, UsageBucket.IMAGES_OUT, 4L, UsageBucket.PAGES, 2L)),
				null, "default", null, "up-1", null, this.ledger.clock.instant());
	}

	private List<String> otherCounts(Hold hold) {
		return this.ledger.strings(
				"SELECT account || ' ' || coalesce(other_counts::text, 'null') FROM ledger_line "
						+ "WHERE request_id = ?::uuid ORDER BY posted_at, "
						+ "array_position('{estimate,reversal,settlement,correction}', kind), line",
				hold.request().requestId());
	}

	@Test
	void leavesAnExpiredHoldsEstimateWhereTheCallerKnowsNoBetter() {
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		expireAll(1);
		assertThat(this.billing.settle(this.ledger.estimate(hold, "upstream_reset")).cost().nanos()).isEqualTo(50);
		assertThat(this.ledger.lines(hold.request().requestId())).containsExactly("estimate 50 lease_expired");
	}

	@Test
	void expiresOnlyWhatIsDue() {
		UUID budget = this.ledger.budget("b", 100L, null);
		TestLedger.granted(this.billing.admit(this.ledger.request(30)));
		this.ledger.clock.set(TestLedger.NOW.plusSeconds(60));
		TestLedger.granted(this.billing.admit(this.ledger.request(40)));
		expireAll(1);
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("30");
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("40");
		expireAll(0);
	}

	private void expireAll(int expected) {
		this.ledger.clock.set(this.ledger.clock.instant().plusNanos(1_000));
		Instant due = (expected == 0) ? this.ledger.clock.instant() : this.ledger.clock.instant().plusSeconds(60);
		this.ledger.clock.set((this.ledger.count("hold") > 1) ? this.ledger.clock.instant() : due);
		assertThat(
				this.ledger.one("SELECT expire_holds(?::bigint, 1000)", Parameters.micros(this.ledger.clock.instant())))
			.isEqualTo(String.valueOf(expected));
	}

	@Test
	void writesDecisionsWithSettlementsReleasesAndAlone() {
		HoldRequest one = this.ledger.request(1);
		HoldRequest two = this.ledger.request(1);
		Hold first = TestLedger.granted(this.billing.admit(one));
		Hold second = TestLedger.granted(this.billing.admit(two));
		this.billing.settle(new Settlement(first, TokenUsage.NONE, null, "default", null, null,
				decision(one.requestId()), this.ledger.clock.instant()));
		this.billing.release(second, decision(two.requestId()));
		this.billing.record(decision(TestLedger.IDS.next()));
		this.billing.record(decision(two.requestId()));
		assertThat(this.ledger.count("decision")).isEqualTo(3);
		assertThat(this.ledger.one("SELECT encode(encoded, 'hex') FROM decision WHERE request_id = ?::uuid",
				one.requestId()))
			.isEqualTo("0102ff");
	}

	private DecisionRow decision(UUID request) {
		return new DecisionRow(this.ledger.tenant, request, null, new byte[] { 1, 2, -1 }, TestLedger.NOW);
	}

	@Test
	void saysAgainThatACostWasOverItsHoldWhenTheSettlementIsTriedAgain() {
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(100)));
		assertThat(this.billing.settle(this.ledger.settlement(hold, 250)).overBound()).isTrue();
		Settled again = this.billing.settle(this.ledger.settlement(hold, 250));
		assertThat(again.alreadySettled()).isTrue();
		assertThat(again.overBound()).isTrue();
	}

	@Test
	void limitsAKeysRequestsAndTokensOverAllReplicasTogether() throws Exception {
		List<JdbcBillingService> replicas = List.of(this.billing, this.ledger.service(), this.ledger.service());
		assertThat(grantedInOneMinute(replicas, this.ledger.chargeTo(List.of(), 7, null))).isEqualTo(7);
		this.ledger.clock.set(this.ledger.clock.instant().plus(Duration.ofMinutes(1)));
		assertThat(grantedInOneMinute(replicas, this.ledger.chargeTo(List.of(), null, 95))).isEqualTo(9);
	}

	/** Asks all replicas at once, for ten tokens each time. */
	private long grantedInOneMinute(List<JdbcBillingService> replicas, ChargeTo chargeTo) throws Exception {
		BudgetSnapshot budgets = this.ledger.budgets();
		List<Callable<Admission>> requests = new ArrayList<>();
		for (int i = 0; i < 60; i++) {
			JdbcBillingService replica = replicas.get(i % replicas.size());
			HoldRequest request = this.ledger.request(10, budgets, chargeTo, 1);
			requests.add(() -> replica.admit(request));
		}
		long granted = 0;
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			for (Future<Admission> admission : threads.invokeAll(requests)) {
				switch (admission.get()) {
					case Admission.Granted _ -> granted++;
					case Admission.OverRate over -> assertThat(over.retryAfter()).isPositive();
					case Admission other -> throw new AssertionError("neither granted nor over the rate: " + other);
				}
			}
		}
		return granted;
	}

}
