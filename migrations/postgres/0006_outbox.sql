-- Letters on their way. A row is written with the change that causes it, its bytes never change, and its state says what
-- is known about it: nothing here is a queue that could lose it.
CREATE TABLE outbox (
    id UUID PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    client_id UUID REFERENCES clients (id) ON DELETE RESTRICT,
    provider_id UUID REFERENCES providers (id) ON DELETE RESTRICT,
    -- Names the cause: the same cause is written about once (E5).
    dedupe TEXT NOT NULL,
    -- Fixed before the first attempt; all attempts reuse it (E2).
    message_id TEXT NOT NULL,
    -- None once the bytes are gone.
    recipient TEXT,
    -- What suppressions knows of the recipient.
    address_hash TEXT NOT NULL,
    return_path TEXT NOT NULL,
    composed_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    -- Transmissions begun, counted before each: a letter that kills its worker is counted too (E7).
    attempts BIGINT NOT NULL,
    -- Grows with each claim; a late holder's write is refused.
    fence BIGINT NOT NULL,
    holder TEXT,
    lease_until TIMESTAMPTZ,
    settled_at TIMESTAMPTZ,
    -- Since when it waits for a person, its attempts used up.
    parked_at TIMESTAMPTZ,
    -- The relay's codes of the last attempt, or why the letter was withdrawn; never an address.
    reason TEXT,
    CONSTRAINT outbox_dedupe_once UNIQUE (dedupe),
    CONSTRAINT outbox_message_id_once UNIQUE (message_id),
    CONSTRAINT outbox_kind_known CHECK (kind IN ('follow_up', 'sign_in', 'cancel_receipt', 'way_to_account', 'link_code',
        'refund_decision')),
    CONSTRAINT outbox_state_known CHECK (state IN ('planned', 'sending', 'accepted', 'refused', 'unknown', 'withdrawn')),
    CONSTRAINT outbox_for_one_person CHECK ((client_id IS NULL) <> (provider_id IS NULL)),
    CONSTRAINT outbox_held_whole CHECK ((holder IS NULL) = (lease_until IS NULL)),
    CONSTRAINT outbox_held_on_its_way CHECK ((state = 'sending') = (holder IS NOT NULL)),
    CONSTRAINT outbox_settled_whole CHECK ((state IN ('planned', 'sending')) = (settled_at IS NULL)),
    CONSTRAINT outbox_reason_given CHECK (state NOT IN ('refused', 'unknown', 'withdrawn') OR reason IS NOT NULL),
    CONSTRAINT outbox_parked_unsent CHECK (parked_at IS NULL OR state = 'planned'),
    CONSTRAINT outbox_erased_at_rest CHECK (recipient IS NOT NULL OR state NOT IN ('planned', 'sending')),
    CONSTRAINT outbox_counted CHECK (attempts >= 0 AND fence >= 0)
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'planned' AND parked_at IS NULL;
CREATE INDEX outbox_held ON outbox (lease_until) WHERE holder IS NOT NULL;
CREATE INDEX outbox_by_state ON outbox (state, composed_at);
CREATE INDEX outbox_of_client ON outbox (client_id, composed_at) WHERE client_id IS NOT NULL;

-- The messages, apart: a change of state does not write them again. They end, by erasure or by age, and the row that says what
-- became of the letter stays (D4).
CREATE TABLE outbox_messages (
    letter_id UUID PRIMARY KEY NOT NULL REFERENCES outbox (id) ON DELETE RESTRICT,
    raw BYTEA NOT NULL,
    CONSTRAINT outbox_message_said CHECK (LENGTH(raw) > 0)
);
-- Packing the bytes costs more time than it saves disk: a letter is read once, soon after.
ALTER TABLE outbox_messages ALTER COLUMN raw SET STORAGE EXTERNAL;

CREATE TABLE outbox_projects (
    letter_id UUID NOT NULL REFERENCES outbox (id) ON DELETE RESTRICT,
    line_number BIGINT NOT NULL,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    PRIMARY KEY (letter_id, line_number),
    CONSTRAINT outbox_project_asked_once UNIQUE (letter_id, project_id),
    CONSTRAINT outbox_line_bounded CHECK (line_number BETWEEN 1 AND 20)
);
CREATE INDEX outbox_projects_of_project ON outbox_projects (project_id);

CREATE FUNCTION outbox_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM 'planned' OR NEW.attempts IS DISTINCT FROM 0 OR NEW.recipient IS NULL THEN
        PERFORM refuse('outbox: born planned');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER outbox_born BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION outbox_born();

CREATE FUNCTION outbox_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.kind, NEW.client_id, NEW.provider_id, NEW.dedupe, NEW.message_id, NEW.address_hash,
            NEW.return_path, NEW.composed_at)
        IS DISTINCT FROM (OLD.id, OLD.kind, OLD.client_id, OLD.provider_id, OLD.dedupe, OLD.message_id,
            OLD.address_hash, OLD.return_path, OLD.composed_at) THEN
        PERFORM refuse('outbox: whom, why and Message-ID never change');
    END IF;
    IF NEW.recipient IS DISTINCT FROM OLD.recipient
        AND (NEW.recipient IS NOT NULL OR EXISTS (SELECT 1 FROM outbox_messages WHERE letter_id = OLD.id)) THEN
        PERFORM refuse('outbox: the rendered letter never changes; it can only be erased');
    END IF;
    IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('planned>sending', 'planned>withdrawn',
        'sending>planned', 'sending>accepted', 'sending>refused', 'sending>unknown',
        -- By a person only: send the same bytes again.
        'refused>planned', 'unknown>planned') THEN
        PERFORM refuse('outbox: no such change of state');
    END IF;
    IF NEW.state = 'sending' AND OLD.state <> 'sending'
        AND NOT EXISTS (SELECT 1 FROM outbox_messages WHERE letter_id = NEW.id) THEN
        PERFORM refuse('outbox: a letter travels after its bytes are kept');
    END IF;
    IF NEW.fence < OLD.fence THEN
        PERFORM refuse('outbox: a fence only grows');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER outbox_changed BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION outbox_changed();
CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER outbox_no_truncate BEFORE TRUNCATE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION outbox_messages_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    letter RECORD;
BEGIN
    -- By the key alone: a plan made while the table was small would walk along its states for as long as the session lives.
    SELECT state, recipient INTO letter FROM outbox WHERE id = NEW.letter_id;
    IF letter.state IS DISTINCT FROM 'planned' OR letter.recipient IS NULL THEN
        PERFORM refuse('outbox_messages: rendered once, before the first attempt');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER outbox_messages_once BEFORE INSERT ON outbox_messages
FOR EACH ROW EXECUTE FUNCTION outbox_messages_once();
CREATE FUNCTION outbox_messages_end_at_rest() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The lock keeps a letter from leaving while its bytes go.
    PERFORM 1 FROM outbox WHERE id = OLD.letter_id AND state NOT IN ('planned', 'sending') FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM refuse('outbox_messages: a letter on its way keeps its bytes');
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER outbox_messages_end_at_rest BEFORE DELETE ON outbox_messages
FOR EACH ROW EXECUTE FUNCTION outbox_messages_end_at_rest();
CREATE FUNCTION outbox_messages_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE outbox SET recipient = NULL WHERE id = OLD.letter_id;
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_messages_ended AFTER DELETE ON outbox_messages
FOR EACH ROW EXECUTE FUNCTION outbox_messages_ended();
CREATE TRIGGER outbox_messages_no_update BEFORE UPDATE ON outbox_messages
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER outbox_messages_no_truncate BEFORE TRUNCATE ON outbox_messages
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER outbox_projects_no_change BEFORE UPDATE OR DELETE ON outbox_projects
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER outbox_projects_no_truncate BEFORE TRUNCATE ON outbox_projects
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The relay that did not answer when it was last tried; no row while it does.
CREATE TABLE relay_away (
    only_row BIGINT PRIMARY KEY NOT NULL,
    -- The first failure since it last took a letter.
    since_at TIMESTAMPTZ NOT NULL,
    failed_at TIMESTAMPTZ NOT NULL,
    -- Not tried before.
    again_at TIMESTAMPTZ NOT NULL,
    failures BIGINT NOT NULL,
    -- Never an address.
    why TEXT NOT NULL,
    CONSTRAINT relay_away_one CHECK (only_row = 1),
    CONSTRAINT relay_away_counted CHECK (failures >= 1),
    CONSTRAINT relay_away_said CHECK (length(why) BETWEEN 1 AND 200),
    CONSTRAINT relay_away_forward CHECK (again_at >= failed_at)
);
