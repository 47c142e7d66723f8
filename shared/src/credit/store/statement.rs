//! A provider's own statement: the last transfers with the projects' names (d15).

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::account::ProviderId;
use crate::credit::{Kind, Purpose};
use crate::db::{Db, StoreError};
use crate::on_engine;

const STATEMENT: &str = "SELECT t.at, t.purpose, t.kind, t.amount, p.reference FROM transfers t
    LEFT JOIN projects p ON p.id = t.project_id
    WHERE t.provider_id = $1 ORDER BY t.at DESC, t.recorded_at DESC, t.id DESC LIMIT $2";

/// Every statement of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[STATEMENT];

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StatementLine {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Why.
    pub purpose: Purpose,
    /// Of which kind.
    pub kind: Kind,
    /// How many credits.
    pub amount: i64,
    /// The platform's id of the project, on a spend.
    pub reference: Option<String>,
}

/// The last `lines_max` transfers of `provider`, the newest first.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn statement(
    db: &Db,
    provider: ProviderId,
    lines_max: u32,
) -> Result<Vec<StatementLine>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(STATEMENT).bind(provider).bind(i64::from(lines_max))
        .fetch_all(pool).await)?,
    )
}
