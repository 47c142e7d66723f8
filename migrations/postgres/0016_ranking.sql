-- What the score needs of a project, packed: its timeline folded. Rebuilt whenever a line is added, so a re-rank reads
-- one small row a project.
CREATE TABLE rank_states (
    project_id UUID PRIMARY KEY NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    state BYTEA NOT NULL
);

-- Every line that was learned, also those that were refused: what stood behind an order can be looked up later.
CREATE TABLE rank_models (
    id UUID PRIMARY KEY NOT NULL,
    stage TEXT NOT NULL,
    verdict TEXT NOT NULL,
    why TEXT NOT NULL,
    awards BIGINT NOT NULL,
    sample_rows BIGINT NOT NULL,
    -- Mean log-loss and calibration error over the last two months, none when there was nothing to try on.
    log_loss DOUBLE PRECISION,
    calibration_error DOUBLE PRECISION,
    -- How often projects of each age were awarded, as JSON.
    odds TEXT NOT NULL,
    model BYTEA NOT NULL,
    learned_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT rank_model_stage_known CHECK (stage IN ('newest_first', 'leaning', 'own', 'age_only')),
    CONSTRAINT rank_model_verdict_known CHECK (verdict IN ('accepted', 'refused'))
);
CREATE INDEX rank_models_by_time ON rank_models (learned_at);

CREATE TRIGGER rank_models_no_change BEFORE UPDATE OR DELETE ON rank_models
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rank_models_no_truncate BEFORE TRUNCATE ON rank_models
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One row for each time the whole list was put in order.
CREATE TABLE rank_publications (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- None: nothing could be learned yet, the order follows from the stated rules.
    model_id UUID REFERENCES rank_models (id) ON DELETE RESTRICT,
    as_of TIMESTAMPTZ NOT NULL,
    projects BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    -- Chance below which the newest stand first.
    tail_below DOUBLE PRECISION,
    -- Ids on the first pages, as JSON: they hold their places a little more firmly the next day.
    first_pages TEXT NOT NULL,
    CONSTRAINT rank_publication_whole CHECK ((model_id IS NULL) = (tail_below IS NULL)),
    CONSTRAINT rank_publication_counted CHECK (projects >= moved AND moved >= 0)
);
CREATE INDEX rank_publications_by_time ON rank_publications (as_of);
CREATE TRIGGER rank_publications_no_update BEFORE UPDATE ON rank_publications
FOR EACH ROW EXECUTE FUNCTION refuse_change();
