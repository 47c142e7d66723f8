//! Figures about the order for the people who answer for it: does the chance mean what it says, how long do projects
//! live, what does the line look at, what moved since yesterday. Pure; drawing is the worker's.

use std::collections::BTreeSet;

use super::evidence::days;
use super::history::History;
use super::model::{Model, Stage};
use super::odds::{self, Odds};
use super::{DAY_SECS, PAGE_SIZE, Placed, Ranking, order, rank, snapshots};

/// Bins of the calibration, equal in width of chance.
const BINS: usize = 10;
/// Days between two points of the survival curve, and its end. Source: projects went ahead after two years.
const SURVIVAL_STEP_DAYS: i64 = 15;
const SURVIVAL_DAYS_MAX: i64 = 900;
/// Pages told one by one; the rest is a long tail.
const PAGES_MAX: usize = 30;
/// A client seen or heard within so many days counts as heard from.
const HEARD_DAYS: f64 = 90.0;
/// Half-width of a 95 % interval in standard errors.
const INTERVAL: f64 = 1.96;

/// Chance said and share awarded of the snapshots in one bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Snapshots, by weight.
    pub weight: f64,
    /// Mean chance said.
    pub said: f64,
    /// Share awarded within thirty days.
    pub came: f64,
}

/// Share of projects still pending at an age (Kaplan and Meier), with its 95 % interval (Greenwood).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Survival {
    /// Age in days.
    pub age_days: i64,
    /// Share still pending.
    pub share: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// One page of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageFigures {
    /// From 1.
    pub page: usize,
    /// Mean chance of its projects.
    pub chance: f64,
    /// Share whose client was seen or heard within ninety days.
    pub heard: f64,
}

/// A project that entered or left the first two pages since yesterday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The platform's id.
    pub reference: String,
    /// Place yesterday, from 1; none when it was not listed.
    pub before: Option<usize>,
    /// Place today, from 1; none when it is no longer listed.
    pub after: Option<usize>,
}

/// Everything the report shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Today's order and its line.
    pub ranking: Ranking,
    /// Calibration over all snapshots whose outcome is known.
    pub calibration: Vec<Bin>,
    /// How long projects stay on the list.
    pub survival: Vec<Survival>,
    /// The first pages.
    pub pages: Vec<PageFigures>,
    /// Changes of the first two pages.
    pub moved: Vec<Moved>,
    /// How often projects of each age were awarded.
    pub odds: Vec<Odds>,
}

impl Report {
    /// The figures as of `as_of`; looks at nothing later.
    #[must_use]
    pub fn of(
        history: &History,
        as_of: chrono::DateTime<chrono::Utc>,
        report_places_max: u32,
    ) -> Self {
        let at = as_of.timestamp();
        let before = rank(
            history,
            as_of - chrono::TimeDelta::days(1),
            &BTreeSet::new(),
            report_places_max,
        );
        let first: BTreeSet<usize> = before
            .placed
            .iter()
            .take(order::FIRST_PLACES)
            .map(|p| p.entry)
            .collect();
        let ranking = rank(history, as_of, &first, report_places_max);
        Self {
            calibration: calibration(history, &ranking.model, at),
            survival: survival(history, at),
            pages: pages(history, &ranking.placed, at),
            moved: moved(history, &before.placed, &ranking.placed),
            odds: odds::by_age(history, at),
            ranking,
        }
    }

    /// Coefficients that are not zero, the weightiest first, in units of their columns.
    #[must_use]
    pub fn coefficients(&self) -> Vec<(&str, f64)> {
        let model = &self.ranking.model;
        let mut list: Vec<(&str, f64)> = (model.columns.list().iter())
            .zip(&model.line.coefficients)
            .filter(|(_, c)| **c != 0.0)
            .map(|(column, c)| (column.name.as_str(), *c))
            .collect();
        list.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(b.0)));
        list
    }

    /// Whether the order was learned at all.
    #[must_use]
    pub fn is_learned(&self) -> bool {
        self.ranking.model.stage != Stage::NewestFirst
    }
}

fn calibration(history: &History, model: &Model, at: i64) -> Vec<Bin> {
    let sample = snapshots::collect(history, &model.columns, at);
    let mut bins = [(0.0, 0.0, 0.0); BINS];
    for i in 0..sample.len() {
        let said = super::said(model.line.log_odds(sample.row(i)));
        let bin = (1..BINS)
            .filter(|bin| said * as_float(BINS) >= as_float(*bin))
            .count();
        let weight = sample.weight[i];
        bins[bin].0 += weight;
        bins[bin].1 += weight * said;
        bins[bin].2 += weight * sample.outcome[i];
    }
    bins.into_iter()
        .filter(|(weight, ..)| *weight > 0.0)
        .map(|(weight, said, came)| Bin {
            weight,
            said: said / weight,
            came: came / weight,
        })
        .collect()
}

