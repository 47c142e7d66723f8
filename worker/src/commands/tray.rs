//! `tray`: mail that a person must file.

use relance_shared::env::Env;
use relance_shared::reading::store::{self, InboxId, Row};

use crate::commands::table;
use crate::jobs::read_inbox;

/// What to do with the tray.
#[derive(Debug, clap::Args)]
pub struct TrayArgs {
    #[command(subcommand)]
    what: Option<TrayCommand>,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum TrayCommand {
    /// Show one message: what was understood, and its text.
    Show(Which),
    /// Read a message again, for example after a setting changed.
    Replay(Which),
    /// Take a message off the tray without filing it; its raw bytes stay until their retention ends.
    Dismiss(Which),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The message's id, as listed.
    id: uuid::Uuid,
}

/// Lists what waits for a person, or does what it is told with one message.
///
/// # Errors
/// When the database cannot be read, or there is no such message on the tray.
pub async fn run(env: &Env, args: &TrayArgs) -> anyhow::Result<()> {
    let now = env.clock.now();
    match &args.what {
        None => list(&store::desk(&env.db).await?, args.json),
        Some(TrayCommand::Show(which)) => show(env, InboxId::from(which.id), args.json).await,
        Some(TrayCommand::Replay(which)) => {
            let id = InboxId::from(which.id);
            store::replay(&env.db, id, now).await?;
            read_inbox::read_waiting(env).await?;
            show(env, id, args.json).await
        }
        Some(TrayCommand::Dismiss(which)) => {
            store::dismiss(&env.db, InboxId::from(which.id), now).await?;
            println!("Dismissed.");
            Ok(())
        }
    }
}

fn list(rows: &[Row], json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(rows)?);
        return Ok(());
    }
    if rows.is_empty() {
        println!("Nothing waits.");
        return Ok(());
    }
    let mut table = table(["message", "came", "why it waits", "meaning", "says"]);
    for row in rows {
        table.add_row([
            row.id.to_string(),
            row.received_at.format("%Y-%m-%d %H:%M").to_string(),
            row.reason.clone().unwrap_or_default(),
            meaning(row),
            row.sentence.clone().unwrap_or_default(),
        ]);
    }
    println!("{table}");
    Ok(())
}

fn meaning(row: &Row) -> String {
    match (&row.meaning, row.confidence_percent) {
        (Some(meaning), Some(percent)) => format!("{meaning} ({percent} %)"),
        (Some(meaning), None) => meaning.clone(),
        (None, _) => row.kind.clone().unwrap_or_default(),
    }
}

async fn show(env: &Env, id: InboxId, json: bool) -> anyhow::Result<()> {
    let row = store::get(&env.db, id).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&row)?);
        return Ok(());
    }
    println!(
        "{} {}: {}",
        row.state,
        row.kind.as_deref().unwrap_or("unread"),
        row.reason.as_deref().unwrap_or("waits to be read")
    );
    if let Some(raw) = store::raw(&env.db, id).await? {
        super::inbox::print_report(&raw)?;
    }
    Ok(())
}
