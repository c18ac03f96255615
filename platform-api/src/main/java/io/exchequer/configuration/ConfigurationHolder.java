package io.exchequer.configuration;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the configuration in force, and confirms it with the database.
 * <p>
 * A round reads the version and, where it is another than the one in memory, all parts in
 * one transaction. A {@link ConfigurationWatch} runs rounds; so does whoever calls
 * {@link #refresh()}, and callers that wait at the same time share one.
 */
final class ConfigurationHolder implements ConfigurationSource {

	private static final Logger logger = LoggerFactory.getLogger(ConfigurationHolder.class);

	private final DataSource database;

	private final ConfigurationLoader loader;

	private final long staleness_ns;

	private final LongSupplier ticker_ns;

	private final ReentrantLock rounds = new ReentrantLock();

	/** Counts the rounds; raised at the beginning of one, by the lock's owner. */
	private volatile long begun;

	private @Nullable Exception failure;

	private volatile @Nullable Configuration current;

	/** When the last successful round began. */
	private volatile long confirmedAt_ns;

	/**
	 * Holds nothing until the first round.
	 * @param database connections of the gateway's role
	 * @param staleness how old a confirmation may be
	 * @param ticker_ns a clock that never steps, in nanoseconds from any origin
	 */
	ConfigurationHolder(DataSource database, ConfigurationLoader loader, Duration staleness, LongSupplier ticker_ns) {
		this.database = database;
		this.loader = loader;
		this.staleness_ns = staleness.toNanos();
		this.ticker_ns = ticker_ns;
	}

	@Override
	public Configuration current() {
		Configuration known = this.current;
		if (known == null) {
			throw new StaleConfigurationException("The configuration has not been read yet");
		}
		long age_ns = age_ns();
		if (age_ns > this.staleness_ns) {
			throw new StaleConfigurationException(
					"The configuration was last confirmed " + Duration.ofNanos(age_ns).toSeconds() + " s ago; "
							+ Duration.ofNanos(this.staleness_ns).toSeconds() + " s are allowed");
		}
		return known;
	}

	@Override
	public Configuration refresh() {
		long seen = this.begun;
		this.rounds.lock();
		try {
			if (this.begun == seen) {
				round();
			}
			// Otherwise a round began after this call, and has ended: its result is fresh
			// enough.
			Exception failed = this.failure;
			Configuration known = this.current;
			if (failed != null || known == null) {
				throw new StaleConfigurationException("The database does not confirm the configuration: "
						+ ((failed != null) ? failed : "no answer"));
			}
			return known;
		}
		finally {
			this.rounds.unlock();
		}
	}

	private void round() {
		this.begun = this.begun + 1;
		long now_ns = this.ticker_ns.getAsLong();
		try (Connection connection = this.database.getConnection()) {
			Configuration known = this.current;
			if (known == null || this.loader.version(connection) != known.version()) {
				Configuration loaded = this.loader.load(connection);
				this.current = loaded;
				logger.debug("Serving by version {} of the configuration", loaded.version());
			}
			this.confirmedAt_ns = now_ns;
			succeeded();
		}
		catch (SQLException | RuntimeException ex) {
			failed(ex);
		}
	}

	private void succeeded() {
		if (this.failure != null) {
			logger.info("The configuration is confirmed again");
			this.failure = null;
		}
	}

	/** Tells the first failure of a row, not each of them. */
	private void failed(Exception ex) {
		if (this.failure == null) {
			logger.warn("The configuration cannot be confirmed", ex);
		}
		this.failure = ex;
	}

	/** Returns how long ago the database last confirmed the version, in nanoseconds. */
	long age_ns() {
		return this.ticker_ns.getAsLong() - this.confirmedAt_ns;
	}

	/**
	 * Returns the version in memory, however old its confirmation, or 0 before the first.
	 */
	long version() {
		Configuration known = this.current;
		return (known == null) ? 0 : known.version();
	}

	/** Returns how many callers wait for a round, roughly. */
	int waiting() {
		return this.rounds.getQueueLength();
	}

}
