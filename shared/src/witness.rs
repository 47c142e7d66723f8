//! Two witnesses and the account: what the client told us, what providers report that the client told them, what the
//! account shows. Three columns that are never merged (N2, a28). Where they differ, the staff are told so in calm words
//! (N3, S19); nothing else follows: no state, no place in the list, no word to anybody outside.

pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::account::ProviderId;
use crate::contact::{Channel, LineKind, Stage};
use crate::project::StateName;

/// Providers who must have heard "it is over" before two accounts differ. Source: S19 ("two bidders"); one may err.
pub const VOICES_FROM: usize = 2;
/// Days before the client's own word in which a provider's still speaks of the same time. Source: our choice; the
/// longest gap between two follow-ups of a fresh project is about a month.
pub const SAME_TIME: TimeDelta = TimeDelta::days(30);
/// How long after "it is over" a visit to the account is one more visit, not the way to cancelling. Source: our choice;
/// the letter that answers such a word leads to the account the same day.
pub const ONE_MORE_VISIT_AFTER: TimeDelta = TimeDelta::days(1);
/// Days that the platform may take to tell an award that the client told us. Source: our choice.
pub const AWARD_WITHIN: TimeDelta = TimeDelta::days(14);

/// How long a project is not spoken of again once the staff were told of a difference. Source: our choice; two in a day
/// are one matter to look at.
pub const TOLD_AGAIN_AFTER: TimeDelta = TimeDelta::days(1);

/// The client's word to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Told {
    /// What.
    pub stage: Stage,
    /// By which way.
    pub channel: Channel,
    /// When.
    pub at: DateTime<Utc>,
    /// Since when we know it (N22).
    pub known_at: DateTime<Utc>,
}

/// How a provider told us what they heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeardIn {
    /// A report.
    Report,
    /// The refund request of that number, whose reason is that the client found somebody or gave up.
    Request(i64),
}

/// "It is over", as a provider says to have heard it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// Who; counted, never shown (N11).
    #[serde(skip)]
    pub provider: ProviderId,
    /// Where we have it from.
    pub source: HeardIn,
    /// When it was told us.
    pub at: DateTime<Utc>,
    /// Whether it weighs anything: reports of somebody who presses do not (N10).
    pub weighs: bool,
}

/// What the account shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// What.
    pub kind: LineKind,
    /// By which way.
    pub channel: Channel,
    /// When.
    pub at: DateTime<Utc>,
    /// Since when we know it (N22).
    pub known_at: DateTime<Utc>,
}

/// One project's three columns, each the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The platform's id of the project.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: StateName,
    /// When it was awarded, if it is in progress.
    pub awarded_at: Option<DateTime<Utc>>,
    /// What the client told us.
    pub told: Vec<Told>,
    /// What providers report that the client told them.
    pub heard: Vec<Heard>,
    /// What the account shows.
    pub shown: Vec<Shown>,
}

/// Where two columns differ. Who is right stays open: each may be, at its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The client told us that the search goes on; providers heard that it is over.
    ProvidersHeardOver,
    /// The client told us that it is over, came to the account later, and left the project on the list.
    KeptAfterOver,
    /// The client told us of a choice on the platform; the account shows no award.
    NoAwardAfterChoice,
    /// The account shows an award; the client told us later that the search goes on.
    SearchAfterAward,
}

impl Difference {
    /// Its name on disk.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProvidersHeardOver => "providers_heard_over",
            Self::KeptAfterOver => "kept_after_over",
            Self::NoAwardAfterChoice => "no_award_after_choice",
            Self::SearchAfterAward => "search_after_award",
        }
    }

    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ProvidersHeardOver,
        Self::KeptAfterOver,
        Self::NoAwardAfterChoice,
        Self::SearchAfterAward,
    ];
}

