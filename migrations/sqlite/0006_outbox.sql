-- Letters on their way. A row is written with the change that causes it, its bytes never change, and its state says what
-- is known about it: nothing here is a queue that could lose it.
CREATE TABLE outbox (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    client_id BLOB REFERENCES clients (id) ON DELETE RESTRICT,
    provider_id BLOB REFERENCES providers (id) ON DELETE RESTRICT,
    -- Names the cause: the same cause is written about once (E5).
    dedupe TEXT NOT NULL,
    -- Fixed before the first attempt; all attempts reuse it (E2).
    message_id TEXT NOT NULL,
    -- None once the bytes are gone.
    recipient TEXT,
    -- What suppressions knows of the recipient.
    address_hash TEXT NOT NULL,
    return_path TEXT NOT NULL,
    composed_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    -- Transmissions begun, counted before each: a letter that kills its worker is counted too (E7).
    attempts INTEGER NOT NULL,
    -- Grows with each claim; a late holder's write is refused.
    fence INTEGER NOT NULL,
    holder TEXT,
    lease_until TEXT,
    settled_at TEXT,
    -- Since when it waits for a person, its attempts used up.
    parked_at TEXT,
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
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'planned' AND parked_at IS NULL;
CREATE INDEX outbox_held ON outbox (lease_until) WHERE holder IS NOT NULL;
CREATE INDEX outbox_by_state ON outbox (state, composed_at);
CREATE INDEX outbox_of_client ON outbox (client_id, composed_at) WHERE client_id IS NOT NULL;

-- The messages, apart: a change of state does not write them again. They end, by erasure or by age, and the row that says what
-- became of the letter stays (D4).
CREATE TABLE outbox_messages (
    letter_id BLOB PRIMARY KEY NOT NULL REFERENCES outbox (id) ON DELETE RESTRICT,
    raw BLOB NOT NULL,
    CONSTRAINT outbox_message_said CHECK (LENGTH(raw) > 0)
) STRICT;

CREATE TABLE outbox_projects (
    letter_id BLOB NOT NULL REFERENCES outbox (id) ON DELETE RESTRICT,
    line_number INTEGER NOT NULL,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    PRIMARY KEY (letter_id, line_number),
    CONSTRAINT outbox_project_asked_once UNIQUE (letter_id, project_id),
    CONSTRAINT outbox_line_bounded CHECK (line_number BETWEEN 1 AND 20)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_projects_of_project ON outbox_projects (project_id);

CREATE TRIGGER outbox_born BEFORE INSERT ON outbox
BEGIN
    -- The same cause again, also by INSERT OR REPLACE, is no second letter and no error.
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM outbox WHERE dedupe = NEW.dedupe);
    SELECT RAISE(ABORT, 'outbox: a letter is never replaced')
    WHERE EXISTS (SELECT 1 FROM outbox WHERE id = NEW.id OR message_id = NEW.message_id OR rowid = NEW.rowid);
    SELECT RAISE(ABORT, 'outbox: born planned')
    WHERE NEW.state IS NOT 'planned' OR NEW.attempts IS NOT 0 OR NEW.recipient IS NULL;
END;
CREATE TRIGGER outbox_keep_identity BEFORE UPDATE ON outbox
WHEN NEW.rowid IS NOT OLD.rowid OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.client_id IS NOT OLD.client_id
    OR NEW.provider_id IS NOT OLD.provider_id OR NEW.dedupe IS NOT OLD.dedupe OR NEW.message_id IS NOT OLD.message_id
    OR NEW.address_hash IS NOT OLD.address_hash OR NEW.return_path IS NOT OLD.return_path
    OR NEW.composed_at IS NOT OLD.composed_at
BEGIN SELECT RAISE(ABORT, 'outbox: whom, why and Message-ID never change'); END;
CREATE TRIGGER outbox_rendered_once BEFORE UPDATE OF recipient ON outbox
WHEN NEW.recipient IS NOT OLD.recipient
    AND (NEW.recipient IS NOT NULL OR EXISTS (SELECT 1 FROM outbox_messages WHERE letter_id = OLD.id))
BEGIN SELECT RAISE(ABORT, 'outbox: the rendered letter never changes; it can only be erased'); END;
CREATE TRIGGER outbox_moves BEFORE UPDATE OF state ON outbox
WHEN NEW.state IS NOT OLD.state AND OLD.state || '>' || NEW.state NOT IN ('planned>sending', 'planned>withdrawn',
    'sending>planned', 'sending>accepted', 'sending>refused', 'sending>unknown',
    -- By a person only: send the same bytes again.
    'refused>planned', 'unknown>planned')
BEGIN SELECT RAISE(ABORT, 'outbox: no such change of state'); END;
CREATE TRIGGER outbox_sends_what_is_kept BEFORE UPDATE OF state ON outbox
WHEN NEW.state = 'sending' AND OLD.state IS NOT 'sending'
    AND NOT EXISTS (SELECT 1 FROM outbox_messages WHERE letter_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'outbox: a letter travels after its bytes are kept'); END;
CREATE TRIGGER outbox_fence_grows BEFORE UPDATE OF fence ON outbox
WHEN NEW.fence < OLD.fence
BEGIN SELECT RAISE(ABORT, 'outbox: a fence only grows'); END;
CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox
BEGIN SELECT RAISE(ABORT, 'outbox: never deleted'); END;

CREATE TRIGGER outbox_messages_once BEFORE INSERT ON outbox_messages
WHEN EXISTS (SELECT 1 FROM outbox_messages WHERE letter_id = NEW.letter_id OR rowid = NEW.rowid)
    OR NOT EXISTS (SELECT 1 FROM outbox WHERE id = NEW.letter_id AND state = 'planned' AND recipient IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'outbox_messages: rendered once, before the first attempt'); END;
CREATE TRIGGER outbox_messages_no_update BEFORE UPDATE ON outbox_messages
BEGIN SELECT RAISE(ABORT, 'outbox_messages: the rendered letter never changes; it can only be erased'); END;
CREATE TRIGGER outbox_messages_end_at_rest BEFORE DELETE ON outbox_messages
WHEN EXISTS (SELECT 1 FROM outbox WHERE id = OLD.letter_id AND state IN ('planned', 'sending'))
BEGIN SELECT RAISE(ABORT, 'outbox_messages: a letter on its way keeps its bytes'); END;
CREATE TRIGGER outbox_messages_ended AFTER DELETE ON outbox_messages
BEGIN
    UPDATE outbox SET recipient = NULL WHERE id = OLD.letter_id;
END;

CREATE TRIGGER outbox_projects_once BEFORE INSERT ON outbox_projects
WHEN EXISTS (SELECT 1 FROM outbox_projects WHERE letter_id = NEW.letter_id
    AND (line_number = NEW.line_number OR project_id = NEW.project_id))
BEGIN SELECT RAISE(ABORT, 'outbox_projects: append only'); END;
CREATE TRIGGER outbox_projects_no_update BEFORE UPDATE ON outbox_projects
BEGIN SELECT RAISE(ABORT, 'outbox_projects: append only'); END;
CREATE TRIGGER outbox_projects_no_delete BEFORE DELETE ON outbox_projects
BEGIN SELECT RAISE(ABORT, 'outbox_projects: append only'); END;

-- The relay that did not answer when it was last tried; no row while it does.
CREATE TABLE relay_away (
    only_row INTEGER PRIMARY KEY NOT NULL,
    -- The first failure since it last took a letter.
    since_at TEXT NOT NULL,
    failed_at TEXT NOT NULL,
    -- Not tried before.
    again_at TEXT NOT NULL,
    failures INTEGER NOT NULL,
    -- Never an address.
    why TEXT NOT NULL,
    CONSTRAINT relay_away_one CHECK (only_row = 1),
    CONSTRAINT relay_away_counted CHECK (failures >= 1),
    CONSTRAINT relay_away_said CHECK (length(why) BETWEEN 1 AND 200),
    CONSTRAINT relay_away_forward CHECK (again_at >= failed_at)
) STRICT;
