-- Price lists that were read, what was understood of them, and the cards they propose. None
-- of it is part of the configuration: a proposal prices nothing until it has become a card.

CREATE TABLE price_import (
	id             uuid PRIMARY KEY,
	created_at     timestamptz NOT NULL,
	source         text NOT NULL CHECK (char_length(source) BETWEEN 1 AND 512),
	sha256         text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	cross_check_of uuid REFERENCES price_import,
	outcomes       jsonb NOT NULL CHECK (jsonb_typeof(outcomes) = 'object'),
	deployments    jsonb NOT NULL CHECK (jsonb_typeof(deployments) = 'array'),
	differences    integer NOT NULL CHECK (differences >= 0)
);
CREATE INDEX ON price_import (cross_check_of);

-- Kept for the latest imports only.
CREATE TABLE price_import_entry (
	import_id uuid NOT NULL REFERENCES price_import,
	position  integer NOT NULL CHECK (position >= 0),
	name      text NOT NULL,
	provider  text NOT NULL,
	mode      text NOT NULL,
	outcome   text NOT NULL CHECK (outcome IN ('PRICED', 'UNPRICED', 'PARTLY', 'REFUSED')),
	tiers     jsonb NOT NULL,
	complete  boolean NOT NULL,
	regions   jsonb NOT NULL,
	reasons   jsonb NOT NULL,
	notes     jsonb NOT NULL,
	PRIMARY KEY (import_id, position)
);

CREATE TABLE price_import_difference (
	import_id uuid NOT NULL REFERENCES price_import,
	number    integer NOT NULL CHECK (number >= 0),
	entry     text NOT NULL,
	field     text NOT NULL,
	earlier   text,
	later     text,
	PRIMARY KEY (import_id, number),
	CHECK (earlier IS DISTINCT FROM later)
);

-- Deployments may go while their proposals stay, as their cards do. Cards are named by their
-- identifier, and never go.
CREATE TABLE price_proposal (
	id              uuid PRIMARY KEY,
	import_id       uuid NOT NULL REFERENCES price_import,
	deployment_id   uuid NOT NULL,
	deployment_name text NOT NULL,
	matched_as      text NOT NULL,
	entry           text NOT NULL,
	currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	tiers           jsonb NOT NULL CHECK (jsonb_typeof(tiers) = 'array' AND jsonb_array_length(tiers) > 0),
	notes           jsonb NOT NULL,
	replaces        uuid,
	state           text NOT NULL CHECK (state IN ('OPEN', 'APPROVED', 'REJECTED', 'SUPERSEDED')),
	decided_at      timestamptz,
	price_card_id   uuid,
	UNIQUE (import_id, deployment_id),
	CHECK ((state = 'OPEN') = (decided_at IS NULL)),
	CHECK ((state = 'APPROVED') = (price_card_id IS NOT NULL))
);
COMMENT ON COLUMN price_proposal.matched_as IS 'what the deployment calls, as far as it decides the price';
CREATE UNIQUE INDEX price_proposal_open ON price_proposal (deployment_id) WHERE state = 'OPEN';
CREATE INDEX ON price_proposal (deployment_id);

GRANT SELECT, INSERT ON price_import, price_import_entry, price_import_difference, price_proposal
	TO exchequer_console;
GRANT DELETE ON price_import_entry, price_import_difference TO exchequer_console;
GRANT UPDATE (state, decided_at, price_card_id) ON price_proposal TO exchequer_console;
