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
    CONSTRAINT platform_event_once UNIQUE (id),
    CONSTRAINT platform_event_source_known CHECK (source IN ('webhook', 'feed', 'file', 'history', 'account'))
);

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

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    RAISE EXCEPTION '%: append only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER platform_events_no_update BEFORE UPDATE OR DELETE ON platform_events
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER platform_events_no_truncate BEFORE TRUNCATE ON platform_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
