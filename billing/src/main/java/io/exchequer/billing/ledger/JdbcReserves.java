package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

import javax.sql.DataSource;

import io.exchequer.billing.Admission;
import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.HoldRequest;
import io.exchequer.billing.Reserves;
import io.exchequer.kernel.TenantId;

/**
 * Reserves in the tables {@code hold} and {@code reserve_share}.
 */
public final class JdbcReserves implements Reserves {

	/** Whoever renews leases has a fence from 1 on: nobody renews a reserve's. */
	private static final long NO_FENCE = 0;

	/** A reserve stands until it is released. */
	private static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

	private static final int CONTENTION_TRIES = 50;

	private static final long CONTENTION_PAUSE_NANOS = 50_000_000;

	private static final String ADD = """
			INSERT INTO reserve_share (tenant_id, reserve_id, share, part_id, nanos)
			SELECT ?::uuid, ?::uuid, s.number, s.part, s.nanos FROM unnest(?, ?::uuid[], ?) s(number, part, nanos)""";

	private static final String SUMS = """
			SELECT part_id, sum(nanos) AS nanos FROM reserve_share WHERE tenant_id = ? AND reserve_id = ?
			GROUP BY part_id""";

	private static final String RELEASE = "SELECT release_reserve(?, ?)";

	private final DataSource dataSource;

	/**
	 * Makes it.
	 * @param dataSource the hot path's pool
	 */
	public JdbcReserves(DataSource dataSource) {
		this.dataSource = dataSource;
	}

	@Override
	public void addShares(TenantId tenant, UUID reserveId, List<Share> shares) {
		run((connection) -> {
			try (PreparedStatement statement = connection.prepareStatement(ADD)) {
				new Parameters(statement).value(tenant.value())
					.value(reserveId)
					.ints(shares.stream().mapToInt(Share::number).toArray())
					.uuids(shares, Share::partId)
					.longs(shares, Share::nanos);
				return statement.executeUpdate();
			}
		});
	}

	@Override
	public Outcome reserve(Request request) {
		return run((connection) -> {
			boolean kept = false;
			connection.setAutoCommit(false);
			try {
				Outcome outcome = hold(connection, request);
				if (outcome instanceof Outcome.Reserved) {
					connection.commit();
					kept = true;
				}
				return outcome;
			}
			finally {
				ShareDraw.end(connection, kept);
			}
		});
	}

	private static Outcome hold(Connection connection, Request request) throws SQLException {
		Map<UUID, Long> sums = sums(connection, request);
		List<AdmitCall> calls = new ArrayList<>();
		for (Part part : request.parts()) {
			HoldRequest hold = new HoldRequest(part.id(), request.id(), 0, withoutRates(request.chargeTo()),
					part.deployment(), part.priceCard(), sums.getOrDefault(part.id(), 0L), 0, false, request.budgets(),
					request.at());
			List<Charge> charges = new ArrayList<>();
			Admission.NoRate noRate = Charge.gather(hold, charges);
			if (noRate != null) {
				return new Outcome.Refused(noRate);
			}
			// As a repetition: what an earlier try has held is not held twice.
			calls.add(new AdmitCall(hold, charges, true, (late) -> {
			}));
		}
		new AdmitBatch(calls).run(connection, request.id(), NO_FENCE, NEVER, (granted) -> {
		});
		for (AdmitCall call : calls) {
			Admission outcome = ShareDraw.outcome(call);
			if (!(outcome instanceof Admission.Granted)) {
				return new Outcome.Refused(outcome);
			}
		}
		return new Outcome.Reserved();
	}

	private static Map<UUID, Long> sums(Connection connection, Request request) throws SQLException {
		Map<UUID, Long> sums = new HashMap<>();
		try (PreparedStatement statement = connection.prepareStatement(SUMS)) {
			statement.setObject(1, request.chargeTo().tenant().value());
			statement.setObject(2, request.id());
			try (ResultSet row = statement.executeQuery()) {
				while (row.next()) {
					sums.put(row.getObject("part_id", UUID.class), row.getBigDecimal("nanos").longValueExact());
				}
			}
		}
		return sums;
	}

	private static ChargeTo withoutRates(ChargeTo to) {
		return new ChargeTo(to.tenant(), to.team(), to.project(), to.key(), to.costCentre(), to.task(), to.tags(), null,
				null);
	}

	@Override
	public void release(TenantId tenant, UUID reserveId) {
		run((connection) -> {
			try (PreparedStatement statement = connection.prepareStatement(RELEASE)) {
				statement.setObject(1, tenant.value());
				statement.setObject(2, reserveId);
				return statement.execute();
			}
		});
	}

	private <T> T run(Work<T> work) {
		for (int tries = 1;; tries++) {
			try (Connection connection = this.dataSource.getConnection()) {
				return work.run(connection);
			}
			catch (SQLException ex) {
				boolean passes = SqlFailure.of(ex) == SqlFailure.CONTENTION || PostingBatch.isBusy(ex);
				if (!passes || tries >= CONTENTION_TRIES) {
					throw new BillingUnavailableException("the ledger's database did not change a reserve", ex);
				}
				LockSupport.parkNanos(CONTENTION_PAUSE_NANOS);
			}
		}
	}

	/**
	 * What is done with a connection.
	 *
	 * @param <T> what comes of it
	 */
	private interface Work<T> {

		T run(Connection connection) throws SQLException;

	}

}
