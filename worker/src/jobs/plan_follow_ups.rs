//! Plans follow-ups, composes letters, opens and expires calls.

use relance_shared::env::Env;
use relance_shared::follow_up::store::{Planned, plan};
use relance_shared::mail::Composer;
use relance_shared::outbox::store;

/// Plans what is due. A safety stop is no failure of the job: it is said here, by `plan` and by `coverage`, and a later
/// run goes on when a person allowed it or fewer people are due.
///
/// # Errors
/// When the database, the templates or the settings do not let it; the next run goes on where this one ended.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    if store::standing_hold(&env.db).await?.is_some() {
        tracing::warn!(
            "planned nothing: a restored copy is held; see `outbox`, then `outbox release`"
        );
        return Ok(());
    }
    let composer = Composer::new(&env.settings, &env.keys)?;
    let rhythm = &env.settings.follow_up;
    let planned = plan(
        &env.db,
        &composer,
        rhythm,
        rhythm.people_per_run_max,
        env.clock.now(),
    )
    .await?;
    if let Some(stop) = planned.stopped {
        tracing::warn!(
            people = stop.people,
            people_max = stop.people_max,
            "planned nothing: more people are due than follow_up.people_per_run_max; look at `preview`, then `plan --allow`"
        );
    } else if planned != Planned::default() {
        tracing::info!(
            letters = planned.letters,
            calls = planned.calls,
            projects = planned.projects,
            later = planned.later,
            expired = planned.expired,
            withdrawn = planned.withdrawn,
            "planned the follow-ups"
        );
    }
    Ok(())
}
