package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import javax.sql.DataSource;

import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.Hold;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews the leases of this process's open holds.
 */
final class LeaseKeeper {

	private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);

	private static final int RENEWALS_MAX = 1_000;

	private static final String SQL = """
			SELECT renew_holds(p_fence => ?, p_lease_until => ?,
				r_tenant => ?::uuid[], r_request => ?::uuid[], r_id => ?::uuid[])""";

	private final DataSource dataSource;

	private final BillingSettings settings;

	private final JdbcBillingService billing;

	LeaseKeeper(DataSource dataSource, BillingSettings settings, JdbcBillingService billing) {
		this.dataSource = dataSource;
		this.settings = settings;
		this.billing = billing;
	}

	/**
	 * Renews every lease that is due. One that was lost has expired and was settled at
	 * its full amount; its late settlement will put that right.
	 * @throws SQLException if the database could not be asked: the next tick tries again
	 */
	void tick(Instant now) throws SQLException {
		Long fence = this.billing.fence();
		List<Hold> due = this.billing.open().leasedUntil(now.minus(this.settings.renewal()));
		if (fence == null || due.isEmpty()) {
			return;
		}
		try (Connection connection = this.dataSource.getConnection()) {
			for (int from = 0; from < due.size(); from += RENEWALS_MAX) {
				renew(connection, due.subList(from, Math.min(from + RENEWALS_MAX, due.size())), fence, now);
			}
		}
	}

	private void renew(Connection connection, List<Hold> due, long fence, Instant now) throws SQLException {
		Set<Integer> renewed = new HashSet<>();
		try (PreparedStatement statement = connection.prepareStatement(SQL)) {
			new Parameters(statement).value(fence)
				.value(Parameters.micros(now.plus(this.settings.leaseDuration())))
				.uuids(due, (hold) -> hold.request().chargeTo().tenant().value())
				.uuids(due, (hold) -> hold.request().requestId())
				.uuids(due, Hold::id);
			try (ResultSet row = statement.executeQuery()) {
				while (row.next()) {
					renewed.add(row.getInt(1) - 1);
				}
			}
		}
		for (int i = 0; i < due.size(); i++) {
			Hold hold = due.get(i);
			if (renewed.contains(i)) {
				this.billing.open().renewed(hold, now);
			}
			else if (this.billing.open().find(hold.id()) != null) {
				this.billing.open().remove(hold);
				log.warn("hold {} expired before its lease was renewed: it stands as an estimate until it is settled",
						hold.id());
			}
		}
	}

}
