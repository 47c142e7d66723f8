//! Why a project stands where it stands: what its score follows from, the weightiest first. Reports of providers are no
//! part of the score, so they cannot appear here.

use super::evidence::{Evidence, Said};
use super::features::Topic;
use super::known::Known;
use super::model::Model;

/// Reasons that are told at most.
pub const REASONS_MAX: usize = 3;
/// A weight, in log-odds, under which a reason is not worth telling.
const WEIGHT_MIN: f64 = 0.15;

/// What speaks for or against a project, beside its age. Instants in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The client was last on the platform then.
    Seen(i64),
    /// The client was never on the platform since.
    NeverSeen,
    /// The client's last word, and when.
    Word(Said, i64),
    /// The client never said anything.
    NoWord,
    /// The client had called it over and came back then.
    CameBack(i64),
    /// Letters and calls since the last sign.
    Unanswered {
        /// Letters.
        letters: u32,
        /// Calls.
        calls: u32,
    },
    /// The address is dead.
    Bounced,
    /// The number is somebody else's.
    WrongNumber,
    /// Calls that the client would not take.
    RefusedCalls(u32),
    /// Providers that applied.
    Applications(u32),
    /// What was posted: budget, description, urgency, category.
    Posting,
}

/// A reason and how much it adds to the log-odds of an average project of the same age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighed {
    /// What.
    pub reason: Reason,
    /// How much; negative lowers.
    pub adds: f64,
}

/// The weightiest reasons, at most [`REASONS_MAX`]. Each column's share is counted in one of them, so together with the
/// age they make the score.
#[must_use]
pub fn reasons(model: &Model, of: &Known, at: i64) -> Vec<Weighed> {
    let mut weighed: Vec<Weighed> = Vec::new();
    for (column, adds) in model.contributions(of, at) {
        let reason = match column.topic {
            Topic::Age => continue,
            Topic::Facts => Reason::Posting,
            Topic::Evidence => match reason_of(&column.name, &of.evidence) {
                Some(reason) => reason,
                None => continue,
            },
        };
        match weighed.iter_mut().find(|w| w.reason == reason) {
            Some(same) => same.adds += adds,
            None => weighed.push(Weighed { reason, adds }),
        }
    }
    weighed.retain(|w| w.adds.abs() >= WEIGHT_MIN);
    weighed.sort_by(|a, b| b.adds.abs().total_cmp(&a.adds.abs()));
    weighed.truncate(REASONS_MAX);
    weighed
}

fn reason_of(column: &str, evidence: &Evidence) -> Option<Reason> {
    Some(match column {
        "seen_4_days" | "seen_15_days" | "seen_60_days" | "visits_10_days" | "visits_40_days" => {
            evidence.seen_at.map_or(Reason::NeverSeen, Reason::Seen)
        }
        "looking_45_days" | "looking_240_days" | "paused" | "unclear" | "found_elsewhere"
        | "abandoned" => evidence
            .said
            .map_or(Reason::NoWord, |(said, at)| Reason::Word(said, at)),
        "came_back" => Reason::CameBack(evidence.came_back_at?),
        "letters_unanswered" | "silent" | "calls_unanswered" => Reason::Unanswered {
            letters: evidence.unanswered_letters,
            calls: evidence.unanswered_calls,
        },
        "bounced" if evidence.bounced => Reason::Bounced,
        "wrong_number" if evidence.wrong_number => Reason::WrongNumber,
        "refused_calls" if evidence.refused_calls > 0 => {
            Reason::RefusedCalls(evidence.refused_calls)
        }
        "applications" | "recent_applications" => Reason::Applications(evidence.applications),
        // Not the case, or declared by the installation: nothing that has words.
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::DAY_SECS;
    use crate::ranking::evidence::Event;
    use crate::ranking::history::{Facts, History};

    fn known(events: &[(i64, Event)]) -> Known {
        let mut evidence = Evidence::none();
        for &(day, event) in events {
            evidence.take(event, day * DAY_SECS);
        }
        Known {
            created_at: 0,
            facts: Facts::default(),
            evidence,
        }
    }

    fn model() -> Model {
        Model::learn(&History::new(Vec::new(), Vec::new(), Vec::new()), 0)
    }

    // N6: what is told is what the score follows from.
    #[test]
    fn a_word_that_it_is_over_is_the_weightiest_reason() {
        let of = known(&[(3, Event::LetterSent), (4, Event::Said(Said::Abandoned))]);
        let told = reasons(&model(), &of, 10 * DAY_SECS);
        let first = told.first().expect("there is a reason");
        assert_eq!(first.reason, Reason::Word(Said::Abandoned, 4 * DAY_SECS));
        assert!(first.adds < -1.0);
        assert!(told.len() <= REASONS_MAX);
    }

    // N11: reports neither weigh nor show.
    #[test]
    fn reports_are_no_reason() {
        let quiet = known(&[(3, Event::Bounced)]);
        let reported = known(&[
            (3, Event::Bounced),
            (4, Event::StaleReport(3)),
            (5, Event::StaleReport(3)),
        ]);
        let at = 10 * DAY_SECS;
        assert_eq!(
            reasons(&model(), &quiet, at),
            reasons(&model(), &reported, at)
        );
    }
}
