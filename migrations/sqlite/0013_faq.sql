-- Every answer of the FAQ: who asked, what was said, from which content; append-only, its text masked and erasable.
CREATE TABLE faq_answers (
    id BLOB PRIMARY KEY NOT NULL,
    provider_id BLOB REFERENCES providers (id) ON DELETE RESTRICT,
    client_id BLOB REFERENCES clients (id) ON DELETE RESTRICT,
    discord_user TEXT,
    surface TEXT NOT NULL,
    -- Addresses and numbers are masked before it comes here; none after an erasure.
    text TEXT,
    locale TEXT NOT NULL,
    band TEXT NOT NULL,
    -- Why it was handed over.
    reason TEXT,
    -- What was answered.
    entry TEXT,
    -- The best three entries, best first, separated by spaces.
    best TEXT NOT NULL,
    score_millionths INTEGER NOT NULL,
    version TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT faq_answer_surface_known CHECK (surface IN ('discord', 'terminal')),
    CONSTRAINT faq_answer_locale_known CHECK (locale IN ('fr', 'en')),
    CONSTRAINT faq_answer_band_known CHECK (band IN ('answer', 'suggest', 'hand_over')),
    CONSTRAINT faq_answer_whole CHECK ((band = 'answer') = (entry IS NOT NULL)
        AND (band = 'hand_over') = (reason IS NOT NULL)),
    CONSTRAINT faq_answer_score_is_a_share CHECK (score_millionths BETWEEN 0 AND 1000000),
    CONSTRAINT faq_answer_text_short CHECK (text IS NULL OR length(text) <= 600),
    CONSTRAINT faq_answer_of_one CHECK (provider_id IS NULL OR client_id IS NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX faq_answers_of_provider ON faq_answers (provider_id, at) WHERE provider_id IS NOT NULL;
CREATE INDEX faq_answers_of_client ON faq_answers (client_id, at) WHERE client_id IS NOT NULL;
CREATE INDEX faq_answers_of_user ON faq_answers (discord_user, at) WHERE discord_user IS NOT NULL;
CREATE INDEX faq_answers_by_time ON faq_answers (at);

CREATE TRIGGER faq_answers_once BEFORE INSERT ON faq_answers
WHEN EXISTS (SELECT 1 FROM faq_answers WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'faq_answers: append only'); END;
CREATE TRIGGER faq_answers_no_update BEFORE UPDATE OF id, provider_id, client_id, surface, locale, band, reason, entry,
    best, score_millionths, version, at ON faq_answers
BEGIN SELECT RAISE(ABORT, 'faq_answers: append only'); END;
CREATE TRIGGER faq_answers_only_erased BEFORE UPDATE OF text, discord_user ON faq_answers
WHEN NEW.text IS NOT NULL OR NEW.discord_user IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'faq_answers: text and user can only be erased'); END;
CREATE TRIGGER faq_answers_no_delete BEFORE DELETE ON faq_answers
BEGIN SELECT RAISE(ABORT, 'faq_answers: append only'); END;

-- What the asker said about an answer, each thing once.
CREATE TABLE faq_feedback (
    answer_id BLOB NOT NULL REFERENCES faq_answers (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    -- The entry that was chosen among the buttons.
    entry TEXT,
    at TEXT NOT NULL,
    PRIMARY KEY (answer_id, kind),
    CONSTRAINT faq_feedback_kind_known CHECK (kind IN ('helped', 'not_helped', 'person', 'chosen')),
    CONSTRAINT faq_feedback_chosen_whole CHECK ((kind = 'chosen') = (entry IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE TRIGGER faq_feedback_once BEFORE INSERT ON faq_feedback
WHEN EXISTS (SELECT 1 FROM faq_feedback WHERE answer_id = NEW.answer_id AND kind = NEW.kind)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER faq_feedback_no_update BEFORE UPDATE ON faq_feedback
BEGIN SELECT RAISE(ABORT, 'faq_feedback: append only'); END;
CREATE TRIGGER faq_feedback_no_delete BEFORE DELETE ON faq_feedback
BEGIN SELECT RAISE(ABORT, 'faq_feedback: append only'); END;

-- What the FAQ's author did about a message: it leaves the list of the unanswered.
CREATE TABLE faq_settled (
    answer_id BLOB PRIMARY KEY NOT NULL REFERENCES faq_answers (id) ON DELETE RESTRICT,
    how TEXT NOT NULL,
    entry TEXT,
    at TEXT NOT NULL,
    CONSTRAINT faq_settled_how_known CHECK (how IN ('variant', 'out_of_scope', 'ignored')),
    CONSTRAINT faq_settled_variant_whole CHECK ((how = 'variant') = (entry IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE TRIGGER faq_settled_once BEFORE INSERT ON faq_settled
WHEN EXISTS (SELECT 1 FROM faq_settled WHERE answer_id = NEW.answer_id)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER faq_settled_no_update BEFORE UPDATE ON faq_settled
BEGIN SELECT RAISE(ABORT, 'faq_settled: append only'); END;
CREATE TRIGGER faq_settled_no_delete BEFORE DELETE ON faq_settled
BEGIN SELECT RAISE(ABORT, 'faq_settled: append only'); END;

-- Every variant that was added through the program: what, by whom, with what effect.
CREATE TABLE faq_changes (
    id BLOB PRIMARY KEY NOT NULL,
    entry TEXT NOT NULL,
    locale TEXT NOT NULL,
    variant TEXT NOT NULL,
    fixes INTEGER NOT NULL,
    breaks INTEGER NOT NULL,
    version_before TEXT NOT NULL,
    version_after TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT faq_change_locale_known CHECK (locale IN ('fr', 'en')),
    CONSTRAINT faq_change_counted CHECK (fixes >= 0 AND breaks >= 0)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER faq_changes_once BEFORE INSERT ON faq_changes
WHEN EXISTS (SELECT 1 FROM faq_changes WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'faq_changes: append only'); END;
CREATE TRIGGER faq_changes_no_update BEFORE UPDATE ON faq_changes
BEGIN SELECT RAISE(ABORT, 'faq_changes: append only'); END;
CREATE TRIGGER faq_changes_no_delete BEFORE DELETE ON faq_changes
BEGIN SELECT RAISE(ABORT, 'faq_changes: append only'); END;

-- Questions that a person of the staff was asked to take, one for each answer; people call it by its number (c17).
CREATE TABLE faq_handovers (
    id BLOB PRIMARY KEY NOT NULL,
    number INTEGER NOT NULL,
    answer_id BLOB NOT NULL REFERENCES faq_answers (id) ON DELETE RESTRICT,
    at TEXT NOT NULL,
    CONSTRAINT faq_handover_number_once UNIQUE (number),
    CONSTRAINT faq_handover_answer_once UNIQUE (answer_id),
    CONSTRAINT faq_handover_numbered CHECK (number >= 1)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER faq_handovers_once BEFORE INSERT ON faq_handovers
BEGIN
    -- The same question again, also by INSERT OR REPLACE, is no second card and no error.
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM faq_handovers
        WHERE answer_id = NEW.answer_id OR number = NEW.number);
    SELECT RAISE(ABORT, 'faq_handovers: append only') WHERE EXISTS (SELECT 1 FROM faq_handovers WHERE id = NEW.id);
END;
CREATE TRIGGER faq_handovers_no_update BEFORE UPDATE ON faq_handovers
BEGIN SELECT RAISE(ABORT, 'faq_handovers: append only'); END;
CREATE TRIGGER faq_handovers_no_delete BEFORE DELETE ON faq_handovers
BEGIN SELECT RAISE(ABORT, 'faq_handovers: append only'); END;

-- Who of the staff marked it resolved, and when: once.
CREATE TABLE faq_resolutions (
    handover_id BLOB PRIMARY KEY NOT NULL REFERENCES faq_handovers (id) ON DELETE RESTRICT,
    staff_id BLOB NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER faq_resolutions_once BEFORE INSERT ON faq_resolutions
WHEN EXISTS (SELECT 1 FROM faq_resolutions WHERE handover_id = NEW.handover_id)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER faq_resolutions_no_update BEFORE UPDATE ON faq_resolutions
BEGIN SELECT RAISE(ABORT, 'faq_resolutions: append only'); END;
CREATE TRIGGER faq_resolutions_no_delete BEFORE DELETE ON faq_resolutions
BEGIN SELECT RAISE(ABORT, 'faq_resolutions: append only'); END;
