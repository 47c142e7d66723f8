-- What the queue is for is written here; the queue itself may be lost at any time.
CREATE TABLE job_wishes (
    job TEXT PRIMARY KEY NOT NULL,
    -- Counts the wishes; the job has work while done is behind.
    asked BIGINT NOT NULL,
    done BIGINT NOT NULL,
    -- The last wish that a wake-up was sent for.
    woken BIGINT NOT NULL,
    -- Runs begun since the last success, counted before the work: a job that kills its worker is counted too.
    attempts BIGINT NOT NULL,
    -- Grows with each claim; a late holder's write is refused.
    fence BIGINT NOT NULL,
    holder TEXT,
    lease_until TIMESTAMPTZ,
    due_at TIMESTAMPTZ NOT NULL,
    woken_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    parked_at TIMESTAMPTZ,
    last_error TEXT,
    CONSTRAINT job_wish_counted CHECK (asked >= done AND done >= 0 AND attempts >= 0 AND fence >= 0),
    CONSTRAINT job_wish_held_whole CHECK ((holder IS NULL) = (lease_until IS NULL))
);

-- The row of a slot is the right to run it: exactly one process inserts it.
CREATE TABLE schedule_slots (
    schedule TEXT NOT NULL,
    -- Local wall time of the rule, or the UTC instant of an interval; the same slot has one name whatever the clock does.
    slot TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    claimed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (schedule, slot)
);
CREATE INDEX schedule_slots_latest ON schedule_slots (schedule, at);
