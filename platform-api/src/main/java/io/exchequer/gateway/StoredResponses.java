package io.exchequer.gateway;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;

import javax.sql.DataSource;

import io.exchequer.tenancy.KeyIdentity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The answers of the Responses API that tenants have stored, in the table
 * {@code stored_response}: for a day, each seen by its project alone. Every replica drops
 * what is older, once an hour.
 */
final class StoredResponses {

	private static final Logger log = LoggerFactory.getLogger(StoredResponses.class);

	/** How long an answer is kept. */
	static final Duration KEPT = Duration.ofHours(24);

	private static final String INSERT = """
			INSERT INTO stored_response (tenant_id, project_id, id, created_at, items, answer)
			VALUES (?, ?, ?, ?, ?, ?)""";

	private static final String LENGTH = """
			SELECT octet_length(items) + octet_length(answer) FROM stored_response
			WHERE tenant_id = ? AND project_id = ? AND id = ? AND created_at >= ?""";

	private static final String READ = """
			SELECT items, answer FROM stored_response
			WHERE tenant_id = ? AND project_id = ? AND id = ? AND created_at >= ?""";

	private static final String DELETE = """
			DELETE FROM stored_response WHERE tenant_id = ? AND project_id = ? AND id = ? AND created_at >= ?""";

	private static final String TIDY = "DELETE FROM stored_response WHERE created_at < ?";

	private final JdbcClient jdbc;

	private final Clock clock;

	StoredResponses(DataSource dataSource, Clock clock) {
		this.jdbc = JdbcClient.create(dataSource);
		this.clock = clock;
	}

	/**
	 * Stores an answer.
	 * @param items what was said before it, as JSON
	 * @param answer the whole of it, as JSON
	 * @return whether it could be stored
	 */
	boolean keep(KeyIdentity identity, UUID id, byte[] items, byte[] answer) {
		try {
			this.jdbc.sql(INSERT)
				.params(identity.tenant().value(), identity.project().value(), id, timestamp(this.clock.instant()),
						items, answer)
				.update();
			return true;
		}
		catch (DataAccessException ex) {
			log.warn("The answer of request {} could not be stored", id, ex);
			return false;
		}
	}

	/** Returns the bytes that reading an answer takes, or none where it is not there. */
	Optional<Integer> length(KeyIdentity identity, UUID id) {
		return this.jdbc.sql(LENGTH)
			.params(identity.tenant().value(), identity.project().value(), id, oldest())
			.query(Integer.class)
			.optional();
	}

	/** Returns an answer, or none where it is not there. */
	Optional<Stored> find(KeyIdentity identity, UUID id) {
		return this.jdbc.sql(READ)
			.params(identity.tenant().value(), identity.project().value(), id, oldest())
			.query((row, _) -> new Stored(row.getBytes("items"), row.getBytes("answer")))
			.optional();
	}

	/** Deletes an answer; returns whether it was there. */
	boolean delete(KeyIdentity identity, UUID id) {
		return this.jdbc.sql(DELETE)
			.params(identity.tenant().value(), identity.project().value(), id, oldest())
			.update() > 0;
	}

	/** Drops what is too old. */
	void tidy() {
		try {
			this.jdbc.sql(TIDY).params(oldest()).update();
		}
		catch (DataAccessException ex) {
			log.warn("Stored answers that are too old could not be dropped yet", ex);
		}
	}

	private OffsetDateTime oldest() {
		return timestamp(this.clock.instant().minus(KEPT));
	}

	private static OffsetDateTime timestamp(Instant at) {
		return at.atOffset(ZoneOffset.UTC);
	}

	/**
	 * A stored answer.
	 *
	 * @param items what was said before it, as JSON
	 * @param answer the whole of it, as JSON
	 */
	record Stored(byte[] items, byte[] answer) {
	}

}
