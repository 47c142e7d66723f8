//! `listing`: the lists as providers see them.

use std::io::Write as _;

use anyhow::bail;
use clap::ValueEnum;
use relance_shared::account::Locale;
use relance_shared::env::Env;
use relance_shared::listing::store::{self, List, Page};
use relance_shared::words;

use crate::commands;
use crate::web::api;

/// What `listing` is told.
#[derive(Debug, clap::Args)]
pub struct ListingArgs {
    /// Page, from 1.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Which list.
    #[arg(long, value_enum, default_value_t = State::Pending)]
    state: State,
    /// As JSON, the same document as `/api/v1/projects`.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Pending,
    InProgress,
}

/// Prints a page of a list.
///
/// # Errors
/// When there is no such page, or the database cannot be read.
pub async fn run(env: &Env, args: &ListingArgs) -> anyhow::Result<()> {
    let list = match args.state {
        State::Pending => List::Pending,
        State::InProgress => List::InProgress,
    };
    let page = store::page_of(&env.db, list, args.page).await?;
    if args.page > page.pages.max(1) {
        bail!(
            "there are {} pages; ask for one of them with --page",
            page.pages
        );
    }
    let text = if args.json {
        serde_json::to_string_pretty(&api::document(env, list, &page))?
    } else {
        table(env, list, &page)
    };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

fn table(env: &Env, list: List, page: &Page) -> String {
    let (now, zone) = (env.clock.now(), env.settings.schedule.zone);
    let mut table = commands::table(["place", "project", "title", "what is known"]);
    let first = u64::from(page.number - 1) * u64::from(relance_shared::project::PAGE_SIZE) + 1;
    for (project, position) in page.projects.iter().zip(first..) {
        let known = match list {
            List::Pending => words::listing::facts(Locale::En, &project.evidence(), now, zone),
            List::InProgress => project.awarded_at.map_or_else(String::new, |at| {
                format!("awarded on {}", words::time::date(Locale::En, at, zone))
            }),
        };
        table.add_row([
            position.to_string(),
            project.reference.clone(),
            project.title.clone(),
            known,
        ]);
    }
    format!(
        "{table}\npage {} of {}, {} projects",
        page.number,
        page.pages.max(1),
        page.total
    )
}
