package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.Settlement;
import io.exchequer.kernel.TenantId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The statement for the usual case moves everything or nothing, and leaves behind what
 * the statements for the unusual ones would.
 */
class PostingBatchIT {

	private static final long FENCE = 7;

	private static final String COLUMNS = """
			SELECT string_agg(column_name, ', ' ORDER BY ordinal_position) FROM information_schema.columns
			WHERE table_name = '%s' AND column_name NOT IN ('request_id', 'id', 'hold_id', 'transaction_id', 'owner')""";

	private TestLedger ledger;

	private LedgerBatches batches;

	@BeforeEach
	void start() {
		this.ledger = new TestLedger();
		this.batches = new LedgerBatches(this.ledger.database.gateway(2), this.ledger.clock, UUID.randomUUID(),
				Duration.ofSeconds(60), (connection) -> FENCE, (hold, leasedAt) -> {
				}, this::run);
	}

	@AfterEach
	void stop() {
		this.ledger.close();
	}

	@Test
	void leavesTheSameRowsAsTheStatementsThatLookAtEachRow() throws Exception {
		UUID budget = this.ledger.budget("all", 1_000_000L, 500_000L);
		this.ledger.budget("tag", BudgetScope.Type.TAG, "a\"b\\c, {d}", new BudgetWindow.Day(), 1_000_000L, null);
		this.ledger.budget("free", BudgetScope.Type.KEY, this.ledger.key.toString(), new BudgetWindow.Total(), null,
				9L);
		ChargeTo to = this.ledger.chargeTo(List.of("a\"b\\c, {d}", "é"), 1000, 100_000);
		BudgetSnapshot budgets = this.ledger.budgets();
		// The first use of each window and minute goes row by row.
		Hold first = admit(request(budgets, to, 100));
		settle(this.ledger.settlement(first, 60));

		Hold usual = new Hold(request(budgets, to, 100), FENCE);
		List<LedgerCall<?>> admission = List.of(call(usual.request(), false));
		post(admission);
		Hold careful = admit(request(budgets, to, 100), true);
		assertThat(rows("hold", usual)).hasSize(1).isEqualTo(rows("hold", careful));
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("200");

		post(List.of(new SettleCall(SettleCall.Ending.settle(settlement(usual), TestLedger.PRICING))));
		try (Connection connection = this.ledger.database.gateway(1).getConnection()) {
			new SettleBatch(List.of(new SettleCall(SettleCall.Ending.settle(settlement(careful), TestLedger.PRICING))))
				.run(connection);
		}
		assertThat(rows("ledger_line", usual)).hasSize(2).isEqualTo(rows("ledger_line", careful));
		assertThat(rows("decision", usual)).hasSize(1).isEqualTo(rows("decision", careful));
		assertThat(this.ledger.count("hold")).isZero();
		assertThat(this.ledger.one("SELECT tokens FROM rate_window")).isEqualTo(String.valueOf(3 * (60 + 3)));
		this.ledger.assertBooksBalance();
	}

	@Test
	void admitsUpToTheLimitExactlyAndNothingMore() throws Exception {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		ChargeTo to = this.ledger.chargeTo();
		Hold first = admit(request(budgets, to, 400));
		post(List.of(call(request(budgets, to, 300), false), call(request(budgets, to, 300), false)));
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("1000");
		assertNothingDone(List.of(call(request(budgets, to, 1), false)));
		// What a settlement of the same batch gives back is free for its admissions.
		post(List.of(call(request(budgets, to, 340), false),
				new SettleCall(SettleCall.Ending.settle(this.ledger.settlement(first, 60), TestLedger.PRICING))));
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("940");
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("60");
		assertNothingDone(List.of(call(request(budgets, to, 1), false)));
	}

	@Test
	void doesNothingWhereBudgetsHaveChanged() throws Exception {
		this.ledger.budget("b", 1_000L, null);
		BudgetSnapshot before = this.ledger.budgets();
		Hold hold = admit(request(before, this.ledger.chargeTo(), 100));
		this.ledger.budget("another", 10L, null);
		assertNothingDone(List.of(call(request(before, this.ledger.chargeTo(), 1), false)));
		assertNothingDone(List
			.of(new SettleCall(SettleCall.Ending.settle(this.ledger.settlement(hold, 60), TestLedger.PRICING))));
	}

