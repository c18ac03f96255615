-- Gives an idempotency key to a repetition whose first request left neither a hold nor a
-- ledger line and is older than its lease: its process died before it could call anything.
-- Returns whether the key is the repetition's now.
--
-- The first request may only have been slow. It is fenced off by the tenant's budget epoch:
-- admissions share the tenant's lock, so none is under way while this looks, and each that
-- was prepared before is sent back as stale and asks for its claim before it tries again.
CREATE FUNCTION take_over_claim(p_tenant uuid, p_key uuid, p_idempotency_key text, p_first uuid, p_request uuid, p_at timestamptz)
	RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
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
REVOKE ALL ON FUNCTION take_over_claim FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_over_claim TO exchequer_gateway;
