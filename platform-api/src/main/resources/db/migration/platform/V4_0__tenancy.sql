-- Tenant > team > project > virtual key.

-- The root of everything tenant-owned: its own identifier is the tenant. Small, and
-- replicated to every node where the schema is distributed.
CREATE TABLE tenant (
	id             uuid PRIMARY KEY,
	name           text NOT NULL UNIQUE,
	display_name   text NOT NULL,
	stores_answers boolean NOT NULL DEFAULT false,
	created_at     timestamptz NOT NULL,
	archived_at    timestamptz,
	version        int NOT NULL DEFAULT 0
);
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
CREATE POLICY gateway ON tenant TO exchequer_gateway USING (true) WITH CHECK (true);
CREATE POLICY console ON tenant TO exchequer_console USING (tenant_visible(id)) WITH CHECK (tenant_visible(id));

CREATE TABLE team (
	tenant_id    uuid NOT NULL REFERENCES tenant (id),
	id           uuid NOT NULL,
	name         text NOT NULL,
	display_name text NOT NULL,
	cost_centre  text,
	tags         text[] NOT NULL DEFAULT '{}',
	created_at   timestamptz NOT NULL,
	archived_at  timestamptz,
	version      int NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, id)
);
-- An archived name may be used again.
CREATE UNIQUE INDEX team_name ON team (tenant_id, name) WHERE archived_at IS NULL;

CREATE TABLE project (
	tenant_id    uuid NOT NULL,
	id           uuid NOT NULL,
	team_id      uuid NOT NULL,
	name         text NOT NULL,
	display_name text NOT NULL,
	cost_centre  text,
	tags         text[] NOT NULL DEFAULT '{}',
	created_at   timestamptz NOT NULL,
	archived_at  timestamptz,
	version      int NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, team_id) REFERENCES team (tenant_id, id)
);
CREATE UNIQUE INDEX project_name ON project (tenant_id, name) WHERE archived_at IS NULL;
CREATE INDEX project_team ON project (tenant_id, team_id);

CREATE TABLE virtual_key (
	tenant_id           uuid NOT NULL,
	id                  uuid NOT NULL,
	project_id          uuid NOT NULL,
	name                text NOT NULL,
	-- Empty allows nothing; '*' allows everything.
	allowed_names       text[] NOT NULL DEFAULT '{}',
	allowed_tasks       text[] NOT NULL DEFAULT '{}',
	requests_per_minute int CHECK (requests_per_minute > 0),
	tokens_per_minute   int CHECK (tokens_per_minute > 0),
	tags                text[] NOT NULL DEFAULT '{}',
	expires_at          timestamptz,
	revoked_at          timestamptz,
	created_at          timestamptz NOT NULL,
	created_by          text NOT NULL,
	version             int NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id)
);
CREATE UNIQUE INDEX virtual_key_name ON virtual_key (tenant_id, project_id, name) WHERE revoked_at IS NULL;

-- The secrets a key can be presented by: one, and two during a rotation's overlap. The
-- key's identity, its budgets and its rates stay the same across rotations.
CREATE TABLE virtual_key_secret (
	tenant_id   uuid NOT NULL,
	id          uuid NOT NULL,
	key_id      uuid NOT NULL,
	-- HMAC-SHA-256 of the secret under the master key named by hash_key_id.
	secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
	hash_key_id text NOT NULL,
	-- The first characters, for people to recognise it by.
	prefix      text NOT NULL,
	created_at  timestamptz NOT NULL,
	valid_until timestamptz,
	version     int NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, secret_hash),
	FOREIGN KEY (tenant_id, key_id) REFERENCES virtual_key (tenant_id, id)
);
CREATE INDEX virtual_key_secret_key ON virtual_key_secret (tenant_id, key_id);
CREATE INDEX virtual_key_secret_hash ON virtual_key_secret (secret_hash);

CALL protect_by_tenant('team');
CALL protect_by_tenant('project');
CALL protect_by_tenant('virtual_key');
CALL protect_by_tenant('virtual_key_secret');

CALL part_of_configuration('tenant');
CALL part_of_configuration('team');
CALL part_of_configuration('project');
CALL part_of_configuration('virtual_key');
CALL part_of_configuration('virtual_key_secret');

GRANT SELECT ON tenant, team, project, virtual_key, virtual_key_secret TO exchequer_gateway;
GRANT SELECT, INSERT, UPDATE ON tenant, team, project, virtual_key, virtual_key_secret TO exchequer_console;
GRANT DELETE ON virtual_key_secret TO exchequer_console;
