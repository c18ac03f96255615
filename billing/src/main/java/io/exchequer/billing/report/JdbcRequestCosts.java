package io.exchequer.billing.report;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import javax.sql.DataSource;

import io.exchequer.billing.RequestCosts;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A request's cost, from its usage lines and open holds.
 */
final class JdbcRequestCosts implements RequestCosts {

	private static final String LINES = "SELECT hold_id, transaction_id, reverses, attempt, key_id, deployment_id, "
			+ "price_card_id, service_tier, kind, currency, amount_nanos, estimated_reason, posted_at, "
			+ UsageColumns.LIST + """
					 FROM ledger_line
					WHERE tenant_id = ? AND request_id = ? AND account = 'usage'
					ORDER BY attempt, hold_id, posted_at""";

	private static final String OPEN = "SELECT key_id, currency FROM hold WHERE tenant_id = ? AND request_id = ?";

	private final JdbcClient jdbc;

	JdbcRequestCosts(DataSource dataSource) {
		this.jdbc = JdbcClient.create(dataSource);
	}

	/**
	 * Looks at the holds first: one that is settled between both looks is then in the
	 * ledger.
	 */
	@Override
	public Optional<RequestCost> find(TenantId tenant, UUID requestId) {
		List<Open> open = this.jdbc.sql(OPEN)
			.params(tenant.value(), requestId)
			.query((row, n) -> new Open(row.getObject(1, UUID.class), row.getString(2)))
			.list();
		Map<UUID, Attempt> attempts = new LinkedHashMap<>();
		this.jdbc.sql(LINES).params(tenant.value(), requestId).query((row) -> {
			attempts.computeIfAbsent(row.getObject("hold_id", UUID.class), (hold) -> new Attempt()).add(row);
		});
		if (open.isEmpty() && attempts.isEmpty()) {
			return Optional.empty();
		}
		List<AttemptCost> costs = new ArrayList<>();
		attempts.values().forEach((attempt) -> costs.add(attempt.cost()));
		Attempt first = attempts.values().stream().findFirst().orElse(null);
		UUID key = (first != null) ? first.line().key() : open.getFirst().key();
		String currency = (first != null) ? first.line().currency() : open.getFirst().currency();
		Money total = Money.zero(Currency.getInstance(currency));
		for (AttemptCost cost : costs) {
			// Attempts in another currency than the first are told one by one.
			total = cost.cost().currency().equals(total.currency()) ? total.plus(cost.cost()) : total;
		}
		return Optional.of(new RequestCost(requestId, new KeyId(key), open.isEmpty(), total, costs));
	}

	private record Open(UUID key, String currency) {
	}

	/**
	 * An attempt's posting.
	 *
	 * @param transaction its transaction
	 * @param number the attempt's, from 1
	 * @param key the key it was made with
	 * @param deployment what was called
	 * @param card what it was priced by
	 * @param tier the response's
	 * @param currency of its amount
	 * @param usage null where it is not known
	 * @param estimatedReason null where it is no estimate
	 */
	private record Line(UUID transaction, int number, UUID key, UUID deployment, UUID card, String tier,
			String currency, @Nullable TokenUsage usage, @Nullable String estimatedReason) {

		static Line read(ResultSet row) throws SQLException {
			return new Line(row.getObject("transaction_id", UUID.class), row.getInt("attempt"),
					row.getObject("key_id", UUID.class), row.getObject("deployment_id", UUID.class),
					row.getObject("price_card_id", UUID.class), row.getString("service_tier"),
					row.getString("currency"), UsageColumns.read(row),
					row.getString("kind").equals("estimate") ? row.getString("estimated_reason") : null);
		}

		Line withoutUse() {
			return new Line(this.transaction, this.number, this.key, this.deployment, this.card, this.tier,
					this.currency, TokenUsage.NONE, null);
		}

	}

	/**
	 * Folds an attempt's lines: the one that nothing reversed tells, all of them add up.
	 * A reversal and what replaces the reversed are posted at one instant, so that no
	 * order of theirs says which is which.
	 */
	private static final class Attempt {

		private final List<Line> postings = new ArrayList<>();

		private final Set<UUID> reversed = new HashSet<>();

		private long nanos;

		private Instant postedAt = Instant.EPOCH;

		private void add(ResultSet row) throws SQLException {
			this.nanos = Math.addExact(this.nanos, row.getLong("amount_nanos"));
			this.postedAt = row.getObject("posted_at", OffsetDateTime.class).toInstant();
			if (row.getString("kind").equals("reversal")) {
				this.reversed.add(row.getObject("reverses", UUID.class));
			}
			else {
				this.postings.add(Line.read(row));
			}
		}

		private Line line() {
			return this.postings.stream()
				.filter((line) -> !this.reversed.contains(line.transaction()))
				.findFirst()
				.orElseGet(() -> this.postings.getFirst().withoutUse());
		}

		private AttemptCost cost() {
			Line line = line();
			return new AttemptCost(line.number(), line.deployment(), line.card(), line.tier(), line.usage(),
					new Money(this.nanos, Currency.getInstance(line.currency())), line.estimatedReason(),
					this.postedAt);
		}

	}

}
