//! From an order to the keys that the list is read by, writing only what must move.
//!
//! A project keeps its key when it stands, among those that keep theirs, where it stood before: the longest run of
//! projects in their old order keeps its keys, the others are given keys between their new neighbours. A departure
//! shifts nobody, and a night in which nothing changed writes nothing.

use crate::listing::RANK_KEYS;

/// Distance given to a project that comes above the first or below the last one, so that others still fit between.
const STEP: i64 = 4_096;

/// A project whose key must be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Its index in the new order.
    pub at: usize,
    /// Its new key.
    pub key: i64,
}

/// The keys to write so that `old_keys`, given in the new order, best first, become strictly falling. Linear memory,
/// n log n steps; the fewest moves that leave room for everybody.
///
/// # Panics
/// When there are more projects than keys (16 thousand million).
#[must_use]
pub fn moves(old_keys: &[i64]) -> Vec<Move> {
    let kept = kept(old_keys);
    let mut moves = Vec::with_capacity(old_keys.len() - kept.len());
    let mut above: Option<usize> = None;
    for below in kept.iter().copied().map(Some).chain([None]) {
        let first = above.map_or(0, |at| at + 1);
        let end = below.unwrap_or(old_keys.len());
        fill(
            first..end,
            above.map(|at| old_keys[at]),
            below.map(|at| old_keys[at]),
            &mut moves,
        );
        above = below;
    }
    moves
}

/// A key between two neighbours, either of which may be missing; equal to the upper one's when there is no room left.
#[must_use]
pub fn between(above: Option<i64>, below: Option<i64>) -> i64 {
    match (above, below) {
        (Some(above), Some(below)) => below + (above - below) / 2,
        (Some(above), None) => (above - STEP).max(*RANK_KEYS.start()),
        (None, Some(below)) => (below + STEP).min(*RANK_KEYS.end()),
        (None, None) => RANK_KEYS.start() + (RANK_KEYS.end() - RANK_KEYS.start()) / 2,
    }
}

/// The longest choice of projects that may keep their keys: falling, with room for all those that come between.
///
/// Projects i before j may both stay when `key[i] - key[j] >= j - i`, that is when `key + index` does not rise; so the
/// choice is a longest non-rising subsequence of `key + index`.
fn kept(old_keys: &[i64]) -> Vec<usize> {
    let count = as_key(old_keys.len());
    // Of the best ending of each length: the indexes, by length. Values fall or stay along the endings.
    let mut endings: Vec<usize> = Vec::new();
    let mut before: Vec<usize> = vec![usize::MAX; old_keys.len()];
    let value = |at: usize| old_keys[at] + as_key(at);
    for at in 0..old_keys.len() {
        // Room above for those before it, and below for those after it.
        let top = RANK_KEYS.end() - as_key(at);
        let bottom = RANK_KEYS.start() + (count - 1 - as_key(at));
        if !(bottom..=top).contains(&old_keys[at]) {
            continue;
        }
        let length = endings.partition_point(|&end| value(end) >= value(at));
        if length > 0 {
            before[at] = endings[length - 1];
        }
        if length == endings.len() {
            endings.push(at);
        } else {
            endings[length] = at;
        }
    }
    let mut chosen = Vec::with_capacity(endings.len());
    let mut next = endings.last().copied();
    while let Some(at) = next {
        chosen.push(at);
        next = Some(before[at]).filter(|&at| at != usize::MAX);
    }
    chosen.reverse();
    chosen
}

/// Spreads a run of moving projects evenly between its neighbours.
fn fill(run: std::ops::Range<usize>, above: Option<i64>, below: Option<i64>, to: &mut Vec<Move>) {
    let count = as_key(run.len());
    if count == 0 {
        return;
    }
    let (low, high) = match (above, below) {
        (Some(above), Some(below)) => (below, above),
        (Some(above), None) => (
            (above - STEP * (count + 1)).max(RANK_KEYS.start() - 1),
            above,
        ),
        (None, Some(below)) => (below, (below + STEP * (count + 1)).min(RANK_KEYS.end() + 1)),
        (None, None) => (RANK_KEYS.start() - 1, RANK_KEYS.end() + 1),
    };
    for (nth, at) in (1..).zip(run) {
        // Even steps without a product that could overflow: whole steps plus the share of what they leave.
        let (step, rest) = ((high - low) / (count + 1), (high - low) % (count + 1));
        let key = high - step * nth - rest * nth / (count + 1);
        to.push(Move { at, key });
    }
}

fn as_key(n: usize) -> i64 {
    i64::try_from(n).expect("the number of projects is limited far below this")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn applied(old_keys: &[i64]) -> (Vec<i64>, usize) {
        let mut keys = old_keys.to_vec();
        let moves = moves(old_keys);
        for one in &moves {
            keys[one.at] = one.key;
        }
        (keys, moves.len())
    }

    fn falls(keys: &[i64]) -> bool {
        keys.windows(2).all(|two| two[0] > two[1]) && keys.iter().all(|key| RANK_KEYS.contains(key))
    }

    proptest! {
        // P5: whatever the keys were, everybody has a place of its own within the bounds.
        #[test]
        fn keys_fall_strictly_after_the_moves(old in prop::collection::vec(prop_oneof![
            RANK_KEYS, 0_i64..50, Just(0_i64), Just(16_725_225_600_i64), 16_725_225_550_i64..=16_725_225_600,
        ], 0..200)) {
            let (keys, _) = applied(&old);
            prop_assert!(falls(&keys), "{keys:?}");
        }

        // No row is written whose place did not change.
        #[test]
        fn an_order_that_holds_writes_nothing(mut old in prop::collection::btree_set(RANK_KEYS, 0..200)
            .prop_map(|set| set.into_iter().rev().collect::<Vec<_>>())) {
            prop_assert_eq!(moves(&old).len(), 0);
            // One departure shifts nobody.
            if old.len() > 1 {
                old.remove(old.len() / 2);
                prop_assert_eq!(moves(&old).len(), 0);
            }
        }

        #[test]
        fn one_project_that_moves_is_one_write(n in 3_usize..100, from in 0_usize..100, to in 0_usize..100) {
            let mut keys: Vec<i64> = (0..n).map(|at| 1_800_000_000 - 1_000 * as_key(at)).collect();
            let moved = keys.remove(from % n);
            keys.insert(to % n, moved);
            let (after, writes) = applied(&keys);
            prop_assert!(falls(&after));
            prop_assert!(writes <= 1, "{writes}");
        }
    }

    #[test]
    fn a_key_between_two_neighbours_lies_between_them() {
        assert_eq!(between(Some(20), Some(10)), 15);
        assert_eq!(between(Some(11), Some(10)), 10, "no room left: a tie");
        assert!(between(None, Some(10)) > 10);
        assert!(between(Some(10_000), None) < 10_000);
        assert_eq!(between(Some(5), None), 0, "never below the last key");
    }
}
