//! The plan of one project: the next step, its channel, its day and its reason.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::account::Mails;
use crate::contact::{Channel, Stage};
use crate::follow_up::calendar::{Calendar, date_of};
use crate::follow_up::{Person, Rhythm, Standing, Step, StepEnd};

/// A letter that was stopped before it left is planned again after so many days at the earliest, unless the client gave a
/// sign: whatever stopped it may still stand. Source: our choice.
const AFTER_WITHDRAWN_DAYS: i64 = 3;

/// Days after a report at which the client is asked. Source: our choice; not the same day, so that no reporter sees a
/// cause and its effect (N11).
const AFTER_REPORT_DAYS: u64 = 2;
/// Days that a report leaves the client in peace after the last question. Source: our choice.
const AFTER_ASKING_DAYS: u64 = 3;

/// Why a client is asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Never asked about this project.
    First,
    /// Asked before, no answer.
    NoAnswer,
    /// The client answered some time ago.
    AfterAnswer,
    /// The client called it over, and only the account ends it.
    SaidOver,
    /// The client named this date or said "later".
    Promised,
    /// The last letter came back.
    Bounced,
    /// The number is not the client's.
    WrongNumber,
    /// A call was not made in time.
    CallNotMade,
    /// Providers say that it is over.
    Reported,
    /// The client asked to be called; the plan itself never gives this.
    Wished,
}

/// The next step of a project's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The client is asked.
    Ask {
        /// Not before.
        at: DateTime<Utc>,
        /// By mail or telephone.
        channel: Channel,
        /// Why.
        reason: Reason,
    },
    /// A call is open, or a letter waits to leave.
    Waiting {
        /// Until then; what happens meanwhile makes the plan look again.
        until: DateTime<Utc>,
    },
    /// No way to the client is left: no working address or number, or mails declined and no number. The plan goes on as
    /// soon as there is one.
    NoWay,
}

/// The next step for a pending project. It depends on nothing but its arguments, not even on the time: it changes only
/// when something is learned.
///
/// Without an answer the days count from publication, after one from the answer. A gap is that of the settings' list at
/// the age reached, doubled for `mails = fewer`. Source: the rhythm of [`Rhythm`]; features N13, N16, a20.
#[must_use]
pub fn next(rhythm: &Rhythm, person: &Person, of: &Standing) -> Next {
    if let Some(Step {
        end: StepEnd::Open { until },
        ..
    }) = of.last_step
    {
        return Next::Waiting { until };
    }
    let Some(channel) = channel(rhythm, person, of) else {
        return Next::NoWay;
    };
    let calendar = Calendar::new(rhythm);
    let slot = |day: NaiveDate| calendar.slot(day, person.zone, person.id);
    if let Some(reason) = stand_in(person, of, channel) {
        let (reason, since) = reason;
        let day = date_of(since, person.zone) + Days::new(u64::from(rhythm.stand_in_days));
        return Next::Ask {
            at: slot(day),
            channel,
            reason,
        };
    }
    if let Some(at) = call_not_made(of).filter(|_| channel == Channel::Email) {
        return Next::Ask {
            at: calendar.slot_after(at, person.zone, person.id),
            channel,
            reason: Reason::CallNotMade,
        };
    }
    let (day, reason) = sooner_by_report(person, of, day(rhythm, person, of, channel));
    let withdrawn = of.last_step.filter(|step| {
        step.end == StepEnd::Withdrawn && of.facts.last_sign_at.is_none_or(|sign| sign < step.at)
    });
    let day = withdrawn.map_or(day, |step| {
        day.max(date_of(
            step.at + TimeDelta::days(AFTER_WITHDRAWN_DAYS),
            person.zone,
        ))
    });
    Next::Ask {
        at: slot(day),
        channel,
        reason,
    }
}

/// Providers reported the project after it was last asked about: the next question comes within days, not weeks. The
/// client's own date stands, and so does a sign that came after the report.
fn sooner_by_report(
    person: &Person,
    of: &Standing,
    (day, reason): (NaiveDate, Reason),
) -> (NaiveDate, Reason) {
    let Some(reported) = of.reported_at.filter(|_| reason != Reason::Promised) else {
        return (day, reason);
    };
    let is_over = |other: Option<DateTime<Utc>>| other.is_some_and(|other| other >= reported);
    if is_over(asked_at(of)) || is_over(of.facts.last_sign_at) {
        return (day, reason);
    }
    let wished = date_of(reported, person.zone) + Days::new(AFTER_REPORT_DAYS);
    let earliest =
        asked_at(of).map(|asked| date_of(asked, person.zone) + Days::new(AFTER_ASKING_DAYS));
    let wished = earliest.map_or(wished, |earliest| wished.max(earliest));
    if wished < day {
        (wished, Reason::Reported)
    } else {
        (day, reason)
    }
}

/// When the client was last asked: a letter that left, a call that was made.
fn asked_at(of: &Standing) -> Option<DateTime<Utc>> {
    let step = of.last_step.filter(|step| step.end == StepEnd::Done);
    of.facts.asked_at.max(step.map(|step| step.at))
}

/// Mail, and a call after [`Rhythm::mails_before_call`] unanswered ones; either stands in for the other (N16).
fn channel(rhythm: &Rhythm, person: &Person, of: &Standing) -> Option<Channel> {
    let by_turns = if mails_in_row(of) >= i64::from(rhythm.mails_before_call) {
        [Channel::Phone, Channel::Email]
    } else {
        [Channel::Email, Channel::Phone]
    };
    let first = if call_not_made(of).is_some() {
        // The mail stands in for the call that nobody made (a20).
        [Channel::Email, Channel::Phone]
    } else {
        by_turns
    };
    first.into_iter().find(|channel| person.takes(*channel))
}

