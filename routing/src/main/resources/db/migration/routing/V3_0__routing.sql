-- Routing policies: how a tenant's task chooses among models, and what happens after a
-- failure. A version is never changed, only succeeded; decision records name it by id.

CREATE TABLE routing_policy (
	tenant_id       uuid NOT NULL,
	id              uuid NOT NULL,
	name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	task            text NOT NULL CHECK (length(task) BETWEEN 1 AND 100), -- '*' for any
	current_version integer NOT NULL CHECK (current_version >= 1),
	latest_version  integer NOT NULL CHECK (latest_version >= current_version),
	revision        integer NOT NULL, -- counts changes, for optimistic locking
	created_at      timestamptz NOT NULL,
	updated_at      timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, name),
	UNIQUE (tenant_id, task)
);
CALL protect_by_tenant('routing_policy');
CALL part_of_configuration('routing_policy');

-- Outlives its policy, so that old decisions can still be explained; the body holds name
-- and task as well.
CREATE TABLE routing_policy_version (
	tenant_id  uuid NOT NULL,
	id         uuid NOT NULL,
	policy_id  uuid NOT NULL,
	version    integer NOT NULL CHECK (version >= 1),
	body       jsonb NOT NULL,
	created_at timestamptz NOT NULL,
	created_by text NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, policy_id, version)
);
CALL protect_by_tenant('routing_policy_version');

CREATE FUNCTION refuse_policy_version_change() RETURNS trigger
	LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'a routing policy''s version is never changed or deleted, only succeeded'
		USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER routing_policy_version_is_immutable
	BEFORE UPDATE OR DELETE OR TRUNCATE ON routing_policy_version
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_policy_version_change();

GRANT SELECT ON routing_policy, routing_policy_version TO exchequer_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON routing_policy TO exchequer_console;
GRANT SELECT, INSERT ON routing_policy_version TO exchequer_console;
