-- Money that is set aside for work which is admitted as a whole and called piece by piece: a
-- reserve has parts, and each part consists of shares, one for each call that may be made.
--
-- A part is a row of hold with attempt 0 and fence 0, whose request is the reserve: budgets
-- and recomputations count it as any other. Nothing is ever called for it, so its lease does
-- not end; whoever made the reserve releases it. Its amount is the sum of its shares.
--
-- Nobody keeps a connection waiting for long while a tenant's budgets are changed: the
-- functions give up, or raise XQ002 at once, and are called again.
--
-- A share is drawn by one attempt, whose hold takes its place in the same transaction. It is
-- gone once the attempt has cost something, so that no second call is made for it.
CREATE TABLE reserve_share (
	tenant_id  uuid NOT NULL,
	reserve_id uuid NOT NULL,
	share      integer NOT NULL,
	part_id    uuid NOT NULL,
	nanos      bigint NOT NULL CHECK (nanos >= 0),
	PRIMARY KEY (tenant_id, reserve_id, share)
);
CALL protect_by_tenant('reserve_share');
GRANT SELECT, INSERT, UPDATE, DELETE ON reserve_share TO exchequer_gateway;

-- Locks balances in the order everybody does. The caller holds the tenant's shared lock.
CREATE FUNCTION lock_balances(p_tenant uuid, p_budgets uuid[], p_starts timestamptz[]) RETURNS void
	LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM balance b
		JOIN (SELECT DISTINCT s.budget_id, s.window_start FROM unnest(p_budgets, p_starts) s(budget_id, window_start)) s
			ON s.budget_id = b.budget_id AND s.window_start = b.window_start
		WHERE b.tenant_id = p_tenant
		ORDER BY b.budget_id, b.window_start
		FOR NO KEY UPDATE OF b;
END
$$;

-- Takes a share out of its reserve, for a hold that is admitted next in the same
-- transaction: its balances are given too, so that all are locked in order. Answers taken,
-- gone (somebody else has it, or the reserve was released: roll back) or held (the hold is
-- there already: the first answer was not heard).
CREATE FUNCTION take_share(p_tenant uuid, p_reserve uuid, p_share integer, p_request uuid, p_hold uuid,
	p_budgets uuid[], p_starts bigint[]) RETURNS text
	LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
	taken reserve_share;
	part  hold;
BEGIN
	PERFORM pg_advisory_xact_lock_shared(tenant_lock(p_tenant));
	IF EXISTS (SELECT FROM hold WHERE tenant_id = p_tenant AND request_id = p_request AND id = p_hold) THEN
		RETURN 'held';
	END IF;
	SELECT h.* INTO part FROM reserve_share s
		JOIN hold h ON h.tenant_id = s.tenant_id AND h.request_id = s.reserve_id AND h.id = s.part_id
		WHERE s.tenant_id = p_tenant AND s.reserve_id = p_reserve AND s.share = p_share;
	IF NOT FOUND THEN
		RETURN 'gone';
	END IF;
	PERFORM lock_balances(p_tenant, part.budget_ids || p_budgets,
		part.window_starts || (SELECT array_agg(instant_of(s.start) ORDER BY s.n) FROM unnest(p_starts) WITH ORDINALITY s(start, n)));
	DELETE FROM reserve_share WHERE tenant_id = p_tenant AND reserve_id = p_reserve AND share = p_share
		RETURNING * INTO taken;
	IF NOT FOUND THEN
		RETURN 'gone';
	END IF;
	UPDATE hold SET amount_nanos = amount_nanos - taken.nanos
		WHERE tenant_id = p_tenant AND request_id = p_reserve AND id = taken.part_id;
	IF NOT FOUND THEN
		RETURN 'gone';
	END IF;
	UPDATE balance b SET held = b.held - taken.nanos
		FROM unnest(part.budget_ids, part.window_starts) s(budget_id, window_start)
		WHERE b.tenant_id = p_tenant AND b.budget_id = s.budget_id AND b.window_start = s.window_start;
	RETURN 'taken';
