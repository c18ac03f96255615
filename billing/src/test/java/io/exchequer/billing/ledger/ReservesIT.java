package io.exchequer.billing.ledger;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.ReserveShare;
import io.exchequer.billing.Reserves;
import io.exchequer.billing.Reserves.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is set aside for work that is admitted as a whole. The ledger's part stands for a
 * batch with one deployment.
 */
class ReservesIT {

	private TestLedger ledger;

	private JdbcBillingService billing;

	private Reserves reserves;

	private final UUID reserve = TestLedger.IDS.next();

	private final UUID part = TestLedger.IDS.next();

	@BeforeEach
	void create() {
		this.ledger = new TestLedger();
		this.billing = this.ledger.service();
		this.reserves = new JdbcReserves(this.ledger.database.gateway(4));
	}

	@AfterEach
	void drop() {
		try {
			this.ledger.assertBooksBalance();
			assertThat(this.ledger.strings("SELECT h.id FROM hold h WHERE h.attempt = 0 AND h.amount_nanos <> "
					+ "(SELECT coalesce(sum(s.nanos), 0) FROM reserve_share s WHERE s.part_id = h.id)"))
				.as("parts that are not the sum of their shares")
				.isEmpty();
		}
		finally {
			this.ledger.close();
		}
	}

	@Test
	void holdsAllSharesAtOnceAndEveryShareIsAdmittedHoweverLittleIsLeft() {
		UUID budget = this.ledger.budget("tight", 1_000L, null);
		reserve(300, 300, 300);
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("900");
		TestLedger.granted(this.billing.admit(this.ledger.request(100)));
		assertThat(this.billing.admit(this.ledger.request(1))).isInstanceOf(Admission.OverBudget.class);
		for (int share = 1; share <= 3; share++) {
			Hold hold = TestLedger.granted(draw(share, 300));
			assertThat(this.ledger.held(budget).add(this.ledger.settled(budget))).isEqualByComparingTo("1000");
			assertThat(this.billing.admit(this.ledger.request(1))).isInstanceOf(Admission.OverBudget.class);
			this.billing.settle(this.ledger.settlement(hold, 100));
			TestLedger.granted(this.billing.admit(this.ledger.request(200)));
		}
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("300");
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("700");
	}

	@Test
	void holdsNothingWhereNotAllOfItFits() {
		UUID budget = this.ledger.budget("tight", 899L, null);
		this.reserves.addShares(this.ledger.tenant, this.reserve, shares(300, 300, 300));
		assertThat(this.reserves.reserve(request())).isInstanceOfSatisfying(Outcome.Refused.class,
				(refused) -> assertThat(refused.why()).isInstanceOfSatisfying(Admission.OverBudget.class,
						(over) -> assertThat(over.remainingNanos()).isEqualByComparingTo("899")));
		assertThat(this.ledger.held(budget)).isZero();
		assertThat(this.ledger.count("hold")).isZero();
		assertThat(draw(1, 300)).isEqualTo(new Admission.ShareGone());
		this.reserves.release(this.ledger.tenant, this.reserve);
		assertThat(this.ledger.count("reserve_share")).isZero();
	}

	@Test
	void holdsOnceWhatIsAskedForTwice() {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		reserve(300, 300);
		assertThat(this.reserves.reserve(request())).isEqualTo(new Outcome.Reserved());
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("600");
	}

	@Test
	void givesAShareToOneCallOnly() {
		this.ledger.budget("b", 1_000L, null);
		reserve(300);
		Hold first = TestLedger.granted(draw(1, 300));
		assertThat(draw(1, 300)).isEqualTo(new Admission.ShareGone());
		this.billing.settle(this.ledger.settlement(first, 10));
		assertThat(draw(1, 300)).as("it has cost something").isEqualTo(new Admission.ShareGone());
	}

