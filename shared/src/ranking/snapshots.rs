//! The past as rows to learn from: every pending project as it stood every ten days, and whether it was awarded within
//! the next thirty.

use super::DAY_SECS;
use super::evidence::{Evidence, days};
use super::features::Columns;
use super::fit::Sample;
use super::history::{Entry, History};

/// Days ahead that the chance speaks of.
pub const HORIZON_DAYS: i64 = 30;
/// Days between two snapshots; they fall on the same calendar days whenever they are taken, so that tomorrow's fit sees
/// almost the same rows as today's.
const STRIDE_DAYS: i64 = 10;
/// Days after the first project before which there is nothing to learn from.
const WARM_UP_DAYS: i64 = 40;
/// A snapshot this old counts half.
const HALF_LIFE_DAYS: f64 = 365.0;
/// Rows without an award kept at most; above, one in k is kept and counts k times.
const REFUSALS_MAX: usize = 60_000;

/// The rows whose outcome was known at an instant. Nothing after it is looked at.
#[must_use]
pub fn collect(history: &History, columns: &Columns, at: i64) -> Sample {
    let mut sample = Sample {
        width: columns.list().len(),
        ..Sample::default()
    };
    let Some(first) = history.entries().first() else {
        return sample;
    };
    let from = first.created_at + WARM_UP_DAYS * DAY_SECS;
    let until = at - HORIZON_DAYS * DAY_SECS;
    let all: usize = history
        .entries()
        .iter()
        .map(|e| grid(e, from, until).count())
        .sum();
    let one_in = all.div_ceil(REFUSALS_MAX).max(1) as u64;
    let mut row = Vec::new();
    for (i, entry) in history.entries().iter().enumerate() {
        let mut evidence = Evidence::none();
        let mut events = history.events_of(i).iter().peekable();
        for when in grid(entry, from, until) {
            while let Some((taken, event)) = events.next_if(|(taken, _)| *taken <= when) {
                evidence.take(*event, *taken);
            }
            let soon = when + HORIZON_DAYS * DAY_SECS;
            let awarded = entry
                .left
                .is_some_and(|left| left.awarded && left.at <= soon);
            if !awarded && !drawn(entry, when, one_in) {
                continue;
            }
            columns.write(entry.created_at, &entry.facts, &evidence, when, &mut row);
            sample.rows.extend_from_slice(&row);
            sample.outcome.push(if awarded { 1.0 } else { 0.0 });
            let counts = if awarded { 1.0 } else { thinned(one_in) };
            sample
                .weight
                .push(counts * (-days(when, at) / HALF_LIFE_DAYS).exp2());
            sample.at.push(when);
        }
    }
    sample
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a thinning factor is a small whole number"
)]
fn thinned(one_in: u64) -> f64 {
    one_in as f64
}

/// The snapshots in which a project was pending.
fn grid(entry: &Entry, from: i64, until: i64) -> impl Iterator<Item = i64> {
    let stride = STRIDE_DAYS * DAY_SECS;
    let start = entry.created_at.max(from).div_euclid(stride) * stride + stride;
    let end = entry.left.map_or(until, |left| until.min(left.at - 1));
    (0..)
        .map(move |n| start + n * stride)
        .take_while(move |when| *when <= end)
}

/// Chooses one row in so many by name and day, so that the choice does not depend on what else is in the log.
fn drawn(entry: &Entry, when: i64, one_in: u64) -> bool {
    const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const FNV_PRIME: u64 = 0x0100_0000_01b3;
    let bytes = entry.id.bytes().chain(when.to_le_bytes());
    let hash = bytes.fold(FNV_OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
    });
    (hash >> 32) % one_in == 0
}
