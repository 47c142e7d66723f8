//! What a client says on their page about a pending project. Nothing here ends a project: "chosen elsewhere" and
//! "dropped" are recorded as the client's word and lead to the account's own cancellation (P3).

pub mod store;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::account::ProviderId;
use crate::contact::Stage;

/// Farthest day to which a client can put an answer off. Source: two years, after which projects were seen to go ahead.
pub const LATER_DAYS_MAX: u64 = 730;
/// Local hour from which a postponed project is asked about again, whoever wrote the day down. Where offices open later
/// (`follow_up.office_from_hour`), the plan moves it there.
const ASK_AGAIN_HOUR: u32 = 9;

/// An answer about one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Nobody found yet.
    StillSearching,
    /// Talking with providers.
    Comparing,
    /// Decided for a provider of the platform: one of those who applied, or another.
    ChosenHere(Option<ProviderId>),
    /// Decided for somebody outside the platform.
    ChosenElsewhere,
    /// It will not be done.
    Dropped,
    /// Ask again on that day of the client's own calendar.
    Later(NaiveDate),
}

/// What the form holds for one project, as it came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// The radio button; none or empty: no answer.
    pub choice: &'a str,
    /// The provider chosen, if one was.
    pub with: &'a str,
    /// The day, `YYYY-MM-DD`.
    pub date: &'a str,
}

/// Why an answer cannot be taken; the page says it beside the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// No such answer: not from our form.
    #[error("no such answer")]
    Unknown,
    /// "Ask me later" without a day, or with one that is past or too far.
    #[error("the day must be between tomorrow and two years from now")]
    Day,
}

impl Choice {
    /// Reads an answer; none when nothing was chosen.
    ///
    /// # Errors
    /// [`Mistake`]
    pub fn read(
        said: Said<'_>,
        applicants: &[ProviderId],
        today: NaiveDate,
    ) -> Result<Option<Self>, Mistake> {
        Ok(Some(match said.choice {
            "" => return Ok(None),
            "still_searching" => Self::StillSearching,
            "comparing" => Self::Comparing,
            "chosen_here" => Self::ChosenHere(applicant(said.with, applicants)?),
            "chosen_elsewhere" => Self::ChosenElsewhere,
            "dropped" => Self::Dropped,
            "postponed" => Self::Later(later(said.date, today)?),
            _ => return Err(Mistake::Unknown),
        }))
    }

    /// Its name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StillSearching => "still_searching",
            Self::Comparing => "comparing",
            Self::ChosenHere(_) => "chosen_here",
            Self::ChosenElsewhere => "chosen_elsewhere",
            Self::Dropped => "dropped",
            Self::Later(_) => "postponed",
        }
    }

    /// What it comes to on the timeline.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::StillSearching => Stage::Searching,
            Self::Comparing => Stage::Comparing,
            Self::ChosenHere(_) => Stage::ChosenHere,
            Self::ChosenElsewhere => Stage::ChosenOutside,
            Self::Dropped => Stage::Dropped,
            Self::Later(_) => Stage::Postponed,
        }
    }

    /// Whether the page asks "is that what you mean?" first: everything that would move the project back, since mail
    /// scanners press buttons too. Source: `guides/mail.md` 3.9.
    #[must_use]
    pub const fn needs_second_look(self) -> bool {
        match self {
            Self::StillSearching | Self::Comparing => false,
            Self::ChosenHere(_) | Self::ChosenElsewhere | Self::Dropped | Self::Later(_) => true,
        }
    }

    /// When the client wants to be asked again.
    #[must_use]
    pub fn ask_again_at(self, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::Later(day) => Some(morning(day, zone)),
            Self::StillSearching
            | Self::Comparing
            | Self::ChosenHere(_)
            | Self::ChosenElsewhere
            | Self::Dropped => None,
        }
    }
}

/// Whether a client's last word leads to the account's own cancellation.
#[must_use]
pub const fn leads_to_the_account(stage: Stage) -> bool {
    match stage {
        Stage::ChosenOutside | Stage::Dropped => true,
        Stage::Searching
        | Stage::Comparing
        | Stage::ChosenHere
        | Stage::Postponed
        | Stage::Unknown => false,
    }
}

fn applicant(with: &str, applicants: &[ProviderId]) -> Result<Option<ProviderId>, Mistake> {
    if with.is_empty() {
        return Ok(None);
    }
    let id = Uuid::parse_str(with).map_err(|_| Mistake::Unknown)?;
    let id = ProviderId::from(id);
    if applicants.contains(&id) {
        Ok(Some(id))
    } else {
        Err(Mistake::Unknown)
    }
}

fn later(date: &str, today: NaiveDate) -> Result<NaiveDate, Mistake> {
    let day = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| Mistake::Day)?;
    let last = today + Days::new(LATER_DAYS_MAX);
    if day > today && day <= last {
        Ok(day)
    } else {
        Err(Mistake::Day)
    }
}

/// The hour of `day` in `zone` at which somebody is asked again; where the clocks jump over it, the same hour of UTC.
#[must_use]
pub fn morning(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(ASK_AGAIN_HOUR, 0, 0).unwrap_or_default();
    let local = day.and_time(time);
    zone.from_local_datetime(&local)
        .earliest()
        .map_or_else(|| local.and_utc(), |at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    fn read(choice: &str, with: &str, date: &str) -> Result<Option<Choice>, Mistake> {
        let today = NaiveDate::from_ymd_opt(2026, 3, 10).unwrap();
        Choice::read(
            Said { choice, with, date },
            &[ProviderId::from(Uuid::from_u128(5))],
            today,
        )
    }

    // a16: no choice is no answer, whatever else the form holds.
    #[test]
    fn a_form_without_a_choice_says_nothing() {
        assert_eq!(
            read("", &Uuid::from_u128(5).to_string(), "2026-09-01"),
            Ok(None)
        );
    }

    #[test]
    fn only_an_applicant_can_be_named() {
        let five = ProviderId::from(Uuid::from_u128(5));
        let named = |n: u128| read("chosen_here", &Uuid::from_u128(n).to_string(), "");
        assert_eq!(named(5), Ok(Some(Choice::ChosenHere(Some(five)))));
        assert_eq!(named(6), Err(Mistake::Unknown));
        assert_eq!(
            read("chosen_here", "", ""),
            Ok(Some(Choice::ChosenHere(None)))
        );
        assert_eq!(read("cancel", "", ""), Err(Mistake::Unknown));
    }

    #[test]
    fn later_is_a_day_between_tomorrow_and_two_years() {
        for date in [
            "",
            "2026-03-10",
            "2025-01-01",
            "2028-03-10",
            "2026-02-31",
            "demain",
        ] {
            assert_eq!(read("postponed", "", date), Err(Mistake::Day), "{date}");
        }
        let Ok(Some(september)) = read("postponed", "", "2026-09-01") else {
            panic!("a day ahead is taken");
        };
        let at = DateTime::parse_from_rfc3339("2026-09-01T07:00:00Z").unwrap();
        assert_eq!(september.ask_again_at(Tz::Europe__Paris), Some(at.to_utc()));
        assert!(day(0) < at);
    }

    // P3, S11: what sounds like an end is a wish that leads to the account, after a second look.
    #[test]
    fn words_that_end_a_project_lead_to_the_account() {
        for choice in [Choice::ChosenElsewhere, Choice::Dropped] {
            assert!(leads_to_the_account(choice.stage()) && choice.needs_second_look());
        }
        for choice in [Choice::StillSearching, Choice::Comparing] {
            assert!(!leads_to_the_account(choice.stage()) && !choice.needs_second_look());
        }
    }
}
