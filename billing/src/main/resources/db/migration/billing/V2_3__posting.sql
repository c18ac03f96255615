-- The usual case in one statement: every hold of the batch is granted and every ending finds
-- its hold. The caller has done the sums; this function checks that they still hold, and
-- moves everything or, raising XQ001, nothing. Whatever is unusual (a limit reached, a window
-- or a minute that begins, changed budgets, an expired hold) is for admit_holds and
-- settle_holds, which look at each row by itself. It waits for no tenant's lock: XQ002 names
-- in its detail the tenants whose budgets are just being changed.
--
-- Rows come as arrays of composites, since starting an executor node for each column costs
-- more than reading a row. The types belong to this function: tables may grow, an older
-- replica's rows must stay readable.

-- A tenant whose money moves, and the budget epoch that the caller's sums stand on: budgets,
-- their limits and what each hold stands in are as of that epoch.
CREATE TYPE posting_tenant AS (tenant_id uuid, epoch bigint);

-- A hold that ends.
CREATE TYPE posting_ending AS (tenant_id uuid, request_id uuid, id uuid, fence bigint);

-- How much one balance moves; wanted is the part of held that new holds ask for, and most
-- the lowest limit that applies to one of them (null for none).
CREATE TYPE posting_balance AS (tenant_id uuid, budget_id uuid, window_start timestamptz,
	settled bigint, held bigint, wanted bigint, most numeric);

-- How much a key's minute moves; back are tokens of ended holds, and a null limit is none.
CREATE TYPE posting_minute AS (tenant_id uuid, key_id uuid, minute timestamptz,
	requests bigint, tokens bigint, back bigint, rpm bigint, tpm bigint);

CREATE TYPE posting_hold AS (tenant_id uuid, request_id uuid, id uuid, attempt integer, team_id uuid, project_id uuid,
	key_id uuid, provider_id uuid, model_id uuid, deployment_id uuid, price_card_id uuid, amount_nanos bigint,
	admitted_at timestamptz, lease_until timestamptz, fence bigint, owner uuid, currency text, task text,
	cost_centre text, tags text[], budget_ids uuid[], window_starts timestamptz[]);

-- What a hold ends with: from each, the usage line and the provider line of one transaction.
CREATE TYPE posting_entry AS (tenant_id uuid, posted_at timestamptz, hold_id uuid, attempt integer, request_id uuid,
	team_id uuid, project_id uuid, key_id uuid, provider_id uuid, model_id uuid, deployment_id uuid, price_card_id uuid,
	admitted_at timestamptz, amount_nanos bigint, kind text, currency text, service_tier text, task text, tags text[],
	cost_centre text, credential_id uuid, upstream_request_id text, estimated_reason text, input_count bigint,
	cache_read_count bigint, cache_write_5m_count bigint, cache_write_1h_count bigint, output_count bigint,
	reasoning_count bigint, audio_input_count bigint, audio_output_count bigint, image_input_count bigint,
	image_output_count bigint, request_count bigint);

CREATE TYPE posting_decision AS (tenant_id uuid, request_id uuid, at timestamptz, policy_version_id uuid, encoded bytea);

-- Tenants, balances and minutes come in the order of their keys, so that everybody locks in
-- the same order as admit_holds does: tenants, then balances, then minutes.
CREATE FUNCTION post_batch(p_tenants posting_tenant[], p_endings posting_ending[], p_balances posting_balance[],
	p_minutes posting_minute[], p_holds posting_hold[], p_entries posting_entry[], p_decisions posting_decision[])
	RETURNS void
	LANGUAGE plpgsql
	SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
	busy  uuid[];
	moved integer;
