//! Events as they came, and what came of them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::known::twin_in;
use super::{AHEAD_MAX, Item, Twin};
use crate::db::{Engine, StoreError, Tx, time_text};
use crate::platform::seal::Sealed;
use crate::platform::{RawEvent, Signature, Source, Taken, parse};
use crate::token::Keys;

const FIND: Twin = twin_in!(
    "SELECT id, kind, at, subject FROM platform_events WHERE id",
    ""
);
const KEEP: Twin = Twin {
    sqlite: "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, signature, seal)
        SELECT value ->> 'id', value ->> 'source', value ->> 'kind', value ->> 'at', $2, value ->> 'subject',
            value ->> 'body', value ->> 'signature', value ->> 'seal'
        FROM json_each($1) ORDER BY key RETURNING id, seq",
    postgres: "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, signature, seal)
        SELECT id, source, kind, at, $2, subject, body, signature, seal
        FROM ROWS FROM (json_to_recordset($1::json) AS (id TEXT, source TEXT, kind TEXT, at TIMESTAMPTZ, subject TEXT,
            body TEXT, signature TEXT, seal TEXT)) WITH ORDINALITY AS e(id, source, kind, at, subject, body, signature, seal, n)
        ORDER BY n RETURNING id, seq",
};
const WAITING: Twin = twin_in!(
    "SELECT e.seq, e.source, e.body, e.signature, e.erased_at
    FROM platform_outcomes o JOIN platform_events e ON e.seq = o.event_seq WHERE o.waits_for",
    " ORDER BY e.seq LIMIT $2"
);
const OUTCOMES: Twin = Twin {
    sqlite: "INSERT INTO platform_outcomes (event_seq, outcome, waits_for, reason, at)
        SELECT value ->> 'seq', value ->> 'outcome', value ->> 'waits_for', value ->> 'reason', $2
        FROM json_each($1) WHERE TRUE
        ON CONFLICT (event_seq) DO UPDATE SET outcome = excluded.outcome, waits_for = excluded.waits_for,
            reason = excluded.reason, at = excluded.at",
    postgres: "INSERT INTO platform_outcomes (event_seq, outcome, waits_for, reason, at)
        SELECT seq, outcome, waits_for, reason, $2
        FROM json_to_recordset($1::json) AS o(seq BIGINT, outcome TEXT, waits_for TEXT, reason TEXT)
        ON CONFLICT (event_seq) DO UPDATE SET outcome = excluded.outcome, waits_for = excluded.waits_for,
            reason = excluded.reason, at = excluded.at",
};

#[cfg(test)]
pub(super) const TWINS: &[&Twin] = &[&FIND, &KEEP, &WAITING, &OUTCOMES];

/// What became of one event of a batch.
pub(super) enum Kept {
    /// It is kept under this number.
    Seq(i64),
    /// It is not, or was before.
    Known(Taken),
}

/// A batch after keeping.
pub(super) struct Batch {
    /// One for each event given.
    pub(super) taken: Vec<Kept>,
    /// The new ones.
    pub(super) items: Vec<Item>,
}

#[derive(FromRow)]
struct Found {
    id: String,
    kind: String,
    at: DateTime<Utc>,
    subject: Option<String>,
}

impl Found {
    /// The id, and what an event of that id must be to be the same one.
    fn known(&self) -> (&str, (&str, DateTime<Utc>, Option<&str>)) {
        let same = (self.kind.as_str(), self.at, self.subject.as_deref());
        (&self.id, same)
    }
}

/// Keeps what is new, in the order given.
pub(super) async fn keep(
    tx: &mut Tx,
    keys: &Keys,
    source: Source,
    events: &[RawEvent],
    now: DateTime<Utc>,
) -> Result<Batch, StoreError> {
    let ids: Vec<Value> = events
        .iter()
        .map(|raw| raw.event.id.as_str().into())
        .collect();
    let found = FIND.read::<Found>(tx, &ids).await?;
    let found: HashMap<&str, _> = found.iter().map(Found::known).collect();
    let mut in_batch = HashMap::new();
    let mut new = Vec::new();
    let taken: Vec<Result<&str, Taken>> = events
        .iter()
        .map(|raw| {
            let event = &raw.event;
            let same = (event.kind.as_str(), event.at, event.subject.as_deref());
            if event.at > now + AHEAD_MAX {
                return Err(Taken::Rejected(
                    "at: is in the future; check the sender's clock".to_owned(),
                ));
            }
            match found
                .get(event.id.as_str())
                .or_else(|| in_batch.get(event.id.as_str()))
            {
                Some(known) if *known == same => Err(Taken::Duplicate),
                Some(_) => Err(Taken::Rejected(
                    "id: was used by another event; give each event its own".to_owned(),
                )),
                None => {
                    in_batch.insert(event.id.as_str(), same);
                    new.push(raw);
                    Ok(event.id.as_str())
                }
            }
        })
        .collect();
    let seqs = insert(tx, keys, source, &new, now).await?;
    let seq = |id: &str| seqs.get(id).copied().unwrap_or_default();
    let items = new.iter().map(|raw| Item {
        seq: seq(&raw.event.id),
        source,
        event: raw.event.clone(),
        signed_at: raw.signature.as_ref().and_then(signed_at),
    });
    Ok(Batch {
        items: items.collect(),
        taken: taken
            .into_iter()
            .map(|taken| taken.map_or_else(Kept::Known, |id| Kept::Seq(seq(id))))
            .collect(),
    })
}

