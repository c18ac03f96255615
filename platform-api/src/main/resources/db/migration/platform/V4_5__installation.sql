-- What was done once for the whole installation, whichever replica did it.
CREATE TABLE installation_step (
	name    text PRIMARY KEY,
	done_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON installation_step TO exchequer_console;
