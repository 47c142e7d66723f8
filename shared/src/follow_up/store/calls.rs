//! The calls: the day's list, what came of each, and those that nobody made.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::account::ClientId;
use crate::contact::{self, Channel, Line, LineKind, Stage, clean_note};
use crate::db::{Db, Engine, StoreError};
use crate::follow_up::store::standing::as_json;
use crate::follow_up::{CallId, CallOutcome, Reason};
use crate::listing;
use crate::on_engine;
use crate::project::ProjectId;
use crate::queue::{self, JobName};

/// Calls that a list shows. Source: our choice; nobody makes more in a day.
const CALLS_LISTED_MAX: i64 = 200;
/// Lines of the timeline that a call shows.
const LAST_CONTACTS_MAX: i64 = 3;
/// Calls due within so long are of this day.
const DAY_AHEAD: TimeDelta = TimeDelta::hours(12);

const OPEN: &str = "SELECT k.id, k.client_id, c.reference AS client_reference, c.name, c.phone, c.zone, k.due_at, k.expires_at
    FROM call_tasks k JOIN clients c ON c.id = k.client_id
    WHERE k.outcome IS NULL AND k.due_at <= $1 AND EXISTS (
        SELECT 1 FROM follow_ups s JOIN projects p ON p.id = s.project_id
        WHERE s.call_id = k.id AND p.state = 'pending')
    ORDER BY k.due_at, k.id LIMIT $2";
macro_rules! select_projects {
    ($calls:literal) => {
        concat!(
            "SELECT s.call_id, p.reference, p.title, p.published_at, f.asked_at,
                COALESCE(f.mails_unanswered, 0) AS mails_unanswered,
                COALESCE(f.calls_unanswered, 0) AS calls_unanswered, s.reason
            FROM follow_ups s JOIN projects p ON p.id = s.project_id LEFT JOIN project_facts f ON f.project_id = p.id
            WHERE p.state = 'pending' AND s.call_id ",
            $calls,
            " ORDER BY p.published_at, p.reference"
        )
    };
}
const PROJECTS_SQLITE: &str = select_projects!("IN (SELECT unhex(value) FROM json_each($1))");
const PROJECTS_POSTGRES: &str = select_projects!("= ANY($1)");
macro_rules! select_contacts {
    ($clients:literal) => {
        concat!(
            "SELECT client_id, kind, channel, stage, note, at FROM (
                SELECT client_id, kind, channel, stage, note, at,
                    ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY at DESC, seq DESC) AS nth
                FROM contacts WHERE kind NOT IN ('published', 'application', 'report') AND client_id ",
            $clients,
            ") AS told WHERE nth <= $2 ORDER BY client_id, nth"
        )
    };
}
const CONTACTS_SQLITE: &str = select_contacts!("IN (SELECT unhex(value) FROM json_each($1))");
const CONTACTS_POSTGRES: &str = select_contacts!("= ANY($1)");

const ASKED: &str = "SELECT s.project_id, p.reference, s.client_id FROM follow_ups s JOIN projects p ON p.id = s.project_id
    WHERE s.call_id = $1 AND p.state = 'pending' ORDER BY s.project_id";
const CLIENT_OF: &str = "SELECT client_id FROM call_tasks WHERE id = $1 AND outcome IS NULL";
const END: &str =
    "UPDATE call_tasks SET outcome = $2, ended_at = $3 WHERE id = $1 AND outcome IS NULL";
const PHONE_DEAD: &str =
    "UPDATE clients SET phone_dead_at = $2 WHERE id = $1 AND phone_dead_at IS NULL";
pub(super) const ALL_SQL: &[&str] = &[OPEN, ASKED, CLIENT_OF, END, PHONE_DEAD];

/// A call to make.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct Call {
    /// Its id, which `calls record` takes.
    pub id: CallId,
    #[serde(skip)]
    client_id: ClientId,
    /// The platform's id of the client.
    pub client_reference: String,
    /// Whom to call.
    pub name: String,
    /// The number.
    pub phone: Option<String>,
    /// Where they are.
    pub zone: String,
    /// May be made from then on.
    pub due_at: DateTime<Utc>,
    /// Gives way to the next mail then.
    pub expires_at: DateTime<Utc>,
    /// About which projects.
    #[sqlx(skip)]
    pub projects: Vec<CallProject>,
    /// What happened last, the newest first.
    #[sqlx(skip)]
    pub last_contacts: Vec<LastContact>,
}

