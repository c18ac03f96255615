-- Who may do what on the admin API, and what was done.

-- People belong to no tenant by themselves; their memberships do.
CREATE TABLE app_user (
	id            uuid PRIMARY KEY,
	-- In lower case.
	email         text NOT NULL UNIQUE,
	display_name  text NOT NULL,
	-- Argon2id, or null for those who sign in some other way.
	password_hash text,
	platform_role text CHECK (platform_role IN ('platform-admin', 'platform-auditor')),
	disabled_at   timestamptz,
	created_at    timestamptz NOT NULL,
	version       int NOT NULL DEFAULT 0
);

CREATE TABLE membership (
	tenant_id  uuid NOT NULL REFERENCES tenant (id),
	id         uuid NOT NULL,
	user_id    uuid NOT NULL REFERENCES app_user (id),
	role       text NOT NULL CHECK (role IN ('tenant-admin', 'team-lead', 'member', 'auditor')),
	-- The team of a team-lead or a member; null for the roles of a whole tenant.
	team_id    uuid,
	created_at timestamptz NOT NULL,
	version    int NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, id),
	UNIQUE NULLS NOT DISTINCT (tenant_id, user_id, role, team_id),
	FOREIGN KEY (tenant_id, team_id) REFERENCES team (tenant_id, id),
	CHECK ((team_id IS NOT NULL) = (role IN ('team-lead', 'member')))
);
CREATE INDEX membership_user ON membership (user_id);

-- Tokens of the whole platform have the tenant 00000000-0000-0000-0000-000000000000.
CREATE TABLE admin_token (
	tenant_id   uuid NOT NULL,
	id          uuid NOT NULL,
	name        text NOT NULL,
	role        text NOT NULL,
	team_id     uuid,
	-- HMAC-SHA-256 of the secret under the master key named by hash_key_id.
	secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
	hash_key_id text NOT NULL,
	prefix      text NOT NULL,
	created_at  timestamptz NOT NULL,
	created_by  text NOT NULL,
	expires_at  timestamptz,
	revoked_at  timestamptz,
	version     int NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX admin_token_name ON admin_token (tenant_id, name) WHERE revoked_at IS NULL;
CREATE INDEX admin_token_hash ON admin_token (secret_hash);

-- Written in the transaction of the change it tells of; never changed, never deleted.
CREATE TABLE audit_event (
	tenant_id     uuid NOT NULL,
	id            uuid NOT NULL,
	at            timestamptz NOT NULL,
	actor_kind    text NOT NULL,
	actor_id      uuid,
	actor_name    text NOT NULL,
	role          text NOT NULL,
	method        text NOT NULL,
	address       text,
	action        text NOT NULL,
	resource      text NOT NULL,
	resource_id   text NOT NULL,
	resource_name text NOT NULL,
	before        jsonb,
	after         jsonb,
	PRIMARY KEY (tenant_id, id)
);

CREATE FUNCTION refuse_audit_change() RETURNS trigger
	LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'audit events are never changed' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event
	FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_event
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CALL protect_by_tenant('membership');
CALL protect_by_tenant('admin_token');
CALL protect_by_tenant('audit_event');

-- The console's sessions: Spring Session's own tables.
CREATE TABLE spring_session (
	primary_id            char(36) NOT NULL PRIMARY KEY,
	session_id            char(36) NOT NULL UNIQUE,
	creation_time         bigint NOT NULL,
	last_access_time      bigint NOT NULL,
	max_inactive_interval int NOT NULL,
	expiry_time           bigint NOT NULL,
	principal_name        varchar(100)
);
CREATE INDEX spring_session_expiry ON spring_session (expiry_time);
CREATE INDEX spring_session_principal ON spring_session (principal_name);
CREATE TABLE spring_session_attributes (
	session_primary_id char(36) NOT NULL REFERENCES spring_session (primary_id) ON DELETE CASCADE,
	attribute_name     varchar(200) NOT NULL,
	attribute_bytes    bytea NOT NULL,
	PRIMARY KEY (session_primary_id, attribute_name)
);

GRANT SELECT, INSERT, UPDATE ON app_user, admin_token TO exchequer_console;
GRANT SELECT, INSERT, UPDATE, DELETE ON membership TO exchequer_console;
GRANT SELECT, INSERT ON audit_event TO exchequer_console;
GRANT SELECT, INSERT, UPDATE, DELETE ON spring_session, spring_session_attributes TO exchequer_console;
