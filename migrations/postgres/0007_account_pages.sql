-- The client's account on this installation: links asked for, sessions, ways back from a cancellation; whom they chose.
CREATE TABLE sign_ins (
    id UUID PRIMARY KEY NOT NULL,
    -- None: nobody has that address. Kept for the limit alone, so that the page tells nobody who is known.
    client_id UUID REFERENCES clients (id) ON DELETE RESTRICT,
    address_hash TEXT NOT NULL,
    -- SHA-256 of the link's token; the token itself is only in the letter.
    token_hash TEXT,
    asked_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CONSTRAINT sign_in_token_once UNIQUE (token_hash),
    CONSTRAINT sign_in_for_somebody CHECK ((client_id IS NULL) = (token_hash IS NULL)),
    CONSTRAINT sign_in_forward CHECK (expires_at > asked_at),
    CONSTRAINT sign_in_used_in_time
        CHECK (used_at IS NULL OR (client_id IS NOT NULL AND used_at >= asked_at AND used_at < expires_at))
);
CREATE INDEX sign_ins_of_address ON sign_ins (address_hash, asked_at);
CREATE INDEX sign_ins_by_time ON sign_ins (asked_at);

CREATE TABLE account_sessions (
    id UUID PRIMARY KEY NOT NULL,
    client_id UUID NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    sign_in UUID NOT NULL REFERENCES sign_ins (id) ON DELETE RESTRICT,
    token_hash TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    CONSTRAINT account_session_token_once UNIQUE (token_hash),
    CONSTRAINT account_session_sign_in_once UNIQUE (sign_in),
    CONSTRAINT account_session_forward CHECK (expires_at > made_at)
);

CREATE TABLE ways_back (
    token_hash TEXT PRIMARY KEY NOT NULL,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    client_id UUID NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    made_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CONSTRAINT way_back_forward CHECK (expires_at > made_at),
    CONSTRAINT way_back_used_in_time CHECK (used_at IS NULL OR (used_at >= made_at AND used_at < expires_at))
);
CREATE INDEX ways_back_of_project ON ways_back (project_id);

-- Whom a client says to have chosen among those who applied: beside the timeline, because others may read that.
CREATE TABLE chosen_providers (
    source TEXT PRIMARY KEY NOT NULL,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    provider_id UUID NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX chosen_providers_of_project ON chosen_providers (project_id);

CREATE FUNCTION sign_ins_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.used_at IS NOT NULL THEN
            PERFORM refuse('sign_ins: a link is made once, unused');
        END IF;
    ELSIF OLD.used_at IS NOT NULL OR (NEW.id, NEW.client_id, NEW.address_hash, NEW.token_hash, NEW.asked_at,
            NEW.expires_at)
        IS DISTINCT FROM (OLD.id, OLD.client_id, OLD.address_hash, OLD.token_hash, OLD.asked_at, OLD.expires_at) THEN
        PERFORM refuse('sign_ins: a link acts once and never changes');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sign_ins_made_once BEFORE INSERT ON sign_ins FOR EACH ROW EXECUTE FUNCTION sign_ins_checked();
CREATE TRIGGER sign_ins_used_once BEFORE UPDATE ON sign_ins FOR EACH ROW EXECUTE FUNCTION sign_ins_checked();

CREATE FUNCTION account_sessions_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.ended_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM sign_ins s
                WHERE s.id = NEW.sign_in AND s.client_id = NEW.client_id AND s.used_at = NEW.made_at) THEN
            PERFORM refuse('account_sessions: only a used link of the same client opens one');
        END IF;
    ELSIF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
        OR (NEW.id, NEW.client_id, NEW.sign_in, NEW.token_hash, NEW.made_at, NEW.expires_at)
        IS DISTINCT FROM (OLD.id, OLD.client_id, OLD.sign_in, OLD.token_hash, OLD.made_at, OLD.expires_at) THEN
        PERFORM refuse('account_sessions: a session can only end');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_sessions_by_sign_in BEFORE INSERT ON account_sessions
FOR EACH ROW EXECUTE FUNCTION account_sessions_checked();
CREATE TRIGGER account_sessions_only_end BEFORE UPDATE ON account_sessions
FOR EACH ROW EXECUTE FUNCTION account_sessions_checked();

CREATE FUNCTION ways_back_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.used_at IS NOT NULL
            OR NEW.client_id IS DISTINCT FROM (SELECT client_id FROM projects WHERE id = NEW.project_id) THEN
            PERFORM refuse('ways_back: made once, unused, for the project''s own client');
        END IF;
    ELSIF OLD.used_at IS NOT NULL OR (NEW.token_hash, NEW.project_id, NEW.client_id, NEW.made_at, NEW.expires_at)
        IS DISTINCT FROM (OLD.token_hash, OLD.project_id, OLD.client_id, OLD.made_at, OLD.expires_at) THEN
        PERFORM refuse('ways_back: a way back acts once and never changes');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ways_back_made_once BEFORE INSERT ON ways_back FOR EACH ROW EXECUTE FUNCTION ways_back_checked();
CREATE TRIGGER ways_back_used_once BEFORE UPDATE ON ways_back FOR EACH ROW EXECUTE FUNCTION ways_back_checked();

CREATE FUNCTION chosen_providers_applied() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM applications
            WHERE project_id = NEW.project_id AND provider_id = NEW.provider_id) THEN
        PERFORM refuse('chosen_providers: only somebody who applied');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chosen_providers_applied BEFORE INSERT ON chosen_providers
FOR EACH ROW EXECUTE FUNCTION chosen_providers_applied();
CREATE TRIGGER chosen_providers_no_update BEFORE UPDATE ON chosen_providers
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chosen_providers_no_truncate BEFORE TRUNCATE ON chosen_providers
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
