-- A project and its life. State changes only by appending to project_events (P1); nothing else can move it.
CREATE TABLE projects (
    id BLOB PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL,
    client_id BLOB NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT,
    budget_minor INTEGER,
    currency TEXT,
    urgency TEXT,
    published_at TEXT NOT NULL,
    details_at TEXT NOT NULL,
    state TEXT NOT NULL,
    -- seq of the project_events row that made the present state; none while as born.
    state_event INTEGER,
    awarded_to BLOB REFERENCES providers (id) ON DELETE RESTRICT,
    awarded_at TEXT,
    cancelled_by BLOB REFERENCES clients (id) ON DELETE RESTRICT,
    cancelled_at TEXT,
    -- Place in the pending list: larger is nearer to page 1. Never empty, so a pending project is always on some page (P5).
    rank_key INTEGER NOT NULL,
    ranked_at TEXT NOT NULL,
    CONSTRAINT project_reference_once UNIQUE (reference),
    CONSTRAINT project_state_known CHECK (state IN ('pending', 'in_progress', 'cancelled')),
    CONSTRAINT project_awarded_whole
        CHECK ((state = 'in_progress') = (awarded_to IS NOT NULL AND awarded_at IS NOT NULL)),
    CONSTRAINT project_cancelled_by_its_client
        CHECK ((state = 'cancelled') = (cancelled_by IS NOT NULL AND cancelled_at IS NOT NULL)
            AND (cancelled_by IS NULL OR cancelled_by = client_id)),
    CONSTRAINT project_budget_positive CHECK (budget_minor IS NULL OR budget_minor >= 0),
    -- Seconds since 1970; 1970 to 2500 whatever the evidence: no rank of nowhere.
    CONSTRAINT project_rank_bounded CHECK (rank_key BETWEEN 0 AND 16725225600)
) STRICT;
-- The platform's id breaks a tie, not ours: the order is the same on every machine and after a rebuild.
CREATE INDEX projects_pending_by_rank ON projects (rank_key DESC, reference DESC) WHERE state = 'pending';
CREATE INDEX projects_in_progress_by_award ON projects (awarded_at DESC, reference DESC) WHERE state = 'in_progress';
CREATE INDEX projects_of_client ON projects (client_id, state);

-- The client's authenticated act on their account; acts once (project_events.proof is unique).
CREATE TABLE client_proofs (
    id BLOB PRIMARY KEY NOT NULL,
    client_id BLOB NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    -- The evidence, kept whole and signed: the platform's event or the account page's own record.
    evidence INTEGER NOT NULL REFERENCES platform_events (seq) ON DELETE RESTRICT,
    made_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT client_proof_evidence_once UNIQUE (evidence),
    CONSTRAINT client_proof_forward CHECK (expires_at > made_at)
) STRICT;

CREATE TABLE project_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    -- The client for a client's act; none for the platform's.
    actor_id BLOB,
    -- The platform event or account act that this change follows from.
    cause INTEGER NOT NULL REFERENCES platform_events (seq) ON DELETE RESTRICT,
    proof BLOB REFERENCES client_proofs (id) ON DELETE RESTRICT,
    awarded_to BLOB REFERENCES providers (id) ON DELETE RESTRICT,
    reason TEXT,
    at TEXT NOT NULL,
    CONSTRAINT project_event_proof_once UNIQUE (proof),
    -- The closed list of who may move a project from where to where. An award and a cancellation that race end with the
    -- later one, in whichever order they arrive; hence the moves between their two states.
    CONSTRAINT project_event_allowed CHECK (
        (to_state = 'in_progress' AND actor_kind = 'platform')
        OR (from_state = 'in_progress' AND to_state = 'pending' AND actor_kind = 'platform')
        OR (to_state = 'cancelled' AND actor_kind = 'client')
        OR (from_state = 'cancelled' AND to_state = 'pending' AND actor_kind = 'client')),
    CONSTRAINT project_event_states_known CHECK (from_state IN ('pending', 'in_progress', 'cancelled')
        AND to_state IN ('pending', 'in_progress', 'cancelled')),
    CONSTRAINT project_event_actor_named CHECK ((actor_kind = 'client') = (actor_id IS NOT NULL)),
    CONSTRAINT project_event_award_whole CHECK ((to_state = 'in_progress') = (awarded_to IS NOT NULL)),
    CONSTRAINT project_event_cancel_proven CHECK ((to_state = 'cancelled') = (proof IS NOT NULL)),
    CONSTRAINT project_event_cancel_reason CHECK (to_state <> 'cancelled'
        OR (reason IS NOT NULL AND reason IN ('found_elsewhere', 'fell_through', 'other', 'not_said')))
) STRICT;
-- An award or a cancellation counts once. What takes one back may do so again when an older one arrives late.
CREATE UNIQUE INDEX project_event_cause_once ON project_events (cause) WHERE to_state <> 'pending';
CREATE INDEX project_events_of_project ON project_events (project_id, seq);
-- Why clients cancelled, counted without reading every event.
CREATE INDEX project_events_cancelled ON project_events (reason) WHERE to_state = 'cancelled';

