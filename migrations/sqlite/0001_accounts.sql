-- Clients, providers, subscriptions: projections of the platform's events.
CREATE TABLE clients (
    id BLOB PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    locale TEXT NOT NULL,
    zone TEXT NOT NULL,
    -- Instant of the newest profile event: an older one that arrives late changes nothing.
    profile_at TEXT NOT NULL,
    last_seen_at TEXT,
    mails TEXT NOT NULL,
    email_dead_at TEXT,
    phone_dead_at TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT client_reference_once UNIQUE (reference),
    CONSTRAINT client_locale_known CHECK (locale IN ('fr', 'en')),
    CONSTRAINT client_mails_known CHECK (mails IN ('normal', 'fewer', 'none'))
) STRICT;

CREATE TABLE providers (
    id BLOB PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    locale TEXT NOT NULL,
    profile_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT provider_reference_once UNIQUE (reference),
    CONSTRAINT provider_locale_known CHECK (locale IN ('fr', 'en'))
) STRICT;

CREATE TABLE subscriptions (
    provider_id BLOB NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    plan TEXT NOT NULL,
    from_at TEXT NOT NULL,
    until_at TEXT,
    event_at TEXT NOT NULL,
    PRIMARY KEY (provider_id, from_at),
    CONSTRAINT subscription_plan_known CHECK (plan IN ('basic', 'privilege')),
    CONSTRAINT subscription_forward CHECK (until_at IS NULL OR until_at > from_at)
) STRICT;

-- Addresses that must not be written to again; only the hash is kept, so that it outlives erasure and re-import (D2).
CREATE TABLE suppressions (
    address_hash TEXT PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT suppression_reason_known CHECK (reason IN ('opt_out', 'complaint', 'bounce'))
) STRICT, WITHOUT ROWID;

-- People, as everything that is guarded here, stay under their own key. `INSERT OR REPLACE` and `UPDATE OR REPLACE` delete
-- whatever row stands in their way without firing a delete trigger, unless recursive_triggers is on (sqlite3's console has
-- it off): so every guarded table looks, before each insert and update, whether another row has that key or that rowid.
CREATE TRIGGER clients_once BEFORE INSERT ON clients
WHEN EXISTS (SELECT 1 FROM clients WHERE (id = NEW.id AND reference <> NEW.reference)
    OR (reference = NEW.reference AND id <> NEW.id) OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'clients: a reference stays with its id'); END;
CREATE TRIGGER clients_keep_identity BEFORE UPDATE ON clients
WHEN NEW.id IS NOT OLD.id OR NEW.reference IS NOT OLD.reference OR NEW.rowid IS NOT OLD.rowid
BEGIN SELECT RAISE(ABORT, 'clients: identity never changes'); END;
CREATE TRIGGER clients_no_delete BEFORE DELETE ON clients
BEGIN SELECT RAISE(ABORT, 'clients: never deleted; erase what is known of them'); END;
CREATE TRIGGER providers_once BEFORE INSERT ON providers
WHEN EXISTS (SELECT 1 FROM providers WHERE (id = NEW.id AND reference <> NEW.reference)
    OR (reference = NEW.reference AND id <> NEW.id) OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'providers: a reference stays with its id'); END;
CREATE TRIGGER providers_keep_identity BEFORE UPDATE ON providers
WHEN NEW.id IS NOT OLD.id OR NEW.reference IS NOT OLD.reference OR NEW.rowid IS NOT OLD.rowid
BEGIN SELECT RAISE(ABORT, 'providers: identity never changes'); END;
CREATE TRIGGER providers_no_delete BEFORE DELETE ON providers
BEGIN SELECT RAISE(ABORT, 'providers: never deleted; erase what is known of them'); END;

-- A person who asked for no mail may ask for it again; a complaint and a dead address stay.
CREATE TRIGGER suppressions_once BEFORE INSERT ON suppressions
WHEN EXISTS (SELECT 1 FROM suppressions WHERE address_hash = NEW.address_hash)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER suppressions_no_update BEFORE UPDATE ON suppressions
BEGIN SELECT RAISE(ABORT, 'suppressions: append only'); END;
CREATE TRIGGER suppressions_no_delete BEFORE DELETE ON suppressions
WHEN OLD.reason <> 'opt_out' OR NOT EXISTS (
    SELECT 1 FROM contacts WHERE project_id IS NULL AND kind = 'mails_changed' AND channel = 'page'
        AND note IN ('normal', 'fewer') AND at >= OLD.at)
BEGIN SELECT RAISE(ABORT, 'suppressions: only a refusal can be taken back, by a later word of a client'); END;
