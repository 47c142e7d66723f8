//! Spends that the platform took and the book could not pay when they arrived.

use chrono::{DateTime, Utc};

use super::carry_out;
use crate::account::ProviderId;
use crate::credit::{Amount, Kind, Order, Outcome, What};
use crate::db::{Db, StoreError, Tx};
use crate::on_engine;
use crate::project::ProjectId;

/// Unpaid spends that are looked at together.
const UNPAID_ROWS_MAX: i64 = 100;

const NOTE_UNPAID: &str =
    "INSERT INTO unpaid_spends (idempotency_key, provider_id, kind, project_id, amount, at, noted_at)
    SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT 1 FROM unpaid_spends
        WHERE idempotency_key = $1 OR (provider_id = $2 AND kind = $3 AND project_id = $4))";
const UNPAID_OF: &str =
    "SELECT idempotency_key, provider_id, kind, project_id, amount, at FROM unpaid_spends
    WHERE provider_id = $1 AND kind = $2 AND paid_by IS NULL ORDER BY at, idempotency_key LIMIT $3";
const UNPAID_ALL: &str =
    "SELECT idempotency_key, provider_id, kind, project_id, amount, at FROM unpaid_spends
    WHERE paid_by IS NULL ORDER BY at, idempotency_key LIMIT $1";
const PAID: &str =
    "UPDATE unpaid_spends SET paid_by = $2 WHERE idempotency_key = $1 AND paid_by IS NULL";

/// Statements of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[NOTE_UNPAID, UNPAID_OF, UNPAID_ALL, PAID];

/// A spend that waits for a grant that can pay it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Unpaid {
    /// The key of the command that wanted it.
    pub idempotency_key: String,
    /// Who applied.
    pub provider_id: ProviderId,
    /// The kind of credit.
    pub kind: Kind,
    /// To which project.
    pub project_id: ProjectId,
    /// For how many credits.
    pub amount: i64,
    /// When.
    pub at: DateTime<Utc>,
}

/// Spends that no grant could pay yet, oldest first, at most a hundred.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn unpaid(db: &Db) -> Result<Vec<Unpaid>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(UNPAID_ALL).bind(UNPAID_ROWS_MAX)
        .fetch_all(pool).await)?,
    )
}

/// Keeps a spend that the book cannot pay.
pub(super) async fn note(
    tx: &mut Tx,
    order: &Order,
    project: ProjectId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_engine!(tx, tx => sqlx::query(NOTE_UNPAID).bind(&order.key).bind(order.provider).bind(order.kind)
        .bind(project).bind(order.amount.credits()).bind(order.at).bind(now).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

/// Pays the unpaid spends of a book in their order, and stops at the first that it still cannot pay.
pub(super) async fn pay_what_waits(
    tx: &mut Tx,
    provider: ProviderId,
    kind: Kind,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let waiting: Vec<Unpaid> = on_engine!(&mut *tx, tx => sqlx::query_as(UNPAID_OF).bind(provider).bind(kind)
        .bind(UNPAID_ROWS_MAX).fetch_all(&mut **tx).await)?;
    for unpaid in waiting {
        let Some(amount) = Amount::new(unpaid.amount) else {
            break;
        };
        let order = Order {
            key: unpaid.idempotency_key,
            provider,
            kind,
            amount,
            what: What::Spend(unpaid.project_id),
            at: unpaid.at,
        };
        let Outcome::Done(paid) = carry_out(tx, &order, now).await? else {
            break;
        };
        on_engine!(&mut *tx, tx => sqlx::query(PAID).bind(&order.key).bind(paid.id)
            .execute(&mut **tx).await.map(drop))?;
    }
    Ok(())
}
