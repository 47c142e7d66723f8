-- The staff, and which person a Discord user is.
CREATE TABLE staff (
    id BLOB PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    locale TEXT NOT NULL,
    role TEXT NOT NULL,
    -- The same person's account as a provider: nobody decides on their own request (L5).
    provider_id BLOB REFERENCES providers (id) ON DELETE RESTRICT,
    created_at TEXT NOT NULL,
    -- Since when the person may do nothing any more; the row stays, decisions name it.
    left_at TEXT,
    CONSTRAINT staff_reference_once UNIQUE (reference),
    CONSTRAINT staff_email_once UNIQUE (email),
    CONSTRAINT staff_locale_known CHECK (locale IN ('fr', 'en')),
    CONSTRAINT staff_role_known CHECK (role IN ('support', 'admin')),
    CONSTRAINT staff_email_folded CHECK (email = lower(email))
) STRICT;
CREATE TRIGGER staff_once BEFORE INSERT ON staff
WHEN EXISTS (SELECT 1 FROM staff WHERE (id = NEW.id AND reference <> NEW.reference)
    OR (reference = NEW.reference AND id <> NEW.id) OR (email = NEW.email AND id <> NEW.id) OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'staff: a short name and an address stay with their person'); END;
CREATE TRIGGER staff_keep_identity BEFORE UPDATE ON staff
WHEN NEW.id IS NOT OLD.id OR NEW.reference IS NOT OLD.reference OR NEW.rowid IS NOT OLD.rowid
    OR EXISTS (SELECT 1 FROM staff WHERE email = NEW.email AND id <> NEW.id)
BEGIN SELECT RAISE(ABORT, 'staff: identity never changes, an address is one person''s'); END;
CREATE TRIGGER staff_no_delete BEFORE DELETE ON staff
BEGIN SELECT RAISE(ABORT, 'staff: decisions name this person; set left_at instead'); END;

-- One Discord user is one person; an account answers to one Discord user at a time.
CREATE TABLE discord_links (
    discord_user TEXT PRIMARY KEY NOT NULL,
    provider_id BLOB REFERENCES providers (id) ON DELETE RESTRICT,
    client_id BLOB REFERENCES clients (id) ON DELETE RESTRICT,
    staff_id BLOB REFERENCES staff (id) ON DELETE RESTRICT,
    linked_at TEXT NOT NULL,
    CONSTRAINT discord_link_provider_once UNIQUE (provider_id),
    CONSTRAINT discord_link_client_once UNIQUE (client_id),
    CONSTRAINT discord_link_staff_once UNIQUE (staff_id),
    CONSTRAINT discord_link_to_one CHECK (
        (CASE WHEN provider_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN client_id IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END) = 1)
) STRICT;
-- A tie is made and ended, never turned into another one: nobody becomes somebody else by a change.
CREATE TRIGGER discord_links_no_update BEFORE UPDATE ON discord_links
BEGIN SELECT RAISE(ABORT, 'discord_links: end the tie and make another one'); END;

-- A code that was mailed and not used yet; one for each Discord user, kept as a keyed MAC.
CREATE TABLE link_codes (
    discord_user TEXT PRIMARY KEY NOT NULL,
    provider_id BLOB REFERENCES providers (id) ON DELETE RESTRICT,
    client_id BLOB REFERENCES clients (id) ON DELETE RESTRICT,
    code_mac TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    made_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT link_code_of_one CHECK ((provider_id IS NULL) <> (client_id IS NULL)),
    CONSTRAINT link_code_attempts_bounded CHECK (attempts BETWEEN 0 AND 5),
    CONSTRAINT link_code_forward CHECK (expires_at > made_at)
) STRICT;

-- Every time a code was asked for, known address or not: what the limits count.
CREATE TABLE link_requests (
    id BLOB PRIMARY KEY NOT NULL,
    discord_user TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX link_requests_of_user ON link_requests (discord_user, at);
CREATE INDEX link_requests_of_address ON link_requests (address_hash, at);

-- Accounts are looked for by address.
CREATE INDEX providers_by_email ON providers (lower(email));
CREATE INDEX clients_by_email ON clients (lower(email));

-- Every reading of the CRM window: who, which project, when, how much.
CREATE TABLE crm_readings (
    id BLOB PRIMARY KEY NOT NULL,
    provider_id BLOB NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    surface TEXT NOT NULL,
    lines INTEGER NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT crm_reading_surface_known CHECK (surface IN ('discord', 'terminal', 'web')),
    CONSTRAINT crm_reading_lines_counted CHECK (lines >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX crm_readings_of_provider ON crm_readings (provider_id, at);
CREATE TRIGGER crm_readings_once BEFORE INSERT ON crm_readings
WHEN EXISTS (SELECT 1 FROM crm_readings WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'crm_readings: append only'); END;
CREATE TRIGGER crm_readings_no_update BEFORE UPDATE ON crm_readings
BEGIN SELECT RAISE(ABORT, 'crm_readings: append only'); END;
CREATE TRIGGER crm_readings_no_delete BEFORE DELETE ON crm_readings
BEGIN SELECT RAISE(ABORT, 'crm_readings: append only'); END;
