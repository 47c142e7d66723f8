-- The CRM timeline: one line for each thing that happened, append-only, each with its source.
CREATE TABLE contacts (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id UUID NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    -- None: about the client and all their projects (a log-in, an opt-out).
    project_id UUID REFERENCES projects (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    -- What the client said, on the scale of S8; only on answers.
    stage TEXT,
    -- When to ask again, if the client said so.
    ask_again_at TIMESTAMPTZ,
    note TEXT,
    -- Names what made the line, so that the same thing happening twice in the machine is one line.
    source TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    known_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT contact_once UNIQUE (source),
    CONSTRAINT contact_kind_known CHECK (kind IN ('published', 'letter_sent', 'letter_failed', 'bounce', 'auto_reply',
        'answer', 'call_no_answer', 'call_left_message', 'call_wrong_number', 'call_refused', 'call_expired', 'login',
        'application', 'award', 'award_revoked', 'cancelled', 'reopened', 'report', 'label', 'mails_changed',
        'complaint', 'note')),
    CONSTRAINT contact_channel_known CHECK (channel IN ('email', 'phone', 'page', 'account', 'platform', 'staff')),
    CONSTRAINT contact_stage_known CHECK (stage IS NULL OR stage IN ('searching', 'comparing', 'chosen_outside',
        'chosen_here', 'postponed', 'dropped', 'unknown')),
    CONSTRAINT contact_stage_said CHECK ((stage IS NOT NULL) = (kind = 'answer'))
);
CREATE INDEX contacts_of_project ON contacts (project_id, at) WHERE project_id IS NOT NULL;
CREATE INDEX contacts_of_client ON contacts (client_id, at) WHERE project_id IS NULL;

-- What the timeline comes to for each project; recomputed from it whenever a line is added, never edited.
CREATE TABLE project_facts (
    project_id UUID PRIMARY KEY NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    last_sign_at TIMESTAMPTZ,
    last_sign_kind TEXT,
    stage TEXT,
    stage_at TIMESTAMPTZ,
    ask_again_at TIMESTAMPTZ,
    -- Letters and calls without a sign of the client since.
    mails_unanswered BIGINT NOT NULL,
    calls_unanswered BIGINT NOT NULL,
    mails_total BIGINT NOT NULL,
    calls_total BIGINT NOT NULL,
    asked_at TIMESTAMPTZ,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE FUNCTION contacts_only_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.note IS NOT NULL OR (NEW.seq, NEW.client_id, NEW.project_id, NEW.kind, NEW.channel, NEW.stage,
            NEW.ask_again_at, NEW.source, NEW.at, NEW.known_at)
        IS DISTINCT FROM (OLD.seq, OLD.client_id, OLD.project_id, OLD.kind, OLD.channel, OLD.stage,
            OLD.ask_again_at, OLD.source, OLD.at, OLD.known_at) THEN
        PERFORM refuse('contacts: append only; a note can only be erased');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contacts_only_erased BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION contacts_only_erased();
CREATE TRIGGER contacts_no_delete BEFORE DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contacts_no_truncate BEFORE TRUNCATE ON contacts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
