//! Reckoning anew when something was learned: only the projects that it touches.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::contact::{self, Channel, Line, LineKind};
use crate::db::{Db, Engine, StoreError, time_text};
use crate::follow_up::store::standing::{self, StandingRow, hex};
use crate::follow_up::store::{RECKONED_PER_BATCH, look_at, write};
use crate::follow_up::{Rhythm, next};
use crate::on_engine;
use crate::project::ProjectId;

const FINGERPRINT: &str = "SELECT fingerprint FROM follow_up_rhythm WHERE only_row = 1";
const REMEMBER: &str = "INSERT INTO follow_up_rhythm (only_row, fingerprint) VALUES (1, $1)
    ON CONFLICT (only_row) DO UPDATE SET fingerprint = excluded.fingerprint";
const FORGET_ALL: &str = "UPDATE follow_up_due SET due_at = NULL WHERE due_at IS NOT NULL";
const ANY_LEARNED: &str = "SELECT EXISTS (SELECT 1 FROM follow_up_due WHERE due_at IS NULL)";
const LEARNED_SQLITE: &str = "SELECT project_id FROM follow_up_due WHERE due_at IS NULL LIMIT $1";
// The lock first, the reading after it in a statement of its own: what is learned meanwhile waits behind the lock and
// marks the row again, so nothing is reckoned from facts that have changed.
const LEARNED_POSTGRES: &str =
    "SELECT project_id FROM follow_up_due WHERE due_at IS NULL LIMIT $1 FOR UPDATE SKIP LOCKED";
// The plus keeps the planner from walking the index of instants, which holds every row that is still without one.
const RECKON_SQLITE: &str =
    "UPDATE follow_up_due SET due_at = m.value ->> 1 FROM json_each($1) AS m
    WHERE follow_up_due.project_id = unhex(m.value ->> 0) AND +follow_up_due.due_at IS NULL";
const RECKON_POSTGRES: &str = "UPDATE follow_up_due SET due_at = m.due_at
    FROM UNNEST($1::UUID[], $2::TIMESTAMPTZ[]) AS m(id, due_at)
    WHERE follow_up_due.project_id = m.id AND follow_up_due.due_at IS NULL";

pub(super) const ALL_SQL: &[&str] = &[FINGERPRINT, REMEMBER, FORGET_ALL, ANY_LEARNED];

/// Forgets every instant when the settings have changed since they were reckoned.
pub(super) async fn under_these_settings(db: &Db, rhythm: &Rhythm) -> Result<(), StoreError> {
    let fingerprint = format!("{rhythm:?}");
    let before: Option<String> =
        on_engine!(db.read(), pool => sqlx::query_scalar(FINGERPRINT).fetch_optional(pool).await)?;
    if before.as_deref() == Some(fingerprint.as_str()) {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    if before.is_some() {
        on_engine!(&mut tx, tx => sqlx::query(FORGET_ALL).execute(&mut **tx).await.map(drop))?;
    }
    on_engine!(&mut tx, tx => sqlx::query(REMEMBER).bind(&fingerprint).execute(&mut **tx).await.map(drop))?;
    tx.commit().await
}

/// Reckons every project about which something was learned; sets and lifts the label "unreachable". Gives how many.
pub(super) async fn learned(
    db: &Db,
    rhythm: &Rhythm,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let mut reckoned = 0;
    loop {
        let any: bool =
            on_engine!(db.read(), pool => sqlx::query_scalar(ANY_LEARNED).fetch_one(pool).await)?;
        if !any {
            return Ok(reckoned);
        }
        let (rows, labels) = batch(db, rhythm, now).await?;
        label(db, &labels, now).await?;
        reckoned += rows;
        if rows == 0 {
            // What is left is held by somebody who is learning something; the next run reckons it.
            return Ok(reckoned);
        }
    }
}

async fn batch(
    db: &Db,
    rhythm: &Rhythm,
    now: DateTime<Utc>,
) -> Result<(u64, Vec<Line>), StoreError> {
    let mut tx = db.begin().await?;
    let statement = match &tx {
        Engine::Sqlite(_) => LEARNED_SQLITE,
        Engine::Postgres(_) => LEARNED_POSTGRES,
    };
    let projects: Vec<ProjectId> = on_engine!(&mut tx, tx => sqlx::query_scalar(statement)
        .bind(RECKONED_PER_BATCH).fetch_all(&mut **tx).await)?;
    let rows = standing::of_projects(&mut tx, &projects).await?;
    let dues = rows.iter().map(|row| {
        (
            row.project_id,
            look_at(next(rhythm, &row.person(), &row.standing()), now),
        )
    });
    let reckoned = write_dues(&mut tx, &dues.collect::<Vec<_>>()).await?;
    tx.commit().await?;
    Ok((reckoned, labels(&rows, now)))
}

async fn write_dues(
    tx: &mut crate::db::Tx,
    dues: &[(ProjectId, DateTime<Utc>)],
) -> Result<u64, StoreError> {
    Ok(match tx {
        Engine::Sqlite(tx) => {
            let rows: Vec<_> = dues
                .iter()
                .map(|(id, at)| json!([hex(id.uuid()), time_text(*at)]))
                .collect();
            sqlx::query(RECKON_SQLITE)
                .bind(json!(rows).to_string())
                .execute(&mut **tx)
                .await?
                .rows_affected()
        }
        Engine::Postgres(tx) => {
            let (ids, at): (Vec<Uuid>, Vec<DateTime<Utc>>) =
                dues.iter().map(|(id, at)| (id.uuid(), *at)).unzip();
            sqlx::query(RECKON_POSTGRES)
                .bind(ids)
                .bind(at)
                .execute(&mut **tx)
                .await?
                .rows_affected()
        }
    })
}

/// Lines for clients whom nothing reaches any more, and for those whom something reaches again (N16). A line of the
/// client, not of a project; the same instant of losing the last way is one line.
fn labels(rows: &[StandingRow], now: DateTime<Utc>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        let person = row.person();
        let line = |note: &str, since: DateTime<Utc>, channel| Line {
            client: row.client_id,
            project: None,
            kind: LineKind::Label,
            channel,
            stage: None,
            ask_again_at: None,
            note: Some(note.to_owned()),
            source: format!("label:{note}:{}:{}", row.client_id, time_text(since)),
            at: now,
        };
        let last = if person.email >= person.phone {
            Channel::Email
        } else {
            Channel::Phone
        };
        let line = match (person.unreachable_since(), row.labelled_since) {
            (Some(since), None) => line(contact::UNREACHABLE, since, last),
            (None, Some(since)) => line(contact::REACHABLE, since, Channel::Platform),
            (Some(_), Some(_)) | (None, None) => continue,
        };
        if !lines.iter().any(|other| other.source == line.source) {
            lines.push(line);
        }
    }
    lines
}

/// Appends the labels in a transaction of its own: the timeline locks projects before their instants.
async fn label(db: &Db, lines: &[Line], now: DateTime<Utc>) -> Result<(), StoreError> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    contact::store::append(&mut tx, lines, now).await?;
    for lines in lines.chunks(contact::store::LINES_PER_CALL_MAX) {
        write::labelled(&mut tx, lines).await?;
    }
    tx.commit().await
}
