//! Letters out: what a letter is, its signed reply address, its templates, its rendering into fixed bytes.

mod address;
mod compose;
mod header;
mod templates;

pub use address::{
    address_hash, bounce_address, bounce_token, read_bounce_token, read_reply_token, reply_address,
    reply_token,
};
pub use compose::{ComposeError, Composer};
pub use header::{clean_header, clean_text};
pub(crate) use header::{is_invisible, turns};
pub use templates::TemplateError;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::{ClientId, Locale, ProviderId};
use crate::id::Id;
use crate::project::ProjectId;

/// The id of a [`Letter`].
pub type LetterId = Id<Letter>;

/// Projects that one letter may ask about; a client with more is asked about the rest by the next letter.
pub const PROJECTS_PER_LETTER_MAX: usize = 20;

/// Why a letter is written; decides its templates, its headers and what may still stop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// Asks a client about pending projects. Values: [`FollowUpValues`].
    FollowUp,
    /// Signs a client in to the account. Values: `url`, `minutes`.
    SignIn,
    /// Says that the client cancelled a project, with the way back. Values: `reference`, `title`, `url`, `until`.
    CancelReceipt,
    /// Answers a client who asks in words for a cancellation: only the account cancels. Values: [`FollowUpValues`].
    WayToAccount,
    /// The code that ties a Discord user to a provider. Values: `code`, `minutes`.
    LinkCode,
    /// What a person decided about a refund. Values: `reference`, `title`, `approved` (bool), `reason`, `credits`,
    /// and `news` (text or none): said instead of a yes or no.
    RefundDecision,
}

impl LetterKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::FollowUp,
        Self::SignIn,
        Self::CancelReceipt,
        Self::WayToAccount,
        Self::LinkCode,
        Self::RefundDecision,
    ];

    /// Its name in the database and in the names of its templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FollowUp => "follow_up",
            Self::SignIn => "sign_in",
            Self::CancelReceipt => "cancel_receipt",
            Self::WayToAccount => "way_to_account",
            Self::LinkCode => "link_code",
            Self::RefundDecision => "refund_decision",
        }
    }

    /// Whether the letter comes again and again, so that it carries the one-click opt-out and obeys it. The others are
    /// service mail about something the person just did (threats D1).
    #[must_use]
    pub const fn is_repeated(self) -> bool {
        match self {
            Self::FollowUp => true,
            Self::SignIn
            | Self::CancelReceipt
            | Self::WayToAccount
            | Self::LinkCode
            | Self::RefundDecision => false,
        }
    }

    /// Whether it is written to a client, with the links of the client's page; else to a provider.
    #[must_use]
    pub const fn is_for_client(self) -> bool {
        match self {
            Self::FollowUp | Self::SignIn | Self::CancelReceipt | Self::WayToAccount => true,
            Self::LinkCode | Self::RefundDecision => false,
        }
    }

    /// Values like those that callers give, for checking templates at start.
    fn sample_values(self) -> Value {
        match self {
            Self::FollowUp | Self::WayToAccount => json!({"projects": [
                {"reference": "31204", "title": "Un site", "published_at": "2024-01-01T12:00:00Z"},
                {"reference": "31205", "title": "Un logo", "published_at": "2026-01-01T12:00:00Z"},
            ]}),
            Self::SignIn => json!({"url": "https://relance.example/s/x", "minutes": 30}),
            Self::CancelReceipt => json!({"reference": "31204", "title": "Un site",
                "url": "https://relance.example/w/x", "until": "2026-01-08T12:00:00Z"}),
            Self::LinkCode => json!({"code": "123456", "minutes": 15}),
            Self::RefundDecision => {
                json!({"reference": "31204", "title": "Un site", "approved": true,
                "reason": "à titre exceptionnel", "credits": 1, "news": null})
            }
        }
    }
}

/// Values of a [`LetterKind::FollowUp`] or [`LetterKind::WayToAccount`], in the order of [`Letter::projects`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpValues {
    /// One line each.
    pub projects: Vec<FollowUpProject>,
}

/// A line of a follow-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpProject {
    /// The platform's id, which the client knows.
    pub reference: String,
    /// As the client wrote it.
    pub title: String,
    /// Since when it is on the list; the letter says it as an age.
    pub published_at: DateTime<Utc>,
}

impl FollowUpValues {
    /// As [`Letter::values`].
    #[must_use]
    pub fn into_value(self) -> Value {
        serde_json::to_value(self).expect("texts and instants are valid JSON")
    }
}

/// A letter to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// Why.
    pub kind: LetterKind,
    /// To which client; exactly for the kinds that are for clients.
    pub client: Option<ClientId>,
    /// To which provider; exactly for the others.
    pub provider: Option<ProviderId>,
    /// The person's name, as the platform tells it.
    pub name: String,
    /// The person's address.
    pub email: String,
    /// Language of the letter.
    pub locale: Locale,
    /// Zone of the dates in it.
    pub zone: Tz,
    /// Names the cause, for example `follow_up:<client>:<slot>`: the same cause is written about once (threats E5).
    pub dedupe: String,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// The projects asked about, in the order of the lines; at most [`PROJECTS_PER_LETTER_MAX`].
    pub projects: Vec<ProjectId>,
    /// What the templates of the kind ask for; see [`LetterKind`].
    pub values: Value,
}

/// A rendered letter, ready for the outbox: from here on nothing of it changes (threats E2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// Its id.
    pub id: LetterId,
    /// Why it is written.
    pub kind: LetterKind,
    /// To which client.
    pub client: Option<ClientId>,
    /// To which provider.
    pub provider: Option<ProviderId>,
    /// Names the cause.
    pub dedupe: String,
    /// With its angle brackets.
    pub message_id: String,
    /// The one address that it goes to.
    pub recipient: String,
    /// Where it comes back to.
    pub return_path: String,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// The projects of its lines.
    pub projects: Vec<ProjectId>,
    /// The whole message.
    pub raw: Vec<u8>,
}

#[cfg(test)]
mod tests;
