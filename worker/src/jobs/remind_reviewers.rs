//! Reminds reviewers, warns and closes silent requests, puts cards that are missing, tells the staff where accounts newly
//! differ. It approves nothing.

use relance_shared::env::Env;
use relance_shared::refund::store::keep;
use relance_shared::witness::store::tell;

/// One look at the whole queue; safe to run twice, at once, anywhere.
///
/// # Errors
/// When the database cannot be reached; the next run does what this one could not.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let (limits, zone) = (&env.settings.refund, env.settings.schedule.zone);
    let kept = keep(&env.db, limits, zone, env.clock.now()).await?;
    let differences = tell(&env.db, env.clock.now()).await?;
    tracing::info!(
        differences,
        reminded = kept.reminded.len(),
        warned = kept.warned.len(),
        closed = kept.closed.len(),
        "looked at the refund requests"
    );
    Ok(())
}
