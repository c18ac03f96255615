-- What every module's tables stand on: runtime roles, tenant isolation, and the version
-- of the configuration.

-- Two roles the platform works as; neither owns a table, so neither can lift a trigger.
-- A role belongs to the whole server, so it may be there already.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'exchequer_gateway') THEN
		CREATE ROLE exchequer_gateway NOLOGIN;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'exchequer_console') THEN
		CREATE ROLE exchequer_console NOLOGIN;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL; -- another database of this server was migrated at the same moment
END
$$;

DO $$
BEGIN
	EXECUTE format('GRANT exchequer_gateway, exchequer_console TO %I', current_user);
	EXECUTE format('GRANT USAGE ON SCHEMA %I TO exchequer_gateway, exchequer_console', current_schema());
END
$$;

-- The tenant an interactive connection speaks for: a tenant's id, '*' for the platform's
-- administrators, and nothing at all where it was not set.
CREATE FUNCTION tenant_visible(tenant uuid) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce(current_setting('exchequer.tenant', true), '') IN ('*', tenant::text);

-- Puts a tenant-owned table under row-level security: interactive connections see their
-- tenant's rows; the gateway, whose every statement carries the tenant, sees all.
CREATE PROCEDURE protect_by_tenant(target regclass)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
	EXECUTE format('CREATE POLICY gateway ON %s TO exchequer_gateway USING (true) WITH CHECK (true)', target);
	EXECUTE format('CREATE POLICY console ON %s TO exchequer_console USING (tenant_visible(tenant_id)) '
		|| 'WITH CHECK (tenant_visible(tenant_id))', target);
END
$$;

-- One row: every change to configuration raises the version in its own transaction.
CREATE TABLE configuration_version (
	only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	version  bigint NOT NULL
);
INSERT INTO configuration_version (version) VALUES (1);
GRANT SELECT ON configuration_version TO exchequer_gateway, exchequer_console;

-- Runs as the owner: whoever may change a configuration table need not be able to write
-- the version.
CREATE FUNCTION raise_configuration_version() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	raised bigint;
BEGIN
	EXECUTE format('UPDATE %I.configuration_version SET version = version + 1 RETURNING version', TG_TABLE_SCHEMA)
		INTO raised;
	PERFORM pg_notify('exchequer_configuration', raised::text);
	RETURN NULL;
END
$$;

-- Makes a table part of the configuration.
CREATE PROCEDURE part_of_configuration(target regclass)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER raises_configuration_version AFTER INSERT OR UPDATE OR DELETE ON %s '
		|| 'FOR EACH STATEMENT EXECUTE FUNCTION raise_configuration_version()', target);
END
$$;
