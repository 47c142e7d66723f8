//! Our events to the platform: put beside the change they tell, delivered in order.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;

use crate::db::{Db, StoreError, Tx, time_text};
use crate::id::Id;
use crate::on_engine;
use crate::platform::Event;
use crate::queue::{self, JobName};

/// Events fetched at a time.
pub const DELIVERIES_PER_FETCH_MAX: i64 = 50;
/// Days that an event is kept after its end, or while no address is set. Source: operator's choice.
pub const OUT_KEEP_DAYS: i64 = 30;
/// Characters kept of why a delivery failed.
const ERROR_CHARS_MAX: usize = 300;

const TELL: &str = "INSERT INTO platform_out (id, kind, body, at, state, attempts, due_at)
    VALUES ($1, $2, $3, $4, 'planned', 0, $4)";
const NEXT: &str =
    "SELECT seq, id, body, attempts, due_at FROM platform_out WHERE state = 'planned'
    ORDER BY seq LIMIT $1";
const DELIVERED: &str =
    "UPDATE platform_out SET state = 'delivered', attempts = attempts + 1, ended_at = $3
    WHERE state = 'planned' AND seq BETWEEN $1 AND $2";
const FAILED: &str =
    "UPDATE platform_out SET attempts = attempts + 1, last_error = $2, due_at = $3,
        state = CASE WHEN $4 THEN 'parked' ELSE 'planned' END, ended_at = $5
    WHERE seq = $1 AND state = 'planned'";
const FORGET: &str =
    "DELETE FROM platform_out WHERE COALESCE(ended_at, at) < $1 AND state <> 'parked'";
// Parked first, then what waits in its order, then what was delivered, newest first.
const LIST: &str =
    "SELECT seq, id, kind, state, at, attempts, due_at, ended_at, last_error FROM platform_out
    WHERE state = COALESCE($1, state)
    ORDER BY CASE state WHEN 'parked' THEN 0 WHEN 'planned' THEN 1 ELSE 2 END,
        CASE state WHEN 'delivered' THEN -seq ELSE seq END LIMIT $2";
const GET: &str =
    "SELECT seq, id, kind, state, at, attempts, due_at, ended_at, last_error FROM platform_out
    WHERE seq = $1";
const BODY: &str = "SELECT body FROM platform_out WHERE seq = $1";
const RETRY: &str =
    "UPDATE platform_out SET state = 'planned', attempts = 0, due_at = $2, ended_at = NULL
    WHERE seq = $1 AND state = 'parked'";

pub(super) const ALL_SQL: &[&str] = &[
    TELL, NEXT, DELIVERED, FAILED, FORGET, LIST, GET, BODY, RETRY,
];

/// Puts an event for the platform beside the change that it tells, in one transaction. Wish for `DeliverEvents` in it
/// too, so that it leaves soon.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn tell(
    tx: &mut Tx,
    kind: &str,
    data: Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let id = format!("relance:{}", Id::<Event>::at(now));
    let body = json!({"id": id, "type": kind, "at": time_text(now), "data": data}).to_string();
    on_engine!(tx, tx => sqlx::query(TELL).bind(id).bind(kind).bind(body).bind(now).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

/// An event on its way out.
#[derive(Debug, Clone, FromRow)]
pub struct Outgoing {
    /// Its place in the order.
    pub seq: i64,
    /// `webhook-id` of every attempt.
    pub id: String,
    /// The text to sign and send.
    pub body: String,
    /// Attempts before.
    pub attempts: i64,
    /// Not before.
    pub due_at: DateTime<Utc>,
}

/// The next events in their order. When the first is not due yet, nothing is: a later one must not overtake it.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn next(db: &Db) -> Result<Vec<Outgoing>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(NEXT).bind(DELIVERIES_PER_FETCH_MAX).fetch_all(pool).await)?,
    )
}

/// Records that everything from `first` to `last` was taken by the platform.
///
/// # Errors
/// [`StoreError::Sql`]; it is delivered again then, under the same id.
pub async fn delivered(
    db: &Db,
    first: i64,
    last: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(DELIVERED).bind(first).bind(last).bind(now).execute(pool).await.map(drop))?;
    Ok(())
}

/// Records a failed attempt: to be tried at `again_at`, or, without, parked for a person.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn failed(
    db: &Db,
    seq: i64,
    why: &str,
    again_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let why: String = why.chars().take(ERROR_CHARS_MAX).collect();
    let (is_parked, ended_at) = (again_at.is_none(), again_at.is_none().then_some(now));
    on_engine!(db.write(), pool => sqlx::query(FAILED).bind(seq).bind(why).bind(again_at.unwrap_or(now))
        .bind(is_parked).bind(ended_at).execute(pool).await.map(drop))?;
    Ok(())
}

/// An event as the desk shows it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct OutRow {
    /// Its place in the order; names it on the command line.
    pub seq: i64,
    /// `webhook-id` of every attempt.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// `planned`, `delivered` or `parked`.
    pub state: String,
    /// When what it tells happened.
    pub at: DateTime<Utc>,
    /// Attempts since it was planned.
    pub attempts: i64,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// When it was delivered or parked.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// Events of one state or of all, those that wait for a person first; at most `rows_max`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn list(db: &Db, state: Option<&str>, rows_max: i64) -> Result<Vec<OutRow>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(LIST).bind(state).bind(rows_max).fetch_all(pool).await)?,
    )
}

/// One event and its text.
///
/// # Errors
/// [`StoreError::Missing`]
pub async fn get(db: &Db, seq: i64) -> Result<(OutRow, String), StoreError> {
    let missing = || StoreError::Missing {
        what: "event",
        id: seq.to_string(),
    };
    let row: Option<OutRow> =
        on_engine!(db.read(), pool => sqlx::query_as(GET).bind(seq).fetch_optional(pool).await)?;
    let body: Option<String> = on_engine!(db.read(), pool => sqlx::query_scalar(BODY).bind(seq).fetch_optional(pool).await)?;
    Ok((row.ok_or_else(missing)?, body.ok_or_else(missing)?))
}

/// Lets a parked event go out again, under the same id, before those that came after it.
///
/// # Errors
/// [`StoreError::Stale`] when it is not parked.
pub async fn retry(db: &Db, seq: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    let moved = on_engine!(&mut tx, tx => sqlx::query(RETRY).bind(seq).bind(now).execute(&mut **tx).await
        .map(|done| done.rows_affected()))?;
    if moved != 1 {
        return Err(StoreError::Stale {
            what: "event",
            id: seq.to_string(),
        });
    }
    queue::hurry(&mut tx, JobName::DeliverEvents, now).await?;
    tx.commit().await
}

/// Forgets what ended long ago, and what nobody ever asked for.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn forget(db: &Db, now: DateTime<Utc>) -> Result<(), StoreError> {
    let before = now - TimeDelta::days(OUT_KEEP_DAYS);
    on_engine!(db.write(), pool => sqlx::query(FORGET).bind(before).execute(pool).await.map(drop))?;
    Ok(())
}
