-- Admits a batch of holds in one transaction, all or each by itself: a verdict per row.
--
-- The arrays come in groups, each row of a group at the same place in its arrays:
--   t_*  the pairs of tenant and budget epoch in the batch
--   k_*  the balances the batch touches, k_sum being what it wants of each together
--   q_*  the keys' minutes it touches, with sums, and the lowest limits asked for (or null)
--   r_*  the rows: r_pair points into t_*, m_balance[r_from..r_to] into k_*, r_rate into q_*
-- Instants are microseconds. Rows that are granted are not returned.
--
-- Everybody locks in the same order: tenants, then balances, then minutes, then holds.
CREATE FUNCTION admit_holds(
	p_owner uuid, p_fence bigint, p_lease_until bigint, p_retry boolean,
	t_tenant uuid[], t_epoch bigint[],
	k_tenant uuid[], k_budget uuid[], k_start bigint[], k_end bigint[], k_sum bigint[],
	q_tenant uuid[], q_key uuid[], q_minute bigint[], q_requests bigint[], q_tokens bigint[], q_rpm bigint[], q_tpm bigint[],
	m_balance integer[],
	r_pair integer[], r_from integer[], r_to integer[], r_rate integer[], r_rpm bigint[], r_tpm bigint[],
	r_amount bigint[], r_tokens bigint[], r_soft boolean[], r_attempt integer[], r_at bigint[],
	r_id uuid[], r_request uuid[], r_team uuid[], r_project uuid[], r_key uuid[],
	r_provider uuid[], r_model uuid[], r_deployment uuid[], r_card uuid[],
	r_currency text[], r_task text[], r_cost_centre text[], r_tags text[])
	RETURNS TABLE (row_no integer, verdict text, balance_no integer, limit_nanos numeric, remaining_nanos numeric)
	LANGUAGE plpgsql
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
	stale    boolean[];
	any_off  boolean;
	any_soft boolean := true = ANY (r_soft);
	places   integer[];
	used     numeric[];
	hard     numeric[];
	soft     numeric[];
	requests bigint[];
	tokens   bigint[];
	fits     boolean := true;
	fits_q   boolean := true;
	granted  integer[];
	sums     bigint[] := k_sum;
	sums_r   bigint[] := q_requests;
	sums_t   bigint[] := q_tokens;
	k        integer;
	q        integer;
	room     numeric;
