//! Credits: what a provider was granted, has left and used, and the transfers that alone change it.
//!
//! A book holds one kind of credit of one provider in three accounts. All transfers stay inside one book, so no account
//! is shared by two providers and none is hot; `issued + available + used = 0` always.

pub mod store;

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::account::ProviderId;
use crate::id::Id;
use crate::project::ProjectId;
use crate::refund::RequestId;

/// Credits that one transfer may move. Source: the events' amounts are small counts; a larger one is a mistake.
pub const AMOUNT_MAX: i64 = 1_000_000;

/// The id of a [`Transfer`].
pub type TransferId = Id<Transfer>;

/// What a credit is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Reading a project whole.
    View,
    /// Making an offer.
    Offer,
    /// Seeing how to reach the client.
    Contact,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::View, Self::Offer, Self::Contact];

    /// Its name on disk and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Offer => "offer",
            Self::Contact => "contact",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        (Self::ALL.into_iter().find(|kind| kind.as_str() == name))
            .ok_or_else(|| format!("no kind of credit is called {name:?}: view, offer or contact"))
    }
}

/// An account of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Below zero by all that was granted: the other side of every grant.
    Issued,
    /// What the provider may spend.
    Available,
    /// What the provider has spent and not been given back.
    Used,
}

impl Account {
    /// Its name on disk.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Available => "available",
            Self::Used => "used",
        }
    }
}

/// Why credits move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The subscription brings credits.
    Grant,
    /// The provider applies to a project.
    Spend,
    /// A spend is given back, on an approved request.
    Refund,
    /// A grant or a refund was a mistake.
    Correction,
}

impl Purpose {
    /// Its name on disk.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Spend => "spend",
            Self::Refund => "refund",
            Self::Correction => "correction",
        }
    }
}

/// A count of credits from 1 to [`AMOUNT_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// The amount, if it is one that a transfer can move.
    #[must_use]
    pub const fn new(credits: i64) -> Option<Self> {
        if credits >= 1 && credits <= AMOUNT_MAX {
            Some(Self(credits))
        } else {
            None
        }
    }

    /// As a number.
    #[must_use]
    pub const fn credits(self) -> i64 {
        self.0
    }
}

/// What a command wants of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Idempotency key, unique over all commands for ever, for example `event:evt_17`.
    pub key: String,
    /// Whose credits.
    pub provider: ProviderId,
    /// Of which kind.
    pub kind: Kind,
    /// How many.
    pub amount: Amount,
    /// Why.
    pub what: What,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// Why, and what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// See [`Purpose::Grant`].
    Grant,
    /// See [`Purpose::Spend`].
    Spend(ProjectId),
    /// See [`Purpose::Refund`].
    Refund {
        /// The spend given back.
        spend: TransferId,
        /// The request that was approved.
        request: RequestId,
    },
    /// See [`Purpose::Correction`].
    Correct {
        /// The grant or refund taken back.
        transfer: TransferId,
        /// The account that the mistaken transfer took from.
        back_to: Account,
        /// Said by a person.
        reason: String,
    },
}

impl What {
    /// Its purpose.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        match self {
            Self::Grant => Purpose::Grant,
            Self::Spend(_) => Purpose::Spend,
            Self::Refund { .. } => Purpose::Refund,
            Self::Correct { .. } => Purpose::Correction,
        }
    }

    /// The account that is debited (goes down) and the one that is credited (goes up).
    #[must_use]
    pub const fn legs(&self) -> (Account, Account) {
        match self {
            Self::Grant => (Account::Issued, Account::Available),
            Self::Spend(_) => (Account::Available, Account::Used),
            Self::Refund { .. } => (Account::Used, Account::Available),
            Self::Correct { back_to, .. } => (Account::Available, *back_to),
        }
    }
}

/// One transfer as its row says.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Transfer {
    /// Our id.
    pub id: TransferId,
    /// The provider of its book.
    pub provider_id: ProviderId,
    /// The kind of its book.
    pub kind: Kind,
    /// Place in the book, from 1.
    pub n: i64,
    /// Why.
    pub purpose: Purpose,
    /// The account that went down.
    pub debit: Account,
    /// The account that went up.
    pub credit: Account,
    /// How many credits.
    pub amount: i64,
    /// What a spend was for.
    pub project_id: Option<ProjectId>,
    /// The spend that a refund gives back.
    pub refunds: Option<TransferId>,
    /// The request that a refund answers.
    pub request: Option<RequestId>,
    /// What a correction takes back.
    pub corrects: Option<TransferId>,
    /// Why, in a person's words; on corrections.
    pub reason: Option<String>,
    /// The command's key.
    pub idempotency_key: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// When it was written down.
    pub recorded_at: DateTime<Utc>,
    /// Hash of the transfer before it in the book; empty on the first.
    pub previous_hash: String,
    /// Its own hash.
    pub hash: String,
}

