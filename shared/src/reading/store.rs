//! SQL of the inbox: messages come in raw, are read, and become lines of the timeline or wait for a person.

mod decision;
mod file;
mod heard;
mod known;

pub use decision::{Decided, DecisionError, Filed, accept, dismiss, file_by_hand};
pub use file::{Desk, file};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Db, StoreError};
use crate::id::Id;
use crate::on_engine;
use crate::queue::{self, JobName};
use crate::reading::matching::Matched;
use crate::reading::meaning::projects::Asked;
use crate::reading::message::Mail;
use crate::token::{self, Keys};

/// Marks an [`InboxId`].
#[derive(Debug)]
pub struct Inbox;
/// A message that came in.
pub type InboxId = Id<Inbox>;

/// Messages that one run reads. Source: a run of the job stays under a minute.
pub const MESSAGES_PER_RUN_MAX: i64 = 500;
/// Times that reading one message is begun: what kills its reader is parked (threats E7, M4).
const ATTEMPTS_MAX: i64 = 3;
/// Rows that the desk shows.
const DESK_ROWS_MAX: i64 = 200;
/// Who decides when nobody is named: whoever holds the command line.
pub const CONSOLE: &str = "console";
/// How long raw messages are kept, in days. Source: threats D4; an answer is questioned within a year or never.
pub const RAW_KEPT_DAYS: i64 = 365;

const RECEIVE: &str = "INSERT INTO inbox (id, content_hash, message_id, state, matched, trusted, attempts, received_at, raw)
    VALUES ($1, $2, $3, 'received', 'none', FALSE, 0, $4, $5) ON CONFLICT DO NOTHING";
const KNOWN: &str = "SELECT id FROM inbox WHERE content_hash = $1";
const WAITING: &str =
    "SELECT id FROM inbox WHERE state = 'received' ORDER BY received_at, id LIMIT $1";
const BEGIN: &str = "UPDATE inbox SET attempts = attempts + 1 WHERE id = $1 AND state = 'received' AND attempts < $2";
const GIVE_UP: &str = "UPDATE inbox SET state = 'parked', reason = 'reading it failed again and again', settled_at = $2
    WHERE id = $1 AND state = 'received' AND attempts >= $3";
const RAW: &str = "SELECT raw FROM inbox WHERE id = $1";
// Ids begin with the time.
const LAST: &str = "SELECT raw FROM inbox WHERE raw IS NOT NULL ORDER BY id DESC LIMIT 1";
const DESK: &str = "SELECT id, state, kind, reason, client_id, matched, trusted, meaning, confidence_percent, sentence,
        received_at, settled_at, decided_by, decided_meaning
    FROM inbox WHERE state IN ('tray', 'parked') ORDER BY received_at, id LIMIT $1";
const ONE: &str = "SELECT id, state, kind, reason, client_id, matched, trusted, meaning, confidence_percent, sentence,
        received_at, settled_at, decided_by, decided_meaning
    FROM inbox WHERE id = $1";
const REPLAY: &str =
    "UPDATE inbox SET state = 'received', settled_at = NULL, reason = NULL, attempts = 0
    WHERE id = $1 AND state IN ('tray', 'parked') AND raw IS NOT NULL";
const FORGET: &str = "UPDATE inbox SET raw = NULL, sentence = NULL
    WHERE raw IS NOT NULL AND state <> 'received' AND received_at < $1";

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&[&[&str]]] = &[&[HERE, known::ALL_SQL, decision::ALL_SQL], file::ALL_SQL];
const HERE: &[&str] = &[
    RECEIVE, KNOWN, WAITING, BEGIN, GIVE_UP, RAW, LAST, DESK, ONE, REPLAY, FORGET,
];

/// A message as the desk shows it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct Row {
    /// Which.
    pub id: InboxId,
    /// `received`, `filed`, `tray` or `parked`.
    pub state: String,
    /// What it is, once read.
    pub kind: Option<String>,
    /// Why it waits, or what came of it.
    pub reason: Option<String>,
    /// Whose, when known.
    pub client_id: Option<Uuid>,
    /// How its letter was found.
    pub matched: String,
    /// Whether its sender is proven.
    pub trusted: bool,
    /// Main meaning proposed.
    pub meaning: Option<String>,
    /// How sure, in per cent.
    pub confidence_percent: Option<i64>,
    /// What says so.
    pub sentence: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it was filed, put on the tray or parked.
    pub settled_at: Option<DateTime<Utc>>,
    /// The person who decided, if one did: a short name among the staff, or [`CONSOLE`].
    pub decided_by: Option<String>,
    /// What that person says it means; the proposal stays beside it.
    pub decided_meaning: Option<String>,
}

