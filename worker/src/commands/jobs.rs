//! `jobs`: what ran, what failed, what is parked; lets a parked job run again.

use anyhow::bail;
use chrono::{DateTime, Utc};
use relance_shared::env::Env;
use relance_shared::outbox::store as outbox;
use relance_shared::queue::store::JobRow;
use relance_shared::queue::{self, JobName};
use serde_json::{Value, json};

use crate::commands::outbox::say_away;
use crate::commands::table;

/// What to do with the jobs.
#[derive(Debug, clap::Args)]
pub struct JobsArgs {
    #[command(subcommand)]
    what: Option<JobsCommand>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum JobsCommand {
    /// Let a job run again from zero tries, now.
    Retry {
        /// Its name, as listed.
        job: JobName,
    },
}

/// Lists the jobs, or lets one run again.
///
/// # Errors
/// When the database cannot be read, or nobody ever asked for the job.
pub async fn run(env: &Env, args: &JobsArgs) -> anyhow::Result<()> {
    if let Some(JobsCommand::Retry { job }) = &args.what {
        return retry(env, *job).await;
    }
    let rows = queue::store::list(&env.db).await?;
    if args.json {
        let relay = relay(env).await?;
        for row in &rows {
            println!("{}", as_json(row, &relay));
        }
        return Ok(());
    }
    if rows.is_empty() {
        println!("No job was ever asked for: `relance-worker run` asks by schedule.");
        return Ok(());
    }
    let mut table = table(["job", "state", "served", "last start", "last error"]);
    let now = env.clock.now();
    for row in &rows {
        table.add_row([
            row.job.clone(),
            state(row, now),
            format!("{} of {}", row.done, row.asked),
            row.started_at.map_or_else(|| "never".to_owned(), shown),
            row.last_error.clone().unwrap_or_default(),
        ]);
    }
    println!("{table}");
    say_away(env).await
}

/// What the relay's trouble looks like to a machine; null while it answers.
async fn relay(env: &Env) -> anyhow::Result<Value> {
    let Some(away) = outbox::standing_away(&env.db).await? else {
        return Ok(Value::Null);
    };
    let letters = outbox::waiting(&env.db, env.clock.now()).await?;
    Ok(json!({
        "since_at": away.since_at, "failed_at": away.failed_at, "again_at": away.again_at, "failures": away.failures,
        "why": away.why, "letters_waiting": letters,
    }))
}

async fn retry(env: &Env, job: JobName) -> anyhow::Result<()> {
    let now = env.clock.now();
    let mut tx = env.db.begin().await?;
    if !queue::store::retry(&mut tx, job, now).await? {
        bail!("nobody ever asked for {}", job.as_str());
    }
    queue::hurry(&mut tx, job, now).await?;
    tx.commit().await?;
    println!(
        "{} may run again; a running worker takes it at once.",
        job.as_str()
    );
    Ok(())
}

fn state(row: &JobRow, now: DateTime<Utc>) -> String {
    if let Some(parked) = row.parked_at {
        return format!("parked since {}", shown(parked));
    }
    match row.lease_until {
        Some(until) if until > now => "running".to_owned(),
        _ if row.asked == row.done => "idle".to_owned(),
        _ if row.due_at > now => format!("failed, again at {}", shown(row.due_at)),
        _ => "waiting".to_owned(),
    }
}

fn shown(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Of the job that sends letters, with the trouble of its relay.
fn as_json(row: &JobRow, relay: &Value) -> Value {
    let mut job = json!({
        "job": row.job, "asked": row.asked, "done": row.done, "attempts": row.attempts, "holder": row.holder,
        "lease_until": row.lease_until, "due_at": row.due_at, "started_at": row.started_at, "ended_at": row.ended_at,
        "parked_at": row.parked_at, "last_error": row.last_error,
    });
    if row.job == JobName::DrainOutbox.as_str() {
        job["relay_away"] = relay.clone();
    }
    job
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use relance_shared::clock::Clock;
    use relance_shared::testing::{day, each_engine};

    use super::*;

    // o7, O7: the job that sends letters may end well while its relay is dead; a machine reads that beside it.
    #[tokio::test]
    async fn the_job_that_sends_letters_tells_of_a_dead_relay() {
        each_engine(async |db| {
            let env = Env::for_tests(&db, &Clock::fixed(day(1)));
            let mut tx = db.begin().await?;
            queue::hurry(&mut tx, JobName::DrainOutbox, day(0)).await?;
            tx.commit().await?;
            let row = queue::store::list(&db).await?.remove(0);
            assert_eq!(
                as_json(&row, &relay(&env).await?)["relay_away"],
                Value::Null
            );
            let away = outbox::Away {
                since_at: day(0),
                failed_at: day(1),
                again_at: day(1),
                failures: 3,
                why: "connection refused".to_owned(),
            };
            outbox::relay_away(&db, &away).await?;
            let told = as_json(&row, &relay(&env).await?);
            assert_eq!(told["relay_away"]["why"], "connection refused");
            assert_eq!(told["relay_away"]["letters_waiting"], 0);
            assert_eq!(told["relay_away"]["since_at"], json!(day(0)));
            Ok(())
        })
        .await;
    }

    // o7: a job that failed too often is parked and visible, and a person lets it run again.
    #[tokio::test]
    async fn a_parked_job_is_shown_and_runs_again_when_a_person_says_so() {
        each_engine(async |db| {
            let env = Env::for_tests(&db, &Clock::fixed(day(0)));
            let mut tx = db.begin().await?;
            queue::hurry(&mut tx, JobName::Rerank, day(0)).await?;
            tx.commit().await?;
            let lease = TimeDelta::seconds(5);
            let claim = queue::store::claim(&db, JobName::Rerank, "a", lease, 1, day(0))
                .await?
                .expect("has work");
            queue::store::fail(&db, JobName::Rerank, claim, "no disk", day(0), 1, day(0)).await?;
            let row = queue::store::list(&db).await?.remove(0);
            assert!(state(&row, day(0)).starts_with("parked since"), "{row:?}");
            assert_eq!(row.last_error.as_deref(), Some("no disk"));
            retry(&env, JobName::Rerank).await?;
            let row = queue::store::list(&db).await?.remove(0);
            assert_eq!(state(&row, day(0)), "waiting");
            let again = queue::store::claim(&db, JobName::Rerank, "b", lease, 1, day(0)).await?;
            assert!(again.is_some(), "it can be claimed again");
            assert!(
                retry(&env, JobName::PollFeed).await.is_err(),
                "nobody asked for that one"
            );
            Ok(())
        })
        .await;
    }
}
