//! Takes every event kept in one database again, into another.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::platform::{RawEvent, Signature, Source};

use super::{EVENTS_PER_TRANSACTION_MAX, take};

const KEPT: &str =
    "SELECT seq, source, received_at, body, signature, erased_at FROM platform_events
    WHERE seq > $1 ORDER BY seq LIMIT $2";

pub(super) const ALL_SQL: &[&str] = &[KEPT];

#[derive(FromRow)]
struct Row {
    seq: i64,
    source: Source,
    received_at: DateTime<Utc>,
    body: String,
    signature: Option<String>,
    erased_at: Option<DateTime<Utc>>,
}

/// Takes the events of `from` after `last` into `into`, in the order in which they had come, and gives the number of the
/// last one and how many there were. A batch in memory at a time.
///
/// # Errors
/// [`StoreError::Corrupt`] names an event that cannot be read any more; [`StoreError::Sql`]
pub async fn replay(
    from: &Db,
    into: &Db,
    mut last: i64,
    mut tell: impl FnMut(u64),
) -> Result<(i64, u64), StoreError> {
    let mut count = 0;
    let rows_max = i64::try_from(EVENTS_PER_TRANSACTION_MAX).unwrap_or(i64::MAX);
    loop {
        let rows: Vec<Row> = on_engine!(from.read(), pool => sqlx::query_as(KEPT).bind(last).bind(rows_max)
            .fetch_all(pool).await)?;
        let Some(end) = rows.last() else {
            return Ok((last, count));
        };
        last = end.seq;
        // Those that came by one way together, each batch as of its own last arrival.
        for run in rows.chunk_by(|a, b| a.source == b.source) {
            let events = run.iter().map(event).collect::<Result<Vec<_>, _>>()?;
            let (source, now) = (run[0].source, run[run.len() - 1].received_at);
            take(into, source, &events, now).await?;
        }
        count += rows.len() as u64;
        tell(rows.len() as u64);
    }
}

fn event(row: &Row) -> Result<RawEvent, StoreError> {
    let corrupt = |why| StoreError::Corrupt {
        what: "platform event",
        id: row.seq.to_string(),
        why,
    };
    let signature = row
        .signature
        .as_deref()
        .map(serde_json::from_str::<Signature>)
        .transpose();
    let signature = signature.map_err(|_| corrupt("its signature cannot be read any more"))?;
    RawEvent::kept(&row.body, row.erased_at.is_some(), signature)
        .map_err(|_| corrupt("its body cannot be read any more"))
}
