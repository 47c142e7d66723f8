//! SQL of the wishes: which job has work, who holds it, how often it was tried.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

use crate::db::{Db, Engine, StoreError, Tx};
use crate::on_engine;
use crate::queue::JobName;

const ASK: &str =
    "INSERT INTO job_wishes (job, asked, done, woken, attempts, fence, due_at, woken_at)
    VALUES ($1, 1, 0, 0, 0, 0, $2, $2)
    ON CONFLICT (job) DO UPDATE SET asked = job_wishes.asked + 1";
const UNHELD: &str = "SELECT job, asked FROM job_wishes
    WHERE asked > done AND parked_at IS NULL AND (lease_until IS NULL OR lease_until <= $1)";
const WAKE_NEW: &str =
    "UPDATE job_wishes SET woken = asked, woken_at = $1 WHERE asked > done AND woken <= done
    RETURNING job";
const CLAIM: &str = "UPDATE job_wishes SET holder = $2, lease_until = $3, fence = fence + 1, attempts = attempts + 1,
        started_at = $4
    WHERE job = $1 AND asked > done AND parked_at IS NULL AND due_at <= $4
        AND (lease_until IS NULL OR lease_until <= $4) AND attempts < $5
    RETURNING fence, asked, attempts";
const PARK_POISON: &str = "UPDATE job_wishes SET parked_at = $2, holder = NULL, lease_until = NULL,
        last_error = COALESCE(last_error, 'the worker died on it each time')
    WHERE job = $1 AND attempts >= $3 AND parked_at IS NULL AND (lease_until IS NULL OR lease_until <= $2)";
const RENEW: &str =
    "UPDATE job_wishes SET lease_until = $3 WHERE job = $1 AND fence = $2 AND holder IS NOT NULL";
const SUCCEED: &str = "UPDATE job_wishes SET done = $3, attempts = 0, holder = NULL, lease_until = NULL, ended_at = $4,
        due_at = $4, last_error = NULL
    WHERE job = $1 AND fence = $2 RETURNING asked > done";
const FAIL: &str =
    "UPDATE job_wishes SET holder = NULL, lease_until = NULL, ended_at = $3, due_at = $4,
        last_error = $5, parked_at = CASE WHEN attempts >= $6 THEN $3 ELSE parked_at END
    WHERE job = $1 AND fence = $2 RETURNING parked_at IS NOT NULL";
const WAKE_UNSERVED: &str = "UPDATE job_wishes SET woken = asked, woken_at = $1
    WHERE asked > done AND parked_at IS NULL AND due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
        AND woken_at <= $2
    RETURNING job";
const RETRY: &str =
    "UPDATE job_wishes SET parked_at = NULL, attempts = 0, due_at = $2, asked = asked + 1,
        woken = done WHERE job = $1";
const LIST: &str = "SELECT job, asked, done, attempts, holder, lease_until, due_at, started_at, ended_at, parked_at,
        last_error FROM job_wishes ORDER BY job";

/// Statements of this room, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[
    ASK,
    UNHELD,
    WAKE_NEW,
    CLAIM,
    PARK_POISON,
    RENEW,
    SUCCEED,
    FAIL,
    WAKE_UNSERVED,
    RETRY,
    LIST,
];

/// The right to run a job until the lease ends.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Claim {
    /// Grows with each claim; writes of an older one are refused.
    pub fence: i64,
    /// The wishes that this run will have served.
    pub asked: i64,
    /// Which try it is, from 1.
    pub attempts: i64,
}

/// A job as the desk shows it.
#[derive(Debug, Clone, FromRow)]
pub struct JobRow {
    /// Its name on disk.
    pub job: String,
    /// Wishes ever.
    pub asked: i64,
    /// Wishes served.
    pub done: i64,
    /// Tries since the last success.
    pub attempts: i64,
    /// Who runs it now.
    pub holder: Option<String>,
    /// Until when the holder is believed alive.
    pub lease_until: Option<DateTime<Utc>>,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// Last start.
    pub started_at: Option<DateTime<Utc>>,
    /// Last end.
    pub ended_at: Option<DateTime<Utc>>,
    /// Since when it waits for a person.
    pub parked_at: Option<DateTime<Utc>>,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// Counts one wish.
pub(super) async fn ask(tx: &mut Tx, job: JobName, now: DateTime<Utc>) -> Result<(), StoreError> {
    on_engine!(tx, tx => sqlx::query(ASK).bind(job.as_str()).bind(now).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

/// The jobs that have work and that nobody holds, each with its wishes ever.
pub(super) async fn unheld(db: &Db, now: DateTime<Utc>) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(UNHELD).bind(now).fetch_all(pool).await)?)
}

/// Marks the jobs that were wished for and that nobody was woken for since their last success, and names them.
pub(super) async fn wake_new(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
    Ok(on_engine!(tx, tx => sqlx::query_scalar(WAKE_NEW).bind(now).fetch_all(&mut **tx).await)?)
}

