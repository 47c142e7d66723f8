//! SQL of the ledger.

mod proof;
pub mod statement;
mod unpaid;

pub use proof::{Proven, prove};
pub use unpaid::{Unpaid, unpaid};

use chrono::{DateTime, TimeDelta, Utc};

use crate::account::ProviderId;
use crate::credit::{Account, Balance, Kind, Margin, Order, Outcome, Purpose, Refused};
use crate::credit::{Transfer, TransferId, What};
use crate::db::{Db, Engine, StoreError, Tx};
use crate::on_engine;
use crate::project::{PAGE_SIZE, ProjectId};

/// A spend told within so long is noted with the page on which its project stands.
const TOLD_AT_ONCE: TimeDelta = TimeDelta::hours(1);
/// Places that are counted to find a page: 500 pages; deeper is "beyond".
const PLACES_MAX: i64 = 10_000;
/// Transfers of one provider that are listed.
const HISTORY_ROWS_MAX: i64 = 200;

macro_rules! transfers_where {
    ($tail:literal) => {
        concat!(
            "SELECT id, provider_id, kind, n, purpose, debit, credit, amount, project_id, refunds, request, corrects,
                reason, idempotency_key, at, recorded_at, previous_hash, hash FROM transfers ",
            $tail
        )
    };
}

const OPEN_BOOK_SQLITE: &str = "INSERT INTO credit_books (provider_id, kind, opened_at)
    SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM credit_books WHERE provider_id = $1 AND kind = $2)";
// Beside writers of the same book the guard of the other engine could not wait; here the key does.
const OPEN_BOOK_POSTGRES: &str =
    "INSERT INTO credit_books (provider_id, kind, opened_at) VALUES ($1, $2, $3)
    ON CONFLICT (provider_id, kind) DO NOTHING";
// Weak enough to live beside the locks of foreign keys: with the stronger one concurrent spends deadlocked.
const LOCK_BOOK_POSTGRES: &str =
    "SELECT 1 FROM credit_books WHERE provider_id = $1 AND kind = $2 FOR NO KEY UPDATE";
const BY_KEY: &str = transfers_where!("WHERE idempotency_key = $1");
const GET: &str = transfers_where!("WHERE id = $1");
const SPENT: &str = transfers_where!(
    "WHERE provider_id = $1 AND kind = $2 AND project_id = $3 AND purpose = 'spend'"
);
const REVERSED: &str =
    "SELECT COUNT(*) FROM transfers WHERE refunds = $1 OR corrects = $1 OR request = $2";
const HISTORY: &str =
    transfers_where!("WHERE provider_id = $1 ORDER BY at DESC, recorded_at DESC, id DESC LIMIT $2");
const HEAD: &str = "SELECT
    COALESCE((SELECT n FROM transfers WHERE provider_id = $1 AND kind = $2 ORDER BY n DESC LIMIT 1), 0) AS n,
    COALESCE((SELECT hash FROM transfers WHERE provider_id = $1 AND kind = $2 ORDER BY n DESC LIMIT 1), '') AS hash,
    COALESCE((SELECT after FROM entries WHERE provider_id = $1 AND kind = $2 AND account = 'issued'
        ORDER BY n DESC LIMIT 1), 0) AS issued,
    COALESCE((SELECT after FROM entries WHERE provider_id = $1 AND kind = $2 AND account = 'available'
        ORDER BY n DESC LIMIT 1), 0) AS available,
    COALESCE((SELECT after FROM entries WHERE provider_id = $1 AND kind = $2 AND account = 'used'
        ORDER BY n DESC LIMIT 1), 0) AS used";
const INSERT: &str =
    "INSERT INTO transfers (id, provider_id, kind, n, purpose, debit, credit, amount, project_id,
        refunds, request, corrects, reason, idempotency_key, at, recorded_at, previous_hash, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
const MARGIN: &str = "SELECT
    CAST(COALESCE(SUM(CASE WHEN purpose = 'grant' THEN amount
        WHEN purpose = 'correction' AND credit = 'issued' THEN -amount ELSE 0 END), 0) AS BIGINT) AS granted,
    CAST(COALESCE(SUM(CASE WHEN credit = 'used' THEN amount WHEN debit = 'used' THEN -amount ELSE 0 END), 0)
        AS BIGINT) AS used,
    CAST(COALESCE(SUM(CASE WHEN credit = 'available' THEN amount WHEN debit = 'available' THEN -amount ELSE 0 END), 0)
        AS BIGINT) AS available,
    CAST(COALESCE((SELECT SUM(s.amount) FROM transfers s JOIN projects p ON p.id = s.project_id
        WHERE s.provider_id = $1 AND s.purpose = 'spend' AND p.state = 'cancelled'
            AND NOT EXISTS (SELECT 1 FROM transfers r WHERE r.refunds = s.id)), 0) AS BIGINT) AS used_on_cancelled
    FROM transfers WHERE provider_id = $1";

