package io.exchequer.discovery;

import java.sql.Timestamp;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Remembers what was found, in the caller's transaction.
 */
@Component
class DiscoveredThings {

	/** "exchdisc" in ASCII: no other program's lock. */
	private static final long LOCK = 0x6578636864697363L;

	static final String PROVIDER = "provider";

	static final String DEPLOYMENT = "deployment";

	private final JdbcClient jdbc;

	private final Clock clock;

	DiscoveredThings(JdbcClient jdbc, Clock clock) {
		this.jdbc = jdbc;
		this.clock = clock;
	}

	/** Has others wait until the transaction's end. */
	void lock() {
		this.jdbc.sql("SELECT pg_advisory_xact_lock(?)").param(LOCK).query((row) -> {
		});
	}

	/**
	 * Remembers a thing.
	 * @param name what it is registered as, or null where it is left alone
	 */
	void add(String kind, String reference, @Nullable String name) {
		this.jdbc.sql("INSERT INTO discovered (kind, reference, name, found_at) VALUES (:kind, :reference, :name, :at)")
			.param("kind", kind)
			.param("reference", reference)
			.param("name", name)
			.param("at", Timestamp.from(this.clock.instant()))
			.update();
	}

	/** Returns what was found before under a reference. */
	Optional<Thing> find(String kind, String reference) {
		return this.jdbc.sql("SELECT name, credential_id FROM discovered WHERE kind = ? AND reference = ?")
			.params(kind, reference)
			.query((row, index) -> new Thing(row.getString("name"), row.getObject("credential_id", UUID.class)))
			.optional();
	}

	/** Remembers the credential that a provider got from the environment. */
	void setCredential(String reference, UUID credential) {
		this.jdbc.sql("UPDATE discovered SET credential_id = ? WHERE kind = ? AND reference = ?")
			.params(credential, PROVIDER, reference)
			.update();
	}

	/**
	 * A thing that was found before.
	 *
	 * @param name what it was registered as, or null where it was left alone
	 * @param credential the credential it got last from the environment, or null
	 */
	record Thing(@Nullable String name, @Nullable UUID credential) {
	}

}
