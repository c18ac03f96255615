package io.exchequer.billing.ledger;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import javax.sql.DataSource;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.Hold;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.Settlement;
import io.exchequer.billing.budget.BudgetSnapshotLoader;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Model;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.Provider;
import io.exchequer.testing.TestDatabase;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in a database of its own, with one tenant's people and one deployment whose
 * output costs one nano-unit a token.
 */
final class TestLedger implements AutoCloseable {

	static final Currency USD = Currency.getInstance("USD");

	static final Instant NOW = Instant.parse("2026-11-22T10:15:30.123456Z");

	static final Uuid7 IDS = new Uuid7(Clock.systemUTC());

	static final Pricing PRICING = PriceCard::price;

	final TestDatabase database = TestDatabase.create();

	final TestClock clock = new TestClock(NOW);

	final DataSource owner = this.database.owner();

	final TenantId tenant = new TenantId(IDS.next());

	final TeamId team = new TeamId(IDS.next());

	final ProjectId project = new ProjectId(IDS.next());

	final KeyId key = new KeyId(IDS.next());

	final Deployment deployment = deployment();

	private final List<JdbcBillingService> services = new ArrayList<>();

	JdbcBillingService service() {
		return service(BillingSettings.DEFAULTS);
	}

	/** Makes a replica with a pool of its own. */
	JdbcBillingService service(BillingSettings settings) {
		return service(settings, this.database.gateway(8));
	}

	JdbcBillingService service(BillingSettings settings, DataSource dataSource) {
		JdbcBillingService service = new JdbcBillingService(dataSource, settings, this.clock, PRICING);
		this.services.add(service);
		return service;
	}

	ChargeTo chargeTo() {
		return chargeTo(List.of(), null, null);
	}

	ChargeTo chargeTo(List<String> tags, @Nullable Integer rpm, @Nullable Integer tpm) {
		return new ChargeTo(this.tenant, this.team, this.project, this.key, "cc-1", "chat", tags, rpm, tpm);
	}

