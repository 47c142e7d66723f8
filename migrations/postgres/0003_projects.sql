-- A project and its life. State changes only by appending to project_events (P1); nothing else can move it.
CREATE TABLE projects (
    id UUID PRIMARY KEY NOT NULL,
    -- Sorts by its bytes, as on the other engine.
    reference TEXT COLLATE "C" NOT NULL,
    client_id UUID NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT,
    budget_minor BIGINT,
    currency TEXT,
    urgency TEXT,
    published_at TIMESTAMPTZ NOT NULL,
    details_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL,
    -- seq of the project_events row that made the present state; none while as born.
    state_event BIGINT,
    awarded_to UUID REFERENCES providers (id) ON DELETE RESTRICT,
    awarded_at TIMESTAMPTZ,
    cancelled_by UUID REFERENCES clients (id) ON DELETE RESTRICT,
    cancelled_at TIMESTAMPTZ,
    -- Place in the pending list: larger is nearer to page 1. Never empty, so a pending project is always on some page (P5).
    rank_key BIGINT NOT NULL,
    ranked_at TIMESTAMPTZ NOT NULL,
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
);
-- The platform's id breaks a tie, not ours: the order is the same on every machine and after a rebuild.
CREATE INDEX projects_pending_by_rank ON projects (rank_key DESC, reference DESC) WHERE state = 'pending';
CREATE INDEX projects_in_progress_by_award ON projects (awarded_at DESC, reference DESC) WHERE state = 'in_progress';
CREATE INDEX projects_of_client ON projects (client_id, state);

-- The client's authenticated act on their account; acts once (project_events.proof is unique).
CREATE TABLE client_proofs (
    id UUID PRIMARY KEY NOT NULL,
    client_id UUID NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    -- The evidence, kept whole and signed: the platform's event or the account page's own record.
    evidence BIGINT NOT NULL REFERENCES platform_events (seq) ON DELETE RESTRICT,
    made_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT client_proof_evidence_once UNIQUE (evidence),
    CONSTRAINT client_proof_forward CHECK (expires_at > made_at)
);

CREATE TABLE project_events (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    -- The client for a client's act; none for the platform's.
    actor_id UUID,
    -- The platform event or account act that this change follows from.
    cause BIGINT NOT NULL REFERENCES platform_events (seq) ON DELETE RESTRICT,
    proof UUID REFERENCES client_proofs (id) ON DELETE RESTRICT,
    awarded_to UUID REFERENCES providers (id) ON DELETE RESTRICT,
    reason TEXT,
    at TIMESTAMPTZ NOT NULL,
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
);
-- An award or a cancellation counts once. What takes one back may do so again when an older one arrives late.
CREATE UNIQUE INDEX project_event_cause_once ON project_events (cause) WHERE to_state <> 'pending';
CREATE INDEX project_events_of_project ON project_events (project_id, seq);
-- Why clients cancelled, counted without reading every event.
CREATE INDEX project_events_cancelled ON project_events (reason) WHERE to_state = 'cancelled';

CREATE TABLE applications (
    id UUID PRIMARY KEY NOT NULL,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    provider_id UUID NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    credits BIGINT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    CONSTRAINT application_once UNIQUE (project_id, provider_id, kind),
    CONSTRAINT application_kind_known CHECK (kind IN ('view', 'offer', 'contact')),
    CONSTRAINT application_credits_counted CHECK (credits >= 0)
);
CREATE INDEX applications_of_provider ON applications (provider_id, project_id);

-- Projects whose own history says that they had ended before Relance knew them: never on the list, kept for learning
-- and for their page. Not a state of a project: a pending project cannot come here.
CREATE TABLE past_projects (
    reference TEXT PRIMARY KEY NOT NULL,
    client_reference TEXT NOT NULL,
    title TEXT NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL,
    evidence BIGINT NOT NULL REFERENCES platform_events (seq) ON DELETE RESTRICT
);

CREATE FUNCTION projects_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM 'pending' OR NEW.state_event IS NOT NULL THEN
        PERFORM refuse('projects: born pending');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER projects_born BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION projects_born();