BEGIN
	SELECT array_agg(t.tenant_id) INTO busy FROM unnest(p_tenants) t
		WHERE NOT pg_try_advisory_xact_lock_shared(tenant_lock(t.tenant_id));
	IF busy IS NOT NULL THEN
		RAISE EXCEPTION 'a tenant''s budgets are being changed' USING ERRCODE = 'XQ002', DETAIL = busy::text;
	END IF;
	IF EXISTS (SELECT FROM unnest(p_tenants) t
			WHERE t.epoch <> coalesce((SELECT e.epoch FROM budget_epoch e WHERE e.tenant_id = t.tenant_id), 0)) THEN
		RAISE EXCEPTION 'other budgets' USING ERRCODE = 'XQ001';
	END IF;
	IF cardinality(p_endings) > 0 THEN
		-- Looked up one by one, whatever the planner believes of a table that is mostly empty.
		DELETE FROM hold h
			USING unnest(p_endings) e CROSS JOIN LATERAL (SELECT o.ctid AS place FROM hold o
				WHERE o.tenant_id = e.tenant_id AND o.request_id = e.request_id AND o.id = e.id AND o.fence = e.fence
				OFFSET 0) o
			WHERE h.ctid = o.place AND h.tenant_id = e.tenant_id;
		GET DIAGNOSTICS moved = ROW_COUNT;
		IF moved <> cardinality(p_endings) THEN
			RAISE EXCEPTION 'a hold is gone' USING ERRCODE = 'XQ001';
		END IF;
	END IF;
	IF cardinality(p_holds) > 0 THEN
		INSERT INTO hold (tenant_id, request_id, id, attempt, team_id, project_id, key_id, provider_id, model_id,
				deployment_id, price_card_id, amount_nanos, admitted_at, lease_until, fence, owner, currency, task,
				cost_centre, tags, budget_ids, window_starts)
			SELECT * FROM unnest(p_holds);
	END IF;
	IF cardinality(p_entries) > 0 THEN
		INSERT INTO ledger_line (tenant_id, posted_at, transaction_id, line, attempt, request_id, hold_id, team_id,
				project_id, key_id, provider_id, model_id, deployment_id, price_card_id, admitted_at, amount_nanos, account,
				kind, currency, service_tier, task, tags, cost_centre, credential_id, upstream_request_id, estimated_reason,
				input_count, cache_read_count, cache_write_5m_count, cache_write_1h_count, output_count, reasoning_count,
				audio_input_count, audio_output_count, image_input_count, image_output_count, request_count)
			SELECT e.tenant_id, e.posted_at, e.hold_id, s.line, e.attempt, e.request_id, e.hold_id, e.team_id, e.project_id,
				e.key_id, e.provider_id, e.model_id, e.deployment_id, e.price_card_id, e.admitted_at, s.sign * e.amount_nanos,
				s.account, e.kind, e.currency, e.service_tier, e.task, e.tags, e.cost_centre, e.credential_id,
				e.upstream_request_id, e.estimated_reason,
				CASE WHEN s.line = 1 THEN e.input_count END, CASE WHEN s.line = 1 THEN e.cache_read_count END, CASE WHEN s.line = 1 THEN e.cache_write_5m_count END,
				CASE WHEN s.line = 1 THEN e.cache_write_1h_count END, CASE WHEN s.line = 1 THEN e.output_count END, CASE WHEN s.line = 1 THEN e.reasoning_count END,
				CASE WHEN s.line = 1 THEN e.audio_input_count END, CASE WHEN s.line = 1 THEN e.audio_output_count END, CASE WHEN s.line = 1 THEN e.image_input_count END,
				CASE WHEN s.line = 1 THEN e.image_output_count END, CASE WHEN s.line = 1 THEN e.request_count END
			FROM unnest(p_entries) e, (VALUES (1::smallint, 'usage', 1), (2::smallint, 'provider', -1)) s(line, account, sign);
	END IF;
	IF cardinality(p_decisions) > 0 THEN
		INSERT INTO decision (tenant_id, request_id, at, policy_version_id, encoded)
			SELECT * FROM unnest(p_decisions)
			ON CONFLICT DO NOTHING;
	END IF;
	-- The rows that others wait for come last: they stay locked until the commit.
	IF cardinality(p_balances) > 0 THEN
		UPDATE balance b SET settled = b.settled + k.settled, held = b.held + k.held
			FROM unnest(p_balances) k
			WHERE b.tenant_id = k.tenant_id AND b.budget_id = k.budget_id AND b.window_start = k.window_start
			AND (k.wanted = 0 OR k.most IS NULL OR b.settled + b.held + k.settled + k.held <= k.most);
		GET DIAGNOSTICS moved = ROW_COUNT;
		IF moved <> cardinality(p_balances) THEN
			RAISE EXCEPTION 'a limit or a new window' USING ERRCODE = 'XQ001';
		END IF;
	END IF;
	IF cardinality(p_minutes) > 0 THEN
		UPDATE rate_window w SET requests = w.requests + q.requests, tokens = greatest(w.tokens + q.tokens - q.back, 0)
			FROM unnest(p_minutes) q
			WHERE w.tenant_id = q.tenant_id AND w.key_id = q.key_id AND w.minute = q.minute
			AND (q.rpm IS NULL OR q.requests = 0 OR w.requests + q.requests <= q.rpm)
			AND (q.tpm IS NULL OR q.tokens = 0 OR w.tokens + q.tokens <= q.tpm);
		GET DIAGNOSTICS moved = ROW_COUNT;
		IF moved <> cardinality(p_minutes) THEN
			RAISE EXCEPTION 'a rate or a new minute' USING ERRCODE = 'XQ001';
		END IF;
	END IF;
END
$$;
