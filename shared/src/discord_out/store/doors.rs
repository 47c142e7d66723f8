//! SQL of where a person can be written to: private messages that Discord refused, and the thread that stands in.

use chrono::{DateTime, Utc};

use crate::account::DiscordUser;
use crate::db::{Db, StoreError, Tx};
use crate::on_engine;

pub(super) const DOOR: &str = "SELECT dm_closed_at IS NOT NULL AS is_closed, thread_ref FROM discord_doors WHERE discord_user = $1";
pub(super) const CLOSE_DOOR: &str =
    "INSERT INTO discord_doors (discord_user, dm_closed_at) VALUES ($1, $2)
    ON CONFLICT (discord_user) DO UPDATE SET dm_closed_at = excluded.dm_closed_at";
pub(super) const KEEP_THREAD: &str =
    "INSERT INTO discord_doors (discord_user, dm_closed_at, thread_ref) VALUES ($1, $2, $3)
    ON CONFLICT (discord_user) DO UPDATE SET thread_ref = excluded.thread_ref";
pub(super) const OPEN_DOOR: &str = "DELETE FROM discord_doors WHERE discord_user = $1";

/// Where a person is written to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Door {
    /// Private messages were refused.
    pub is_closed: bool,
    /// The private thread that stands in.
    pub thread: Option<u64>,
}

/// Where `user` is written to.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn of(db: &Db, user: DiscordUser) -> Result<Door, StoreError> {
    let row: Option<(bool, Option<String>)> = on_engine!(db.read(), pool => sqlx::query_as(DOOR)
        .bind(user.0.to_string()).fetch_optional(pool).await)?;
    Ok(row.map_or_else(Door::default, |(is_closed, thread)| Door {
        is_closed,
        thread: thread.and_then(|thread| thread.parse().ok()),
    }))
}

/// Remembers that `user` takes no private messages.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn close(db: &Db, user: DiscordUser, now: DateTime<Utc>) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(CLOSE_DOOR).bind(user.0.to_string()).bind(now)
        .execute(pool).await.map(drop))?;
    Ok(())
}

/// Remembers the private thread that stands in for the messages of `user`; none forgets it.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn keep_thread(
    db: &Db,
    user: DiscordUser,
    thread: Option<u64>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(KEEP_THREAD).bind(user.0.to_string()).bind(now)
        .bind(thread.map(|thread| thread.to_string())).execute(pool).await.map(drop))?;
    Ok(())
}

/// Forgets a closed door: the person just tied an account anew and may have opened it.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn open(tx: &mut Tx, user: DiscordUser) -> Result<(), StoreError> {
    on_engine!(tx, tx => sqlx::query(OPEN_DOOR).bind(user.0.to_string()).execute(&mut **tx).await.map(drop))?;
    Ok(())
}
