//! `follow_up.*`: the rhythm of the follow-ups and its limits.

use serde::Deserialize;

use crate::config::ConfigError;

/// Longest gap that may be set: the promise is to ask regularly. Source: operator's choice.
const GAP_DAYS_MAX: u32 = 366;
/// Most steps that a list of days may name. Source: our choice.
const DAYS_LISTED_MAX: usize = 50;

/// `follow_up.*`: the rhythm of the follow-ups and its limits. Days are calendar days in the client's zone.
/// Source of the defaults: the operator's rhythm "day 3, 7, 14, 30, then every 30, from a year every 90"; what that does
/// not say is our choice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rhythm {
    /// Days after publication of the first follow-ups.
    pub first_days: Vec<u32>,
    /// Days between the follow-ups after those.
    pub then_every_days: u32,
    /// Age of a project in days from which the next one counts.
    pub old_from_days: u32,
    /// Days between the follow-ups about an old project.
    pub old_every_days: u32,
    /// Days after an answer such as "still searching" of the next follow-ups.
    pub after_answer_days: Vec<u32>,
    /// Days between the follow-ups after those.
    pub after_answer_every_days: u32,
    /// Days after "chosen elsewhere" or "dropped" until the client is reminded that only the account ends a project.
    pub over_days: u32,
    /// Days after "later" without a date.
    pub postponed_days: u32,
    /// Days after an answer up to which a date that the client names is kept; a later one counts as this.
    pub ask_again_days_max: u32,
    /// Unanswered mails in a row after which the next step is a call.
    pub mails_before_call: u32,
    /// Working days after which an unmade call gives way to the next mail.
    pub call_expires_working_days: u32,
    /// Days at least between two calls about a project.
    pub call_gap_days: u32,
    /// Days after a bounce or a wrong number until the other channel stands in.
    pub stand_in_days: u32,
    /// Projects due within so many days join the letter or call that is due now.
    pub together_days: u32,
    /// Letters to one person in any seven days, all projects together.
    pub mails_per_week_max: u32,
    /// Calls to one person in any seven days, all projects together.
    pub calls_per_week_max: u32,
    /// First hour of the working day, 0 to 23, in the client's zone.
    pub office_from_hour: u32,
    /// Hour at which the working day ends, 1 to 24, in the client's zone.
    pub office_until_hour: u32,
    /// What falls on a weekend or holiday is spread over so many working days after it: no pile on Mondays.
    pub spread_working_days: u32,
    /// A run that would write to or call more people than this stops and says so.
    pub people_per_run_max: u32,
    /// People an hour who are written to when a run finds many overdue, for example after days of downtime.
    pub catch_up_people_per_hour: u32,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            first_days: vec![3, 7, 14, 30],
            then_every_days: 30,
            old_from_days: 365,
            old_every_days: 90,
            after_answer_days: vec![14, 44],
            after_answer_every_days: 45,
            over_days: 30,
            postponed_days: 90,
            ask_again_days_max: 366,
            mails_before_call: 2,
            call_expires_working_days: 5,
            call_gap_days: 14,
            stand_in_days: 1,
            together_days: 7,
            mails_per_week_max: 2,
            calls_per_week_max: 1,
            office_from_hour: 9,
            office_until_hour: 18,
            spread_working_days: 4,
            people_per_run_max: 500,
            catch_up_people_per_hour: 60,
        }
    }
}

impl Rhythm {
    /// # Errors
    /// [`ConfigError::Contradiction`] names the key that cannot work.
    pub fn refuse_contradictions(&self) -> Result<(), ConfigError> {
        let found = self.wrong_days().or_else(|| self.wrong_limit());
        found.map_or(Ok(()), |(key, why)| {
            Err(ConfigError::Contradiction { key, why })
        })
    }

    /// A key about days that cannot work, and why.
    fn wrong_days(&self) -> Option<(&'static str, &'static str)> {
        if !is_rising(&self.first_days) {
            return Some((
                "follow_up.first_days",
                "must name 1 to 50 days from 1 on, each later than the one before; the promise is to ask regularly",
            ));
        }
        if !is_rising(&self.after_answer_days) {
            return Some((
                "follow_up.after_answer_days",
                "must name 1 to 50 days from 1 on, each later than the one before",
            ));
        }
        if let Some(key) = self.gap_out_of_bounds() {
            return Some((
                key,
                "must be 1 to 366 days: a plan never ends while its project is pending",
            ));
        }
        if self.old_every_days < self.then_every_days {
            return Some((
                "follow_up.old_every_days",
                "must not be shorter than follow_up.then_every_days: the rhythm slows with age",
            ));
        }
        if self.first_gaps().any(|gap| gap > self.old_every_days) {
            return Some((
                "follow_up.first_days",
                "has a gap longer than follow_up.old_every_days: the rhythm slows with age",
            ));
        }
        if self.together_days > self.then_every_days {
            return Some((
                "follow_up.together_days",
                "must not be longer than follow_up.then_every_days",
            ));
        }
        None
    }