	@Test
	void givesAShareAgainWhoseCallCostNothing() {
		UUID budget = this.ledger.budget("b", 300L, null);
		reserve(300);
		this.billing.release(TestLedger.granted(draw(1, 300)), null);
		assertThat(this.billing.openHolds()).isZero();
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("300");
		assertThat(this.billing.admit(this.ledger.request(1))).isInstanceOf(Admission.OverBudget.class);
		TestLedger.granted(draw(1, 300));
	}

	@Test
	void putsNoMoreBackThanACallHeld() {
		UUID budget = this.ledger.budget("b", 300L, null);
		reserve(300);
		Hold cheap = TestLedger.granted(draw(1, 100));
		Hold other = TestLedger.granted(this.billing.admit(this.ledger.request(200)));
		this.billing.release(cheap, null);
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("300");
		assertThat(draw(1, 300)).as("the rest is taken").isInstanceOf(Admission.OverBudget.class);
		this.billing.release(other, null);
		TestLedger.granted(draw(1, 300));
	}

	@Test
	void asksTheBudgetForWhatAShareLacks() {
		this.ledger.budget("b", 500L, null);
		reserve(300);
		assertThat(draw(1, 501)).isInstanceOfSatisfying(Admission.OverBudget.class,
				(over) -> assertThat(over.remainingNanos()).isEqualByComparingTo("500"));
		TestLedger.granted(draw(1, 500));
	}

	@Test
	void givesBackWhatWasNotDrawnAndLetsTheRestSettle() {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		reserve(300, 300);
		Hold inFlight = TestLedger.granted(draw(1, 300));
		this.reserves.release(this.ledger.tenant, this.reserve);
		this.reserves.release(this.ledger.tenant, this.reserve);
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("300");
		assertThat(draw(2, 300)).isEqualTo(new Admission.ShareGone());
		this.billing.settle(this.ledger.settlement(inFlight, 120));
		assertThat(this.ledger.held(budget)).isZero();
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("120");
		assertThat(this.ledger.count("hold") + this.ledger.count("reserve_share")).isZero();
	}

	@Test
	void givesACallsHoldBackToTheBudgetWhoseReserveIsGone() {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		reserve(300);
		Hold inFlight = TestLedger.granted(draw(1, 300));
		this.reserves.release(this.ledger.tenant, this.reserve);
		this.billing.release(inFlight, null);
		assertThat(this.ledger.held(budget)).isZero();
	}

	@Test
	void outlivesEveryLeaseWhileACallInFlightDoesNot() throws Exception {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		reserve(300, 300);
		Hold lost = TestLedger.granted(draw(1, 300));
		new Sweeper(this.ledger.database.gateway(2), BillingSettings.DEFAULTS)
			.tick(TestLedger.NOW.plus(Duration.ofDays(2)));
		assertThat(this.ledger.lines(lost.request().requestId())).containsExactly("estimate 300 lease_expired");
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("300");
		assertThat(draw(1, 300)).isEqualTo(new Admission.ShareGone());
		TestLedger.granted(draw(2, 300));
	}

	@Test
	void chargesTheWindowThatTheReserveWasAdmittedIn() {
		UUID budget = this.ledger.budget("b", 300L, null);
		reserve(300);
		this.ledger.clock.set(TestLedger.NOW.plus(Duration.ofDays(30)));
		Hold hold = TestLedger.granted(draw(1, 300));
		this.billing.settle(this.ledger.settlement(hold, 50));
		assertThat(this.ledger.strings("SELECT window_start || ' ' || settled FROM balance WHERE budget_id = ?::uuid",
				budget))
			.containsExactly(
					this.ledger.one("SELECT window_start FROM balance WHERE budget_id = ?::uuid", budget) + " 50");
	}

	@Test
	void admitsNothingUnderALimitThatWasLowered() {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		reserve(300, 300);
		lower(budget, 500);
		assertThat(draw(1, 300)).isInstanceOf(Admission.OverBudget.class);
		assertThat(this.ledger.held(budget)).as("the share stays").isEqualByComparingTo("600");
		lower(budget, 600);
		TestLedger.granted(draw(1, 300));
	}

