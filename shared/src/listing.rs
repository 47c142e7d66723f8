//! The pending list: where a project stands in it, and why.
//!
//! The order is one number per project, [`rank_key`]: the instant, in seconds, as fresh as which the project counts.
//! It does not depend on the time of asking, so ageing needs no write at all: newer projects arrive above. It is
//! written again only when the evidence changes. Reports of providers and edits of the project are not part of
//! [`Evidence`], so neither can move it (b7).

pub mod store;

use chrono::{DateTime, TimeDelta, Utc};

use crate::contact::{LineKind, Stage};

/// Smallest and largest key that the database takes (`project_rank_bounded`): the years 1970 and 2500, in seconds.
pub const RANK_KEYS: std::ops::RangeInclusive<i64> = 0..=16_725_225_600;

/// Eighths of its age that a project keeps after its client's "still searching": an answer today makes a project of
/// two years count as three months old. Source: our choice; an old project stays behind a new one with the same answer.
const AGE_KEPT_AFTER_ANSWER: i64 = 1;
/// Eighths of its age that a project keeps after a log-in or a word from which nothing follows. Source: our choice; a
/// log-in tells less than an answer.
const AGE_KEPT_AFTER_SIGN: i64 = 4;
const EIGHTHS: i64 = 8;

/// What one unanswered call weighs against an unanswered mail: a mail may lie unread, a call rang.
pub(crate) const MAILS_PER_CALL: i64 = 2;
/// Unanswered contacts (calls count double) from which a client is quiet: the plan's first round, two mails and a call.
const QUIET_FROM: i64 = 4;
/// Unanswered contacts (calls count double) from which a client is silent: two rounds and a half of the plan.
pub(crate) const SILENT_FROM: i64 = 10;

/// Days by which a quiet client's project counts as older. Source: our choice, as all days below; no history yet.
pub const QUIET_DAYS: i64 = 30;
/// Days by which a silent client's project counts as older.
pub const SILENT_DAYS: i64 = 120;
/// Days by which a project counts as older when no address and no number of its client works.
pub const UNREACHABLE_DAYS: i64 = 60;
/// Days by which a project counts as older when its client wants to be asked later.
pub const POSTPONED_DAYS: i64 = 90;
/// Days by which a project counts as older when its client named a provider of the platform and the award is not in.
pub const CHOSEN_HERE_DAYS: i64 = 180;
/// Days by which a project counts as older when its client called it dropped or given to somebody outside.
pub const OVER_DAYS: i64 = 365;
/// The most that all evidence together lowers a project, in days; nothing lowers it out of the list (P5).
pub const LOWERED_DAYS_MAX: i64 = SILENT_DAYS + UNREACHABLE_DAYS + OVER_DAYS;

/// How little a client answers. Steps, not a slope: within a step the order is by age alone (S13), and a letter that
/// left moves nothing until it makes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Silence {
    /// Not asked often enough to tell.
    None,
    /// A first round of letters and calls without an answer.
    Quiet,
    /// Round after round without an answer (N4, S18).
    Silent,
}

/// Everything that may move a project in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// First time on the list.
    pub published_at: DateTime<Utc>,
    /// Last sign of the client and its kind: an answer, a log-in, a return to the list.
    pub last_sign: Option<(DateTime<Utc>, LineKind)>,
    /// The client's last word and when it was said; a return to the list says "still searching" (b19).
    pub word: Option<(DateTime<Utc>, Stage)>,
    /// Letters since the last sign.
    pub mails_unanswered: i64,
    /// Calls since the last sign.
    pub calls_unanswered: i64,
    /// Since when no address and no number of the client works.
    pub unreachable_at: Option<DateTime<Utc>>,
}

impl Evidence {
    /// Of a project about which nothing is known but its age.
    #[must_use]
    pub const fn none(published_at: DateTime<Utc>) -> Self {
        Self {
            published_at,
            last_sign: None,
            word: None,
            mails_unanswered: 0,
            calls_unanswered: 0,
            unreachable_at: None,
        }
    }