CREATE FUNCTION projects_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.reference, NEW.client_id, NEW.published_at)
        IS DISTINCT FROM (OLD.id, OLD.reference, OLD.client_id, OLD.published_at) THEN
        PERFORM refuse('projects: identity, owner and age never change');
    END IF;
    IF (NEW.state, NEW.state_event, NEW.awarded_to, NEW.awarded_at, NEW.cancelled_by, NEW.cancelled_at)
        IS DISTINCT FROM
        (OLD.state, OLD.state_event, OLD.awarded_to, OLD.awarded_at, OLD.cancelled_by, OLD.cancelled_at)
        AND NOT EXISTS (
            SELECT 1 FROM project_events e
            WHERE e.seq = NEW.state_event AND e.project_id = NEW.id
                AND e.from_state = OLD.state AND e.to_state = NEW.state
                AND e.seq > COALESCE(OLD.state_event, 0)
                AND e.seq = (SELECT MAX(seq) FROM project_events WHERE project_id = NEW.id)
                AND NEW.awarded_to IS NOT DISTINCT FROM e.awarded_to
                AND NEW.awarded_at IS NOT DISTINCT FROM (CASE e.to_state WHEN 'in_progress' THEN e.at END)
                AND NEW.cancelled_by IS NOT DISTINCT FROM (CASE e.to_state WHEN 'cancelled' THEN e.actor_id END)
                AND NEW.cancelled_at IS NOT DISTINCT FROM (CASE e.to_state WHEN 'cancelled' THEN e.at END)) THEN
        PERFORM refuse('projects: state changes only by an event');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER projects_changed BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION projects_changed();

CREATE FUNCTION project_events_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    project projects;
BEGIN
    -- The lock makes two changes of one project queue: the second then sees where the first left it.
    SELECT * INTO project FROM projects WHERE id = NEW.project_id FOR NO KEY UPDATE;
    IF NEW.seq <= COALESCE((SELECT MAX(seq) FROM project_events WHERE project_id = NEW.project_id), 0) THEN
        PERFORM refuse('project_events: events of a project are appended in order');
    END IF;
    IF NEW.from_state IS DISTINCT FROM project.state THEN
        PERFORM refuse('project_events: starts where the project stands');
    END IF;
    IF NEW.actor_kind = 'client' AND NEW.actor_id IS DISTINCT FROM project.client_id THEN
        PERFORM refuse('project_events: the actor is the client of the project');
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM platform_events c
        WHERE c.seq = NEW.cause AND c.subject = project.reference AND c.at = NEW.at
            AND c.kind = CASE NEW.to_state
                WHEN 'in_progress' THEN 'project.awarded'
                WHEN 'cancelled' THEN 'project.cancelled_by_client'
                ELSE CASE NEW.from_state
                    WHEN 'in_progress' THEN 'project.award_revoked'
                    WHEN 'cancelled' THEN 'project.reopened_by_client' END END) THEN
        PERFORM refuse('project_events: the cause is an event of that kind about that project');
    END IF;
    -- The row about the event must say what the event itself says: what was signed is the event.
    IF NOT EXISTS (
        SELECT 1 FROM platform_events c
        WHERE c.seq = NEW.cause AND c.body::JSON ->> 'id' = c.id AND c.body::JSON ->> 'type' = c.kind
            AND c.body::JSON #>> '{data,project}' = c.subject
            AND abs(extract(EPOCH FROM (c.body::JSON ->> 'at')::TIMESTAMPTZ - c.at)) <= 1
            -- Dated further ahead, it would outdo every later event for good.
            AND c.at <= c.received_at + INTERVAL '1 day'
            AND (NEW.awarded_to IS NULL OR c.body::JSON #>> '{data,provider}' =
                (SELECT reference FROM providers WHERE id = NEW.awarded_to))) THEN
        PERFORM refuse('project_events: the cause says itself what it is about');
    END IF;
    -- Whether the seal holds only the programs can tell; they look at every one.
    IF NOT EXISTS (
        SELECT 1 FROM platform_events c WHERE c.seq = NEW.cause AND c.erased_at IS NULL AND length(c.seal) = 50) THEN
        PERFORM refuse('project_events: a change follows from an event that was taken, with its seal');
    END IF;
    IF NEW.at < COALESCE(project.awarded_at, project.cancelled_at) THEN
        PERFORM refuse('project_events: what came later stays');
    END IF;
    IF NEW.to_state = 'cancelled' AND NOT EXISTS (
        SELECT 1 FROM client_proofs c
        WHERE c.id = NEW.proof AND c.project_id = NEW.project_id AND c.client_id = NEW.actor_id
            AND c.evidence = NEW.cause AND NEW.at >= c.made_at AND NEW.at < c.expires_at) THEN
        PERFORM refuse('project_events: a cancellation needs its own unexpired proof');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER project_events_checked BEFORE INSERT ON project_events
