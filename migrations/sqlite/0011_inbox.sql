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
CREATE TRIGGER inbox_keep_identity BEFORE UPDATE OF id, content_hash, message_id, received_at ON inbox
WHEN NEW.id IS NOT OLD.id OR NEW.content_hash IS NOT OLD.content_hash OR NEW.message_id IS NOT OLD.message_id
    OR NEW.received_at IS NOT OLD.received_at
BEGIN SELECT RAISE(ABORT, 'inbox: what came never changes'); END;
CREATE TRIGGER inbox_no_delete BEFORE DELETE ON inbox
BEGIN SELECT RAISE(ABORT, 'inbox: never deleted'); END;
