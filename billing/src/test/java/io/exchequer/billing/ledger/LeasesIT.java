package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.Hold;
import io.exchequer.kernel.TenantId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

class LeasesIT {

	private final BillingSettings settings = BillingSettings.DEFAULTS;

	private TestLedger ledger;

	private JdbcBillingService billing;

	private LeaseKeeper keeper;

	private Sweeper sweeper;

	@BeforeEach
	void create() {
		this.ledger = new TestLedger();
		this.billing = this.ledger.service();
		this.keeper = new LeaseKeeper(this.ledger.database.gateway(2), this.settings, this.billing);
		this.sweeper = new Sweeper(this.ledger.database.gateway(2), this.settings);
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

	private Instant after(Duration duration) {
		this.ledger.clock.set(TestLedger.NOW.plus(duration));
		return this.ledger.clock.instant();
	}

	@Test
	void keepsARenewedHoldOpenForAsLongAsItsProcessLives() throws SQLException {
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(10)));
		for (int seconds = 20; seconds <= 300; seconds += 20) {
			Instant now = after(Duration.ofSeconds(seconds));
			this.keeper.tick(now);
			assertThat(this.sweeper.tick(now)).isZero();
		}
		this.billing.settle(this.ledger.settlement(hold, 3));
		assertThat(this.ledger.lines(hold.request().requestId())).containsExactly("settlement 3");
	}

	@Test
	void leavesYoungLeasesAlone() throws SQLException {
		TestLedger.granted(this.billing.admit(this.ledger.request(10)));
		String lease = this.ledger.one("SELECT lease_until FROM hold");
		this.keeper.tick(after(Duration.ofSeconds(19)));
		assertThat(this.ledger.one("SELECT lease_until FROM hold")).isEqualTo(lease);
		this.keeper.tick(after(Duration.ofSeconds(20)));
		assertThat(this.ledger.one("SELECT lease_until FROM hold")).isNotEqualTo(lease);
	}

	@Test
	void settlesTheHoldsOfADeadProcessAtTheirFullAmounts() throws SQLException {
		UUID budget = this.ledger.budget("b", 1_000L, null);
		JdbcBillingService doomed = this.ledger.service();
		Hold lost = TestLedger.granted(doomed.admit(this.ledger.request(70)));
		Hold kept = TestLedger.granted(this.billing.admit(this.ledger.request(50)));
		doomed.close();
		this.keeper.tick(after(Duration.ofSeconds(30)));
		assertThat(this.sweeper.tick(after(Duration.ofSeconds(61)))).isEqualTo(1);
		assertThat(this.ledger.lines(lost.request().requestId())).containsExactly("estimate 70 lease_expired");
		assertThat(this.ledger.settled(budget)).isEqualByComparingTo("70");
		assertThat(this.ledger.held(budget)).isEqualByComparingTo("50");
		this.billing.settle(this.ledger.settlement(kept, 5));
	}

	@Test
	@Timeout(30)
	void leavesTheHoldsOfATenantWhoseBudgetsAreBeingChangedToTheNextSweep() throws SQLException {
		ChargeTo own = this.ledger.chargeTo();
		ChargeTo other = new ChargeTo(new TenantId(TestLedger.IDS.next()), own.team(), own.project(), own.key(), null,
				"chat", List.of(), null, null);
		Hold waits = TestLedger.granted(this.billing.admit(this.ledger.request(70)));
		Hold passes = TestLedger.granted(this.billing.admit(this.ledger.request(50, this.ledger.budgets(), other, 1)));
		Instant now = after(Duration.ofSeconds(61));
		try (Connection administration = this.ledger.owner.getConnection();
				Statement lock = administration.createStatement()) {
			administration.setAutoCommit(false);
			lock.execute("SELECT pg_advisory_xact_lock(tenant_lock('" + this.ledger.tenant + "'))");
			assertThat(this.sweeper.tick(now)).isEqualTo(1);
			administration.rollback();
		}
		assertThat(this.ledger.lines(passes.request().requestId())).containsExactly("estimate 50 lease_expired");
		assertThat(this.ledger.lines(waits.request().requestId())).isEmpty();
		assertThat(this.sweeper.tick(now)).isEqualTo(1);
		assertThat(this.ledger.lines(waits.request().requestId())).containsExactly("estimate 70 lease_expired");
	}

	@Test
	void givesUpALeaseThatWasLostAndStillSettlesIt() throws SQLException {
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(10)));
		Instant now = after(Duration.ofSeconds(61));
		assertThat(this.sweeper.tick(now)).isEqualTo(1);
		this.keeper.tick(now);
		assertThat(this.billing.openHolds()).isZero();
		this.billing.settle(this.ledger.settlement(hold, 4));
		assertThat(this.ledger.lines(hold.request().requestId())).containsExactly("estimate 10 lease_expired",
				"reversal -10 lease_expired", "settlement 4");
	}

	@Test
	void doesNotRenewAnothersLease() throws SQLException {
		TestLedger.granted(this.billing.admit(this.ledger.request(10)));
		this.ledger.execute("UPDATE hold SET fence = fence + 1");
		Instant now = after(Duration.ofSeconds(30));
		this.keeper.tick(now);
		assertThat(this.billing.openHolds()).isZero();
		assertThat(this.sweeper.tick(after(Duration.ofSeconds(61)))).isEqualTo(1);
	}

	@Test
	void makesPartitionsAheadAndDropsOldDecisions() throws SQLException {
		this.sweeper.tick(TestLedger.NOW);
		assertThat(
				this.ledger.strings("SELECT relid FROM pg_partition_tree('ledger_line') WHERE isleaf ORDER BY 1::text"))
			.containsExactlyInAnyOrder("ledger_line_default", "ledger_line_2026_11", "ledger_line_2026_12",
					"ledger_line_2027_01");
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(10)));
		this.billing.settle(this.ledger.settlement(hold, 4));
		assertThat(this.ledger.count("ledger_line_2026_11")).isEqualTo(2);
		this.billing.record(new io.exchequer.billing.DecisionRow(this.ledger.tenant, hold.request().requestId(), null,
				new byte[] { 1 }, TestLedger.NOW));
		assertThat(this.ledger.count("decision_2026_11_22")).isOne();
		Instant inTime = TestLedger.NOW.plus(Duration.ofDays(30));
		this.sweeper.tick(inTime);
		assertThat(this.ledger.count("decision")).isOne();
		this.sweeper.tick(inTime.plus(Duration.ofDays(1)));
		assertThat(this.ledger.count("decision")).isZero();
		assertThat(this.ledger.strings("SELECT to_regclass('decision_2026_11_22')")).containsExactly("null");
		assertThat(this.ledger.count("ledger_line")).isEqualTo(2);
	}

	@Test
	void leavesRowsOfTheDefaultPartitionWhereTheyAre() throws SQLException {
		Hold hold = TestLedger.granted(this.billing.admit(this.ledger.request(10)));
		this.billing.settle(this.ledger.settlement(hold, 4));
		assertThat(this.ledger.count("ledger_line_default")).isEqualTo(2);
		this.sweeper.tick(TestLedger.NOW);
		assertThat(this.ledger.count("ledger_line")).isEqualTo(2);
		assertThat(this.ledger.strings("SELECT to_regclass('ledger_line_2026_11'), 1")).containsExactly("null");
		assertThat(this.ledger.strings("SELECT to_regclass('ledger_line_2026_12')"))
			.containsExactly("ledger_line_2026_12");
	}

}
