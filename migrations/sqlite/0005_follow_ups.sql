-- Calls to make: one row for each call to one client about one or more projects; ends once.
CREATE TABLE call_tasks (
    id BLOB PRIMARY KEY NOT NULL,
    client_id BLOB NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    opened_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    -- An unmade call gives way to the next mail then.
    expires_at TEXT NOT NULL,
    -- What came of it; expired: nobody made it; withdrawn: nothing was left to ask.
    outcome TEXT,
    ended_at TEXT,
    CONSTRAINT call_outcome_known CHECK (outcome IS NULL OR outcome IN ('no_answer', 'left_message', 'spoke',
        'wrong_number', 'refused', 'expired', 'withdrawn')),
    CONSTRAINT call_ended_whole CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CONSTRAINT call_forward CHECK (expires_at > due_at)
) STRICT;
-- Nobody is called twice at a time.
CREATE UNIQUE INDEX call_one_open ON call_tasks (client_id) WHERE outcome IS NULL;
CREATE INDEX call_open_by_due ON call_tasks (due_at) WHERE outcome IS NULL;
CREATE INDEX call_of_client ON call_tasks (client_id, due_at);

CREATE TRIGGER call_tasks_once BEFORE INSERT ON call_tasks
BEGIN
    SELECT RAISE(ABORT, 'call_tasks: a call is opened once')
    WHERE EXISTS (SELECT 1 FROM call_tasks WHERE id = NEW.id OR rowid = NEW.rowid
        OR (client_id = NEW.client_id AND outcome IS NULL));
    SELECT RAISE(ABORT, 'call_tasks: a call begins open')
    WHERE NEW.outcome IS NOT NULL;
END;
CREATE TRIGGER call_tasks_end_once BEFORE UPDATE ON call_tasks
WHEN OLD.outcome IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.client_id IS NOT OLD.client_id
    OR NEW.opened_at IS NOT OLD.opened_at OR NEW.due_at IS NOT OLD.due_at OR NEW.expires_at IS NOT OLD.expires_at
    OR NEW.rowid IS NOT OLD.rowid
BEGIN SELECT RAISE(ABORT, 'call_tasks: only its end is written, once'); END;
CREATE TRIGGER call_tasks_no_delete BEFORE DELETE ON call_tasks
BEGIN SELECT RAISE(ABORT, 'call_tasks: never deleted'); END;

