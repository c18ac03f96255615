package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;

import javax.sql.DataSource;

import io.exchequer.billing.BillingSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles what has expired, makes the coming partitions, and drops what is out of date.
 * Several replicas may sweep at once.
 */
final class Sweeper {

	private static final Logger log = LoggerFactory.getLogger(Sweeper.class);

	private static final int EXPIRIES_MAX = 1_000;

	private static final Duration TIDY_INTERVAL = Duration.ofHours(1);

	/** A key's minute is over after a minute; clocks may differ by some more. */
	private static final Duration RATES_KEPT = Duration.ofMinutes(10);

	private static final Duration IDEMPOTENCY_KEPT = Duration.ofHours(24);

	private final DataSource dataSource;

	private final BillingSettings settings;

	private Instant tidiedAt = Instant.MIN;

	Sweeper(DataSource dataSource, BillingSettings settings) {
		this.dataSource = dataSource;
		this.settings = settings;
	}

	/**
	 * Sweeps once.
	 * @return how many holds expired
	 * @throws SQLException if the database could not be asked: the next tick tries again
	 */
	synchronized long tick(Instant now) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			long expired = 0;
			long batch;
			do {
				batch = ask(connection, "SELECT expire_holds(?, " + EXPIRIES_MAX + ")", now);
				expired += batch;
			}
			while (batch == EXPIRIES_MAX);
			if (expired > 0) {
				log.warn("{} holds expired and were settled at their full amounts, as estimates", expired);
			}
			if (this.tidiedAt.isBefore(now.minus(TIDY_INTERVAL))) {
				tidy(connection, now);
				this.tidiedAt = now;
			}
			return expired;
		}
	}

	private void tidy(Connection connection, Instant now) throws SQLException {
		ask(connection, "SELECT maintain_billing_partitions(?, " + this.settings.decisionRetention().toDays() + ")",
				now);
		ask(connection, "WITH old AS (DELETE FROM rate_window WHERE minute < instant_of(?) RETURNING 1) "
				+ "SELECT count(*) FROM old", now.minus(RATES_KEPT));
		ask(connection, "WITH old AS (DELETE FROM idempotency WHERE created_at < instant_of(?) RETURNING 1) "
				+ "SELECT count(*) FROM old", now.minus(IDEMPOTENCY_KEPT));
	}

	private static long ask(Connection connection, String sql, Instant at) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			new Parameters(statement).value(Parameters.micros(at));
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				return row.getLong(1);
			}
		}
	}

}
