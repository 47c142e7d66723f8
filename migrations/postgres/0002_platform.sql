-- Every event as it came, kept for ever: projections can be rebuilt from here.
CREATE TABLE platform_events (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    -- What the event is about: the reference of its project, else of its client or provider.
    subject TEXT,
    body TEXT NOT NULL,
    -- The signature as it came, so that an audit can check it again later: {"id","timestamp","signature"}; account
    -- acts carry the web face's own.
    signature TEXT,
    -- This installation's own signature over the whole row, made when it was taken: what somebody wrote past the program
    -- carries none that holds.
    seal TEXT,
    -- Since when what it said about a person is gone; what happened, to which references, stays.
    erased_at TIMESTAMPTZ,
    CONSTRAINT platform_event_once UNIQUE (id),
    CONSTRAINT platform_event_source_known CHECK (source IN ('webhook', 'feed', 'file', 'history', 'account')),
    CONSTRAINT platform_event_sealed CHECK (erased_at IS NOT NULL OR (seal IS NOT NULL AND length(seal) = 50)),
    CONSTRAINT platform_event_mover_whole CHECK (erased_at IS NULL OR kind NOT IN ('project.awarded', 'project.award_revoked',
        'project.cancelled_by_client', 'project.reopened_by_client'))
);
CREATE INDEX platform_events_of_subject ON platform_events (subject, kind);

CREATE TABLE platform_outcomes (
    event_seq BIGINT PRIMARY KEY NOT NULL REFERENCES platform_events (seq) ON DELETE RESTRICT,
    outcome TEXT NOT NULL,
    -- What a waiting event waits for, as kind:reference; why an ignored or refused one had no effect.
    waits_for TEXT,
    reason TEXT,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT platform_outcome_known CHECK (outcome IN ('applied', 'late', 'waiting', 'kept', 'refused')),
    CONSTRAINT platform_outcome_waits CHECK ((outcome = 'waiting') = (waits_for IS NOT NULL))
);
CREATE INDEX platform_outcomes_waiting ON platform_outcomes (waits_for) WHERE waits_for IS NOT NULL;

CREATE TABLE platform_feeds (
    url TEXT PRIMARY KEY NOT NULL,
    cursor TEXT,
    failures BIGINT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT platform_feed_failures_counted CHECK (failures >= 0)
);

-- The one change: erasing (D4). Of the body the keys listed here stay, the database itself takes the others out. What moved
-- a project is evidence and stays whole; it names references only.
CREATE FUNCTION platform_events_only_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    b JSON := OLD.body;
    d JSON := OLD.body::JSON -> 'data';
BEGIN
    IF OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL
        OR (NEW.seq, NEW.id, NEW.source, NEW.kind, NEW.at, NEW.received_at, NEW.subject, NEW.body, NEW.signature, NEW.seal)
            IS DISTINCT FROM
            (OLD.seq, OLD.id, OLD.source, OLD.kind, OLD.at, OLD.received_at, OLD.subject, OLD.body, OLD.signature, OLD.seal)
        OR OLD.kind IN ('project.awarded', 'project.award_revoked', 'project.cancelled_by_client',
            'project.reopened_by_client') THEN
        RAISE EXCEPTION 'platform_events: append only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.signature := NULL;
    NEW.seal := NULL;
    NEW.body := json_build_object('id', b -> 'id', 'type', b -> 'type', 'at', b -> 'at', 'data', json_build_object(
                'client', d -> 'client',
                'project', d -> 'project',
                'provider', d -> 'provider',
                'category', d -> 'category',
                'budget', d -> 'budget',
                'currency', d -> 'currency',
                'urgency', d -> 'urgency',
                'locale', d -> 'locale',
                'zone', d -> 'zone',
                'plan', d -> 'plan',
                'from', d -> 'from',
                'until', d -> 'until',
                'kind', d -> 'kind',
                'amount', d -> 'amount',
                'reference', d -> 'reference',
                'credits', d -> 'credits',
                'detail', d -> 'detail'))::TEXT;
    RETURN NEW;
END $$;
CREATE TRIGGER platform_events_only_erased BEFORE UPDATE ON platform_events
FOR EACH ROW EXECUTE FUNCTION platform_events_only_erased();
CREATE TRIGGER platform_events_no_delete BEFORE DELETE ON platform_events
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER platform_events_no_truncate BEFORE TRUNCATE ON platform_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
