//! SQL of the three columns: read from the timeline, the reports, the refund requests and the projects' own rows; nothing
//! is kept beside them.

mod tell;

pub use tell::{TOLD_PER_RUN_MAX, tell};

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::account::ProviderId;
use crate::contact::{Channel, LineKind, Stage};
use crate::db::{Db, Engine, StoreError};
use crate::listing::store::StateName;
use crate::on_engine;
use crate::project::ProjectId;
use crate::witness::{Difference, Heard, HeardIn, Record, Shown, Told};

/// Lines of one column that are read for a project, the newest.
const COLUMN_LINES_MAX: i64 = 20;
/// Projects that one look for flags examines, those with the newest word first.
pub const EXAMINED_MAX: i64 = 2_000;
/// Flags that are listed.
pub const FLAGS_MAX: usize = 200;
/// Projects read at a time.
const BATCH: usize = 200;

// The engines read a list of ids differently: JSON here, an array there.
macro_rules! select_projects {
    ($which:literal) => {
        concat!(
            "SELECT id, reference, title, state, awarded_at FROM projects WHERE id ",
            $which
        )
    };
}
macro_rules! select_lines {
    ($which:literal) => {
        concat!(
            "SELECT project_id, kind, channel, stage, at, known_at FROM (
                SELECT line.*, ROW_NUMBER() OVER (PARTITION BY project_id, stage IS NULL ORDER BY at DESC, seq DESC) AS nth
                FROM (
                    SELECT k.project_id, k.seq, k.kind, k.channel, k.stage, k.at, k.known_at FROM contacts k
                    WHERE k.project_id ", $which, " AND k.kind IN ('published', 'answer', 'login', 'award',
                        'award_revoked', 'cancelled', 'reopened')
                    UNION ALL
                    SELECT p.id, k.seq, k.kind, k.channel, k.stage, k.at, k.known_at
                    FROM projects p JOIN contacts k ON k.client_id = p.client_id AND k.project_id IS NULL
                        AND k.at >= p.published_at
                    WHERE p.id ", $which, " AND k.kind IN ('answer', 'login')) AS line) AS numbered
            WHERE nth <= $2 ORDER BY at DESC, nth"
        )
    };
}
macro_rules! select_heard {
    ($which:literal) => {
        concat!(
            "SELECT project_id, provider_id, number, at, weight FROM (
                SELECT heard.*, ROW_NUMBER() OVER (PARTITION BY project_id ORDER BY at DESC) AS nth FROM (
                    SELECT r.project_id, r.provider_id, CAST(NULL AS BIGINT) AS number, r.at, r.weight
                    FROM reports r WHERE r.project_id ", $which, "
                    UNION ALL
                    SELECT q.project_id, q.provider_id, q.number, q.opened_at, 1
                    FROM refund_requests q WHERE q.project_id ", $which, "
                        AND q.reason IN ('found_elsewhere', 'fell_through')) AS heard) AS numbered
            WHERE nth <= $2 ORDER BY at DESC, nth"
        )
    };
}
const PROJECTS_SQLITE: &str = select_projects!("IN (SELECT unhex(value) FROM json_each($1))");
const PROJECTS_POSTGRES: &str = select_projects!("= ANY($1)");
const LINES_SQLITE: &str = select_lines!("IN (SELECT unhex(value) FROM json_each($1))");
const LINES_POSTGRES: &str = select_lines!("= ANY($1)");
const HEARD_SQLITE: &str = select_heard!("IN (SELECT unhex(value) FROM json_each($1))");
const HEARD_POSTGRES: &str = select_heard!("= ANY($1)");
const BY_REFERENCE: &str = "SELECT id FROM projects WHERE reference = $1";
// Those of which a rule could say something; the rule itself is not here.
const CANDIDATES: &str = "SELECT p.id FROM projects p JOIN project_facts f ON f.project_id = p.id
        JOIN clients c ON c.id = p.client_id
    WHERE (p.state = 'pending' AND f.stage IN ('searching', 'comparing', 'unknown') AND p.id IN (
            SELECT v.project_id FROM (
                SELECT project_id, provider_id FROM reports WHERE weight > 0
                UNION
                SELECT project_id, provider_id FROM refund_requests WHERE reason IN ('found_elsewhere', 'fell_through'))
                AS v
            GROUP BY v.project_id HAVING COUNT(*) >= 2))
        OR (p.state = 'pending' AND f.stage IN ('chosen_outside', 'dropped') AND c.last_seen_at > f.stage_at)
        OR (p.state = 'pending' AND f.stage = 'chosen_here')
        OR (p.state = 'in_progress' AND f.stage IN ('searching', 'comparing') AND f.stage_at > p.awarded_at)
    ORDER BY f.stage_at DESC, p.id LIMIT $1";

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&str] = &[BY_REFERENCE, CANDIDATES];
#[cfg(test)]
const TWINS: [(&str, &str); 3] = [
    (PROJECTS_SQLITE, PROJECTS_POSTGRES),
    (LINES_SQLITE, LINES_POSTGRES),
    (HEARD_SQLITE, HEARD_POSTGRES),
];

