//! `witness`: what the client told us, what providers say to have heard, what the account shows; where they differ.

use anyhow::Context as _;
use relance_shared::account::Locale;
use relance_shared::env::Env;
use relance_shared::terminal;
use relance_shared::witness::store::{FLAGS_MAX, find, flags};
use relance_shared::words::witness as words;
use serde_json::json;

use crate::commands::table;

/// What `witness` is told.
#[derive(Debug, clap::Args)]
pub struct WitnessArgs {
    /// The platform's id of a project. Without it: the projects of which two accounts differ.
    project: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Shows one project's three columns, or the projects whose columns differ. Nothing follows from them by itself.
///
/// # Errors
/// When there is no such project, or the database cannot be read.
pub async fn run(env: &Env, args: &WitnessArgs) -> anyhow::Result<()> {
    match &args.project {
        Some(reference) => one(env, reference.trim_start_matches('#'), args.json).await,
        None => all(env, args.json).await,
    }
}

async fn one(env: &Env, reference: &str, json: bool) -> anyhow::Result<()> {
    let (now, zone) = (env.clock.now(), env.settings.schedule.zone);
    let record = find(&env.db, reference).await?.with_context(|| {
        format!("no project has the reference {reference}; `listing` shows the pending ones")
    })?;
    if json {
        let document = json!({"record": record, "differences": record.differences(now)});
        println!("{}", serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    println!("{} {}", record.reference, terminal::line(&record.title));
    for line in words::columns(Locale::En, &record, zone, now) {
        println!("{}", line.replace("**", ""));
    }
    Ok(())
}

async fn all(env: &Env, json: bool) -> anyhow::Result<()> {
    let flagged = flags(&env.db, env.clock.now()).await?;
    if json {
        let document: Vec<_> = (flagged.iter())
            .map(|(record, differences)| json!({"record": record, "differences": differences}))
            .collect();
        println!("{}", serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    if flagged.is_empty() {
        println!("Nowhere do two accounts differ.");
        return Ok(());
    }
    let mut table = table(["project", "title", "client's last word", "what differs"]);
    for (record, differences) in &flagged {
        let last = record
            .told
            .first()
            .map(|told| told.at.format("%Y-%m-%d").to_string());
        let what = differences
            .iter()
            .map(|what| words::difference(Locale::En, *what));
        table.add_row([
            record.reference.clone(),
            record.title.clone(),
            last.unwrap_or_default(),
            what.collect::<Vec<_>>().join("; "),
        ]);
    }
    println!("{table}");
    if flagged.len() == FLAGS_MAX {
        println!(
            "There may be more; these are the {FLAGS_MAX} with the newest word of the client."
        );
    }
    println!(
        "Nothing follows by itself: `witness PROJECT` shows the columns; only the client ends a project."
    );
    Ok(())
}
