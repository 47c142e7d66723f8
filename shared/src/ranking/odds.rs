//! How often projects of each age were awarded, from the platform's own past: plain counting, no model (N8, b10, S15).

use serde::{Deserialize, Serialize};

use super::DAY_SECS;
use super::history::History;
use super::snapshots::HORIZON_DAYS;

/// Ages in days at which a project's chances are counted. Source: our choice, a bracket for each way people speak of
/// age: days, weeks, months, half a year, years.
pub const AGES_DAYS: [i64; 7] = [0, 7, 30, 90, 180, 365, 730];
/// Fewer cases than this are no figure to show (S15).
pub const CASES_MIN: u64 = 30;

/// What became of the projects that reached an age while pending.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Odds {
    /// The age, in days; it stands for all ages up to the next one.
    pub from_days: i64,
    /// Projects that were pending at that age, at least thirty days before the count.
    pub cases: u64,
    /// Of these, awarded on the platform within thirty days.
    pub awarded: u64,
    /// The share, never rising with age: neighbours that would make it rise are taken together.
    pub share: f64,
}

/// Counts every age as of `at`.
#[must_use]
pub fn by_age(history: &History, at: i64) -> Vec<Odds> {
    let horizon = HORIZON_DAYS * DAY_SECS;
    let mut odds: Vec<Odds> = AGES_DAYS
        .iter()
        .map(|&from_days| {
            let reached = |created: i64| created + from_days * DAY_SECS;
            let cases = history
                .entries()
                .iter()
                .filter(|e| reached(e.created_at) + horizon <= at)
                .filter(|e| e.left.is_none_or(|left| left.at > reached(e.created_at)));
            let (mut count, mut awarded) = (0, 0);
            for entry in cases {
                count += 1;
                let soon = reached(entry.created_at) + horizon;
                awarded += u64::from(entry.left.is_some_and(|l| l.awarded && l.at <= soon));
            }
            Odds {
                from_days,
                cases: count,
                awarded,
                share: 0.0,
            }
        })
        .collect();
    fall(&mut odds);
    odds
}

/// The odds of an age; none when there are too few cases to say.
#[must_use]
pub fn of_age(odds: &[Odds], age_days: i64) -> Option<Odds> {
    odds.iter()
        .rev()
        .find(|odds| odds.from_days <= age_days)
        .copied()
        .filter(|odds| odds.cases >= CASES_MIN)
}

/// Gives each bracket its share, pooling neighbours until none rises (isotonic regression by pooling violators).
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of projects fit a double exactly"
)]
fn fall(odds: &mut [Odds]) {
    // Pools: first bracket, cases, awards.
    let mut pools: Vec<(usize, u64, u64)> = Vec::new();
    for (at, bracket) in odds.iter().enumerate() {
        let mut pool = (at, bracket.cases, bracket.awarded);
        while let Some(&(first, cases, awarded)) = pools.last() {
            // Compared without division: awarded / cases of the earlier one is at least that of the later one.
            let falls =
                u128::from(awarded) * u128::from(pool.1) >= u128::from(pool.2) * u128::from(cases);
            if falls && cases > 0 {
                break;
            }
            pools.pop();
            pool = (first, cases + pool.1, awarded + pool.2);
        }
        pools.push(pool);
    }
    let ends: Vec<usize> = pools
        .iter()
        .skip(1)
        .map(|p| p.0)
        .chain([odds.len()])
        .collect();
    for (&(first, cases, awarded), end) in pools.iter().zip(ends) {
        for bracket in &mut odds[first..end] {
            bracket.share = awarded as f64 / cases.max(1) as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ranking::history::{Entry, Facts, Left};

    fn history(projects: &[(i64, Option<(i64, bool)>)]) -> History {
        let entries = (0..)
            .zip(projects)
            .map(|(n, &(created, left))| Entry {
                id: format!("L{n:05}"),
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

    // b10, S15: monotone whatever the past, and every share a share.
    proptest! {
        #[test]
        fn the_odds_never_rise_with_age(projects in prop::collection::vec(
            (0_i64..900, prop::option::of((1_i64..900, any::<bool>()))), 0..300)) {
            let odds = by_age(&history(&projects), 1_000 * DAY_SECS);
            prop_assert!(odds.windows(2).all(|two| two[0].share >= two[1].share), "{odds:?}");
            prop_assert!(odds.iter().all(|o| (0.0..=1.0).contains(&o.share) && o.awarded <= o.cases));
        }
    }

    // S15: hidden under thirty cases.
    #[test]
    fn a_figure_is_hidden_until_there_are_thirty_cases() {
        let some = |n: usize| history(&vec![(0, Some((10, true))); n]);
        let odds = |n| of_age(&by_age(&some(n), 100 * DAY_SECS), 3);
        assert_eq!(odds(29), None);
        assert_eq!(odds(30).map(|o| (o.cases, o.awarded)), Some((30, 30)));
    }

    // S14: a project awarded after two years counts for the ages that it lived through.
    #[test]
    fn a_late_award_counts_for_the_old() {
        let mut past = vec![(0, None); 39];
        past.push((0, Some((740, true))));
        let odds = by_age(&history(&past), 900 * DAY_SECS);
        let oldest = of_age(&odds, 735).expect("forty cases");
        assert_eq!((oldest.cases, oldest.awarded), (40, 1));
        assert!(oldest.share > 0.0, "the chance is lower, not none");
    }
}
