-- Every answer of the FAQ: who asked, what was said, from which content; append-only, its text masked and erasable.
CREATE TABLE faq_answers (
    id UUID PRIMARY KEY NOT NULL,
    provider_id UUID REFERENCES providers (id) ON DELETE RESTRICT,
    client_id UUID REFERENCES clients (id) ON DELETE RESTRICT,
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
    score_millionths BIGINT NOT NULL,
    version TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT faq_answer_surface_known CHECK (surface IN ('discord', 'terminal')),
    CONSTRAINT faq_answer_locale_known CHECK (locale IN ('fr', 'en')),
    CONSTRAINT faq_answer_band_known CHECK (band IN ('answer', 'suggest', 'hand_over')),
    CONSTRAINT faq_answer_whole CHECK ((band = 'answer') = (entry IS NOT NULL)
        AND (band = 'hand_over') = (reason IS NOT NULL)),
    CONSTRAINT faq_answer_score_is_a_share CHECK (score_millionths BETWEEN 0 AND 1000000),
    CONSTRAINT faq_answer_text_short CHECK (text IS NULL OR length(text) <= 600),
    CONSTRAINT faq_answer_of_one CHECK (provider_id IS NULL OR client_id IS NULL)
);
CREATE INDEX faq_answers_of_provider ON faq_answers (provider_id, at) WHERE provider_id IS NOT NULL;
CREATE INDEX faq_answers_of_client ON faq_answers (client_id, at) WHERE client_id IS NOT NULL;
CREATE INDEX faq_answers_of_user ON faq_answers (discord_user, at) WHERE discord_user IS NOT NULL;
CREATE INDEX faq_answers_by_time ON faq_answers (at);

CREATE FUNCTION faq_answers_only_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.text IS NOT NULL OR NEW.discord_user IS NOT NULL
        OR (NEW.id, NEW.provider_id, NEW.client_id, NEW.surface, NEW.locale, NEW.band, NEW.reason, NEW.entry, NEW.best,
            NEW.score_millionths, NEW.version, NEW.at)
        IS DISTINCT FROM (OLD.id, OLD.provider_id, OLD.client_id, OLD.surface, OLD.locale, OLD.band, OLD.reason,
            OLD.entry, OLD.best, OLD.score_millionths, OLD.version, OLD.at) THEN
        PERFORM refuse('faq_answers: append only; text and user can only be erased');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER faq_answers_only_erased BEFORE UPDATE ON faq_answers
FOR EACH ROW EXECUTE FUNCTION faq_answers_only_erased();
CREATE TRIGGER faq_answers_no_delete BEFORE DELETE ON faq_answers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER faq_answers_no_truncate BEFORE TRUNCATE ON faq_answers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();


-- What the asker said about an answer, each thing once.
CREATE TABLE faq_feedback (
    answer_id UUID NOT NULL REFERENCES faq_answers (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    -- The entry that was chosen among the buttons.
    entry TEXT,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (answer_id, kind),
    CONSTRAINT faq_feedback_kind_known CHECK (kind IN ('helped', 'not_helped', 'person', 'chosen')),
    CONSTRAINT faq_feedback_chosen_whole CHECK ((kind = 'chosen') = (entry IS NOT NULL))
);
CREATE TRIGGER faq_feedback_no_change BEFORE UPDATE OR DELETE ON faq_feedback FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER faq_feedback_no_truncate BEFORE TRUNCATE ON faq_feedback FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What the FAQ's author did about a message: it leaves the list of the unanswered.
CREATE TABLE faq_settled (
    answer_id UUID PRIMARY KEY NOT NULL REFERENCES faq_answers (id) ON DELETE RESTRICT,
    how TEXT NOT NULL,
    entry TEXT,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT faq_settled_how_known CHECK (how IN ('variant', 'out_of_scope', 'ignored')),
    CONSTRAINT faq_settled_variant_whole CHECK ((how = 'variant') = (entry IS NOT NULL))
);
CREATE TRIGGER faq_settled_no_change BEFORE UPDATE OR DELETE ON faq_settled FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER faq_settled_no_truncate BEFORE TRUNCATE ON faq_settled FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every variant that was added through the program: what, by whom, with what effect.
CREATE TABLE faq_changes (
    id UUID PRIMARY KEY NOT NULL,
    entry TEXT NOT NULL,
    locale TEXT NOT NULL,
    variant TEXT NOT NULL,
    fixes BIGINT NOT NULL,
    breaks BIGINT NOT NULL,
    version_before TEXT NOT NULL,
    version_after TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT faq_change_locale_known CHECK (locale IN ('fr', 'en')),
    CONSTRAINT faq_change_counted CHECK (fixes >= 0 AND breaks >= 0)
);
CREATE TRIGGER faq_changes_no_change BEFORE UPDATE OR DELETE ON faq_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER faq_changes_no_truncate BEFORE TRUNCATE ON faq_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Questions that a person of the staff was asked to take, one for each answer; people call it by its number (c17).
CREATE TABLE faq_handovers (
    id UUID PRIMARY KEY NOT NULL,
    number BIGINT NOT NULL,
    answer_id UUID NOT NULL REFERENCES faq_answers (id) ON DELETE RESTRICT,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT faq_handover_number_once UNIQUE (number),
    CONSTRAINT faq_handover_answer_once UNIQUE (answer_id),
    CONSTRAINT faq_handover_numbered CHECK (number >= 1)
);
CREATE TRIGGER faq_handovers_no_change BEFORE UPDATE OR DELETE ON faq_handovers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER faq_handovers_no_truncate BEFORE TRUNCATE ON faq_handovers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who of the staff marked it resolved, and when: once.
CREATE TABLE faq_resolutions (
    handover_id UUID PRIMARY KEY NOT NULL REFERENCES faq_handovers (id) ON DELETE RESTRICT,
    staff_id UUID NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    at TIMESTAMPTZ NOT NULL
);
CREATE TRIGGER faq_resolutions_no_change BEFORE UPDATE OR DELETE ON faq_resolutions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER faq_resolutions_no_truncate BEFORE TRUNCATE ON faq_resolutions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