#[derive(FromRow)]
struct ProjectRow {
    id: ProjectId,
    reference: String,
    title: String,
    state: StateName,
    awarded_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct LineRow {
    project_id: ProjectId,
    kind: LineKind,
    channel: Channel,
    stage: Option<Stage>,
    at: DateTime<Utc>,
    known_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct HeardRow {
    project_id: ProjectId,
    provider_id: ProviderId,
    number: Option<i64>,
    at: DateTime<Utc>,
    weight: i64,
}

/// The three columns of one project; none when there is no such project.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn record(db: &Db, project: ProjectId) -> Result<Option<Record>, StoreError> {
    Ok(records(db, &[project]).await?.pop())
}

/// The three columns of the project that people call `reference`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn find(db: &Db, reference: &str) -> Result<Option<Record>, StoreError> {
    let id: Option<ProjectId> = on_engine!(db.read(), pool => sqlx::query_scalar(BY_REFERENCE).bind(reference)
        .fetch_optional(pool).await)?;
    match id {
        Some(id) => record(db, id).await,
        None => Ok(None),
    }
}

/// Projects whose columns differ at `now`, the newest word of the client first, at most [`FLAGS_MAX`].
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn flags(
    db: &Db,
    now: DateTime<Utc>,
) -> Result<Vec<(Record, Vec<Difference>)>, StoreError> {
    let candidates: Vec<ProjectId> = on_engine!(db.read(), pool => sqlx::query_scalar(CANDIDATES).bind(EXAMINED_MAX)
        .fetch_all(pool).await)?;
    let mut flags = Vec::new();
    for batch in candidates.chunks(BATCH) {
        for record in records(db, batch).await? {
            let differences = record.differences(now);
            if !differences.is_empty() {
                flags.push((record, differences));
            }
        }
        if flags.len() >= FLAGS_MAX {
            break;
        }
    }
    flags.truncate(FLAGS_MAX);
    Ok(flags)
}

/// The columns of `projects`, in their order.
async fn records(db: &Db, projects: &[ProjectId]) -> Result<Vec<Record>, StoreError> {
    let ids: Vec<Uuid> = projects.iter().map(|id| id.uuid()).collect();
    let (rows, lines, heard): (Vec<ProjectRow>, Vec<LineRow>, Vec<HeardRow>) = match db.read() {
        Engine::Sqlite(pool) => {
            let texts: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
            let list = serde_json::Value::from(texts).to_string();
            let lines = sqlx::query_as(LINES_SQLITE)
                .bind(&list)
                .bind(COLUMN_LINES_MAX);
            let heard = sqlx::query_as(HEARD_SQLITE)
                .bind(&list)
                .bind(COLUMN_LINES_MAX);
            (
                sqlx::query_as(PROJECTS_SQLITE)
                    .bind(&list)
                    .fetch_all(pool)
                    .await?,
                lines.fetch_all(pool).await?,
                heard.fetch_all(pool).await?,
            )
        }
        Engine::Postgres(pool) => {
            let lines = sqlx::query_as(LINES_POSTGRES)
                .bind(&ids)
                .bind(COLUMN_LINES_MAX);
            let heard = sqlx::query_as(HEARD_POSTGRES)
                .bind(&ids)
                .bind(COLUMN_LINES_MAX);
            (
                sqlx::query_as(PROJECTS_POSTGRES)
                    .bind(&ids)
                    .fetch_all(pool)
                    .await?,
                lines.fetch_all(pool).await?,
                heard.fetch_all(pool).await?,
            )
        }
    };
    let mut records: HashMap<ProjectId, Record> =
        rows.into_iter().map(|row| (row.id, row.into())).collect();
    for line in lines {
        if let Some(record) = records.get_mut(&line.project_id) {
            line.sort_into(record);
        }
    }
    for row in heard {
        if let Some(record) = records.get_mut(&row.project_id) {
            record.heard.push(row.into());
        }
    }
    Ok((projects.iter())
        .filter_map(|id| records.remove(id))
        .collect())
}

impl From<ProjectRow> for Record {
    fn from(row: ProjectRow) -> Self {
        Self {
            reference: row.reference,
            title: row.title,
            state: row.state,
            awarded_at: row.awarded_at,
            told: Vec::new(),
            heard: Vec::new(),
            shown: Vec::new(),
        }
    }
}

impl LineRow {
    /// A word of the client, or something that the account shows: never both.
    fn sort_into(self, record: &mut Record) {
        let Self {
            kind,
            channel,
            at,
            known_at,
            ..
        } = self;
        match self.stage {
            Some(stage) => record.told.push(Told {
                stage,
                channel,
                at,
                known_at,
            }),
            None => record.shown.push(Shown {
                kind,
                channel,
                at,
                known_at,
            }),
        }
    }
}

impl From<HeardRow> for Heard {
    fn from(row: HeardRow) -> Self {
        Self {
            provider: row.provider_id,
            source: row.number.map_or(HeardIn::Report, HeardIn::Request),
            at: row.at,
            weighs: row.weight > 0,
        }
    }
}

#[cfg(test)]
mod tests;
