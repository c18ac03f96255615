-- Takes the tenants' locks that money's movements share, without waiting for anybody: XQ002,
-- as post_batch raises it, where a tenant's budgets are just being changed. In one statement
-- with what locks them again, it keeps that from waiting.
CREATE FUNCTION share_tenants(p_tenants uuid[]) RETURNS boolean
	LANGUAGE plpgsql AS $$
DECLARE
	busy uuid[];
BEGIN
	SELECT array_agg(t.id) INTO busy FROM (SELECT DISTINCT unnest(p_tenants) ORDER BY 1) t(id)
		WHERE NOT pg_try_advisory_xact_lock_shared(tenant_lock(t.id));
	IF busy IS NOT NULL THEN
		RAISE EXCEPTION 'a tenant''s budgets are being changed' USING ERRCODE = 'XQ002', DETAIL = busy::text;
	END IF;
	RETURN true;
END
$$;

-- Attempts that were settled above a hold that was a proven bound, written with their
-- settlement. A row leaves once its deployment is quarantined, whoever does that.
CREATE TABLE over_bound (
	tenant_id       uuid NOT NULL,
	hold_id         uuid NOT NULL,
	request_id      uuid NOT NULL,
	deployment_id   uuid NOT NULL,
	deployment_name text NOT NULL,
	held_nanos      bigint NOT NULL,
	posted_nanos    bigint NOT NULL,
	posted_at       timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, hold_id),
	CHECK (posted_nanos > held_nanos)
);
CALL protect_by_tenant('over_bound');
GRANT SELECT, INSERT, DELETE ON over_bound TO exchequer_gateway;

-- As before, but a tenant whose budgets are just being changed is left for the next sweep:
-- waiting for it would keep the others', whose locks are held meanwhile.
CREATE OR REPLACE FUNCTION expire_holds(p_now bigint, p_max integer) RETURNS integer
	LANGUAGE plpgsql AS $$
DECLARE
	now_at  timestamptz := instant_of(p_now);
	tenants uuid[];
	expired integer;
BEGIN
	SELECT array_agg(t.id) INTO tenants
		FROM (SELECT DISTINCT tenant_id FROM hold WHERE lease_until < now_at ORDER BY 1) t(id)
		WHERE pg_try_advisory_xact_lock_shared(tenant_lock(t.id));
	IF tenants IS NULL THEN
		RETURN 0;
	END IF;
	WITH due AS (
		SELECT tenant_id, request_id, id FROM hold
			WHERE lease_until < now_at AND tenant_id = ANY (tenants)
			LIMIT p_max FOR UPDATE SKIP LOCKED
	), gone AS (
		DELETE FROM hold h USING due d
			WHERE h.tenant_id = d.tenant_id AND h.request_id = d.request_id AND h.id = d.id
			RETURNING h.*
	), line AS (
		INSERT INTO ledger_line (tenant_id, posted_at, transaction_id, line, attempt, request_id, hold_id, team_id,
				project_id, key_id, provider_id, model_id, deployment_id, price_card_id, admitted_at, amount_nanos, account,
				kind, currency, service_tier, task, tags, cost_centre, estimated_reason)
			SELECT g.tenant_id, greatest(now_at, g.admitted_at), g.id, side.line, g.attempt, g.request_id, g.id, g.team_id,
				g.project_id, g.key_id, g.provider_id, g.model_id, g.deployment_id, g.price_card_id, g.admitted_at,
				side.sign * g.amount_nanos, side.account, 'estimate', g.currency, 'default', g.task, g.tags, g.cost_centre,
				'lease_expired'
			FROM gone g, (VALUES (1::smallint, 'usage', 1), (2::smallint, 'provider', -1)) side(line, account, sign)
	), moved AS (
		UPDATE balance b SET settled = b.settled + d.amount, held = b.held - d.amount
			FROM (SELECT g.tenant_id, s.budget_id, s.window_start, sum(g.amount_nanos) AS amount
				FROM gone g, unnest(g.budget_ids, g.window_starts) s(budget_id, window_start)
				GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) d
			WHERE b.tenant_id = d.tenant_id AND b.budget_id = d.budget_id AND b.window_start = d.window_start
	)
	SELECT count(*) INTO expired FROM gone;
	RETURN expired;
END
$$;

-- As before, but it gives up after a second where the tenant's budgets are being changed:
-- who waits here has a connection, and lets nobody else of the tenant pass.
CREATE OR REPLACE FUNCTION take_over_claim(p_tenant uuid, p_key uuid, p_idempotency_key text, p_first uuid, p_request uuid, p_at timestamptz)
	RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '1s' AS $$
DECLARE
	raised bigint;
BEGIN
	PERFORM pg_advisory_xact_lock(tenant_lock(p_tenant));
	-- Nobody's money waits for whoever is just changing the configuration.
	PERFORM FROM configuration_version FOR UPDATE NOWAIT;
	UPDATE idempotency SET request_id = p_request, created_at = p_at
		WHERE tenant_id = p_tenant AND key_id = p_key AND idempotency_key = p_idempotency_key
		AND request_id = p_first AND finished_at IS NULL
		AND NOT EXISTS (SELECT FROM hold h WHERE h.tenant_id = p_tenant AND h.request_id = p_first)
		AND NOT EXISTS (SELECT FROM ledger_line l WHERE l.tenant_id = p_tenant AND l.request_id = p_first);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO budget_epoch AS e (tenant_id, epoch) VALUES (p_tenant, 1)
		ON CONFLICT (tenant_id) DO UPDATE SET epoch = e.epoch + 1;
	UPDATE configuration_version SET version = version + 1 RETURNING version INTO raised;
	PERFORM pg_notify('exchequer_configuration', raised::text);
	RETURN true;
EXCEPTION WHEN lock_not_available THEN
	RETURN false; -- the next repetition may have it
END
$$;
