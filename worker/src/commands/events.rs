//! `events`: our events to the platform, those that wait for a person first; lets a parked one go out again.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::ValueEnum;
use relance_shared::env::Env;
use relance_shared::platform::store::out::{self, OutRow};

use crate::commands::table;

/// Events that one call lists.
const ROWS_MAX: i64 = 200;

/// What to do with the events.
#[derive(Debug, clap::Args)]
pub struct EventsArgs {
    #[command(subcommand)]
    what: Option<EventsCommand>,
    /// Only events in this state.
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    /// As JSON, one event a line.
    #[arg(long)]
    json: bool,
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    /// The platform did not take it in two days: waits for a person.
    Parked,
    /// Waits for its turn.
    Planned,
    /// The platform took it.
    Delivered,
}

#[derive(Debug, clap::Subcommand)]
enum EventsCommand {
    /// One event, whole: where it stands, then its text.
    Show {
        /// Its number, as listed.
        number: i64,
    },
    /// Deliver a parked event again: the same text under the same id.
    Retry {
        /// Its number, as listed.
        number: i64,
    },
}

/// Lists, shows or retries.
///
/// # Errors
/// When the database cannot be read, the event is not there, or it is not parked.
pub async fn run(env: &Env, args: &EventsArgs) -> anyhow::Result<()> {
    match args.what {
        None => list(env, args).await,
        Some(EventsCommand::Show { number }) => show(env, number).await,
        Some(EventsCommand::Retry { number }) => retry(env, number).await,
    }
}

async fn list(env: &Env, args: &EventsArgs) -> anyhow::Result<()> {
    let state = args.state.map(|state| match state {
        State::Parked => "parked",
        State::Planned => "planned",
        State::Delivered => "delivered",
    });
    let rows = out::list(&env.db, state, ROWS_MAX).await?;
    if args.json {
        for row in &rows {
            println!("{}", serde_json::to_string(row)?);
        }
        return Ok(());
    }
    if rows.is_empty() {
        println!(
            "No such event: what changes here is told to platform.events_url, and forgotten a month later."
        );
        return Ok(());
    }
    let mut table = table(["number", "type", "happened", "state", "tries", "last error"]);
    for row in &rows {
        table.add_row([
            row.seq.to_string(),
            row.kind.clone(),
            shown(row.at),
            standing(row),
            row.attempts.to_string(),
            row.last_error.clone().unwrap_or_default(),
        ]);
    }
    println!("{table}");
    if rows.iter().any(|row| row.state == "parked") {
        println!(
            "The platform did not take the parked events in two days: see its log, then `events retry NUMBER` delivers \
             one again."
        );
    }
    Ok(())
}

async fn show(env: &Env, number: i64) -> anyhow::Result<()> {
    let (row, body) = out::get(&env.db, number).await?;
    println!("{}\n{body}", serde_json::to_string_pretty(&row)?);
    Ok(())
}

async fn retry(env: &Env, number: i64) -> anyhow::Result<()> {
    let retried = out::retry(&env.db, number, env.clock.now()).await;
    retried.with_context(|| format!("event {number} is not parked: see `events show {number}`"))?;
    println!("Event {number} is delivered again: the same text, the same id.");
    Ok(())
}

fn standing(row: &OutRow) -> String {
    match row.state.as_str() {
        "planned" => format!("not before {}", shown(row.due_at)),
        state => format!(
            "{state} since {}",
            row.ended_at.map_or_else(String::new, shown)
        ),
    }
}

fn shown(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use relance_shared::clock::Clock;
    use relance_shared::queue;
    use relance_shared::testing::{day, each_engine};
    use serde_json::json;

    use super::*;

    // o7: an event that the platform did not take is visible, and a person lets it go out again.
    #[tokio::test]
    async fn a_parked_event_is_shown_first_and_goes_out_again_when_a_person_says_so() {
        each_engine(async |db| {
            let env = Env::for_tests(&db, &Clock::fixed(day(2)));
            for n in 0..3 {
                let mut tx = db.begin().await?;
                let data = json!({"project": format!("P{n}")});
                out::tell(&mut tx, "project.state_changed", data, day(n)).await?;
                tx.commit().await?;
            }
            let seqs: Vec<i64> = out::next(&db)
                .await?
                .iter()
                .map(|event| event.seq)
                .collect();
            out::delivered(&db, seqs[0], seqs[0], day(2)).await?;
            out::failed(&db, seqs[1], "the platform answered 500", None, day(2)).await?;
            let listed = out::list(&db, None, 10).await?;
            let order: Vec<_> = listed
                .iter()
                .map(|row| (row.seq, row.state.as_str()))
                .collect();
            let meant = [
                (seqs[1], "parked"),
                (seqs[2], "planned"),
                (seqs[0], "delivered"),
            ];
            assert_eq!(order, meant);
            assert!(
                standing(&listed[0]).starts_with("parked since"),
                "{listed:?}"
            );
            assert!(retry(&env, seqs[2]).await.is_err(), "it is not parked");
            retry(&env, seqs[1]).await?;
            let (row, body) = out::get(&db, seqs[1]).await?;
            assert_eq!((row.state.as_str(), row.attempts), ("planned", 0));
            assert!(body.contains("P1"));
            let next = out::next(&db).await?;
            assert_eq!(next[0].seq, seqs[1], "before those that came after it");
            let jobs = queue::store::list(&db).await?;
            assert!(jobs.iter().any(|job| job.job == "deliver-events"));
            Ok(())
        })
        .await;
    }
}
