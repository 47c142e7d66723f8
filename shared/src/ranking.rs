//! The order of the pending list: a calibrated chance of award within 30 days, learned from the platform's own past.
//!
//! Pure: a history in, an order out; no clock, no database. Providers' reports are not in the score at all (they make us
//! ask the client sooner); where an installation lets them cost something, they cost a bounded number of places
//! ([`reports`]). Model and numbers: `guides/ranking.md`.

pub mod evidence;
pub mod features;
pub mod fit;
pub mod history;
mod import;
pub mod keys;
pub mod known;
pub mod model;
pub mod odds;
pub mod order;
mod prior;
pub mod reasons;
pub mod report;
pub mod reports;
pub mod settings;
pub mod snapshots;
pub mod store;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use history::History;
use model::Model;
use order::Scored;

/// Seconds of a day.
pub const DAY_SECS: i64 = 86_400;
/// Projects on a page of the list.
pub const PAGE_SIZE: usize = 20;
/// Kinds of evidence an installation may declare.
pub const EXTRA_KINDS_MAX: usize = 8;

/// The chance is never said to be nearer to 0 or 1 than this.
const CHANCE_MIN: f64 = 1e-6;

/// A pending project in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Its index in [`History::entries`].
    pub entry: usize,
    /// Chance of an award within 30 days, strictly between 0 and 1.
    pub probability: f64,
    /// The score behind it, before the rules of the order.
    pub log_odds: f64,
}

/// An ordered list, best first, and the model that scored it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Every pending project once.
    pub placed: Vec<Placed>,
    /// For explanations ([`Model::contributions`]) and the registry.
    pub model: Model,
}

/// Orders what was pending at an instant, knowing yesterday's first pages (empty: a cold start) and what providers'
/// reports may cost at most, in places.
///
/// Looks at nothing that happened after `as_of`. Equal input gives an equal result, to the bit.
#[must_use]
pub fn rank(
    history: &History,
    as_of: DateTime<Utc>,
    yesterday: &BTreeSet<usize>,
    report_places_max: u32,
) -> Ranking {
    let at = as_of.timestamp();
    let model = Model::learn(history, at);
    let list = place(history, &model, at, yesterday, report_places_max);
    Ranking {
        placed: list.into_iter().map(placed).collect(),
        model,
    }
}

/// As [`rank`], with yesterday's first pages found by ranking as of the day before from a cold start.
#[must_use]
pub fn rank_from_log(history: &History, as_of: DateTime<Utc>, report_places_max: u32) -> Ranking {
    let day_before = as_of.timestamp() - DAY_SECS;
    let model = Model::learn(history, day_before);
    let cold = BTreeSet::new();
    let list = place(history, &model, day_before, &cold, report_places_max);
    rank(
        history,
        as_of,
        &order::first_pages(&list),
        report_places_max,
    )
}

fn place(
    history: &History,
    model: &Model,
    at: i64,
    yesterday: &BTreeSet<usize>,
    report_places_max: u32,
) -> Vec<Scored> {
    let mut row = Vec::new();
    let mut list: Vec<Scored> = history
        .pending(at)
        .into_iter()
        .map(|i| {
            let entry = &history.entries()[i];
            let evidence = history.evidence(i, at);
            let log_odds = model.log_odds(entry.created_at, &entry.facts, &evidence, at, &mut row);
            Scored {
                entry: i,
                created_at: entry.created_at,
                log_odds,
                lost: reports::places_lost(report_places_max, &evidence, entry.created_at, at),
            }
        })
        .collect();
    order::order(&mut list, at, yesterday);
    list
}

/// The chance that log-odds say, strictly between 0 and 1.
fn said(log_odds: f64) -> f64 {
    fit::chance(log_odds).clamp(CHANCE_MIN, 1.0 - CHANCE_MIN)
}

fn placed(scored: Scored) -> Placed {
    Placed {
        entry: scored.entry,
        probability: said(scored.log_odds),
        log_odds: scored.log_odds,
    }
}

#[cfg(test)]
mod tests;
