-- Providers' word that a project is over: weak evidence. It moves no project and no rank; it lets the client be asked
-- sooner, once, and tells the staff when somebody presses.
CREATE TABLE reports (
    id UUID PRIMARY KEY NOT NULL,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    provider_id UUID NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    -- Whether the reporter had applied to it.
    stake TEXT NOT NULL,
    -- What the report weighed when it was made.
    weight BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT report_once UNIQUE (project_id, provider_id),
    CONSTRAINT report_stake_known CHECK (stake IN ('none', 'applied')),
    CONSTRAINT report_weight_bounded CHECK (weight BETWEEN 0 AND 5)
);
CREATE INDEX reports_of_provider ON reports (provider_id, at);

CREATE TRIGGER reports_no_change BEFORE UPDATE OR DELETE ON reports
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reports_no_truncate BEFORE TRUNCATE ON reports
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The client of this project may be asked sooner, because of reports: once for each project, ever.
CREATE TABLE report_hastes (
    project_id UUID PRIMARY KEY NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    at TIMESTAMPTZ NOT NULL
);
CREATE TRIGGER report_hastes_no_change BEFORE UPDATE OR DELETE ON report_hastes
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER report_hastes_no_truncate BEFORE TRUNCATE ON report_hastes
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Somebody may be pressing: for a person to look at.
CREATE TABLE report_alarms (
    id UUID PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    provider_id UUID REFERENCES providers (id) ON DELETE RESTRICT,
    project_id UUID REFERENCES projects (id) ON DELETE RESTRICT,
    -- Whom or what it is about and in which week: the same pattern is told once a week.
    slot TEXT NOT NULL,
    reports BIGINT NOT NULL,
    raised_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT report_alarm_once UNIQUE (kind, slot),
    CONSTRAINT report_alarm_kind_known CHECK (kind IN ('many_projects', 'many_voices', 'after_own_application')),
    CONSTRAINT report_alarm_about_something CHECK ((kind = 'many_projects') = (provider_id IS NOT NULL)
        AND (kind <> 'many_projects') = (project_id IS NOT NULL)),
    CONSTRAINT report_alarm_counted CHECK (reports >= 1)
);