END
$$;

-- Ends a hold whose attempt certainly cost nothing, and puts what it held back into its
-- share, never more: what the share was larger by went to the budgets when it was drawn, and
-- may be taken. Where the hold stands in other balances than the part, nothing goes back but
-- the right to draw the share. Returns false, having done nothing, where the hold is gone.
CREATE FUNCTION return_share(p_tenant uuid, p_request uuid, p_hold uuid, p_fence bigint,
	p_reserve uuid, p_part uuid, p_share integer, p_nanos bigint) RETURNS boolean
	LANGUAGE plpgsql AS $$
DECLARE
	mine hold;
	part hold;
	back bigint := 0;
BEGIN
	PERFORM share_tenants(ARRAY[p_tenant]);
	SELECT * INTO mine FROM hold
		WHERE tenant_id = p_tenant AND request_id = p_request AND id = p_hold AND fence = p_fence;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	SELECT * INTO part FROM hold WHERE tenant_id = p_tenant AND request_id = p_reserve AND id = p_part;
	IF FOUND AND NOT EXISTS (SELECT * FROM unnest(part.budget_ids, part.window_starts)
			EXCEPT SELECT * FROM unnest(mine.budget_ids, mine.window_starts)) THEN
		back := least(p_nanos, mine.amount_nanos);
	END IF;
	PERFORM lock_balances(p_tenant, mine.budget_ids, mine.window_starts);
	DELETE FROM hold WHERE tenant_id = p_tenant AND request_id = p_request AND id = p_hold AND fence = p_fence;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE hold SET amount_nanos = amount_nanos + back
		WHERE tenant_id = p_tenant AND request_id = p_reserve AND id = p_part;
	IF FOUND THEN
		INSERT INTO reserve_share (tenant_id, reserve_id, share, part_id, nanos)
			VALUES (p_tenant, p_reserve, p_share, p_part, back);
	ELSE
		back := 0; -- released meanwhile
	END IF;
	UPDATE balance b SET held = b.held - mine.amount_nanos
			+ CASE WHEN s.budget_id = ANY (part.budget_ids) THEN back ELSE 0 END
		FROM unnest(mine.budget_ids, mine.window_starts) s(budget_id, window_start)
		WHERE b.tenant_id = p_tenant AND b.budget_id = s.budget_id AND b.window_start = s.window_start;
	RETURN true;
END
$$;

-- Gives everything back that is left of a reserve; shares that were drawn go on by
-- themselves. Doing so again does nothing.
CREATE FUNCTION release_reserve(p_tenant uuid, p_reserve uuid) RETURNS void
	LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
	budgets uuid[];
	starts  timestamptz[];
BEGIN
	PERFORM pg_advisory_xact_lock_shared(tenant_lock(p_tenant));
	SELECT array_agg(s.budget_id), array_agg(s.window_start) INTO budgets, starts
		FROM hold h, unnest(h.budget_ids, h.window_starts) s(budget_id, window_start)
		WHERE h.tenant_id = p_tenant AND h.request_id = p_reserve AND h.attempt = 0;
	PERFORM lock_balances(p_tenant, budgets, starts);
	WITH gone AS (
		DELETE FROM hold WHERE tenant_id = p_tenant AND request_id = p_reserve AND attempt = 0 RETURNING *
	)
	UPDATE balance b SET held = b.held - d.amount
		FROM (SELECT s.budget_id, s.window_start, sum(g.amount_nanos) AS amount
			FROM gone g, unnest(g.budget_ids, g.window_starts) s(budget_id, window_start)
			GROUP BY 1, 2) d
		WHERE b.tenant_id = p_tenant AND b.budget_id = d.budget_id AND b.window_start = d.window_start;
	DELETE FROM reserve_share WHERE tenant_id = p_tenant AND reserve_id = p_reserve;
END
$$;