async fn insert(
    tx: &mut Tx,
    keys: &Keys,
    source: Source,
    new: &[&RawEvent],
    now: DateTime<Utc>,
) -> Result<HashMap<String, i64>, StoreError> {
    if new.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Value> = new
        .iter()
        .map(|raw| {
            let signature = raw.signature.as_ref().map(|signature| json!(signature).to_string());
            let row = Sealed::of(&raw.event, source, now, &raw.body, signature.as_deref());
            json!({
                "id": row.id, "source": source, "kind": row.kind, "at": time_text(row.at), "subject": row.subject,
                "body": row.body, "seal": row.seal(keys), "signature": signature,
            })
        })
        .collect();
    let rows = Value::Array(rows).to_string();
    let kept: Vec<(String, i64)> = match tx {
        Engine::Sqlite(tx) => {
            sqlx::query_as(KEEP.sqlite)
                .bind(rows)
                .bind(now)
                .fetch_all(&mut **tx)
                .await?
        }
        Engine::Postgres(tx) => {
            sqlx::query_as(KEEP.postgres)
                .bind(rows)
                .bind(now)
                .fetch_all(&mut **tx)
                .await?
        }
    };
    Ok(kept.into_iter().collect())
}

#[derive(FromRow)]
struct WaitingRow {
    seq: i64,
    source: Source,
    body: String,
    signature: Option<String>,
    erased_at: Option<DateTime<Utc>>,
}

/// Events that waited for something of `arrived`.
pub(super) async fn waiting(
    tx: &mut Tx,
    arrived: &BTreeSet<String>,
    rows_max: usize,
) -> Result<Vec<Item>, StoreError> {
    if arrived.is_empty() {
        return Ok(Vec::new());
    }
    let list = json!(arrived).to_string();
    let rows_max = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let rows: Vec<WaitingRow> = match tx {
        Engine::Sqlite(tx) => {
            sqlx::query_as(WAITING.sqlite)
                .bind(list)
                .bind(rows_max)
                .fetch_all(&mut **tx)
                .await?
        }
        Engine::Postgres(tx) => {
            sqlx::query_as(WAITING.postgres)
                .bind(list)
                .bind(rows_max)
                .fetch_all(&mut **tx)
                .await?
        }
    };
    rows.iter().map(item).collect()
}

fn item(row: &WaitingRow) -> Result<Item, StoreError> {
    let corrupt = |why| StoreError::Corrupt {
        what: "platform event",
        id: row.seq.to_string(),
        why,
    };
    let event = parse::stored(&row.body, row.erased_at.is_some())
        .map_err(|_| corrupt("its body cannot be read any more"))?;
    let signature = row
        .signature
        .as_deref()
        .map(serde_json::from_str::<Signature>)
        .transpose();
    let signature = signature.map_err(|_| corrupt("its signature cannot be read any more"))?;
    Ok(Item {
        seq: row.seq,
        source: row.source,
        event,
        signed_at: signature.as_ref().and_then(signed_at),
    })
}

fn signed_at(signature: &Signature) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(signature.timestamp, 0)
}

/// Writes what came of events.
pub(super) async fn outcomes(
    tx: &mut Tx,
    outcomes: &HashMap<i64, Taken>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = |(seq, taken): (&i64, &Taken)| {
        let (waits_for, reason) = match taken {
            Taken::Waiting(on) => (Some(on), None),
            Taken::Kept(why) | Taken::Refused(why) => (None, Some(why)),
            Taken::Applied | Taken::Late | Taken::Duplicate | Taken::Rejected(_) => (None, None),
        };
        let outcome = taken.outcome()?;
        Some(json!({"seq": seq, "outcome": outcome, "waits_for": waits_for, "reason": reason}))
    };
    let rows: Vec<Value> = outcomes.iter().filter_map(row).collect();
    OUTCOMES.write(tx, &rows, now).await
}
