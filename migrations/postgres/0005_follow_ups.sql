-- Calls to make: one row for each call to one client about one or more projects; ends once.
CREATE TABLE call_tasks (
    id UUID PRIMARY KEY NOT NULL,
    client_id UUID NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    opened_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    -- An unmade call gives way to the next mail then.
    expires_at TIMESTAMPTZ NOT NULL,
    -- What came of it; expired: nobody made it; withdrawn: nothing was left to ask.
    outcome TEXT,
    ended_at TIMESTAMPTZ,
    CONSTRAINT call_outcome_known CHECK (outcome IS NULL OR outcome IN ('no_answer', 'left_message', 'spoke',
        'wrong_number', 'refused', 'expired', 'withdrawn')),
    CONSTRAINT call_ended_whole CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CONSTRAINT call_forward CHECK (expires_at > due_at)
);
-- Nobody is called twice at a time.
CREATE UNIQUE INDEX call_one_open ON call_tasks (client_id) WHERE outcome IS NULL;
CREATE INDEX call_open_by_due ON call_tasks (due_at) WHERE outcome IS NULL;
CREATE INDEX call_of_client ON call_tasks (client_id, due_at);

CREATE FUNCTION call_tasks_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.outcome IS NOT NULL THEN
        PERFORM refuse('call_tasks: a call begins open');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER call_tasks_open BEFORE INSERT ON call_tasks FOR EACH ROW EXECUTE FUNCTION call_tasks_open();
CREATE FUNCTION call_tasks_end_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.outcome IS NOT NULL OR (NEW.id, NEW.client_id, NEW.opened_at, NEW.due_at, NEW.expires_at)
        IS DISTINCT FROM (OLD.id, OLD.client_id, OLD.opened_at, OLD.due_at, OLD.expires_at) THEN
        PERFORM refuse('call_tasks: only its end is written, once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER call_tasks_end_once BEFORE UPDATE ON call_tasks FOR EACH ROW EXECUTE FUNCTION call_tasks_end_once();
CREATE TRIGGER call_tasks_no_delete BEFORE DELETE ON call_tasks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER call_tasks_no_truncate BEFORE TRUNCATE ON call_tasks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every step of every project's plan, append-only: step 1, 2, 3 … by mail or telephone, each at most once.
CREATE TABLE follow_ups (
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    step BIGINT NOT NULL,
    client_id UUID NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    channel TEXT NOT NULL,
    -- When the letter is to leave, when the call may be made.
    at TIMESTAMPTZ NOT NULL,
    -- The letter in the outbox, or the call.
    letter_id UUID,
    call_id UUID REFERENCES call_tasks (id) ON DELETE RESTRICT,
    -- Mails in a row up to this one; 0 for a call.
    mails_in_row BIGINT NOT NULL,
    reason TEXT NOT NULL,
    planned_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT follow_up_step_once UNIQUE (project_id, step),
    CONSTRAINT follow_up_step_counted CHECK (step >= 1),
    CONSTRAINT follow_up_channel_whole CHECK (
        (channel = 'email' AND letter_id IS NOT NULL AND call_id IS NULL AND mails_in_row >= 1)
        OR (channel = 'phone' AND letter_id IS NULL AND call_id IS NOT NULL AND mails_in_row = 0)),
    CONSTRAINT follow_up_reason_known CHECK (reason IN ('first', 'no_answer', 'after_answer', 'said_over', 'promised',
        'bounced', 'wrong_number', 'call_not_made', 'reported', 'wished'))
);
CREATE INDEX follow_ups_of_client ON follow_ups (client_id, at);
CREATE INDEX follow_ups_of_call ON follow_ups (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX follow_ups_of_letter ON follow_ups (letter_id) WHERE letter_id IS NOT NULL;

CREATE FUNCTION follow_ups_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- A step that another run has just written is left to the unique key, which says so to whoever asks.
    IF NEW.step > 1 + (SELECT COALESCE(MAX(step), 0) FROM follow_ups WHERE project_id = NEW.project_id) THEN
        PERFORM refuse('follow_ups: the next step of the project');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM projects
        WHERE id = NEW.project_id AND client_id = NEW.client_id AND state = 'pending') THEN
        PERFORM refuse('follow_ups: about a pending project of that client');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER follow_ups_checked BEFORE INSERT ON follow_ups FOR EACH ROW EXECUTE FUNCTION follow_ups_checked();
CREATE TRIGGER follow_ups_no_change BEFORE UPDATE OR DELETE ON follow_ups
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER follow_ups_no_truncate BEFORE TRUNCATE ON follow_ups FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- When each pending project is looked at again: exactly one row for each, so none is ever forgotten. No instant: something
-- was learned, and the plan reckons anew. The triggers write that, not the programs.
CREATE TABLE follow_up_due (
    project_id UUID PRIMARY KEY NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    client_id UUID NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    due_at TIMESTAMPTZ
);
CREATE INDEX follow_up_due_by_time ON follow_up_due (due_at NULLS FIRST, client_id);
CREATE INDEX follow_up_due_of_client ON follow_up_due (client_id);
INSERT INTO follow_up_due (project_id, client_id, due_at) SELECT id, client_id, NULL FROM projects WHERE state = 'pending';

CREATE FUNCTION follow_up_due_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO follow_up_due (project_id, client_id, due_at) SELECT id, client_id, NULL FROM born;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_up_due_born AFTER INSERT ON projects REFERENCING NEW TABLE AS born
FOR EACH STATEMENT EXECUTE FUNCTION follow_up_due_born();
CREATE FUNCTION follow_up_due_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM projects WHERE id = OLD.project_id AND state = 'pending') THEN
            PERFORM refuse('follow_up_due: a pending project is never forgotten');
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.project_id, NEW.client_id) IS DISTINCT FROM (OLD.project_id, OLD.client_id) THEN
        PERFORM refuse('follow_up_due: only the time moves');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER follow_up_due_kept BEFORE UPDATE OR DELETE ON follow_up_due