    /// A key about numbers and hours that cannot work, and why.
    fn wrong_limit(&self) -> Option<(&'static str, &'static str)> {
        if self.mails_before_call == 0 || self.mails_before_call > 20 {
            return Some(("follow_up.mails_before_call", "must be 1 to 20"));
        }
        if self.call_expires_working_days == 0 || self.call_expires_working_days > 30 {
            return Some((
                "follow_up.call_expires_working_days",
                "must be 1 to 30: an unmade call must not hold a plan up",
            ));
        }
        if self.mails_per_week_max == 0 || self.calls_per_week_max == 0 {
            return Some((
                "follow_up.mails_per_week_max",
                "the caps per week must be at least 1 each, or nobody is ever asked",
            ));
        }
        if self.most_steps_in_a_week() > self.mails_per_week_max {
            return Some((
                "follow_up.first_days",
                "asks more often within a week than follow_up.mails_per_week_max allows",
            ));
        }
        if self.office_from_hour >= self.office_until_hour || self.office_until_hour > 24 {
            return Some((
                "follow_up.office_until_hour",
                "must be later than follow_up.office_from_hour and at most 24",
            ));
        }
        if self.spread_working_days == 0 || self.spread_working_days > 5 {
            return Some(("follow_up.spread_working_days", "must be 1 to 5"));
        }
        if self.people_per_run_max == 0 || self.catch_up_people_per_hour == 0 {
            return Some((
                "follow_up.people_per_run_max",
                "must be at least 1, as must follow_up.catch_up_people_per_hour",
            ));
        }
        None
    }

    /// The longest gap between two steps that the settings ask for, in days; twice that for clients who asked for fewer
    /// mails. Holidays, caps and unmade calls come on top.
    #[must_use]
    pub fn longest_gap_days(&self) -> u32 {
        self.first_gaps()
            .chain(gaps(&self.after_answer_days))
            .chain([
                self.then_every_days,
                self.old_every_days,
                self.after_answer_every_days,
                self.over_days,
                self.postponed_days,
                self.call_gap_days,
            ])
            .max()
            .unwrap_or(GAP_DAYS_MAX)
    }

    fn first_gaps(&self) -> impl Iterator<Item = u32> {
        gaps(&self.first_days)
    }

    fn gap_out_of_bounds(&self) -> Option<&'static str> {
        [
            ("follow_up.then_every_days", self.then_every_days),
            ("follow_up.old_from_days", self.old_from_days),
            ("follow_up.old_every_days", self.old_every_days),
            (
                "follow_up.after_answer_every_days",
                self.after_answer_every_days,
            ),
            ("follow_up.over_days", self.over_days),
            ("follow_up.postponed_days", self.postponed_days),
            ("follow_up.ask_again_days_max", self.ask_again_days_max),
            ("follow_up.call_gap_days", self.call_gap_days),
            ("follow_up.stand_in_days", self.stand_in_days),
        ]
        .into_iter()
        .find(|(key, days)| {
            let longest = if *key == "follow_up.old_from_days" {
                3_660
            } else {
                GAP_DAYS_MAX
            };
            !(1..=longest).contains(days)
        })
        .map(|(key, _)| key)
    }

    fn most_steps_in_a_week(&self) -> u32 {
        let in_week = |day: &u32| {
            let last = day + 6;
            self.first_days
                .iter()
                .filter(|other| (*day..=last).contains(*other))
                .count()
        };
        let most = self.first_days.iter().map(in_week).max().unwrap_or(0);
        u32::try_from(most).unwrap_or(u32::MAX)
    }
}

fn gaps(days: &[u32]) -> impl Iterator<Item = u32> {
    let before = std::iter::once(0).chain(days.iter().copied());
    days.iter()
        .zip(before)
        .map(|(day, before)| day.saturating_sub(before))
}

fn is_rising(days: &[u32]) -> bool {
    (1..=DAYS_LISTED_MAX).contains(&days.len())
        && days[0] > 0
        && days.windows(2).all(|two| two[0] < two[1])
        && gaps(days).all(|gap| gap <= GAP_DAYS_MAX)
}