/// A project that a call is about.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct CallProject {
    #[serde(skip)]
    call_id: CallId,
    /// The platform's id.
    pub reference: String,
    /// One line.
    pub title: String,
    /// First time on the list.
    pub published_at: DateTime<Utc>,
    /// Last letter or call.
    pub asked_at: Option<DateTime<Utc>>,
    /// Letters since the last sign.
    pub mails_unanswered: i64,
    /// Calls since the last sign.
    pub calls_unanswered: i64,
    /// Why it is asked about.
    pub reason: Reason,
}

/// A line of the timeline, as a caller needs it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct LastContact {
    #[serde(skip)]
    client_id: ClientId,
    /// What.
    pub kind: LineKind,
    /// By which way.
    pub channel: Channel,
    /// What the client said.
    pub stage: Option<Stage>,
    /// Free text, without contact data.
    pub note: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What came of a call, as a person tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReport {
    /// Which call.
    pub call: CallId,
    /// What came of it.
    pub outcome: CallOutcome,
    /// What the client said; none: they spoke and nothing follows from it.
    pub stage: Option<Stage>,
    /// Only about these projects (the platform's ids), nothing follows for the others; empty: about all of the call (a5).
    pub only: Vec<String>,
    /// When the client wants to be asked again.
    pub ask_again_at: Option<DateTime<Utc>>,
    /// A remark; contact data is removed from it.
    pub note: Option<String>,
}

/// Why an outcome is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is no such call, or its end is known.
    #[error("no open call {0}: it was recorded, expired, or nothing was left to ask; see `calls`")]
    NotOpen(CallId),
    /// An answer of somebody who did not speak.
    #[error("an answer or a date to ask again needs the outcome spoke")]
    NobodySpoke,
    /// A project that the call is not about.
    #[error("the call is not about project {0}")]
    NotAbout(String),
    /// The database.
    #[error("recording the call")]
    Store(#[from] StoreError),
}

/// The calls of the day at `now`, overdue first.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn calls(db: &Db, now: DateTime<Utc>) -> Result<Vec<Call>, StoreError> {
    let mut calls: Vec<Call> = on_engine!(db.read(), pool => sqlx::query_as(OPEN).bind(now + DAY_AHEAD)
        .bind(CALLS_LISTED_MAX).fetch_all(pool).await)?;
    let ids: Vec<Uuid> = calls.iter().map(|call| call.id.uuid()).collect();
    let clients: Vec<Uuid> = calls.iter().map(|call| call.client_id.uuid()).collect();
    let (projects, contacts): (Vec<CallProject>, Vec<LastContact>) = match db.read() {
        Engine::Sqlite(pool) => (
            sqlx::query_as(PROJECTS_SQLITE)
                .bind(as_json(ids.into_iter()))
                .fetch_all(pool)
                .await?,
            sqlx::query_as(CONTACTS_SQLITE)
                .bind(as_json(clients.into_iter()))
                .bind(LAST_CONTACTS_MAX)
                .fetch_all(pool)
                .await?,
        ),
        Engine::Postgres(pool) => (
            sqlx::query_as(PROJECTS_POSTGRES)
                .bind(ids)
                .fetch_all(pool)
                .await?,
            sqlx::query_as(CONTACTS_POSTGRES)
                .bind(clients)
                .bind(LAST_CONTACTS_MAX)
                .fetch_all(pool)
                .await?,
        ),
    };
    for call in &mut calls {
        call.projects = projects
            .iter()
            .filter(|project| project.call_id == call.id)
            .cloned()
            .collect();
        call.last_contacts = contacts
            .iter()
            .filter(|line| line.client_id == call.client_id)
            .cloned()
            .collect();
    }
    Ok(calls)
}

