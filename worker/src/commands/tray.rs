//! `tray`

use relance_shared::env::Env;

/// What `tray` is told.
#[derive(Debug, clap::Args)]
pub struct TrayArgs {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &TrayArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
