package io.exchequer.tenancy;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.IntFunction;

import javax.sql.DataSource;

import io.exchequer.registry.crypto.KeyHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Keeps secrets under the current master key from their first use on, so that older
 * master keys can go. It works beside the requests: what comes while it writes is written
 * together, and what does not fit is left for its next use.
 */
@Component
class SecretsAnew implements OlderSecrets {

	/**
	 * The same secret is not written again before: while replicas are restarted with
	 * another order of keys, those that do not have it yet would write it back with each
	 * request.
	 */
	static final Duration PAUSE = Duration.ofHours(1);

	private static final Logger logger = LoggerFactory.getLogger(SecretsAnew.class);

	private static final int WAITING_MAX = 1024;

	private static final String SPEAK_FOR_ALL = "SELECT set_config('exchequer.tenant', '*', true)";

	/**
	 * One statement, and so one version of the configuration. A row that somebody changed
	 * meanwhile is left alone. The row's version stays: nothing that an administrator
	 * sees of it changes.
	 */
	private static final String WRITE = """
			UPDATE virtual_key_secret s SET secret_hash = n.hash, hash_key_id = n.master_key
			FROM unnest(?::uuid[], ?::uuid[], ?::bytea[], ?::bytea[], ?::text[])
				AS n(tenant_id, id, old_hash, hash, master_key)
			WHERE s.tenant_id = n.tenant_id AND s.id = n.id AND s.secret_hash = n.old_hash""";

	private final TransactionTemplate transaction;

	private final JdbcTemplate jdbc;

	private final Clock clock;

	private final Executor executor;

	private final BlockingQueue<Renewal> waiting = new ArrayBlockingQueue<>(WAITING_MAX);

	private final Map<OwnedId, Instant> taken = new ConcurrentHashMap<>();

	private final AtomicBoolean writing = new AtomicBoolean();

	@Autowired
	SecretsAnew(TransactionTemplate transaction, DataSource dataSource, Clock clock) {
		this(transaction, dataSource, clock,
				Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("secrets-anew").factory()));
	}

	/**
	 * Makes one that writes on the given executor.
	 */
	SecretsAnew(TransactionTemplate transaction, DataSource dataSource, Clock clock, Executor executor) {
		this.transaction = transaction;
		this.jdbc = new JdbcTemplate(dataSource);
		this.clock = clock;
		this.executor = executor;
	}

	@Override
	public void accepted(OwnedId secret, KeyHash stored, KeyHash current) {
		Instant now = this.clock.instant();
		Instant before = this.taken.get(secret);
		if (before != null && now.isBefore(before.plus(PAUSE))) {
			return;
		}
		if (this.waiting.offer(new Renewal(secret, stored, current))) {
			this.taken.put(secret, now);
			write();
		}
	}

	private void write() {
		if (this.writing.compareAndSet(false, true)) {
			this.executor.execute(this::writeAll);
		}
	}

	private void writeAll() {
		try {
			List<Renewal> renewals = new ArrayList<>();
			while (this.waiting.drainTo(renewals) > 0) {
				int written = write(renewals);
				logger.info("{} virtual keys' secrets are kept under the current master key from now on", written);
				renewals.clear();
			}
		}
		catch (RuntimeException ex) {
			logger.warn("Secrets could not be kept under the current master key; their next use after {} tries again",
					PAUSE, ex);
		}
		finally {
			this.writing.set(false);
		}
		if (!this.waiting.isEmpty()) {
			write();
		}
	}

	private int write(List<Renewal> renewals) {
		ConnectionCallback<Integer> update = (connection) -> write(connection, renewals);
		Integer written = this.transaction.execute((status) -> {
			this.jdbc.execute(SPEAK_FOR_ALL);
			return this.jdbc.execute(update);
		});
		return (written != null) ? written : 0;
	}

	private static int write(Connection connection, List<Renewal> renewals) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
			statement.setArray(1, array(connection, "uuid", renewals, (one) -> one.secret().tenantId(), UUID[]::new));
			statement.setArray(2, array(connection, "uuid", renewals, (one) -> one.secret().id(), UUID[]::new));
			statement.setArray(3, array(connection, "bytea", renewals, (one) -> one.stored().bytes(), byte[][]::new));
			statement.setArray(4, array(connection, "bytea", renewals, (one) -> one.current().bytes(), byte[][]::new));
			statement.setArray(5,
					array(connection, "text", renewals, (one) -> one.current().masterKeyId(), String[]::new));
			return statement.executeUpdate();
		}
	}

	private static <T> Array array(Connection connection, String type, List<Renewal> renewals,
			Function<Renewal, T> value, IntFunction<T[]> values) throws SQLException {
		return connection.createArrayOf(type, renewals.stream().map(value).toArray(values));
	}

	/**
	 * What is to be written.
	 *
	 * @param secret the secret's row
	 * @param stored what is kept of it
	 * @param current what is to be kept of it
	 */
	private record Renewal(OwnedId secret, KeyHash stored, KeyHash current) {
	}

}
