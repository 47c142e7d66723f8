//! Forgets what is past its time, checks the chains.

use relance_shared::env::Env;

/// Not there yet.
///
/// # Errors
/// None yet.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env) -> anyhow::Result<()> {
    Ok(())
}
