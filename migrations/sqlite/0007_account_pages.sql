-- The client's account on this installation: links asked for, sessions, ways back from a cancellation; whom they chose.
CREATE TABLE sign_ins (
    id BLOB PRIMARY KEY NOT NULL,
    -- None: nobody has that address. Kept for the limit alone, so that the page tells nobody who is known.
    client_id BLOB REFERENCES clients (id) ON DELETE RESTRICT,
    address_hash TEXT NOT NULL,
    -- SHA-256 of the link's token; the token itself is only in the letter.
    token_hash TEXT,
    asked_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    CONSTRAINT sign_in_token_once UNIQUE (token_hash),
    CONSTRAINT sign_in_for_somebody CHECK ((client_id IS NULL) = (token_hash IS NULL)),
    CONSTRAINT sign_in_forward CHECK (expires_at > asked_at),
    CONSTRAINT sign_in_used_in_time
        CHECK (used_at IS NULL OR (client_id IS NOT NULL AND used_at >= asked_at AND used_at < expires_at))
) STRICT;
CREATE INDEX sign_ins_of_address ON sign_ins (address_hash, asked_at);
CREATE INDEX sign_ins_by_time ON sign_ins (asked_at);

CREATE TABLE account_sessions (
    id BLOB PRIMARY KEY NOT NULL,
    client_id BLOB NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    sign_in BLOB NOT NULL REFERENCES sign_ins (id) ON DELETE RESTRICT,
    token_hash TEXT NOT NULL,
    made_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT,
    CONSTRAINT account_session_token_once UNIQUE (token_hash),
    CONSTRAINT account_session_sign_in_once UNIQUE (sign_in),
    CONSTRAINT account_session_forward CHECK (expires_at > made_at)
) STRICT;

CREATE TABLE ways_back (
    token_hash TEXT PRIMARY KEY NOT NULL,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    client_id BLOB NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    made_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    CONSTRAINT way_back_forward CHECK (expires_at > made_at),
    CONSTRAINT way_back_used_in_time CHECK (used_at IS NULL OR (used_at >= made_at AND used_at < expires_at))
) STRICT;
CREATE INDEX ways_back_of_project ON ways_back (project_id);

-- Whom a client says to have chosen among those who applied: beside the timeline, because others may read that.
CREATE TABLE chosen_providers (
    source TEXT PRIMARY KEY NOT NULL,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    provider_id BLOB NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX chosen_providers_of_project ON chosen_providers (project_id);

CREATE TRIGGER sign_ins_made_once BEFORE INSERT ON sign_ins
BEGIN
    SELECT RAISE(ABORT, 'sign_ins: a link is made once, unused')
    WHERE NEW.used_at IS NOT NULL
        OR EXISTS (SELECT 1 FROM sign_ins WHERE id = NEW.id OR token_hash = NEW.token_hash OR rowid = NEW.rowid);
END;
CREATE TRIGGER sign_ins_used_once BEFORE UPDATE ON sign_ins
WHEN OLD.used_at IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.client_id IS NOT OLD.client_id
    OR NEW.address_hash IS NOT OLD.address_hash OR NEW.token_hash IS NOT OLD.token_hash
    OR NEW.asked_at IS NOT OLD.asked_at OR NEW.expires_at IS NOT OLD.expires_at OR NEW.rowid IS NOT OLD.rowid
BEGIN SELECT RAISE(ABORT, 'sign_ins: a link acts once and never changes'); END;

CREATE TRIGGER account_sessions_by_sign_in BEFORE INSERT ON account_sessions
BEGIN
    SELECT RAISE(ABORT, 'account_sessions: a session is made once')
    WHERE EXISTS (SELECT 1 FROM account_sessions
        WHERE id = NEW.id OR token_hash = NEW.token_hash OR sign_in = NEW.sign_in OR rowid = NEW.rowid);
    SELECT RAISE(ABORT, 'account_sessions: only a used link of the same client opens one')
    WHERE NEW.ended_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM sign_ins s
        WHERE s.id = NEW.sign_in AND s.client_id = NEW.client_id AND s.used_at = NEW.made_at);
END;
CREATE TRIGGER account_sessions_only_end BEFORE UPDATE ON account_sessions
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.id IS NOT OLD.id OR NEW.client_id IS NOT OLD.client_id
    OR NEW.sign_in IS NOT OLD.sign_in OR NEW.token_hash IS NOT OLD.token_hash OR NEW.made_at IS NOT OLD.made_at
    OR NEW.expires_at IS NOT OLD.expires_at OR NEW.rowid IS NOT OLD.rowid
BEGIN SELECT RAISE(ABORT, 'account_sessions: a session can only end'); END;

CREATE TRIGGER ways_back_made_once BEFORE INSERT ON ways_back
BEGIN
    SELECT RAISE(ABORT, 'ways_back: made once, unused, for the project''s own client')
    WHERE NEW.used_at IS NOT NULL
        OR NEW.client_id IS NOT (SELECT client_id FROM projects WHERE id = NEW.project_id)
        OR EXISTS (SELECT 1 FROM ways_back WHERE token_hash = NEW.token_hash OR rowid = NEW.rowid);
END;
CREATE TRIGGER ways_back_used_once BEFORE UPDATE ON ways_back
WHEN OLD.used_at IS NOT NULL OR NEW.token_hash IS NOT OLD.token_hash OR NEW.project_id IS NOT OLD.project_id
    OR NEW.client_id IS NOT OLD.client_id OR NEW.made_at IS NOT OLD.made_at OR NEW.expires_at IS NOT OLD.expires_at
    OR NEW.rowid IS NOT OLD.rowid
BEGIN SELECT RAISE(ABORT, 'ways_back: a way back acts once and never changes'); END;

CREATE TRIGGER chosen_providers_applied BEFORE INSERT ON chosen_providers
BEGIN
    SELECT RAISE(ABORT, 'chosen_providers: append only')
    WHERE EXISTS (SELECT 1 FROM chosen_providers WHERE source = NEW.source OR rowid = NEW.rowid);
    SELECT RAISE(ABORT, 'chosen_providers: only somebody who applied')
    WHERE NOT EXISTS (SELECT 1 FROM applications
        WHERE project_id = NEW.project_id AND provider_id = NEW.provider_id);
END;
CREATE TRIGGER chosen_providers_no_update BEFORE UPDATE ON chosen_providers
BEGIN SELECT RAISE(ABORT, 'chosen_providers: append only'); END;
