//! Our events to the platform.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::db::{StoreError, Tx, time_text};
use crate::id::Id;
use crate::on_engine;
use crate::platform::Event;

pub(super) const TELL: &str =
    "INSERT INTO platform_out (id, kind, body, at, state, attempts, due_at)
    VALUES ($1, $2, $3, $4, 'planned', 0, $4)";

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
