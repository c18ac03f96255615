-- The key by which a project's people ask the AI APIs with the console's session.
ALTER TABLE virtual_key ADD COLUMN portal boolean NOT NULL DEFAULT false;

-- A project has at most one, so that naming the project names the key.
CREATE UNIQUE INDEX virtual_key_portal ON virtual_key (tenant_id, project_id) WHERE portal AND revoked_at IS NULL;
