-- Refund requests: a queue in which a person decides. The default is no, silence is no; only a person approves (S26).

-- Whoever opens or decides passes through this one row, one after the other: ceilings are counted without a race.
CREATE TABLE refund_gate (
    one INTEGER PRIMARY KEY NOT NULL,
    last_number INTEGER NOT NULL,
    CONSTRAINT refund_gate_single CHECK (one = 1)
) STRICT;
INSERT INTO refund_gate (one, last_number) VALUES (1, 0);

CREATE TABLE refund_requests (
    id BLOB PRIMARY KEY NOT NULL,
    -- What people call it.
    number INTEGER NOT NULL,
    spend BLOB NOT NULL REFERENCES transfers (id) ON DELETE RESTRICT,
    provider_id BLOB NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    -- The claimant's subscription at the time; none when none ran.
    plan TEXT,
    reason TEXT NOT NULL,
    -- What happened, and where it can be seen: text, never fetched. Can only be erased, to the empty text.
    story TEXT NOT NULL,
    proof TEXT NOT NULL,
    locale TEXT NOT NULL,
    surface TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    state TEXT NOT NULL,
    -- seq of the refund_events row that made the present state; none while as opened.
    state_event INTEGER,
    state_at TEXT NOT NULL,
    CONSTRAINT refund_request_number_once UNIQUE (number),
    CONSTRAINT refund_request_key_once UNIQUE (idempotency_key),
    CONSTRAINT refund_request_kind_known CHECK (kind IN ('view', 'offer', 'contact')),
    CONSTRAINT refund_request_plan_known CHECK (plan IS NULL OR plan IN ('basic', 'privilege')),
    CONSTRAINT refund_request_reason_known CHECK (reason IN ('found_elsewhere', 'fell_through', 'unreachable',
        'not_serious', 'duplicate', 'other')),
    CONSTRAINT refund_request_locale_known CHECK (locale IN ('fr', 'en')),
    CONSTRAINT refund_request_surface_known CHECK (surface IN ('discord', 'terminal', 'command')),
    CONSTRAINT refund_request_state_known
        CHECK (state IN ('open', 'asked', 'approved', 'declined', 'closed_silent', 'undone')),
    CONSTRAINT refund_request_story_bounded CHECK (length(story) <= 1000 AND length(proof) <= 300)
) STRICT;
-- One open request per spend (d5).
CREATE UNIQUE INDEX refund_request_open_once ON refund_requests (spend) WHERE state IN ('open', 'asked');
CREATE INDEX refund_requests_queue ON refund_requests (opened_at, number) WHERE state IN ('open', 'asked');
CREATE INDEX refund_requests_of_provider ON refund_requests (provider_id, opened_at);
CREATE INDEX refund_requests_of_project ON refund_requests (project_id, opened_at);
CREATE INDEX refund_requests_of_spend ON refund_requests (spend);
CREATE INDEX refund_requests_approved ON refund_requests (state_at) WHERE state = 'approved';
-- The newest projects that had time to go ahead: the sample of a case's chance, without reading every project.
CREATE INDEX projects_by_publication ON projects (published_at);

-- The page on which a project stood when credits were spent on it, noted when the spend was told at once. It cannot be
-- known later: places move. One past the deepest page that is counted means "beyond".
CREATE TABLE spend_pages (
    transfer_id BLOB PRIMARY KEY NOT NULL REFERENCES transfers (id) ON DELETE RESTRICT,
    page INTEGER NOT NULL,
    noted_at TEXT NOT NULL,
    CONSTRAINT spend_page_counted CHECK (page >= 1)
) STRICT, WITHOUT ROWID;

