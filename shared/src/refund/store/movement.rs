//! What a decision moves in the ledger.

use chrono::{DateTime, Utc};

use crate::credit::{self, Account, Amount, Order, Transfer, TransferId, What};
use crate::db::{StoreError, Tx};
use crate::on_engine;
use crate::refund::{Decider, Refused, Request};

const REFUND_OF: &str = "SELECT id FROM transfers WHERE request = $1 AND purpose = 'refund'";

/// Statements of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[REFUND_OF];

pub(super) async fn give_back(
    tx: &mut Tx,
    decider: &Decider,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Result<Transfer, Refused>, StoreError> {
    let order = order(
        request,
        format!("refund:{}", decider.request()),
        What::Refund {
            spend: request.spend,
            request: decider.request(),
        },
        now,
    )?;
    Ok(moved(credit::store::carry_out(tx, &order, now).await?))
}

pub(super) async fn take_back(
    tx: &mut Tx,
    request: &Request,
    why: &str,
    now: DateTime<Utc>,
) -> Result<Result<Transfer, Refused>, StoreError> {
    let refund = refund_of(tx, request).await?;
    let transfer = refund.ok_or(StoreError::Corrupt {
        what: "refund request",
        id: request.id.to_string(),
        why: "it is approved and nothing came back",
    })?;
    let what = What::Correct {
        transfer,
        back_to: Account::Used,
        reason: why.to_owned(),
    };
    let order = order(request, format!("undo:{}", request.id), what, now)?;
    Ok(moved(credit::store::carry_out(tx, &order, now).await?))
}

/// The transfer that gave the credits of a request back.
pub(super) async fn refund_of(
    tx: &mut Tx,
    request: &Request,
) -> Result<Option<TransferId>, StoreError> {
    Ok(
        on_engine!(tx, tx => sqlx::query_scalar(REFUND_OF).bind(request.id).fetch_optional(&mut **tx).await)?,
    )
}

fn order(
    request: &Request,
    key: String,
    what: What,
    now: DateTime<Utc>,
) -> Result<Order, StoreError> {
    let amount = Amount::new(request.amount).ok_or(StoreError::Corrupt {
        what: "refund request",
        id: request.id.to_string(),
        why: "its amount is none that can be moved",
    })?;
    Ok(Order {
        key,
        provider: request.provider_id,
        kind: request.kind,
        amount,
        what,
        at: now,
    })
}

fn moved(outcome: credit::Outcome) -> Result<Transfer, Refused> {
    match outcome {
        credit::Outcome::Done(transfer) => Ok(*transfer),
        credit::Outcome::Refused(refused) => Err(refused.into()),
    }
}
