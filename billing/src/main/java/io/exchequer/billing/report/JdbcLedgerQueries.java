package io.exchequer.billing.report;

import java.math.BigDecimal;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.billing.DecisionRow;
import io.exchequer.billing.LedgerQueries;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Reads through the interactive pool, each within a transaction, which tells the database
 * whose rows it may see.
 */
@Service
@Transactional(readOnly = true)
class JdbcLedgerQueries implements LedgerQueries {

	private static final String LINE = "SELECT " + UsageColumns.LIST + """
			, transaction_id, posted_at, admitted_at, kind, reverses, request_id, hold_id, attempt, team_id,
				project_id, key_id, cost_centre, task, tags, provider_id, model_id, deployment_id, price_card_id,
				service_tier, credential_id, upstream_request_id, estimated_reason, currency, amount_nanos
			FROM ledger_line l
			WHERE\s""";

	private final JdbcClient jdbc;

	JdbcLedgerQueries(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	@Override
	public Page lines(TenantId tenant, Filter filter, @Nullable String after, int limit) {
		if (limit < 1 || limit > PAGE_MAX) {
			throw ValidationProblem.of("invalid_limit", "limit", "must be 1 to " + PAGE_MAX);
		}
		Conditions conditions = new Conditions(tenant, filter);
		if (after != null) {
			Cursor cursor = Cursor.parse(after);
			conditions.add("(posted_at, transaction_id) < (?, ?)", timestamp(cursor.postedAt()),
					cursor.transactionId());
		}
		List<Line> lines = this.jdbc
			.sql(LINE + conditions.sql() + " ORDER BY posted_at DESC, transaction_id DESC LIMIT " + (limit + 1))
			.params(conditions.values())
			.query((row, n) -> line(row))
			.list();
		if (lines.size() <= limit) {
			return new Page(lines, null);
		}
		Line last = lines.get(limit - 1);
		return new Page(List.copyOf(lines.subList(0, limit)),
				new Cursor(last.postedAt(), last.transactionId()).toString());
	}

	@Override
	public List<UsageRow> usage(TenantId tenant, Dimension by, Filter filter) {
		Instant from = filter.from();
		Instant to = filter.to();
		if (from == null || to == null || from.isAfter(to)
				|| Duration.between(from, to).compareTo(Duration.ofDays(PERIOD_DAYS_MAX)) > 0) {
			throw ValidationProblem.of("invalid_period", "from",
					"must be given with to, at most " + PERIOD_DAYS_MAX + " days before it");
		}
		Conditions conditions = new Conditions(tenant, filter);
		String tags = (by == Dimension.TAG) ? " CROSS JOIN unnest(l.tags) AS t(tag)" : "";
		List<Sum> sums = this.jdbc
			.sql("SELECT " + expression(by) + " AS value, currency, sum(amount_nanos) AS amount, "
					+ "count(DISTINCT request_id) AS requests, sum(" + UsageColumns.INPUT + ")::bigint AS input, sum("
					+ UsageColumns.OUTPUT + ")::bigint AS output, " + UsageColumns.WITH_OTHERS
					+ " AS others FROM ledger_line l" + tags + " WHERE " + conditions.sql()
					+ " GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 10000")
			.params(conditions.values())
			.query((row, n) -> new Sum(new Group(row.getString("value"), row.getString("currency")),
					row.getBigDecimal("amount"), row.getLong("requests"), row.getLong("input"), row.getLong("output"),
					row.getLong("others")))
			.list();
		// Few lines have any, so that the others are not asked for each of them.
		Map<Group, Map<UsageBucket, Long>> units = sums.stream().allMatch((sum) -> sum.others() == 0) ? Map.of()
				: units(by, tags, conditions);
		return sums.stream().map((sum) -> sum.row(units.getOrDefault(sum.group(), Map.of()))).toList();
	}

	private Map<Group, Map<UsageBucket, Long>> units(Dimension by, String tags, Conditions conditions) {
		Map<Group, Map<UsageBucket, Long>> units = new HashMap<>();
		this.jdbc
			.sql("SELECT " + expression(by) + " AS value, currency, " + UsageColumns.UNIT_SUMS + " FROM ledger_line l"
					+ tags + " WHERE " + conditions.sql() + " AND " + UsageColumns.HAS_OTHERS + " GROUP BY 1, 2")
			.params(conditions.values())
			.query((row) -> {
				units.put(new Group(row.getString("value"), row.getString("currency")), UsageColumns.readUnits(row));
			});
		return units;
	}

	private static String expression(Dimension by) {
		return switch (by) {
			case TEAM -> "team_id::text";
			case PROJECT -> "project_id::text";
			case KEY -> "key_id::text";
			case MODEL -> "model_id::text";
			case DEPLOYMENT -> "deployment_id::text";
			case PROVIDER -> "provider_id::text";
			case TASK -> "task";
			case COST_CENTRE -> "coalesce(cost_centre, '')";
			case TAG -> "t.tag";
			case DAY -> "to_char(posted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')";
		};
	}

	@Override
	public Optional<DecisionRow> decision(TenantId tenant, UUID requestId) {
		return this.jdbc.sql("""
				SELECT policy_version_id, encoded, at FROM decision
				WHERE tenant_id = ? AND request_id = ? ORDER BY at DESC LIMIT 1""")
			.params(tenant.value(), requestId)
			.query((row, n) -> new DecisionRow(tenant, requestId, row.getObject("policy_version_id", UUID.class),
					row.getBytes("encoded"), instant(row, "at")))
			.optional();
	}

	@Override
	public List<Difference> recompute(TenantId tenant) {
		return this.jdbc.sql("""
				SELECT budget_id, window_start, settled, held, ledger_settled, holds_held FROM recomputed_balances(?)
				WHERE settled <> ledger_settled OR held <> holds_held""")
			.param(tenant.value())
			.query((row, n) -> new Difference(row.getObject("budget_id", UUID.class), instant(row, "window_start"),
					row.getBigDecimal("settled"), row.getBigDecimal("held"), row.getBigDecimal("ledger_settled"),
					row.getBigDecimal("holds_held")))
			.list();
	}

	private static Line line(ResultSet row) throws SQLException {
		return new Line(uuid(row, "transaction_id"), instant(row, "posted_at"), instant(row, "admitted_at"),
				row.getString("kind"), row.getObject("reverses", UUID.class), uuid(row, "request_id"),
				uuid(row, "hold_id"), row.getInt("attempt"), uuid(row, "team_id"), uuid(row, "project_id"),
				uuid(row, "key_id"), row.getString("cost_centre"), row.getString("task"), texts(row.getArray("tags")),
				uuid(row, "provider_id"), uuid(row, "model_id"), uuid(row, "deployment_id"), uuid(row, "price_card_id"),
				row.getString("service_tier"), row.getObject("credential_id", UUID.class),
				row.getString("upstream_request_id"), row.getString("estimated_reason"),
				Currency.getInstance(row.getString("currency")), row.getLong("amount_nanos"), UsageColumns.read(row));
	}

	private static UUID uuid(ResultSet row, String column) throws SQLException {
		return row.getObject(column, UUID.class);
	}

	private static Instant instant(ResultSet row, String column) throws SQLException {
		return row.getObject(column, OffsetDateTime.class).toInstant();
	}

	private static List<String> texts(Array array) throws SQLException {
		return List.of((String[]) array.getArray());
	}

	private static OffsetDateTime timestamp(Instant at) {
		return at.atOffset(ZoneOffset.UTC);
	}

	/** Where a page ends. */
	private record Cursor(Instant postedAt, UUID transactionId) {

		static Cursor parse(String text) {
			try {
				int separator = text.indexOf('_');
				return new Cursor(Instant.parse(text.substring(0, separator)),
						UUID.fromString(text.substring(separator + 1)));
			}
			catch (RuntimeException ex) {
				throw ValidationProblem.of("invalid_cursor", "after", "must be the cursor of the page before");
			}
		}

		@Override
		public String toString() {
			return this.postedAt + "_" + this.transactionId;
		}

	}

	/** The usage lines of a tenant and a filter, as SQL with its values. */
	private static final class Conditions {

		private final StringBuilder sql = new StringBuilder("l.tenant_id = ? AND l.account = 'usage'");

		private final List<Object> values = new ArrayList<>();

		Conditions(TenantId tenant, Filter filter) {
			this.values.add(tenant.value());
			addInstant("l.posted_at >= ?", filter.from());
			addInstant("l.posted_at < ?", filter.to());
			addOptional("l.team_id = ?", filter.team());
			addOptional("l.project_id = ?", filter.project());
			addOptional("l.key_id = ?", filter.key());
			addOptional("l.model_id = ?", filter.model());
			addOptional("l.request_id = ?", filter.request());
			addOptional("l.task = ?", filter.task());
			addOptional("? = ANY (l.tags)", filter.tag());
		}

		private void addInstant(String condition, @Nullable Instant at) {
			addOptional(condition, (at != null) ? timestamp(at) : null);
		}

		private void addOptional(String condition, @Nullable Object value) {
			if (value != null) {
				add(condition, value);
			}
		}

		void add(String condition, Object... added) {
			this.sql.append(" AND ").append(condition);
			this.values.addAll(List.of(added));
		}

		String sql() {
			return this.sql.toString();
		}

		List<Object> values() {
			return this.values;
		}

	}

	/** What lines are summed by. */
	private record Group(String value, String currency) {
	}

	/**
	 * Sums of a group.
	 *
	 * @param others how many of its lines have counts that stand in no column
	 */
	private record Sum(Group group, BigDecimal amount, long requests, long input, long output, long others) {

		UsageRow row(Map<UsageBucket, Long> units) {
			return new UsageRow(this.group.value(), Currency.getInstance(this.group.currency()), this.amount,
					this.requests, this.input, this.output, units);
		}

	}

}