impl Transfer {
    /// What [`Transfer::hash`] must be: SHA-256 over the hash before and every field, one a line, in this order.
    #[must_use]
    pub fn computed_hash(&self) -> String {
        let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let fields = [
            self.previous_hash.clone(),
            self.id.to_string(),
            self.provider_id.to_string(),
            self.kind.as_str().to_owned(),
            self.n.to_string(),
            self.purpose.as_str().to_owned(),
            self.debit.as_str().to_owned(),
            self.credit.as_str().to_owned(),
            self.amount.to_string(),
            id(self.project_id.map(Id::uuid)),
            id(self.refunds.map(Id::uuid)),
            id(self.request.map(Id::uuid)),
            id(self.corrects.map(Id::uuid)),
            // A line break in a reason must not look like the next field.
            serde_json::Value::from(self.reason.clone()).to_string(),
            serde_json::Value::from(self.idempotency_key.clone()).to_string(),
            self.at.timestamp_micros().to_string(),
            self.recorded_at.timestamp_micros().to_string(),
        ];
        let mut hasher = Sha256::new();
        for field in fields {
            hasher.update(field.as_bytes());
            hasher.update(b"\n");
        }
        let mut text = String::with_capacity(64);
        for byte in hasher.finalize() {
            write!(text, "{byte:02x}").expect("a string takes text");
        }
        text
    }

    /// Whether it is what `order` asks for: then the same key is a repetition, not a conflict.
    #[must_use]
    pub fn answers(&self, order: &Order) -> bool {
        let (debit, credit) = order.what.legs();
        let refers = match &order.what {
            What::Grant => true,
            What::Spend(project) => self.project_id == Some(*project),
            What::Refund { spend, request } => {
                self.refunds == Some(*spend) && self.request == Some(*request)
            }
            What::Correct {
                transfer, reason, ..
            } => self.corrects == Some(*transfer) && self.reason.as_ref() == Some(reason),
        };
        refers
            && self.provider_id == order.provider
            && self.kind == order.kind
            && self.purpose == order.what.purpose()
            && (self.debit, self.credit) == (debit, credit)
            && self.amount == order.amount.credits()
    }
}

/// What a book holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Balance {
    /// All that was granted, below zero.
    pub issued: i64,
    /// What may be spent.
    pub available: i64,
    /// What was spent and not given back.
    pub used: i64,
}

impl Balance {
    /// What one account holds.
    #[must_use]
    pub const fn of(&self, account: Account) -> i64 {
        match account {
            Account::Issued => self.issued,
            Account::Available => self.available,
            Account::Used => self.used,
        }
    }

    /// Changes one account.
    pub const fn add(&mut self, account: Account, delta: i64) {
        match account {
            Account::Issued => self.issued += delta,
            Account::Available => self.available += delta,
            Account::Used => self.used += delta,
        }
    }
}

/// Why the ledger does not do it; for the caller to read, not an error to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The book cannot pay.
    #[error("{needed} credits are needed and {available} are left")]
    NotEnough {
        /// What the transfer takes.
        needed: i64,
        /// What there is.
        available: i64,
    },
    /// The key belongs to another command (L7).
    #[error("this command's key was used for another transfer, {0}")]
    KeyTaken(TransferId),
    /// A credit of this kind was already spent on this project.
    #[error("a credit of this kind was already spent on this project, transfer {0}")]
    AlreadySpent(TransferId),
    /// Given back or taken back before, or by another request.
    #[error("transfer {0} was already given or taken back")]
    AlreadyReversed(TransferId),
    /// What it refers to is not there, not of this book, or of another amount.
    #[error("transfer {0} is not of this book, or cannot be reversed like that")]
    NotThatTransfer(TransferId),
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done now, or long ago by the same command.
    Done(Box<Transfer>),
    /// Not done; nothing was written.
    Refused(Refused),
}

/// A provider's credits of all kinds, for the margin meter (N21).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Margin {
    /// Credits ever granted, corrections taken off.
    pub granted: i64,
    /// Credits spent and not given back.
    pub used: i64,
    /// Credits left.
    pub available: i64,
    /// Of the used ones, those spent on projects that are cancelled now.
    pub used_on_cancelled: i64,
}
