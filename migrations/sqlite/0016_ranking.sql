-- What the score needs of a project, packed: its timeline folded. Rebuilt whenever a line is added, so a re-rank reads
-- one small row a project.
CREATE TABLE rank_states (
    project_id BLOB PRIMARY KEY NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Every line that was learned, also those that were refused: what stood behind an order can be looked up later.
CREATE TABLE rank_models (
    id BLOB PRIMARY KEY NOT NULL,
    stage TEXT NOT NULL,
    verdict TEXT NOT NULL,
    why TEXT NOT NULL,
    awards INTEGER NOT NULL,
    sample_rows INTEGER NOT NULL,
    -- Mean log-loss and calibration error over the last two months, none when there was nothing to try on.
    log_loss REAL,
    calibration_error REAL,
    -- How often projects of each age were awarded, as JSON.
    odds TEXT NOT NULL,
    model BLOB NOT NULL,
    learned_at TEXT NOT NULL,
    CONSTRAINT rank_model_stage_known CHECK (stage IN ('newest_first', 'leaning', 'own', 'age_only')),
    CONSTRAINT rank_model_verdict_known CHECK (verdict IN ('accepted', 'refused'))
) STRICT;
CREATE INDEX rank_models_by_time ON rank_models (learned_at);

CREATE TRIGGER rank_models_once BEFORE INSERT ON rank_models
WHEN EXISTS (SELECT 1 FROM rank_models WHERE id = NEW.id OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'rank_models: append only'); END;
CREATE TRIGGER rank_models_no_update BEFORE UPDATE ON rank_models
BEGIN SELECT RAISE(ABORT, 'rank_models: append only'); END;
CREATE TRIGGER rank_models_no_delete BEFORE DELETE ON rank_models
BEGIN SELECT RAISE(ABORT, 'rank_models: append only'); END;

-- One row for each time the whole list was put in order.
CREATE TABLE rank_publications (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- None: nothing could be learned yet, the order follows from the stated rules.
    model_id BLOB REFERENCES rank_models (id) ON DELETE RESTRICT,
    as_of TEXT NOT NULL,
    projects INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    -- Chance below which the newest stand first.
    tail_below REAL,
    -- Ids on the first pages, as JSON: they hold their places a little more firmly the next day.
    first_pages TEXT NOT NULL,
    CONSTRAINT rank_publication_whole CHECK ((model_id IS NULL) = (tail_below IS NULL)),
    CONSTRAINT rank_publication_counted CHECK (projects >= moved AND moved >= 0)
) STRICT;
CREATE INDEX rank_publications_by_time ON rank_publications (as_of);
CREATE TRIGGER rank_publications_once BEFORE INSERT ON rank_publications
WHEN EXISTS (SELECT 1 FROM rank_publications WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'rank_publications: append only'); END;
CREATE TRIGGER rank_publications_no_update BEFORE UPDATE ON rank_publications
BEGIN SELECT RAISE(ABORT, 'rank_publications: append only'); END;
