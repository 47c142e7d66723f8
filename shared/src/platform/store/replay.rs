//! Takes every event kept in one database again, into another.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::platform::seal::Sealed;
use crate::platform::{RawEvent, Signature, Source};
use crate::token::Keys;

use super::{EVENTS_PER_TRANSACTION_MAX, take};

pub(crate) const KEPT: &str =
    "SELECT seq, id, source, kind, at, received_at, subject, body, signature, seal, erased_at FROM platform_events
    WHERE seq > $1 ORDER BY seq LIMIT $2";

pub(super) const ALL_SQL: &[&str] = &[KEPT];

/// An event as it is kept.
#[derive(Debug, FromRow)]
pub(crate) struct Row {
    pub(crate) seq: i64,
    pub(crate) id: String,
    source: Source,
    pub(crate) kind: String,
    at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    pub(crate) subject: Option<String>,
    body: String,
    signature: Option<String>,
    pub(crate) seal: Option<String>,
    pub(crate) erased_at: Option<DateTime<Utc>>,
}

impl Row {
    /// Whether the row is as it was taken. Of an erased one nothing is left to compare; it never moved a project.
    pub(crate) fn is_as_taken(&self, keys: &Keys) -> bool {
        let row = Sealed {
            id: &self.id,
            source: self.source,
            kind: &self.kind,
            at: self.at,
            received_at: self.received_at,
            subject: self.subject.as_deref(),
            body: &self.body,
            signature: self.signature.as_deref(),
        };
        self.erased_at.is_some()
            || self
                .seal
                .as_deref()
                .is_some_and(|seal| row.holds(seal, keys))
    }
}

/// Takes the events of `from` after `last` into `into`, in the order in which they had come, and gives the number of the
/// last one and how many there were. A batch in memory at a time. What is built follows from events that were taken: each
/// seal is looked at again.
///
/// # Errors
/// [`StoreError::Corrupt`] names an event that cannot be read any more or whose seal does not hold; [`StoreError::Sql`]
pub async fn replay(
    from: &Db,
    into: &Db,
    keys: &Keys,
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
            let events = run
                .iter()
                .map(|row| event(row, keys))
                .collect::<Result<Vec<_>, _>>()?;
            let (source, now) = (run[0].source, run[run.len() - 1].received_at);
            take(into, keys, source, &events, now).await?;
        }
        count += rows.len() as u64;
        tell(rows.len() as u64);
    }
}

fn event(row: &Row, keys: &Keys) -> Result<RawEvent, StoreError> {
    let corrupt = |why| StoreError::Corrupt {
        what: "platform event",
        id: row.seq.to_string(),
        why,
    };
    if !row.is_as_taken(keys) {
        return Err(corrupt(
            "its seal does not hold, so it was not taken here: run relance-worker verify",
        ));
    }
    let signature = row
        .signature
        .as_deref()
        .map(serde_json::from_str::<Signature>)
        .transpose();
    let signature = signature.map_err(|_| corrupt("its signature cannot be read any more"))?;
    RawEvent::kept(&row.body, row.erased_at.is_some(), signature)
        .map_err(|_| corrupt("its body cannot be read any more"))
}
