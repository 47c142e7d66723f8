//! SQL of the reports.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use sqlx::FromRow;

use crate::account::{ClientId, ProviderId};
use crate::contact::{self, Channel, Line, LineKind};
use crate::db::{Db, Engine, StoreError, Tx};
use crate::discord_out::{self, Body, Message, To};
use crate::listing::store::StateName;
use crate::on_engine;
use crate::project::ProjectId;
use crate::queue::{self, JobName};
use crate::report::{
    AFTER_OWN_APPLICATION, AlarmKind, HASTE_FROM, MANY_PROJECTS_FROM, MANY_VOICES_FROM, Record,
    Report, ReportId, Stake, Verdict, WINDOW, weight,
};
use crate::words::report as words;

/// Days that an alarm is kept. Source: operator's choice; the staff look at the week's, a year shows a habit.
const ALARMS_KEEP_DAYS: i64 = 365;
/// Alarms forgotten at a time; the job comes again.
const FORGET_ROWS_MAX: i64 = 5_000;

// The references travel as one JSON list; the engines read it differently.
const FIND_SQLITE: &str = "SELECT p.reference, p.id, p.client_id, p.state,
        (SELECT MAX(a.applied_at) FROM applications a WHERE a.project_id = p.id AND a.provider_id = $2) AS applied_at
    FROM json_each($1) JOIN projects p ON p.reference = value";
const FIND_POSTGRES: &str = "SELECT p.reference, p.id, p.client_id, p.state,
        (SELECT MAX(a.applied_at) FROM applications a WHERE a.project_id = p.id AND a.provider_id = $2) AS applied_at
    FROM json_array_elements_text($1::json) AS value JOIN projects p ON p.reference = value";
const RECORD: &str = "SELECT
        COUNT(CASE WHEN p.state = 'cancelled' OR (f.stage IN ('dropped', 'chosen_outside') AND f.stage_at > r.at)
            THEN 1 END) AS borne_out,
        COUNT(CASE WHEN p.state = 'in_progress' OR (f.stage IN ('searching', 'comparing') AND f.stage_at > r.at)
            THEN 1 END) AS contradicted,
        COUNT(CASE WHEN r.at > $2 THEN 1 END) AS lately
    FROM reports r JOIN projects p ON p.id = r.project_id LEFT JOIN project_facts f ON f.project_id = r.project_id
    WHERE r.provider_id = $1";
const ADD: &str =
    "INSERT INTO reports (id, project_id, provider_id, stake, weight, at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (project_id, provider_id) DO NOTHING";
const OF_PROJECT: &str = "SELECT CAST(SUM(weight) AS BIGINT), COUNT(CASE WHEN at > $2 THEN 1 END) FROM reports WHERE project_id = $1";
const HASTEN: &str = "INSERT INTO report_hastes (project_id, at) VALUES ($1, $2)
    ON CONFLICT (project_id) DO NOTHING";
const ALARM: &str =
    "INSERT INTO report_alarms (id, kind, provider_id, project_id, slot, reports, raised_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, slot) DO NOTHING";
const ALARMS: &str = "SELECT a.kind, v.reference AS provider, p.reference AS project, a.reports, a.raised_at
    FROM report_alarms a LEFT JOIN providers v ON v.id = a.provider_id LEFT JOIN projects p ON p.id = a.project_id
    WHERE a.raised_at > $1 ORDER BY a.raised_at DESC LIMIT $2";
const FORGET_ALARMS: &str = "DELETE FROM report_alarms WHERE id IN (SELECT id FROM report_alarms WHERE raised_at < $1 LIMIT $2)";

/// Statements of this file that are the same on both engines, for the test that prepares each.
pub const ALL_SQL: &[&str] = &[
    RECORD,
    ADD,
    OF_PROJECT,
    HASTEN,
    ALARM,
    ALARMS,
    FORGET_ALARMS,
];

#[derive(FromRow)]
struct Found {
    reference: String,
    id: ProjectId,
    client_id: ClientId,
    state: StateName,
    applied_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct RecordRow {
    borne_out: i64,
    contradicted: i64,
    lately: i64,
}

/// An alarm as the staff see it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Alarm {
    /// Which pattern.
    pub kind: AlarmKind,
    /// The platform's id of the provider who reports many projects; never told of any other reporter (N11).
    pub provider: Option<String>,
    /// The platform's id of the project that is reported.
    pub project: Option<String>,
    /// Reports counted then.
    pub reports: i64,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
}

/// Takes a provider's report of some projects, in one transaction, and says what became of each reference, in order. No
/// state and no place changes.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn take(
    db: &Db,
    provider: ProviderId,
    references: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<(String, Verdict)>, StoreError> {
    let mut tx = db.begin().await?;
    let list = serde_json::Value::from(references.to_vec()).to_string();
    let found: Vec<Found> = match &mut tx {
        Engine::Sqlite(tx) => {
            let query = sqlx::query_as(FIND_SQLITE).bind(&list).bind(provider);
            query.fetch_all(&mut **tx).await?
        }
        Engine::Postgres(tx) => {
            let query = sqlx::query_as(FIND_POSTGRES).bind(&list).bind(provider);
            query.fetch_all(&mut **tx).await?
        }
    };
    let found: BTreeMap<String, Found> = found
        .into_iter()
        .map(|p| (p.reference.clone(), p))
        .collect();
    let mut verdicts = Vec::with_capacity(references.len());
    for reference in references {
        let verdict = match found.get(reference) {
            None => Verdict::Unknown,
            Some(project) => match project.state {
                StateName::InProgress | StateName::Cancelled => Verdict::NotPending,
                StateName::Pending => note(&mut tx, provider, project, now).await?,
            },
        };
        verdicts.push((reference.clone(), verdict));
    }
    tx.commit().await?;
    Ok(verdicts)
}

