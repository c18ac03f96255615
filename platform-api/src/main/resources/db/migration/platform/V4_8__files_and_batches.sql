-- Files that clients upload, batches of requests in them, and the queue that runs those.

-- A file's bytes are in file_chunk, encrypted under a key of its own, which is encrypted
-- under a master key. One that is not ready is being written, or was when its writer died.
CREATE TABLE stored_file (
	tenant_id   uuid NOT NULL,
	id          uuid NOT NULL,
	project_id  uuid NOT NULL,
	key_id      uuid NOT NULL,
	purpose     text NOT NULL,
	name        text NOT NULL,
	bytes       bigint NOT NULL DEFAULT 0,
	ready       boolean NOT NULL DEFAULT false,
	created_at  timestamptz NOT NULL,
	expires_at  timestamptz NOT NULL,
	master_key  text NOT NULL,
	sealed_key  bytea NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX stored_file_project ON stored_file (tenant_id, project_id, id);
CREATE INDEX stored_file_expiry ON stored_file (expires_at);
CREATE INDEX stored_file_unready ON stored_file (created_at) WHERE NOT ready;
CALL protect_by_tenant('stored_file');
GRANT SELECT, INSERT, UPDATE, DELETE ON stored_file TO exchequer_gateway;
GRANT SELECT, UPDATE (master_key, sealed_key) ON stored_file TO exchequer_console;

CREATE TABLE file_chunk (
	tenant_id uuid NOT NULL,
	file_id   uuid NOT NULL,
	chunk     integer NOT NULL,
	sealed    bytea NOT NULL,
	PRIMARY KEY (tenant_id, file_id, chunk),
	FOREIGN KEY (tenant_id, file_id) REFERENCES stored_file (tenant_id, id) ON DELETE CASCADE
);
-- What is encrypted does not get smaller.
ALTER TABLE file_chunk ALTER COLUMN sealed SET STORAGE EXTERNAL;
CALL protect_by_tenant('file_chunk');
GRANT SELECT, INSERT, DELETE ON file_chunk TO exchequer_gateway;

-- The worker is whoever validates or finishes the batch, by a lease; its identifier is new
-- each time, and whatever it writes is written only while it is there.
CREATE TABLE batch (
	tenant_id              uuid NOT NULL,
	id                     uuid NOT NULL,
	project_id             uuid NOT NULL,
	key_id                 uuid NOT NULL,
	endpoint               text NOT NULL,
	completion_window      text NOT NULL,
	input_file_id          uuid NOT NULL,
	output_file_id         uuid,
	error_file_id          uuid,
	status                 text NOT NULL CHECK (status IN ('validating', 'failed', 'in_progress', 'finalizing',
		'completed', 'expired', 'cancelling', 'cancelled')),
	errors                 text,
	metadata               text,
	task                   text,
	tags                   text[] NOT NULL,
	data_class             text,
	output_expires_after_s bigint,
	idempotency_key        text,
	body_sha256            bytea,
	total                  integer NOT NULL DEFAULT 0,
	completed              integer NOT NULL DEFAULT 0,
	failed                 integer NOT NULL DEFAULT 0,
	created_at             timestamptz NOT NULL,
	reserved_at            timestamptz,
	in_progress_at         timestamptz,
	expires_at             timestamptz NOT NULL,
	finalizing_at          timestamptz,
	completed_at           timestamptz,
	failed_at              timestamptz,
	expired_at             timestamptz,
	cancelling_at          timestamptz,
	cancelled_at           timestamptz,
	worker                 uuid,
	lease_until            timestamptz NOT NULL,
	turn_at                timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN batch.errors IS 'why it failed: a JSON array in OpenAI''s form';
COMMENT ON COLUMN batch.turn_at IS 'when lines of it were last taken: whoever waited longest is next';
CREATE INDEX batch_project ON batch (tenant_id, project_id, id);
CREATE UNIQUE INDEX batch_once ON batch (tenant_id, key_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX batch_input ON batch (tenant_id, input_file_id);
CREATE INDEX batch_live ON batch (status) WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling');
CALL protect_by_tenant('batch');
GRANT SELECT, INSERT, UPDATE, DELETE ON batch TO exchequer_gateway;
GRANT SELECT ON batch TO exchequer_console;

-- One request of a batch, by its place in the input file. While it runs, its request
-- identifier is the fencing token: it is new each time the line is taken. The result is
-- the line of the output file, encrypted under the input file's key.
CREATE TABLE batch_line (
	tenant_id   uuid NOT NULL,
	batch_id    uuid NOT NULL,
	line        integer NOT NULL,
	position    bigint NOT NULL,
	length      integer NOT NULL,
	part_id     uuid,
	nanos       bigint NOT NULL DEFAULT 0,
	state       text NOT NULL CHECK (state IN ('waiting', 'running', 'done')),
	tries       integer NOT NULL DEFAULT 0,
	not_before  timestamptz NOT NULL,
	request_id  uuid,
	lease_until timestamptz,
	succeeded   boolean,
	sealed      bytea,
	PRIMARY KEY (tenant_id, batch_id, line),
	FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE batch_line ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX batch_line_waiting ON batch_line (tenant_id, batch_id, line) WHERE state = 'waiting';
CREATE INDEX batch_line_running ON batch_line (lease_until) WHERE state = 'running';
CALL protect_by_tenant('batch_line');
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_line TO exchequer_gateway;

-- Takes lines to run, of one batch: tenants take turns, then a tenant's batches.
-- Replicas do not wait for one another: they take different lines.
CREATE FUNCTION take_batch_lines(p_now timestamptz, p_lease_until timestamptz, p_max integer)
	RETURNS SETOF batch_line
	LANGUAGE plpgsql AS $$
DECLARE
	turn batch;
BEGIN
	SELECT b.* INTO turn FROM batch b
		WHERE b.status = 'in_progress' AND b.expires_at > p_now
		AND EXISTS (SELECT FROM batch_line l WHERE l.tenant_id = b.tenant_id AND l.batch_id = b.id
			AND l.state = 'waiting' AND l.not_before <= p_now)
		ORDER BY (SELECT max(o.turn_at) FROM batch o WHERE o.tenant_id = b.tenant_id AND o.status = 'in_progress'),
			b.turn_at
		LIMIT 1;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	UPDATE batch SET turn_at = p_now WHERE tenant_id = turn.tenant_id AND id = turn.id AND status = 'in_progress';
	IF NOT FOUND THEN
		RETURN; -- it was cancelled meanwhile
	END IF;
	-- Materialized: joined, the limited part may be run again for each row.
	RETURN QUERY
		WITH next AS MATERIALIZED (
			SELECT w.line FROM batch_line w
				WHERE w.tenant_id = turn.tenant_id AND w.batch_id = turn.id AND w.state = 'waiting' AND w.not_before <= p_now
				ORDER BY w.line LIMIT p_max FOR UPDATE SKIP LOCKED
		)
		UPDATE batch_line l SET state = 'running', request_id = uuid7(p_now), lease_until = p_lease_until, tries = l.tries + 1
			FROM next
			WHERE l.tenant_id = turn.tenant_id AND l.batch_id = turn.id AND l.line = next.line
			RETURNING l.*;
END
$$;
