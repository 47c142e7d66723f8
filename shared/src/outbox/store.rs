//! SQL of the outbox.

mod claim;
mod forget;
mod hold;
mod record;
mod relay;

pub use claim::{CLAIM_ROWS_MAX, Claim, Claimed, SENDING_LEASE, claim, next_due, record_and_claim};
pub use forget::forget;
pub use hold::{Cause, Hold, Then, hold, release, standing_hold};
pub use record::{Settled, expire, record};
pub use relay::{Away, relay_away, relay_back, standing_away, waiting};

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Db, Engine, StoreError, Tx, time_text};
use crate::mail::{Composed, LetterId, LetterKind, address_hash};
use crate::on_engine;
use crate::outbox::State;
use crate::queue::{self, JobName};

/// Letters that one statement inserts; together some 500 kB.
const LETTERS_PER_INSERT: usize = 100;

// Rows travel as one JSON text, and the messages behind each other as bytes, from which each row cuts its own: binding each
// value costs ten times as much. The engines read JSON differently.
const PUT_SQLITE: &str = "INSERT INTO outbox (id, kind, state, client_id, provider_id, dedupe, message_id, recipient,
        address_hash, return_path, composed_at, due_at, attempts, fence)
    SELECT unhex(value ->> 'id'), value ->> 'kind', 'planned', unhex(value ->> 'client'), unhex(value ->> 'provider'),
        value ->> 'dedupe', value ->> 'message_id', value ->> 'recipient', value ->> 'address_hash',
        value ->> 'return_path', $2, value ->> 'due_at', 0, 0
    FROM json_each($1) WHERE TRUE
    ON CONFLICT (dedupe) DO NOTHING";
const PUT_POSTGRES: &str = "INSERT INTO outbox (id, kind, state, client_id, provider_id, dedupe, message_id, recipient,
        address_hash, return_path, composed_at, due_at, attempts, fence)
    SELECT id, kind, 'planned', client, provider, dedupe, message_id, recipient, address_hash, return_path, $2, due_at,
        0, 0
    FROM json_to_recordset($1::json) AS letter(id UUID, kind TEXT, client UUID, provider UUID, dedupe TEXT,
        message_id TEXT, recipient TEXT, address_hash TEXT, return_path TEXT, due_at TIMESTAMPTZ)
    ON CONFLICT (dedupe) DO NOTHING";
// A letter whose cause was there already was not inserted, and gets no message and no lines.
const KEEP_SQLITE: &str = "INSERT INTO outbox_messages (letter_id, raw)
    SELECT o.id, substr($2, value ->> 'starts', value ->> 'bytes')
    FROM json_each($1) JOIN outbox o ON o.id = unhex(value ->> 'id')";
const KEEP_POSTGRES: &str = "INSERT INTO outbox_messages (letter_id, raw)
    SELECT o.id, substr($2::bytea, starts, bytes)
    FROM json_to_recordset($1::json) AS letter(id UUID, starts INT, bytes INT) JOIN outbox o ON o.id = letter.id";
const LINES_SQLITE: &str = "INSERT INTO outbox_projects (letter_id, line_number, project_id)
    SELECT o.id, line.key + 1, unhex(line.value)
    FROM json_each($1) letter JOIN outbox o ON o.id = unhex(letter.value ->> 'id')
        JOIN json_each(letter.value -> 'projects') line";
const LINES_POSTGRES: &str = "INSERT INTO outbox_projects (letter_id, line_number, project_id)
    SELECT o.id, line.number, line.project::UUID
    FROM json_to_recordset($1::json) AS letter(id UUID, projects JSON) JOIN outbox o ON o.id = letter.id
        CROSS JOIN LATERAL json_array_elements_text(letter.projects) WITH ORDINALITY AS line(project, number)";

