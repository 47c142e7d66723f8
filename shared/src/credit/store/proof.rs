//! The proof of the ledger: every chain is walked and computed again.

use crate::account::ProviderId;
use crate::credit::{Account, Balance, Kind, Purpose, Transfer, TransferId};
use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::verify::Finding;

/// Transfers read at a time: memory does not grow with the ledger.
const PROOF_ROWS_MAX: i64 = 5_000;

// Each transfer with both of its entries, book by book.
const WALK: &str = "SELECT t.id, t.provider_id, t.kind, t.n, t.purpose, t.debit, t.credit, t.amount, t.project_id,
        t.refunds, t.request, t.corrects, t.reason, t.idempotency_key, t.at, t.recorded_at, t.previous_hash, t.hash,
        d.n AS debit_n, d.delta AS debit_delta, d.after AS debit_after,
        c.n AS credit_n, c.delta AS credit_delta, c.after AS credit_after
    FROM transfers t
        LEFT JOIN entries d ON d.transfer_id = t.id AND d.account = t.debit
        LEFT JOIN entries c ON c.transfer_id = t.id AND c.account = t.credit
    WHERE (t.provider_id, t.kind, t.n) > ($1, $2, $3)
    ORDER BY t.provider_id, t.kind, t.n LIMIT $4";
const COUNTS: &str = "SELECT (SELECT COUNT(*) FROM transfers) AS transfers, (SELECT COUNT(*) FROM entries) AS entries,
    (SELECT COUNT(*) FROM unpaid_spends WHERE paid_by IS NULL) AS unpaid";
// What each reversal points to; the chain alone would accept a refund of another book's spend.
const WRONG_REVERSAL: &str = "SELECT r.id FROM transfers r
    LEFT JOIN transfers s ON s.id = COALESCE(r.refunds, r.corrects) AND s.provider_id = r.provider_id
        AND s.kind = r.kind AND s.amount = r.amount AND s.debit = r.credit AND s.credit = r.debit
    WHERE r.purpose IN ('refund', 'correction') AND s.id IS NULL ORDER BY r.id LIMIT 1";

/// Statements of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[WALK, COUNTS, WRONG_REVERSAL];

#[derive(Debug, sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    transfer: Transfer,
    debit_n: Option<i64>,
    debit_delta: Option<i64>,
    debit_after: Option<i64>,
    credit_n: Option<i64>,
    credit_delta: Option<i64>,
    credit_after: Option<i64>,
}

/// What the proof found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proven {
    /// Transfers walked.
    pub transfers: u64,
    /// Entries that belong to them.
    pub entries: u64,
    /// Spends that no grant could pay yet: for a person to know, no fault of the ledger.
    pub unpaid: u64,
    /// The first row that must not be so.
    pub first_bad: Option<Finding>,
}

/// Where a walk stands inside a book.
#[derive(Debug, Default)]
struct Walk {
    book: Option<(ProviderId, Kind)>,
    n: i64,
    hash: String,
    entries: Balance,
    balance: Balance,
}

impl Walk {
    /// Takes the next transfer; why it cannot follow from what came before, if so.
    fn step(&mut self, row: &Row) -> Option<&'static str> {
        let transfer = &row.transfer;
        let book = (transfer.provider_id, transfer.kind);
        if self.book != Some(book) {
            *self = Self {
                book: Some(book),
                ..Self::default()
            };
        }
        if transfer.n != self.n + 1 {
            return Some("a transfer before it is missing");
        }
        if transfer.previous_hash != self.hash || transfer.hash != transfer.computed_hash() {
            return Some("its hash does not follow from its fields and the transfer before");
        }
        if transfer.amount < 1 || !legs_fit(transfer) {
            return Some("its legs or amount are not those of its purpose");
        }
        let legs = [
            (
                transfer.debit,
                -transfer.amount,
                row.debit_n,
                row.debit_delta,
                row.debit_after,
            ),
            (
                transfer.credit,
                transfer.amount,
                row.credit_n,
                row.credit_delta,
                row.credit_after,
            ),
        ];
        for (account, delta, n, found_delta, after) in legs {
            self.entries.add(account, 1);
            self.balance.add(account, delta);
            let meant = (self.entries.of(account), delta, self.balance.of(account));
            if (n, found_delta, after) != (Some(meant.0), Some(meant.1), Some(meant.2)) {
                return Some("an entry of it is missing or does not continue its account");
            }
            if account != Account::Issued && meant.2 < 0 {
                return Some("it overdraws an account");
            }
        }
        self.n = transfer.n;
        self.hash.clone_from(&transfer.hash);
        None
    }
}

/// Walks every book and computes every hash and entry again; stops at the first row that must not be so.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn prove(db: &Db) -> Result<Proven, StoreError> {
    let (transfers, entries, unpaid): (i64, i64, i64) =
        on_engine!(db.read(), pool => sqlx::query_as(COUNTS).fetch_one(pool).await)?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    let mut proven = Proven {
        transfers: 0,
        entries: count(entries),
        unpaid: count(unpaid),
        first_bad: None,
    };
    let mut walk = Walk::default();
    let mut last = (ProviderId::from(uuid::Uuid::nil()), String::new(), 0);
    loop {
        let rows: Vec<Row> = on_engine!(db.read(), pool => sqlx::query_as(WALK).bind(last.0).bind(&last.1)
            .bind(last.2).bind(PROOF_ROWS_MAX).fetch_all(pool).await)?;
        let Some(end) = rows.last() else { break };
        let end = &end.transfer;
        last = (end.provider_id, end.kind.as_str().to_owned(), end.n);
        for row in &rows {
            proven.transfers += 1;
            if let Some(why) = walk.step(row) {
                proven.first_bad = Some(finding(row.transfer.id, why));
                return Ok(proven);
            }
        }
    }
    let wrong: Option<TransferId> = on_engine!(db.read(), pool => sqlx::query_scalar(WRONG_REVERSAL).fetch_optional(pool).await)?;
    if let Some(id) = wrong {
        proven.first_bad = Some(finding(id, "it reverses nothing of its book"));
    } else if proven.transfers == count(transfers) && 2 * proven.transfers != proven.entries {
        proven.first_bad = Some(Finding {
            rule: "L1",
            what: "there are entries that belong to no transfer".to_owned(),
        });
    }
    Ok(proven)
}

fn legs_fit(transfer: &Transfer) -> bool {
    let legs = (transfer.debit, transfer.credit);
    match transfer.purpose {
        Purpose::Grant => legs == (Account::Issued, Account::Available),
        Purpose::Spend => legs == (Account::Available, Account::Used),
        Purpose::Refund => legs == (Account::Used, Account::Available),
        Purpose::Correction => {
            legs.0 == Account::Available && matches!(legs.1, Account::Issued | Account::Used)
        }
    }
}

fn finding(id: TransferId, why: &str) -> Finding {
    Finding {
        rule: "L1",
        what: format!("transfer {id}: {why}"),
    }
}
