//! Forgets what is past its time, checks the chains and the seals.
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
/// database, and looks at states, events, their seals and evidence.
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
    let mut findings = verify::events(&env.db, &env.keys).await?.findings;
    findings.extend(verify::chains(&env.db).await?);
    if let Some(first) = findings.first() {
        bail!(
            "{} findings, the first: {first}; `relance-worker verify` lists them",
            findings.len()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use relance_shared::clock::Clock;
    use relance_shared::testing::store::{
        a_client, a_forged_award, a_pending_project, a_provider, an_award,
    };
    use relance_shared::testing::{day, each_engine};

    use super::*;

    // P6, o7: an award that somebody wrote past the program fails the nightly check, which names it and the way back.
    #[tokio::test]
    async fn a_forged_award_is_told_by_the_nightly_check() {
        each_engine(async |db| {
            let env = Env::for_tests(&db, &Clock::fixed(day(5)));
            let client = a_client(&db, "C1", day(0)).await?;
            let provider = a_provider(&db, "V1", day(0)).await?;
            for project in ["P1", "P2"] {
                a_pending_project(&db, client, project, day(0)).await?;
            }
            an_award(&db, "P1", provider, day(2)).await?;
            run(&env).await?;
            a_forged_award(&db, "P2", provider, day(3)).await?;
            let told = run(&env).await.expect_err("it is forged").to_string();
            for word in ["event forged ", "project P2 ", "project.award_revoked"] {
                assert!(told.contains(word), "{told}");
            }
            Ok(())
        })
        .await;
    }
}
