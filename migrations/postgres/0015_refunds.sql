-- Refund requests: a queue in which a person decides. The default is no, silence is no; only a person approves (S26).

-- Whoever opens or decides passes through this one row, one after the other: ceilings are counted without a race.
CREATE TABLE refund_gate (
    one BIGINT PRIMARY KEY NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT refund_gate_single CHECK (one = 1)
);
INSERT INTO refund_gate (one, last_number) VALUES (1, 0);

CREATE TABLE refund_requests (
    id UUID PRIMARY KEY NOT NULL,
    -- What people call it.
    number BIGINT NOT NULL,
    spend UUID NOT NULL REFERENCES transfers (id) ON DELETE RESTRICT,
    provider_id UUID NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    -- The claimant's subscription at the time; none when none ran.
    plan TEXT,
    reason TEXT NOT NULL,
    -- What happened, and where it can be seen: text, never fetched. Can only be erased, to the empty text.
    story TEXT NOT NULL,
    proof TEXT NOT NULL,
    locale TEXT NOT NULL,
    surface TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL,
    -- seq of the refund_events row that made the present state; none while as opened.
    state_event BIGINT,
    state_at TIMESTAMPTZ NOT NULL,
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
);
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
    transfer_id UUID PRIMARY KEY NOT NULL REFERENCES transfers (id) ON DELETE RESTRICT,
    page BIGINT NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT spend_page_counted CHECK (page >= 1)
);

