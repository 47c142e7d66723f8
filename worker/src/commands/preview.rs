//! `preview`: who would be written to or called, and why. Changes nothing.

use chrono::{DateTime, Utc};
use relance_shared::account::Locale;
use relance_shared::env::Env;
use relance_shared::follow_up::store::{Previewed, preview};
use relance_shared::words::follow_up as words;

use crate::commands::{moment, table};

/// People that the table shows; `--json` gives more.
const PEOPLE_SHOWN_MAX: usize = 50;

/// What `preview` is told.
#[derive(Debug, clap::Args)]
pub struct PreviewArgs {
    /// As if it were then, with what is known now; without it, now.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    as_of: Option<DateTime<Utc>>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Shows what a run would do.
///
/// # Errors
/// When the database cannot be read.
pub async fn run(env: &Env, args: &PreviewArgs) -> anyhow::Result<()> {
    let as_of = args.as_of.unwrap_or_else(|| env.clock.now());
    let seen = preview(&env.db, &env.settings.follow_up, as_of).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&seen)?);
        return Ok(());
    }
    let mut table = table(["when", "by", "client", "projects and why", "due since"]);
    for person in seen.people.iter().take(PEOPLE_SHOWN_MAX) {
        table.add_row([
            shown(person.at),
            words::channel(Locale::En, person.channel).to_owned(),
            format!("{} {}", person.client, person.name),
            projects(person),
            shown(person.due_at),
        ]);
    }
    if !seen.people.is_empty() {
        println!("{table}");
    }
    println!(
        "{} people would be written to, {} called; {} are due but were asked often enough this week. Nothing was changed.",
        seen.letters, seen.calls, seen.later
    );
    if seen.people.len() > PEOPLE_SHOWN_MAX {
        println!("The {PEOPLE_SHOWN_MAX} who wait longest are shown; --json gives more.");
    }
    if seen.would_stop() {
        println!(
            "That is more than follow_up.people_per_run_max = {}: the run would stop and plan nothing until `plan --allow`.",
            seen.people_max
        );
    }
    Ok(())
}

fn projects(person: &Previewed) -> String {
    let lines = person.projects.iter().map(|project| {
        format!(
            "{} {}: {}",
            project.reference,
            project.title,
            words::reason(Locale::En, project.reason)
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn shown(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
