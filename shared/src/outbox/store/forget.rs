//! SQL of forgetting: messages end some time after their letter was settled; what became of it stays (D4).

use chrono::{DateTime, Utc};

use crate::db::{Db, StoreError};
use crate::mail::LetterId;
use crate::on_engine;

/// Messages that one statement erases: the write lock of the embedded database is free again after some tens of milliseconds.
const FORGOTTEN_MAX: i64 = 500;

// Ids begin with the time at which they were made, so the oldest messages are the first of the key. The address of a letter
// goes with its message, by trigger.
pub(super) const FORGET: &str = "DELETE FROM outbox_messages WHERE letter_id IN (
        SELECT m.letter_id FROM outbox_messages m JOIN outbox o ON o.id = m.letter_id
        WHERE m.letter_id < $1 AND o.settled_at < $2 AND o.state NOT IN ('planned', 'sending')
        ORDER BY m.letter_id LIMIT $3)";

/// Erases message and address of every letter that was settled before `before`, some hundreds at a time; gives how many.
///
/// # Errors
/// [`StoreError::Sql`]; what was erased stays so.
pub async fn forget(db: &Db, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    loop {
        let erased = on_engine!(db.write(), pool => sqlx::query(FORGET).bind(LetterId::at(before)).bind(before)
            .bind(FORGOTTEN_MAX).execute(pool).await?.rows_affected());
        forgotten += erased;
        if erased < FORGOTTEN_MAX.unsigned_abs() {
            return Ok(forgotten);
        }
    }
}
