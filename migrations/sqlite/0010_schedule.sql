-- What the queue is for is written here; the queue itself may be lost at any time.
CREATE TABLE job_wishes (
    job TEXT PRIMARY KEY NOT NULL,
    -- Counts the wishes; the job has work while done is behind.
    asked INTEGER NOT NULL,
    done INTEGER NOT NULL,
    -- The last wish that a wake-up was sent for.
    woken INTEGER NOT NULL,
    -- Runs begun since the last success, counted before the work: a job that kills its worker is counted too.
    attempts INTEGER NOT NULL,
    -- Grows with each claim; a late holder's write is refused.
    fence INTEGER NOT NULL,
    holder TEXT,
    lease_until TEXT,
    due_at TEXT NOT NULL,
    woken_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    parked_at TEXT,
    last_error TEXT,
    CONSTRAINT job_wish_counted CHECK (asked >= done AND done >= 0 AND attempts >= 0 AND fence >= 0),
    CONSTRAINT job_wish_held_whole CHECK ((holder IS NULL) = (lease_until IS NULL))
) STRICT;

-- The row of a slot is the right to run it: exactly one process inserts it.
CREATE TABLE schedule_slots (
    schedule TEXT NOT NULL,
    -- Local wall time of the rule, or the UTC instant of an interval; the same slot has one name whatever the clock does.
    slot TEXT NOT NULL,
    at TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    PRIMARY KEY (schedule, slot)
) STRICT;
CREATE INDEX schedule_slots_latest ON schedule_slots (schedule, at);
