//! `plan`

use relance_shared::env::Env;

/// What `plan` is told.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &PlanArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