FOR EACH ROW EXECUTE FUNCTION project_events_checked();

CREATE FUNCTION project_events_move() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE projects SET
        state = NEW.to_state,
        state_event = NEW.seq,
        awarded_to = NEW.awarded_to,
        awarded_at = CASE NEW.to_state WHEN 'in_progress' THEN NEW.at END,
        cancelled_by = CASE NEW.to_state WHEN 'cancelled' THEN NEW.actor_id END,
        cancelled_at = CASE NEW.to_state WHEN 'cancelled' THEN NEW.at END
    WHERE id = NEW.project_id;
    RETURN NULL;
END $$;
CREATE TRIGGER project_events_move AFTER INSERT ON project_events
FOR EACH ROW EXECUTE FUNCTION project_events_move();

CREATE FUNCTION client_proofs_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.client_id IS DISTINCT FROM (SELECT client_id FROM projects WHERE id = NEW.project_id) THEN
        PERFORM refuse('client_proofs: of the project''s own client');
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM platform_events e JOIN projects p ON p.id = NEW.project_id JOIN clients k ON k.id = p.client_id
        WHERE e.seq = NEW.evidence AND e.kind = 'project.cancelled_by_client' AND e.subject = p.reference
            AND e.signature IS NOT NULL
            -- What was signed names its own id, so a signed act copied under another id is no evidence.
            AND e.body::JSON ->> 'id' = e.id AND e.body::JSON ->> 'type' = e.kind
            AND e.body::JSON #>> '{data,project}' = p.reference AND e.body::JSON #>> '{data,client}' = k.reference
            AND abs(extract(EPOCH FROM (e.body::JSON ->> 'at')::TIMESTAMPTZ - e.at)) <= 1) THEN
        PERFORM refuse('client_proofs: evidence is the client''s signed act about that project');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER client_proofs_checked BEFORE INSERT ON client_proofs
FOR EACH ROW EXECUTE FUNCTION client_proofs_checked();

CREATE FUNCTION past_projects_only_past() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM projects WHERE reference = NEW.reference) THEN
        PERFORM refuse('past_projects: a known project has no such end');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER past_projects_only_past BEFORE INSERT ON past_projects
FOR EACH ROW EXECUTE FUNCTION past_projects_only_past();

CREATE TRIGGER projects_no_delete BEFORE DELETE ON projects FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER project_events_no_change BEFORE UPDATE OR DELETE ON project_events
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER client_proofs_no_change BEFORE UPDATE OR DELETE ON client_proofs
FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- What a person called it can end (D4), for the mark that stands for what was erased.
CREATE FUNCTION past_projects_only_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.title IS DISTINCT FROM '—' OR NEW.reference IS DISTINCT FROM OLD.reference
        OR NEW.client_reference IS DISTINCT FROM OLD.client_reference
        OR NEW.published_at IS DISTINCT FROM OLD.published_at OR NEW.ended_at IS DISTINCT FROM OLD.ended_at
        OR NEW.evidence IS DISTINCT FROM OLD.evidence THEN
        PERFORM refuse('past_projects: append only; a title can only be erased');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER past_projects_only_erased BEFORE UPDATE ON past_projects
FOR EACH ROW EXECUTE FUNCTION past_projects_only_erased();
CREATE TRIGGER past_projects_no_delete BEFORE DELETE ON past_projects
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER projects_no_truncate BEFORE TRUNCATE ON projects
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER project_events_no_truncate BEFORE TRUNCATE ON project_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER client_proofs_no_truncate BEFORE TRUNCATE ON client_proofs
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER past_projects_no_truncate BEFORE TRUNCATE ON past_projects
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
