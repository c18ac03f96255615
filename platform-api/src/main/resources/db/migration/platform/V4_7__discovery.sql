-- What a start has found and registered, so that no later one puts back what an
-- administrator changed or deleted meanwhile.
CREATE TABLE discovered (
	kind          text NOT NULL CHECK (kind IN ('provider', 'deployment')),
	-- What was found: the environment variable, the server, the model on a server.
	reference     text NOT NULL CHECK (reference <> ''),
	-- What it was registered as, or null where it was left alone.
	name          text,
	-- The credential that was set last from the environment.
	credential_id uuid,
	found_at      timestamptz NOT NULL,
	PRIMARY KEY (kind, reference)
);
GRANT SELECT, INSERT, UPDATE (credential_id) ON discovered TO exchequer_console;

-- Which deployments are being tested, by whichever replica. One that dies leaves its row
-- behind, which counts no longer once its time is over.
CREATE TABLE connection_test (
	deployment_id uuid PRIMARY KEY,
	until         timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON connection_test TO exchequer_console;
