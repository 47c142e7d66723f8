//! `listing`

use relance_shared::env::Env;

/// What `listing` is told.
#[derive(Debug, clap::Args)]
pub struct ListingArgs {
    /// Page, from 1.
    #[arg(long, default_value_t = 1)]
    page: u32,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &ListingArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