/// Claims a job with work for `lease`, parking it instead when `attempts_max` tries were begun in vain.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn claim(
    db: &Db,
    job: JobName,
    holder: &str,
    lease: TimeDelta,
    attempts_max: i64,
    now: DateTime<Utc>,
) -> Result<Option<Claim>, StoreError> {
    on_engine!(db.write(), pool => sqlx::query(PARK_POISON).bind(job.as_str()).bind(now).bind(attempts_max)
        .execute(pool).await.map(drop))?;
    Ok(
        on_engine!(db.write(), pool => sqlx::query_as(CLAIM).bind(job.as_str()).bind(holder).bind(now + lease).bind(now)
        .bind(attempts_max).fetch_optional(pool).await)?,
    )
}

/// Prolongs the lease of a claim.
///
/// # Errors
/// [`StoreError::Stale`] when somebody else claimed the job meanwhile: stop.
pub async fn renew(
    db: &Db,
    job: JobName,
    claim: Claim,
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    let kept = on_engine!(db.write(), pool => sqlx::query(RENEW).bind(job.as_str()).bind(claim.fence).bind(until)
        .execute(pool).await.map(|done| done.rows_affected()))?;
    if kept == 1 { Ok(()) } else { Err(stale(job)) }
}

/// Records success; true when more was asked while the job ran.
///
/// # Errors
/// [`StoreError::Stale`] when somebody else claimed the job meanwhile.
pub async fn succeed(
    db: &Db,
    job: JobName,
    claim: Claim,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    on_engine!(db.write(), pool => sqlx::query_scalar(SUCCEED).bind(job.as_str()).bind(claim.fence).bind(claim.asked)
        .bind(now).fetch_optional(pool).await)?
    .ok_or_else(|| stale(job))
}

/// Records a failure, to be tried again at `due_at`; true when that was the last try and the job is parked.
///
/// # Errors
/// [`StoreError::Stale`] when somebody else claimed the job meanwhile.
pub async fn fail(
    db: &Db,
    job: JobName,
    claim: Claim,
    error: &str,
    due_at: DateTime<Utc>,
    attempts_max: i64,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    on_engine!(db.write(), pool => sqlx::query_scalar(FAIL).bind(job.as_str()).bind(claim.fence).bind(now).bind(due_at)
        .bind(error).bind(attempts_max).fetch_optional(pool).await)?
    .ok_or_else(|| stale(job))
}

/// Jobs that have work, may run, and that nobody was woken for since `woken_before`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn wake_unserved(
    tx: &mut Tx,
    woken_before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    Ok(
        on_engine!(tx, tx => sqlx::query_scalar(WAKE_UNSERVED).bind(now).bind(woken_before)
        .fetch_all(&mut **tx).await)?,
    )
}

/// Lets a parked job run again, from zero tries; false when nobody ever asked for it.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn retry(tx: &mut Tx, job: JobName, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let known = on_engine!(tx, tx => sqlx::query(RETRY).bind(job.as_str()).bind(now).execute(&mut **tx).await
        .map(|done| done.rows_affected()))?;
    Ok(known == 1)
}

/// Every job that was ever asked for.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn list(db: &Db) -> Result<Vec<JobRow>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(LIST).fetch_all(pool).await)?)
}

fn stale(job: JobName) -> StoreError {
    StoreError::Stale {
        what: "job",
        id: job.as_str().to_owned(),
    }
}

// apalis' own tables: on the embedded default in a file of their own with Unix seconds, on PostgreSQL in its schema.
const FORGET_SQLITE: &str = "DELETE FROM Jobs WHERE done_at < $1";
const FORGET_WORKERS_SQLITE: &str = "DELETE FROM Workers WHERE last_seen < $1
    AND id NOT IN (SELECT lock_by FROM Jobs WHERE lock_by IS NOT NULL)";
const FORGET_POSTGRES: &str = "DELETE FROM apalis.jobs WHERE done_at < $1";
const FORGET_WORKERS_POSTGRES: &str = "DELETE FROM apalis.workers WHERE last_seen < $1
    AND id NOT IN (SELECT lock_by FROM apalis.jobs WHERE lock_by IS NOT NULL)";

/// Forgets wake-ups that ended and workers that were last seen before `before`; gives the number of wake-ups.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn forget(db: &Db, before: DateTime<Utc>) -> Result<u64, StoreError> {
    match db.queue() {
        Engine::Sqlite(pool) => {
            let before = before.timestamp();
            let wakes = sqlx::query(FORGET_SQLITE)
                .bind(before)
                .execute(pool)
                .await?
                .rows_affected();
            sqlx::query(FORGET_WORKERS_SQLITE)
                .bind(before)
                .execute(pool)
                .await?;
            Ok(wakes)
        }
        Engine::Postgres(pool) => {
            let wakes = sqlx::query(FORGET_POSTGRES)
                .bind(before)
                .execute(pool)
                .await?
                .rows_affected();
            sqlx::query(FORGET_WORKERS_POSTGRES)
                .bind(before)
                .execute(pool)
                .await?;
            Ok(wakes)
        }
    }
}

/// A counter that moves when another connection changed the embedded database.
pub(super) async fn data_version(
    connection: &mut sqlx::SqliteConnection,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA data_version")
        .fetch_one(connection)
        .await
}
