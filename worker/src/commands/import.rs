//! `import`

use relance_shared::env::Env;

/// What `import` is told.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// File (`*.jsonl`) or folder (`listings.csv`, `events.csv`).
    path: std::path::PathBuf,
}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &ImportArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
