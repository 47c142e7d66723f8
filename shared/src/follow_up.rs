//! Follow-ups: when a client is asked again about a project, by which channel, and within which limits.
//!
//! Each pending project has its own plan ([`next`]), which never ends while the project is pending and some way to its
//! client is left. What falls due is then put together per person ([`decide`]): one letter or one call about all of a
//! client's projects, within caps that count everything together.

mod calendar;
mod decide;
mod next;
mod rhythm;
pub mod store;

pub use calendar::{Calendar, is_public_holiday};
pub use decide::{Ask, Contacted, Contacts, Decision, decide};
pub use next::{Next, Reason, next};
pub use rhythm::Rhythm;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::account::{ClientId, Mails};
use crate::contact::{Channel, Facts};
use crate::id::Id;

/// The id of a [`Call`].
pub type CallId = Id<Call>;

/// One telephone call to one client, about one or more of their projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call;

/// What came of a call.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// Nobody took it.
    NoAnswer,
    /// A message was left.
    LeftMessage,
    /// The client spoke.
    Spoke,
    /// The number is not the client's.
    WrongNumber,
    /// The client would not speak.
    Refused,
}

impl CallOutcome {
    /// Every outcome that a person records.
    pub const ALL: [Self; 5] = [
        Self::NoAnswer,
        Self::LeftMessage,
        Self::Spoke,
        Self::WrongNumber,
        Self::Refused,
    ];

    /// Its name on the command line and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::LeftMessage => "left_message",
            Self::Spoke => "spoke",
            Self::WrongNumber => "wrong_number",
            Self::Refused => "refused",
        }
    }
}

/// No outcome has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no outcome of a call: no_answer, left_message, spoke, wrong_number, refused")]
pub struct UnknownOutcome(String);

impl std::str::FromStr for CallOutcome {
    type Err = UnknownOutcome;

    fn from_str(name: &str) -> Result<Self, UnknownOutcome> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
            .ok_or_else(|| UnknownOutcome(name.to_owned()))
    }
}

/// Whether a way to a person works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The platform knows none.
    #[default]
    Unknown,
    /// As far as we know.
    Works,
    /// Letters come back, or the number is somebody else's, since then.
    DeadSince(DateTime<Utc>),
}

impl Way {
    /// The way by an address or a number that is there or not, dead or not.
    #[must_use]
    pub const fn of(is_known: bool, dead_at: Option<DateTime<Utc>>) -> Self {
        match (is_known, dead_at) {
            (false, _) => Self::Unknown,
            (true, None) => Self::Works,
            (true, Some(at)) => Self::DeadSince(at),
        }
    }

    const fn dead_since(self) -> Option<DateTime<Utc>> {
        match self {
            Self::DeadSince(at) => Some(at),
            Self::Unknown | Self::Works => None,
        }
    }
}

/// What the plan must know about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Who; also spreads people over days and hours, always the same way.
    pub id: ClientId,
    /// Zone of office hours and dates.
    pub zone: Tz,
    /// The rhythm of mails that the client asked for.
    pub mails: Mails,
    /// The way by mail.
    pub email: Way,
    /// The way by telephone.
    pub phone: Way,
}

impl Person {
    /// Since when neither way works, none while one may: "unreachable" is a label, no state (N16). A client of whom the
    /// platform knows neither address nor number is not labelled; we never tried.
    #[must_use]
    pub fn unreachable_since(&self) -> Option<DateTime<Utc>> {
        if self.email == Way::Works || self.phone == Way::Works {
            return None;
        }
        self.email.dead_since().max(self.phone.dead_since())
    }

    fn takes(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.email == Way::Works && self.mails != Mails::None,
            Channel::Phone => self.phone == Way::Works,
            Channel::Page | Channel::Account | Channel::Platform | Channel::Staff => false,
        }
    }
}

/// How the last step of a plan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepEnd {
    /// The letter waits to leave, the call to be made until then.
    Open {
        /// When an unmade call expires; when the letter is to leave.
        until: DateTime<Utc>,
    },
    /// The letter left, the call was made.
    Done,
    /// The call was not made in time.
    Expired {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It was stopped before it reached anybody.
    Withdrawn,
    /// It was stopped because something was learned about one of the projects that it asked about: of the others it is as
    /// right as before, so they are asked at once.
    Outdated,
}

/// The last step of a project's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// From 1, without a gap.
    pub number: i64,
    /// Mail or telephone.
    pub channel: Channel,
    /// When the letter was to leave, when the call was opened.
    pub at: DateTime<Utc>,
    /// Mails in a row up to this one; 0 for a call.
    pub mails_in_row: i64,
    /// How it ended.
    pub end: StepEnd,
}

/// Where a project stands in its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// First time on the list.
    pub published_at: DateTime<Utc>,
    /// What the timeline comes to.
    pub facts: Facts,
    /// The last step, if there was one.
    pub last_step: Option<Step>,
    /// Since when reports of providers let the client be asked sooner, once; see [`crate::report`].
    pub reported_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests;
