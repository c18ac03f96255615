-- Usage that is not counted in the columns of ledger_line: images, seconds, characters, pages
-- and the like, and rare kinds of tokens. It stands in one column, null for nearly every line,
-- so that lines of tokens cost no more. post_batch does not know it: settle_holds posts such
-- endings. The functions without it stay for replicas of the release before.

ALTER TABLE ledger_line ADD COLUMN other_counts jsonb;
COMMENT ON COLUMN ledger_line.other_counts IS
	'counts of buckets without a column, by name, on usage lines; null for none';

CREATE FUNCTION negated_counts(counts jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (SELECT jsonb_object_agg(c.key, -c.value::bigint) FROM jsonb_each_text(counts) c(key, value));

-- As settle_holds without r_others, which has the other counts of each row as a jsonb text, or
-- null for none.
CREATE FUNCTION settle_holds(
	r_tenant uuid[], r_request uuid[], r_id uuid[], r_fence bigint[], r_release boolean[],
	r_amount bigint[], r_usage bigint[], r_others text[], r_reason text[], r_tier text[], r_credential uuid[], r_upstream text[], r_at bigint[],
	r_key uuid[], r_minute bigint[], r_give_back bigint[],
	d_tenant uuid[], d_request uuid[], d_policy uuid[], d_encoded bytea[], d_at bigint[])
	RETURNS SETOF integer
	LANGUAGE plpgsql
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
	ended integer[];
BEGIN
	PERFORM pg_advisory_xact_lock_shared(tenant_lock(t.id)) FROM (SELECT DISTINCT unnest(r_tenant) ORDER BY 1) t(id);
	WITH gone AS (
		DELETE FROM hold h
			USING unnest(r_tenant, r_request, r_id, r_fence, r_release, r_amount, r_reason, r_tier, r_credential, r_upstream, r_at)
				WITH ORDINALITY r(tenant_id, request_id, id, fence, release, amount, reason, tier, credential, upstream, at, n)
			WHERE h.tenant_id = r.tenant_id AND h.request_id = r.request_id AND h.id = r.id AND h.fence = r.fence
			RETURNING h.*, r.release, r.amount, r.reason, r.tier, r.credential, r.upstream, r.at, r.n::integer AS n
	), line AS (
		INSERT INTO ledger_line (tenant_id, posted_at, transaction_id, line, attempt, request_id, hold_id, team_id,
				project_id, key_id, provider_id, model_id, deployment_id, price_card_id, admitted_at, amount_nanos, account,
				kind, currency, service_tier, task, tags, cost_centre, credential_id, upstream_request_id, estimated_reason,
				input_count, cache_read_count, cache_write_5m_count, cache_write_1h_count, output_count, reasoning_count,
				audio_input_count, audio_output_count, image_input_count, image_output_count, request_count, other_counts)
			SELECT g.tenant_id, greatest(instant_of(g.at), g.admitted_at), g.id, side.line, g.attempt, g.request_id, g.id, g.team_id,
				g.project_id, g.key_id, g.provider_id, g.model_id, g.deployment_id, g.price_card_id, g.admitted_at,
				side.sign * coalesce(g.amount, g.amount_nanos), side.account,
				CASE WHEN g.reason IS NULL THEN 'settlement' ELSE 'estimate' END,
				g.currency, g.tier, g.task, g.tags, g.cost_centre, g.credential, g.upstream, g.reason,
				nullif(r_usage[side.at + 11 * g.n], 0), nullif(r_usage[side.at + 11 * g.n + 1], 0), nullif(r_usage[side.at + 11 * g.n + 2], 0),
				nullif(r_usage[side.at + 11 * g.n + 3], 0), nullif(r_usage[side.at + 11 * g.n + 4], 0), nullif(r_usage[side.at + 11 * g.n + 5], 0),
				nullif(r_usage[side.at + 11 * g.n + 6], 0), nullif(r_usage[side.at + 11 * g.n + 7], 0), nullif(r_usage[side.at + 11 * g.n + 8], 0),
				nullif(r_usage[side.at + 11 * g.n + 9], 0), nullif(r_usage[side.at + 11 * g.n + 10], 0),
				CASE side.line WHEN 1 THEN r_others[g.n]::jsonb END
			FROM gone g, (VALUES (1::smallint, 'usage', 1, -10), (2::smallint, 'provider', -1, NULL)) side(line, account, sign, at)
			WHERE NOT g.release
	), moved AS (
		UPDATE balance b SET settled = b.settled + d.settled, held = b.held - d.held
			FROM (SELECT g.tenant_id, s.budget_id, s.window_start, sum(g.amount_nanos) AS held,
					sum(CASE WHEN g.release THEN 0 ELSE coalesce(g.amount, g.amount_nanos) END) AS settled
				FROM gone g, unnest(g.budget_ids, g.window_starts) s(budget_id, window_start)
				GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) d
			WHERE b.tenant_id = d.tenant_id AND b.budget_id = d.budget_id AND b.window_start = d.window_start
			AND (d.held <> 0 OR d.settled <> 0)
	)
	SELECT array_agg(g.n) INTO ended FROM gone g;

	IF EXISTS (SELECT FROM unnest(r_give_back) b(tokens) WHERE b.tokens <> 0) THEN
		UPDATE rate_window w SET tokens = greatest(w.tokens - q.tokens, 0)
			FROM (SELECT r.tenant_id, r.key_id, r.minute, sum(r.tokens) AS tokens
				FROM unnest(r_tenant, r_key, r_minute, r_give_back) WITH ORDINALITY r(tenant_id, key_id, minute, tokens, n)
				WHERE r.tokens <> 0 AND r.n = ANY (ended)
				GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) q
			WHERE w.tenant_id = q.tenant_id AND w.key_id = q.key_id AND w.minute = instant_of(q.minute);
	END IF;
	IF cardinality(d_request) > 0 THEN
		INSERT INTO decision (tenant_id, request_id, at, policy_version_id, encoded)
			SELECT d.tenant_id, d.request_id, instant_of(d.at), d.policy, d.encoded
			FROM unnest(d_tenant, d_request, d_policy, d_encoded, d_at) d(tenant_id, request_id, policy, encoded, at)
			ORDER BY 1, 2, 3
			ON CONFLICT DO NOTHING;
	END IF;
	IF coalesce(cardinality(ended), 0) < cardinality(r_id) THEN
		RETURN QUERY SELECT n FROM generate_series(1, cardinality(r_id)) n WHERE n <> ALL (coalesce(ended, '{}'));
	END IF;
END
$$;

-- As replace_posting without p_others, the other counts of what is posted instead, or null.
CREATE FUNCTION replace_posting(old ledger_line, p_release boolean, p_kind text, p_amount bigint, p_usage bigint[], p_others jsonb,
	p_reason text, p_tier text, p_credential uuid, p_upstream text, p_at bigint) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	posted   timestamptz := greatest(instant_of(p_at), old.posted_at);
	reversal uuid := uuid7(posted);
	actual   uuid := uuid7(posted);
BEGIN
	INSERT INTO ledger_line
		SELECT v.* FROM ledger_line l, jsonb_populate_record(l, jsonb_build_object(
			'posted_at', posted, 'transaction_id', reversal, 'kind', 'reversal', 'reverses', old.transaction_id,
			'amount_nanos', -l.amount_nanos,
			'input_count', -l.input_count, 'cache_read_count', -l.cache_read_count,
			'cache_write_5m_count', -l.cache_write_5m_count, 'cache_write_1h_count', -l.cache_write_1h_count,
			'output_count', -l.output_count, 'reasoning_count', -l.reasoning_count,
			'audio_input_count', -l.audio_input_count, 'audio_output_count', -l.audio_output_count,
			'image_input_count', -l.image_input_count, 'image_output_count', -l.image_output_count,
			'request_count', -l.request_count, 'other_counts', negated_counts(l.other_counts))) v
		WHERE l.tenant_id = old.tenant_id AND l.posted_at = old.posted_at AND l.transaction_id = old.transaction_id;
	IF NOT p_release THEN
		INSERT INTO ledger_line
			SELECT v.* FROM (VALUES (1, 'usage', 1), (2, 'provider', -1)) side(line, account, sign),
				jsonb_populate_record(old, jsonb_build_object(
				'posted_at', posted, 'transaction_id', actual, 'line', side.line, 'account', side.account,
				'kind', p_kind, 'amount_nanos', side.sign * p_amount, 'estimated_reason', p_reason,
				'service_tier', coalesce(p_tier, old.service_tier),
				'credential_id', coalesce(p_credential, old.credential_id),
				'upstream_request_id', coalesce(p_upstream, old.upstream_request_id)) || CASE side.line
			WHEN 1 THEN jsonb_build_object(
				'input_count', nullif(p_usage[1], 0), 'cache_read_count', nullif(p_usage[2], 0),
				'cache_write_5m_count', nullif(p_usage[3], 0), 'cache_write_1h_count', nullif(p_usage[4], 0),
				'output_count', nullif(p_usage[5], 0), 'reasoning_count', nullif(p_usage[6], 0),
				'audio_input_count', nullif(p_usage[7], 0), 'audio_output_count', nullif(p_usage[8], 0),
				'image_input_count', nullif(p_usage[9], 0), 'image_output_count', nullif(p_usage[10], 0), 'request_count', nullif(p_usage[11], 0),
				'other_counts', p_others)
			ELSE jsonb_build_object(
				'input_count', null, 'cache_read_count', null, 'cache_write_5m_count', null, 'cache_write_1h_count', null,
				'output_count', null, 'reasoning_count', null, 'audio_input_count', null, 'audio_output_count', null,
				'image_input_count', null, 'image_output_count', null, 'request_count', null, 'other_counts', null) END) v;
	END IF;
	UPDATE balance b SET settled = b.settled + d.difference
		FROM (SELECT o.tenant_id, o.budget_id, o.window_start,
				(CASE WHEN p_release THEN 0 ELSE p_amount END)::numeric - old.amount_nanos AS difference
			FROM balance o JOIN budget g ON g.tenant_id = o.tenant_id AND g.id = o.budget_id
			WHERE o.tenant_id = old.tenant_id AND g.currency = old.currency
			AND o.window_start <= old.admitted_at AND (o.window_end IS NULL OR o.window_end > old.admitted_at)
			AND budget_covers(g.scope_type, g.scope_value, old.tenant_id, old.team_id, old.project_id, old.key_id,
				old.model_id, old.tags)
			ORDER BY 1, 2, 3 FOR NO KEY UPDATE OF o) d
		WHERE b.tenant_id = d.tenant_id AND b.budget_id = d.budget_id AND b.window_start = d.window_start;
END
$$;

-- A replica of the release before posts no other counts, but may reverse a line that has some.
CREATE OR REPLACE FUNCTION replace_posting(old ledger_line, p_release boolean, p_kind text, p_amount bigint,
	p_usage bigint[], p_reason text, p_tier text, p_credential uuid, p_upstream text, p_at bigint) RETURNS void
	LANGUAGE plpgsql AS $$
BEGIN
	PERFORM replace_posting(old, p_release, p_kind, p_amount, p_usage, NULL::jsonb, p_reason, p_tier, p_credential,
		p_upstream, p_at);
END
$$;

-- As settle_late without p_others.
CREATE FUNCTION settle_late(p_tenant uuid, p_request uuid, p_hold uuid, p_release boolean, p_amount bigint, p_usage bigint[],
	p_others jsonb, p_reason text, p_tier text, p_credential uuid, p_upstream text, p_at bigint,
	OUT verdict text, OUT amount_nanos bigint)
	LANGUAGE plpgsql AS $$
DECLARE
	standing ledger_line;
BEGIN
	PERFORM pg_advisory_xact_lock_shared(tenant_lock(p_tenant));
	PERFORM pg_advisory_xact_lock(uuid_hash_extended(p_hold, 3));
	standing := standing_line(p_tenant, p_request, p_hold);
	IF standing.transaction_id IS NULL THEN
		verdict := 'unknown';
	ELSIF standing.kind = 'estimate' AND standing.estimated_reason = 'lease_expired' THEN
		verdict := 'late';
		amount_nanos := coalesce(p_amount, standing.amount_nanos);
		IF NOT p_release AND p_amount IS NULL AND p_reason IS NOT NULL THEN
			RETURN; -- the full hold is what stands
		END IF;
		PERFORM replace_posting(standing, p_release, CASE WHEN p_reason IS NULL THEN 'settlement' ELSE 'estimate' END,
			amount_nanos, p_usage, p_others, p_reason, p_tier, p_credential, p_upstream, p_at);
	ELSE
		verdict := 'settled';
		amount_nanos := standing.amount_nanos;
	END IF;
END
$$;

-- As correct_posting without p_others.
CREATE FUNCTION correct_posting(p_tenant uuid, p_request uuid, p_hold uuid, p_card uuid, p_amount bigint,
	p_usage bigint[], p_others jsonb, p_reason text, p_tier text, p_at bigint) RETURNS bigint
	LANGUAGE plpgsql AS $$
DECLARE
	standing ledger_line;
	stood    bigint;
BEGIN
	PERFORM pg_advisory_xact_lock_shared(tenant_lock(p_tenant));
	PERFORM pg_advisory_xact_lock(uuid_hash_extended(p_hold, 3));
	standing := standing_line(p_tenant, p_request, p_hold);
	IF standing.transaction_id IS NOT NULL THEN
		stood := standing.amount_nanos;
		standing.price_card_id := p_card; -- the reversal copies the stored lines, what replaces them this one
		PERFORM replace_posting(standing, false, 'correction', p_amount, p_usage, p_others, p_reason, p_tier, NULL, NULL, p_at);
	END IF;
	RETURN stood;
END
$$;