	@Test
	void countsInABudgetThatIsMadeLater() {
		reserve(300, 300);
		UUID budget = this.ledger.budget("later", 700L, null);
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("600");
		this.billing.settle(this.ledger.settlement(TestLedger.granted(draw(1, 300)), 30));
		this.billing.release(TestLedger.granted(draw(2, 300)), null);
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("300");
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("30");
	}

	@Test
	void neverPassesTheLimitWhileOnlineCallsTakeWhatTheyCanOnTwoReplicas() throws Exception {
		int shares = 60;
		UUID budget = this.ledger.budget("tight", 60 * 50 + 200L, null);
		reserve(IntStream.range(0, shares).map((share) -> 50).toArray());
		List<JdbcBillingService> replicas = List.of(this.billing, this.ledger.service());
		BudgetSnapshot budgets = this.ledger.budgets();
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<?>> work = new ArrayList<>();
			for (int i = 0; i < shares; i++) {
				int share = i + 1;
				JdbcBillingService replica = replicas.get(i % 2);
				work.add(threads.submit(() -> {
					Hold hold = TestLedger.granted(draw(replica, budgets, share, 50));
					if (share % 3 == 0) {
						replica.release(hold, null);
						hold = TestLedger.granted(draw(replica, budgets, share, 50));
					}
					replica.settle(this.ledger.settlement(hold, 50));
				}));
				work.add(threads.submit(() -> {
					if (replica.admit(this.ledger.request(40, budgets)) instanceof Admission.Granted(Hold online)) {
						replica.settle(this.ledger.settlement(online, 1));
					}
				}));
			}
			for (Future<?> each : work) {
				each.get();
			}
		}
		assertThat(this.ledger.held(budget)).isZero();
		assertThat(this.ledger.settled(budget)).isLessThanOrEqualTo(new BigDecimal(60 * 50 + 200))
			.isGreaterThanOrEqualTo(new BigDecimal(60 * 50));
		assertThat(this.ledger.one("SELECT count(*) FROM ledger_line WHERE account = 'usage' AND amount_nanos = 50"))
			.isEqualTo("60");
	}

	private void lower(UUID budget, long limit) {
		this.ledger.execute("UPDATE budget SET hard_limit_nanos = ?::numeric WHERE id = ?::uuid", limit, budget);
	}

	private void reserve(int... nanos) {
		this.reserves.addShares(this.ledger.tenant, this.reserve, shares(nanos));
		assertThat(this.reserves.reserve(request())).isEqualTo(new Outcome.Reserved());
	}

	private Reserves.Request request() {
		return new Reserves.Request(this.reserve, this.ledger.chargeTo(),
				List.of(new Reserves.Part(this.part, this.ledger.deployment, this.ledger.card(TestLedger.USD))),
				this.ledger.budgets(), TestLedger.NOW);
	}

	private List<Reserves.Share> shares(int... nanos) {
		return IntStream.range(0, nanos.length)
			.mapToObj((share) -> new Reserves.Share(share + 1, this.part, nanos[share]))
			.toList();
	}

	private Admission draw(int share, long worstCase) {
		return draw(this.billing, this.ledger.budgets(), share, worstCase);
	}

	private Admission draw(JdbcBillingService replica, BudgetSnapshot budgets, int share, long worstCase) {
		HoldRequest asked = this.ledger.request(worstCase, budgets);
		long reserved = Long.parseLong(this.ledger
			.strings("SELECT nanos FROM reserve_share WHERE share = ?::integer UNION ALL SELECT 300", share)
			.getFirst());
		return replica.admit(new HoldRequest(asked.holdId(), asked.requestId(), 1, asked.chargeTo(), asked.deployment(),
				asked.priceCard(), asked.worstCaseNanos(), asked.worstCaseTokens(), false, budgets, TestLedger.NOW,
				new ReserveShare(this.reserve, this.part, share, reserved, TestLedger.NOW)));
	}

}
