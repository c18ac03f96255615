package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import javax.sql.DataSource;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What the database itself refuses, and what a refusal does to its neighbours.
 */
class LedgerRulesIT {

	private static TestLedger ledger;

	private static JdbcBillingService billing;

	@BeforeAll
	static void create() throws SQLException {
		ledger = new TestLedger();
		billing = ledger.service();
		new Sweeper(ledger.database.gateway(2), BillingSettings.DEFAULTS).tick(TestLedger.NOW);
		Hold hold = TestLedger.granted(billing.admit(ledger.request(10)));
		billing.settle(ledger.settlement(hold, 4));
	}

	@AfterAll
	static void drop() {
		ledger.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "UPDATE ledger_line SET amount_nanos = 0", "DELETE FROM ledger_line",
			"TRUNCATE ledger_line", "UPDATE ledger_line_2026_11 SET amount_nanos = 0",
			"DELETE FROM ledger_line_2026_11", "TRUNCATE ledger_line_2026_11", "TRUNCATE ledger_line_default" })
	void refusesToChangeTheLedgerEvenForItsOwner(String change) {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> execute(ledger.owner, change))
			.withMessageContaining("append-only");
	}

	@ParameterizedTest
	@ValueSource(strings = { "UPDATE ledger_line SET amount_nanos = 0", "DELETE FROM ledger_line",
			"TRUNCATE ledger_line", "DROP TABLE ledger_line", "ALTER TABLE ledger_line DISABLE TRIGGER ALL",
			"DELETE FROM balance", "DELETE FROM decision", "UPDATE budget SET hard_limit_nanos = 0",
			"INSERT INTO ledger_line_2026_11 SELECT * FROM ledger_line" })
	void grantsTheGatewayNoneOfThis(String change) {
		DataSource gateway = ledger.database.gateway(1);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> execute(gateway, change))
			.matches((ex) -> "42501".equals(ex.getSQLState()), "insufficient privilege");
	}

	@ParameterizedTest
	@ValueSource(strings = { "INSERT INTO ledger_line SELECT * FROM ledger_line", "UPDATE balance SET settled = 0",
			"DELETE FROM hold", "DELETE FROM decision", "SELECT make_partition('decision', 'x', now(), now())" })
	void grantsTheConsoleNoneOfThis(String change) {
		DataSource console = ledger.database.console("*");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> execute(console, change))
			.matches((ex) -> "42501".equals(ex.getSQLState()), "insufficient privilege");
	}

	@Test
	void refusesATransactionThatDoesNotSumToZero() {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> execute(ledger.owner,
					"INSERT INTO ledger_line SELECT * FROM (SELECT (jsonb_populate_record(l, "
							+ "jsonb_build_object('transaction_id', gen_random_uuid()))).* FROM ledger_line l "
							+ "WHERE account = 'usage') x"))
			.withMessageContaining("sum to zero");
	}

	@Test
	void refusesToOpenABudgetOfATenantTheConnectionDoesNotSpeakFor() {
		DataSource console = ledger.database.console(UUID.randomUUID().toString());
		assertThatExceptionOfType(SQLException.class).isThrownBy(
				() -> execute(console, "SELECT open_budget('" + ledger.tenant + "', gen_random_uuid(), '{}', '{}')"))
			.matches((ex) -> "42501".equals(ex.getSQLState()), "insufficient privilege");
	}

	private static void execute(DataSource dataSource, String sql) throws SQLException {
		try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	@Test
	void keepsABadRowFromItsNeighbours() throws Exception {
		BudgetSnapshot budgets = ledger.budgets();
		ChargeTo good = ledger.chargeTo();
		ChargeTo bad = new ChargeTo(good.tenant(), good.team(), good.project(), good.key(), null, "chat",
				List.of("lone surrogate is fine", "x"), null, null);
		List<LedgerCall<?>> calls = new ArrayList<>();
		for (int i = 0; i < 7; i++) {
			HoldRequest request = ledger.request(10, budgets, (i == 3) ? bad : good, (i == 3) ? 0 : 1);
			calls.add(new AdmitCall(request, List.of(), false, (call) -> {
			}));
		}
		ledger.execute("ALTER TABLE hold ADD CONSTRAINT attempts CHECK (attempt >= 1)");
		new LedgerBatches(ledger.database.gateway(2), ledger.clock, UUID.randomUUID(), Duration.ofSeconds(60),
				(connection) -> 99, (hold, leasedAt) -> {
				}, (waited) -> {
				})
			.run(calls, () -> {
			});
		for (int i = 0; i < 7; i++) {
			AdmitCall call = (AdmitCall) calls.get(i);
			if (i == 3) {
				assertThatIllegalStateException().isThrownBy(call::outcome).withMessageContaining("attempts");
			}
			else {
				assertThat(call.outcome()).isInstanceOf(Admission.Granted.class);
			}
		}
		assertThat(ledger.count("hold WHERE fence = 99")).isEqualTo(6);
		ledger.execute("ALTER TABLE hold DROP CONSTRAINT attempts");
	}

	@Test
	void holdsOnceWhenTheSameHoldIsAskedForAtOnce() throws Exception {
		UUID budget = ledger.budget("b", 1_000L, null);
		HoldRequest request = ledger.request(600);
		JdbcBillingService other = ledger.service();
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			Future<Admission> one = threads.submit(() -> billing.admit(request));
			Future<Admission> two = threads.submit(() -> billing.admit(request));
			TestLedger.granted(one.get());
			TestLedger.granted(two.get());
		}
		assertThat(ledger.held(budget).add(ledger.settled(budget)))
			.isLessThanOrEqualTo(new java.math.BigDecimal("1000"));
		assertThat(ledger.count("hold WHERE id = '" + request.holdId() + "'")).isOne();
		assertThat(other.openHolds()).isZero();
	}

}
