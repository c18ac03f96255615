package io.exchequer.billing.report;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

	private static final String LINES = "SELECT hold_id, attempt, key_id, deployment_id, price_card_id, service_tier, kind, "
			+ "currency, amount_nanos, estimated_reason, posted_at, " + UsageColumns.LIST + """
					 FROM ledger_line
					WHERE tenant_id = ? AND request_id = ? AND account = 'usage'
					ORDER BY attempt, hold_id, posted_at, array_position('{settlement,estimate,reversal}', kind)""";

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
		UUID key = (first != null) ? first.key : open.getFirst().key();
		Money total = Money.zero(Currency.getInstance((first != null) ? first.currency : open.getFirst().currency()));
		for (AttemptCost cost : costs) {
			// Attempts in another currency than the first are told one by one.
			total = cost.cost().currency().equals(total.currency()) ? total.plus(cost.cost()) : total;
		}
		return Optional.of(new RequestCost(requestId, new KeyId(key), open.isEmpty(), total, costs));
	}

	private record Open(UUID key, String currency) {
	}

	/**
	 * Folds an attempt's lines: the last that is no reversal tells, all of them add up.
	 */
	private static final class Attempt {

		private int number;

		private UUID key = new UUID(0, 0);

		private UUID deployment = new UUID(0, 0);

		private UUID card = new UUID(0, 0);

		private String tier = "";

		private String currency = "";

		private long nanos;

		private @Nullable TokenUsage usage;

		private @Nullable String estimatedReason;

		private Instant postedAt = Instant.EPOCH;

		private void add(ResultSet row) throws SQLException {
			this.nanos = Math.addExact(this.nanos, row.getLong("amount_nanos"));
			this.postedAt = row.getObject("posted_at", OffsetDateTime.class).toInstant();
			if (row.getString("kind").equals("reversal")) {
				// Nothing was used, unless another line follows.
				this.usage = TokenUsage.NONE;
				this.estimatedReason = null;
				return;
			}
			this.number = row.getInt("attempt");
			this.key = row.getObject("key_id", UUID.class);
			this.deployment = row.getObject("deployment_id", UUID.class);
			this.card = row.getObject("price_card_id", UUID.class);
			this.tier = row.getString("service_tier");
			this.currency = row.getString("currency");
			this.usage = UsageColumns.read(row);
			this.estimatedReason = row.getString("kind").equals("estimate") ? row.getString("estimated_reason") : null;
		}

		private AttemptCost cost() {
			return new AttemptCost(this.number, this.deployment, this.card, this.tier, this.usage,
					new Money(this.nanos, Currency.getInstance(this.currency)), this.estimatedReason, this.postedAt);
		}

	}

}
