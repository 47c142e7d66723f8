//! Runs jobs when apalis wakes us: claim, work, record. One run of a job at a time, whatever the number of workers.

use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use apalis::prelude::{BackendExt as _, Data, Monitor, Strategy, WorkerBuilder};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use chrono::TimeDelta;
use futures_util::Stream;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgPool, SqliteConnection, SqlitePool};
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::db::{Db, Engine, StoreError};
use crate::queue::store::{self, Claim};
use crate::queue::{HURRIED, JobName, QUEUE, Wake, push};

/// A claim lasts so long unless renewed: work of a killed worker goes on after at most this (bar: 35 s).
const LEASE: TimeDelta = TimeDelta::seconds(25);
/// A third of the lease: two renewals may fail.
const RENEW_EVERY: Duration = Duration::from_secs(8);
/// Runs begun without success after which a job is parked.
const ATTEMPTS_MAX: i64 = 8;
/// Pauses after the first, second, … failure; the last one repeats.
const BACK_OFF_SECS: [i64; 5] = [30, 120, 600, 3_600, 21_600];
/// Bytes of an error that are kept.
const ERROR_BYTES_MAX: usize = 500;
/// apalis counts a worker as dead after three missed beats; our leases decide before that.
const HEARTBEAT: Duration = Duration::from_secs(5);
const HEARTBEATS_MISSED_MAX: usize = 3;
/// On `PostgreSQL`: look by ourselves too, because notifications are sometimes lost (seen: 28 s without).
const POSTGRES_POLL: Duration = Duration::from_secs(1);
/// On `SQLite`: how often the write-ahead log is looked at. While its length and time are as they were, nobody committed; asking
/// the database itself for its version counter takes two threads and twenty times as long.
const SQLITE_LOOK: Duration = Duration::from_millis(80);
/// The same for a moment after a change or a wish of this process, whose commit comes after its call.
const SQLITE_LOOK_HURRIED: Duration = Duration::from_millis(2);
const SQLITE_HURRIED_LOOKS: u32 = 20;
/// So many looks in a row wake apalis after a wake-up was queued: a fetch that was under way may have read before it.
const SQLITE_WAKES: u32 = 3;
/// On `SQLite`: apalis looks by itself so often, should a wake be lost.
const SQLITE_APALIS_POLL: Duration = Duration::from_secs(3);
/// On `SQLite`: ask the database even if nothing seems to have changed.
const SQLITE_POLL: Duration = Duration::from_secs(1);
/// Work that has not ended so long after the signal to stop is left to its lease.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(20);

/// The future of one run.
pub type Running = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;
/// Starts one run of a job.
pub type Work = Arc<dyn Fn(JobName) -> Running + Send + Sync>;

#[derive(Clone)]
struct Runner {
    db: Db,
    clock: Clock,
    served: Vec<JobName>,
    work: Work,
    holder: String,
}

/// Serves wake-ups for the `served` jobs until `stop` ends, then lets running work finish for a moment. `holder` names this
/// process start. A wake-up for a job that is not served here is repeated until a worker takes it that does.
///
/// # Errors
/// When the queue's tables cannot be reached at the start; later trouble is waited out.
pub async fn run(
    db: &Db,
    clock: &Clock,
    holder: &str,
    served: &[JobName],
    work: Work,
    stop: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let runner = Runner {
        db: db.clone(),
        clock: clock.clone(),
        served: served.to_vec(),
        work,
        holder: holder.to_owned(),
    };
    let monitor = Monitor::new()
        .should_restart(|_, error| {
            tracing::warn!(error = %error, "the queue's worker stopped; starting it again");
            true
        })
        .shutdown_timeout(SHUTDOWN_TIMEOUT);
    let monitor = match db.queue() {
        Engine::Sqlite(pool) => on_sqlite(monitor, pool.clone(), runner),
        Engine::Postgres(pool) => on_postgres(monitor, pool.clone(), runner),
    };
    monitor
        .run_with_signal(async {
            stop.await;
            Ok(())
        })
        .await?;
    Ok(())
}