fn survival(history: &History, at: i64) -> Vec<Survival> {
    let posted = history.entries().iter().filter(|e| e.created_at <= at);
    // Age at which each left the list, or was last seen on it.
    let mut lives: Vec<(i64, bool)> = posted
        .map(|e| match e.left.filter(|left| left.at <= at) {
            Some(left) => (left.at - e.created_at, true),
            None => (at - e.created_at, false),
        })
        .collect();
    lives.sort_unstable();
    let (mut share, mut spread, mut next) = (1.0, 0.0, 0);
    let mut curve = Vec::new();
    for age_days in
        (0..=SURVIVAL_DAYS_MAX).step_by(usize::try_from(SURVIVAL_STEP_DAYS).expect("fifteen"))
    {
        while next < lives.len() && lives[next].0 <= age_days * DAY_SECS {
            let at_risk = as_float(lives.len() - next);
            if lives[next].1 {
                share *= 1.0 - 1.0 / at_risk;
                if at_risk > 1.0 {
                    spread += 1.0 / (at_risk * (at_risk - 1.0));
                }
            }
            next += 1;
        }
        if next == lives.len() {
            break;
        }
        let wide = INTERVAL * share * spread.sqrt();
        curve.push(Survival {
            age_days,
            share,
            low: (share - wide).max(0.0),
            high: (share + wide).min(1.0),
        });
    }
    curve
}

fn pages(history: &History, placed: &[Placed], at: i64) -> Vec<PageFigures> {
    (1..)
        .zip(placed.chunks(PAGE_SIZE).take(PAGES_MAX))
        .map(|(page, projects)| {
            let heard = |p: &&Placed| {
                let evidence = history.evidence(p.entry, at);
                let signs = [evidence.seen_at, evidence.said.map(|(_, when)| when)];
                signs
                    .into_iter()
                    .flatten()
                    .any(|when| days(when, at) <= HEARD_DAYS)
            };
            let count = as_float(projects.len());
            PageFigures {
                page,
                chance: projects.iter().map(|p| p.probability).sum::<f64>() / count,
                heard: as_float(projects.iter().filter(heard).count()) / count,
            }
        })
        .collect()
}

fn moved(history: &History, before: &[Placed], after: &[Placed]) -> Vec<Moved> {
    let place =
        |list: &[Placed], entry| list.iter().position(|p| p.entry == entry).map(|at| at + 1);
    let first = |list: &[Placed]| -> BTreeSet<usize> {
        list.iter()
            .take(order::FIRST_PLACES)
            .map(|p| p.entry)
            .collect()
    };
    let (old, new) = (first(before), first(after));
    let mut moved: Vec<Moved> = old
        .symmetric_difference(&new)
        .map(|&entry| Moved {
            reference: history.entries()[entry].id.clone(),
            before: place(before, entry),
            after: place(after, entry),
        })
        .collect();
    moved.sort_by_key(|m| (m.after.unwrap_or(usize::MAX), m.before));
    moved
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of projects fit a double exactly"
)]
fn as_float(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::history::{Entry, Facts, Left};

    fn history(lives: &[(i64, Option<(i64, bool)>)]) -> History {
        let entries = (0..)
            .zip(lives)
            .map(|(n, &(created, left))| Entry {
                id: format!("L{n:04}"),
                created_at: created * DAY_SECS,
                facts: Facts::default(),
                left: left.map(|(after, awarded)| Left {
                    at: (created + after) * DAY_SECS,
                    awarded,
                }),
            })
            .collect();
        History::new(entries, Vec::new(), Vec::new())
    }

    #[test]
    fn half_of_what_left_on_the_twentieth_day_survives_it_with_an_interval() {
        let lives: Vec<_> = (0..100)
            .map(|n| (0, (n % 2 == 0).then_some((20, true))))
            .collect();
        let curve = survival(&history(&lives), 400 * DAY_SECS);
        let at = |age| {
            curve
                .iter()
                .find(|s| s.age_days == age)
                .copied()
                .expect("on the curve")
        };
        assert!((at(15).share - 1.0).abs() < 1e-9);
        let after = at(30);
        assert!((after.share - 0.5).abs() < 1e-9, "{after:?}");
        assert!(
            after.low > 0.39 && after.low < 0.41 && after.high > 0.59 && after.high < 0.61,
            "{after:?}"
        );
    }

    #[test]
    fn a_report_of_a_young_platform_says_that_nothing_was_learned() {
        let lives: Vec<_> = (0..50).map(|n| (n, None)).collect();
        let as_of = chrono::DateTime::from_timestamp(60 * DAY_SECS, 0).expect("a date");
        let report = Report::of(&history(&lives), as_of, 0);
        assert!(!report.is_learned());
        assert_eq!(report.pages.len(), 3);
        assert!(report.moved.is_empty(), "{:?}", report.moved);
        assert!(report.pages.iter().all(|p| p.heard == 0.0));
    }
}