// Counted in the list's own index, no deeper than `$3` places; nothing for a project that is not on the list.
const NOTE_PAGE: &str = "INSERT INTO spend_pages (transfer_id, page, noted_at)
    SELECT $1, 1 + (SELECT COUNT(*) FROM (SELECT 1 AS one FROM projects a
        WHERE a.state = 'pending' AND (a.rank_key, a.reference) > (p.rank_key, p.reference) LIMIT $3) AS above) / $4, $5
    FROM projects p WHERE p.id = $2 AND p.state = 'pending'
        AND NOT EXISTS (SELECT 1 FROM spend_pages n WHERE n.transfer_id = $1)";

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&[&str]] = &[OWN_SQL, proof::ALL_SQL, unpaid::ALL_SQL];
const OWN_SQL: &[&str] = &[
    BY_KEY, GET, SPENT, REVERSED, HISTORY, HEAD, INSERT, MARGIN, NOTE_PAGE,
];

#[derive(Debug, sqlx::FromRow)]
struct Head {
    n: i64,
    hash: String,
    #[sqlx(flatten)]
    balance: Balance,
}

/// Carries `order` out in the caller's transaction, or answers as the first time when its key was seen before.
///
/// # Errors
/// [`StoreError::Sql`]; a refusal is a value and leaves the transaction usable.
pub async fn carry_out(
    tx: &mut Tx,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<Outcome, StoreError> {
    lock_book(tx, order.provider, order.kind, now).await?;
    let known: Option<Transfer> = on_engine!(&mut *tx, tx => sqlx::query_as(BY_KEY).bind(&order.key)
        .fetch_optional(&mut **tx).await)?;
    if let Some(known) = known {
        return Ok(if known.answers(order) {
            Outcome::Done(Box::new(known))
        } else {
            Outcome::Refused(Refused::KeyTaken(known.id))
        });
    }
    if let Some(refused) = refers_to_nothing(tx, order).await? {
        return Ok(Outcome::Refused(refused));
    }
    let head = head(tx, order.provider, order.kind).await?;
    let (debit, _) = order.what.legs();
    let available = head.balance.of(debit);
    if debit != Account::Issued && available < order.amount.credits() {
        return Ok(Outcome::Refused(Refused::NotEnough {
            needed: order.amount.credits(),
            available,
        }));
    }
    let transfer = next(order, head, now);
    insert(tx, &transfer).await?;
    Ok(Outcome::Done(Box::new(transfer)))
}

/// Credits that the platform says were granted; pays what waited for them, oldest first.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn grant(tx: &mut Tx, order: &Order, now: DateTime<Utc>) -> Result<Outcome, StoreError> {
    let outcome = carry_out(tx, order, now).await?;
    if matches!(outcome, Outcome::Done(_)) {
        unpaid::pay_what_waits(tx, order.provider, order.kind, now).await?;
    }
    Ok(outcome)
}

/// A spend that already happened on the platform. An overdraft is impossible here, so what the book cannot pay is kept
/// in `unpaid_spends`, told by `verify` and paid by the next grants: a platform's event is never lost.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn spend(tx: &mut Tx, order: &Order, now: DateTime<Utc>) -> Result<Outcome, StoreError> {
    let outcome = carry_out(tx, order, now).await?;
    if let (Outcome::Refused(Refused::NotEnough { .. }), What::Spend(project)) =
        (&outcome, &order.what)
    {
        unpaid::note(tx, order, *project, now).await?;
    }
    if let (Outcome::Done(transfer), What::Spend(project)) = (&outcome, &order.what)
        && transfer.recorded_at == now
        && now - order.at < TOLD_AT_ONCE
    {
        on_engine!(tx, tx => sqlx::query(NOTE_PAGE).bind(transfer.id).bind(project).bind(PLACES_MAX)
            .bind(i64::from(PAGE_SIZE)).bind(now).execute(&mut **tx).await.map(drop))?;
    }
    Ok(outcome)
}

/// What a book holds; zeros for one that was never opened.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn balance(db: &Db, provider: ProviderId, kind: Kind) -> Result<Balance, StoreError> {
    let head: Head = on_engine!(db.read(), pool => sqlx::query_as(HEAD).bind(provider).bind(kind)
        .fetch_one(pool).await)?;
    Ok(head.balance)
}

/// A provider's credits of all kinds.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn margin(db: &Db, provider: ProviderId) -> Result<Margin, StoreError> {
    let (granted, used, available, used_on_cancelled) = on_engine!(db.read(), pool => sqlx::query_as(MARGIN)
        .bind(provider).fetch_one(pool).await)?;
    Ok(Margin {
        granted,
        used,
        available,
        used_on_cancelled,
    })
}

/// A provider's transfers, the newest first, at most two hundred (d15).
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn history(db: &Db, provider: ProviderId) -> Result<Vec<Transfer>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(HISTORY).bind(provider).bind(HISTORY_ROWS_MAX)
        .fetch_all(pool).await)?,
    )
}

