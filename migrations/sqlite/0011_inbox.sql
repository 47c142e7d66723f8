-- Mail in. The raw message is stored first; what it is and what came of it follows, and nothing is ever dropped: what
-- cannot be filed waits for a person (tray), what cannot be read is kept as it came (parked).
CREATE TABLE inbox (
    id BLOB PRIMARY KEY NOT NULL,
    -- Of sender, date, subject, Message-ID and body: trace fields that each way in adds do not count.
    content_hash TEXT NOT NULL,
    -- Without brackets; none when it has none, or when another message took it first.
    message_id TEXT,
    state TEXT NOT NULL,
    kind TEXT,
    -- Why it waits, or what came of it.
    reason TEXT,
    letter_id BLOB REFERENCES outbox (id) ON DELETE RESTRICT,
    client_id BLOB REFERENCES clients (id) ON DELETE RESTRICT,
    matched TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    meaning TEXT,
    confidence_percent INTEGER,
    -- What says so; the person's own words.
    sentence TEXT,
    attempts INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    settled_at TEXT,
    -- Who decided by hand, when it waited for a person: a short name among the staff, `console` for the command line.
    decided_by TEXT,
    -- What that person says it means; the proposal above stays what it was. None: nothing follows from it.
    decided_meaning TEXT,
    -- None after its retention or an erasure.
    raw BLOB,
    CONSTRAINT inbox_content_once UNIQUE (content_hash),
    CONSTRAINT inbox_message_id_once UNIQUE (message_id),
    CONSTRAINT inbox_state_known CHECK (state IN ('received', 'filed', 'tray', 'parked')),
    CONSTRAINT inbox_kind_known CHECK (kind IS NULL OR kind IN ('human', 'auto', 'bounce', 'complaint')),
    CONSTRAINT inbox_matched_known CHECK (matched IN ('token', 'in_reply_to', 'references', 'inferred', 'none')),
    CONSTRAINT inbox_trusted_bool CHECK (trusted IN (0, 1)),
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
) STRICT;
CREATE INDEX inbox_waiting ON inbox (received_at) WHERE state = 'received';
CREATE INDEX inbox_desk ON inbox (state, received_at) WHERE state IN ('tray', 'parked');
CREATE INDEX inbox_of_client ON inbox (client_id) WHERE client_id IS NOT NULL;

CREATE TRIGGER inbox_never_replaced BEFORE INSERT ON inbox
BEGIN
    -- The same message by another way in, also by INSERT OR REPLACE, is no second one and no error.
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM inbox WHERE content_hash = NEW.content_hash
        OR message_id = NEW.message_id);
    SELECT RAISE(ABORT, 'inbox: a message is never replaced')
    WHERE EXISTS (SELECT 1 FROM inbox WHERE id = NEW.id OR rowid = NEW.rowid);
END;
CREATE TRIGGER inbox_raw_only_erased BEFORE UPDATE OF raw ON inbox
WHEN NEW.raw IS NOT NULL AND NEW.raw IS NOT OLD.raw
BEGIN SELECT RAISE(ABORT, 'inbox: the raw message never changes; it can only be erased'); END;
CREATE TRIGGER inbox_keep_identity BEFORE UPDATE ON inbox
WHEN NEW.rowid IS NOT OLD.rowid OR NEW.id IS NOT OLD.id OR NEW.content_hash IS NOT OLD.content_hash OR NEW.message_id IS NOT OLD.message_id
    OR NEW.received_at IS NOT OLD.received_at
BEGIN SELECT RAISE(ABORT, 'inbox: what came never changes'); END;
-- A person decides once; an erasure takes the words away and leaves the decision.
CREATE TRIGGER inbox_decided_once BEFORE UPDATE OF state, reason, client_id, settled_at, decided_by, decided_meaning ON inbox
WHEN OLD.decided_by IS NOT NULL AND (NEW.state IS NOT OLD.state OR NEW.reason IS NOT OLD.reason
    OR NEW.client_id IS NOT OLD.client_id OR NEW.settled_at IS NOT OLD.settled_at
    OR NEW.decided_by IS NOT OLD.decided_by OR NEW.decided_meaning IS NOT OLD.decided_meaning)
BEGIN SELECT RAISE(ABORT, 'inbox: a person decides once'); END;
CREATE TRIGGER inbox_no_delete BEFORE DELETE ON inbox
BEGIN SELECT RAISE(ABORT, 'inbox: never deleted'); END;