BEGIN
	PERFORM pg_advisory_xact_lock_shared(tenant_lock(t.id)) FROM (SELECT DISTINCT unnest(t_tenant) ORDER BY 1) t(id);
	SELECT array_agg(coalesce(e.epoch, 0) <> t.epoch ORDER BY t.n), bool_or(coalesce(e.epoch, 0) <> t.epoch)
		INTO stale, any_off
		FROM unnest(t_tenant, t_epoch) WITH ORDINALITY t(tenant_id, epoch, n) LEFT JOIN budget_epoch e USING (tenant_id);
	-- The balances, locked in the order of their keys; a window's first use makes its row.
	FOR try IN 1..2 LOOP
		EXIT WHEN cardinality(k_budget) = 0;
		SELECT array_agg(x.n ORDER BY x.n), array_agg(x.used ORDER BY x.n), array_agg(x.hard_limit_nanos ORDER BY x.n),
				array_agg(x.soft_limit_nanos ORDER BY x.n),
				bool_and(x.wanted = 0 OR x.used + x.wanted <= least(x.hard_limit_nanos, CASE WHEN any_soft THEN x.soft_limit_nanos END)
					OR (x.hard_limit_nanos IS NULL AND NOT any_soft))
			INTO places, used, hard, soft, fits
			FROM (SELECT k.n::integer AS n, k.wanted, b.settled + b.held AS used, g.hard_limit_nanos, g.soft_limit_nanos
				FROM unnest(k_tenant, k_budget, k_start, k_sum) WITH ORDINALITY k(tenant_id, budget_id, start, wanted, n)
				JOIN budget g ON g.tenant_id = k.tenant_id AND g.id = k.budget_id
				JOIN balance b ON b.tenant_id = k.tenant_id AND b.budget_id = k.budget_id
					AND b.window_start = instant_of(k.start)
				ORDER BY k.tenant_id, k.budget_id, k.start
				FOR NO KEY UPDATE OF b) x;
		EXIT WHEN cardinality(places) = cardinality(k_budget);
		INSERT INTO balance (tenant_id, budget_id, window_start, window_end)
			SELECT k.tenant_id, k.budget_id, instant_of(k.start), instant_of(k.finish)
			FROM unnest(k_tenant, k_budget, k_start, k_end) k(tenant_id, budget_id, start, finish)
			JOIN budget g ON g.tenant_id = k.tenant_id AND g.id = k.budget_id
			ORDER BY k.tenant_id, k.budget_id, k.start
			ON CONFLICT DO NOTHING;
	END LOOP;
	IF coalesce(cardinality(places), 0) < cardinality(k_budget) THEN -- a budget is gone: whoever asks for it is stale
		SELECT array_agg(x.used ORDER BY g.n), array_agg(x.hard ORDER BY g.n), array_agg(x.soft ORDER BY g.n)
			INTO used, hard, soft
			FROM generate_series(1, cardinality(k_budget)) g(n) LEFT JOIN unnest(places, used, hard, soft) x(n, used, hard, soft) USING (n);
	END IF;

	-- The keys' minutes, likewise.
	FOR try IN 1..2 LOOP
		EXIT WHEN cardinality(q_key) = 0;
		SELECT array_agg(x.requests ORDER BY x.n), array_agg(x.tokens ORDER BY x.n),
				bool_and((x.rpm IS NULL OR x.requests + x.wanted <= x.rpm) AND (x.tpm IS NULL OR x.tokens + x.wanted_tokens <= x.tpm))
			INTO requests, tokens, fits_q
			FROM (SELECT q.n, q.wanted, q.wanted_tokens, q.rpm, q.tpm, w.requests, w.tokens
				FROM unnest(q_tenant, q_key, q_minute, q_requests, q_tokens, q_rpm, q_tpm)
					WITH ORDINALITY q(tenant_id, key_id, minute, wanted, wanted_tokens, rpm, tpm, n)
				JOIN rate_window w ON w.tenant_id = q.tenant_id AND w.key_id = q.key_id AND w.minute = instant_of(q.minute)
				ORDER BY q.tenant_id, q.key_id, q.minute
				FOR NO KEY UPDATE OF w) x;
		EXIT WHEN cardinality(requests) = cardinality(q_key);
		INSERT INTO rate_window (tenant_id, key_id, minute)
			SELECT q.tenant_id, q.key_id, instant_of(q.minute) FROM unnest(q_tenant, q_key, q_minute) q(tenant_id, key_id, minute)
			ORDER BY q.tenant_id, q.key_id, q.minute
			ON CONFLICT DO NOTHING;
	END LOOP;

	-- Unless all of it fits, each row is decided by itself, in the batch's order.
	IF p_retry OR any_off OR NOT coalesce(fits, true) OR NOT fits_q THEN
		granted := '{}';
		sums := array_fill(0::bigint, ARRAY[cardinality(k_budget)]);
		sums_r := array_fill(0::bigint, ARRAY[cardinality(q_key)]);
		sums_t := sums_r;
		FOR i IN 1..cardinality(r_id) LOOP
			row_no := i;
			verdict := NULL;
			remaining_nanos := NULL;
			IF stale[r_pair[i]] THEN
				verdict := 'stale';
			ELSIF r_amount[i] > 0 THEN -- what costs nothing passes budgets that are spent
				FOR j IN r_from[i]..r_to[i] LOOP
					k := m_balance[j];
					room := hard[k] - used[k];
					IF room < r_amount[i] AND (remaining_nanos IS NULL OR room < remaining_nanos) THEN
						verdict := 'hard';
						balance_no := k;
						limit_nanos := hard[k];
						remaining_nanos := room;
					END IF;
				END LOOP;
				IF verdict IS NULL AND r_soft[i] THEN
					FOR j IN r_from[i]..r_to[i] LOOP
						k := m_balance[j];
						room := soft[k] - used[k];
						IF room < r_amount[i] AND (remaining_nanos IS NULL OR room < remaining_nanos) THEN
							verdict := 'soft';
							balance_no := k;
							limit_nanos := soft[k];
							remaining_nanos := room;
						END IF;
					END LOOP;
				END IF;
			END IF;
			q := r_rate[i];
			IF verdict IS NULL AND q > 0 THEN
				IF r_attempt[i] = 1 AND requests[q] + 1 > r_rpm[i] THEN
					verdict := 'rpm';
				ELSIF tokens[q] + r_tokens[i] > r_tpm[i] THEN
					verdict := 'tpm';
				END IF;
			END IF;
			-- Asked for before, it is there already: the first answer was not heard.
			CONTINUE WHEN (p_retry OR verdict IS NOT NULL) AND EXISTS (SELECT FROM hold h
				WHERE h.tenant_id = t_tenant[r_pair[i]] AND h.request_id = r_request[i] AND h.id = r_id[i]);
			IF verdict IS NOT NULL THEN
				RETURN NEXT;
				CONTINUE;
			END IF;
			granted := granted || i;
			FOR j IN r_from[i]..r_to[i] LOOP
				k := m_balance[j];
				used[k] := used[k] + r_amount[i];
				sums[k] := sums[k] + r_amount[i];
			END LOOP;
			IF q > 0 THEN
				requests[q] := requests[q] + (r_attempt[i] = 1)::integer;
				sums_r[q] := sums_r[q] + (r_attempt[i] = 1)::integer;
				tokens[q] := tokens[q] + r_tokens[i];
				sums_t[q] := sums_t[q] + r_tokens[i];
			END IF;
		END LOOP;
		IF cardinality(granted) = 0 THEN
			RETURN;
		END IF;
	END IF;

	IF cardinality(k_budget) > 0 THEN
		UPDATE balance b SET held = b.held + k.wanted
			FROM unnest(k_tenant, k_budget, k_start, sums) k(tenant_id, budget_id, start, wanted)
			WHERE b.tenant_id = k.tenant_id AND b.budget_id = k.budget_id AND b.window_start = instant_of(k.start)
			AND k.wanted <> 0;
	END IF;
	IF cardinality(q_key) > 0 THEN
		UPDATE rate_window w SET requests = w.requests + q.wanted, tokens = w.tokens + q.wanted_tokens
			FROM unnest(q_tenant, q_key, q_minute, sums_r, sums_t) q(tenant_id, key_id, minute, wanted, wanted_tokens)
			WHERE w.tenant_id = q.tenant_id AND w.key_id = q.key_id AND w.minute = instant_of(q.minute);
	END IF;
	INSERT INTO hold (tenant_id, request_id, id, attempt, team_id, project_id, key_id, provider_id, model_id,
			deployment_id, price_card_id, amount_nanos, admitted_at, lease_until, fence, owner, currency, task,
			cost_centre, tags, budget_ids, window_starts)
		SELECT t_tenant[r.pair], r.request, r.id, r.attempt, r.team, r.project, r.key, r.provider, r.model,
			r.deployment, r.card, r.amount, instant_of(r.at), instant_of(p_lease_until), p_fence, p_owner, r.currency, r.task,
			r.cost_centre, r.tags::text[],
			(SELECT array_agg(k_budget[m.k]) FROM unnest(m_balance[r.first:r.last]) m(k)),
			(SELECT array_agg(instant_of(k_start[m.k])) FROM unnest(m_balance[r.first:r.last]) m(k))
		FROM unnest(r_pair, r_from, r_to, r_amount, r_attempt, r_at, r_id, r_request, r_team, r_project, r_key, r_provider,
				r_model, r_deployment, r_card, r_currency, r_task, r_cost_centre, r_tags)
			WITH ORDINALITY r(pair, first, last, amount, attempt, at, id, request, team, project, key, provider,
				model, deployment, card, currency, task, cost_centre, tags, n)
		WHERE granted IS NULL OR r.n = ANY (granted);
