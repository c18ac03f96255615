-- The registry: what can be called, and at which price. Shared by every tenant.

CREATE TABLE provider (
	id         uuid PRIMARY KEY,
	name       text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9._:/-]{1,128}$'),
	kind       text NOT NULL CHECK (kind ~ '^[a-z0-9-]{1,64}$'),
	base_url   text NOT NULL CHECK (base_url = '' OR base_url ~ '^https?://'),
	settings   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL
);

-- Secrets, encrypted. Retired ones stay, unusable by the gateway, so that the credential
-- a ledger line names can still be told.
CREATE TABLE provider_credential (
	id          uuid PRIMARY KEY,
	provider_id uuid NOT NULL REFERENCES provider ON DELETE CASCADE,
	key_id      text NOT NULL,
	ciphertext  bytea NOT NULL CHECK (octet_length(ciphertext) >= 28),
	created_at  timestamptz NOT NULL,
	retired_at  timestamptz
);
CREATE INDEX ON provider_credential (provider_id);
CREATE UNIQUE INDEX provider_credential_current ON provider_credential (provider_id) WHERE retired_at IS NULL;

CREATE TABLE model (
	id                 uuid PRIMARY KEY,
	name               text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9._:/-]{1,128}$' AND lower(name) <> 'auto'),
	display_name       text NOT NULL CHECK (display_name <> ''),
	input_modalities   text[] NOT NULL CHECK (cardinality(input_modalities) > 0),
	output_modalities  text[] NOT NULL CHECK (cardinality(output_modalities) > 0),
	tools              boolean NOT NULL,
	structured_output  boolean NOT NULL,
	fill_in_the_middle boolean NOT NULL,
	context_window     integer NOT NULL CHECK (context_window >= 1),
	max_output         integer NOT NULL CHECK (max_output BETWEEN 1 AND context_window),
	image_tokens_max   integer CHECK (image_tokens_max >= 1),
	stage              text NOT NULL CHECK (stage IN ('PREVIEW', 'ACTIVE', 'DEPRECATED', 'RETIRED')),
	successor          text CHECK (successor <> name),
	retires_on         date,
	created_at         timestamptz NOT NULL,
	updated_at         timestamptz NOT NULL
);

CREATE TABLE model_alias (
	name       text PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9._:/-]{1,128}$' AND lower(name) <> 'auto'),
	model_id   uuid NOT NULL REFERENCES model,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL
);
CREATE INDEX ON model_alias (model_id);

CREATE TABLE deployment (
	id                uuid PRIMARY KEY,
	name              text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9._:/-]{1,128}$' AND lower(name) <> 'auto'),
	model_id          uuid NOT NULL REFERENCES model,
	provider_id       uuid NOT NULL REFERENCES provider,
	upstream_model    text NOT NULL CHECK (upstream_model <> ''),
	data_class        text NOT NULL CHECK (data_class IN ('PUBLIC', 'INTERNAL', 'CONFIDENTIAL', 'RESTRICTED')),
	settings          jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
	enabled           boolean NOT NULL,
	quarantined_at    timestamptz,
	quarantine_reason text,
	created_at        timestamptz NOT NULL,
	updated_at        timestamptz NOT NULL,
	CHECK ((quarantined_at IS NULL) = (quarantine_reason IS NULL))
);
CREATE INDEX ON deployment (model_id);
CREATE INDEX ON deployment (provider_id);

-- A client asks by one name for a deployment, a model or an alias: each name means one
-- thing. Kept by triggers, so that two changes at once cannot both take it.
CREATE TABLE callable_name (
	name text PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('deployment', 'model', 'model_alias'))
);

CREATE FUNCTION keep_callable_name() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		EXECUTE format('DELETE FROM %I.callable_name WHERE name = $1', TG_TABLE_SCHEMA) USING OLD.name;
	END IF;
	IF TG_OP <> 'DELETE' THEN
		EXECUTE format('INSERT INTO %I.callable_name (name, kind) VALUES ($1, $2)', TG_TABLE_SCHEMA)
			USING NEW.name, TG_TABLE_NAME;
	END IF;
	RETURN NULL;
END
$$;

CREATE TRIGGER keeps_callable_name AFTER INSERT OR DELETE OR UPDATE OF name ON model
	FOR EACH ROW EXECUTE FUNCTION keep_callable_name();
CREATE TRIGGER keeps_callable_name AFTER INSERT OR DELETE OR UPDATE OF name ON model_alias
	FOR EACH ROW EXECUTE FUNCTION keep_callable_name();
CREATE TRIGGER keeps_callable_name AFTER INSERT OR DELETE OR UPDATE OF name ON deployment
	FOR EACH ROW EXECUTE FUNCTION keep_callable_name();

-- Cards outlive their deployment, which is why nothing refers to it: every ledger line
-- can be computed again from the card it names.
CREATE TABLE price_card (
	id              uuid PRIMARY KEY,
	deployment_id   uuid NOT NULL,
	deployment_name text NOT NULL,
	version         integer NOT NULL CHECK (version >= 1),
	effective_from  timestamptz NOT NULL,
	currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	tiers           jsonb NOT NULL CHECK (jsonb_typeof(tiers) = 'array' AND jsonb_array_length(tiers) > 0),
	source          text NOT NULL DEFAULT '',
	note            text NOT NULL DEFAULT '',
	created_at      timestamptz NOT NULL,
	UNIQUE (deployment_id, version),
	UNIQUE (deployment_id, effective_from)
);

CREATE FUNCTION refuse_change_of_price_card() RETURNS trigger
	LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'a price card is never changed, only succeeded by another'
		USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON price_card
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_price_card();

CALL part_of_configuration('provider');
CALL part_of_configuration('provider_credential');
CALL part_of_configuration('model');
CALL part_of_configuration('model_alias');
CALL part_of_configuration('deployment');
CALL part_of_configuration('price_card');

GRANT SELECT ON provider, provider_credential, model, model_alias, deployment, callable_name, price_card
	TO exchequer_gateway, exchequer_console;
GRANT UPDATE (quarantined_at, quarantine_reason) ON deployment TO exchequer_gateway;
GRANT INSERT, UPDATE, DELETE ON provider, provider_credential, model, model_alias, deployment TO exchequer_console;
GRANT INSERT ON price_card TO exchequer_console;
