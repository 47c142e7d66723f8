//! How much of the pending list was heard from and asked lately (o9, N23).

pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// The spans that the figures look back over, in days. Source: features o9, N23.
pub const SPANS_DAYS: [i64; 2] = [30, 90];
/// A question this much later than its plan is a promise not kept: a weekend with its holiday and the spread after it
/// are no delay. Source: our choice.
pub const KEPT_WITHIN: TimeDelta = TimeDelta::days(3);

/// A project by name, with the instant that puts it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Oldest {
    /// The platform's id.
    pub reference: String,
    /// Published then, or asked last then.
    pub since: DateTime<Utc>,
}

/// How often clients gave a reason for cancelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Cancelled {
    /// The reason as it is stored, for example `found_elsewhere`.
    pub reason: String,
    /// Cancellations.
    pub times: i64,
}

/// The state of the promise "we ask regularly about every pending project".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Projects on the list.
    pub pending: u64,
    /// Of those, with a sign of the client (answer, log-in, return to the list) in the last 30 and 90 days.
    pub heard: [u64; 2],
    /// Of those, asked about by letter or call in the last 30 and 90 days.
    pub asked: [u64; 2],
    /// Of those, never asked about.
    pub never_asked: u64,
    /// Of those, whose next question is not later than its plan by more than [`KEPT_WITHIN`].
    pub kept: u64,
    /// Of those, whose client was asked round after round without an answer (S18): for a person to look at.
    pub silent: u64,
    /// Of those, whose client nothing reaches any more, or who declined mails and has no number.
    pub no_way: u64,
    /// Calls to make, all and those that wait since before today.
    pub calls_open: u64,
    /// Of the open calls, those older than a day.
    pub calls_overdue: u64,
    /// The project that is on the list longest without ever being asked about.
    pub oldest_never_asked: Option<Oldest>,
    /// The project whose last question, or else whose publication, is longest ago.
    pub oldest_unasked: Option<Oldest>,
    /// Why clients cancelled, ever: each reason with its count, the most frequent first (S12, b14).
    pub cancelled_because: Vec<Cancelled>,
}

impl Coverage {
    /// `part` of the pending list in percent, rounded down; 100 when nothing is pending: no promise is open then.
    #[must_use]
    pub fn percent(&self, part: u64) -> u64 {
        (100 * part).checked_div(self.pending).unwrap_or(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_pending_list() {
        let coverage = Coverage {
            pending: 3,
            heard: [1, 2],
            asked: [3, 3],
            never_asked: 0,
            kept: 3,
            silent: 0,
            no_way: 0,
            calls_open: 0,
            calls_overdue: 0,
            oldest_never_asked: None,
            oldest_unasked: None,
            cancelled_because: Vec::new(),
        };
        assert_eq!(
            (
                coverage.percent(1),
                coverage.percent(2),
                coverage.percent(3)
            ),
            (33, 66, 100)
        );
        assert_eq!(
            Coverage {
                pending: 0,
                ..coverage
            }
            .percent(0),
            100
        );
    }
}
