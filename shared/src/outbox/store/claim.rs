//! SQL of sending: claim what is due and still right to send.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::FromRow;

use crate::account::ClientId;
use crate::db::{Db, Engine, StoreError, Tx};
use crate::mail::{LetterId, LetterKind};
use crate::on_engine;
use crate::outbox::store::{Ids, Settled, record::record_in, twin};
use crate::queue::{self, JobName};

/// Letters that one claim may take. Source: measured; the time of a claim goes into its commits, not into its rows. The drain
/// takes fewer as long as sending them would take longer than a moment.
pub const CLAIM_ROWS_MAX: usize = 200;
/// How long a letter may be in transmission before its sender counts as dead; longer than a claim can take (the drain
/// begins no letter later than a minute after the claim, and gives each two minutes).
pub const SENDING_LEASE: TimeDelta = TimeDelta::minutes(5);

// Whether it is still right to send is asked here, in the transaction that commits "sending" (E4).
// A project is looked up by its key, line by line: as a join, PostgreSQL without fresh statistics walked over all projects for
// each letter (seen: 30 ms a claim).
macro_rules! due {
    ($lock:literal) => {
        concat!(
            "WITH due AS (
                SELECT id, kind, client_id, message_id, recipient, return_path, attempts, fence, address_hash, composed_at,
                    due_at
                FROM outbox
                WHERE state = 'planned' AND parked_at IS NULL AND due_at <= $1
                    AND NOT EXISTS (SELECT 1 FROM send_hold)
                ORDER BY due_at, id LIMIT $2 ",
            $lock,
            ")
            SELECT o.id, o.kind, o.client_id, o.message_id, o.recipient, o.return_path, m.raw, o.attempts, o.fence,
                CASE
                WHEN EXISTS (SELECT 1 FROM suppressions s
                    WHERE s.address_hash = o.address_hash AND s.reason = 'complaint') THEN 'complaint'
                WHEN o.kind <> 'follow_up' THEN NULL
                WHEN EXISTS (SELECT 1 FROM suppressions s WHERE s.address_hash = o.address_hash) THEN 'suppressed'
                WHEN c.mails = 'none' THEN 'opt_out'
                WHEN c.email_dead_at IS NOT NULL THEN 'address_dead'
                WHEN LOWER(COALESCE(c.email, '')) <> LOWER(o.recipient) THEN 'address_changed'
                WHEN EXISTS (SELECT 1 FROM outbox_projects l WHERE l.letter_id = o.id
                    AND (SELECT p.state FROM projects p WHERE p.id = l.project_id) <> 'pending') THEN 'not_pending'
                WHEN EXISTS (SELECT 1 FROM outbox_projects l WHERE l.letter_id = o.id
                    AND (SELECT f.last_sign_at FROM project_facts f WHERE f.project_id = l.project_id) > o.composed_at)
                    THEN 'answered'
                END AS wrong
            FROM due o JOIN outbox_messages m ON m.letter_id = o.id
                LEFT JOIN clients c ON c.id = o.client_id
            ORDER BY o.due_at, o.id"
        )
    };
}
// SQLite has one writer; on PostgreSQL several claim at once.
const DUE_SQLITE: &str = due!("");
const DUE_POSTGRES: &str = due!("FOR UPDATE SKIP LOCKED");

// The engines differ only in how they read the list of letters.
macro_rules! take {
    ($rows:literal) => {
        concat!(
            "UPDATE outbox SET state = CASE WHEN v.wrong IS NULL THEN 'sending' ELSE 'withdrawn' END,
                holder = CASE WHEN v.wrong IS NULL THEN $2 END,
                lease_until = CASE WHEN v.wrong IS NULL THEN $3 END,
                settled_at = CASE WHEN v.wrong IS NULL THEN NULL ELSE $4 END,
                attempts = attempts + CASE WHEN v.wrong IS NULL THEN 1 ELSE 0 END,
                reason = v.wrong, fence = fence + 1
            FROM ",
            $rows,
            " WHERE outbox.id = v.id"
        )
    };
}
const TAKE_SQLITE: &str = take!(
    "(SELECT unhex(value ->> 'id') AS id, value ->> 'wrong' AS wrong FROM json_each($1)) AS v"
);
const TAKE_POSTGRES: &str = take!("json_to_recordset($1::json) AS v(id UUID, wrong TEXT)");

