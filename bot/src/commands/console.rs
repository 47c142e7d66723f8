//! `console`: the conversation in a terminal.

use anyhow::Context as _;
use relance_shared::account::{self, Locale};
use relance_shared::config::environment;
use relance_shared::env::Env;
use relance_shared::words::console::nobody;

use crate::commands::faq;
use crate::console;
use crate::conversation::{Caller, Desk, Surface};

/// Who talks, in which language.
#[derive(Debug, clap::Args)]
pub struct ConsoleArgs {
    /// Short name of a member of the staff, or platform reference of a provider or client; without it, nobody.
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// fr or en; without it, that of the terminal.
    #[arg(long, value_name = "LOCALE")]
    locale: Option<String>,
}

/// Talks until the input ends.
///
/// # Errors
/// When nobody has the name, or standard input or output break.
pub async fn run(env: &Env, args: &ConsoleArgs) -> anyhow::Result<()> {
    if let Some(name) = &args.name {
        let known = account::store::named(&env.db, name, env.clock.now()).await?;
        anyhow::ensure!(known.is_some(), nobody(name));
    }
    let tag = args.locale.clone().or_else(|| environment("LANG"));
    let caller = Caller {
        user: None,
        chosen: args.name.clone(),
        locale: tag.map_or(Locale::Fr, |tag| Locale::of_tag(&tag)),
        surface: Surface::Terminal,
        interaction: None,
    };
    let desk = Desk::new(env.clone(), faq::live(&env.settings)?.into())?;
    console::talk(&desk, &caller, tokio::io::stdin(), tokio::io::stdout())
        .await
        .context("talking in this terminal")
}