// Unknown first, then refused, then those that wait for a person, then the rest, newest first.
const LIST: &str = "SELECT id, kind, state, client_id, provider_id, message_id, recipient, composed_at, due_at, attempts,
        settled_at, parked_at, reason
    FROM outbox WHERE state = COALESCE($1, state)
    ORDER BY CASE state WHEN 'unknown' THEN 0 WHEN 'refused' THEN 1 ELSE 2 END,
        CASE WHEN parked_at IS NULL THEN 1 ELSE 0 END, composed_at DESC, id LIMIT $2";
const COUNT: &str =
    "SELECT state, COUNT(*), COUNT(parked_at) FROM outbox GROUP BY state ORDER BY state";
const GET: &str = "SELECT id, kind, state, client_id, provider_id, message_id, recipient, composed_at, due_at, attempts,
        settled_at, parked_at, reason FROM outbox WHERE id = $1";
const RAW: &str = "SELECT raw FROM outbox_messages WHERE letter_id = $1";
const RETRY: &str = "UPDATE outbox SET state = 'planned', due_at = $2, attempts = 0, parked_at = NULL, settled_at = NULL
    WHERE id = $1 AND recipient IS NOT NULL
        AND (state IN ('unknown', 'refused') OR (state = 'planned' AND parked_at IS NOT NULL))";

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&str] = &[
    LIST,
    COUNT,
    GET,
    RAW,
    RETRY,
    record::EXPIRED,
    claim::NEXT_DUE,
    hold::HOLD,
    hold::STANDING,
    hold::END,
    hold::WITHDRAW,
    hold::WAITING,
    forget::FORGET,
    relay::AWAY,
    relay::STANDING,
    relay::BACK,
    relay::WAITING,
];

/// A letter as the desk shows it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct LetterRow {
    /// Its id.
    pub id: LetterId,
    /// Why it was written.
    pub kind: LetterKind,
    /// Where it stands.
    pub state: State,
    /// To which client.
    pub client_id: Option<Uuid>,
    /// To which provider.
    pub provider_id: Option<Uuid>,
    /// The same in every attempt.
    pub message_id: String,
    /// None after erasure.
    pub recipient: Option<String>,
    /// When it was rendered.
    pub composed_at: DateTime<Utc>,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// Transmissions begun.
    pub attempts: i64,
    /// When its outcome was known, or known to be unknown.
    pub settled_at: Option<DateTime<Utc>>,
    /// Since when it waits for a person.
    pub parked_at: Option<DateTime<Utc>>,
    /// The relay's codes, or why it was withdrawn.
    pub reason: Option<String>,
}

/// How many letters stand in a state, and how many of them wait for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The state.
    pub state: State,
    /// Letters in it.
    pub letters: i64,
    /// Of these, parked.
    pub parked: i64,
}

/// Letters, those that a person should look at first; at most `rows_max`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn list(
    db: &Db,
    state: Option<State>,
    rows_max: i64,
) -> Result<Vec<LetterRow>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(LIST).bind(state.map(State::as_str)).bind(rows_max)
        .fetch_all(pool).await)?,
    )
}

/// Letters by state.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn count(db: &Db) -> Result<Vec<Count>, StoreError> {
    let rows: Vec<(State, i64, i64)> =
        on_engine!(db.read(), pool => sqlx::query_as(COUNT).fetch_all(pool).await)?;
    Ok(rows
        .into_iter()
        .map(|(state, letters, parked)| Count {
            state,
            letters,
            parked,
        })
        .collect())
}

/// One letter and, unless erased, its bytes.
///
/// # Errors
/// [`StoreError::Missing`]
pub async fn get(db: &Db, id: LetterId) -> Result<(LetterRow, Option<Vec<u8>>), StoreError> {
    let row: Option<LetterRow> =
        on_engine!(db.read(), pool => sqlx::query_as(GET).bind(id).fetch_optional(pool).await)?;
    let row = row.ok_or_else(|| StoreError::Missing {
        what: "letter",
        id: id.to_string(),
    })?;
    let raw =
        on_engine!(db.read(), pool => sqlx::query_scalar(RAW).bind(id).fetch_optional(pool).await)?;
    Ok((row, raw))
}

