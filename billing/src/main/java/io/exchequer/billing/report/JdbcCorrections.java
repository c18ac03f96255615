package io.exchequer.billing.report;

import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

import javax.sql.DataSource;

import io.exchequer.billing.Corrections;
import io.exchequer.billing.ledger.UsageCounts;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.registry.PriceCard;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Corrections by the database's {@code correct_posting}.
 */
final class JdbcCorrections implements Corrections {

	private static final int REASON_LENGTH_MAX = 200;

	private static final String POSTED = """
			SELECT DISTINCT currency, deployment_id FROM ledger_line
			WHERE tenant_id = ? AND request_id = ? AND hold_id = ? AND account = 'usage'""";

	private static final String CORRECT = """
			SELECT correct_posting(p_tenant => ?, p_request => ?, p_hold => ?, p_card => ?, p_amount => ?,
				p_usage => ?, p_others => ?::jsonb, p_reason => ?, p_tier => ?, p_at => ?) AS amount_nanos""";

	private final JdbcClient jdbc;

	private final Clock clock;

	JdbcCorrections(DataSource dataSource, Clock clock) {
		this.jdbc = JdbcClient.create(dataSource);
		this.clock = clock;
	}

	@Override
	public Optional<Long> correct(TenantId tenant, UUID requestId, UUID holdId, TokenUsage usage, PriceCard card,
			String serviceTier, String reason) {
		if (reason.isBlank() || reason.length() > REASON_LENGTH_MAX) {
			throw new IllegalArgumentException(
					"a correction's reason must have 1 to " + REASON_LENGTH_MAX + " characters: " + reason);
		}
		this.jdbc.sql(POSTED).params(tenant.value(), requestId, holdId).query((row) -> {
			if (!card.currency().getCurrencyCode().equals(row.getString("currency"))) {
				throw new IllegalArgumentException(
						"the attempt was posted in " + row.getString("currency") + ", not in " + card.currency());
			}
			if (!card.deploymentId().value().equals(row.getObject("deployment_id", UUID.class))) {
				throw new IllegalArgumentException("price card " + card.id() + " is of another deployment than the "
						+ "attempt's, " + row.getString("deployment_id"));
			}
		});
		Instant now = this.clock.instant();
		Long[] counts = UsageCounts.COLUMNS.stream().map(usage::get).toArray(Long[]::new);
		return this.jdbc.sql(CORRECT)
			.param(tenant.value())
			.param(requestId)
			.param(holdId)
			.param(card.id())
			.param(card.price(usage, serviceTier).nanos())
			.param(counts)
			.param(UsageCounts.others(usage))
			.param(reason)
			.param(serviceTier)
			.param(Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000L), now.getNano() / 1_000))
			.query((row, n) -> Optional.ofNullable(row.getObject("amount_nanos", Long.class)))
			.single();
	}

}
