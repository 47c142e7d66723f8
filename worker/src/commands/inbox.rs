//! `inbox`

use relance_shared::env::Env;

/// What `inbox` is told.
#[derive(Debug, clap::Args)]
pub struct InboxArgs {}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &InboxArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
