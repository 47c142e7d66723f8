//! Puts the pending list in order.

use relance_shared::env::Env;
use relance_shared::ranking;

/// Orders the whole list; writes only what changed its place.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let done = ranking::store::publish(
        &env.db,
        env.settings.rank.report_places_max,
        env.clock.now(),
    )
    .await?;
    tracing::info!(?done, "the list is in order");
    Ok(())
}
