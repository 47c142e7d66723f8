-- Providers' word that a project is over: weak evidence. It moves no project and no rank; it lets the client be asked
-- sooner, once, and tells the staff when somebody presses.
CREATE TABLE reports (
    id BLOB PRIMARY KEY NOT NULL,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    provider_id BLOB NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    -- Whether the reporter had applied to it.
    stake TEXT NOT NULL,
    -- What the report weighed when it was made.
    weight INTEGER NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT report_once UNIQUE (project_id, provider_id),
    CONSTRAINT report_stake_known CHECK (stake IN ('none', 'applied')),
    CONSTRAINT report_weight_bounded CHECK (weight BETWEEN 0 AND 5)
) STRICT;
CREATE INDEX reports_of_provider ON reports (provider_id, at);

CREATE TRIGGER reports_once BEFORE INSERT ON reports
BEGIN
    -- The same provider about the same project again, also by INSERT OR REPLACE, is no second report and no error.
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM reports
        WHERE project_id = NEW.project_id AND provider_id = NEW.provider_id);
    SELECT RAISE(ABORT, 'reports: append only')
    WHERE EXISTS (SELECT 1 FROM reports WHERE id = NEW.id OR rowid = NEW.rowid);
END;
CREATE TRIGGER reports_no_update BEFORE UPDATE ON reports
BEGIN SELECT RAISE(ABORT, 'reports: append only'); END;
CREATE TRIGGER reports_no_delete BEFORE DELETE ON reports
BEGIN SELECT RAISE(ABORT, 'reports: append only'); END;

-- The client of this project may be asked sooner, because of reports: once for each project, ever.
CREATE TABLE report_hastes (
    project_id BLOB PRIMARY KEY NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER report_hastes_once BEFORE INSERT ON report_hastes
WHEN EXISTS (SELECT 1 FROM report_hastes WHERE project_id = NEW.project_id)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER report_hastes_no_update BEFORE UPDATE ON report_hastes
BEGIN SELECT RAISE(ABORT, 'report_hastes: append only'); END;
CREATE TRIGGER report_hastes_no_delete BEFORE DELETE ON report_hastes
BEGIN SELECT RAISE(ABORT, 'report_hastes: append only'); END;

-- Somebody may be pressing: for a person to look at.
CREATE TABLE report_alarms (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    provider_id BLOB REFERENCES providers (id) ON DELETE RESTRICT,
    project_id BLOB REFERENCES projects (id) ON DELETE RESTRICT,
    -- Whom or what it is about and in which week: the same pattern is told once a week.
    slot TEXT NOT NULL,
    reports INTEGER NOT NULL,
    raised_at TEXT NOT NULL,
    CONSTRAINT report_alarm_once UNIQUE (kind, slot),
    CONSTRAINT report_alarm_kind_known CHECK (kind IN ('many_projects', 'many_voices', 'after_own_application')),
    CONSTRAINT report_alarm_about_something CHECK ((kind = 'many_projects') = (provider_id IS NOT NULL)
        AND (kind <> 'many_projects') = (project_id IS NOT NULL)),
    CONSTRAINT report_alarm_counted CHECK (reports >= 1)
) STRICT;
