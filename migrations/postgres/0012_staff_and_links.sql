-- The staff, and which person a Discord user is.
CREATE TABLE staff (
    id UUID PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    locale TEXT NOT NULL,
    role TEXT NOT NULL,
    -- The same person's account as a provider: nobody decides on their own request (L5).
    provider_id UUID REFERENCES providers (id) ON DELETE RESTRICT,
    created_at TIMESTAMPTZ NOT NULL,
    -- Since when the person may do nothing any more; the row stays, decisions name it.
    left_at TIMESTAMPTZ,
    CONSTRAINT staff_reference_once UNIQUE (reference),
    CONSTRAINT staff_email_once UNIQUE (email),
    CONSTRAINT staff_locale_known CHECK (locale IN ('fr', 'en')),
    CONSTRAINT staff_role_known CHECK (role IN ('support', 'admin')),
    CONSTRAINT staff_email_folded CHECK (email = lower(email))
);
CREATE TRIGGER staff_keep_identity BEFORE UPDATE ON staff
FOR EACH ROW EXECUTE FUNCTION people_keep_identity();
CREATE TRIGGER staff_no_delete BEFORE DELETE ON staff
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER staff_no_truncate BEFORE TRUNCATE ON staff
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One Discord user is one person; an account answers to one Discord user at a time.
CREATE TABLE discord_links (
    discord_user TEXT PRIMARY KEY NOT NULL,
    provider_id UUID REFERENCES providers (id) ON DELETE RESTRICT,
    client_id UUID REFERENCES clients (id) ON DELETE RESTRICT,
    staff_id UUID REFERENCES staff (id) ON DELETE RESTRICT,
    linked_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT discord_link_provider_once UNIQUE (provider_id),
    CONSTRAINT discord_link_client_once UNIQUE (client_id),
    CONSTRAINT discord_link_staff_once UNIQUE (staff_id),
    CONSTRAINT discord_link_to_one CHECK (
        (CASE WHEN provider_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN client_id IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END) = 1)
);
-- A tie is made and ended, never turned into another one: nobody becomes somebody else by a change.
CREATE TRIGGER discord_links_no_update BEFORE UPDATE ON discord_links FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A code that was mailed and not used yet; one for each Discord user, kept as a keyed MAC.
CREATE TABLE link_codes (
    discord_user TEXT PRIMARY KEY NOT NULL,
    provider_id UUID REFERENCES providers (id) ON DELETE RESTRICT,
    client_id UUID REFERENCES clients (id) ON DELETE RESTRICT,
    code_mac TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT link_code_of_one CHECK ((provider_id IS NULL) <> (client_id IS NULL)),
    CONSTRAINT link_code_attempts_bounded CHECK (attempts BETWEEN 0 AND 5),
    CONSTRAINT link_code_forward CHECK (expires_at > made_at)
);

-- Every time a code was asked for, known address or not: what the limits count.
CREATE TABLE link_requests (
    id UUID PRIMARY KEY NOT NULL,
    discord_user TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX link_requests_of_user ON link_requests (discord_user, at);
CREATE INDEX link_requests_of_address ON link_requests (address_hash, at);

-- Accounts are looked for by address.
CREATE INDEX providers_by_email ON providers (lower(email));
CREATE INDEX clients_by_email ON clients (lower(email));

-- Every reading of the CRM window: who, which project, when, how much.
CREATE TABLE crm_readings (
    id UUID PRIMARY KEY NOT NULL,
    provider_id UUID NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    surface TEXT NOT NULL,
    lines BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT crm_reading_surface_known CHECK (surface IN ('discord', 'terminal', 'web')),
    CONSTRAINT crm_reading_lines_counted CHECK (lines >= 0)
);
CREATE INDEX crm_readings_of_provider ON crm_readings (provider_id, at);
CREATE TRIGGER crm_readings_no_change BEFORE UPDATE OR DELETE ON crm_readings
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER crm_readings_no_truncate BEFORE TRUNCATE ON crm_readings
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
