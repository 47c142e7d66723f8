//! `calls`

use relance_shared::env::Env;

/// What `calls` is told.
#[derive(Debug, clap::Args)]
pub struct CallsArgs {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &CallsArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
