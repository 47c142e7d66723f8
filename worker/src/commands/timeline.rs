//! `timeline`: what is known of a project or of a client, for the staff.

use anyhow::Context as _;
use relance_shared::account::Locale;
use relance_shared::contact::store::timeline::{TimelineLine, timeline};
use relance_shared::env::Env;
use relance_shared::words::crm::{event, stage};

use crate::commands::table;

/// What `timeline` is told.
#[derive(Debug, clap::Args)]
pub struct TimelineArgs {
    /// The platform's id of a project or of a client.
    reference: String,
    /// Lines shown, the newest first.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    lines: u32,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the lines, the newest first.
///
/// # Errors
/// When no project and no client has the reference, or the database cannot be read.
pub async fn run(env: &Env, args: &TimelineArgs) -> anyhow::Result<()> {
    let lines = timeline(&env.db, &args.reference, args.lines).await?;
    let lines = lines.with_context(|| {
        format!(
            "no project and no client has the reference {:?}: give the platform's id",
            args.reference
        )
    })?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&lines)?);
        return Ok(());
    }
    if lines.is_empty() {
        println!("Nothing happened yet.");
        return Ok(());
    }
    let zone = env.settings.schedule.zone;
    let mut table = table(["when", "project", "what", "said", "ask again", "note"]);
    for line in &lines {
        let TimelineLine { at, kind, .. } = line;
        table.add_row([
            at.with_timezone(&zone)
                .format("%Y-%m-%d %H:%M %Z")
                .to_string(),
            line.project.clone().unwrap_or_default(),
            event(Locale::En, *kind).to_owned(),
            line.stage
                .map_or("", |said| stage(Locale::En, said))
                .to_owned(),
            line.ask_again_at
                .map(|day| day.with_timezone(&zone).format("%Y-%m-%d").to_string())
                .unwrap_or_default(),
            line.note.clone().unwrap_or_default(),
        ]);
    }
    println!("{table}");
    Ok(())
}
