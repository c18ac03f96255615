-- Replaces what was posted for a hold by what later evidence shows: p_usage at the prices of
-- p_card, which the new lines carry, so that they can be computed again. Returns the amount
-- that stood before, or null where nothing stands. The function without a card stays for
-- replicas of the release before.
CREATE FUNCTION correct_posting(p_tenant uuid, p_request uuid, p_hold uuid, p_card uuid, p_amount bigint,
	p_usage bigint[], p_reason text, p_tier text, p_at bigint) RETURNS bigint
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
		PERFORM replace_posting(standing, false, 'correction', p_amount, p_usage, p_reason, p_tier, NULL, NULL, p_at);
	END IF;
	RETURN stood;
END
$$;
