//! `jobs`

use relance_shared::env::Env;

/// What `jobs` is told.
#[derive(Debug, clap::Args)]
pub struct JobsArgs {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &JobsArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
