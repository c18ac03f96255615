package io.exchequer.batch;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.batch.Batch.Counts;
import io.exchequer.batch.Batch.Draft;
import io.exchequer.batch.Batch.Once;
import io.exchequer.batch.Batch.Status;
import io.exchequer.batch.Batch.Times;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.DataClass;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Batches and their lines in PostgreSQL. Whoever works on a batch or a line has a lease
 * and an identifier of its own for it; what it writes later than its lease finds no row.
 */
final class BatchStore implements Batches {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final TypeReference<List<LineError>> ERRORS = new TypeReference<>() {
	};

	private static final TypeReference<Map<String, String>> NOTES = new TypeReference<>() {
	};

	private static final String LOCK_TENANT = "SELECT pg_advisory_xact_lock(uuid_hash_extended(?, 9))";

	private static final String MADE_BEFORE = "SELECT * FROM batch WHERE tenant_id = ? AND key_id = ? AND idempotency_key = ?";

	private static final String UNFINISHED = """
			SELECT count(*) FROM batch WHERE tenant_id = ?
			AND status IN ('validating', 'in_progress', 'finalizing', 'cancelling')""";

	/** The file's lock keeps it from being deleted until the batch is there. */
	private static final String INPUT = """
			SELECT purpose FROM stored_file WHERE tenant_id = ? AND project_id = ? AND id = ? AND ready AND expires_at > ?
			FOR SHARE""";

