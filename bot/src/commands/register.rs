//! `register`: tells Discord about the commands, or shows what it would tell.

use relance_shared::env::Env;

use crate::conversation::register::definitions;
use crate::discord::{connect, register};

/// What to do.
#[derive(Debug, clap::Args)]
pub struct RegisterArgs {
    /// Print the definitions; send nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Prints the definitions as JSON.
pub fn show() {
    println!("{:#}", definitions());
}

/// Sends the definitions when they changed.
///
/// # Errors
/// When Discord cannot be reached or refuses them.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let (_, lines) = connect::lines(&env.settings.discord).await?;
    register::know_application(&lines).await?;
    if register::if_changed(env, &lines).await? {
        println!("registered");
    } else {
        println!("nothing changed since the last registration");
    }
    Ok(())
}
