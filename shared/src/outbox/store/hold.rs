//! SQL of the hold: a restored copy sends nothing before a person has looked (threats O5).

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::queue::{self, JobName};

pub(super) const HOLD: &str = "INSERT INTO send_hold (only_row, since_at, cause) VALUES (1, $1, $2)
    ON CONFLICT (only_row) DO NOTHING";
pub(super) const STANDING: &str = "SELECT since_at, cause FROM send_hold";
pub(super) const END: &str = "DELETE FROM send_hold";
pub(super) const WITHDRAW: &str =
    "UPDATE outbox SET state = 'withdrawn', settled_at = $2, parked_at = NULL, reason = 'restored'
    WHERE state = 'planned' AND composed_at <= $1";
pub(super) const WAITING: &str = "SELECT COUNT(*) FROM outbox WHERE state = 'planned'";

/// Where a hold comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Cause {
    /// This database is a copy that `backup` wrote.
    Backup,
    /// A person said so, after restoring a copy by other means.
    Command,
}

/// Why nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Hold {
    /// Since when; of a copy, when it was written.
    pub since_at: DateTime<Utc>,
    /// Where it comes from.
    pub cause: Cause,
}

/// What becomes of the letters that were planned before the hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// They go out, if they are still right to send.
    Send,
    /// They never go out.
    Withdraw,
}

/// Holds everything: no letter and no message leaves, nobody new is planned to be asked. A hold that stands stays as it is.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn hold(db: &Db, cause: Cause, now: DateTime<Utc>) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(HOLD).bind(now).bind(cause).execute(pool).await.map(drop))?;
    Ok(())
}

/// The hold that stands, if one does.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn standing_hold(db: &Db) -> Result<Option<Hold>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(STANDING).fetch_optional(pool).await)?)
}

/// Ends the hold and wakes the jobs; gives how many letters were withdrawn and how many go out, none when nothing was held.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn release(
    db: &Db,
    then: Then,
    now: DateTime<Utc>,
) -> Result<Option<(u64, i64)>, StoreError> {
    let mut tx = db.begin().await?;
    let hold: Option<Hold> =
        on_engine!(&mut tx, tx => sqlx::query_as(STANDING).fetch_optional(&mut **tx).await)?;
    let Some(hold) = hold else {
        return Ok(None);
    };
    let withdrawn = match then {
        Then::Send => 0,
        Then::Withdraw => {
            on_engine!(&mut tx, tx => sqlx::query(WITHDRAW).bind(hold.since_at).bind(now).execute(&mut **tx).await
                .map(|done| done.rows_affected()))?
        }
    };
    on_engine!(&mut tx, tx => sqlx::query(END).execute(&mut **tx).await.map(drop))?;
    let waiting: i64 =
        on_engine!(&mut tx, tx => sqlx::query_scalar(WAITING).fetch_one(&mut **tx).await)?;
    for job in [
        JobName::DrainOutbox,
        JobName::PlanFollowUps,
        JobName::TellDiscord,
    ] {
        queue::hurry(&mut tx, job, now).await?;
    }
    tx.commit().await?;
    Ok(Some((withdrawn, waiting)))
}
