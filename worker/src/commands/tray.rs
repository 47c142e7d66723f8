//! `tray`: mail that a person must file.

use anyhow::Context as _;
use chrono::NaiveDate;
use relance_shared::account::store::find_staff;
use relance_shared::env::Env;
use relance_shared::mail::Composer;
use relance_shared::reading::meaning::{LABELS, Label};
use relance_shared::reading::store::{self, CONSOLE, Decided, Filed, InboxId, Row};

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
    /// Put a message on the timeline of a project, as what its client said. Nothing that is filed ends a project: only the
    /// client does, from the account.
    File(FileArgs),
    /// Take what was proposed as what the client said.
    Accept(By),
    /// Take a message off the tray without filing it; its raw bytes stay until their retention ends.
    Dismiss(By),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The message's id, as listed.
    id: uuid::Uuid,
}

#[derive(Debug, clap::Args)]
struct By {
    #[command(flatten)]
    which: Which,
    /// Who decides: a short name of `relance-bot staff list`. Without it, whoever holds the command line.
    #[arg(long = "as", value_name = "STAFF")]
    staff: Option<String>,
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    #[command(flatten)]
    by: By,
    /// The platform's id of the project (may be repeated, for projects of one client).
    #[arg(long, value_name = "REFERENCE", required = true)]
    project: Vec<String>,
    /// What the message means; without it, what was proposed: `still_searching`, `comparing`, `chosen_here`,
    /// `chosen_elsewhere`, `dropped`, `postponed`, `wants_call`, `wants_cancel`, `opt_out`, `question`,
    /// `complaint_about_us`, `wrong_person`, `none`.
    #[arg(long, value_name = "MEANING", value_parser = label)]
    meaning: Option<Label>,
    /// When the client wants to be asked again, as 2026-09-01; without it, the day that the message names.
    #[arg(long, value_name = "DATE")]
    ask_again: Option<NaiveDate>,
    /// A remark for the timeline; telephone numbers, addresses and links are removed from it.
    #[arg(long)]
    note: Option<String>,
}

fn label(text: &str) -> Result<Label, String> {
    let known = || LABELS.map(Label::name).join(", ");
    Label::named(text).ok_or_else(|| format!("the meanings are {}", known()))
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
        Some(TrayCommand::File(args)) => file(env, args).await,
        Some(TrayCommand::Accept(by)) => {
            let composer = composer(env)?;
            let desk = read_inbox::desk(env, &composer);
            let done = store::accept(
                &desk,
                InboxId::from(by.which.id),
                &name(env, by).await?,
                now,
            )
            .await?;
            say(&done);
            Ok(())
        }
        Some(TrayCommand::Dismiss(by)) => {
            let name = name(env, by).await?;
            store::dismiss(&env.db, InboxId::from(by.which.id), &name, now).await?;
            println!("Dismissed.");
            Ok(())
        }
    }
}

async fn file(env: &Env, args: &FileArgs) -> anyhow::Result<()> {
    let composer = composer(env)?;
    let filed = Filed {
        projects: &args.project,
        meaning: args.meaning,
        ask_again: args.ask_again,
        note: args.note.as_deref(),
    };
    let done = store::file_by_hand(
        &read_inbox::desk(env, &composer),
        InboxId::from(args.by.which.id),
        &name(env, &args.by).await?,
        &filed,
        env.clock.now(),
    )
    .await?;
    say(&done);
    Ok(())
}

fn composer(env: &Env) -> anyhow::Result<Composer> {
    Composer::new(&env.settings, &env.keys).context("checking the letters' templates")
}

/// Who decides, while they are a member of the staff.
async fn name(env: &Env, by: &By) -> anyhow::Result<String> {
    let Some(name) = &by.staff else {
        return Ok(CONSOLE.to_owned());
    };
    let member = find_staff(&env.db, name).await?;
    let member = member.with_context(|| {
        format!("{name} is no member of the staff; `relance-bot staff list` has their names")
    })?;
    Ok(member.reference)
}

fn say(done: &Decided) {
    let meaning = done.meaning.map_or("nothing", Label::name);
    println!(
        "Filed as {meaning}, on the timeline of {} projects. No project ends by this: only its client cancels, from the account.",
        done.projects
    );
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
    println!(
        "{} wait. File one: tray file MESSAGE --project REFERENCE --meaning MEANING; take a proposal: tray accept MESSAGE",
        rows.len()
    );
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
    if let (Some(by), Some(at)) = (&row.decided_by, row.settled_at) {
        println!("decided by {by} on {}", at.format("%Y-%m-%d at %H:%M UTC"));
    }
    if let Some(raw) = store::raw(&env.db, id).await? {
        super::inbox::print_report(&raw)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // P3
    #[test]
    fn a_meaning_is_read_by_its_name_and_none_is_an_end() {
        assert_eq!(label("dropped"), Ok(Label::Dropped));
        for end in ["cancelled", "cancel", "annulé"] {
            let error = label(end).expect_err("nobody cancels from the tray");
            assert!(error.contains("still_searching"), "{error}");
        }
    }
}
