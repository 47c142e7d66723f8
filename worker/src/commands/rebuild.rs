//! `rebuild`

use relance_shared::env::Env;

/// What `rebuild` is told.
#[derive(Debug, clap::Args)]
pub struct RebuildArgs {}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &RebuildArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
