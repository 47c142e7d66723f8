//! A provider's own statement: the last transfers of each kind with the projects' names (d15).

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::account::ProviderId;
use crate::credit::{Kind, Purpose};
use crate::db::{Db, StoreError};
use crate::on_engine;

const STATEMENT: &str = "SELECT at, purpose, kind, amount, reference FROM (
        SELECT t.at, t.purpose, t.kind, t.amount, p.reference, ROW_NUMBER() OVER (PARTITION BY t.kind
            ORDER BY t.at DESC, t.recorded_at DESC, t.id DESC) AS place
        FROM transfers t LEFT JOIN projects p ON p.id = t.project_id WHERE t.provider_id = $1) AS numbered
    WHERE place <= $2 ORDER BY kind, place";

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

/// The last `lines_max` transfers of `provider` of each kind, the newest first.
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