pub(super) const NEXT_DUE: &str =
    "SELECT MIN(due_at) FROM outbox WHERE state = 'planned' AND parked_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM send_hold)";

/// A letter that this process, and nobody else, hands to the relay now.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Claimed {
    /// Its id.
    pub id: LetterId,
    /// Why it was written.
    pub kind: LetterKind,
    /// To which client.
    pub client_id: Option<ClientId>,
    /// The same in every attempt.
    pub message_id: String,
    /// The one address that it goes to.
    pub recipient: String,
    /// Where it comes back to.
    pub return_path: String,
    /// The same in every attempt.
    pub raw: Vec<u8>,
    /// Attempts, this one included.
    pub attempts: i64,
    /// A record with an older one is refused.
    pub fence: i64,
}

/// What one claim found.
#[derive(Debug, Default)]
pub struct Claim {
    /// To be sent now.
    pub letters: Vec<Claimed>,
    /// No longer right to send; settled already.
    pub withdrawn: usize,
}

#[derive(FromRow)]
struct DueRow {
    #[sqlx(flatten)]
    letter: Claimed,
    wrong: Option<String>,
}

/// Claims up to `rows_max` due letters, oldest first, and commits `sending` for those that are still right to send; the
/// others are withdrawn with the reason.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn claim(db: &Db, rows_max: usize, now: DateTime<Utc>) -> Result<Claim, StoreError> {
    let mut tx = db.begin().await?;
    let claim = claim_in(&mut tx, rows_max, now).await?;
    tx.commit().await?;
    Ok(claim)
}

/// [`super::record`]s what came of the last claim and [`claim`]s the next, in one transaction: a commit is most of what
/// either costs.
///
/// # Errors
/// [`StoreError::Sql`]; nothing is recorded or claimed then, and the lease decides.
pub async fn record_and_claim(
    db: &Db,
    settled: &[Settled],
    rows_max: usize,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    let mut tx = db.begin().await?;
    record_in(&mut tx, settled, now).await?;
    let claim = claim_in(&mut tx, rows_max, now).await?;
    tx.commit().await?;
    Ok(claim)
}

async fn claim_in(tx: &mut Tx, rows_max: usize, now: DateTime<Utc>) -> Result<Claim, StoreError> {
    let limit = i64::try_from(rows_max.min(CLAIM_ROWS_MAX)).unwrap_or(1);
    let due: Vec<DueRow> = match tx {
        Engine::Sqlite(tx) => {
            let query = sqlx::query_as(DUE_SQLITE).bind(now).bind(limit);
            query.fetch_all(&mut **tx).await?
        }
        Engine::Postgres(tx) => {
            let query = sqlx::query_as(DUE_POSTGRES).bind(now).bind(limit);
            query.fetch_all(&mut **tx).await?
        }
    };
    if due.is_empty() {
        return Ok(Claim::default());
    }
    let ids = Ids::of(tx);
    let rows: Vec<_> = due
        .iter()
        .map(|row| json!({"id": ids.text(row.letter.id.uuid()), "wrong": row.wrong}))
        .collect();
    let rows = serde_json::Value::Array(rows).to_string();
    let sql = twin(tx, TAKE_SQLITE, TAKE_POSTGRES);
    let holder = LetterId::at(now).to_string();
    on_engine!(tx, tx => sqlx::query(sql).bind(&rows).bind(&holder).bind(now + SENDING_LEASE).bind(now)
        .execute(&mut **tx).await.map(drop))?;
    let is_outdated =
        |row: &DueRow| matches!(row.wrong.as_deref(), Some("not_pending" | "answered"));
    if due.iter().any(is_outdated) {
        // What else such a letter asked about is written about anew, at once.
        queue::hurry(tx, JobName::PlanFollowUps, now).await?;
    }
    let found = due.len();
    let letters: Vec<Claimed> = due
        .into_iter()
        .filter(|row| row.wrong.is_none())
        .map(|row| Claimed {
            attempts: row.letter.attempts + 1,
            fence: row.letter.fence + 1,
            ..row.letter
        })
        .collect();
    Ok(Claim {
        withdrawn: found - letters.len(),
        letters,
    })
}

/// When the next letter that waits for its time falls due.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn next_due(db: &Db) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(NEXT_DUE).fetch_one(pool).await)?)
}
