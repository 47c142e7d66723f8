//! The alarm clock: what wakes the jobs, and the wrapper in which each of them runs. The only room that knows apalis.
//!
//! apalis carries wake-ups and nothing else. That a job has work, who runs it, how often it was tried and when it is
//! parked stands in `job_wishes`, so losing the whole queue loses nothing: [`wake_unserved`] wakes again.

mod runner;
pub mod store;

pub use runner::{Running, Work, run};

use apalis::prelude::{Task, TaskBuilder};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use tokio::sync::Notify;

use crate::db::{Db, Engine, OpenError, StoreError, Tx, migrate_postgres};

/// Name of the one queue, on disk.
const QUEUE: &str = "relance";
/// A wake-up is repeated when nobody claimed the job for so long.
const WAKE_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(5);

/// Rung when this process wishes for a job or queues a wake-up: the watcher of the embedded database then looks more often
/// for a moment.
static HURRIED: Notify = Notify::const_new();

/// A job: one coarse step that looks at the whole state and may run twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobName {
    /// Plans follow-ups, composes letters, opens and expires calls.
    PlanFollowUps,
    /// Hands due letters to the relay.
    DrainOutbox,
    /// Puts the pending list in order.
    Rerank,
    /// Fetches the platform's feed.
    PollFeed,
    /// Delivers our events to the platform.
    DeliverEvents,
    /// Fetches answers from the mailbox and reads what waits.
    ReadInbox,
    /// Reminds reviewers, warns and closes refund requests whose claimant is silent.
    RemindReviewers,
    /// Tells people on Discord what was decided; served by the bot.
    TellDiscord,
    /// Forgets what is past its time, checks the chains.
    Housekeep,
}

impl JobName {
    /// Every job.
    pub const ALL: [Self; 9] = [
        Self::PlanFollowUps,
        Self::DrainOutbox,
        Self::Rerank,
        Self::PollFeed,
        Self::DeliverEvents,
        Self::ReadInbox,
        Self::RemindReviewers,
        Self::TellDiscord,
        Self::Housekeep,
    ];

    /// Its name on disk, on the command line and in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlanFollowUps => "plan-follow-ups",
            Self::DrainOutbox => "drain-outbox",
            Self::Rerank => "rerank",
            Self::PollFeed => "poll-feed",
            Self::DeliverEvents => "deliver-events",
            Self::ReadInbox => "read-inbox",
            Self::RemindReviewers => "remind-reviewers",
            Self::TellDiscord => "tell-discord",
            Self::Housekeep => "housekeep",
        }
    }
}

/// No job has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no job is called {0:?}; the jobs are {list}", list = JobName::ALL.map(JobName::as_str).join(", "))]
pub struct UnknownJob(String);

impl std::str::FromStr for JobName {
    type Err = UnknownJob;

    fn from_str(name: &str) -> Result<Self, UnknownJob> {
        Self::ALL
            .into_iter()
            .find(|job| job.as_str() == name)
            .ok_or_else(|| UnknownJob(name.to_owned()))
    }
}

/// What travels through apalis.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Wake {
    job: JobName,
}

/// Brings apalis' own tables up to date, without its `setup`, which would change pragmas on a pooled connection.
///
/// # Errors
/// [`OpenError::Migrate`]; on `PostgreSQL` the extension hstore must be there or the login be allowed to create it.
pub async fn migrate(db: &Db) -> Result<(), OpenError> {
    match db.queue() {
        Engine::Sqlite(pool) => SqliteStorage::migrations().run(pool).await?,
        Engine::Postgres(pool) => migrate_postgres(pool, &PostgresStorage::migrations()).await?,
    }
    Ok(())
}

/// Wishes for `job` in the caller's transaction: it runs soon after the commit, at most once for any number of wishes
/// made before it starts.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn hurry(tx: &mut Tx, job: JobName, now: DateTime<Utc>) -> Result<(), StoreError> {
    store::ask(tx, job, now).await?;
    if let Engine::Postgres(_) = tx {
        // The wake-up commits with the wish. On SQLite the queue has a file of its own; the watcher carries it over.
        let jobs = store::wake_new(tx, now).await?;
        let Engine::Postgres(tx) = tx else {
            return Ok(());
        };
        push_postgres(tx, &jobs).await?;
    }
    HURRIED.notify_one();
    Ok(())
}

/// Wakes jobs that have work and that nobody serves: the queue lost the wake-up, the holder died, a back-off ended.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn wake_unserved(db: &Db, now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    let jobs = store::wake_unserved(&mut tx, now - WAKE_AGAIN_AFTER, now).await?;
    tx.commit().await?;
    push(db, &jobs).await?;
    if !jobs.is_empty() {
        HURRIED.notify_one();
    }
    Ok(())
}

async fn push(db: &Db, jobs: &[String]) -> Result<(), StoreError> {
    match db.queue() {
        Engine::Sqlite(pool) => {
            let mut connection = pool.acquire().await?;
            apalis_sqlite::queries::push_tasks(&mut *connection, QUEUE, &tasks(jobs))
                .await
                .map_err(queue_error)
        }
        Engine::Postgres(pool) => {
            let mut connection = pool.acquire().await?;
            push_postgres(&mut connection, jobs).await
        }
    }
}

async fn push_postgres(connection: &mut PgConnection, jobs: &[String]) -> Result<(), StoreError> {
    apalis_postgres::queries::push_tasks(connection, QUEUE, tasks(jobs))
        .await
        .map_err(queue_error)
}

/// Wake-ups for the jobs that this version knows; others belong to another version running beside it.
fn tasks(jobs: &[String]) -> Vec<Task<Vec<u8>>> {
    let known = jobs.iter().filter_map(|name| name.parse().ok());
    known
        .map(|job| {
            let args = serde_json::to_vec(&Wake { job }).expect("a job's name is valid JSON");
            TaskBuilder::new(args).max_attempts(1).build()
        })
        .collect()
}

fn queue_error(error: impl std::fmt::Display) -> StoreError {
    StoreError::Sql(sqlx::Error::Protocol(error.to_string()))
}

#[cfg(test)]
mod tests;