/// Notes one report, brings the client's next follow-up forward if that was not done before, raises the alarms.
async fn note(
    tx: &mut Tx,
    provider: ProviderId,
    project: &Found,
    now: DateTime<Utc>,
) -> Result<Verdict, StoreError> {
    let row: RecordRow = on_engine!(&mut *tx, tx => sqlx::query_as(RECORD).bind(provider).bind(now - WINDOW)
        .fetch_one(&mut **tx).await)?;
    let record = Record {
        borne_out: row.borne_out,
        contradicted: row.contradicted,
        lately: row.lately,
    };
    let stake = project.applied_at.map_or(Stake::None, |_| Stake::Applied);
    let id = ReportId::at(now);
    let new = on_engine!(&mut *tx, tx => sqlx::query(ADD).bind(id).bind(project.id).bind(provider).bind(stake)
        .bind(weight(stake, record)).bind(now).execute(&mut **tx).await.map(|done| done.rows_affected()))?;
    if new == 0 {
        return Ok(Verdict::Already);
    }
    // The line says that a report came, not whose (N11).
    let line = Line {
        client: project.client_id,
        project: Some(project.id),
        kind: LineKind::Report,
        channel: Channel::Platform,
        stage: None,
        ask_again_at: None,
        note: None,
        source: format!("report:{id}"),
        at: now,
    };
    contact::store::append(tx, &[line], now).await?;
    let (weights, voices): (i64, i64) = on_engine!(&mut *tx, tx => sqlx::query_as(OF_PROJECT).bind(project.id)
        .bind(now - WINDOW).fetch_one(&mut **tx).await)?;
    if weights >= HASTE_FROM {
        let hastened = on_engine!(&mut *tx, tx => sqlx::query(HASTEN).bind(project.id).bind(now)
            .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
        if hastened == 1 {
            queue::hurry(tx, JobName::PlanFollowUps, now).await?;
        }
    }
    alarms(tx, provider, project, record, voices, now).await?;
    Ok(Verdict::Noted)
}

async fn alarms(
    tx: &mut Tx,
    provider: ProviderId,
    project: &Found,
    record: Record,
    voices: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let lately = record.lately + 1;
    let just_applied = project
        .applied_at
        .is_some_and(|at| now - at < AFTER_OWN_APPLICATION);
    let about_project = Some(project.id);
    if lately >= MANY_PROJECTS_FROM {
        raise(
            tx,
            AlarmKind::ManyProjects,
            Some(provider),
            None,
            lately,
            now,
        )
        .await?;
    }
    if voices >= MANY_VOICES_FROM {
        raise(tx, AlarmKind::ManyVoices, None, about_project, voices, now).await?;
    }
    if just_applied {
        raise(
            tx,
            AlarmKind::AfterOwnApplication,
            None,
            about_project,
            1,
            now,
        )
        .await?;
    }
    Ok(())
}

async fn raise(
    tx: &mut Tx,
    kind: AlarmKind,
    provider: Option<ProviderId>,
    project: Option<ProjectId>,
    reports: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let week = now.iso_week();
    let subject = provider.map_or_else(
        || project.map(|id| id.to_string()).unwrap_or_default(),
        |id| id.to_string(),
    );
    let slot = format!("{subject}:{}-W{:02}", week.year(), week.week());
    let id = crate::id::Id::<Report>::at(now);
    let raised = on_engine!(&mut *tx, tx => sqlx::query(ALARM).bind(id).bind(kind).bind(provider).bind(project)
        .bind(&slot).bind(reports).bind(now).execute(&mut **tx).await.map(|done| done.rows_affected()))?;
    if raised == 1 {
        let message = Message {
            to: To::Review,
            dedupe: format!("report_alarm:{id}"),
            body: Body {
                text: words::alarm(kind, reports),
                buttons: Vec::new(),
            },
            letter: None,
        };
        discord_out::store::put(tx, &[message], now).await?;
    }
    Ok(())
}

/// Forgets alarms that nobody can act on any more; the reports themselves stay.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn forget_alarms(db: &Db, now: DateTime<Utc>) -> Result<(), StoreError> {
    let before = now - TimeDelta::days(ALARMS_KEEP_DAYS);
    on_engine!(db.write(), pool => sqlx::query(FORGET_ALARMS).bind(before).bind(FORGET_ROWS_MAX).execute(pool).await
        .map(drop))?;
    Ok(())
}

/// The alarms raised since `since`, the newest first, at most `alarms_max`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn recent_alarms(
    db: &Db,
    since: DateTime<Utc>,
    alarms_max: u32,
) -> Result<Vec<Alarm>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(ALARMS).bind(since).bind(i64::from(alarms_max))
        .fetch_all(pool).await)?,
    )
}

#[cfg(test)]
mod tests;
