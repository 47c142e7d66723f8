//! The CRM timeline: what happened with a client, when, by which channel, and what it comes to.

mod clean;
pub mod store;

pub use clean::{NOTE_CHARS_MAX, clean_note};

use chrono::{DateTime, Utc};

use crate::account::ClientId;
use crate::project::ProjectId;

/// Note of a [`LineKind::Label`] line: no address and no number of the client works.
pub const UNREACHABLE: &str = "unreachable";
/// Note of a [`LineKind::Label`] line: one works again.
pub const REACHABLE: &str = "reachable";

/// Where a project stands in its client's own words (S8).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody found yet.
    Searching,
    /// Talking with providers.
    Comparing,
    /// Decided for somebody outside the platform. A wish at most: only the account cancels.
    ChosenOutside,
    /// Decided for a provider of the platform.
    ChosenHere,
    /// Later.
    Postponed,
    /// It will not be done. A wish at most: only the account cancels.
    Dropped,
    /// Said something from which nothing follows.
    Unknown,
}

/// What a line of the timeline tells.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// The project came on the list.
    Published,
    /// A follow-up letter left.
    LetterSent,
    /// A letter was refused for good or its outcome is unknown.
    LetterFailed,
    /// A letter came back.
    Bounce,
    /// A robot answered: not an answer.
    AutoReply,
    /// The client spoke: by mail, page or telephone.
    Answer,
    /// Nobody took the call.
    CallNoAnswer,
    /// A message was left.
    CallLeftMessage,
    /// The number is not the client's.
    CallWrongNumber,
    /// The client took the call and would not speak.
    CallRefused,
    /// The call was not made in time; the next mail stood in.
    CallExpired,
    /// The client was on the platform.
    Login,
    /// A provider applied.
    Application,
    /// Awarded on the platform.
    Award,
    /// The award was taken back.
    AwardRevoked,
    /// Cancelled by the client.
    Cancelled,
    /// Put back on the list by the client.
    Reopened,
    /// A provider says that it is over: weak evidence.
    Report,
    /// A label such as "unreachable" was set or lifted.
    Label,
    /// The client asked for fewer, no, or the usual mails.
    MailsChanged,
    /// The client's mail service passed a complaint on.
    Complaint,
    /// A person's remark.
    Note,
}

/// By which way it happened.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Mail.
    Email,
    /// Telephone.
    Phone,
    /// The client's page.
    Page,
    /// The client's account.
    Account,
    /// The marketplace's events.
    Platform,
    /// A member of the staff.
    Staff,
}

/// One line to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whose timeline.
    pub client: ClientId,
    /// The project; none for what concerns the client altogether.
    pub project: Option<ProjectId>,
    /// What happened.
    pub kind: LineKind,
    /// By which way.
    pub channel: Channel,
    /// What the client said; exactly on [`LineKind::Answer`].
    pub stage: Option<Stage>,
    /// When the client wants to be asked again.
    pub ask_again_at: Option<DateTime<Utc>>,
    /// Free text, cleaned, without contact data.
    pub note: Option<String>,
    /// Unique name of the cause, for example `event:evt_17` or `outbox:<id>:<project>`: the same cause is one line.
    pub source: String,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// What the timeline of a project comes to. All `None` and zero when nothing ever happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Last sign of the client: an answer, a log-in, a return to the list.
    pub last_sign_at: Option<DateTime<Utc>>,
    /// Which sign.
    pub last_sign_kind: Option<LineKind>,
    /// The client's last word.
    pub stage: Option<Stage>,
    /// When it was said.
    pub stage_at: Option<DateTime<Utc>>,
    /// When the client wants to be asked again, as of the last word.
    pub ask_again_at: Option<DateTime<Utc>>,
    /// Letters since the last sign.
    pub mails_unanswered: i64,
    /// Calls since the last sign.
    pub calls_unanswered: i64,
    /// Letters ever.
    pub mails_total: i64,
    /// Calls ever.
    pub calls_total: i64,
    /// Last letter or call.
    pub asked_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests;
