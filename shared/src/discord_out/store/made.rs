//! Which causes were told already.

use chrono::{DateTime, Utc};

use crate::db::{Db, Engine, StoreError};

// Lists of names are read differently by the engines.
const MADE_SQLITE: &str = "SELECT dedupe, made_at FROM discord_messages WHERE dedupe IN (SELECT value FROM json_each($1))";
const MADE_POSTGRES: &str = "SELECT dedupe, made_at FROM discord_messages WHERE dedupe = ANY($1)";

#[cfg(test)]
pub(super) const TWINS: (&str, &str) = (MADE_SQLITE, MADE_POSTGRES);

/// Those of `causes` that have a message, with when it was made. A caller gives a bounded list.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn made(db: &Db, causes: &[String]) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
    Ok(match db.read() {
        Engine::Sqlite(pool) => {
            let list = serde_json::Value::from(causes).to_string();
            sqlx::query_as(MADE_SQLITE)
                .bind(list)
                .fetch_all(pool)
                .await?
        }
        Engine::Postgres(pool) => {
            sqlx::query_as(MADE_POSTGRES)
                .bind(causes)
                .fetch_all(pool)
                .await?
        }
    })
}
