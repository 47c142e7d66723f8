//! The marketplace beside us: its events in, ours out, and the rule by which they come to one state whatever their order.

pub mod compare;
pub mod history;
pub mod parse;
pub mod standing;
pub mod store;
pub mod webhook;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::account::{Locale, Plan};
use crate::consent::CancelReason;
use crate::contact::{Channel, LineKind, Stage};
use crate::token::Keys;
use webhook::Secrets;

pub use parse::Reject;

/// Bytes of one event at most: a long description in UTF-8, with room.
pub const EVENT_BYTES_MAX: usize = 256 * 1024;

/// By which way an event came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `POST /hooks/platform`.
    Webhook,
    /// `platform.feed_url`.
    Feed,
    /// A file of JSON lines.
    File,
    /// A folder with the platform's past.
    History,
    /// The account page of this installation.
    Account,
}

/// An event of the platform, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The platform's id: the same id is one event.
    pub id: String,
    /// Its type, on disk and on the wire.
    pub kind: String,
    /// When it happened: what orders it.
    pub at: DateTime<Utc>,
    /// The reference of its project, else of its client or provider.
    pub subject: Option<String>,
    /// What happened.
    pub what: What,
}

/// What happened. People, projects and providers are named by the platform's references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `client.upserted`: the whole profile; what it leaves out is not known.
    Client(ClientProfile),
    /// `client.seen`: on the platform; about one project only in logs of the past.
    Seen {
        /// Who.
        client: String,
        /// The project that the log names.
        project: Option<String>,
    },
    /// `provider.upserted`: the whole profile.
    Provider(ProviderProfile),
    /// `subscription.changed`
    Subscription(Subscription),
    /// `project.published`
    Published {
        /// The project.
        project: String,
        /// Its owner, for ever.
        client: String,
        /// What it says.
        details: Details,
    },
    /// `project.updated`: what it leaves out stays.
    Updated {
        /// The project.
        project: String,
        /// What changed.
        details: Details,
    },
    /// `project.awarded`
    Awarded {
        /// The project.
        project: String,
        /// Who was chosen.
        provider: String,
    },
    /// `project.award_revoked`
    AwardRevoked {
        /// The project.
        project: String,
    },
    /// `project.cancelled_by_client`: the only event that cancels; signed, or it is not taken at all.
    Cancelled {
        /// The project.
        project: String,
        /// Who acted.
        client: String,
        /// Why.
        reason: CancelReason,
    },
    /// `project.reopened_by_client`
    Reopened {
        /// The project.
        project: String,
        /// Who acted, if the platform says.
        client: Option<String>,
    },
    /// `credits.granted`
    Credits {
        /// To whom.
        provider: String,
        /// What for, in the platform's word.
        kind: String,
        /// How many.
        amount: i64,
        /// The platform's own reference.
        reference: String,
    },
    /// `application.created`
    Applied(Application),
    /// `application.withdrawn`; without a kind: every application of that provider to that project.
    Withdrawn {
        /// The project.
        project: String,
        /// Who withdraws.
        provider: String,
        /// Which application.
        kind: Option<ApplicationKind>,
    },
    /// A line of the past: a letter, a call, an answer, a report. Only from history folders.
    Logged {
        /// The project.
        project: String,
        /// What happened.
        line: LineKind,
        /// By which way.
        channel: Channel,
        /// What the client said.
        stage: Option<Stage>,
    },
    /// The past says that its client had ended it. Only from history folders; cancels nothing that is known.
    Ended {
        /// The project.
        project: String,
    },
    /// A type that this version does not know: kept and reported.
    Unknown,
}

/// What is known of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientProfile {
    /// The platform's reference.
    pub client: String,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Language.
    pub locale: Locale,
    /// Zone, by its IANA name.
    pub zone: String,
}

/// What is known of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderProfile {
    /// The platform's reference.
    pub provider: String,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// Language.
    pub locale: Locale,
}

/// A plan from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Whose.
    pub provider: String,
    /// Which.
    pub plan: Plan,
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it; none: until further notice.
    pub until: Option<DateTime<Utc>>,
}

/// What a project says; `None`: not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// One line.
    pub title: Option<String>,
    /// The client's text.
    pub description: Option<String>,
    /// The platform's word for its kind.
    pub category: Option<String>,
    /// Hundredths of the currency's unit.
    pub budget_minor: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// The platform's word.
    pub urgency: Option<String>,
}

/// A credit spent on a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The project.
    pub project: String,
    /// Who applied.
    pub provider: String,
    /// Which way.
    pub kind: ApplicationKind,
    /// What it cost.
    pub credits: i64,
}

/// Which way a provider applied.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// Looked at the client's contact.
    View,
    /// Made an offer.
    Offer,
    /// Wrote or called.
    Contact,
}