CREATE TABLE applications (
    id BLOB PRIMARY KEY NOT NULL,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    provider_id BLOB NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    credits INTEGER NOT NULL,
    applied_at TEXT NOT NULL,
    withdrawn_at TEXT,
    CONSTRAINT application_once UNIQUE (project_id, provider_id, kind),
    CONSTRAINT application_kind_known CHECK (kind IN ('view', 'offer', 'contact')),
    CONSTRAINT application_credits_counted CHECK (credits >= 0)
) STRICT;
CREATE INDEX applications_of_provider ON applications (provider_id, project_id);

-- Projects whose own history says that they had ended before Relance knew them: never on the list, kept for learning
-- and for their page. Not a state of a project: a pending project cannot come here.
CREATE TABLE past_projects (
    reference TEXT PRIMARY KEY NOT NULL,
    client_reference TEXT NOT NULL,
    title TEXT NOT NULL,
    published_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    evidence INTEGER NOT NULL REFERENCES platform_events (seq) ON DELETE RESTRICT
) STRICT;

CREATE TRIGGER projects_born BEFORE INSERT ON projects
BEGIN
    SELECT RAISE(ABORT, 'projects: born pending')
    WHERE NEW.state IS NOT 'pending' OR NEW.state_event IS NOT NULL;
    SELECT RAISE(ABORT, 'projects: a project is never replaced')
    WHERE EXISTS (SELECT 1 FROM projects WHERE id = NEW.id OR reference = NEW.reference OR rowid = NEW.rowid);
END;
CREATE TRIGGER projects_no_delete BEFORE DELETE ON projects
BEGIN SELECT RAISE(ABORT, 'projects: never deleted'); END;
CREATE TRIGGER projects_keep_identity BEFORE UPDATE ON projects
WHEN NEW.id IS NOT OLD.id OR NEW.reference IS NOT OLD.reference OR NEW.client_id IS NOT OLD.client_id
    OR NEW.published_at IS NOT OLD.published_at OR NEW.rowid IS NOT OLD.rowid
BEGIN SELECT RAISE(ABORT, 'projects: identity, owner and age never change'); END;
CREATE TRIGGER projects_move_by_event
BEFORE UPDATE OF state, state_event, awarded_to, awarded_at, cancelled_by, cancelled_at ON projects
WHEN NOT (NEW.state IS OLD.state AND NEW.state_event IS OLD.state_event AND NEW.awarded_to IS OLD.awarded_to
    AND NEW.awarded_at IS OLD.awarded_at AND NEW.cancelled_by IS OLD.cancelled_by
    AND NEW.cancelled_at IS OLD.cancelled_at)
BEGIN
    SELECT RAISE(ABORT, 'projects: state changes only by an event')
    WHERE NOT EXISTS (
        SELECT 1 FROM project_events e
        WHERE e.seq = NEW.state_event AND e.project_id = NEW.id
            AND e.from_state = OLD.state AND e.to_state = NEW.state
            AND e.seq > COALESCE(OLD.state_event, 0)
            AND e.seq = (SELECT MAX(seq) FROM project_events WHERE project_id = NEW.id)
            AND NEW.awarded_to IS e.awarded_to
            AND NEW.awarded_at IS (CASE e.to_state WHEN 'in_progress' THEN e.at END)
            AND NEW.cancelled_by IS (CASE e.to_state WHEN 'cancelled' THEN e.actor_id END)
            AND NEW.cancelled_at IS (CASE e.to_state WHEN 'cancelled' THEN e.at END));
