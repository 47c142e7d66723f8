//! `erase`

use relance_shared::env::Env;

/// What `erase` is told.
#[derive(Debug, clap::Args)]
pub struct EraseArgs {
    /// The platform's id of a client or provider, or an address.
    person: String,
}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &EraseArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
