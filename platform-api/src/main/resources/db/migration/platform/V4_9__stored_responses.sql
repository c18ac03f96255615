-- Answers of the Responses API that a tenant has asked to have stored, for a day: what was
-- said before each, and the answer, both as JSON. Only the gateway reads what people said.
CREATE TABLE stored_response (
	tenant_id  uuid NOT NULL,
	project_id uuid NOT NULL,
	id         uuid NOT NULL,
	created_at timestamptz NOT NULL,
	items      bytea NOT NULL,
	answer     bytea NOT NULL,
	PRIMARY KEY (tenant_id, project_id, id)
);
CREATE INDEX stored_response_age ON stored_response (created_at);
CALL protect_by_tenant('stored_response');
GRANT SELECT, INSERT, DELETE ON stored_response TO exchequer_gateway;
