//! Refund requests: a queue in which a person decides. The default is no, silence is no (S25, S26, N19).
//!
//! Nothing here approves by itself: an approval takes a [`Decider`], whose only maker checks a person against our data.

pub mod case;
pub mod decider;
pub mod door;
pub mod limits;
pub mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::account::{Locale, Plan, ProviderId};
use crate::credit::{Kind, TransferId};
use crate::id::Id;
use crate::project::ProjectId;

pub use decider::Decider;
pub use limits::Limits;

/// The id of a [`Request`].
pub type RequestId = Id<Request>;
/// The id of a stored [`case::CaseFile`].
pub type CaseId = Id<case::CaseFile>;

/// Characters of what the claimant tells. Source: a Discord form takes 4,000; a case is read whole by a person.
pub const STORY_CHARS_MAX: usize = 1_000;
/// Characters of the proof's link.
pub const PROOF_CHARS_MAX: usize = 300;
/// Characters of a reason, question or answer. Source: it must fit a Discord message with its frame.
pub const SAID_CHARS_MAX: usize = 1_000;

/// Why a provider asks (d4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The client says that somebody else does it.
    FoundElsewhere,
    /// The client says that it will not be done.
    FellThrough,
    /// The client cannot be reached.
    Unreachable,
    /// The project was not meant seriously.
    NotSerious,
    /// The same project is there twice.
    Duplicate,
    /// Something else.
    Other,
}

impl Reason {
    /// Every reason, in the order in which forms show them.
    pub const ALL: [Self; 6] = [
        Self::FoundElsewhere,
        Self::FellThrough,
        Self::Unreachable,
        Self::NotSerious,
        Self::Duplicate,
        Self::Other,
    ];

    /// Its name on disk and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FoundElsewhere => "found_elsewhere",
            Self::FellThrough => "fell_through",
            Self::Unreachable => "unreachable",
            Self::NotSerious => "not_serious",
            Self::Duplicate => "duplicate",
            Self::Other => "other",
        }
    }
}

impl std::str::FromStr for Reason {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|reason| reason.as_str() == name);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            format!("no reason is called {name:?}; the reasons are {names}")
        })
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for a person's decision.
    Open,
    /// Waits for the claimant's answer to a question.
    Asked,
    /// A person said yes; the credits came back.
    Approved,
    /// A person said no.
    Declined,
    /// The claimant did not answer, was warned, and did not answer.
    ClosedSilent,
    /// The yes was a mistake; the credits were taken back by a counter-entry.
    Undone,
}

impl State {
    /// Its name on disk.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::ClosedSilent => "closed_silent",
            Self::Undone => "undone",
        }
    }

    /// Whether a person still has to decide.
    #[must_use]
    pub const fn is_waiting(self) -> bool {
        match self {
            Self::Open | Self::Asked => true,
            Self::Approved | Self::Declined | Self::ClosedSilent | Self::Undone => false,
        }
    }
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The staff ask the claimant something.
    Asked,
    /// The claimant answers.
    Answered,
    /// The claimant is told that silence closes the request.
    Warned,
    /// Silence closed it.
    ClosedSilent,
    /// The first of two persons wants it approved.
    Endorsed,
    /// Yes.
    Approved,
    /// No.
    Declined,
    /// The yes was a mistake.
    Undone,
}

/// Who makes something happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person of the staff.
    Staff,
    /// The claimant.
    Provider,
    /// The passing of time: it can warn and close, never approve or decline.
    Timer,
}

/// Where it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// The bot on Discord.
    Discord,
    /// The bot's conversation in a terminal.
    Terminal,
    /// The operator's command line.
    Command,
    /// Nowhere: a job.
    Timer,
}

/// One request as its row says.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Request {
    /// Our id.
    pub id: RequestId,
    /// What people call it.
    pub number: i64,
    /// The spend that is asked back.
    pub spend: TransferId,
    /// Who asks.
    pub provider_id: ProviderId,
    /// What the credits were spent on.
    pub project_id: ProjectId,
    /// Which kind of credit.
    pub kind: Kind,
    /// How many.
    pub amount: i64,
    /// The claimant's subscription when asking.
    pub plan: Option<Plan>,
    /// Why, from the list.
    pub reason: Reason,
    /// What happened, in the claimant's words.
    pub story: String,
    /// A link, as text; never fetched.
    pub proof: String,
    /// The claimant's language.
    pub locale: Locale,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub state_at: DateTime<Utc>,
}