END;

CREATE TRIGGER project_events_checked BEFORE INSERT ON project_events
BEGIN
    SELECT RAISE(ABORT, 'project_events: append only')
    WHERE EXISTS (SELECT 1 FROM project_events WHERE seq = NEW.seq OR (cause = NEW.cause AND to_state <> 'pending' AND NEW.to_state <> 'pending')
        OR (proof IS NOT NULL AND proof = NEW.proof));
    SELECT RAISE(ABORT, 'project_events: events of a project are appended in order')
    WHERE NEW.seq <> -1 AND NEW.seq <= (SELECT COALESCE(MAX(seq), 0) FROM project_events);
    -- Again, as CHECK says it: a console may switch that off.
    SELECT RAISE(ABORT, 'project_events: a move of the closed list')
    WHERE NOT ((NEW.to_state = 'in_progress' AND NEW.actor_kind = 'platform')
            OR (NEW.from_state = 'in_progress' AND NEW.to_state = 'pending' AND NEW.actor_kind = 'platform')
            OR (NEW.to_state = 'cancelled' AND NEW.actor_kind = 'client')
            OR (NEW.from_state = 'cancelled' AND NEW.to_state = 'pending' AND NEW.actor_kind = 'client'))
        OR (NEW.to_state = 'in_progress') <> (NEW.awarded_to IS NOT NULL)
        OR (NEW.to_state = 'cancelled') <> (NEW.proof IS NOT NULL);
    SELECT RAISE(ABORT, 'project_events: starts where the project stands')
    WHERE NEW.from_state IS NOT (SELECT state FROM projects WHERE id = NEW.project_id);
    SELECT RAISE(ABORT, 'project_events: the actor is the client of the project')
    WHERE NEW.actor_kind = 'client'
        AND NEW.actor_id IS NOT (SELECT client_id FROM projects WHERE id = NEW.project_id);
    SELECT RAISE(ABORT, 'project_events: the cause is an event of that kind about that project')
    WHERE NOT EXISTS (
        SELECT 1 FROM platform_events c JOIN projects p ON p.id = NEW.project_id
        WHERE c.seq = NEW.cause AND c.subject = p.reference AND c.at = NEW.at
            AND c.kind = CASE NEW.to_state
                WHEN 'in_progress' THEN 'project.awarded'
                WHEN 'cancelled' THEN 'project.cancelled_by_client'
                ELSE CASE NEW.from_state
                    WHEN 'in_progress' THEN 'project.award_revoked'
                    WHEN 'cancelled' THEN 'project.reopened_by_client' END END);
    -- The row about the event must say what the event itself says: what was signed is the event.
    SELECT RAISE(ABORT, 'project_events: the cause says itself what it is about')
    WHERE NOT EXISTS (
        SELECT 1 FROM platform_events c
        WHERE c.seq = NEW.cause AND json_valid(c.body) AND c.body ->> '$.id' = c.id AND c.body ->> '$.type' = c.kind
            AND c.body ->> '$.data.project' = c.subject
            AND COALESCE(abs(unixepoch(upper(c.body ->> '$.at')) - unixepoch(c.at)) <= 1, TRUE)
            -- Dated further ahead, it would outdo every later event for good.
            AND unixepoch(c.at) <= unixepoch(c.received_at) + 86400
            AND (NEW.awarded_to IS NULL OR c.body ->> '$.data.provider' =
                (SELECT reference FROM providers WHERE id = NEW.awarded_to)));
    -- Whether the seal holds only the programs can tell; they look at every one.
    SELECT RAISE(ABORT, 'project_events: a change follows from an event that was taken, with its seal')
    WHERE NOT EXISTS (
        SELECT 1 FROM platform_events c WHERE c.seq = NEW.cause AND c.erased_at IS NULL AND length(c.seal) = 50);
    SELECT RAISE(ABORT, 'project_events: what came later stays')
    WHERE NEW.at < (SELECT COALESCE(awarded_at, cancelled_at) FROM projects WHERE id = NEW.project_id);
    SELECT RAISE(ABORT, 'project_events: a cancellation needs its own unexpired proof')
    WHERE NEW.to_state = 'cancelled' AND NOT EXISTS (
        SELECT 1 FROM client_proofs c
        WHERE c.id = NEW.proof AND c.project_id = NEW.project_id AND c.client_id = NEW.actor_id
            AND c.evidence = NEW.cause AND NEW.at >= c.made_at AND NEW.at < c.expires_at);