/// Lets a letter that is unknown, refused or parked go out again: the same bytes under the same Message-ID, if it is still
/// right to send when its turn comes.
///
/// # Errors
/// [`StoreError::Stale`] when it is in no such state, or its bytes were erased.
pub async fn retry(tx: &mut Tx, id: LetterId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let moved = on_engine!(tx, tx => sqlx::query(RETRY).bind(id).bind(now).execute(&mut **tx).await
        .map(|done| done.rows_affected()))?;
    if moved != 1 {
        return Err(StoreError::Stale {
            what: "letter",
            id: id.to_string(),
        });
    }
    queue::hurry(tx, JobName::DrainOutbox, now).await
}

/// Puts letters into the outbox in the caller's transaction and wakes the drain; gives how many are new. A letter whose
/// `dedupe` is there already changes nothing.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn put(tx: &mut Tx, letters: &[Composed], now: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut put = 0;
    for letters in letters.chunks(LETTERS_PER_INSERT) {
        let (rows, raw) = as_json(letters, Ids::of(tx));
        let insert = twin(tx, PUT_SQLITE, PUT_POSTGRES);
        let lines = twin(tx, LINES_SQLITE, LINES_POSTGRES);
        let keep = twin(tx, KEEP_SQLITE, KEEP_POSTGRES);
        put += on_engine!(tx, tx => sqlx::query(insert).bind(&rows).bind(now)
            .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
        on_engine!(tx, tx => sqlx::query(keep).bind(&rows).bind(&raw).execute(&mut **tx).await.map(drop))?;
        on_engine!(tx, tx => sqlx::query(lines).bind(&rows).execute(&mut **tx).await.map(drop))?;
    }
    if put > 0 {
        queue::hurry(tx, JobName::DrainOutbox, now).await?;
    }
    Ok(put)
}

fn as_json(letters: &[Composed], ids: Ids) -> (String, Vec<u8>) {
    let id = |uuid| ids.text(uuid);
    let mut raw = Vec::with_capacity(letters.iter().map(|letter| letter.raw.len()).sum());
    let rows: Vec<_> = letters
        .iter()
        .map(|letter| {
            // SQL counts from 1.
            let starts = raw.len() + 1;
            raw.extend_from_slice(&letter.raw);
            json!({
                "id": id(letter.id.uuid()),
                "kind": letter.kind,
                "client": letter.client.map(|client| id(client.uuid())),
                "provider": letter.provider.map(|provider| id(provider.uuid())),
                "dedupe": letter.dedupe,
                "message_id": letter.message_id,
                "recipient": letter.recipient,
                "address_hash": address_hash(&letter.recipient),
                "return_path": letter.return_path,
                "starts": starts,
                "bytes": letter.raw.len(),
                "due_at": time_text(letter.due_at),
                "projects": letter.projects.iter().map(|project| id(project.uuid())).collect::<Vec<_>>(),
            })
        })
        .collect();
    (serde_json::Value::Array(rows).to_string(), raw)
}

/// How an engine reads ids in JSON.
#[derive(Clone, Copy)]
struct Ids {
    hexadecimal: bool,
}

impl Ids {
    const fn of(tx: &Tx) -> Self {
        Self {
            hexadecimal: matches!(tx, Engine::Sqlite(_)),
        }
    }

    fn text(self, id: Uuid) -> String {
        if self.hexadecimal {
            id.simple().to_string()
        } else {
            id.to_string()
        }
    }

    fn rows(self, letters: &[LetterId]) -> String {
        let rows: Vec<_> = letters
            .iter()
            .map(|id| json!({"id": self.text(id.uuid())}))
            .collect();
        serde_json::Value::Array(rows).to_string()
    }
}

const fn twin(tx: &Tx, sqlite: &'static str, postgres: &'static str) -> &'static str {
    match tx {
        Engine::Sqlite(_) => sqlite,
        Engine::Postgres(_) => postgres,
    }
}

#[cfg(test)]
mod tests;
