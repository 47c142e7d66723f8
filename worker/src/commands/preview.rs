//! `preview`

use relance_shared::env::Env;

/// What `preview` is told.
#[derive(Debug, clap::Args)]
pub struct PreviewArgs {
    /// As if it were then; without it, now.
    #[arg(long, value_name = "TIME")]
    as_of: Option<chrono::DateTime<chrono::Utc>>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &PreviewArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