-- What a person saw when the card was opened.
CREATE TABLE refund_cases (
    id BLOB PRIMARY KEY NOT NULL,
    request_id BLOB NOT NULL REFERENCES refund_requests (id) ON DELETE RESTRICT,
    -- None: gathered for the card in the channel.
    staff_id BLOB REFERENCES staff (id) ON DELETE RESTRICT,
    file TEXT NOT NULL,
    gathered_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_cases_of_request ON refund_cases (request_id, gathered_at);

-- What became of a request: append-only, and the only way its state moves.
CREATE TABLE refund_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id BLOB NOT NULL REFERENCES refund_requests (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    staff_id BLOB REFERENCES staff (id) ON DELETE RESTRICT,
    -- The other person who wanted the same, above a ceiling.
    seconded_by BLOB REFERENCES staff (id) ON DELETE RESTRICT,
    -- The reason, the question, the claimant's answer. Can only be erased, to the empty text.
    said TEXT NOT NULL,
    surface TEXT NOT NULL,
    -- The press, form or command that did it: once.
    interaction TEXT,
    case_id BLOB REFERENCES refund_cases (id) ON DELETE RESTRICT,
    at TEXT NOT NULL,
    CONSTRAINT refund_event_interaction_once UNIQUE (interaction),
    CONSTRAINT refund_event_said_bounded CHECK (length(said) <= 2000),
    CONSTRAINT refund_event_surface_known CHECK (surface IN ('discord', 'terminal', 'command', 'timer')),
    -- The closed list of what moves a request from where to where, and who may do it. Nothing approves but a person.
    CONSTRAINT refund_event_allowed CHECK (
        (kind = 'asked' AND from_state = 'open' AND to_state = 'asked' AND actor_kind = 'staff')
        OR (kind = 'answered' AND from_state = 'asked' AND to_state = 'open' AND actor_kind = 'provider')
        OR (kind = 'warned' AND from_state = 'asked' AND to_state = 'asked' AND actor_kind = 'timer')
        OR (kind = 'closed_silent' AND from_state = 'asked' AND to_state = 'closed_silent' AND actor_kind = 'timer')
        OR (kind = 'endorsed' AND from_state IN ('open', 'asked') AND to_state = from_state AND actor_kind = 'staff')
        OR (kind = 'approved' AND from_state IN ('open', 'asked') AND to_state = 'approved' AND actor_kind = 'staff')
        OR (kind = 'declined' AND from_state IN ('open', 'asked') AND to_state = 'declined' AND actor_kind = 'staff')
        OR (kind = 'undone' AND from_state = 'approved' AND to_state = 'undone' AND actor_kind = 'staff')),
    CONSTRAINT refund_event_staff_named CHECK ((actor_kind = 'staff') = (staff_id IS NOT NULL)),
    CONSTRAINT refund_event_timer_is_no_surface CHECK ((actor_kind = 'timer') = (surface = 'timer')),
    CONSTRAINT refund_event_two_persons
        CHECK (seconded_by IS NULL OR (kind = 'approved' AND seconded_by <> staff_id)),
    CONSTRAINT refund_event_decided_on_a_case
        CHECK (kind NOT IN ('approved', 'declined', 'endorsed', 'undone') OR case_id IS NOT NULL)
) STRICT;
CREATE INDEX refund_events_of_request ON refund_events (request_id, seq);
CREATE INDEX refund_events_approved_by ON refund_events (staff_id, at) WHERE kind = 'approved';

-- What the staff write to each other; the claimant never sees it (d19).
CREATE TABLE refund_notes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id BLOB NOT NULL REFERENCES refund_requests (id) ON DELETE RESTRICT,
    staff_id BLOB NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    text TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX refund_notes_of_request ON refund_notes (request_id, seq);

-- Reminders to the reviewers, each once.
CREATE TABLE refund_reminders (
    request_id BLOB NOT NULL REFERENCES refund_requests (id) ON DELETE RESTRICT,
    n INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (request_id, n),
    CONSTRAINT refund_reminder_counted CHECK (n >= 1)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER refund_gate_no_delete BEFORE DELETE ON refund_gate
BEGIN SELECT RAISE(ABORT, 'refund_gate: kept'); END;
CREATE TRIGGER refund_gate_forward BEFORE UPDATE ON refund_gate
WHEN NEW.one IS NOT OLD.one OR NEW.last_number < OLD.last_number
BEGIN SELECT RAISE(ABORT, 'refund_gate: numbers only grow'); END;
CREATE TRIGGER refund_gate_once BEFORE INSERT ON refund_gate
WHEN EXISTS (SELECT 1 FROM refund_gate)
BEGIN SELECT RAISE(ABORT, 'refund_gate: one row'); END;

CREATE TRIGGER refund_requests_born BEFORE INSERT ON refund_requests
BEGIN
    SELECT RAISE(ABORT, 'refund_requests: kept once')
    WHERE EXISTS (SELECT 1 FROM refund_requests WHERE id = NEW.id OR number = NEW.number
        OR idempotency_key = NEW.idempotency_key OR rowid = NEW.rowid
        OR (spend = NEW.spend AND state IN ('open', 'asked')));
    SELECT RAISE(ABORT, 'refund_requests: opened, not decided')
    WHERE NEW.state IS NOT 'open' OR NEW.state_event IS NOT NULL OR NEW.state_at IS NOT NEW.opened_at;
    SELECT RAISE(ABORT, 'refund_requests: of its own spend, not given back')
    WHERE NOT EXISTS (SELECT 1 FROM transfers s WHERE s.id = NEW.spend AND s.purpose = 'spend'
            AND s.provider_id = NEW.provider_id AND s.project_id = NEW.project_id AND s.kind = NEW.kind
            AND s.amount = NEW.amount)
        OR EXISTS (SELECT 1 FROM transfers r WHERE r.refunds = NEW.spend);
END;
CREATE TRIGGER refund_requests_keep BEFORE UPDATE ON refund_requests
WHEN NEW.id IS NOT OLD.id OR NEW.number IS NOT OLD.number OR NEW.spend IS NOT OLD.spend
    OR NEW.provider_id IS NOT OLD.provider_id OR NEW.project_id IS NOT OLD.project_id OR NEW.kind IS NOT OLD.kind
    OR NEW.amount IS NOT OLD.amount OR NEW.plan IS NOT OLD.plan OR NEW.reason IS NOT OLD.reason
    OR NEW.locale IS NOT OLD.locale OR NEW.surface IS NOT OLD.surface
    OR NEW.idempotency_key IS NOT OLD.idempotency_key OR NEW.opened_at IS NOT OLD.opened_at
    OR NEW.rowid IS NOT OLD.rowid
    OR (NEW.story IS NOT OLD.story AND NEW.story <> '') OR (NEW.proof IS NOT OLD.proof AND NEW.proof <> '')
BEGIN SELECT RAISE(ABORT, 'refund_requests: only the state moves, texts can only be erased'); END;
CREATE TRIGGER refund_requests_move_by_event BEFORE UPDATE OF state, state_event, state_at ON refund_requests
WHEN NEW.state IS NOT OLD.state OR NEW.state_event IS NOT OLD.state_event OR NEW.state_at IS NOT OLD.state_at
BEGIN
    SELECT RAISE(ABORT, 'refund_requests: the state moves only by an event')
    WHERE NOT EXISTS (
        SELECT 1 FROM refund_events e WHERE e.seq = NEW.state_event AND e.request_id = NEW.id
            AND e.from_state = OLD.state AND e.to_state = NEW.state AND e.at = NEW.state_at
            AND e.seq > COALESCE(OLD.state_event, 0)
            AND e.seq = (SELECT MAX(seq) FROM refund_events WHERE request_id = NEW.id));
END;
CREATE TRIGGER refund_requests_no_delete BEFORE DELETE ON refund_requests
BEGIN SELECT RAISE(ABORT, 'refund_requests: kept'); END;

CREATE TRIGGER spend_pages_once BEFORE INSERT ON spend_pages
WHEN EXISTS (SELECT 1 FROM spend_pages WHERE transfer_id = NEW.transfer_id)
BEGIN SELECT RAISE(ABORT, 'spend_pages: append only'); END;
CREATE TRIGGER spend_pages_no_update BEFORE UPDATE ON spend_pages
BEGIN SELECT RAISE(ABORT, 'spend_pages: append only'); END;
CREATE TRIGGER spend_pages_no_delete BEFORE DELETE ON spend_pages
BEGIN SELECT RAISE(ABORT, 'spend_pages: append only'); END;

CREATE TRIGGER refund_cases_once BEFORE INSERT ON refund_cases
WHEN EXISTS (SELECT 1 FROM refund_cases WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'refund_cases: append only'); END;
-- What was seen stays; only what the client had called the project can end (D4).
CREATE TRIGGER refund_cases_only_erased BEFORE UPDATE ON refund_cases
WHEN NEW.id IS NOT OLD.id OR NEW.request_id IS NOT OLD.request_id OR NEW.staff_id IS NOT OLD.staff_id
    OR NEW.gathered_at IS NOT OLD.gathered_at OR NEW.file IS NOT json_set(OLD.file, '$.subject.title', '—')
BEGIN SELECT RAISE(ABORT, 'refund_cases: append only; a title can only be erased'); END;
CREATE TRIGGER refund_cases_no_delete BEFORE DELETE ON refund_cases
BEGIN SELECT RAISE(ABORT, 'refund_cases: append only'); END;

CREATE TRIGGER refund_events_checked BEFORE INSERT ON refund_events
BEGIN
    SELECT RAISE(ABORT, 'refund_events: append only')
    WHERE EXISTS (SELECT 1 FROM refund_events WHERE seq = NEW.seq
        OR (NEW.interaction IS NOT NULL AND interaction = NEW.interaction));
    SELECT RAISE(ABORT, 'refund_events: appended in order')
    WHERE NEW.seq <> -1 AND NEW.seq <= (SELECT COALESCE(MAX(seq), 0) FROM refund_events);
    -- Again, as CHECK says it: a console may switch that off.
    SELECT RAISE(ABORT, 'refund_events: a move of the closed list, by whom it is for')
    WHERE NOT ((NEW.kind = 'asked' AND NEW.from_state = 'open' AND NEW.to_state = 'asked' AND NEW.actor_kind = 'staff')
            OR (NEW.kind = 'answered' AND NEW.from_state = 'asked' AND NEW.to_state = 'open'
                AND NEW.actor_kind = 'provider')
            OR (NEW.kind = 'warned' AND NEW.from_state = 'asked' AND NEW.to_state = 'asked' AND NEW.actor_kind = 'timer')
            OR (NEW.kind = 'closed_silent' AND NEW.from_state = 'asked' AND NEW.to_state = 'closed_silent'
                AND NEW.actor_kind = 'timer')
            OR (NEW.kind = 'endorsed' AND NEW.from_state IN ('open', 'asked') AND NEW.to_state = NEW.from_state
                AND NEW.actor_kind = 'staff')
            OR (NEW.kind = 'approved' AND NEW.from_state IN ('open', 'asked') AND NEW.to_state = 'approved'
                AND NEW.actor_kind = 'staff')
            OR (NEW.kind = 'declined' AND NEW.from_state IN ('open', 'asked') AND NEW.to_state = 'declined'
                AND NEW.actor_kind = 'staff')
            OR (NEW.kind = 'undone' AND NEW.from_state = 'approved' AND NEW.to_state = 'undone'
                AND NEW.actor_kind = 'staff'))
        OR (NEW.actor_kind = 'staff') <> (NEW.staff_id IS NOT NULL)
        OR (NEW.actor_kind = 'timer') <> (NEW.surface = 'timer')
        OR (NEW.seconded_by IS NOT NULL AND (NEW.kind <> 'approved' OR NEW.seconded_by = NEW.staff_id));
    SELECT RAISE(ABORT, 'refund_events: starts where the request stands')
    WHERE NEW.from_state IS NOT (SELECT state FROM refund_requests WHERE id = NEW.request_id);
    SELECT RAISE(ABORT, 'refund_events: a reason, question or answer is needed')
    WHERE NEW.kind IN ('asked', 'answered', 'approved', 'declined', 'endorsed', 'undone') AND trim(NEW.said) = '';
    SELECT RAISE(ABORT, 'refund_events: decided by an admin of the staff, on a case of this request')
    WHERE NEW.kind IN ('approved', 'declined', 'endorsed', 'undone') AND (
        NOT EXISTS (SELECT 1 FROM staff s WHERE s.id = NEW.staff_id AND s.left_at IS NULL AND s.role = 'admin')
        OR NOT EXISTS (SELECT 1 FROM refund_cases c WHERE c.id = NEW.case_id AND c.request_id = NEW.request_id));
    SELECT RAISE(ABORT, 'refund_events: asked by somebody of the staff')
    WHERE NEW.kind = 'asked' AND NOT EXISTS (SELECT 1 FROM staff s WHERE s.id = NEW.staff_id AND s.left_at IS NULL);
    SELECT RAISE(ABORT, 'refund_events: not by the claimant or anyone with an interest in the project')
    WHERE NEW.actor_kind = 'staff' AND EXISTS (
        SELECT 1 FROM staff s JOIN refund_requests r ON r.id = NEW.request_id
            -- The person's account as a provider: the one named, or one that has their address.
            JOIN providers v ON v.id = s.provider_id OR lower(v.email) = s.email
        WHERE s.id IN (NEW.staff_id, NEW.seconded_by) AND (
            v.id = r.provider_id
            OR EXISTS (SELECT 1 FROM transfers t WHERE t.project_id = r.project_id AND t.provider_id = v.id)
            OR EXISTS (SELECT 1 FROM projects p WHERE p.id = r.project_id AND p.awarded_to = v.id)));
    SELECT RAISE(ABORT, 'refund_events: the second person wanted the same')
    WHERE NEW.seconded_by IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM refund_events e WHERE e.request_id = NEW.request_id AND e.kind = 'endorsed'
            AND e.staff_id = NEW.seconded_by);
    SELECT RAISE(ABORT, 'refund_events: closed only after a warning')
    WHERE NEW.kind = 'closed_silent' AND NOT EXISTS (
        SELECT 1 FROM refund_events e WHERE e.request_id = NEW.request_id AND e.kind = 'warned' AND e.at < NEW.at
            AND e.seq > (SELECT MAX(seq) FROM refund_events WHERE request_id = NEW.request_id AND kind = 'asked'));
END;
CREATE TRIGGER refund_events_move AFTER INSERT ON refund_events
BEGIN
    UPDATE refund_requests SET state = NEW.to_state, state_event = NEW.seq, state_at = NEW.at
    WHERE id = NEW.request_id;
END;
CREATE TRIGGER refund_events_only_erased BEFORE UPDATE ON refund_events
WHEN NEW.said <> '' OR NEW.seq IS NOT OLD.seq OR NEW.request_id IS NOT OLD.request_id OR NEW.kind IS NOT OLD.kind
    OR NEW.from_state IS NOT OLD.from_state OR NEW.to_state IS NOT OLD.to_state
    OR NEW.actor_kind IS NOT OLD.actor_kind OR NEW.staff_id IS NOT OLD.staff_id
    OR NEW.seconded_by IS NOT OLD.seconded_by OR NEW.surface IS NOT OLD.surface
    OR NEW.interaction IS NOT OLD.interaction OR NEW.case_id IS NOT OLD.case_id OR NEW.at IS NOT OLD.at
BEGIN SELECT RAISE(ABORT, 'refund_events: append only; what was said can only be erased'); END;
CREATE TRIGGER refund_events_no_delete BEFORE DELETE ON refund_events
BEGIN SELECT RAISE(ABORT, 'refund_events: append only'); END;

CREATE TRIGGER refund_notes_once BEFORE INSERT ON refund_notes
WHEN EXISTS (SELECT 1 FROM refund_notes WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'refund_notes: append only'); END;
CREATE TRIGGER refund_notes_only_erased BEFORE UPDATE ON refund_notes
WHEN NEW.text <> '' OR NEW.seq IS NOT OLD.seq OR NEW.request_id IS NOT OLD.request_id
    OR NEW.staff_id IS NOT OLD.staff_id OR NEW.at IS NOT OLD.at
BEGIN SELECT RAISE(ABORT, 'refund_notes: append only; a note can only be erased'); END;
CREATE TRIGGER refund_notes_no_delete BEFORE DELETE ON refund_notes
BEGIN SELECT RAISE(ABORT, 'refund_notes: append only'); END;
CREATE TRIGGER refund_reminders_once BEFORE INSERT ON refund_reminders
WHEN EXISTS (SELECT 1 FROM refund_reminders WHERE request_id = NEW.request_id AND n = NEW.n)
BEGIN SELECT RAISE(ABORT, 'refund_reminders: each once'); END;

-- L4: credits come back only for an approved request of that spend, and are taken back only when the approval was undone.
CREATE TRIGGER transfers_refund_approved BEFORE INSERT ON transfers
BEGIN
    SELECT RAISE(ABORT, 'transfers: a refund answers an approved request of its spend')
    WHERE NEW.purpose = 'refund' AND NOT EXISTS (
        SELECT 1 FROM refund_requests r WHERE r.id = NEW.request AND r.spend = NEW.refunds AND r.state = 'approved');
    SELECT RAISE(ABORT, 'transfers: a refund is taken back when its approval was undone')
    WHERE NEW.purpose = 'correction' AND EXISTS (
        SELECT 1 FROM transfers t LEFT JOIN refund_requests r ON r.id = t.request
        WHERE t.id = NEW.corrects AND t.purpose = 'refund' AND r.state IS NOT 'undone');
END;
