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
    -- This installation's own signature over the whole row, made when it was taken: what somebody wrote past the program
    -- carries none that holds.
    seal TEXT,
    -- Since when what it said about a person is gone; what happened, to which references, stays.
    erased_at TEXT,
    CONSTRAINT platform_event_once UNIQUE (id),
    CONSTRAINT platform_event_source_known CHECK (source IN ('webhook', 'feed', 'file', 'history', 'account')),
    CONSTRAINT platform_event_sealed CHECK (erased_at IS NOT NULL OR (seal IS NOT NULL AND length(seal) = 50)),
    CONSTRAINT platform_event_mover_whole CHECK (erased_at IS NULL OR kind NOT IN ('project.awarded', 'project.award_revoked',
        'project.cancelled_by_client', 'project.reopened_by_client'))
) STRICT;

CREATE INDEX platform_events_of_subject ON platform_events (subject, kind);

CREATE TRIGGER platform_events_once BEFORE INSERT ON platform_events
WHEN EXISTS (SELECT 1 FROM platform_events WHERE id = NEW.id OR seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'platform_events: an event is kept once'); END;
-- The one change: erasing (D4). Of the body the keys listed here stay, the database itself takes the others out. What moved
-- a project is evidence and stays whole; it names references only.
CREATE TRIGGER platform_events_only_erased BEFORE UPDATE ON platform_events
WHEN NOT (NEW.seq IS OLD.seq AND NEW.id IS OLD.id AND NEW.source IS OLD.source AND NEW.kind IS OLD.kind
    AND NEW.at IS OLD.at AND NEW.received_at IS OLD.received_at AND NEW.subject IS OLD.subject
    AND ((OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
            AND NEW.body IS OLD.body AND NEW.signature IS OLD.signature AND NEW.seal IS OLD.seal
            AND OLD.kind NOT IN ('project.awarded', 'project.award_revoked', 'project.cancelled_by_client',
                'project.reopened_by_client'))
        OR (OLD.erased_at IS NOT NULL AND NEW.erased_at IS OLD.erased_at AND NEW.signature IS NULL AND NEW.seal IS NULL
            AND NEW.body IS json_object('id', OLD.body ->> '$.id', 'type', OLD.body ->> '$.type', 'at', OLD.body ->> '$.at', 'data', json_object(
                'client', OLD.body ->> '$.data.client',
                'project', OLD.body ->> '$.data.project',
                'provider', OLD.body ->> '$.data.provider',
                'category', OLD.body ->> '$.data.category',
                'budget', OLD.body ->> '$.data.budget',
                'currency', OLD.body ->> '$.data.currency',
                'urgency', OLD.body ->> '$.data.urgency',
                'locale', OLD.body ->> '$.data.locale',
                'zone', OLD.body ->> '$.data.zone',
                'plan', OLD.body ->> '$.data.plan',
                'from', OLD.body ->> '$.data.from',
                'until', OLD.body ->> '$.data.until',
                'kind', OLD.body ->> '$.data.kind',
                'amount', OLD.body ->> '$.data.amount',
                'reference', OLD.body ->> '$.data.reference',
                'credits', OLD.body ->> '$.data.credits',
                'detail', OLD.body ->> '$.data.detail')))))
BEGIN SELECT RAISE(ABORT, 'platform_events: append only'); END;
CREATE TRIGGER platform_events_reduced AFTER UPDATE OF erased_at ON platform_events
WHEN OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
BEGIN
    UPDATE platform_events SET signature = NULL, seal = NULL, body = json_object('id', OLD.body ->> '$.id', 'type', OLD.body ->> '$.type', 'at', OLD.body ->> '$.at', 'data', json_object(
            'client', OLD.body ->> '$.data.client',
            'project', OLD.body ->> '$.data.project',
            'provider', OLD.body ->> '$.data.provider',
            'category', OLD.body ->> '$.data.category',
            'budget', OLD.body ->> '$.data.budget',
            'currency', OLD.body ->> '$.data.currency',
            'urgency', OLD.body ->> '$.data.urgency',
            'locale', OLD.body ->> '$.data.locale',
            'zone', OLD.body ->> '$.data.zone',
            'plan', OLD.body ->> '$.data.plan',
            'from', OLD.body ->> '$.data.from',
            'until', OLD.body ->> '$.data.until',
            'kind', OLD.body ->> '$.data.kind',
            'amount', OLD.body ->> '$.data.amount',
            'reference', OLD.body ->> '$.data.reference',
            'credits', OLD.body ->> '$.data.credits',
            'detail', OLD.body ->> '$.data.detail'))
    WHERE seq = NEW.seq;
END;
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
