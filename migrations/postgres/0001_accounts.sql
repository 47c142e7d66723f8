-- Clients, providers, subscriptions: projections of the platform's events.
CREATE TABLE clients (
    id UUID PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    locale TEXT NOT NULL,
    zone TEXT NOT NULL,
    -- Instant of the newest profile event: an older one that arrives late changes nothing.
    profile_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ,
    mails TEXT NOT NULL,
    email_dead_at TIMESTAMPTZ,
    phone_dead_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT client_reference_once UNIQUE (reference),
    CONSTRAINT client_locale_known CHECK (locale IN ('fr', 'en')),
    CONSTRAINT client_mails_known CHECK (mails IN ('normal', 'fewer', 'none'))
);

CREATE TABLE providers (
    id UUID PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    locale TEXT NOT NULL,
    profile_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT provider_reference_once UNIQUE (reference),
    CONSTRAINT provider_locale_known CHECK (locale IN ('fr', 'en'))
);

CREATE TABLE subscriptions (
    provider_id UUID NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    plan TEXT NOT NULL,
    from_at TIMESTAMPTZ NOT NULL,
    until_at TIMESTAMPTZ,
    event_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider_id, from_at),
    CONSTRAINT subscription_plan_known CHECK (plan IN ('basic', 'privilege')),
    CONSTRAINT subscription_forward CHECK (until_at IS NULL OR until_at > from_at)
);

-- Addresses that must not be written to again; only the hash is kept, so that it outlives erasure and re-import (D2).
CREATE TABLE suppressions (
    address_hash TEXT PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT suppression_reason_known CHECK (reason IN ('opt_out', 'complaint', 'bounce'))
);

-- pg_temp stands last in the search path of every guard: unnamed it would be searched first, and anybody may make a temporary
-- table of any name.
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%: append only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION refuse(why TEXT) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- People stay under their own key.
CREATE FUNCTION people_keep_identity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.reference) IS DISTINCT FROM (OLD.id, OLD.reference) THEN
        PERFORM refuse(TG_TABLE_NAME || ': identity never changes');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clients_keep_identity BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION people_keep_identity();
CREATE TRIGGER clients_no_delete BEFORE DELETE ON clients FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER clients_no_truncate BEFORE TRUNCATE ON clients FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER providers_keep_identity BEFORE UPDATE ON providers
FOR EACH ROW EXECUTE FUNCTION people_keep_identity();
CREATE TRIGGER providers_no_delete BEFORE DELETE ON providers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER providers_no_truncate BEFORE TRUNCATE ON providers
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A person who asked for no mail may ask for it again; a complaint and a dead address stay.
CREATE TRIGGER suppressions_no_update BEFORE UPDATE ON suppressions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION suppressions_taken_back() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.reason <> 'opt_out' OR NOT EXISTS (
        SELECT 1 FROM contacts WHERE project_id IS NULL AND kind = 'mails_changed' AND channel = 'page'
            AND note IN ('normal', 'fewer') AND at >= OLD.at) THEN
        RAISE EXCEPTION 'suppressions: only a refusal can be taken back, by a later word of a client'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER suppressions_no_delete BEFORE DELETE ON suppressions
FOR EACH ROW EXECUTE FUNCTION suppressions_taken_back();
CREATE TRIGGER suppressions_no_truncate BEFORE TRUNCATE ON suppressions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