/// The signature as it came, kept so that an audit can check it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// `webhook-id`; the event's own id for acts of the account page.
    pub id: String,
    /// `webhook-timestamp`, in seconds.
    pub timestamp: i64,
    /// `webhook-signature`; for acts of the account page, [`Keys::sign`].
    pub signature: String,
}

/// An event as it came. One with a [`Signature`] can only be made by checking it.
#[derive(Debug, Clone)]
pub struct RawEvent {
    event: Event,
    body: String,
    signature: Option<Signature>,
}

impl RawEvent {
    /// An event without a signature: everything but a cancellation.
    ///
    /// # Errors
    /// [`Reject`] says what is wrong with it.
    pub fn unsigned(body: &str) -> Result<Self, Reject> {
        let event = parse::event(body)?;
        if matches!(event.what, What::Cancelled { .. }) {
            return Err(Reject::Unsigned);
        }
        Ok(Self {
            event,
            body: body.to_owned(),
            signature: None,
        })
    }

    /// An event whose Standard Webhooks signature holds under one of `secrets`, whatever its age.
    ///
    /// # Errors
    /// [`Reject::Signature`] when it does not hold; otherwise what is wrong with the event.
    pub fn signed(body: &str, signature: Signature, secrets: &Secrets) -> Result<Self, Reject> {
        if !secrets.holds(&signature, body) {
            return Err(Reject::Signature);
        }
        Ok(Self {
            event: parse::event(body)?,
            body: body.to_owned(),
            signature: Some(signature),
        })
    }

    /// A line of a file or feed: an event, or `{"webhook-id","webhook-timestamp","webhook-signature","payload"}` with
    /// the signed event as text.
    ///
    /// # Errors
    /// [`Reject`] says what is wrong with it.
    pub fn line(line: &str, secrets: &Secrets) -> Result<Self, Reject> {
        match parse::envelope(line)? {
            Some((payload, signature)) => Self::signed(&payload, signature, secrets),
            None => Self::unsigned(line),
        }
    }

    /// An event that was kept before, its signature checked when it came.
    fn kept(body: &str, is_erased: bool, signature: Option<Signature>) -> Result<Self, Reject> {
        let body = parse::readable(body, is_erased)?;
        Ok(Self {
            event: parse::event(&body)?,
            body,
            signature,
        })
    }

    /// An act of the client on this installation's account page, signed under its key.
    fn act(body: String, at: DateTime<Utc>, keys: &Keys) -> Result<Self, Reject> {
        let event = parse::event(&body)?;
        let timestamp = at.timestamp();
        let signature = keys.sign(webhook::message(&event.id, timestamp, &body).as_bytes());
        let signature = Signature {
            id: event.id.clone(),
            timestamp,
            signature,
        };
        Ok(Self {
            event,
            body,
            signature: Some(signature),
        })
    }

    /// Its size as it came.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.body.len()
    }

    /// What it says.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }
}

/// Whether kept evidence still says, under a signature that holds now, that `client` cancelled `project`: the platform's
/// under one of `secrets`, an account page's under one of `keys`.
#[must_use]
pub fn is_cancellation(
    source: Source,
    body: &str,
    signature: &str,
    (project, client): (&str, &str),
    secrets: &Secrets,
    keys: &Keys,
) -> bool {
    let Ok(signature) = serde_json::from_str::<Signature>(signature) else {
        return false;
    };
    let holds = match source {
        Source::Account => {
            let message = webhook::message(&signature.id, signature.timestamp, body);
            keys.signed(message.as_bytes(), &signature.signature)
        }
        Source::Webhook | Source::Feed | Source::File | Source::History => {
            secrets.holds(&signature, body)
        }
    };
    let what = parse::event(body).map(|event| event.what);
    holds
        && matches!(what, Ok(What::Cancelled { project: p, client: c, .. }) if p == project && c == client)
}

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It changed something.
    Applied,
    /// Something newer was known already; it is on the timeline.
    Late,
    /// It waits for what it is about, `kind:reference`.
    Waiting(String),
    /// Kept without effect; why.
    Kept(String),
    /// It may not have the effect it asks for; why.
    Refused(String),
    /// The same event was there already.
    Duplicate,
    /// Not kept; why.
    Rejected(String),
}

impl Taken {
    /// Its name on disk; none for what leaves no row.
    #[must_use]
    pub const fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::Applied => Some("applied"),
            Self::Late => Some("late"),
            Self::Waiting(_) => Some("waiting"),
            Self::Kept(_) => Some("kept"),
            Self::Refused(_) => Some("refused"),
            Self::Duplicate | Self::Rejected(_) => None,
        }
    }
}

/// What a client does on the account page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountAct {
    /// Ends the project.
    Cancel(CancelReason),
    /// Puts it back on the list.
    Reopen,
}

#[cfg(test)]
mod tests;
