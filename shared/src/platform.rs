//! The marketplace beside us: its events in, ours out, and the rule by which they come to one state whatever their order.

mod event;
pub mod history;
pub mod parse;
pub mod seal;
pub mod standing;
pub mod store;
pub mod webhook;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::consent::CancelReason;
use crate::token::Keys;
use webhook::Secrets;

pub use event::{
    Application, ApplicationKind, ClientProfile, Details, Event, ProviderProfile, Subscription,
    What,
};
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

impl Source {
    /// Its name on disk.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Feed => "feed",
            Self::File => "file",
            Self::History => "history",
            Self::Account => "account",
        }
    }
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

/// What is kept of an act as evidence.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Kept {
    /// Id of the event, as its row says.
    pub id: String,
    /// When, as its row says.
    pub at: DateTime<Utc>,
    /// How it came.
    pub source: Source,
    /// What was signed.
    pub body: String,
    /// The signature as JSON.
    pub signature: Option<String>,
}

/// Whether kept evidence still says, under a signature that holds now, that `client` cancelled `project`: the platform's
/// under one of `secrets`, an account page's under one of `keys`. What was signed must name the id and the time of its row:
/// a signed act copied under another id is no second act.
#[must_use]
pub fn is_cancellation(
    kept: &Kept,
    (project, client): (&str, &str),
    secrets: &Secrets,
    keys: &Keys,
) -> bool {
    let body = kept.body.as_str();
    let Ok(signature) =
        serde_json::from_str::<Signature>(kept.signature.as_deref().unwrap_or_default())
    else {
        return false;
    };
    let holds = match kept.source {
        Source::Account => {
            let message = webhook::message(&signature.id, signature.timestamp, body);
            keys.signed(message.as_bytes(), &signature.signature)
        }
        Source::Webhook | Source::Feed | Source::File | Source::History => {
            secrets.holds(&signature, body)
        }
    };
    holds
        && parse::event(body).is_ok_and(|event| {
            event.id == kept.id
                && event.at == kept.at
                && matches!(event.what, What::Cancelled { project: p, client: c, .. } if p == project && c == client)
        })
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
