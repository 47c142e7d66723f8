//! The plan on both engines: what it writes, what it refuses, what stops it.

mod attacks;
mod limits;
mod listed;
mod stories;

use chrono::TimeDelta;

use super::*;
use crate::account::ClientId;
use crate::clock::Clock;
use crate::contact::{self, Channel, Line, LineKind, Stage};
use crate::db::{Db, Engine, StoreError};
use crate::env::Env;
use crate::follow_up::{CallOutcome, Rhythm};
use crate::mail::Composer;
use crate::on_engine;
use crate::outbox::{self, Verdict, store::Settled};
use crate::project::ProjectId;
use crate::testing::store::{a_client, a_pending_project, a_provider, each_prepares};
use crate::testing::{day, each_engine};

/// A worker whose clock the test moves.
struct World {
    env: Env,
    composer: Composer,
    rhythm: Rhythm,
}

impl World {
    fn new(db: &Db) -> anyhow::Result<Self> {
        let env = Env::for_tests(db, &Clock::fixed(day(0)));
        let composer = Composer::new(&env.settings, &env.keys)?;
        let rhythm = env.settings.follow_up.clone();
        Ok(Self {
            env,
            composer,
            rhythm,
        })
    }

    async fn plan(&self) -> anyhow::Result<Planned> {
        let (db, now) = (&self.env.db, self.env.clock.now());
        Ok(plan(
            db,
            &self.composer,
            &self.rhythm,
            self.rhythm.people_per_run_max,
            now,
        )
        .await?)
    }

    /// Hands every due letter to a relay that gives `verdict`; the letters' recipients.
    async fn drain(&self, verdict: &Verdict) -> anyhow::Result<Vec<String>> {
        let (db, now) = (&self.env.db, self.env.clock.now());
        let claim = outbox::store::claim(db, 50, now).await?;
        let settled: Vec<_> = claim
            .letters
            .iter()
            .map(|letter| Settled {
                id: letter.id,
                fence: letter.fence,
                attempts: letter.attempts,
                verdict: verdict.clone(),
                due_at: None,
            })
            .collect();
        if !settled.is_empty() {
            outbox::store::record(db, &settled, now).await?;
        }
        Ok(claim
            .letters
            .into_iter()
            .map(|letter| letter.recipient)
            .collect())
    }

    /// Lives from `from` to `to`, looking every `hours`: plans, drains. Each letter with its time.
    async fn live(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        hours: i64,
    ) -> anyhow::Result<Vec<(DateTime<Utc>, String)>> {
        let mut sent = Vec::new();
        let mut now = from;
        while now < to {
            self.env.clock.set(now);
            self.plan().await?;
            sent.extend(
                self.drain(&Verdict::Accepted)
                    .await?
                    .into_iter()
                    .map(|to| (now, to)),
            );
            now += TimeDelta::hours(hours);
        }
        Ok(sent)
    }

    /// Lives from `from` until a call is open; the open calls, none when two weeks passed without one.
    ///
    /// A call whose day is free falls on one of the next four working days, by the person: between two weeks' ends and
    /// with the day of the stand-in that is ten days at most.
    async fn live_until_a_call(&self, from: DateTime<Utc>) -> anyhow::Result<Vec<Call>> {
        let mut now = from;
        while now < from + TimeDelta::days(14) {
            self.live(now, now + TimeDelta::hours(3), 3).await?;
            let open = calls(&self.env.db, now).await?;
            if !open.is_empty() {
                return Ok(open);
            }
            now += TimeDelta::hours(3);
        }
        Ok(vec![])
    }

    async fn hear(
        &self,
        client: ClientId,
        project: Option<ProjectId>,
        kind: LineKind,
        stage: Option<Stage>,
    ) -> anyhow::Result<()> {
        let now = self.env.clock.now();
        let line = Line {
            client,
            project,
            kind,
            channel: Channel::Page,
            stage,
            ask_again_at: None,
            note: None,
            source: format!("{kind:?}:{client}:{now}"),
            at: now,
        };
        let mut tx = self.env.db.begin().await?;
        contact::store::append(&mut tx, &[line], now).await?;
        Ok(tx.commit().await?)
    }

    async fn report(&self, outcome: CallOutcome, stage: Option<Stage>) -> anyhow::Result<usize> {
        let now = self.env.clock.now();
        let call = calls(&self.env.db, now)
            .await?
            .first()
            .map(|call| call.id)
            .ok_or_else(|| anyhow::anyhow!("no call"))?;
        let report = CallReport {
            call,
            outcome,
            stage,
            only: vec![],
            ask_again_at: None,
            note: None,
        };
        Ok(record_call_outcome(&self.env.db, &report, now).await?)
    }
}

async fn count(db: &Db, sql: &'static str) -> Result<i64, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
}

async fn execute(db: &Db, sql: &'static str) -> Result<u64, StoreError> {
    Ok(
        on_engine!(db.write(), pool => sqlx::query(sql).execute(pool).await.map(|done| done.rows_affected()))?,
    )
}

/// A client with `projects` projects, published on day 4, a Monday: the first question falls due on Thursday, day 7.
async fn a_client_with(
    db: &Db,
    reference: &str,
    projects: usize,
) -> anyhow::Result<(ClientId, Vec<ProjectId>)> {
    let client = a_client(db, reference, day(0)).await?;
    let mut ids = Vec::new();
    for nth in 0..projects {
        ids.push(a_pending_project(db, client, &format!("{reference}-{nth}"), day(4)).await?);
    }
    Ok((client, ids))
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(&ALL_SQL.concat(), &[]).await;
}
