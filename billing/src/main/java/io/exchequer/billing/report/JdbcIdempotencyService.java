package io.exchequer.billing.report;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

import javax.sql.DataSource;

import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.IdempotencyService;
import io.exchequer.billing.RequestCosts;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Claims in the table {@code idempotency}, each made by one durable statement.
 */
final class JdbcIdempotencyService implements IdempotencyService {

	private static final Duration KEPT = Duration.ofHours(24);

	/** A claim older than a day counts as none. */
	private static final String CLAIM = """
			INSERT INTO idempotency AS i (tenant_id, key_id, idempotency_key, body_sha256, request_id, created_at)
			VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (tenant_id, key_id, idempotency_key) DO UPDATE
				SET body_sha256 = excluded.body_sha256, request_id = excluded.request_id, created_at = excluded.created_at,
					finished_at = NULL, answer_status = NULL, answer_type = NULL, answer_body = NULL
				WHERE i.created_at < ? OR i.request_id = excluded.request_id""";

	private static final String READ = """
			SELECT body_sha256, request_id, created_at, finished_at, answer_status, answer_type, answer_body
			FROM idempotency WHERE tenant_id = ? AND key_id = ? AND idempotency_key = ?""";

	private static final String TAKE_OVER = "SELECT take_over_claim(?, ?, ?, ?, ?, ?)";

	private static final String OWNS = """
			SELECT EXISTS (SELECT FROM idempotency
				WHERE tenant_id = ? AND key_id = ? AND idempotency_key = ? AND request_id = ?)""";

	private static final String FINISH = """
			UPDATE idempotency SET finished_at = ?, answer_status = ?, answer_type = ?, answer_body = ?
			WHERE tenant_id = ? AND key_id = ? AND idempotency_key = ? AND request_id = ?""";

	private static final String ABANDON = """
			DELETE FROM idempotency
			WHERE tenant_id = ? AND key_id = ? AND idempotency_key = ? AND request_id = ? AND finished_at IS NULL""";

	private final JdbcClient jdbc;

	private final RequestCosts costs;

	private final BillingSettings settings;

	JdbcIdempotencyService(DataSource dataSource, RequestCosts costs, BillingSettings settings) {
		this.jdbc = JdbcClient.create(dataSource);
		this.costs = costs;
		this.settings = settings;
	}

	@Override
	public Claim begin(TenantId tenant, KeyId key, String idempotencyKey, byte[] bodySha256, UUID requestId,
			Instant at) {
		@Nullable UUID tried = null;
		while (true) {
			int claimed = this.jdbc.sql(CLAIM)
				.params(tenant.value(), key.value(), idempotencyKey, bodySha256, requestId, timestamp(at),
						timestamp(at.minus(KEPT)))
				.update();
			if (claimed == 1) {
				return new Claim.Started();
			}
			Optional<Row> present = this.jdbc.sql(READ)
				.params(tenant.value(), key.value(), idempotencyKey)
				.query((row, n) -> new Row(row))
				.optional();
			if (present.isEmpty()) {
				continue; // It was given up between both statements: claim again.
			}
			Row row = present.get();
			Claim claim = row.claim(bodySha256);
			if (!(claim instanceof Claim.InFlight)
					|| !row.createdAt.isBefore(at.minus(this.settings.leaseDuration()))) {
				return claim;
			}
			// Older than a lease: its process may have died.
			Optional<RequestCosts.RequestCost> cost = this.costs.find(tenant, row.requestId);
			if (cost.isPresent()) {
				return cost.get().settled() ? new Claim.Finished(row.requestId, row.answer) : claim;
			}
			if (row.requestId.equals(tried)) {
				// It may be had, but not now: the next repetition asks again.
				return claim;
			}
			if (takeOver(tenant, key, idempotencyKey, row.requestId, requestId, at)) {
				return new Claim.Started();
			}
			// Another repetition was faster, or the first request came alive: look again,
			// once.
			tried = row.requestId;
		}
	}

	private boolean takeOver(TenantId tenant, KeyId key, String idempotencyKey, UUID first, UUID requestId,
			Instant at) {
		return this.jdbc.sql(TAKE_OVER)
			.params(tenant.value(), key.value(), idempotencyKey, first, requestId, timestamp(at))
			.query(Boolean.class)
			.single();
	}

	@Override
	public boolean owns(TenantId tenant, KeyId key, String idempotencyKey, UUID requestId) {
		return this.jdbc.sql(OWNS)
			.params(tenant.value(), key.value(), idempotencyKey, requestId)
			.query(Boolean.class)
			.single();
	}

	@Override
	public void finish(TenantId tenant, KeyId key, String idempotencyKey, UUID requestId, @Nullable StoredAnswer answer,
			Instant at) {
		this.jdbc.sql(FINISH)
			.params(Arrays.asList(timestamp(at), (answer != null) ? answer.status() : null,
					(answer != null) ? answer.contentType() : null, (answer != null) ? answer.body() : null,
					tenant.value(), key.value(), idempotencyKey, requestId))
			.update();
	}

	@Override
	public void abandon(TenantId tenant, KeyId key, String idempotencyKey, UUID requestId) {
		this.jdbc.sql(ABANDON).params(tenant.value(), key.value(), idempotencyKey, requestId).update();
	}

	private static OffsetDateTime timestamp(Instant at) {
		return at.atOffset(ZoneOffset.UTC);
	}

	private static final class Row {

		private final byte[] bodySha256;

		private final UUID requestId;

		private final Instant createdAt;

		private final boolean finished;

		private final @Nullable StoredAnswer answer;

		Row(ResultSet row) throws SQLException {
			this.bodySha256 = row.getBytes("body_sha256");
			this.requestId = row.getObject("request_id", UUID.class);
			this.createdAt = row.getObject("created_at", OffsetDateTime.class).toInstant();
			this.finished = row.getObject("finished_at") != null;
			this.answer = (row.getObject("answer_status") != null) ? new StoredAnswer(row.getInt("answer_status"),
					row.getString("answer_type"), row.getBytes("answer_body")) : null;
		}

		Claim claim(byte[] wanted) {
			if (!Arrays.equals(this.bodySha256, wanted)) {
				return new Claim.DifferentBody(this.requestId);
			}
			if (this.finished) {
				return new Claim.Finished(this.requestId, this.answer);
			}
			return new Claim.InFlight(this.requestId);
		}

	}

}
