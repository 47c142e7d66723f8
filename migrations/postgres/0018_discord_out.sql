-- Messages to Discord: written with the change that causes them, delivered by the bot, shown anew when rewritten.
CREATE TABLE discord_messages (
    id UUID PRIMARY KEY NOT NULL,
    -- Names the cause: the same cause is one message.
    dedupe TEXT NOT NULL,
    target TEXT NOT NULL,
    provider_id UUID REFERENCES providers (id) ON DELETE RESTRICT,
    discord_user TEXT,
    -- Text and buttons as JSON; none after erasure.
    body TEXT,
    -- Kind and values of the letter that says the same when Discord cannot, as JSON.
    letter TEXT,
    -- Grows with each rewriting; what Discord shows is behind while shown is smaller.
    version BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- Where Discord keeps it, once delivered.
    channel_ref TEXT,
    message_ref TEXT,
    attempts BIGINT NOT NULL,
    -- Grows with each claim; a late holder's write is refused.
    fence BIGINT NOT NULL,
    lease_until TIMESTAMPTZ,
    due_at TIMESTAMPTZ NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    settled_at TIMESTAMPTZ,
    last_error TEXT,
    CONSTRAINT discord_message_dedupe_once UNIQUE (dedupe),
    CONSTRAINT discord_message_target_known CHECK (target IN ('provider', 'user', 'review', 'log')),
    CONSTRAINT discord_message_target_whole CHECK ((target = 'provider') = (provider_id IS NOT NULL)
        AND (target = 'user') = (discord_user IS NOT NULL)),
    CONSTRAINT discord_message_state_known CHECK (state IN ('planned', 'sent', 'mailed', 'refused')),
    CONSTRAINT discord_message_settled_whole CHECK ((state = 'planned') = (settled_at IS NULL)),
    CONSTRAINT discord_message_delivered_whole CHECK ((channel_ref IS NULL) = (message_ref IS NULL)),
    CONSTRAINT discord_message_sent_somewhere CHECK (state <> 'sent' OR (message_ref IS NOT NULL AND shown = version)),
    CONSTRAINT discord_message_refused_why CHECK (state <> 'refused' OR last_error IS NOT NULL),
    CONSTRAINT discord_message_counted CHECK (version >= 1 AND shown BETWEEN 0 AND version AND attempts >= 0
        AND fence >= 0)
);
CREATE INDEX discord_messages_due ON discord_messages (due_at) WHERE state = 'planned';

-- Where a person is written to. A closed door is remembered: knocking again and again gets a bot blocked.
CREATE TABLE discord_doors (
    discord_user TEXT PRIMARY KEY NOT NULL,
    dm_closed_at TIMESTAMPTZ,
    thread_ref TEXT
);

-- What was registered last, so that the same definitions are not sent again.
CREATE TABLE discord_registrations (
    place TEXT PRIMARY KEY NOT NULL,
    fingerprint TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
