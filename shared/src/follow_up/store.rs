//! SQL of the follow-ups: what is due, the run that plans it, the calls, the preview that changes nothing.

mod calls;
mod plan;
mod preview;
mod reckon;
mod run;
mod standing;
mod unmade;
mod wished;
mod write;

pub use calls::{
    Call, CallProject, CallReport, LastContact, RecordError, calls, record_call_outcome,
};
pub use plan::{PlanError, Planned, Stop, plan, standing_stop};
pub use preview::{Preview, Previewed, PreviewedProject, preview};
pub use wished::open_wished_call;

use chrono::{DateTime, Utc};

use crate::follow_up::Next;

/// Clients who are decided about in one transaction: the write lock of the embedded database is free again after some
/// tens of milliseconds, and memory does not grow with the table.
const CLIENTS_PER_BATCH: usize = 250;
/// Projects whose next step is reckoned in one transaction.
const RECKONED_PER_BATCH: i64 = 5_000;
/// Something waits (a letter for the relay, a call for a person): looked at again after so long even if nothing is heard.
const LOOK_AGAIN: chrono::TimeDelta = chrono::TimeDelta::hours(6);

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&[&str]] = &[
    reckon::ALL_SQL,
    calls::ALL_SQL,
    plan::ALL_SQL,
    run::ALL_SQL,
    unmade::ALL_SQL,
    preview::ALL_SQL,
    write::ALL_SQL,
    wished::ALL_SQL,
];

/// When a plan is looked at next: at its step, or when what it waits for is over. Without a way to the client it is not
/// looked at by the clock: the triggers of the tables do it when a way opens.
fn look_at(next: Next, now: DateTime<Utc>) -> DateTime<Utc> {
    match next {
        Next::Ask { at, .. } => at,
        Next::Waiting { until } => until.max(now) + LOOK_AGAIN,
        Next::NoWay => never(),
    }
}

/// The last instant that the order of the list knows too: beyond every plan.
pub(crate) fn never() -> DateTime<Utc> {
    DateTime::from_timestamp(*crate::listing::RANK_KEYS.end(), 0).unwrap_or_default()
}

#[cfg(test)]
mod tests;