	private static final String INSERT = """
			INSERT INTO batch (tenant_id, id, project_id, key_id, endpoint, completion_window, input_file_id, status,
				metadata, task, tags, data_class, output_expires_after_s, idempotency_key, body_sha256, created_at,
				expires_at, lease_until, turn_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, 'validating', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

	private static final String FIND = "SELECT * FROM batch WHERE tenant_id = ? AND project_id = ? AND id = ?";

	private static final String LIST = """
			SELECT * FROM batch WHERE tenant_id = ? AND project_id = ? AND (?::uuid IS NULL OR id < ?::uuid)
			ORDER BY id DESC LIMIT ?""";

	private static final String CANCEL = """
			UPDATE batch SET status = 'cancelling', cancelling_at = ?
			WHERE tenant_id = ? AND project_id = ? AND id = ? AND status IN ('validating', 'in_progress')""";

	/** Materialized: joined, the limited part may be run again for each row. */
	private static final String TAKE_WORK = """
			WITH next AS MATERIALIZED (
				SELECT w.tenant_id, w.id FROM batch w WHERE %s AND w.lease_until <= ?
				ORDER BY w.lease_until LIMIT 1 FOR UPDATE SKIP LOCKED
			)
			UPDATE batch b SET worker = ?, lease_until = ? FROM next
			WHERE b.tenant_id = next.tenant_id AND b.id = next.id
			RETURNING b.*""";

	private static final String TO_VALIDATE = "w.status = 'validating'";

	private static final String TO_FINISH = """
			w.status IN ('finalizing', 'cancelling') AND NOT EXISTS (SELECT FROM batch_line l
				WHERE l.tenant_id = w.tenant_id AND l.batch_id = w.id AND l.state = 'running')""";

	private static final String RENEW_WORK = """
			UPDATE batch SET lease_until = ? WHERE tenant_id = ? AND id = ? AND worker = ? AND status = ?""";

	private static final String ADD_WAITING = """
			INSERT INTO batch_line (tenant_id, batch_id, line, position, length, part_id, nanos, state, not_before)
			SELECT ?::uuid, ?::uuid, n.line, n.position, n.length, n.part_id, n.nanos, 'waiting', ?::timestamptz
			FROM unnest(?::integer[], ?::bigint[], ?::integer[], ?::uuid[], ?::bigint[])
				n(line, position, length, part_id, nanos)""";

	private static final String ADD_FAILED = """
			INSERT INTO batch_line (tenant_id, batch_id, line, position, length, state, not_before, succeeded, sealed)
			VALUES (?, ?, ?, ?, ?, 'done', ?, false, ?)""";

	private static final String BEGIN = """
			UPDATE batch SET status = 'in_progress', in_progress_at = ?, reserved_at = ?, total = ?, failed = ?,
				worker = NULL, lease_until = ?
			WHERE tenant_id = ? AND id = ? AND worker = ? AND status = 'validating'""";

	private static final String REFUSE = """
			UPDATE batch SET status = 'failed', failed_at = ?, errors = ?, total = ?, worker = NULL
			WHERE tenant_id = ? AND id = ? AND worker = ? AND status = 'validating'""";

	private static final String TAKE_LINES = "SELECT * FROM take_batch_lines(?, ?, ?)";

	private static final String RENEW_LINES = """
			UPDATE batch_line l SET lease_until = ?
			FROM unnest(?::uuid[], ?::uuid[], ?::integer[], ?::uuid[]) r(tenant_id, batch_id, line, request_id)
			WHERE l.tenant_id = r.tenant_id AND l.batch_id = r.batch_id AND l.line = r.line
			AND l.state = 'running' AND l.request_id = r.request_id""";

	private static final String LEFT_LINES = """
			SELECT * FROM batch_line WHERE state = 'running' AND lease_until <= ? ORDER BY lease_until LIMIT ?""";

	private static final String STANDS = """
			SELECT EXISTS (SELECT FROM batch_line l JOIN batch b ON b.tenant_id = l.tenant_id AND b.id = l.batch_id
				WHERE l.tenant_id = ? AND l.batch_id = ? AND l.line = ? AND l.state = 'running' AND l.request_id = ?
				AND b.status = 'in_progress')""";

	private static final String END_LINE = """
			WITH ended AS (
				UPDATE batch_line SET state = 'done', succeeded = ?, sealed = ?, lease_until = NULL
				WHERE tenant_id = ? AND batch_id = ? AND line = ? AND state = 'running' AND request_id = ?
				RETURNING tenant_id, batch_id
			)
			UPDATE batch b SET completed = b.completed + ?, failed = b.failed + ?
			FROM ended e WHERE b.tenant_id = e.tenant_id AND b.id = e.batch_id""";

	private static final String PUT_BACK = """
			UPDATE batch_line SET state = 'waiting', not_before = ?, tries = tries - ?, lease_until = NULL
			WHERE tenant_id = ? AND batch_id = ? AND line = ? AND state = 'running' AND request_id = ?""";

	private static final String LOOK_AGAIN = """
			UPDATE batch_line SET lease_until = ?
			WHERE tenant_id = ? AND batch_id = ? AND line = ? AND state = 'running' AND request_id = ?""";

	private static final String NOTE_ENDS = """
			UPDATE batch b SET status = 'finalizing', finalizing_at = ?, lease_until = ?
			WHERE b.status = 'in_progress' AND (b.expires_at <= ?
				OR NOT EXISTS (SELECT FROM batch_line l WHERE l.tenant_id = b.tenant_id AND l.batch_id = b.id
						AND l.state = 'waiting')
					AND NOT EXISTS (SELECT FROM batch_line l WHERE l.tenant_id = b.tenant_id AND l.batch_id = b.id
						AND l.state = 'running'))""";

	/** As many lines as make a page of at most some megabytes, and one in any case. */
	private static final String RESULTS = """
			SELECT line, position, length, request_id, succeeded, sealed
			FROM (SELECT p.*, sum(octet_length(p.sealed)) OVER (ORDER BY p.line) AS upto, row_number() OVER (ORDER BY p.line) AS n
				FROM (SELECT * FROM batch_line WHERE tenant_id = ? AND batch_id = ? AND line > ? ORDER BY line LIMIT 256) p) q
			WHERE n = 1 OR coalesce(upto, 0) <= 4000000
			ORDER BY line""";

	private static final String FINISH = """
			UPDATE batch SET status = ?, output_file_id = ?, error_file_id = ?, failed = ?, worker = NULL,
				completed_at = ?, expired_at = ?, cancelled_at = ?
			WHERE tenant_id = ? AND id = ? AND worker = ? AND status IN ('finalizing', 'cancelling')""";

	private final JdbcClient jdbc;

	private final TransactionTemplate transactions;

	private final BatchSettings settings;

	private final List<String> endpoints;

	private final Runnable onCreation;

	private final Clock clock;

	private final Uuid7 ids;

	/**
	 * Makes a store.
	 * @param onCreation told when there is a batch more
	 */
	BatchStore(JdbcClient jdbc, TransactionTemplate transactions, BatchSettings settings, List<String> endpoints,
			Runnable onCreation, Clock clock) {
		this.jdbc = jdbc;
		this.transactions = transactions;
		this.settings = settings;
		this.endpoints = endpoints;
		this.onCreation = onCreation;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	@Override
	public List<String> endpoints() {
		return this.endpoints;
	}

	@Override
	public Creation create(Owner owner, Draft draft) {
		Creation creation = this.transactions.execute((status) -> insert(owner, draft));
		this.onCreation.run();
		return creation;
	}

	private Creation insert(Owner owner, Draft draft) {
		UUID tenant = owner.tenant().value();
		this.jdbc.sql(LOCK_TENANT).params(tenant).query().singleRow();
		Once once = draft.once();
		Creation before = (once != null) ? before(owner, once) : null;
		if (before != null) {
			return before;
		}
		Instant now = this.clock.instant();
		Optional<String> purpose = this.jdbc.sql(INPUT)
			.params(tenant, owner.project().value(), draft.inputFile(), timestamp(now))
			.query(String.class)
			.optional();
		if (purpose.isEmpty()) {
			return new Creation.NoSuchFile();
		}
		if (!purpose.get().equals(StoredFile.BATCH)) {
			return new Creation.OtherPurpose(purpose.get());
		}
		if (this.jdbc.sql(UNFINISHED).params(tenant).query(Integer.class).single() >= this.settings.batchesMax()) {
			return new Creation.TooMany(this.settings.batchesMax());
		}
		UUID id = this.ids.next();
		DataClass dataClass = draft.dataClass();
		Duration kept = draft.outputKeptFor();
		this.jdbc.sql(INSERT)
			.params(Arrays.asList(tenant, id, owner.project().value(), owner.key().value(), draft.endpoint(),
					draft.completionWindow(), draft.inputFile(), JSON.writeValueAsString(draft.metadata()),
					draft.task(), draft.tags().toArray(String[]::new), (dataClass != null) ? dataClass.name() : null,
					(kept != null) ? kept.toSeconds() : null, (once != null) ? once.idempotencyKey() : null,
					(once != null) ? once.bodySha256() : null, timestamp(now),
					timestamp(now.plus(this.settings.window())), timestamp(now), timestamp(now)))
			.update();
		return new Creation.Created(find(owner, id).orElseThrow());
	}

	/** Returns what a call with the same idempotency key came to, or null. */
	private @Nullable Creation before(Owner owner, Once once) {
		return this.jdbc.sql(MADE_BEFORE)
			.params(owner.tenant().value(), owner.key().value(), once.idempotencyKey())
			.query((row,
					n) -> (Creation) (Arrays.equals(row.getBytes("body_sha256"), once.bodySha256())
							? new Creation.Repeated(batch(row)) : new Creation.OtherBody(batch(row))))
			.optional()
			.orElse(null);
	}

	@Override
	public Optional<Batch> find(Owner owner, UUID id) {
		return this.jdbc.sql(FIND)
			.params(owner.tenant().value(), owner.project().value(), id)
			.query((row, n) -> batch(row))
			.optional();
	}

	/** Finds a batch of a tenant, for whoever works on it. */
	Batch get(TenantId tenant, UUID id) {
		return this.jdbc.sql("SELECT * FROM batch WHERE tenant_id = ? AND id = ?")
			.params(tenant.value(), id)
			.query((row, n) -> batch(row))
			.single();
	}

	@Override
	public List<Batch> list(Owner owner, @Nullable UUID after, int limit) {
		String from = (after != null) ? after.toString() : null;
		return this.jdbc.sql(LIST)
			.params(Arrays.asList(owner.tenant().value(), owner.project().value(), from, from, limit))
			.query((row, n) -> batch(row))
			.list();
	}

	@Override
	public Cancellation cancel(Owner owner, UUID id) {
		int changed = this.jdbc.sql(CANCEL)
			.params(timestamp(this.clock.instant()), owner.tenant().value(), owner.project().value(), id)
			.update();
		this.onCreation.run();
		Optional<Batch> batch = find(owner, id);
		if (batch.isEmpty()) {
			return new Cancellation.NotFound();
		}
		boolean ends = changed > 0 || batch.get().status() == Status.CANCELLING
				|| batch.get().status() == Status.CANCELLED;
		return ends ? new Cancellation.Cancelled(batch.get()) : new Cancellation.Over(batch.get());
	}

	/** Takes a batch whose input is to be read. */
	Optional<Work> takeToValidate() {
		return takeWork(TO_VALIDATE);
	}

	/** Takes a batch whose results are to be written. */
	Optional<Work> takeToFinish() {
		return takeWork(TO_FINISH);
	}

	private Optional<Work> takeWork(String which) {
		UUID worker = this.ids.next();
		Instant now = this.clock.instant();
		return this.jdbc.sql(TAKE_WORK.formatted(which))
			.params(timestamp(now), worker, timestamp(now.plus(this.settings.lease())))
			.query((row, n) -> new Work(batch(row), worker))
			.optional();
	}

	/**
	 * Renews the lease on a batch.
	 * @return whether it is still the worker's, and still to be done
	 */
	boolean renew(Work work) {
		Batch batch = work.batch();
		return this.jdbc.sql(RENEW_WORK)
			.params(timestamp(this.clock.instant().plus(this.settings.lease())), batch.owner().tenant().value(),
					batch.id(), work.worker(), text(batch.status()))
			.update() > 0;
	}

	/** Gives a batch back, for whoever wants it at some instant or later. */
	void giveBack(Work work, Instant at) {
		this.jdbc.sql("UPDATE batch SET worker = NULL, lease_until = ? WHERE tenant_id = ? AND id = ? AND worker = ?")
			.params(timestamp(at), work.batch().owner().tenant().value(), work.batch().id(), work.worker())
			.update();
	}

	/** Forgets the lines that an earlier worker may have left. */
	void clearLines(Work work) {
		this.jdbc.sql("DELETE FROM batch_line WHERE tenant_id = ? AND batch_id = ?")
			.params(work.batch().owner().tenant().value(), work.batch().id())
			.update();
	}

	/** Adds lines that wait. */
	void addWaiting(Work work, List<WaitingLine> lines) {
		this.jdbc.sql(ADD_WAITING)
			.params(work.batch().owner().tenant().value(), work.batch().id(), timestamp(this.clock.instant()),
					lines.stream().mapToInt(WaitingLine::number).toArray(),
					lines.stream().mapToLong(WaitingLine::position).toArray(),
					lines.stream().mapToInt(WaitingLine::length).toArray(),
					texts(lines.stream().map(WaitingLine::partId).toList()),
					lines.stream().mapToLong(WaitingLine::nanos).toArray())
			.update();
	}

	/** Adds a line that would be refused, with its result. */
	void addFailed(Work work, int number, long position, int length, byte[] sealed) {
		this.jdbc.sql(ADD_FAILED)
			.params(work.batch().owner().tenant().value(), work.batch().id(), number, position, length,
					timestamp(this.clock.instant()), sealed)
			.update();
	}

	/** Has a validated batch run. Returns false where it is no longer the worker's. */
	boolean begin(Work work, int total, int failed, Instant reservedAt) {
		Instant now = this.clock.instant();
		return this.jdbc.sql(BEGIN)
			.params(timestamp(now), timestamp(reservedAt), total, failed, timestamp(now),
					work.batch().owner().tenant().value(), work.batch().id(), work.worker())
			.update() > 0;
	}

	/** Ends a batch whose input was refused, and forgets its lines. */
	void refuse(Work work, List<LineError> errors, int total) {
		this.transactions.executeWithoutResult((status) -> {
			int changed = this.jdbc.sql(REFUSE)
				.params(timestamp(this.clock.instant()), JSON.writeValueAsString(errors), total,
						work.batch().owner().tenant().value(), work.batch().id(), work.worker())
				.update();
			if (changed > 0) {
				clearLines(work);
			}
		});
	}

	/** Takes lines to run, of whichever batch has waited longest. */
	List<RunningLine> takeLines(int most) {
		Instant now = this.clock.instant();
		return this.jdbc.sql(TAKE_LINES)
			.params(timestamp(now), timestamp(now.plus(this.settings.lease())), most)
			.query((row, n) -> line(row))
			.list();
	}

	void renew(List<RunningLine> lines) {
		this.jdbc.sql(RENEW_LINES)
			.params(timestamp(this.clock.instant().plus(this.settings.lease())),
					texts(lines.stream().map((line) -> line.tenant().value()).toList()),
					texts(lines.stream().map(RunningLine::batchId).toList()),
					lines.stream().mapToInt(RunningLine::number).toArray(),
					texts(lines.stream().map(RunningLine::requestId).toList()))
			.update();
	}

	private static String[] texts(List<UUID> ids) {
		return ids.stream().map(UUID::toString).toArray(String[]::new);
	}

	/** Returns lines whose runner's lease is over. */
	List<RunningLine> leftLines(int most) {
		return this.jdbc.sql(LEFT_LINES)
			.params(timestamp(this.clock.instant()), most)
			.query((row, n) -> line(row))
			.list();
	}

	/** Returns whether a line is still its runner's, and its batch goes on. */
	boolean stands(RunningLine line) {
		return this.jdbc.sql(STANDS)
			.params(line.tenant().value(), line.batchId(), line.number(), line.requestId())
			.query(Boolean.class)
			.single();
	}

	/** Ends a line, unless it is no longer its runner's. */
	void end(RunningLine line, boolean succeeded, byte[] sealed) {
		this.jdbc.sql(END_LINE)
			.params(succeeded, sealed, line.tenant().value(), line.batchId(), line.number(), line.requestId(),
					succeeded ? 1 : 0, succeeded ? 0 : 1)
			.update();
	}

	/**
	 * Lets a line be taken again, at some instant or later.
	 * @param tried whether it counts as a try
	 */
	void putBack(RunningLine line, Instant at, boolean tried) {
		this.jdbc.sql(PUT_BACK)
			.params(timestamp(at), tried ? 0 : 1, line.tenant().value(), line.batchId(), line.number(),
					line.requestId())
			.update();
	}

	/** Leaves a line to its runner for a lease more. */
	void lookAgain(RunningLine line) {
		this.jdbc.sql(LOOK_AGAIN)
			.params(timestamp(this.clock.instant().plus(this.settings.lease())), line.tenant().value(), line.batchId(),
					line.number(), line.requestId())
			.update();
	}

	/** Notes the batches whose last line, or time, is over. */
	void noteEnds() {
		OffsetDateTime now = timestamp(this.clock.instant());
		this.jdbc.sql(NOTE_ENDS).params(now, now, now).update();
	}

	/** Returns the next lines of a batch, of which at least one where there is one. */
	List<Result> results(Batch batch, int after) {
		return this.jdbc.sql(RESULTS)
			.params(batch.owner().tenant().value(), batch.id(), after)
			.query((row, n) -> new Result(row.getInt("line"), row.getLong("position"), row.getInt("length"),
					row.getObject("request_id", UUID.class), row.getBoolean("succeeded"), row.getBytes("sealed")))
			.list();
	}

	/**
	 * Ends a batch in the caller's transaction, and forgets its lines.
	 * @return whether it was still the worker's
	 */
	boolean finish(Work work, Status ending, @Nullable UUID output, @Nullable UUID errors, int failed) {
		OffsetDateTime now = timestamp(this.clock.instant());
		int changed = this.jdbc.sql(FINISH)
			.params(Arrays.asList(text(ending), output, errors, failed, (ending == Status.COMPLETED) ? now : null,
					(ending == Status.EXPIRED) ? now : null, (ending == Status.CANCELLED) ? now : null,
					work.batch().owner().tenant().value(), work.batch().id(), work.worker()))
			.update();
		if (changed > 0) {
			clearLines(work);
		}
		return changed > 0;
	}

	private Batch batch(ResultSet row) throws SQLException {
		Owner owner = new Owner(new TenantId(row.getObject("tenant_id", UUID.class)),
				new ProjectId(row.getObject("project_id", UUID.class)), new KeyId(row.getObject("key_id", UUID.class)));
		String dataClass = row.getString("data_class");
		Long kept = row.getObject("output_expires_after_s", Long.class);
		Array tags = row.getArray("tags");
		Draft draft = new Draft(row.getObject("input_file_id", UUID.class), row.getString("endpoint"),
				row.getString("completion_window"), JSON.readValue(row.getString("metadata"), NOTES),
				row.getString("task"), List.of((String[]) tags.getArray()),
				(dataClass != null) ? DataClass.valueOf(dataClass) : null,
				(kept != null) ? Duration.ofSeconds(kept) : null, null);
		String errors = row.getString("errors");
		return new Batch(row.getObject("id", UUID.class), owner, draft,
				Status.valueOf(row.getString("status").toUpperCase(Locale.ROOT)),
				row.getObject("output_file_id", UUID.class), row.getObject("error_file_id", UUID.class),
				(errors != null) ? JSON.readValue(errors, ERRORS) : List.of(),
				new Counts(row.getInt("total"), row.getInt("completed"), row.getInt("failed")), times(row));
	}

	private static Times times(ResultSet row) throws SQLException {
		return new Times(FileStore.instant(row, "created_at"), at(row, "reserved_at"), at(row, "in_progress_at"),
				FileStore.instant(row, "expires_at"), at(row, "finalizing_at"), at(row, "completed_at"),
				at(row, "failed_at"), at(row, "expired_at"), at(row, "cancelling_at"), at(row, "cancelled_at"));
	}

	private static @Nullable Instant at(ResultSet row, String column) throws SQLException {
		OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
		return (at != null) ? at.toInstant() : null;
	}

	private static RunningLine line(ResultSet row) throws SQLException {
		return new RunningLine(new TenantId(row.getObject("tenant_id", UUID.class)),
				row.getObject("batch_id", UUID.class), row.getInt("line"), row.getLong("position"),
				row.getInt("length"), row.getObject("part_id", UUID.class), row.getLong("nanos"),
				row.getObject("request_id", UUID.class), row.getInt("tries"));
	}

	static String text(Status status) {
		return status.name().toLowerCase(Locale.ROOT);
	}

	private static OffsetDateTime timestamp(Instant at) {
		return FileStore.timestamp(at);
	}

	/**
	 * A batch in somebody's hands.
	 *
	 * @param batch as it was when it was taken
	 * @param worker who has it
	 */
	record Work(Batch batch, UUID worker) {
	}

	/**
	 * A line that waits to be run.
	 *
	 * @param number its number, from 1
	 * @param position where it begins in the input
	 * @param length its bytes
	 * @param partId the part of the reserve its share belongs to
	 * @param nanos its share
	 */
	record WaitingLine(int number, long position, int length, UUID partId, long nanos) {
	}

	/**
	 * A line that runs.
	 *
	 * @param tenant its tenant
	 * @param batchId its batch
	 * @param number its number, from 1
	 * @param position where it begins in the input
	 * @param length its bytes
	 * @param partId the part of the reserve its share belongs to
	 * @param nanos its share
	 * @param requestId the request, new each time it is taken
	 * @param tries how often it was taken
	 */
	record RunningLine(TenantId tenant, UUID batchId, int number, long position, int length, UUID partId, long nanos,
			UUID requestId, int tries) {
	}

	/**
	 * A line with its result.
	 *
	 * @param number its number
	 * @param position where it begins in the input
	 * @param length its bytes
	 * @param requestId its last request, or null
	 * @param succeeded whether it was answered
	 * @param sealed its result, or null where it did not run
	 */
	record Result(int number, long position, int length, @Nullable UUID requestId, boolean succeeded,
			byte @Nullable [] sealed) {
	}

}
