//! How far the platform's feed was read.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::{Db, StoreError};
use crate::on_engine;

const FIND: &str = "SELECT cursor, failures, due_at FROM platform_feeds WHERE url = $1";
const SERVED: &str = "INSERT INTO platform_feeds (url, cursor, failures, due_at) VALUES ($1, $2, 0, $3)
    ON CONFLICT (url) DO UPDATE SET cursor = excluded.cursor, failures = 0, due_at = excluded.due_at";
const FAILED: &str = "INSERT INTO platform_feeds (url, failures, due_at) VALUES ($1, 1, $2)
    ON CONFLICT (url) DO UPDATE SET failures = platform_feeds.failures + 1, due_at = excluded.due_at";

pub(super) const ALL_SQL: &[&str] = &[FIND, SERVED, FAILED];

/// Where the reading of a feed stands.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Feed {
    /// What to ask for next; none: from its beginning.
    pub cursor: Option<String>,
    /// Failures in a row.
    pub failures: i64,
    /// Not before.
    pub due_at: DateTime<Utc>,
}

/// Where the reading of `url` stands; none before the first time.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn find(db: &Db, url: &str) -> Result<Option<Feed>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(FIND).bind(url).fetch_optional(pool).await)?)
}

/// Notes that everything before `cursor` was taken.
///
/// # Errors
/// [`StoreError::Sql`]; it is read again then, which is harmless.
pub async fn served(
    db: &Db,
    url: &str,
    cursor: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(SERVED).bind(url).bind(cursor).bind(now).execute(pool).await.map(drop))?;
    Ok(())
}

/// Notes a failure: not again before `due_at`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn failed(db: &Db, url: &str, due_at: DateTime<Utc>) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(FAILED).bind(url).bind(due_at).execute(pool).await.map(drop))?;
    Ok(())
}