FOR EACH ROW EXECUTE FUNCTION follow_up_due_kept();
CREATE TRIGGER follow_up_due_no_truncate BEFORE TRUNCATE ON follow_up_due
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION follow_up_due_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state = 'pending' THEN
        INSERT INTO follow_up_due (project_id, client_id, due_at) VALUES (NEW.id, NEW.client_id, NULL);
    ELSIF OLD.state = 'pending' THEN
        DELETE FROM follow_up_due WHERE project_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_up_due_moved AFTER UPDATE OF state ON projects
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION follow_up_due_moved();
CREATE FUNCTION follow_up_due_learned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE follow_up_due SET due_at = NULL WHERE project_id = NEW.project_id AND due_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_up_due_learned AFTER INSERT OR UPDATE ON project_facts
FOR EACH ROW EXECUTE FUNCTION follow_up_due_learned();
CREATE FUNCTION follow_up_due_client() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE follow_up_due SET due_at = NULL WHERE client_id = NEW.id AND due_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_up_due_client AFTER UPDATE OF email, phone, zone, mails, email_dead_at, phone_dead_at ON clients
FOR EACH ROW WHEN ((NEW.email, NEW.phone, NEW.zone, NEW.mails, NEW.email_dead_at, NEW.phone_dead_at)
    IS DISTINCT FROM (OLD.email, OLD.phone, OLD.zone, OLD.mails, OLD.email_dead_at, OLD.phone_dead_at))
EXECUTE FUNCTION follow_up_due_client();
CREATE FUNCTION follow_up_due_call_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE follow_up_due SET due_at = NULL WHERE client_id = NEW.client_id AND due_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_up_due_call_ended AFTER UPDATE OF outcome ON call_tasks
FOR EACH ROW EXECUTE FUNCTION follow_up_due_call_ended();

-- Clients who carry the label "unreachable": no address and no number of theirs works since then.
CREATE TABLE follow_up_unreachable (
    client_id UUID PRIMARY KEY NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    since TIMESTAMPTZ NOT NULL
);

-- The settings by which the instants above were reckoned; other settings reckon them anew.
CREATE TABLE follow_up_rhythm (
    only_row BIGINT PRIMARY KEY NOT NULL,
    fingerprint TEXT NOT NULL,
    CONSTRAINT follow_up_rhythm_one CHECK (only_row = 1)
);

-- The safety stop: a run found more people due than it may disturb at once. One row while it stands.
CREATE TABLE follow_up_stop (
    only_row BIGINT PRIMARY KEY NOT NULL,
    people BIGINT NOT NULL,
    people_max BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    CONSTRAINT follow_up_stop_one CHECK (only_row = 1),
    CONSTRAINT follow_up_stop_over CHECK (people > people_max)
);
