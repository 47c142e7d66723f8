-- Every event as it came, kept for ever: projections can be rebuilt from here.
CREATE TABLE platform_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    received_at TEXT NOT NULL,
    -- What the event is about: the reference of its project, else of its client or provider.
    subject TEXT,
    body TEXT NOT NULL,
    -- The signature as it came, so that an audit can check it again later: {"id","timestamp","signature"}; account
    -- acts carry the web face's own.
    signature TEXT,
    CONSTRAINT platform_event_once UNIQUE (id),
    CONSTRAINT platform_event_source_known CHECK (source IN ('webhook', 'feed', 'file', 'history', 'account'))
) STRICT;

CREATE TRIGGER platform_events_once BEFORE INSERT ON platform_events
WHEN EXISTS (SELECT 1 FROM platform_events WHERE id = NEW.id OR seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'platform_events: an event is kept once'); END;
CREATE TRIGGER platform_events_no_update BEFORE UPDATE ON platform_events
BEGIN SELECT RAISE(ABORT, 'platform_events: append only'); END;
CREATE TRIGGER platform_events_no_delete BEFORE DELETE ON platform_events
BEGIN SELECT RAISE(ABORT, 'platform_events: append only'); END;

CREATE TABLE platform_outcomes (
    event_seq INTEGER PRIMARY KEY NOT NULL REFERENCES platform_events (seq) ON DELETE RESTRICT,
    outcome TEXT NOT NULL,
    -- What a waiting event waits for, as kind:reference; why an ignored or refused one had no effect.
    waits_for TEXT,
    reason TEXT,
    at TEXT NOT NULL,
    CONSTRAINT platform_outcome_known CHECK (outcome IN ('applied', 'late', 'waiting', 'kept', 'refused')),
    CONSTRAINT platform_outcome_waits CHECK ((outcome = 'waiting') = (waits_for IS NOT NULL))
) STRICT;
CREATE INDEX platform_outcomes_waiting ON platform_outcomes (waits_for) WHERE waits_for IS NOT NULL;

CREATE TABLE platform_feeds (
    url TEXT PRIMARY KEY NOT NULL,
    cursor TEXT,
    failures INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    CONSTRAINT platform_feed_failures_counted CHECK (failures >= 0)
) STRICT;