END
$$;

-- Renews the leases of holds that are still open and still the caller's; returns the
-- places of those. A hold that is just being settled is left alone and counts as renewed.
CREATE FUNCTION renew_holds(p_fence bigint, p_lease_until bigint, r_tenant uuid[], r_request uuid[], r_id uuid[])
	RETURNS SETOF integer
	LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
	UPDATE hold h SET lease_until = greatest(h.lease_until, instant_of(p_lease_until))
		FROM (SELECT o.tenant_id, o.request_id, o.id
			FROM unnest(r_tenant, r_request, r_id) r(tenant_id, request_id, id)
			JOIN hold o ON o.tenant_id = r.tenant_id AND o.request_id = r.request_id AND o.id = r.id AND o.fence = p_fence
			FOR NO KEY UPDATE OF o SKIP LOCKED) mine
		WHERE h.tenant_id = mine.tenant_id AND h.request_id = mine.request_id AND h.id = mine.id;
	RETURN QUERY SELECT r.n::integer
		FROM unnest(r_tenant, r_request, r_id) WITH ORDINALITY r(tenant_id, request_id, id, n)
		JOIN hold o ON o.tenant_id = r.tenant_id AND o.request_id = r.request_id AND o.id = r.id AND o.fence = p_fence;
END
$$;