    /// How little the client answers.
    #[must_use]
    pub const fn silence(&self) -> Silence {
        let asked = self.mails_unanswered + MAILS_PER_CALL * self.calls_unanswered;
        if asked >= SILENT_FROM {
            Silence::Silent
        } else if asked >= QUIET_FROM {
            Silence::Quiet
        } else {
            Silence::None
        }
    }

    /// Since when the client cannot be reached; a later sign of life counts more than dead addresses.
    #[must_use]
    pub fn standing_unreachable(&self) -> Option<DateTime<Utc>> {
        self.unreachable_at
            .filter(|since| self.last_sign.is_none_or(|(at, _)| at <= *since))
    }
}

/// The place of a project in the pending list, in seconds since 1970: larger is nearer to page 1.
///
/// As fresh as its publication when nothing is known (newer before older, S13); lifted by signs of life towards their
/// date, never beyond it; lowered by silence, by the client's own words and by dead addresses, at most by
/// [`LOWERED_DAYS_MAX`], until the client says otherwise. Evidence dated after `now` counts as of `now`.
/// The one function to replace when the order is learned from history.
#[must_use]
pub fn rank_key(of: &Evidence, now: DateTime<Utc>) -> i64 {
    let lowered = TimeDelta::days(lowered_days(of)).num_seconds();
    (freshness(of, now) - lowered).clamp(*RANK_KEYS.start(), *RANK_KEYS.end())
}

fn freshness(of: &Evidence, now: DateTime<Utc>) -> i64 {
    let published = of.published_at.min(now).timestamp();
    let lifted = |at: DateTime<Utc>, kept: i64| {
        let since = (at.min(now).timestamp() - published).max(0);
        published + since * (EIGHTHS - kept) / EIGHTHS
    };
    let (by_word, is_over) = match of.word {
        Some((at, Stage::Searching | Stage::Comparing)) => {
            (lifted(at, AGE_KEPT_AFTER_ANSWER), false)
        }
        Some((_, Stage::ChosenOutside | Stage::ChosenHere | Stage::Dropped)) => (published, true),
        // A word of which nothing follows is a sign of life like any other, below.
        Some((_, Stage::Postponed | Stage::Unknown)) | None => (published, false),
    };
    let by_sign = match of.last_sign {
        // Somebody who called it over may come by to cancel: no sign that the project lives.
        Some((at, _)) if !is_over => lifted(at, AGE_KEPT_AFTER_SIGN),
        Some(_) | None => published,
    };
    by_word.max(by_sign)
}

/// Days by which the evidence makes a project count as older, 0 to [`LOWERED_DAYS_MAX`].
#[must_use]
pub fn lowered_days(of: &Evidence) -> i64 {
    let by_silence = match of.silence() {
        Silence::None => 0,
        Silence::Quiet => QUIET_DAYS,
        Silence::Silent => SILENT_DAYS,
    };
    let by_word = match of.word {
        Some((_, Stage::Dropped | Stage::ChosenOutside)) => OVER_DAYS,
        Some((_, Stage::ChosenHere)) => CHOSEN_HERE_DAYS,
        Some((_, Stage::Postponed)) => POSTPONED_DAYS,
        Some((_, Stage::Searching | Stage::Comparing | Stage::Unknown)) | None => 0,
    };
    let by_addresses = of.standing_unreachable().map_or(0, |_| UNREACHABLE_DAYS);
    by_silence + by_word + by_addresses
}

/// Where a project stands in the pending list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// From 1, the first of page 1.
    pub position: u64,
    /// From 1, pages of [`crate::project::PAGE_SIZE`].
    pub page: u32,
}

impl Place {
    /// The place at `position`, from 1.
    #[must_use]
    pub fn at(position: u64) -> Self {
        Self {
            position,
            page: pages(position).max(1),
        }
    }
}

/// Pages that `projects` fill.
#[must_use]
pub fn pages(projects: u64) -> u32 {
    u32::try_from(projects.div_ceil(u64::from(crate::project::PAGE_SIZE))).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
