-- Money: budgets and their balances, open holds, the ledger, decisions and idempotency keys.

-- Hot-path callers pass instants as microseconds of the Unix epoch: exact, and cheap to bind.
CREATE FUNCTION instant_of(micros bigint) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN to_timestamp(micros / 1000000.0::float8);

-- A UUIDv7, for transactions that begin in the database.
CREATE FUNCTION uuid7(at timestamptz) RETURNS uuid
	LANGUAGE sql VOLATILE
	RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
		PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;

-- The lock that money's movements share and a change of the tenant's budgets takes alone.
CREATE FUNCTION tenant_lock(tenant uuid) RETURNS bigint
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN uuid_hash_extended(tenant, 2);

-- Budgets ----------------------------------------------------------------------------------

CREATE TABLE budget (
	tenant_id        uuid NOT NULL,
	id               uuid NOT NULL,
	name             text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
	scope_type       text NOT NULL CHECK (scope_type IN ('tenant', 'team', 'project', 'key', 'model', 'tag')),
	scope_value      text NOT NULL,
	window_kind      text NOT NULL CHECK (window_kind IN ('day', 'week', 'month', 'quarter', 'year', 'total')),
	time_zone        text NOT NULL,
	currency         text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	hard_limit_nanos numeric(38) CHECK (hard_limit_nanos >= 0),
	soft_limit_nanos numeric(38) CHECK (soft_limit_nanos >= 0),
	created_at       timestamptz NOT NULL,
	updated_at       timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, name),
	CHECK (hard_limit_nanos IS NOT NULL OR soft_limit_nanos IS NOT NULL)
);
CALL protect_by_tenant('budget');
CALL part_of_configuration('budget');
GRANT SELECT ON budget TO exchequer_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON budget TO exchequer_console;

-- Raised by every change to a tenant's budgets, so that an admission which does not know
-- the change yet is told to look again.
CREATE TABLE budget_epoch (
	tenant_id uuid PRIMARY KEY,
	epoch     bigint NOT NULL
);
CALL protect_by_tenant('budget_epoch');
GRANT SELECT ON budget_epoch TO exchequer_gateway, exchequer_console;

CREATE FUNCTION raise_budget_epoch() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	tenant uuid := coalesce(NEW.tenant_id, OLD.tenant_id);
BEGIN
	PERFORM pg_advisory_xact_lock(tenant_lock(tenant));
	INSERT INTO budget_epoch AS e (tenant_id, epoch) VALUES (tenant, 1)
		ON CONFLICT (tenant_id) DO UPDATE SET epoch = e.epoch + 1;
	RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER raises_budget_epoch BEFORE INSERT OR UPDATE OR DELETE ON budget
	FOR EACH ROW EXECUTE FUNCTION raise_budget_epoch();

