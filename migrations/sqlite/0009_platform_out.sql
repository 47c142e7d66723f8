-- Our events to the platform: put in the transaction of the change they tell, delivered in order, signed, retried.
CREATE TABLE platform_out (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- webhook-id of every attempt, so that the platform takes it once.
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    ended_at TEXT,
    last_error TEXT,
    CONSTRAINT platform_out_once UNIQUE (id),
    CONSTRAINT platform_out_state_known CHECK (state IN ('planned', 'delivered', 'parked')),
    CONSTRAINT platform_out_ended CHECK ((state = 'planned') = (ended_at IS NULL)),
    CONSTRAINT platform_out_attempts_counted CHECK (attempts >= 0)
) STRICT;
CREATE INDEX platform_out_planned ON platform_out (seq) WHERE state = 'planned';
