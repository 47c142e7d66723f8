//! SQL of the order: states folded from the timeline, what was learned, what was published.

mod explain;
mod fold;
mod kinds;
mod learn;
mod place;
mod publish;
mod registry;

pub use explain::{Explained, explain};
pub(crate) use fold::fold;
pub(crate) use kinds::kinds;
pub use kinds::{DeclareError, declare};
pub use learn::learn;
pub(crate) use place::place;
pub use publish::{Published, publish};
pub use registry::{Current, Registered, current, last};

use crate::contact::{LineKind, Stage};
use crate::ranking::evidence::{Event, Said};
use crate::ranking::reports;

/// Statements of this room, for the test that prepares each on both engines; twins stand in their files.
pub const ALL_SQL: &[&[&str]] = &[
    publish::ALL_SQL,
    registry::ALL_SQL,
    place::ALL_SQL,
    explain::ALL_SQL,
    kinds::ALL_SQL,
];

/// What a line of the timeline is to the score; none for what it does not look at.
///
/// A provider chosen on the platform says nothing about whether others may still hope: it counts as an unclear word.
/// Awards and cancellations are not here: how a project left the list is read from its row. A report of a platform's past
/// has no weight: nobody weighed it when it was made.
fn event_of(kind: LineKind, stage: Option<Stage>, report_weight: Option<i64>) -> Option<Event> {
    match kind {
        LineKind::LetterSent => Some(Event::LetterSent),
        LineKind::Bounce => Some(Event::Bounced),
        LineKind::Answer => stage.map(|stage| Event::Said(said(stage))),
        LineKind::CallNoAnswer | LineKind::CallLeftMessage => Some(Event::CallUnanswered),
        LineKind::CallWrongNumber => Some(Event::WrongNumber),
        LineKind::CallRefused => Some(Event::CallRefused),
        LineKind::Login => Some(Event::SeenOnSite),
        LineKind::Application => Some(Event::Applied),
        LineKind::Report => Some(Event::StaleReport(reports::weight(
            report_weight.unwrap_or(0),
        ))),
        // A client who puts a project back says that it is wanted (b19).
        LineKind::Reopened => Some(Event::Said(Said::StillLooking)),
        LineKind::Published
        | LineKind::LetterFailed
        | LineKind::AutoReply
        | LineKind::CallExpired
        | LineKind::Award
        | LineKind::AwardRevoked
        | LineKind::Cancelled
        | LineKind::Label
        | LineKind::MailsChanged
        | LineKind::Complaint
        | LineKind::Note => None,
    }
}

fn said(stage: Stage) -> Said {
    match stage {
        Stage::Searching | Stage::Comparing => Said::StillLooking,
        Stage::Postponed => Said::Paused,
        Stage::ChosenOutside => Said::FoundElsewhere,
        Stage::Dropped => Said::Abandoned,
        Stage::ChosenHere | Stage::Unknown => Said::Unclear,
    }
}

#[cfg(test)]
mod tests;