-- What a person saw when the card was opened.
CREATE TABLE refund_cases (
    id UUID PRIMARY KEY NOT NULL,
    request_id UUID NOT NULL REFERENCES refund_requests (id) ON DELETE RESTRICT,
    -- None: gathered for the card in the channel.
    staff_id UUID REFERENCES staff (id) ON DELETE RESTRICT,
    file TEXT NOT NULL,
    gathered_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX refund_cases_of_request ON refund_cases (request_id, gathered_at);

-- What became of a request: append-only, and the only way its state moves.
CREATE TABLE refund_events (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id UUID NOT NULL REFERENCES refund_requests (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    staff_id UUID REFERENCES staff (id) ON DELETE RESTRICT,
    -- The other person who wanted the same, above a ceiling.
    seconded_by UUID REFERENCES staff (id) ON DELETE RESTRICT,
    -- The reason, the question, the claimant's answer. Can only be erased, to the empty text.
    said TEXT NOT NULL,
    surface TEXT NOT NULL,
    -- The press, form or command that did it: once.
    interaction TEXT,
    case_id UUID REFERENCES refund_cases (id) ON DELETE RESTRICT,
    at TIMESTAMPTZ NOT NULL,
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
);
CREATE INDEX refund_events_of_request ON refund_events (request_id, seq);
CREATE INDEX refund_events_approved_by ON refund_events (staff_id, at) WHERE kind = 'approved';

-- What the staff write to each other; the claimant never sees it (d19).
CREATE TABLE refund_notes (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id UUID NOT NULL REFERENCES refund_requests (id) ON DELETE RESTRICT,
    staff_id UUID NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    text TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX refund_notes_of_request ON refund_notes (request_id, seq);

-- Reminders to the reviewers, each once.
CREATE TABLE refund_reminders (
    request_id UUID NOT NULL REFERENCES refund_requests (id) ON DELETE RESTRICT,
    n BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (request_id, n),
    CONSTRAINT refund_reminder_counted CHECK (n >= 1)
);

CREATE FUNCTION refund_gate_forward() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.one IS DISTINCT FROM OLD.one OR NEW.last_number < OLD.last_number THEN
        PERFORM refuse('refund_gate: numbers only grow');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_gate_forward BEFORE UPDATE ON refund_gate
FOR EACH ROW EXECUTE FUNCTION refund_gate_forward();

CREATE FUNCTION refund_requests_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM 'open' OR NEW.state_event IS NOT NULL OR NEW.state_at IS DISTINCT FROM NEW.opened_at
    THEN
        PERFORM refuse('refund_requests: opened, not decided');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM transfers s WHERE s.id = NEW.spend AND s.purpose = 'spend'
            AND s.provider_id = NEW.provider_id AND s.project_id = NEW.project_id AND s.kind = NEW.kind
            AND s.amount = NEW.amount)
        OR EXISTS (SELECT 1 FROM transfers r WHERE r.refunds = NEW.spend) THEN
        PERFORM refuse('refund_requests: of its own spend, not given back');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_requests_born BEFORE INSERT ON refund_requests
FOR EACH ROW EXECUTE FUNCTION refund_requests_born();

CREATE FUNCTION refund_requests_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.number, NEW.spend, NEW.provider_id, NEW.project_id, NEW.kind, NEW.amount, NEW.plan, NEW.reason,
            NEW.locale, NEW.surface, NEW.idempotency_key, NEW.opened_at)
        IS DISTINCT FROM
        (OLD.id, OLD.number, OLD.spend, OLD.provider_id, OLD.project_id, OLD.kind, OLD.amount, OLD.plan, OLD.reason,
            OLD.locale, OLD.surface, OLD.idempotency_key, OLD.opened_at)
        OR (NEW.story IS DISTINCT FROM OLD.story AND NEW.story <> '')
        OR (NEW.proof IS DISTINCT FROM OLD.proof AND NEW.proof <> '') THEN
        PERFORM refuse('refund_requests: only the state moves, texts can only be erased');
    END IF;
    IF (NEW.state, NEW.state_event, NEW.state_at) IS DISTINCT FROM (OLD.state, OLD.state_event, OLD.state_at)
        AND NOT EXISTS (
            SELECT 1 FROM refund_events e WHERE e.seq = NEW.state_event AND e.request_id = NEW.id
                AND e.from_state = OLD.state AND e.to_state = NEW.state AND e.at = NEW.state_at
                AND e.seq > COALESCE(OLD.state_event, 0)
                AND e.seq = (SELECT MAX(seq) FROM refund_events WHERE request_id = NEW.id)) THEN
        PERFORM refuse('refund_requests: the state moves only by an event');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_requests_changed BEFORE UPDATE ON refund_requests
FOR EACH ROW EXECUTE FUNCTION refund_requests_changed();

CREATE FUNCTION refund_events_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    request refund_requests;
BEGIN
    -- The lock makes two changes of one request queue: the second then sees where the first left it.
    SELECT * INTO request FROM refund_requests WHERE id = NEW.request_id FOR NO KEY UPDATE;
    IF NEW.seq <= COALESCE((SELECT MAX(seq) FROM refund_events WHERE request_id = NEW.request_id), 0) THEN
        PERFORM refuse('refund_events: appended in order');
    END IF;
    IF NEW.from_state IS DISTINCT FROM request.state THEN
        PERFORM refuse('refund_events: starts where the request stands');
    END IF;
    IF NEW.kind IN ('asked', 'answered', 'approved', 'declined', 'endorsed', 'undone') AND trim(NEW.said) = '' THEN
        PERFORM refuse('refund_events: a reason, question or answer is needed');
    END IF;
    IF NEW.kind IN ('approved', 'declined', 'endorsed', 'undone') AND (
        NOT EXISTS (SELECT 1 FROM staff s WHERE s.id = NEW.staff_id AND s.left_at IS NULL AND s.role = 'admin')
        OR NOT EXISTS (SELECT 1 FROM refund_cases c WHERE c.id = NEW.case_id AND c.request_id = NEW.request_id)) THEN
        PERFORM refuse('refund_events: decided by an admin of the staff, on a case of this request');
    END IF;
    IF NEW.kind = 'asked' AND NOT EXISTS (SELECT 1 FROM staff s WHERE s.id = NEW.staff_id AND s.left_at IS NULL) THEN
        PERFORM refuse('refund_events: asked by somebody of the staff');
    END IF;
    IF NEW.actor_kind = 'staff' AND EXISTS (
        SELECT 1 FROM staff s
            -- The person's account as a provider: the one named, or one that has their address.
            JOIN providers v ON v.id = s.provider_id OR lower(v.email) = s.email
        WHERE s.id IN (NEW.staff_id, NEW.seconded_by) AND (
            v.id = request.provider_id
            OR EXISTS (SELECT 1 FROM transfers t WHERE t.project_id = request.project_id AND t.provider_id = v.id)
            OR EXISTS (SELECT 1 FROM projects p WHERE p.id = request.project_id AND p.awarded_to = v.id))) THEN
        PERFORM refuse('refund_events: not by the claimant or anyone with an interest in the project');
    END IF;
    IF NEW.seconded_by IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM refund_events e WHERE e.request_id = NEW.request_id AND e.kind = 'endorsed'
            AND e.staff_id = NEW.seconded_by) THEN
        PERFORM refuse('refund_events: the second person wanted the same');
    END IF;
    IF NEW.kind = 'closed_silent' AND NOT EXISTS (
        SELECT 1 FROM refund_events e WHERE e.request_id = NEW.request_id AND e.kind = 'warned' AND e.at < NEW.at
            AND e.seq > (SELECT MAX(seq) FROM refund_events WHERE request_id = NEW.request_id AND kind = 'asked')) THEN
        PERFORM refuse('refund_events: closed only after a warning');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_events_checked BEFORE INSERT ON refund_events