/// One transfer.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::Sql`]
pub async fn get(db: &Db, id: TransferId) -> Result<Transfer, StoreError> {
    let row: Option<Transfer> =
        on_engine!(db.read(), pool => sqlx::query_as(GET).bind(id).fetch_optional(pool).await)?;
    row.ok_or_else(|| StoreError::Missing {
        what: "transfer",
        id: id.to_string(),
    })
}

/// The spend of `kind` that `provider` made on `project`, if any.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn spent(
    db: &Db,
    provider: ProviderId,
    kind: Kind,
    project: ProjectId,
) -> Result<Option<Transfer>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(SPENT).bind(provider).bind(kind).bind(project)
        .fetch_optional(pool).await)?,
    )
}

async fn lock_book(
    tx: &mut Tx,
    provider: ProviderId,
    kind: Kind,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    match tx {
        // The one writer holds the whole file.
        Engine::Sqlite(tx) => {
            sqlx::query(OPEN_BOOK_SQLITE)
                .bind(provider)
                .bind(kind)
                .bind(now)
                .execute(&mut **tx)
                .await?;
        }
        Engine::Postgres(tx) => {
            let lock = || sqlx::query(LOCK_BOOK_POSTGRES).bind(provider).bind(kind);
            if lock().fetch_optional(&mut **tx).await?.is_none() {
                sqlx::query(OPEN_BOOK_POSTGRES)
                    .bind(provider)
                    .bind(kind)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                lock().fetch_optional(&mut **tx).await?;
            }
        }
    }
    Ok(())
}

async fn head(tx: &mut Tx, provider: ProviderId, kind: Kind) -> Result<Head, StoreError> {
    Ok(
        on_engine!(tx, tx => sqlx::query_as(HEAD).bind(provider).bind(kind).fetch_one(&mut **tx).await)?,
    )
}

/// Why the order cannot be, by what it refers to.
async fn refers_to_nothing(tx: &mut Tx, order: &Order) -> Result<Option<Refused>, StoreError> {
    let (id, request, purposes): (_, _, &[Purpose]) = match &order.what {
        What::Grant => return Ok(None),
        What::Spend(project) => {
            let spent: Option<Transfer> = on_engine!(tx, tx => sqlx::query_as(SPENT).bind(order.provider)
                .bind(order.kind).bind(project).fetch_optional(&mut **tx).await)?;
            return Ok(spent.map(|spent| Refused::AlreadySpent(spent.id)));
        }
        What::Refund { spend, request } => (*spend, Some(*request), &[Purpose::Spend]),
        What::Correct { transfer, .. } => (*transfer, None, &[Purpose::Grant, Purpose::Refund]),
    };
    let reversed: i64 = on_engine!(&mut *tx, tx => sqlx::query_scalar(REVERSED).bind(id).bind(request)
        .fetch_one(&mut **tx).await)?;
    if reversed > 0 {
        return Ok(Some(Refused::AlreadyReversed(id)));
    }
    let found: Option<Transfer> =
        on_engine!(tx, tx => sqlx::query_as(GET).bind(id).fetch_optional(&mut **tx).await)?;
    let (debit, credit) = order.what.legs();
    let fits = found.is_some_and(|found| {
        found.provider_id == order.provider
            && found.kind == order.kind
            && found.amount == order.amount.credits()
            && (found.debit, found.credit) == (credit, debit)
            && purposes.contains(&found.purpose)
    });
    Ok((!fits).then_some(Refused::NotThatTransfer(id)))
}

fn next(order: &Order, head: Head, now: DateTime<Utc>) -> Transfer {
    let (debit, credit) = order.what.legs();
    let mut transfer = Transfer {
        id: TransferId::at(now),
        provider_id: order.provider,
        kind: order.kind,
        n: head.n + 1,
        purpose: order.what.purpose(),
        debit,
        credit,
        amount: order.amount.credits(),
        project_id: None,
        refunds: None,
        request: None,
        corrects: None,
        reason: None,
        idempotency_key: order.key.clone(),
        at: order.at,
        recorded_at: now,
        previous_hash: head.hash,
        hash: String::new(),
    };
    match &order.what {
        What::Grant => {}
        What::Spend(project) => transfer.project_id = Some(*project),
        What::Refund { spend, request } => {
            (transfer.refunds, transfer.request) = (Some(*spend), Some(*request));
        }
        What::Correct {
            transfer: mistaken,
            reason,
            ..
        } => (transfer.corrects, transfer.reason) = (Some(*mistaken), Some(reason.clone())),
    }
    transfer.hash = transfer.computed_hash();
    transfer
}

async fn insert(tx: &mut Tx, t: &Transfer) -> Result<(), StoreError> {
    on_engine!(tx, tx => sqlx::query(INSERT).bind(t.id).bind(t.provider_id).bind(t.kind).bind(t.n)
        .bind(t.purpose).bind(t.debit).bind(t.credit).bind(t.amount).bind(t.project_id).bind(t.refunds)
        .bind(t.request).bind(t.corrects).bind(&t.reason).bind(&t.idempotency_key).bind(t.at).bind(t.recorded_at)
        .bind(&t.previous_hash).bind(&t.hash).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

#[cfg(test)]
mod tests;