// The two differ in the storage's type alone; apalis offers no common one.
fn on_sqlite(monitor: Monitor, pool: SqlitePool, runner: Runner) -> Monitor {
    let config = apalis_sqlite::Config::default()
        .queue(QUEUE)
        .batch_size(1)
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(HEARTBEATS_MISSED_MAX);
    monitor.register(move |restarts| {
        let strategy = Strategy::new()
            .stream(changes(runner.db.clone(), runner.clock.clone()))
            .interval(SQLITE_APALIS_POLL);
        WorkerBuilder::new(format!("{}-{restarts}", runner.holder))
            .backend(
                SqliteStorage::<Wake>::new(&pool)
                    .with_config(config.clone())
                    .poll_with_strategy(strategy),
            )
            .data(runner.clone())
            .build(serve)
    })
}

fn on_postgres(monitor: Monitor, pool: PgPool, runner: Runner) -> Monitor {
    let config = apalis_postgres::Config::default()
        .queue(QUEUE)
        .batch_size(1)
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(HEARTBEATS_MISSED_MAX);
    monitor.register(move |restarts| {
        WorkerBuilder::new(format!("{}-{restarts}", runner.holder))
            .backend(
                PostgresStorage::<Wake>::new(&pool)
                    .with_config(config.clone())
                    .with_pubsub()
                    .poll_with_interval(POSTGRES_POLL),
            )
            .data(runner.clone())
            .build(serve)
    })
}

/// The handler: never gives apalis an error, because it would repeat at once and without end.
async fn serve(wake: Wake, runner: Data<Runner>) -> Result<(), std::convert::Infallible> {
    let runner = (*runner).clone();
    let job = wake.job;
    if !runner.served.contains(&job) {
        return Ok(());
    }
    // On a task of its own: a panic ends there, and the worker's heartbeat goes on beside it.
    if let Err(error) = tokio::spawn(async move { runner.run_while_asked(job).await }).await {
        tracing::error!(job = job.as_str(), error = %error, "the wrapper of a job panicked");
    }
    Ok(())
}

impl Runner {
    async fn run_while_asked(&self, job: JobName) {
        loop {
            match self.run_once(job).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(job = job.as_str(), error = %error, "a job could not be claimed or recorded");
                    return;
                }
            }
        }
    }

    /// One claimed run; true when more was asked meanwhile.
    async fn run_once(&self, job: JobName) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let Some(claim) =
            store::claim(&self.db, job, &self.holder, LEASE, ATTEMPTS_MAX, now).await?
        else {
            return Ok(false);
        };
        let mut running = tokio::spawn((self.work)(job));
        let outcome = tokio::select! {
            outcome = &mut running => outcome,
            lost = self.keep(job, claim) => {
                running.abort();
                return Err(lost);
            }
        };
        let failure = match outcome {
            Ok(Ok(())) => return store::succeed(&self.db, job, claim, self.clock.now()).await,
            Ok(Err(error)) => format!("{error:#}"),
            Err(panic) => panic.to_string(),
        };
        let now = self.clock.now();
        let due_at = now + back_off(claim.attempts);
        let kept = &failure[..failure.floor_char_boundary(ERROR_BYTES_MAX)];
        let parked = store::fail(&self.db, job, claim, kept, due_at, ATTEMPTS_MAX, now).await?;
        tracing::error!(
            job = job.as_str(),
            error = kept,
            attempts = claim.attempts,
            parked,
            "a job failed"
        );
        Ok(false)
    }

    /// Renews the lease until it is lost.
    async fn keep(&self, job: JobName, claim: Claim) -> StoreError {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match store::renew(&self.db, job, claim, self.clock.now() + LEASE).await {
                Err(lost @ StoreError::Stale { .. }) => return lost,
                Err(error) => {
                    tracing::warn!(job = job.as_str(), error = %error, "a lease could not be renewed");
                }
                Ok(()) => {}
            }
        }
    }
}

fn back_off(attempts: i64) -> TimeDelta {
    let nth = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX);
    TimeDelta::seconds(BACK_OFF_SECS[nth.min(BACK_OFF_SECS.len() - 1)])
}