/// Records what came of a call: a line on the timeline of each project, the number marked dead if it is wrong, the plan
/// reckoned anew. Once; the second report of a call is refused. Gives how many projects learned from it.
///
/// # Errors
/// [`RecordError`]; nothing is written then.
pub async fn record_call_outcome(
    db: &Db,
    report: &CallReport,
    now: DateTime<Utc>,
) -> Result<usize, RecordError> {
    if report.outcome != CallOutcome::Spoke
        && (report.stage.is_some() || report.ask_again_at.is_some())
    {
        return Err(RecordError::NobodySpoke);
    }
    let mut tx = db.begin().await?;
    let client: Option<ClientId> =
        on_engine!(&mut tx, tx => sqlx::query_scalar(CLIENT_OF).bind(report.call)
        .fetch_optional(&mut **tx).await)
        .map_err(StoreError::from)?;
    let client = client.ok_or(RecordError::NotOpen(report.call))?;
    let asked: Vec<(ProjectId, String, ClientId)> =
        on_engine!(&mut tx, tx => sqlx::query_as(ASKED).bind(report.call)
        .fetch_all(&mut **tx).await)
        .map_err(StoreError::from)?;
    if let Some(other) = report
        .only
        .iter()
        .find(|only| asked.iter().all(|(_, reference, _)| reference != *only))
    {
        return Err(RecordError::NotAbout(other.clone()));
    }
    let lines = lines(report, client, &asked, now);
    contact::store::append(&mut tx, &lines, now).await?;
    let ended =
        on_engine!(&mut tx, tx => sqlx::query(END).bind(report.call).bind(report.outcome).bind(now)
        .execute(&mut **tx).await.map(|done| done.rows_affected()))
        .map_err(StoreError::from)?;
    if ended != 1 {
        return Err(RecordError::NotOpen(report.call));
    }
    if report.outcome == CallOutcome::WrongNumber {
        on_engine!(&mut tx, tx => sqlx::query(PHONE_DEAD).bind(client).bind(now).execute(&mut **tx).await.map(drop))
            .map_err(StoreError::from)?;
        listing::store::rerank_clients(&mut tx, &[client], now).await?;
    }
    queue::hurry(&mut tx, JobName::PlanFollowUps, now).await?;
    tx.commit().await?;
    Ok(asked.len())
}

/// A line for each project still pending; one of the client alone when none is.
fn lines(
    report: &CallReport,
    client: ClientId,
    asked: &[(ProjectId, String, ClientId)],
    now: DateTime<Utc>,
) -> Vec<Line> {
    let note = report.note.as_deref().and_then(clean_note);
    let line = |project: Option<ProjectId>, is_meant: bool| {
        let (kind, stage) = match report.outcome {
            CallOutcome::NoAnswer => (LineKind::CallNoAnswer, None),
            CallOutcome::LeftMessage => (LineKind::CallLeftMessage, None),
            CallOutcome::WrongNumber => (LineKind::CallWrongNumber, None),
            CallOutcome::Refused => (LineKind::CallRefused, None),
            CallOutcome::Spoke if is_meant => (
                LineKind::Answer,
                Some(report.stage.unwrap_or(Stage::Unknown)),
            ),
            CallOutcome::Spoke => (LineKind::Answer, Some(Stage::Unknown)),
        };
        Line {
            client,
            project,
            kind,
            channel: Channel::Phone,
            stage,
            ask_again_at: report.ask_again_at.filter(|_| is_meant),
            note: note.clone(),
            source: source(report.call, project),
            at: now,
        }
    };
    if asked.is_empty() {
        return vec![line(None, true)];
    }
    let is_meant = |reference: &String| report.only.is_empty() || report.only.contains(reference);
    asked
        .iter()
        .map(|(project, reference, _)| line(Some(*project), is_meant(reference)))
        .collect()
}

/// The end of a call is told once for each project, whoever tells it.
pub(super) fn source(call: CallId, project: Option<ProjectId>) -> String {
    match project {
        Some(project) => format!("call:{call}:{project}"),
        None => format!("call:{call}"),
    }
}
