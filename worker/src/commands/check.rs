//! `check`

use relance_shared::env::Env;

/// What `check` is told.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &CheckArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