/// Carries wishes over to the queue of the embedded database and yields when apalis should look. That somebody changed the
/// database, also another process, is read from its version counter; polling the queue's tables would keep a processor busy.
fn changes(db: Db, clock: Clock) -> impl Stream<Item = ()> + Unpin + Send + Sync + 'static {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Err(error) = watch(&db, &clock, &sender).await {
            tracing::warn!(error = %error, "the embedded database cannot be watched; trying again");
            tokio::time::sleep(SQLITE_POLL).await;
        }
    });
    looks(receiver)
}

/// The looks of which apalis hears. It asks this stream once each time that it is polled itself: one taken while a fetch was
/// ending would be the last, because nothing more would be registered to wake it (seen: a second until its own poll).
pub(super) fn looks(
    mut receiver: mpsc::Receiver<()>,
) -> impl Stream<Item = ()> + Unpin + Send + Sync + 'static {
    futures_util::stream::poll_fn(move |context| {
        let look = receiver.poll_recv(context);
        // Not at its end, which is ready each time.
        if look == Poll::Ready(Some(())) {
            context.waker().wake_by_ref();
        }
        look
    })
}

/// The write-ahead log beside the database. It is never opened: closing it would give up the locks that `SQLite` holds.
fn log_of(options: &SqliteConnectOptions) -> PathBuf {
    let mut file = options.get_filename().as_os_str().to_owned();
    file.push("-wal");
    file.into()
}

/// What of a file changes when somebody writes to it; none when it is not there.
fn state_of(file: &Path) -> Option<(u64, SystemTime)> {
    let known = std::fs::metadata(file).ok()?;
    Some((known.len(), known.modified().ok()?))
}

/// Queues a wake-up for each job that was wished for since we last did; false when there is none. What was carried is
/// remembered here only: a wake-up too many ends at the claim, and one that is lost is repeated.
async fn carry_over(
    db: &Db,
    clock: &Clock,
    carried: &mut HashMap<String, i64>,
) -> Result<bool, StoreError> {
    let mut jobs = store::unheld(db, clock.now()).await?;
    jobs.retain(|(job, asked)| carried.insert(job.clone(), *asked) != Some(*asked));
    if jobs.is_empty() {
        return Ok(false);
    }
    let jobs: Vec<String> = jobs.into_iter().map(|(job, _)| job).collect();
    push(db, &jobs).await?;
    Ok(true)
}

async fn watch(db: &Db, clock: &Clock, sender: &mpsc::Sender<()>) -> Result<(), StoreError> {
    let Engine::Sqlite(pool) = db.read() else {
        return Ok(());
    };
    let mut connection = SqliteConnection::connect_with(&pool.connect_options()).await?;
    let log = log_of(&pool.connect_options());
    let (mut seen, mut hurried_looks, mut wakes) = (0_i64, 0, 0);
    let (mut before, mut asked_at) = (None, Instant::now());
    let mut carried = HashMap::new();
    while !sender.is_closed() {
        let now = state_of(&log);
        // For a moment after a change the log's time may be too coarse to tell the next one from it.
        if now != before || hurried_looks > 0 || asked_at.elapsed() >= SQLITE_POLL {
            (before, asked_at) = (now, Instant::now());
            let version = store::data_version(&mut connection).await?;
            if version != seen {
                (seen, hurried_looks) = (version, SQLITE_HURRIED_LOOKS);
                if carry_over(db, clock, &mut carried).await? {
                    wakes = SQLITE_WAKES;
                }
            }
        }
        if wakes > 0 {
            wakes -= 1;
            // Full: a look is already due.
            let _full = sender.try_send(());
        }
        let look = if hurried_looks > 0 {
            SQLITE_LOOK_HURRIED
        } else {
            SQLITE_LOOK
        };
        hurried_looks -= u32::from(hurried_looks > 0);
        if tokio::time::timeout(look, HURRIED.notified()).await.is_ok() {
            (hurried_looks, wakes) = (SQLITE_HURRIED_LOOKS, SQLITE_WAKES);
        }
    }
    Ok(())
}
