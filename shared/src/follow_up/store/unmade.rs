//! Calls that end without anybody calling: expired, or with nothing left to ask.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::account::ClientId;
use crate::contact::{self, Channel, Line, LineKind};
use crate::db::{Db, Engine, StoreError, Tx};
use crate::follow_up::CallId;
use crate::follow_up::store::calls::source;
use crate::follow_up::store::standing::as_json;
use crate::on_engine;
use crate::project::ProjectId;

/// Calls that expire in one transaction.
const EXPIRED_PER_BATCH: i64 = 500;

const UNMADE: &str = "SELECT id FROM call_tasks WHERE outcome IS NULL AND expires_at <= $1 ORDER BY expires_at, id LIMIT $2";
macro_rules! select_unmade {
    ($calls:literal) => {
        concat!(
            "SELECT s.call_id, s.client_id, s.project_id FROM follow_ups s JOIN projects p ON p.id = s.project_id
            WHERE p.state = 'pending' AND s.call_id ",
            $calls
        )
    };
}
const UNMADE_PROJECTS_SQLITE: &str = select_unmade!("IN (SELECT unhex(value) FROM json_each($1))");
const UNMADE_PROJECTS_POSTGRES: &str = select_unmade!("= ANY($1)");
const EXPIRE_SQLITE: &str = "UPDATE call_tasks SET outcome = 'expired', ended_at = $2
    WHERE outcome IS NULL AND id IN (SELECT unhex(value) FROM json_each($1))";
const EXPIRE_POSTGRES: &str = "UPDATE call_tasks SET outcome = 'expired', ended_at = $2 WHERE outcome IS NULL AND id = ANY($1)";
/// Open calls with nothing left to ask: no project pending without a sign of the client since, or no number left.
macro_rules! pointless {
    () => {
        "call_tasks.outcome IS NULL AND (
            NOT EXISTS (
                SELECT 1 FROM follow_ups s JOIN projects p ON p.id = s.project_id AND p.state = 'pending'
                    LEFT JOIN project_facts f ON f.project_id = p.id
                WHERE s.call_id = call_tasks.id AND (f.last_sign_at IS NULL OR f.last_sign_at < call_tasks.opened_at))
            OR EXISTS (SELECT 1 FROM clients c
                WHERE c.id = call_tasks.client_id AND (c.phone IS NULL OR c.phone_dead_at IS NOT NULL)))"
    };
}
const ANY_POINTLESS: &str = concat!(
    "SELECT EXISTS (SELECT 1 FROM call_tasks WHERE ",
    pointless!(),
    ")"
);
const WITHDRAW: &str = concat!(
    "UPDATE call_tasks SET outcome = 'withdrawn', ended_at = $1 WHERE ",
    pointless!()
);

pub(super) const ALL_SQL: &[&str] = &[UNMADE, ANY_POINTLESS, WITHDRAW];

/// Ends the calls that nobody made in time (a20); gives how many.
pub(super) async fn expire(db: &Db, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut expired = 0;
    loop {
        let unmade: Vec<CallId> = on_engine!(db.read(), pool => sqlx::query_scalar(UNMADE).bind(now)
            .bind(EXPIRED_PER_BATCH).fetch_all(pool).await)?;
        if unmade.is_empty() {
            return Ok(expired);
        }
        let mut tx = db.begin().await?;
        let lines: Vec<Line> = unmade_projects(&mut tx, &unmade)
            .await?
            .into_iter()
            .map(|(call, client, project)| Line {
                client,
                project: Some(project),
                kind: LineKind::CallExpired,
                channel: Channel::Phone,
                stage: None,
                ask_again_at: None,
                note: None,
                source: source(call, Some(project)),
                at: now,
            })
            .collect();
        contact::store::append(&mut tx, &lines, now).await?;
        let ids = unmade.iter().map(|id| id.uuid());
        let ended = match &mut tx {
            Engine::Sqlite(tx) => sqlx::query(EXPIRE_SQLITE)
                .bind(as_json(ids))
                .bind(now)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Engine::Postgres(tx) => {
                let ids: Vec<Uuid> = ids.collect();
                sqlx::query(EXPIRE_POSTGRES)
                    .bind(ids)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?
                    .rows_affected()
            }
        };
        if ended != unmade.len() as u64 {
            // One of them was recorded at this moment: nothing of this batch is written, look again.
            drop(tx);
            continue;
        }
        tx.commit().await?;
        expired += ended;
    }
}

async fn unmade_projects(
    tx: &mut Tx,
    calls: &[CallId],
) -> Result<Vec<(CallId, ClientId, ProjectId)>, StoreError> {
    let ids = calls.iter().map(|id| id.uuid());
    Ok(match tx {
        Engine::Sqlite(tx) => {
            sqlx::query_as(UNMADE_PROJECTS_SQLITE)
                .bind(as_json(ids))
                .fetch_all(&mut **tx)
                .await?
        }
        Engine::Postgres(tx) => {
            sqlx::query_as(UNMADE_PROJECTS_POSTGRES)
                .bind(ids.collect::<Vec<Uuid>>())
                .fetch_all(&mut **tx)
                .await?
        }
    })
}

/// Closes the calls for which nothing is left to ask: answered, awarded, cancelled, no number left. Gives how many.
pub(super) async fn withdraw(db: &Db, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let any: bool =
        on_engine!(db.read(), pool => sqlx::query_scalar(ANY_POINTLESS).fetch_one(pool).await)?;
    if !any {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let withdrawn = on_engine!(&mut tx, tx => sqlx::query(WITHDRAW).bind(now).execute(&mut **tx).await
        .map(|done| done.rows_affected()))?;
    tx.commit().await?;
    Ok(withdrawn)
}
