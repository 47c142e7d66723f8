//! Forgets what is past its time, checks the chains.
//!
//! What came of each event (`platform_outcomes`) is not forgotten: it names references only, belongs to the event, and says
//! why a project stands where it stands for as long as the event does (D4: chains survive erasure).

use anyhow::bail;
use chrono::TimeDelta;
use relance_shared::env::Env;
use relance_shared::verify::store as verify;
use relance_shared::{consent, discord_out, outbox, queue, report, schedule};

/// Wake-ups and slots are of no use after so long. Source: operator's choice; the longest schedule looks back 8 days.
const FORGET_AFTER: TimeDelta = TimeDelta::days(30);

/// Forgets old wake-ups, slots, links, sessions, told messages, alarms and messages of letters, folds the log of the embedded
/// database, and looks at states, events and evidence.
///
/// # Errors
/// When the database says something that must not be so: the job is then shown as failed with the first finding.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let before = env.clock.now() - FORGET_AFTER;
    queue::store::forget(&env.db, before).await?;
    schedule::store::forget(&env.db, before).await?;
    consent::store::forget(&env.db, before).await?;
    discord_out::store::forget(&env.db, env.clock.now()).await?;
    report::store::forget_alarms(&env.db, env.clock.now()).await?;
    let kept = TimeDelta::days(env.settings.mail.letters_kept_days.into());
    let erased = outbox::store::forget(&env.db, env.clock.now() - kept).await?;
    if erased > 0 {
        tracing::info!(letters = erased, "messages of old letters were erased");
    }
    env.db.fold_log().await?;
    let findings = verify::chains(&env.db).await?;
    if let Some(first) = findings.first() {
        bail!(
            "{} findings, the first: {first}; `relance-worker verify` lists them",
            findings.len()
        );
    }
    Ok(())
}
