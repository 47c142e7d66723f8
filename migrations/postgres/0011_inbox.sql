-- Mail in. The raw message is stored first; what it is and what came of it follows, and nothing is ever dropped: what
-- cannot be filed waits for a person (tray), what cannot be read is kept as it came (parked).
CREATE TABLE inbox (
    id UUID PRIMARY KEY NOT NULL,
    -- Of sender, date, subject, Message-ID and body: trace fields that each way in adds do not count.
    content_hash TEXT NOT NULL,
    -- Without brackets; none when it has none, or when another message took it first.
    message_id TEXT,
    state TEXT NOT NULL,
    kind TEXT,
    -- Why it waits, or what came of it.
    reason TEXT,
    letter_id UUID REFERENCES outbox (id) ON DELETE RESTRICT,
    client_id UUID REFERENCES clients (id) ON DELETE RESTRICT,
    matched TEXT NOT NULL,
    trusted BOOLEAN NOT NULL,
    meaning TEXT,
    confidence_percent BIGINT,
    -- What says so; the person's own words.
    sentence TEXT,
    attempts BIGINT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    settled_at TIMESTAMPTZ,
    -- Who decided by hand, when it waited for a person: a short name among the staff, `console` for the command line.
    decided_by TEXT,
    -- What that person says it means; the proposal above stays what it was. None: nothing follows from it.
    decided_meaning TEXT,
    -- None after its retention or an erasure.
    raw BYTEA,
    CONSTRAINT inbox_content_once UNIQUE (content_hash),
    CONSTRAINT inbox_message_id_once UNIQUE (message_id),
    CONSTRAINT inbox_state_known CHECK (state IN ('received', 'filed', 'tray', 'parked')),
    CONSTRAINT inbox_kind_known CHECK (kind IS NULL OR kind IN ('human', 'auto', 'bounce', 'complaint')),
    CONSTRAINT inbox_matched_known CHECK (matched IN ('token', 'in_reply_to', 'references', 'inferred', 'none')),
    CONSTRAINT inbox_settled_whole CHECK ((state = 'received') = (settled_at IS NULL)),
    CONSTRAINT inbox_waits_for_a_reason CHECK (state NOT IN ('tray', 'parked') OR reason IS NOT NULL),
    CONSTRAINT inbox_raw_until_read CHECK (state <> 'received' OR raw IS NOT NULL),
    CONSTRAINT inbox_confidence_percent CHECK (confidence_percent IS NULL OR confidence_percent BETWEEN 0 AND 100),
    CONSTRAINT inbox_decided_is_filed CHECK (decided_by IS NULL OR (decided_by <> '' AND state = 'filed')),
    CONSTRAINT inbox_decided_by_somebody CHECK (decided_meaning IS NULL OR decided_by IS NOT NULL),
    CONSTRAINT inbox_decided_meaning_known CHECK (decided_meaning IS NULL OR decided_meaning IN ('still_searching',
        'comparing', 'chosen_here', 'chosen_elsewhere', 'dropped', 'postponed', 'wants_call', 'wants_cancel', 'opt_out',
        'question', 'complaint_about_us', 'wrong_person', 'none')),
    CONSTRAINT inbox_counted CHECK (attempts >= 0)
);
CREATE INDEX inbox_waiting ON inbox (received_at) WHERE state = 'received';
CREATE INDEX inbox_desk ON inbox (state, received_at) WHERE state IN ('tray', 'parked');
CREATE INDEX inbox_of_client ON inbox (client_id) WHERE client_id IS NOT NULL;

CREATE FUNCTION inbox_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.raw IS NOT NULL AND NEW.raw IS DISTINCT FROM OLD.raw THEN
        PERFORM refuse('inbox: the raw message never changes; it can only be erased');
    END IF;
    IF (NEW.id, NEW.content_hash, NEW.message_id, NEW.received_at)
        IS DISTINCT FROM (OLD.id, OLD.content_hash, OLD.message_id, OLD.received_at) THEN
        PERFORM refuse('inbox: what came never changes');
    END IF;
    -- A person decides once; an erasure takes the words away and leaves the decision.
    IF OLD.decided_by IS NOT NULL
        AND (NEW.state, NEW.reason, NEW.client_id, NEW.settled_at, NEW.decided_by, NEW.decided_meaning)
        IS DISTINCT FROM (OLD.state, OLD.reason, OLD.client_id, OLD.settled_at, OLD.decided_by, OLD.decided_meaning) THEN
        PERFORM refuse('inbox: a person decides once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inbox_changed BEFORE UPDATE ON inbox FOR EACH ROW EXECUTE FUNCTION inbox_changed();
CREATE TRIGGER inbox_no_delete BEFORE DELETE ON inbox FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER inbox_no_truncate BEFORE TRUNCATE ON inbox FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