-- Every step of every project's plan, append-only: step 1, 2, 3 … by mail or telephone, each at most once.
CREATE TABLE follow_ups (
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    step INTEGER NOT NULL,
    client_id BLOB NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    channel TEXT NOT NULL,
    -- When the letter is to leave, when the call may be made.
    at TEXT NOT NULL,
    -- The letter in the outbox, or the call.
    letter_id BLOB,
    call_id BLOB REFERENCES call_tasks (id) ON DELETE RESTRICT,
    -- Mails in a row up to this one; 0 for a call.
    mails_in_row INTEGER NOT NULL,
    reason TEXT NOT NULL,
    planned_at TEXT NOT NULL,
    CONSTRAINT follow_up_step_once UNIQUE (project_id, step),
    CONSTRAINT follow_up_step_counted CHECK (step >= 1),
    CONSTRAINT follow_up_channel_whole CHECK (
        (channel = 'email' AND letter_id IS NOT NULL AND call_id IS NULL AND mails_in_row >= 1)
        OR (channel = 'phone' AND letter_id IS NULL AND call_id IS NOT NULL AND mails_in_row = 0)),
    CONSTRAINT follow_up_reason_known CHECK (reason IN ('first', 'no_answer', 'after_answer', 'said_over', 'promised',
        'bounced', 'wrong_number', 'call_not_made', 'reported', 'wished'))
) STRICT;
CREATE INDEX follow_ups_of_client ON follow_ups (client_id, at);
CREATE INDEX follow_ups_of_call ON follow_ups (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX follow_ups_of_letter ON follow_ups (letter_id) WHERE letter_id IS NOT NULL;

CREATE TRIGGER follow_ups_checked BEFORE INSERT ON follow_ups
BEGIN
    SELECT RAISE(ABORT, 'follow_ups: append only')
    WHERE EXISTS (SELECT 1 FROM follow_ups WHERE rowid = NEW.rowid);
    SELECT RAISE(ABORT, 'follow_ups: the next step of the project')
    WHERE NEW.step <> 1 + (SELECT COALESCE(MAX(step), 0) FROM follow_ups WHERE project_id = NEW.project_id);
    SELECT RAISE(ABORT, 'follow_ups: about a pending project of that client')
    WHERE NOT EXISTS (SELECT 1 FROM projects
        WHERE id = NEW.project_id AND client_id = NEW.client_id AND state = 'pending');
END;
CREATE TRIGGER follow_ups_no_update BEFORE UPDATE ON follow_ups
BEGIN SELECT RAISE(ABORT, 'follow_ups: append only'); END;
CREATE TRIGGER follow_ups_no_delete BEFORE DELETE ON follow_ups
BEGIN SELECT RAISE(ABORT, 'follow_ups: append only'); END;

-- When each pending project is looked at again: exactly one row for each, so none is ever forgotten. No instant: something
-- was learned, and the plan reckons anew. The triggers write that, not the programs.
CREATE TABLE follow_up_due (
    project_id BLOB PRIMARY KEY NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    client_id BLOB NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    due_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_up_due_by_time ON follow_up_due (due_at, client_id);
CREATE INDEX follow_up_due_of_client ON follow_up_due (client_id);
INSERT INTO follow_up_due (project_id, client_id, due_at) SELECT id, client_id, NULL FROM projects WHERE state = 'pending';

CREATE TRIGGER follow_up_due_born AFTER INSERT ON projects
BEGIN
    INSERT INTO follow_up_due (project_id, client_id, due_at) VALUES (NEW.id, NEW.client_id, NULL);
END;
CREATE TRIGGER follow_up_due_of_its_client BEFORE INSERT ON follow_up_due
WHEN NEW.client_id IS NOT (SELECT client_id FROM projects WHERE id = NEW.project_id)
BEGIN SELECT RAISE(ABORT, 'follow_up_due: of the project''s own client'); END;
CREATE TRIGGER follow_up_due_keep BEFORE UPDATE ON follow_up_due
WHEN NEW.project_id IS NOT OLD.project_id OR NEW.client_id IS NOT OLD.client_id
BEGIN SELECT RAISE(ABORT, 'follow_up_due: only the time moves'); END;
CREATE TRIGGER follow_up_due_no_delete BEFORE DELETE ON follow_up_due
WHEN EXISTS (SELECT 1 FROM projects WHERE id = OLD.project_id AND state = 'pending')
BEGIN SELECT RAISE(ABORT, 'follow_up_due: a pending project is never forgotten'); END;
CREATE TRIGGER follow_up_due_left AFTER UPDATE OF state ON projects
WHEN OLD.state = 'pending' AND NEW.state <> 'pending'
BEGIN
    DELETE FROM follow_up_due WHERE project_id = NEW.id;
END;
CREATE TRIGGER follow_up_due_back AFTER UPDATE OF state ON projects
WHEN OLD.state <> 'pending' AND NEW.state = 'pending'
BEGIN
    INSERT INTO follow_up_due (project_id, client_id, due_at) VALUES (NEW.id, NEW.client_id, NULL);
END;
CREATE TRIGGER follow_up_due_learned AFTER INSERT ON project_facts
BEGIN
    UPDATE follow_up_due SET due_at = NULL WHERE project_id = NEW.project_id AND due_at IS NOT NULL;
END;
CREATE TRIGGER follow_up_due_learned_more AFTER UPDATE ON project_facts
BEGIN
    UPDATE follow_up_due SET due_at = NULL WHERE project_id = NEW.project_id AND due_at IS NOT NULL;
END;
CREATE TRIGGER follow_up_due_client AFTER UPDATE OF email, phone, zone, mails, email_dead_at, phone_dead_at ON clients
WHEN NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.zone IS NOT OLD.zone OR NEW.mails IS NOT OLD.mails
    OR NEW.email_dead_at IS NOT OLD.email_dead_at OR NEW.phone_dead_at IS NOT OLD.phone_dead_at
BEGIN
    UPDATE follow_up_due SET due_at = NULL WHERE client_id = NEW.id AND due_at IS NOT NULL;
END;
CREATE TRIGGER follow_up_due_call_ended AFTER UPDATE OF outcome ON call_tasks
BEGIN
    UPDATE follow_up_due SET due_at = NULL WHERE client_id = NEW.client_id AND due_at IS NOT NULL;
END;

-- Clients who carry the label "unreachable": no address and no number of theirs works since then.
CREATE TABLE follow_up_unreachable (
    client_id BLOB PRIMARY KEY NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    since TEXT NOT NULL
) STRICT;

-- The settings by which the instants above were reckoned; other settings reckon them anew.
CREATE TABLE follow_up_rhythm (
    only_row INTEGER PRIMARY KEY NOT NULL,
    fingerprint TEXT NOT NULL,
    CONSTRAINT follow_up_rhythm_one CHECK (only_row = 1)
) STRICT;

-- The safety stop: a run found more people due than it may disturb at once. One row while it stands.
CREATE TABLE follow_up_stop (
    only_row INTEGER PRIMARY KEY NOT NULL,
    people INTEGER NOT NULL,
    people_max INTEGER NOT NULL,
    since TEXT NOT NULL,
    CONSTRAINT follow_up_stop_one CHECK (only_row = 1),
    CONSTRAINT follow_up_stop_over CHECK (people > people_max)
) STRICT;