/// Of the differences of one project, the one to tell the staff now: each is told once, and no two within
/// [`TOLD_AGAIN_AFTER`]. `told`: when which was.
#[must_use]
pub fn news(
    found: &[Difference],
    told: &[(Difference, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Option<Difference> {
    let is_quiet = told.iter().all(|(_, at)| *at + TOLD_AGAIN_AFTER <= now);
    let mut new = found
        .iter()
        .filter(|found| told.iter().all(|(what, _)| what != *found));
    new.next().filter(|_| is_quiet).copied()
}

impl Record {
    /// Where the columns differ at `now`; pure, so that the same columns give the same flags everywhere.
    #[must_use]
    pub fn differences(&self, now: DateTime<Utc>) -> Vec<Difference> {
        let Some(word) = self.told.iter().find(|told| told.stage != Stage::Unknown) else {
            return Vec::new();
        };
        let is_current = matches!(word.stage, Stage::Searching | Stage::Comparing);
        let is_over = matches!(word.stage, Stage::ChosenOutside | Stage::Dropped);
        let is_pending = self.state == StateName::Pending;
        let checks = [
            (
                Difference::ProvidersHeardOver,
                is_pending && is_current && self.voices_since(word.at - SAME_TIME) >= VOICES_FROM,
            ),
            (
                Difference::KeptAfterOver,
                is_pending && is_over && self.was_seen_from(word.at + ONE_MORE_VISIT_AFTER),
            ),
            (
                Difference::NoAwardAfterChoice,
                is_pending && word.stage == Stage::ChosenHere && word.at + AWARD_WITHIN <= now,
            ),
            (
                Difference::SearchAfterAward,
                is_current && self.awarded_at.is_some_and(|at| at < word.at),
            ),
        ];
        let differ = checks.into_iter().filter(|(_, holds)| *holds);
        differ.map(|(what, _)| what).collect()
    }

    /// Providers who heard "over" since then, each once however often they say it.
    fn voices_since(&self, since: DateTime<Utc>) -> usize {
        let mut voices: Vec<ProviderId> = (self.heard.iter())
            .filter(|heard| heard.weighs && heard.at >= since)
            .map(|heard| heard.provider)
            .collect();
        voices.sort_unstable();
        voices.dedup();
        voices.len()
    }

    fn was_seen_from(&self, since: DateTime<Utc>) -> bool {
        let visits = self
            .shown
            .iter()
            .filter(|shown| shown.kind == LineKind::Login);
        visits.into_iter().any(|visit| visit.at >= since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    // N3: once each, and one a day.
    #[test]
    fn a_difference_is_news_once_and_a_project_once_a_day() {
        let both = [
            Difference::ProvidersHeardOver,
            Difference::NoAwardAfterChoice,
        ];
        let first = [(both[0], day(3))];
        assert_eq!(news(&both, &[], day(3)), Some(both[0]));
        assert_eq!(news(&both, &first, day(3)), None, "the same day");
        assert_eq!(news(&both, &first, day(4)), Some(both[1]));
        assert_eq!(news(&both[..1], &first, day(300)), None, "once");
        for what in Difference::ALL {
            let named = serde_json::to_value(what).expect("a name");
            assert_eq!(named, what.as_str());
        }
    }

    fn told(stage: Stage, n: i64) -> Told {
        Told {
            stage,
            channel: Channel::Email,
            at: day(n),
            known_at: day(n),
        }
    }

    fn heard(provider: i64, n: i64) -> Heard {
        Heard {
            provider: ProviderId::from(uuid::Uuid::from_u128(provider.unsigned_abs().into())),
            source: HeardIn::Report,
            at: day(n),
            weighs: true,
        }
    }

    fn login(n: i64) -> Shown {
        Shown {
            kind: LineKind::Login,
            channel: Channel::Platform,
            at: day(n),
            known_at: day(n),
        }
    }

    fn record(told: &[Told], heard: &[Heard], shown: &[Shown]) -> Record {
        Record {
            reference: "P1".to_owned(),
            title: "Un site".to_owned(),
            state: StateName::Pending,
            awarded_at: None,
            told: told.to_vec(),
            heard: heard.to_vec(),
            shown: shown.to_vec(),
        }
    }

    // S19: two bidders, not one who says it twice, not somebody who presses, not a word of another season.
    #[test]
    fn two_providers_who_heard_over_differ_from_a_client_who_says_current() {
        let current = [told(Stage::Searching, 100)];
        let flags = |heard: &[Heard]| record(&current, heard, &[]).differences(day(110));
        assert_eq!(
            flags(&[heard(1, 99), heard(2, 105)]),
            [Difference::ProvidersHeardOver]
        );
        assert_eq!(flags(&[heard(1, 99), heard(1, 105)]), []);
        assert_eq!(flags(&[heard(1, 60), heard(2, 105)]), []);
        let pressing = Heard {
            weighs: false,
            ..heard(2, 105)
        };
        assert_eq!(flags(&[heard(1, 99), pressing]), []);
        let silent = record(&[], &[heard(1, 99), heard(2, 105)], &[]);
        assert_eq!(silent.differences(day(110)), [], "silence is no account");
        let agree = record(
            &[told(Stage::Dropped, 100)],
            &[heard(1, 99), heard(2, 99)],
            &[],
        );
        assert_eq!(agree.differences(day(110)), []);
    }

    // N2: told us one thing and did another.
    #[test]
    fn what_the_account_shows_may_differ_from_what_the_client_told_us() {
        let over = [told(Stage::Dropped, 10)];
        let came_back = |n| record(&over, &[], &[login(n)]).differences(day(40));
        assert_eq!(came_back(20), [Difference::KeptAfterOver]);
        assert_eq!(came_back(10), [], "the visit to which our letter led");
        assert_eq!(came_back(2), []);
        let chosen = record(&[told(Stage::ChosenHere, 10)], &[], &[]);
        assert_eq!(
            chosen.differences(day(23)),
            [],
            "the award may be on its way"
        );
        assert_eq!(
            chosen.differences(day(24)),
            [Difference::NoAwardAfterChoice]
        );
        let awarded = |n| Record {
            state: StateName::InProgress,
            awarded_at: Some(day(n)),
            ..record(&[told(Stage::Comparing, 10)], &[], &[])
        };
        assert_eq!(
            awarded(5).differences(day(24)),
            [Difference::SearchAfterAward]
        );
        assert_eq!(awarded(15).differences(day(24)), []);
    }

    // The last word counts; one from which nothing follows is none.
    #[test]
    fn the_last_word_counts() {
        let words = [
            told(Stage::Unknown, 30),
            told(Stage::Searching, 20),
            told(Stage::Dropped, 10),
        ];
        let record = record(&words, &[], &[login(15)]);
        assert_eq!(record.differences(day(40)), []);
    }
}
