//! SQL of the slots.

use chrono::{DateTime, Utc};

use crate::db::{Db, StoreError, Tx};
use crate::on_engine;
use crate::schedule::Slot;

const LAST: &str = "SELECT MAX(at) FROM schedule_slots WHERE schedule = $1";
const CLAIM: &str =
    "INSERT INTO schedule_slots (schedule, slot, at, claimed_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (schedule, slot) DO NOTHING";
const FORGET: &str = "DELETE FROM schedule_slots WHERE claimed_at < $1
    AND at < (SELECT MAX(s.at) FROM schedule_slots s WHERE s.schedule = schedule_slots.schedule)";

/// Statements of this room, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[LAST, CLAIM, FORGET];

/// Instant of the last slot of `schedule` that anybody claimed.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn last(db: &Db, schedule: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar(LAST).bind(schedule).fetch_one(pool).await)?,
    )
}

/// Takes the right to run `slot`: true for exactly one caller.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn claim(
    tx: &mut Tx,
    schedule: &str,
    slot: &Slot,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let claimed = on_engine!(tx, tx => sqlx::query(CLAIM).bind(schedule).bind(&slot.name).bind(slot.at).bind(now)
        .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
    Ok(claimed == 1)
}

/// Forgets slots claimed before `before`; the latest of each schedule stays, it is what the next is counted from.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn forget(db: &Db, before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(
        on_engine!(db.write(), pool => sqlx::query(FORGET).bind(before).execute(pool).await
        .map(|done| done.rows_affected()))?,
    )
}
