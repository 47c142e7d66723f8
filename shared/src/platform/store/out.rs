//! Our events to the platform: put beside the change they tell, delivered in order.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;

use crate::db::{Db, StoreError, Tx, time_text};
use crate::id::Id;
use crate::on_engine;
use crate::platform::Event;

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

pub(super) const ALL_SQL: &[&str] = &[TELL, NEXT, DELIVERED, FAILED, FORGET];

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

/// Forgets what ended long ago, and what nobody ever asked for.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn forget(db: &Db, now: DateTime<Utc>) -> Result<(), StoreError> {
    let before = now - TimeDelta::days(OUT_KEEP_DAYS);
    on_engine!(db.write(), pool => sqlx::query(FORGET).bind(before).execute(pool).await.map(drop))?;
    Ok(())
}