END;
CREATE TRIGGER project_events_move AFTER INSERT ON project_events
BEGIN
    UPDATE projects SET
        state = NEW.to_state,
        state_event = NEW.seq,
        awarded_to = NEW.awarded_to,
        awarded_at = CASE NEW.to_state WHEN 'in_progress' THEN NEW.at END,
        cancelled_by = CASE NEW.to_state WHEN 'cancelled' THEN NEW.actor_id END,
        cancelled_at = CASE NEW.to_state WHEN 'cancelled' THEN NEW.at END
    WHERE id = NEW.project_id;
END;
CREATE TRIGGER project_events_no_update BEFORE UPDATE ON project_events
BEGIN SELECT RAISE(ABORT, 'project_events: append only'); END;
CREATE TRIGGER project_events_no_delete BEFORE DELETE ON project_events
BEGIN SELECT RAISE(ABORT, 'project_events: append only'); END;

CREATE TRIGGER client_proofs_checked BEFORE INSERT ON client_proofs
BEGIN
    SELECT RAISE(ABORT, 'client_proofs: append only')
    WHERE EXISTS (SELECT 1 FROM client_proofs WHERE id = NEW.id OR evidence = NEW.evidence OR rowid = NEW.rowid);
    SELECT RAISE(ABORT, 'client_proofs: of the project''s own client')
    WHERE NEW.client_id IS NOT (SELECT client_id FROM projects WHERE id = NEW.project_id);
    SELECT RAISE(ABORT, 'client_proofs: evidence is the client''s signed act about that project')
    WHERE NOT EXISTS (
        SELECT 1 FROM platform_events e JOIN projects p ON p.id = NEW.project_id JOIN clients k ON k.id = p.client_id
        WHERE e.seq = NEW.evidence AND e.kind = 'project.cancelled_by_client' AND e.subject = p.reference
            AND e.signature IS NOT NULL
            -- What was signed names its own id, so a signed act copied under another id is no evidence.
            AND json_valid(e.body) AND e.body ->> '$.id' = e.id AND e.body ->> '$.type' = e.kind
            AND e.body ->> '$.data.project' = p.reference AND e.body ->> '$.data.client' = k.reference
            AND COALESCE(abs(unixepoch(upper(e.body ->> '$.at')) - unixepoch(e.at)) <= 1, TRUE));
END;
CREATE TRIGGER client_proofs_no_update BEFORE UPDATE ON client_proofs
BEGIN SELECT RAISE(ABORT, 'client_proofs: append only'); END;
CREATE TRIGGER client_proofs_no_delete BEFORE DELETE ON client_proofs
BEGIN SELECT RAISE(ABORT, 'client_proofs: append only'); END;

CREATE TRIGGER past_projects_only_past BEFORE INSERT ON past_projects
BEGIN
    SELECT RAISE(ABORT, 'past_projects: a known project has no such end')
    WHERE EXISTS (SELECT 1 FROM projects WHERE reference = NEW.reference);
    SELECT RAISE(ABORT, 'past_projects: append only')
    WHERE EXISTS (SELECT 1 FROM past_projects WHERE reference = NEW.reference OR rowid = NEW.rowid);
END;
-- What a person called it can end (D4), for the mark that stands for what was erased.
CREATE TRIGGER past_projects_only_erased BEFORE UPDATE ON past_projects
WHEN NEW.title IS NOT '—' OR NEW.reference IS NOT OLD.reference OR NEW.client_reference IS NOT OLD.client_reference
    OR NEW.published_at IS NOT OLD.published_at OR NEW.ended_at IS NOT OLD.ended_at OR NEW.evidence IS NOT OLD.evidence
BEGIN SELECT RAISE(ABORT, 'past_projects: append only; a title can only be erased'); END;
CREATE TRIGGER past_projects_no_delete BEFORE DELETE ON past_projects
BEGIN SELECT RAISE(ABORT, 'past_projects: append only'); END;
