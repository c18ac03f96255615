package io.exchequer.batch;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Deletes what is out of date, a bounded number of rows at a time. Several replicas may
 * sweep at once.
 */
final class BatchSweep {

	private static final int FILES_MAX = 20;

	private static final int BATCHES_MAX = 1_000;

	/** A file that is still being written after this long was left by its writer. */
	private static final Duration UNREADY_FOR = Duration.ofHours(2);

	private static final String EXPIRED = """
			WITH old AS MATERIALIZED (
				SELECT e.tenant_id, e.id FROM stored_file e WHERE e.expires_at <= ? AND NOT EXISTS (
					SELECT FROM batch b WHERE b.tenant_id = e.tenant_id AND b.input_file_id = e.id
					AND b.status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
				LIMIT ? FOR UPDATE SKIP LOCKED
			)
			DELETE FROM stored_file f USING old
			WHERE f.tenant_id = old.tenant_id AND f.id = old.id""";

	private static final String LEFT = """
			WITH old AS MATERIALIZED (
				SELECT e.tenant_id, e.id FROM stored_file e WHERE NOT e.ready AND e.created_at <= ?
				LIMIT ? FOR UPDATE SKIP LOCKED
			)
			DELETE FROM stored_file f USING old
			WHERE f.tenant_id = old.tenant_id AND f.id = old.id""";

	private static final String ENDED = """
			WITH old AS MATERIALIZED (
				SELECT e.tenant_id, e.id FROM batch e
				WHERE e.created_at <= ? AND e.status IN ('failed', 'completed', 'expired', 'cancelled')
				LIMIT ? FOR UPDATE SKIP LOCKED
			)
			DELETE FROM batch b USING old
			WHERE b.tenant_id = old.tenant_id AND b.id = old.id""";

	private final JdbcClient jdbc;

	private final BatchSettings settings;

	private final Clock clock;

	BatchSweep(JdbcClient jdbc, BatchSettings settings, Clock clock) {
		this.jdbc = jdbc;
		this.settings = settings;
		this.clock = clock;
	}

	/**
	 * Sweeps once.
	 * @return whether there may be more
	 */
	boolean sweep() {
		Instant now = this.clock.instant();
		Duration unready = (this.settings.uploadTimeout().compareTo(UNREADY_FOR) > 0)
				? this.settings.uploadTimeout().multipliedBy(2) : UNREADY_FOR;
		int expired = delete(EXPIRED, now, FILES_MAX);
		int left = delete(LEFT, now.minus(unready), FILES_MAX);
		int ended = delete(ENDED, now.minus(this.settings.retention()), BATCHES_MAX);
		return expired == FILES_MAX || left == FILES_MAX || ended == BATCHES_MAX;
	}

	private int delete(String sql, Instant before, int most) {
		return this.jdbc.sql(sql).params(FileStore.timestamp(before), most).update();
	}

}
