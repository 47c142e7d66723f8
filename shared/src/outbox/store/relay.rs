//! SQL of the relay that does not answer: one row while it is away, for whoever looks from another process.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::outbox::{REASON_CHARS_MAX, cut};

pub(super) const AWAY: &str = "INSERT INTO relay_away (only_row, since_at, failed_at, again_at, failures, why)
    VALUES (1, $1, $2, $3, $4, $5)
    ON CONFLICT (only_row) DO UPDATE SET failed_at = excluded.failed_at, again_at = excluded.again_at,
        failures = excluded.failures + relay_away.failures, why = excluded.why";
pub(super) const STANDING: &str =
    "SELECT since_at, failed_at, again_at, failures, why FROM relay_away";
// A relay that only greets has not proven itself while letters wait that it did not take.
pub(super) const BACK: &str = "DELETE FROM relay_away WHERE $1 OR NOT EXISTS (
    SELECT 1 FROM outbox WHERE state = 'planned' AND parked_at IS NULL AND reason IS NOT NULL)";
pub(super) const WAITING: &str =
    "SELECT COUNT(*) FROM outbox WHERE state = 'planned' AND parked_at IS NULL AND due_at <= $1";

/// The relay as the last run that reached for it left it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Away {
    /// The first failure since it last took a letter.
    pub since_at: DateTime<Utc>,
    /// The last one.
    pub failed_at: DateTime<Utc>,
    /// Not tried before.
    pub again_at: DateTime<Utc>,
    /// How many there were.
    pub failures: i64,
    /// What was wrong the last time, without addresses.
    pub why: String,
}

/// Notes that the relay does not answer; since when it does not is kept.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn relay_away(db: &Db, away: &Away) -> Result<(), StoreError> {
    let why = cut(&away.why, REASON_CHARS_MAX);
    on_engine!(db.write(), pool => sqlx::query(AWAY).bind(away.since_at).bind(away.failed_at).bind(away.again_at)
        .bind(away.failures).bind(&why).execute(pool).await.map(drop))?;
    Ok(())
}

/// Notes that the relay answered; `took` when it also took or refused a letter. Writes nothing when it was not away.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn relay_back(db: &Db, took: bool) -> Result<(), StoreError> {
    if standing_away(db).await?.is_some() {
        on_engine!(db.write(), pool => sqlx::query(BACK).bind(took).execute(pool).await.map(drop))?;
    }
    Ok(())
}

/// Since when and why the relay does not answer; none when it does, as far as anybody tried.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn standing_away(db: &Db) -> Result<Option<Away>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(STANDING).fetch_optional(pool).await)?)
}

/// Letters whose time has come and that did not leave.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn waiting(db: &Db, now: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(WAITING).bind(now).fetch_one(pool).await)?)
}