/// Stores a raw message before anything looks at it; none when it is there already, by whatever way it came.
///
/// A message that takes another's Message-ID for other words is stored without it: it is read, and matched like any other.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn receive(
    db: &Db,
    raw: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<InboxId>, StoreError> {
    let id = InboxId::at(now);
    let (hash, message_id) = identity(raw);
    let mut tx = db.begin().await?;
    for message_id in [message_id, None] {
        let stored = on_engine!(&mut tx, tx => sqlx::query(RECEIVE).bind(id).bind(&hash).bind(&message_id).bind(now)
            .bind(raw).execute(&mut **tx).await?.rows_affected());
        if stored == 1 {
            queue::hurry(&mut tx, JobName::ReadInbox, now).await?;
            tx.commit().await?;
            return Ok(Some(id));
        }
        let known: Option<Uuid> = on_engine!(&mut tx, tx => sqlx::query_scalar(KNOWN).bind(&hash)
            .fetch_optional(&mut **tx).await)?;
        if known.is_some() {
            return Ok(None);
        }
    }
    Ok(None)
}

/// What makes a message the same one: the fields its sender wrote and its body, not the trace of each way in.
fn identity(raw: &[u8]) -> (String, Option<String>) {
    let Ok(mail) = Mail::parse(raw) else {
        return (token::hash(&STANDARD.encode(raw)), None);
    };
    let message_id = mail
        .inner()
        .message_id()
        .map(str::to_owned)
        .filter(|id| id.len() <= 998);
    let written: Vec<String> = ["From", "Date", "Subject", "Message-ID"]
        .iter()
        .map(|name| mail.header(name).unwrap_or_default())
        .collect();
    (
        token::hash(&format!("{}\0{}", written.join("\0"), mail.raw_body())),
        message_id,
    )
}

/// Messages that wait to be read, oldest first.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn waiting(db: &Db) -> Result<Vec<InboxId>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar(WAITING).bind(MESSAGES_PER_RUN_MAX).fetch_all(pool).await)?,
    )
}

/// Counts an attempt and gives the raw bytes; none when another reader was first or the attempts are used up.
async fn begin(db: &Db, id: InboxId, now: DateTime<Utc>) -> Result<Option<Vec<u8>>, StoreError> {
    let begun = on_engine!(db.write(), pool => sqlx::query(BEGIN).bind(id).bind(ATTEMPTS_MAX).execute(pool).await?
        .rows_affected());
    if begun == 0 {
        on_engine!(db.write(), pool => sqlx::query(GIVE_UP).bind(id).bind(now).bind(ATTEMPTS_MAX).execute(pool).await
            .map(drop))?;
        return Ok(None);
    }
    raw(db, id).await
}

/// The raw bytes of a message; none when they were erased or there is no such message.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn raw(db: &Db, id: InboxId) -> Result<Option<Vec<u8>>, StoreError> {
    let raw: Option<Option<Vec<u8>>> =
        on_engine!(db.read(), pool => sqlx::query_scalar(RAW).bind(id).fetch_optional(pool).await)?;
    Ok(raw.flatten())
}

/// The raw bytes of the last message stored, if any are left.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn last_raw(db: &Db) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(LAST).fetch_optional(pool).await)?)
}

/// How the letter that a message answers is found, and what it asked about; changes nothing.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn look_up(
    db: &Db,
    keys: &Keys,
    mail: &Mail<'_>,
) -> Result<(Matched, Vec<Asked>), StoreError> {
    let known = known::find(db, keys, mail).await?;
    Ok((known.matched, known.asked()))
}

/// What waits for a person, oldest first.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn desk(db: &Db) -> Result<Vec<Row>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(DESK).bind(DESK_ROWS_MAX).fetch_all(pool).await)?,
    )
}

/// One message.
///
/// # Errors
/// [`StoreError::Missing`]
pub async fn get(db: &Db, id: InboxId) -> Result<Row, StoreError> {
    on_engine!(db.read(), pool => sqlx::query_as(ONE).bind(id).fetch_optional(pool).await)?
        .ok_or_else(|| missing(id))
}

fn missing(id: InboxId) -> StoreError {
    StoreError::Missing {
        what: "message",
        id: id.to_string(),
    }
}

/// Lets a message that waits for a person be read again.
///
/// # Errors
/// [`StoreError::Missing`] when it does not wait, or its raw bytes were erased.
pub async fn replay(db: &Db, id: InboxId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    let changed = on_engine!(&mut tx, tx => sqlx::query(REPLAY).bind(id).execute(&mut **tx).await?.rows_affected());
    if changed == 0 {
        return Err(missing(id));
    }
    queue::hurry(&mut tx, JobName::ReadInbox, now).await?;
    tx.commit().await
}

/// Erases the raw bytes of settled messages that came before an instant; gives how many.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn forget(db: &Db, before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(
        on_engine!(db.write(), pool => sqlx::query(FORGET).bind(before).execute(pool).await?.rows_affected()),
    )
}

#[cfg(test)]
mod tests;