/// Unanswered mails since the last call, sign or beginning.
pub(super) fn mails_in_row(of: &Standing) -> i64 {
    let sign = of.facts.last_sign_at;
    match of.last_step {
        Some(step) if sign.is_none_or(|sign| sign < step.at) => step.mails_in_row,
        // Asked before Relance planned it: an imported history.
        None if of.facts.calls_unanswered == 0 => of.facts.mails_unanswered,
        Some(_) | None => 0,
    }
}

/// A channel that died after the client was last asked: that question did not arrive, so the other one asks at once.
fn stand_in(person: &Person, of: &Standing, channel: Channel) -> Option<(Reason, DateTime<Utc>)> {
    let (reason, dead_at) = match channel {
        Channel::Phone => (Reason::Bounced, person.email.dead_since()?),
        Channel::Email => (Reason::WrongNumber, person.phone.dead_since()?),
        Channel::Page | Channel::Account | Channel::Platform | Channel::Staff => return None,
    };
    let is_after_asking = asked_at(of).is_some_and(|asked| asked <= dead_at);
    let is_after_word = of.facts.stage_at.is_none_or(|said| said < dead_at);
    (is_after_asking && is_after_word).then_some((reason, dead_at))
}

/// When the last step, a call, expired; none once the client gave a sign or was asked since.
fn call_not_made(of: &Standing) -> Option<DateTime<Utc>> {
    let Some(Step {
        end: StepEnd::Expired { at },
        at: opened_at,
        ..
    }) = of.last_step
    else {
        return None;
    };
    let since = |other: Option<DateTime<Utc>>| other.is_some_and(|other| other >= opened_at);
    (!since(of.facts.last_sign_at) && !since(of.facts.asked_at)).then_some(at)
}

fn day(rhythm: &Rhythm, person: &Person, of: &Standing, channel: Channel) -> (NaiveDate, Reason) {
    let date = |at| date_of(at, person.zone);
    let asked = asked_at(of);
    let published = date(of.published_at);
    let is_old_on =
        |day: NaiveDate| (day - published).num_days() >= i64::from(rhythm.old_from_days);
    let word = of.facts.stage.zip(of.facts.stage_at);
    let asked_since_word = asked.filter(|asked| word.is_none_or(|(_, said)| *asked > said));

    if let Some((_, said)) = word
        && let Some(promised) = of.facts.ask_again_at
        && asked.is_none_or(|asked| asked < promised)
    {
        let latest = date(said) + Days::new(u64::from(rhythm.ask_again_days_max));
        return (date(promised).clamp(date(said), latest), Reason::Promised);
    }
    let (from, gap, reason) = match (word, asked_since_word) {
        (Some((stage, said)), asked) => {
            let from = asked.unwrap_or(said);
            let (gap, reason) = after_word(
                rhythm,
                stage,
                (date(from) - date(said)).num_days(),
                asked.is_none(),
                is_old_on(date(from)),
            );
            (date(from), gap, reason)
        }
        (None, None) => (
            published,
            rhythm.first_days.first().copied().unwrap_or(1),
            Reason::First,
        ),
        (None, Some(asked)) => {
            let from = date(asked);
            let gap = if is_old_on(from) {
                rhythm.old_every_days
            } else {
                gap_days(
                    &rhythm.first_days,
                    rhythm.then_every_days,
                    (from - published).num_days(),
                )
            };
            (from, gap, Reason::NoAnswer)
        }
    };
    let gap = if channel == Channel::Phone && mails_in_row(of) == 0 && reason == Reason::NoAnswer {
        gap.max(rhythm.call_gap_days)
    } else {
        gap
    };
    let gap = if person.mails == Mails::Fewer {
        2 * gap
    } else {
        gap
    };
    (from + Days::new(u64::from(gap)), reason)
}

/// The gap after the client said `stage`, `days` before the day that it counts from, and its reason; `is_first`: nobody
/// asked since.
fn after_word(
    rhythm: &Rhythm,
    stage: Stage,
    days: i64,
    is_first: bool,
    is_old: bool,
) -> (u32, Reason) {
    match stage {
        Stage::Dropped | Stage::ChosenOutside if is_first => (rhythm.over_days, Reason::SaidOver),
        Stage::Dropped | Stage::ChosenOutside => (rhythm.old_every_days, Reason::SaidOver),
        Stage::Postponed if is_first => (rhythm.postponed_days, Reason::Promised),
        _ if is_old => (rhythm.old_every_days, Reason::AfterAnswer),
        Stage::Searching
        | Stage::Comparing
        | Stage::ChosenHere
        | Stage::Postponed
        | Stage::Unknown => {
            let gap = gap_days(
                &rhythm.after_answer_days,
                rhythm.after_answer_every_days,
                days,
            );
            let reason = if is_first {
                Reason::AfterAnswer
            } else {
                Reason::NoAnswer
            };
            (gap, reason)
        }
    }
}

/// The gap of a list of days at the age reached; `every` beyond its end.
fn gap_days(days: &[u32], every: u32, age_days: i64) -> u32 {
    let mut before = 0;
    for &day in days {
        if age_days < i64::from(day) {
            return day - before;
        }
        before = day;
    }
    every
}
