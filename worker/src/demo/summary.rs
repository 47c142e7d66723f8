//! What happened in the demo, for the terminal.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use relance_shared::coverage::{self, Coverage};
use relance_shared::db::StoreError;
use relance_shared::env::Env;
use relance_shared::listing::store::{List, Listed, count, page};
use relance_shared::outbox;

use crate::commands::coverage::figures;
use crate::commands::table;
use crate::demo::Tally;

/// Widest bar of the chart, in characters.
const BAR_WIDTH: u64 = 40;
/// Places that are shown of each end of the list.
const PLACES_SHOWN: usize = 3;
const WEEK: usize = 7;

/// The list at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    at: DateTime<Utc>,
    pending: u64,
    in_progress: u64,
    top: Vec<Listed>,
    bottom: Vec<Listed>,
}

impl Snapshot {
    /// The list now.
    ///
    /// # Errors
    /// [`StoreError::Sql`]
    pub async fn take(env: &Env) -> Result<Self, StoreError> {
        let first = page(&env.db, 1).await?;
        let mut bottom = page(&env.db, first.pages).await?.projects;
        let mut top = first.projects;
        top.truncate(PLACES_SHOWN);
        bottom.drain(..bottom.len().saturating_sub(PLACES_SHOWN));
        Ok(Self {
            at: env.clock.now(),
            pending: count(&env.db, List::Pending).await?,
            in_progress: count(&env.db, List::InProgress).await?,
            top,
            bottom,
        })
    }
}

/// The whole summary as text.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn told(env: &Env, before: &Snapshot, tally: &Tally) -> Result<String, StoreError> {
    let after = Snapshot::take(env).await?;
    let coverage = coverage::store::coverage(&env.db, env.clock.now()).await?;
    let letters = outbox::store::count(&env.db).await?;
    let withdrawn = letters
        .iter()
        .filter(|count| count.state == outbox::State::Withdrawn)
        .map(|count| count.letters);
    Ok(format!(
        "{}\n{}\n{}\n{}\n{}",
        list("The list before", before),
        list("The list after", &after),
        chart(&tally.days),
        happened(tally, withdrawn.sum()),
        covered(&coverage)
    ))
}

fn list(title: &str, of: &Snapshot) -> String {
    let mut table = table([
        "place",
        "project",
        "title",
        "on the list since",
        "last sign of the client",
    ]);
    let end = usize::try_from(of.pending)
        .unwrap_or(0)
        .saturating_sub(of.bottom.len());
    let top = (1..).zip(&of.top);
    for (place, project) in top.chain((end + 1..).zip(&of.bottom)) {
        table.add_row([
            place.to_string(),
            project.reference.clone(),
            project.title.clone(),
            format!("{} days", (of.at - project.published_at).num_days()),
            project.last_sign_at.map_or_else(
                || "never".to_owned(),
                |at| format!("{} days ago", (of.at - at).num_days()),
            ),
        ]);
    }
    format!(
        "{title}, {}: {} pending, {} in progress; its first and last places:\n{table}\n",
        of.at.format("%-d %B %Y"),
        of.pending,
        of.in_progress
    )
}

/// One line a week: pending projects as a bar, then what happened.
fn chart(days: &[[u64; 5]]) -> String {
    let weeks: Vec<[u64; 5]> = days
        .chunks(WEEK)
        .map(|week| {
            let sum = |nth: usize| week.iter().map(|day| day[nth]).sum();
            [
                week.last().map_or(0, |day| day[0]),
                sum(1),
                sum(2),
                sum(3),
                sum(4),
            ]
        })
        .collect();
    let most = weeks.iter().map(|week| week[0]).max().unwrap_or(0).max(1);
    let mut chart =
        "week  pending at its end                             letters answers calls awards\n"
            .to_owned();
    for (nth, [pending, letters, answers, calls, awards]) in weeks.iter().enumerate() {
        let bar = "█".repeat(usize::try_from(pending * BAR_WIDTH / most).unwrap_or(0));
        // Writing into a text cannot fail.
        let _ = writeln!(
            chart,
            "{:>4}  {bar:<40} {pending:>4} {letters:>6} {answers:>7} {calls:>5} {awards:>6}",
            nth + 1
        );
    }
    chart
}

fn happened(tally: &Tally, withdrawn: i64) -> String {
    let event = |kind: &str| tally.events.get(kind).copied().unwrap_or(0);
    let calls: Vec<_> = tally
        .calls
        .iter()
        .map(|(outcome, n)| format!("{n} {}", outcome.replace('_', " ")))
        .collect();
    format!(
        "The platform told of {} projects, {} applications, {} awards ({} taken back), {} log-ins.\n\
        {} letters left about {} projects, {} came back, {withdrawn} were withdrawn in time.\n\
        {} answers on the clients' page, {} by mail; {} projects ended by their own clients, on the account.\n\
        {} calls: {}.\n",
        event("project.published"),
        event("application.created"),
        event("project.awarded"),
        event("project.award_revoked"),
        event("client.seen"),
        tally.letters,
        tally.lines,
        tally.bounces,
        tally.page_answers,
        tally.mail_answers,
        tally.cancels,
        tally.calls.values().sum::<u64>(),
        if calls.is_empty() {
            "none".to_owned()
        } else {
            calls.join(", ")
        }
    )
}

fn covered(coverage: &Coverage) -> String {
    format!("How the promise was kept:\n{}", figures(coverage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_has_a_line_a_week_and_its_longest_bar_fits() {
        let days: Vec<[u64; 5]> = (0..15).map(|day| [100 + day, 1, 2, 3, 4]).collect();
        let chart = chart(&days);
        let lines: Vec<_> = chart.lines().collect();
        assert_eq!(lines.len(), 1 + 3);
        assert!(
            lines[1].ends_with("106      7      14    21     28"),
            "{chart}"
        );
        assert_eq!(lines[3].matches('█').count(), 40);
    }
}
