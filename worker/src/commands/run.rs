//! `run`: jobs and web face until the signal to stop.

use std::fs::{File, TryLockError};
use std::future::Future;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;

use anyhow::Context as _;
use relance_shared::db::Engine;
use relance_shared::env::Env;
use relance_shared::id::Id;
use relance_shared::mail::Composer;
use relance_shared::queue::{self, JobName, Running};
use relance_shared::ranking;
use relance_shared::verify::store as verify;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::{jobs, mailbox, ticker, web};

/// End of the name of the file beside an embedded database that its worker locks.
const LOCK_SUFFIX: &str = ".worker";

/// What to serve.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Without the web face.
    #[arg(long)]
    no_web: bool,
    /// Only these jobs, comma separated; without it, all of them.
    #[arg(long, value_name = "JOB", value_delimiter = ',')]
    only: Vec<JobName>,
}

/// Names a process start; nothing but an identity.
struct ProcessStart;

/// Serves until SIGTERM or Ctrl-C: running work is given 20 seconds to end, open requests 10.
///
/// # Errors
/// When a letter template does not pass its check, a declared kind of evidence finds no slot, the address of `web.listen` cannot be taken or the queue's tables not be reached.
pub async fn run(env: &Env, args: &RunArgs) -> anyhow::Result<()> {
    // A template that asks for a value it does not get must not be found out by the first letter.
    Composer::new(&env.settings, &env.keys)?;
    let (db, now) = (&env.db, env.clock.now());
    verify::guarded(db).await?;
    ranking::store::declare(db, &env.settings.rank, now).await?;
    let _alone = alone(env);
    look_over(env).await?;
    let stop = stop_signal()?;
    let listener = if args.no_web {
        None
    } else {
        Some(listen(&env.settings.web.listen).await?)
    };
    serve(env, listener, served(&args.only)?, stop).await
}

/// Serves the jobs, and the web face when there is a listener, until the signal to stop.
///
/// # Errors
/// When the queue's tables cannot be reached or the listener breaks.
pub async fn serve(
    env: &Env,
    listener: Option<TcpListener>,
    jobs: Vec<JobName>,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let names: Vec<_> = jobs.iter().map(|job| job.as_str()).collect();
    let web = listener
        .as_ref()
        .and_then(|listener| listener.local_addr().ok())
        .map_or_else(|| "none".to_owned(), |address| address.to_string());
    tracing::info!(jobs = names.join(","), web, "serving");
    let face = tokio::spawn(face(env.clone(), listener, stopped(stop.clone())));
    let ticker = tokio::spawn(ticker::run(env.clone(), jobs.clone()));
    let watch = jobs
        .contains(&JobName::ReadInbox)
        .then(|| tokio::spawn(mailbox::watch(env.clone())));
    let holder = format!("worker-{}", Id::<ProcessStart>::at(env.clock.now()));
    let work = {
        let env = env.clone();
        Arc::new(move |job| -> Running {
            let env = env.clone();
            Box::pin(async move { jobs::run(&env, job).await })
        })
    };
    let served = queue::run(&env.db, &env.clock, &holder, &jobs, work, stopped(stop)).await;
    ticker.abort();
    if let Some(watch) = watch {
        watch.abort();
    }
    served.context("serving the jobs")?;
    face.await.context("the web face")?;
    env.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Asks for the check of seals and chains that runs every night: what somebody wrote while no worker ran is told in
/// `jobs` within moments.
async fn look_over(env: &Env) -> anyhow::Result<()> {
    let mut tx = env.db.begin().await?;
    queue::hurry(&mut tx, JobName::Housekeep, env.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The mark that a worker serves the embedded database, for as long as it is kept; none, and said, when another one has it.
/// Several on one file do no harm but wait for each other; the place for several is `PostgreSQL`.
fn alone(env: &Env) -> Option<File> {
    let Engine::Sqlite(pool) = env.db.read() else {
        return None;
    };
    let mut path = pool.connect_options().get_filename().as_os_str().to_owned();
    path.push(LOCK_SUFFIX);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .ok()?;
    match file.try_lock() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock) => {
            tracing::warn!(
                "another worker serves this embedded database already: stop one of the two, or use PostgreSQL for several"
            );
            None
        }
        Err(TryLockError::Error(_)) => None,
    }
}

fn served(only: &[JobName]) -> anyhow::Result<Vec<JobName>> {
    if let Some(other) = only.iter().find(|job| !jobs::SERVED.contains(job)) {
        anyhow::bail!(
            "--only {}: that job is done by `relance-bot run`",
            other.as_str()
        );
    }
    Ok(if only.is_empty() {
        jobs::SERVED.to_vec()
    } else {
        only.to_vec()
    })
}

/// Takes the address of `web.listen`.
///
/// # Errors
/// Names the setting when the address is taken or is none.
pub async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another worker running there? web.listen chooses the address, --no-web goes without")
    })
}

async fn face(
    env: Env,
    listener: Option<TcpListener>,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    if let Some(listener) = listener {
        web::serve(env, listener, stop).await;
    }
}

/// Turns true once SIGTERM or Ctrl-C came.
///
/// # Errors
/// When the operating system gives no signals.
pub fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let mut terminate = signal(SignalKind::terminate()).context("no signals here")?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        // Nobody listening means that everything has stopped already.
        let _ = stop.send(true);
    });
    Ok(stopped)
}

/// Ends when `stop` turns true.
pub async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is as good as the signal.
    let _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use relance_shared::clock::Clock;
    use relance_shared::testing::{day, each_engine};

    use super::*;

    // O6: a second worker on one embedded database is noticed; on a server several are meant.
    #[tokio::test]
    async fn one_worker_at_a_time_holds_the_mark_of_an_embedded_database() {
        each_engine(async |db| {
            let env = Env::for_tests(&db, &Clock::fixed(day(0)));
            let is_embedded = matches!(db.read(), Engine::Sqlite(_));
            let first = alone(&env);
            assert_eq!(first.is_some(), is_embedded);
            assert!(alone(&env).is_none(), "the second sees the first");
            drop(first);
            assert_eq!(alone(&env).is_some(), is_embedded);
            Ok(())
        })
        .await;
    }

    // E1: a job that this program does not do is not taken from the one that does.
    #[test]
    fn a_job_of_the_bot_is_not_served_here() {
        let refused = served(&[JobName::TellDiscord]).unwrap_err().to_string();
        assert!(refused.contains("relance-bot run"), "{refused}");
        assert_eq!(served(&[]).unwrap(), jobs::SERVED);
        assert_eq!(served(&[JobName::Rerank]).unwrap(), [JobName::Rerank]);
    }
}
