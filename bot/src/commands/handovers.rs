//! `handovers`: the questions that wait for a person, on the operator's machine.

use anyhow::Context as _;
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use relance_shared::account;
use relance_shared::env::Env;
use relance_shared::faq::handover::store::{Resolved, find, resolve, waiting};
use relance_shared::words::bot::QUOTED;
use serde_json::json;

/// What to do; without anything, the list.
#[derive(Debug, clap::Args)]
pub struct HandoversArgs {
    #[command(subcommand)]
    does: Option<Does>,
    /// As JSON, one question a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Does {
    /// Mark a question resolved: its card says so, and its asker is told once, on Discord.
    Resolve {
        /// The question's number.
        #[arg(value_parser = clap::value_parser!(i64).range(1..))]
        number: i64,
        /// Short name of the member of the staff who answered it.
        #[arg(long = "as", value_name = "NAME")]
        name: String,
    },
}

/// Lists the questions that wait, the oldest first, or marks one resolved.
///
/// # Errors
/// When nobody of the staff has the name, no question has the number, or it was resolved before.
pub async fn run(env: &Env, args: &HandoversArgs) -> anyhow::Result<()> {
    match &args.does {
        None => list(env, args.json).await,
        Some(Does::Resolve { number, name }) => mark(env, *number, name).await,
    }
}

async fn list(env: &Env, as_json: bool) -> anyhow::Result<()> {
    let waits = waiting(&env.db).await?;
    if as_json {
        for one in &waits {
            let line = json!({"number": one.number, "at": one.at, "account": one.account, "question": one.question});
            println!("{line}");
        }
        return Ok(());
    }
    if waits.is_empty() {
        println!("no question waits for a person");
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(["no.", "since", "account", "question"]);
    for one in &waits {
        table.add_row([
            one.number.to_string(),
            one.at.format("%Y-%m-%d %H:%M").to_string(),
            one.account.clone().unwrap_or_else(|| "-".to_owned()),
            one.question().replace([QUOTED.0, QUOTED.1], ""),
        ]);
    }
    println!("{table}");
    Ok(())
}

async fn mark(env: &Env, number: i64, name: &str) -> anyhow::Result<()> {
    let member = (account::store::find_staff(&env.db, name).await?).with_context(|| {
        format!("nobody of the staff is called {name:?}; see `relance-bot staff list`")
    })?;
    let one = (find(&env.db, number).await?).with_context(|| {
        format!("no question has the number {number}; see `relance-bot handovers`")
    })?;
    let (zone, now) = (env.settings.schedule.zone, env.clock.now());
    match resolve(&env.db, one.id, &member, zone, now).await? {
        Resolved::Now(_) => println!("question {number} is resolved"),
        Resolved::Before(one) => {
            let by = one.resolved.map_or_else(String::new, |(by, at)| {
                format!(" by {by} on {}", at.format("%Y-%m-%d"))
            });
            anyhow::bail!("question {number} was resolved before{by}");
        }
        Resolved::Unknown => anyhow::bail!("no question has the number {number}"),
    }
    Ok(())
}