	BudgetSnapshot budgets() {
		try (Connection connection = this.owner.getConnection()) {
			connection.setAutoCommit(false);
			connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
			BudgetSnapshot budgets = new BudgetSnapshotLoader().load(connection);
			connection.rollback();
			return budgets;
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Makes a monthly budget on the tenant. */
	UUID budget(String name, @Nullable Long hard, @Nullable Long soft) {
		return budget(name, BudgetScope.Type.TENANT, this.tenant.toString(), new BudgetWindow.Month(), hard, soft);
	}

	UUID budget(String name, BudgetScope.Type type, String value, BudgetWindow window, @Nullable Long hard,
			@Nullable Long soft) {
		UUID id = IDS.next();
		try (Connection connection = this.owner.getConnection()) {
			connection.setAutoCommit(false);
			execute(connection, "SELECT set_config('exchequer.tenant', '*', true)");
			execute(connection, """
					INSERT INTO budget VALUES (?::uuid, ?::uuid, ?, ?, ?, ?, 'UTC', 'USD', ?::numeric, ?::numeric,
						now(), now())""", this.tenant, id, name, type.text(), value, window.name(), hard, soft);
			BudgetWindow.Period period = window.period(NOW, ZoneId.of("UTC"));
			execute(connection, "SELECT open_budget(?::uuid, ?::uuid, ?::bigint[], ?::bigint[])", this.tenant, id,
					"{" + Parameters.micros(period.start()) + "}",
					"{" + ((period.end() != null) ? Parameters.micros(period.end()) : null) + "}");
			connection.commit();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		return id;
	}

	HoldRequest request(long worstCase) {
		return request(worstCase, budgets());
	}

	HoldRequest request(long worstCase, BudgetSnapshot budgets) {
		return request(worstCase, budgets, chargeTo(), 1);
	}

	HoldRequest request(long worstCase, BudgetSnapshot budgets, ChargeTo chargeTo, int attempt) {
		return new HoldRequest(IDS.next(), IDS.next(), attempt, chargeTo, this.deployment, card(USD), worstCase,
				worstCase, false, budgets, this.clock.instant());
	}

	PriceCard card(Currency currency) {
		return card(new UUID(1, 1), currency, "0.001");
	}

	/**
	 * Returns a dollar card with a price per million tokens of output, and of nothing
	 * else.
	 */
	PriceCard card(UUID id, String output) {
		return card(id, USD, output);
	}

	private PriceCard card(UUID id, Currency currency, String output) {
		return new PriceCard(id, this.deployment.id(), 1, Instant.EPOCH, currency, List.of(new PriceTier("default", 0,
				Map.of(UsageBucket.INPUT, BigDecimal.ZERO, UsageBucket.OUTPUT, new BigDecimal(output)))));
	}

	static Hold granted(Admission admission) {
		if (admission instanceof Admission.Granted(Hold hold)) {
			return hold;
		}
		throw new AssertionError("not granted: " + admission);
	}

	Settlement settlement(Hold hold, long cost) {
		return new Settlement(hold, TokenUsage.of(Map.of(UsageBucket.INPUT, 3L, UsageBucket.OUTPUT, cost)), null,
				"default", null, "up-1", null, this.clock.instant());
	}

	Settlement estimate(Hold hold, String reason) {
		return new Settlement(hold, null, reason, "default", null, null, null, this.clock.instant());
	}

	BigDecimal settled(UUID budget) {
		return new BigDecimal(one("SELECT coalesce(sum(settled), 0) FROM balance WHERE budget_id = ?::uuid", budget));
	}

	BigDecimal held(UUID budget) {
		return new BigDecimal(one("SELECT coalesce(sum(held), 0) FROM balance WHERE budget_id = ?::uuid", budget));
	}

	/** Returns each usage line's kind and amount, in the order they were posted. */
	List<String> lines(UUID request) {
		return strings("SELECT kind || ' ' || amount_nanos || coalesce(' ' || estimated_reason, '') FROM ledger_line "
				+ "WHERE request_id = ?::uuid AND account = 'usage' ORDER BY posted_at, array_position('{estimate,reversal}', kind)",
				request);
	}

	/** Asserts that balances are what ledger and holds say, and that all sums to zero. */
	void assertBooksBalance() {
		List<String> off = strings("SELECT budget_id || ': settled ' || settled || ' but ledger ' || ledger_settled "
				+ "|| ', held ' || held || ' but holds ' || holds_held FROM recomputed_balances(?::uuid) "
				+ "WHERE settled <> ledger_settled OR held <> holds_held", this.tenant);
		if (!off.isEmpty()) {
			throw new AssertionError("balances differ: " + off);
		}
		String sum = one("SELECT coalesce(sum(amount_nanos), 0) FROM ledger_line");
		if (!sum.equals("0")) {
			throw new AssertionError("the ledger sums to " + sum);
		}
	}

	long count(String table) {
		return Long.parseLong(one("SELECT count(*) FROM " + table));
	}

	String one(String sql, @Nullable Object... values) {
		return strings(sql, values).getFirst();
	}

	List<String> strings(String sql, @Nullable Object... values) {
		List<String> result = new ArrayList<>();
		try (Connection connection = this.owner.getConnection();
				PreparedStatement statement = connection.prepareStatement(sql)) {
			bind(statement, values);
			try (ResultSet row = statement.executeQuery()) {
				while (row.next()) {
					result.add(String.valueOf(row.getString(1)));
				}
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		return result;
	}

	void execute(String sql, @Nullable Object... values) {
		try (Connection connection = this.owner.getConnection()) {
			execute(connection, sql, values);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void execute(Connection connection, String sql, @Nullable Object... values) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			bind(statement, values);
			statement.execute();
		}
	}

	private static void bind(PreparedStatement statement, @Nullable Object... values) throws SQLException {
		for (int i = 0; i < values.length; i++) {
			Object value = values[i];
			statement.setString(i + 1, (value != null) ? value.toString() : null);
		}
	}

	private static Deployment deployment() {
		Capabilities capabilities = new Capabilities(Set.of(Modality.TEXT), Set.of(Modality.TEXT), false, false, false,
				1000, 1000, null);
		Model model = new Model(new ModelId(IDS.next()), "echo", "Echo", capabilities,
				new Lifecycle(Lifecycle.Stage.ACTIVE, null, null));
		Provider provider = new Provider(IDS.next(), "demo", "demo", "", Map.of());
		return new Deployment(new DeploymentId(IDS.next()), "demo/echo", model, provider, "echo", null,
				DataClass.RESTRICTED, DeploymentSettings.DEFAULTS, true, false);
	}

	static BigDecimal nanos(long value) {
		return new BigDecimal(value).setScale(0, RoundingMode.UNNECESSARY);
	}

	@Override
	public void close() {
		this.services.forEach(JdbcBillingService::close);
		this.database.close();
	}

	/** A clock that stands still until it is moved. */
	static final class TestClock extends Clock {

		private volatile Instant now;

		TestClock(Instant now) {
			this.now = now;
		}

		void set(Instant instant) {
			this.now = instant;
		}

		@Override
		public Instant instant() {
			return this.now;
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	}

}
