//! What providers' reports may cost a project in the order, where the installation lets them cost anything
//! (`rank.report_places_max`): some places, never more than the setting says, never a state (b16, S22).

use super::evidence::{Evidence, Said, days};
use super::order;
use crate::report::WEIGHT_MAX;

/// The most that the setting may say: two pages. Source: our choice; who is on page 1 stays within the pages that many
/// read.
pub const PLACES_MAX: u32 = 40;
/// Weights, together, from which reports cost all that the setting allows: two reporters who had applied and whose
/// earlier reports were borne out.
const WEIGHT_FULL: u32 = 10;
/// A visit or a "still looking" makes reports void for a while: about 7 and 21 days. Source: `guides/ranking.md` 5.
const VOID: f64 = 1.6;
const VISIT_DAYS: f64 = 15.0;
const LOOKING_DAYS: f64 = 45.0;

/// Places that the reports of one project cost it, at most `places_max`. Nothing for a young one, which page 3 at the
/// latest is promised to, and nothing once its client gave a sign of life after them.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of at most forty, not negative"
)]
pub fn places_lost(places_max: u32, evidence: &Evidence, created_at: i64, at: i64) -> usize {
    if places_max == 0 || evidence.reported == 0 || order::is_young(created_at, at) {
        return 0;
    }
    let fresh = |when: Option<i64>, fade: f64| when.map_or(0.0, |w| (-days(w, at) / fade).exp());
    let looking = evidence
        .said
        .filter(|(said, _)| *said == Said::StillLooking)
        .map(|(_, when)| when);
    let sign = fresh(evidence.seen_at, VISIT_DAYS).max(fresh(looking, LOOKING_DAYS));
    let heard = (1.0 - VOID * sign).clamp(0.0, 1.0);
    let weight = f64::from(evidence.reported.min(WEIGHT_FULL)) / f64::from(WEIGHT_FULL);
    (f64::from(places_max.min(PLACES_MAX)) * heard * weight).floor() as usize
}

/// A report's weight as the fold takes it, within its bounds whatever a log says.
#[must_use]
pub fn weight(of: i64) -> u8 {
    u8::try_from(of.clamp(0, WEIGHT_MAX)).unwrap_or(0)
}
