//! From scores to places: the rules of the order.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::fit::chance;
use super::{DAY_SECS, PAGE_SIZE};

/// What having stood on the first pages yesterday adds to the log-odds; keeps them from changing by noise.
pub const STICKINESS: f64 = 0.4;
/// Below this share of the mean chance the score says little, and the newest stand first. The guide measured 0.1 and 0.25;
/// at 0.1, 0.2 and 0.25 the oldest tenth of the development world stood at 0.80, 0.87 and 0.89, and old ones about to be
/// awarded at 0.19, 0.20 and 0.21.
const TAIL_SHARE: f64 = 0.2;
/// Of the places on the first pages, at most so many for projects that are no longer recent, as far as there are recent
/// ones: pages 1 and 2 are where the recent are looked for (S4). Source: our choice, three in ten; without it a third of the
/// places went to old ones, and precision was the same within a hundredth.
pub const OLD_PLACES_MAX: usize = 12;
/// Younger than this is recent. Source: `corpora/ranking`, what it measures.
const RECENT_DAYS: i64 = 45;
/// Projects younger than this stand on page 3 at the latest, as far as that page reaches.
const YOUNG_DAYS: i64 = 3;
/// Pages that everybody reads.
const FIRST_PAGES: usize = 2;

/// A project with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Its place in the history, which is by age, then id.
    pub entry: usize,
    /// When it was posted.
    pub created_at: i64,
    /// Log-odds of an award.
    pub log_odds: f64,
    /// Places that providers' reports cost it; see [`super::reports`].
    pub lost: usize,
}

/// Places on the pages that everybody reads.
pub const FIRST_PLACES: usize = FIRST_PAGES * PAGE_SIZE;
/// Places that young projects share with them.
pub const YOUNG_PLACES: usize = (FIRST_PAGES + 1) * PAGE_SIZE;

/// Posted so lately that it stands on page 3 at the latest.
#[must_use]
pub const fn is_young(created_at: i64, at: i64) -> bool {
    at - created_at < YOUNG_DAYS * DAY_SECS
}

/// Posted lately enough to be looked for on the first pages.
#[must_use]
pub const fn is_recent(created_at: i64, at: i64) -> bool {
    at - created_at < RECENT_DAYS * DAY_SECS
}

/// The chance below which the newest stand first: a share of the mean chance. 0 for an empty list.
#[must_use]
pub fn tail_below(list: &[Scored]) -> f64 {
    if list.is_empty() {
        return 0.0;
    }
    let sum: f64 = list.iter().map(|s| chance(s.log_odds)).sum();
    let count =
        u32::try_from(list.len()).expect("the number of projects is limited far below this");
    TAIL_SHARE * sum / f64::from(count)
}

/// The entries that stand on the first pages of an ordered list.
#[must_use]
pub fn first_pages(list: &[Scored]) -> BTreeSet<usize> {
    list.iter().take(FIRST_PLACES).map(|s| s.entry).collect()
}

/// Sorts best first; complete, and the same for the same input whatever its order.
pub fn order(list: &mut Vec<Scored>, at: i64, yesterday: &BTreeSet<usize>) {
    // Summed by age, so that the order of the input does not reach the last bit of the mean.
    list.sort_unstable_by_key(|s| s.entry);
    let tail_below = tail_below(list);
    let mut keyed: Vec<(bool, f64, Scored)> = list
        .iter()
        .map(|&s| {
            let in_tail = chance(s.log_odds) < tail_below;
            let sticks = if yesterday.contains(&s.entry) {
                STICKINESS
            } else {
                0.0
            };
            (in_tail, if in_tail { 0.0 } else { s.log_odds + sticks }, s)
        })
        .collect();
    keyed.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0)
            .then(b.1.total_cmp(&a.1))
            .then_with(|| newer_first(&a.2, &b.2))
    });
    list.clear();
    list.extend(keyed.into_iter().map(|(_, _, s)| s));
    make_room(list, at);
    lift_young(list, at);
    set_back(list);
}

/// Lets recent projects pass by old ones until at most [`OLD_PLACES_MAX`] old ones stand on the first pages.
fn make_room(list: &mut Vec<Scored>, at: i64) {
    let (mut first, mut after) = (
        Vec::with_capacity(list.len()),
        Vec::with_capacity(list.len()),
    );
    let mut old = 0;
    for &s in list.iter() {
        let is_old = !is_recent(s.created_at, at);
        if first.len() < FIRST_PLACES && (!is_old || old < OLD_PLACES_MAX) {
            old += usize::from(is_old);
            first.push(s);
        } else {
            after.push(s);
        }
    }
    // Too few recent ones: the best of the others after all.
    first.extend(after);
    *list = first;
}

/// Sets projects back by the places that they lose, each by no more, and nobody else by any: sorted by place and loss
/// together, who loses nothing first.
fn set_back(list: &mut [Scored]) {
    if list.iter().all(|s| s.lost == 0) {
        return;
    }
    let mut keyed: Vec<(usize, usize, Scored)> = (0..)
        .zip(list.iter())
        .map(|(place, &s): (usize, _)| (place + s.lost, s.lost, s))
        .collect();
    keyed.sort_by_key(|&(to, lost, _)| (to, lost));
    for (slot, (_, _, s)) in list.iter_mut().zip(keyed) {
        *slot = s;
    }
}

fn newer_first(a: &Scored, b: &Scored) -> Ordering {
    b.created_at.cmp(&a.created_at).then(a.entry.cmp(&b.entry))
}

/// Gives young projects from further back the last places of page 3, in their order.
fn lift_young(list: &mut Vec<Scored>, at: i64) {
    let (start, end) = (FIRST_PLACES, YOUNG_PLACES);
    if list.len() <= end {
        return;
    }
    let young = |s: &Scored| is_young(s.created_at, at);
    let room = list[start..end].iter().filter(|s| !young(s)).count();
    let lifted: Vec<Scored> = list[end..]
        .iter()
        .filter(|s| young(s))
        .take(room)
        .copied()
        .collect();
    if lifted.is_empty() {
        return;
    }
    let chosen: BTreeSet<usize> = lifted.iter().map(|s| s.entry).collect();
    let mut staying = room - lifted.len();
    let (mut page, mut after) = (
        Vec::with_capacity(PAGE_SIZE),
        Vec::with_capacity(list.len() - start),
    );
    for &s in &list[start..end] {
        if young(&s) {
            page.push(s);
        } else if staying > 0 {
            staying -= 1;
            page.push(s);
        } else {
            after.push(s);
        }
    }
    page.extend(lifted);
    after.extend(list[end..].iter().filter(|s| !chosen.contains(&s.entry)));
    list.truncate(start);
    list.extend(page);
    list.extend(after);
}
