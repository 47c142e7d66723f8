-- The CRM timeline: one line for each thing that happened, append-only, each with its source.
CREATE TABLE contacts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id BLOB NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    -- None: about the client and all their projects (a log-in, an opt-out).
    project_id BLOB REFERENCES projects (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    -- What the client said, on the scale of S8; only on answers.
    stage TEXT,
    -- When to ask again, if the client said so.
    ask_again_at TEXT,
    note TEXT,
    -- Names what made the line, so that the same thing happening twice in the machine is one line.
    source TEXT NOT NULL,
    at TEXT NOT NULL,
    known_at TEXT NOT NULL,
    CONSTRAINT contact_once UNIQUE (source),
    CONSTRAINT contact_kind_known CHECK (kind IN ('published', 'letter_sent', 'letter_failed', 'bounce', 'auto_reply',
        'answer', 'call_no_answer', 'call_left_message', 'call_wrong_number', 'call_refused', 'call_expired', 'login',
        'application', 'award', 'award_revoked', 'cancelled', 'reopened', 'report', 'label', 'mails_changed',
        'complaint', 'note')),
    CONSTRAINT contact_channel_known CHECK (channel IN ('email', 'phone', 'page', 'account', 'platform', 'staff')),
    CONSTRAINT contact_stage_known CHECK (stage IS NULL OR stage IN ('searching', 'comparing', 'chosen_outside',
        'chosen_here', 'postponed', 'dropped', 'unknown')),
    CONSTRAINT contact_stage_said CHECK ((stage IS NOT NULL) = (kind = 'answer'))
) STRICT;
CREATE INDEX contacts_of_project ON contacts (project_id, at) WHERE project_id IS NOT NULL;
CREATE INDEX contacts_of_client ON contacts (client_id, at) WHERE project_id IS NULL;

CREATE TRIGGER contacts_once BEFORE INSERT ON contacts
BEGIN
    -- The same thing again, also by INSERT OR REPLACE, is no second line and no error.
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM contacts WHERE source = NEW.source);
    SELECT RAISE(ABORT, 'contacts: append only') WHERE EXISTS (SELECT 1 FROM contacts WHERE seq = NEW.seq);
END;
CREATE TRIGGER contacts_no_update BEFORE UPDATE ON contacts
WHEN NEW.seq IS NOT OLD.seq OR NEW.client_id IS NOT OLD.client_id OR NEW.project_id IS NOT OLD.project_id
    OR NEW.kind IS NOT OLD.kind OR NEW.channel IS NOT OLD.channel OR NEW.stage IS NOT OLD.stage
    OR NEW.ask_again_at IS NOT OLD.ask_again_at OR NEW.source IS NOT OLD.source OR NEW.at IS NOT OLD.at
    OR NEW.known_at IS NOT OLD.known_at
BEGIN SELECT RAISE(ABORT, 'contacts: append only'); END;
CREATE TRIGGER contacts_note_only_erased BEFORE UPDATE OF note ON contacts
WHEN NEW.note IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'contacts: a note can only be erased'); END;
CREATE TRIGGER contacts_no_delete BEFORE DELETE ON contacts
BEGIN SELECT RAISE(ABORT, 'contacts: append only'); END;

-- What the timeline comes to for each project; recomputed from it whenever a line is added, never edited.
-- Kept in the order of its key: ranking reads it for every pending project.
CREATE TABLE project_facts (
    project_id BLOB PRIMARY KEY NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    last_sign_at TEXT,
    last_sign_kind TEXT,
    stage TEXT,
    stage_at TEXT,
    ask_again_at TEXT,
    -- Letters and calls without a sign of the client since.
    mails_unanswered INTEGER NOT NULL,
    calls_unanswered INTEGER NOT NULL,
    mails_total INTEGER NOT NULL,
    calls_total INTEGER NOT NULL,
    asked_at TEXT,
    changed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