FOR EACH ROW EXECUTE FUNCTION refund_events_checked();

CREATE FUNCTION refund_events_move() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE refund_requests SET state = NEW.to_state, state_event = NEW.seq, state_at = NEW.at
    WHERE id = NEW.request_id;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_events_move AFTER INSERT ON refund_events
FOR EACH ROW EXECUTE FUNCTION refund_events_move();

CREATE FUNCTION refund_events_only_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.said <> '' OR (NEW.seq, NEW.request_id, NEW.kind, NEW.from_state, NEW.to_state, NEW.actor_kind,
            NEW.staff_id, NEW.seconded_by, NEW.surface, NEW.interaction, NEW.case_id, NEW.at)
        IS DISTINCT FROM (OLD.seq, OLD.request_id, OLD.kind, OLD.from_state, OLD.to_state, OLD.actor_kind,
            OLD.staff_id, OLD.seconded_by, OLD.surface, OLD.interaction, OLD.case_id, OLD.at) THEN
        PERFORM refuse('refund_events: append only; what was said can only be erased');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_events_only_erased BEFORE UPDATE ON refund_events
FOR EACH ROW EXECUTE FUNCTION refund_events_only_erased();

CREATE FUNCTION refund_notes_only_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.text <> '' OR (NEW.seq, NEW.request_id, NEW.staff_id, NEW.at)
        IS DISTINCT FROM (OLD.seq, OLD.request_id, OLD.staff_id, OLD.at) THEN
        PERFORM refuse('refund_notes: append only; a note can only be erased');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_notes_only_erased BEFORE UPDATE ON refund_notes
FOR EACH ROW EXECUTE FUNCTION refund_notes_only_erased();

-- L4: credits come back only for an approved request of that spend, and are taken back only when the approval was undone.
CREATE FUNCTION transfers_refund_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.purpose = 'refund' AND NOT EXISTS (
        SELECT 1 FROM refund_requests r WHERE r.id = NEW.request AND r.spend = NEW.refunds AND r.state = 'approved') THEN
        PERFORM refuse('transfers: a refund answers an approved request of its spend');
    END IF;
    IF NEW.purpose = 'correction' AND EXISTS (
        SELECT 1 FROM transfers t LEFT JOIN refund_requests r ON r.id = t.request
        WHERE t.id = NEW.corrects AND t.purpose = 'refund' AND r.state IS DISTINCT FROM 'undone') THEN
        PERFORM refuse('transfers: a refund is taken back when its approval was undone');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER transfers_refund_approved BEFORE INSERT ON transfers
FOR EACH ROW EXECUTE FUNCTION transfers_refund_approved();

CREATE TRIGGER refund_gate_no_delete BEFORE DELETE ON refund_gate
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_requests_no_delete BEFORE DELETE ON refund_requests
FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- What was seen stays; only what the client had called the project can end (D4).
CREATE FUNCTION refund_cases_only_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.request_id IS DISTINCT FROM OLD.request_id
        OR NEW.staff_id IS DISTINCT FROM OLD.staff_id OR NEW.gathered_at IS DISTINCT FROM OLD.gathered_at
        OR NEW.file::jsonb IS DISTINCT FROM jsonb_set(OLD.file::jsonb, '{subject,title}', '"—"') THEN
        PERFORM refuse('refund_cases: append only; a title can only be erased');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_cases_only_erased BEFORE UPDATE ON refund_cases
FOR EACH ROW EXECUTE FUNCTION refund_cases_only_erased();
CREATE TRIGGER refund_cases_no_delete BEFORE DELETE ON refund_cases
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_events_no_delete BEFORE DELETE ON refund_events
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_notes_no_delete BEFORE DELETE ON refund_notes
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_gate_no_truncate BEFORE TRUNCATE ON refund_gate
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_requests_no_truncate BEFORE TRUNCATE ON refund_requests
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_cases_no_truncate BEFORE TRUNCATE ON refund_cases
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_events_no_truncate BEFORE TRUNCATE ON refund_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refund_notes_no_truncate BEFORE TRUNCATE ON refund_notes
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER spend_pages_no_change BEFORE UPDATE OR DELETE ON spend_pages
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER spend_pages_no_truncate BEFORE TRUNCATE ON spend_pages
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
