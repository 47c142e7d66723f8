//! The door of the queue: what cannot be is refused at once with the reason and what to do; all else waits (d3, d4, d5).

use chrono::{DateTime, TimeDelta, Utc};

use crate::account::Plan;

use super::{Limits, PROOF_CHARS_MAX, STORY_CHARS_MAX};

/// The rolling window of a provider's ceiling.
pub const PROVIDER_WINDOW: TimeDelta = TimeDelta::days(90);

/// What is known of a spend when somebody asks for it back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// When it was spent; none: this provider spent no such credit on the project.
    pub spent_at: Option<DateTime<Utc>>,
    /// When it was given back.
    pub refunded_at: Option<DateTime<Utc>>,
    /// Number of the request that waits for it.
    pub waiting: Option<i64>,
    /// Whether the platform counts a spend that our ledger could not pay yet.
    pub is_unpaid: bool,
    /// Whether the project was awarded to the provider.
    pub awarded_to_claimant: bool,
    /// Last sign of the client.
    pub last_sign_at: Option<DateTime<Utc>>,
    /// The provider's subscription now.
    pub plan: Option<Plan>,
    /// Refunds to the provider in [`PROVIDER_WINDOW`].
    pub refunds: i64,
    /// The oldest of them.
    pub oldest_refund_at: Option<DateTime<Utc>>,
}

/// Why a request does not enter the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Turned {
    /// No such credit was spent there.
    #[error("no credit of this kind was spent on this project")]
    NothingSpent,
    /// The spend is not in the ledger yet, for want of a grant.
    #[error("the credit is not booked yet; ask again when the platform has told the grant")]
    NotBooked,
    /// Given back before.
    #[error("this credit was given back on {0}")]
    AlreadyRefunded(DateTime<Utc>),
    /// One open request per spend.
    #[error("request {0} already waits for this credit")]
    AlreadyWaiting(i64),
    /// They got the project.
    #[error("the project was awarded to the claimant")]
    Awarded,
    /// The window is over.
    #[error("the time for asking ended on {0}")]
    TooLate(DateTime<Utc>),
    /// Enough for now.
    #[error("{max} refunds in ninety days is the most for this subscription")]
    Ceiling {
        /// The ceiling.
        max: u32,
        /// When the oldest leaves the window; none when the ceiling is zero.
        again_at: Option<DateTime<Utc>>,
    },
    /// Too little or too much text.
    #[error(
        "tell what happened in 1 to {STORY_CHARS_MAX} characters; the link may have {PROOF_CHARS_MAX}"
    )]
    Text,
}

/// Whether a request may enter the queue. Being let in promises nothing.
///
/// # Errors
/// [`Turned`] says why not.
pub fn check(facts: &Facts, limits: &Limits, now: DateTime<Utc>) -> Result<(), Turned> {
    let Some(spent_at) = facts.spent_at else {
        return Err(if facts.is_unpaid {
            Turned::NotBooked
        } else {
            Turned::NothingSpent
        });
    };
    if let Some(at) = facts.refunded_at {
        return Err(Turned::AlreadyRefunded(at));
    }
    if let Some(number) = facts.waiting {
        return Err(Turned::AlreadyWaiting(number));
    }
    if facts.awarded_to_claimant {
        return Err(Turned::Awarded);
    }
    // A sign of the client may come long after the spend: it is then that the provider learns that nothing will come.
    let from = facts
        .last_sign_at
        .map_or(spent_at, |sign| sign.max(spent_at));
    let until = from + TimeDelta::days(i64::from(limits.window_days));
    if now >= until {
        return Err(Turned::TooLate(until));
    }
    let max = limits.per_90_days_max(facts.plan);
    if facts.refunds >= i64::from(max) {
        let again_at = facts.oldest_refund_at.map(|at| at + PROVIDER_WINDOW);
        return Err(Turned::Ceiling { max, again_at });
    }
    Ok(())
}

/// The story and the proof, without the blank around them.
///
/// # Errors
/// [`Turned::Text`]
pub fn texts<'a>(story: &'a str, proof: &'a str) -> Result<(&'a str, &'a str), Turned> {
    let (story, proof) = (story.trim(), proof.trim());
    let fits = !story.is_empty()
        && story.chars().count() <= STORY_CHARS_MAX
        && proof.chars().count() <= PROOF_CHARS_MAX;
    if fits {
        Ok((story, proof))
    } else {
        Err(Turned::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    fn facts() -> Facts {
        Facts {
            spent_at: Some(day(0)),
            plan: Some(Plan::Basic),
            ..Facts::default()
        }
    }

    fn at(facts: Facts, n: i64) -> Result<(), Turned> {
        check(&facts, &Limits::default(), day(n))
    }

    // d4: thirty days after the spend or the last sign of the client, whichever is later; not an instant more.
    #[test]
    fn the_window_counts_from_the_spend_or_the_last_sign() {
        assert_eq!(at(facts(), 29), Ok(()));
        assert_eq!(at(facts(), 30), Err(Turned::TooLate(day(30))));
        let heard = Facts {
            last_sign_at: Some(day(100)),
            ..facts()
        };
        assert_eq!(at(heard, 129), Ok(()));
        assert_eq!(at(heard, 130), Err(Turned::TooLate(day(130))));
    }

    // d3, d5: what cannot be is refused at once, with the reason.
    #[test]
    fn what_cannot_be_is_refused_at_once() {
        assert_eq!(at(Facts::default(), 1), Err(Turned::NothingSpent));
        let unpaid = Facts {
            is_unpaid: true,
            ..Facts::default()
        };
        assert_eq!(at(unpaid, 1), Err(Turned::NotBooked));
        let back = Facts {
            refunded_at: Some(day(2)),
            ..facts()
        };
        assert_eq!(at(back, 3), Err(Turned::AlreadyRefunded(day(2))));
        let waiting = Facts {
            waiting: Some(17),
            ..facts()
        };
        assert_eq!(at(waiting, 3), Err(Turned::AlreadyWaiting(17)));
        let awarded = Facts {
            awarded_to_claimant: true,
            ..facts()
        };
        assert_eq!(at(awarded, 3), Err(Turned::Awarded));
    }

    // d13: the ceiling follows the subscription, and says when it lets in again.
    #[test]
    fn the_ceiling_of_a_provider_follows_the_subscription() {
        let twice = Facts {
            refunds: 2,
            oldest_refund_at: Some(day(-80)),
            ..facts()
        };
        let full = Turned::Ceiling {
            max: 2,
            again_at: Some(day(10)),
        };
        assert_eq!(at(twice, 1), Err(full));
        let privileged = Facts {
            plan: Some(Plan::Privilege),
            ..twice
        };
        assert_eq!(at(privileged, 1), Ok(()));
    }

    #[test]
    fn texts_are_trimmed_and_bounded() {
        assert_eq!(texts("  perdu ", ""), Ok(("perdu", "")));
        assert_eq!(texts("   ", "https://example.org"), Err(Turned::Text));
        assert_eq!(
            texts(&"é".repeat(STORY_CHARS_MAX), ""),
            Ok((&*"é".repeat(STORY_CHARS_MAX), ""))
        );
        assert_eq!(
            texts(&"é".repeat(STORY_CHARS_MAX + 1), ""),
            Err(Turned::Text)
        );
        assert_eq!(
            texts("x", &"y".repeat(PROOF_CHARS_MAX + 1)),
            Err(Turned::Text)
        );
    }
}