	@Test
	void doesNothingWhereAHoldIsGone() throws Exception {
		this.ledger.budget("b", 1_000L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		Hold there = admit(request(budgets, this.ledger.chargeTo(), 100));
		Hold never = new Hold(request(budgets, this.ledger.chargeTo(), 100), FENCE);
		assertNothingDone(List.of(
				new SettleCall(SettleCall.Ending.settle(this.ledger.settlement(there, 60), TestLedger.PRICING)),
				new SettleCall(SettleCall.Ending.settle(this.ledger.settlement(never, 60), TestLedger.PRICING))));
	}

	@Test
	void doesNothingOverARate() throws Exception {
		ChargeTo to = this.ledger.chargeTo(List.of(), 2, 500);
		BudgetSnapshot budgets = this.ledger.budgets();
		admit(request(budgets, to, 100));
		assertNothingDone(List.of(call(request(budgets, to, 1), false), call(request(budgets, to, 1), false)));
		assertNothingDone(List.of(call(request(budgets, to, 401), false)));
		post(List.of(call(request(budgets, to, 400), false)));
		assertThat(this.ledger.one("SELECT requests || ' ' || tokens FROM rate_window")).isEqualTo("2 500");
	}

	@Test
	void answersEachCallOfABatchInWhichNotEverythingIsAsUsual() {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		ChargeTo to = this.ledger.chargeTo();
		Hold hold = admit(request(budgets, to, 400));
		AdmitCall fits = call(request(budgets, to, 300), false);
		AdmitCall tooMuch = call(request(budgets, to, 701), false);
		SettleCall settled = new SettleCall(
				SettleCall.Ending.settle(this.ledger.settlement(hold, 60), TestLedger.PRICING));
		run(List.of(fits, tooMuch, settled));
		assertThat(outcome(fits)).isInstanceOf(Admission.Granted.class);
		assertThat(outcome(tooMuch)).isInstanceOf(Admission.OverBudget.class);
		assertThat(settled.finished()).isTrue();
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("300");
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("60");
		this.ledger.assertBooksBalance();
	}

	@Test
	void letsNobodyWaitForATenantWhoseBudgetsAreBeingChanged() throws Exception {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		Hold hold = admit(request(budgets, this.ledger.chargeTo(), 100));
		ChargeTo own = this.ledger.chargeTo();
		ChargeTo other = new ChargeTo(new TenantId(TestLedger.IDS.next()), own.team(), own.project(), own.key(), null,
				"chat", List.of(), null, null);
		List<AdmitCall> waiting = new ArrayList<>();
		SettleCall settlement = new SettleCall(
				SettleCall.Ending.settle(this.ledger.settlement(hold, 60), TestLedger.PRICING));
		try (Connection administration = this.ledger.owner.getConnection()) {
			administration.setAutoCommit(false);
			try (var lock = administration.prepareStatement("SELECT pg_advisory_xact_lock(tenant_lock(?))")) {
				lock.setObject(1, this.ledger.tenant.value());
				lock.execute();
			}
			for (int i = 0; i < 3; i++) {
				AdmitCall waits = call(request(budgets, own, 10), false);
				AdmitCall passes = call(request(budgets, other, 10), false);
				waiting.add(waits);
				run((i == 0) ? List.of(settlement, waits, passes) : List.of(waits, passes));
				assertThat(outcome(passes)).isInstanceOf(Admission.Granted.class);
				assertThat(waits.finished()).isFalse();
			}
			administration.rollback();
		}
		await().atMost(Duration.ofSeconds(20)).until(() -> waiting.stream().allMatch(AdmitCall::finished));
		assertThat(waiting).allSatisfy((call) -> assertThat(outcome(call)).isInstanceOf(Admission.Granted.class));
		assertThat(settlement.outcome()).isInstanceOf(SettleCall.Outcome.Done.class);
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("30");
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("60");
		this.ledger.assertBooksBalance();
		// Afterwards the tenant's calls are as everybody's.
		assertThat(postings(() -> run(call(request(budgets, own, 10), false)))).isOne();
	}

	@Test
	void grantsOneHoldToAllWhoAskForItInOneBatch() {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		for (int round = 1; round <= 2; round++) {
			// Row by row at first, in the statement for the usual case afterwards.
			HoldRequest request = request(budgets, this.ledger.chargeTo(), 400);
			List<AdmitCall> calls = List.of(call(request, false), call(request, false), call(request, false));
			run(calls);
			assertThat(calls).allSatisfy((call) -> assertThat(outcome(call)).isInstanceOf(Admission.Granted.class));
			assertThat(this.ledger.held(budget)).isEqualByComparingTo(String.valueOf(round * 400));
		}
		HoldRequest tooMuch = request(budgets, this.ledger.chargeTo(), 201);
		List<AdmitCall> calls = List.of(call(tooMuch, false), call(tooMuch, false));
		run(calls);
		assertThat(calls).allSatisfy((call) -> assertThat(outcome(call)).isInstanceOf(Admission.OverBudget.class));
		assertThat(this.ledger.count("hold")).isEqualTo(2);
	}

	@Test
	void countsWhatAHoldOfNothingCostAfterAll() {
		UUID budget = this.ledger.budget("day", BudgetScope.Type.TENANT, this.ledger.tenant.toString(),
				new BudgetWindow.Day(), 1_000L, null);
		this.ledger.clock.set(TestLedger.NOW.plus(Duration.ofDays(3)));
		Hold hold = admit(request(this.ledger.budgets(), this.ledger.chargeTo(), 0));
		settle(this.ledger.settlement(hold, 60));
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("60");
		this.ledger.assertBooksBalance();
	}

	@Test
	void triesTheUsualOnlyWhereItsRowsAreKnownToBeThere() {
		this.ledger.budget("b", 1_000L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		ChargeTo rated = this.ledger.chargeTo(List.of(), 100, null);
		assertThat(postings(() -> run(call(request(budgets, rated, 1), false)))).isZero();
		assertThat(postings(() -> run(call(request(budgets, rated, 1), false)))).isOne();
		this.ledger.clock.set(TestLedger.NOW.plusSeconds(60));
		assertThat(postings(() -> run(call(request(budgets, rated, 1), false)))).isZero();
		assertThat(postings(() -> run(call(request(budgets, rated, 1), false)))).isOne();
	}

	@Test
	void endsRowByRowWhatWasHeldUnderOlderBudgets() {
		this.ledger.budget("b", 1_000L, null);
		BudgetSnapshot before = this.ledger.budgets();
		Hold hold = admit(request(before, this.ledger.chargeTo(), 100));
		UUID later = this.ledger.budget("later", 1_000L, null);
		admit(request(this.ledger.budgets(), this.ledger.chargeTo(), 1));
		assertThat(postings(() -> settle(this.ledger.settlement(hold, 60)))).isZero();
		assertThat(this.ledger.settled(later)).isEqualByComparingTo("60");
		this.ledger.assertBooksBalance();
	}

	@Test
	void keepsWhatHasJustRefusedOutOfTheOthersWay() {
		this.ledger.budget("b", 10L, null);
		BudgetSnapshot budgets = this.ledger.budgets();
		run(call(request(budgets, this.ledger.chargeTo(), 1), false));
		AdmitCall over = call(request(budgets, this.ledger.chargeTo(), 11), false);
		run(over);
		this.batches.refused(((Admission.OverBudget) outcome(over)).budgetId());
		assertThat(postings(() -> run(call(request(budgets, this.ledger.chargeTo(), 11), false)))).isZero();
		this.ledger.clock.set(TestLedger.NOW.plusSeconds(2));
		assertThat(postings(() -> run(call(request(budgets, this.ledger.chargeTo(), 11), false)))).isOne();
	}

	/** Returns how often the statement for the usual case was tried meanwhile. */
	private long postings(Runnable work) {
		String count = "SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM tries";
		if (this.ledger.strings("SELECT 1 FROM pg_sequences WHERE sequencename = 'tries'").isEmpty()) {
			this.ledger.execute("CREATE SEQUENCE tries");
			this.ledger.execute("GRANT USAGE ON SEQUENCE tries TO exchequer_gateway");
			this.ledger.execute("ALTER FUNCTION post_batch RENAME TO posted");
			this.ledger.execute("""
					CREATE FUNCTION post_batch(t posting_tenant[], e posting_ending[], b posting_balance[],
						m posting_minute[], h posting_hold[], l posting_entry[], d posting_decision[]) RETURNS void
						LANGUAGE sql AS 'SELECT nextval(''tries''); SELECT posted(t, e, b, m, h, l, d)'""");
		}
		long before = Long.parseLong(this.ledger.one(count));
		work.run();
		return Long.parseLong(this.ledger.one(count)) - before;
	}

	private HoldRequest request(BudgetSnapshot budgets, ChargeTo to, long worstCase) {
		return this.ledger.request(worstCase, budgets, to, 1);
	}

	private static AdmitCall call(HoldRequest request, boolean retry) {
		List<Charge> charges = new ArrayList<>();
		Charge.gather(request, charges);
		return new AdmitCall(request, charges, retry, (late) -> {
		});
	}

	private Hold admit(HoldRequest request) {
		return admit(request, false);
	}

	private Hold admit(HoldRequest request, boolean careful) {
		AdmitCall call = call(request, careful);
		run(call);
		return TestLedger.granted(outcome(call));
	}

	private static Admission outcome(AdmitCall call) {
		try {
			return call.outcome();
		}
		catch (UnavailableException ex) {
			throw new AssertionError(ex);
		}
	}

	private void settle(Settlement settlement) {
		run(new SettleCall(SettleCall.Ending.settle(settlement, TestLedger.PRICING)));
	}

	private void run(LedgerCall<?> call) {
		run(List.of(call));
	}

	private void run(List<? extends LedgerCall<?>> calls) {
		this.batches.run(new ArrayList<>(calls), () -> {
		});
	}

	private Settlement settlement(Hold hold) {
		Settlement plain = this.ledger.settlement(hold, 60);
		return new Settlement(hold, plain.usage(), null, "flex \"x\"", new UUID(5, 5), "up\\1", new DecisionRow(
				this.ledger.tenant, hold.request().requestId(), null, new byte[] { 1, -1, 0 }, plain.at()), plain.at());
	}

	private void post(List<LedgerCall<?>> calls) throws SQLException {
		try (Connection connection = this.ledger.database.gateway(1).getConnection()) {
			PostingBatch posting = new PostingBatch(calls, new UUID(0, 1), FENCE, TestLedger.NOW.plusSeconds(60));
			posting.run(connection);
			posting.finish((hold) -> {
			});
		}
	}

	private void assertNothingDone(List<LedgerCall<?>> calls) {
		List<String> before = everything();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> post(calls))
			.satisfies((ex) -> assertThat(ex.getSQLState()).startsWith("XQ"));
		assertThat(everything()).isEqualTo(before);
		assertThat(calls).noneMatch(GroupCommit.Entry::finished);
	}

	private List<String> everything() {
		return this.ledger.strings("SELECT b::text FROM balance b UNION ALL SELECT h::text FROM hold h UNION ALL "
				+ "SELECT l::text FROM ledger_line l UNION ALL SELECT w::text FROM rate_window w ORDER BY 1");
	}

	/** Returns a request's rows without what tells one from another. */
	private List<String> rows(String table, Hold hold) {
		String columns = this.ledger.one(COLUMNS.formatted(table));
		return this.ledger.strings(
				"SELECT row(" + columns + ")::text FROM " + table + " WHERE request_id = ?::uuid ORDER BY 1",
				hold.request().requestId());
	}

}
