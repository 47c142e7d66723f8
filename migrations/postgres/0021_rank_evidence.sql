-- What the platform may tell about a posted project beside its text: facts that the order learns from. None: not told.
ALTER TABLE projects ADD COLUMN phone_verified BIGINT
    CONSTRAINT project_phone_verified_flag CHECK (phone_verified IN (0, 1));
ALTER TABLE projects ADD COLUMN is_company BIGINT
    CONSTRAINT project_is_company_flag CHECK (is_company IN (0, 1));
ALTER TABLE projects ADD COLUMN source TEXT;

-- Kinds of evidence that the installation declared in its settings: at most eight over its life, each in its own slot for
-- ever, because folded states and learned lines name them by slot. What was seen of a project stands in platform_events.
CREATE TABLE evidence_kinds (
    slot BIGINT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    -- Days after which it weighs half; none: it never fades.
    half_life_days DOUBLE PRECISION,
    sign TEXT NOT NULL,
    -- No longer in the settings: kept, not learned from. 0 or 1.
    retired BIGINT NOT NULL,
    declared_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT evidence_kind_slot_bounded CHECK (slot BETWEEN 0 AND 7),
    CONSTRAINT evidence_kind_once UNIQUE (name),
    CONSTRAINT evidence_kind_named CHECK (LENGTH(name) BETWEEN 1 AND 40),
    CONSTRAINT evidence_kind_fades CHECK (half_life_days IS NULL OR (half_life_days > 0 AND half_life_days <= 3650)),
    CONSTRAINT evidence_kind_sign_known CHECK (sign IN ('raises', 'lowers', 'free')),
    CONSTRAINT evidence_kind_retired_flag CHECK (retired IN (0, 1))
);
CREATE FUNCTION evidence_kinds_keep_their_slot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.slot, NEW.name) IS DISTINCT FROM (OLD.slot, OLD.name) THEN
        RAISE EXCEPTION 'evidence_kinds: a kind keeps its slot' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evidence_kinds_keep_their_slot BEFORE UPDATE OR DELETE ON evidence_kinds
FOR EACH ROW EXECUTE FUNCTION evidence_kinds_keep_their_slot();
CREATE TRIGGER evidence_kinds_no_truncate BEFORE TRUNCATE ON evidence_kinds
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Places that reports of providers could cost at most when the list was put in order; 0: nothing.
ALTER TABLE rank_publications ADD COLUMN report_places_max BIGINT NOT NULL DEFAULT 0
    CONSTRAINT rank_publication_reports_bounded CHECK (report_places_max BETWEEN 0 AND 40);
