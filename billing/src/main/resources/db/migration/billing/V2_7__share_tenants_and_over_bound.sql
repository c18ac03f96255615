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