/// Why something cannot happen to a request now; for the caller to read, not an error to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It stands elsewhere, and since when: somebody was faster, or the press is old.
    #[error("the request is {} since {since}", state.as_str())]
    StandsElsewhere {
        /// Where it stands.
        state: State,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The person may not do this.
    #[error(transparent)]
    NotYours(#[from] decider::NotYours),
    /// A reason, question or answer must be said.
    #[error("say why, in at most {SAID_CHARS_MAX} characters")]
    SayWhy,
    /// The same person already wanted it; somebody else has to want it, too.
    #[error("a second person has to approve this request")]
    SecondPersonNeeded,
    /// The ledger cannot do it, for example because the credits that should be taken back are spent.
    #[error(transparent)]
    Ledger(#[from] crate::credit::Refused),
}

impl State {
    /// Where `event` by `actor` leads from here; the same closed list stands in the database.
    ///
    /// # Errors
    /// None when it does not apply here: the caller answers with [`Refused::StandsElsewhere`].
    #[must_use]
    pub const fn after(self, event: EventKind, actor: ActorKind) -> Option<Self> {
        match (event, self, actor) {
            (EventKind::Asked, Self::Open, ActorKind::Staff)
            | (EventKind::Warned, Self::Asked, ActorKind::Timer) => Some(Self::Asked),
            (EventKind::Answered, Self::Asked, ActorKind::Provider) => Some(Self::Open),
            (EventKind::ClosedSilent, Self::Asked, ActorKind::Timer) => Some(Self::ClosedSilent),
            (EventKind::Endorsed, Self::Open | Self::Asked, ActorKind::Staff) => Some(self),
            (EventKind::Approved, Self::Open | Self::Asked, ActorKind::Staff) => {
                Some(Self::Approved)
            }
            (EventKind::Declined, Self::Open | Self::Asked, ActorKind::Staff) => {
                Some(Self::Declined)
            }
            (EventKind::Undone, Self::Approved, ActorKind::Staff) => Some(Self::Undone),
            (
                EventKind::Asked
                | EventKind::Answered
                | EventKind::Warned
                | EventKind::ClosedSilent
                | EventKind::Endorsed
                | EventKind::Approved
                | EventKind::Declined
                | EventKind::Undone,
                _,
                _,
            ) => None,
        }
    }
}

/// What was said, without the blank around it.
///
/// # Errors
/// [`Refused::SayWhy`] when nothing is left, or too much.
pub fn said(text: &str) -> Result<&str, Refused> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > SAID_CHARS_MAX {
        return Err(Refused::SayWhy);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [EventKind; 8] = [
        EventKind::Asked,
        EventKind::Answered,
        EventKind::Warned,
        EventKind::ClosedSilent,
        EventKind::Endorsed,
        EventKind::Approved,
        EventKind::Declined,
        EventKind::Undone,
    ];
    const STATES: [State; 6] = [
        State::Open,
        State::Asked,
        State::Approved,
        State::Declined,
        State::ClosedSilent,
        State::Undone,
    ];

    // S26, d14: no event of a timer or of the claimant leads to an approval, from anywhere.
    #[test]
    fn only_a_person_of_the_staff_approves() {
        for state in STATES {
            for event in EVENTS {
                for actor in [ActorKind::Timer, ActorKind::Provider] {
                    let to = state.after(event, actor);
                    assert_ne!(to, Some(State::Approved), "{state:?} {event:?} {actor:?}");
                    assert_ne!(to, Some(State::Declined), "{state:?} {event:?} {actor:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_decided_is_decided_but_a_mistaken_yes_can_be_undone() {
        for state in STATES.into_iter().filter(|state| !state.is_waiting()) {
            let moves: Vec<_> = EVENTS
                .into_iter()
                .filter(|event| state.after(*event, ActorKind::Staff).is_some())
                .collect();
            let expected: &[EventKind] = match state {
                State::Approved => &[EventKind::Undone],
                _ => &[],
            };
            assert_eq!(moves, expected, "{state:?}");
        }
    }
}
