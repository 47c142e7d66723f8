//! Turns the schedules into wishes: each slot is claimed by exactly one process, whatever their number.

use std::time::Duration;

use relance_shared::db::StoreError;
use relance_shared::figures;
use relance_shared::queue::{self, JobName};
use relance_shared::schedule;

use relance_shared::env::Env;

/// How often the schedules and the unserved wishes are looked at: also how late a slot can start.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks for due slots until the process stops. Trouble with the database is waited out.
pub async fn run(env: Env, jobs: Vec<JobName>) {
    loop {
        if let Err(error) = tick(&env, &jobs).await {
            tracing::warn!(error = %error, "the schedules could not be looked at; trying again");
        }
        figures::fold();
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Claims the due slot of each job and wishes for it, in one transaction each; wakes what nobody serves.
///
/// # Errors
/// [`StoreError::Sql`]; the next tick looks again.
pub async fn tick(env: &Env, jobs: &[JobName]) -> Result<(), StoreError> {
    let schedules = &env.settings.schedule;
    for &job in jobs {
        let now = env.clock.now();
        let name = job.as_str();
        // On the very first start there is nothing to catch up.
        let last = schedule::store::last(&env.db, name)
            .await?
            .unwrap_or(now - schedule::FIRST_LOOK_BACK);
        let Some(slot) = schedules.rule(job).due(schedules.zone, last, now) else {
            continue;
        };
        let mut tx = env.db.begin().await?;
        if schedule::store::claim(&mut tx, name, &slot, now).await? {
            queue::hurry(&mut tx, job, now).await?;
        }
        tx.commit().await?;
    }
    queue::wake_unserved(&env.db, env.clock.now()).await
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use relance_shared::clock::Clock;
    use relance_shared::db::Db;
    use relance_shared::testing::each_engine;

    use super::*;

    async fn wishes(db: &Db, job: JobName) -> anyhow::Result<i64> {
        let rows = queue::store::list(db).await?;
        Ok(rows
            .iter()
            .find(|row| row.job == job.as_str())
            .map_or(0, |row| row.asked))
    }

    /// Three workers look at once, every ten minutes of `hours` hours.
    async fn three_workers_live(db: &Db, from: DateTime<Utc>, hours: i64) -> anyhow::Result<()> {
        let clock = Clock::fixed(from);
        let worker = || Env::for_tests(db, &clock);
        let workers = [worker(), worker(), worker()];
        for look in 0..hours * 6 {
            clock.set(from + TimeDelta::minutes(10 * look));
            let jobs = [JobName::Rerank];
            let looks = workers.iter().map(|worker| tick(worker, &jobs));
            futures_util::future::try_join_all(looks).await?;
        }
        Ok(())
    }

    // E6, o2: exactly one run per slot with three workers, through both daylight-saving days.
    #[tokio::test]
    async fn three_workers_run_each_slot_once_through_daylight_saving() {
        each_engine(async |db| {
            let autumn = "2026-10-24T12:00:00Z".parse()?;
            three_workers_live(&db, autumn, 48).await?;
            assert_eq!(
                wishes(&db, JobName::Rerank).await?,
                2,
                "02:30 on the 25th, which comes twice, and on the 26th"
            );
            let spring = "2027-03-27T12:00:00Z".parse()?;
            three_workers_live(&db, spring, 48).await?;
            assert_eq!(
                wishes(&db, JobName::Rerank).await?,
                4 + 1,
                "two nights, and one run for all those missed since"
            );
            Ok(())
        })
        .await;
    }

    // E6: a clock that steps back and a restart repeat nothing.
    #[tokio::test]
    async fn a_step_back_and_a_restart_repeat_no_slot() {
        each_engine(async |db| {
            let noon = "2026-06-01T12:00:00Z".parse()?;
            three_workers_live(&db, noon, 24).await?;
            three_workers_live(&db, noon, 24).await?;
            assert_eq!(wishes(&db, JobName::Rerank).await?, 1);
            Ok(())
        })
        .await;
    }
}
