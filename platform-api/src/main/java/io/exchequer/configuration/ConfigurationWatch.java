package io.exchequer.configuration;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

import javax.sql.DataSource;

import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refreshes the configuration when the database announces a change, and at every poll
 * whether or not it does. A lost connection is opened again.
 */
final class ConfigurationWatch implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ConfigurationWatch.class);

	private static final int VALIDITY_TIMEOUT_S = 2;

	private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(1);

	private static final Duration LONGEST_STOP = Duration.ofSeconds(5);

	private final ConfigurationSource source;

	private final DataSource unpooled;

	private final Duration poll;

	private final Thread thread;

	private volatile boolean running = true;

	/**
	 * Prepares to watch; {@link #start()} begins.
	 * @param unpooled opens a connection of its own to listen on
	 * @param poll the time between two confirmations
	 */
	ConfigurationWatch(ConfigurationSource source, DataSource unpooled, Duration poll) {
		this.source = source;
		this.unpooled = unpooled;
		this.poll = poll;
		this.thread = Thread.ofPlatform().name("configuration-watch").daemon().unstarted(this::watch);
	}

	/**
	 * Reads the configuration for the first time, and watches it from then on.
	 * @throws StaleConfigurationException if it cannot be read
	 */
	void start() {
		this.source.refresh();
		this.thread.start();
	}

	private void watch() {
		Duration backOff = this.poll;
		while (this.running) {
			try {
				listen();
				backOff = this.poll;
			}
			catch (SQLException ex) {
				logger.debug("Changes of the configuration are not announced for now", ex);
			}
			refresh();
			backOff = pause(backOff);
		}
	}

	/** Refreshes until the connection is lost or the watch ends. */
	private void listen() throws SQLException {
		try (Connection connection = this.unpooled.getConnection()) {
			try (Statement statement = connection.createStatement()) {
				statement.execute("LISTEN exchequer_configuration");
			}
			PGConnection announcements = connection.unwrap(PGConnection.class);
			while (this.running) {
				refresh();
				announcements.getNotifications(Math.toIntExact(this.poll.toMillis()));
				if (!connection.isValid(VALIDITY_TIMEOUT_S)) {
					return;
				}
			}
		}
	}

	/** A failure is the source's to tell; the watch goes on. */
	private void refresh() {
		try {
			this.source.refresh();
		}
		catch (StaleConfigurationException ex) {
			logger.debug("The configuration was not confirmed", ex);
		}
	}

	private Duration pause(Duration backOff) {
		try {
			Thread.sleep(backOff);
		}
		catch (InterruptedException ex) {
			logger.debug("The watch was woken to end");
		}
		Duration longer = backOff.multipliedBy(2);
		return (longer.compareTo(LONGEST_BACK_OFF) < 0) ? longer : LONGEST_BACK_OFF;
	}

	/** Ends the watch, and waits for its end. */
	@Override
	public void close() {
		this.running = false;
		this.thread.interrupt();
		try {
			this.thread.join(LONGEST_STOP);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