-- What a budget's window has spent and set aside. A projection of ledger and holds.
CREATE TABLE balance (
	tenant_id    uuid NOT NULL,
	budget_id    uuid NOT NULL,
	window_start timestamptz NOT NULL,
	window_end   timestamptz,
	settled      numeric(38) NOT NULL DEFAULT 0,
	held         numeric(38) NOT NULL DEFAULT 0 CHECK (held >= 0),
	PRIMARY KEY (tenant_id, budget_id, window_start)
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CALL protect_by_tenant('balance');
GRANT SELECT, INSERT, UPDATE ON balance TO exchequer_gateway;
GRANT SELECT ON balance TO exchequer_console;

-- A key's requests and tokens in one calendar minute.
CREATE TABLE rate_window (
	tenant_id uuid NOT NULL,
	key_id    uuid NOT NULL,
	minute    timestamptz NOT NULL,
	requests  bigint NOT NULL DEFAULT 0,
	tokens    bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, key_id, minute)
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CALL protect_by_tenant('rate_window');
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_window TO exchequer_gateway;

-- Holds and the ledger ---------------------------------------------------------------------

CREATE SEQUENCE lease_fence;
GRANT USAGE ON SEQUENCE lease_fence TO exchequer_gateway;

-- Open holds only: a row leaves when it is settled, released or expired. It knows all that
-- its ledger lines need, so that any replica can settle it, and the balances it stands in.
CREATE TABLE hold (
	tenant_id     uuid NOT NULL,
	request_id    uuid NOT NULL,
	id            uuid NOT NULL,
	attempt       integer NOT NULL,
	team_id       uuid NOT NULL,
	project_id    uuid NOT NULL,
	key_id        uuid NOT NULL,
	provider_id   uuid NOT NULL,
	model_id      uuid NOT NULL,
	deployment_id uuid NOT NULL,
	price_card_id uuid NOT NULL,
	amount_nanos  bigint NOT NULL,
	admitted_at   timestamptz NOT NULL,
	lease_until   timestamptz NOT NULL,
	fence         bigint NOT NULL,
	owner         uuid NOT NULL,
	currency      text NOT NULL,
	task          text NOT NULL,
	cost_centre   text,
	tags          text[] NOT NULL,
	budget_ids    uuid[],
	window_starts timestamptz[],
	PRIMARY KEY (tenant_id, request_id, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CALL protect_by_tenant('hold');
GRANT SELECT, INSERT, UPDATE, DELETE ON hold TO exchequer_gateway;
GRANT SELECT ON hold TO exchequer_console;

-- Double entry: what was used (account usage) is owed to the provider (account provider).
-- Each transaction sums to zero in each currency; a correction is new lines. Of kind
-- settlement, estimate, reversal (of the transaction it names) or correction. Only the
-- functions of this module write here; checks, which the database reads anew for each
-- statement, would cost more than the statement.
CREATE TABLE ledger_line (
	tenant_id            uuid NOT NULL,
	posted_at            timestamptz NOT NULL,
	transaction_id       uuid NOT NULL,
	line                 smallint NOT NULL,
	attempt              integer NOT NULL,
	request_id           uuid NOT NULL,
	hold_id              uuid NOT NULL,
	team_id              uuid NOT NULL,
	project_id           uuid NOT NULL,
	key_id               uuid NOT NULL,
	provider_id          uuid NOT NULL,
	model_id             uuid NOT NULL,
	deployment_id        uuid NOT NULL,
	price_card_id        uuid NOT NULL,
	admitted_at          timestamptz NOT NULL,
	amount_nanos         bigint NOT NULL,
	account              text NOT NULL,
	kind                 text NOT NULL,
	currency             text NOT NULL,
	service_tier         text NOT NULL,
	task                 text NOT NULL,
	tags                 text[] NOT NULL,
	cost_centre          text,
	credential_id        uuid,
	upstream_request_id  text,
	estimated_reason     text,
	reverses             uuid,
	input_count          bigint,
	cache_read_count     bigint,
	cache_write_5m_count bigint,
	cache_write_1h_count bigint,
	output_count         bigint,
	reasoning_count      bigint,
	audio_input_count    bigint,
	audio_output_count   bigint,
	image_input_count    bigint,
	image_output_count   bigint,
	request_count        bigint,
	PRIMARY KEY (tenant_id, posted_at, transaction_id, line)
) PARTITION BY RANGE (posted_at);
COMMENT ON COLUMN ledger_line.posted_at IS 'never before admitted_at, so that a window is read from its start on';
COMMENT ON COLUMN ledger_line.transaction_id IS 'the hold''s id for what ended the hold, else one of its own';
COMMENT ON COLUMN ledger_line.input_count IS 'counts stand on usage lines; null counts as zero';
CREATE INDEX ledger_line_request ON ledger_line (tenant_id, request_id) WHERE account = 'usage';
CREATE TABLE ledger_line_default PARTITION OF ledger_line DEFAULT;
CALL protect_by_tenant('ledger_line');
GRANT SELECT, INSERT ON ledger_line TO exchequer_gateway;
GRANT SELECT ON ledger_line TO exchequer_console;

CREATE FUNCTION refuse_ledger_change() RETURNS trigger
	LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the ledger is append-only: post a correction' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_line
	FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger_line
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger_line_default
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

CREATE FUNCTION require_zero_sum() RETURNS trigger
	LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM posted GROUP BY tenant_id, transaction_id, currency HAVING sum(amount_nanos) <> 0) THEN
		RAISE EXCEPTION 'a ledger transaction must sum to zero in each currency' USING ERRCODE = 'check_violation';
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER zero_sum AFTER INSERT ON ledger_line
	REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION require_zero_sum();

-- Decisions and idempotency keys -----------------------------------------------------------

CREATE TABLE decision (
	tenant_id         uuid NOT NULL,
	request_id        uuid NOT NULL,
	at                timestamptz NOT NULL,
	policy_version_id uuid,
	encoded           bytea NOT NULL,
	PRIMARY KEY (tenant_id, request_id, at)
) PARTITION BY RANGE (at);
CREATE TABLE decision_default PARTITION OF decision DEFAULT;
CALL protect_by_tenant('decision');
GRANT SELECT, INSERT ON decision TO exchequer_gateway;
GRANT SELECT ON decision TO exchequer_console;

CREATE TABLE idempotency (
	tenant_id       uuid NOT NULL,
	key_id          uuid NOT NULL,
	idempotency_key text NOT NULL CHECK (char_length(idempotency_key) BETWEEN 1 AND 255),
	body_sha256     bytea NOT NULL CHECK (octet_length(body_sha256) = 32),
	request_id      uuid NOT NULL,
	created_at      timestamptz NOT NULL,
	finished_at     timestamptz,
	answer_status   integer,
	answer_type     text,
	answer_body     bytea,
	PRIMARY KEY (tenant_id, key_id, idempotency_key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
CALL protect_by_tenant('idempotency');
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency TO exchequer_gateway;
GRANT SELECT ON idempotency TO exchequer_console;

-- Partitions -------------------------------------------------------------------------------

-- Makes one partition, unless it is there or the default one already has rows of its range
-- (they stay there: nothing is lost, only less tidy). Attaching, unlike creating in place,
-- does not stop those who write.
CREATE FUNCTION make_partition(parent text, partition text, lower timestamptz, upper timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path FROM CURRENT SET lock_timeout = '2s' AS $$
BEGIN
	IF to_regclass(partition) IS NOT NULL THEN
		RETURN false;
	END IF;
	EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition, parent);
	EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, partition, lower, upper);
	IF parent = 'ledger_line' THEN
		EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I '
			'FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()', partition);
	END IF;
	RETURN true;
EXCEPTION WHEN check_violation OR lock_not_available OR duplicate_table OR deadlock_detected THEN
	RETURN false;
END
$$;

-- Makes the months and days around an instant and drops the decisions older than the
-- retention. Returns how many partitions were made or dropped. Runs as the owner, and does
-- only this, whoever calls it.
CREATE FUNCTION maintain_billing_partitions(now_micros bigint, decision_days integer) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
	now_at  timestamptz := instant_of(now_micros);
	start   timestamptz;
	changes integer := 0;
	old     text;
BEGIN
	IF decision_days < 1 THEN
		RAISE EXCEPTION 'decisions are kept for at least a day, not %', decision_days;
	END IF;
	IF NOT pg_try_advisory_xact_lock(5213466, 1) THEN
		RETURN 0; -- another replica is at it
	END IF;
	FOR i IN 0..2 LOOP
		start := date_trunc('month', now_at) + make_interval(months => i);
		changes := changes + make_partition('ledger_line', 'ledger_line_' || to_char(start, 'YYYY_MM'),
			start, start + interval '1 month')::integer;
	END LOOP;
	FOR i IN 0..3 LOOP
		start := date_trunc('day', now_at) + make_interval(days => i);
		changes := changes + make_partition('decision', 'decision_' || to_char(start, 'YYYY_MM_DD'),
			start, start + interval '1 day')::integer;
	END LOOP;
	FOR old IN
		SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'decision'::regclass AND c.relname ~ '^decision_\d{4}_\d\d_\d\d$'
		AND c.relname < 'decision_' || to_char(now_at - make_interval(days => decision_days), 'YYYY_MM_DD')
	LOOP
		EXECUTE format('DROP TABLE %I', old);
		changes := changes + 1;
	END LOOP;
	DELETE FROM decision_default WHERE at < now_at - make_interval(days => decision_days);
	RETURN changes;
EXCEPTION WHEN lock_not_available THEN
	RETURN changes; -- somebody reads what would be dropped: next time
END
$$;
REVOKE ALL ON FUNCTION make_partition, maintain_billing_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maintain_billing_partitions TO exchequer_gateway;
