//! The wrapper against real queues: what apalis does wrong alone must not happen here (guides/apalis.md 3).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use tokio::sync::{Notify, mpsc};

use super::*;
use crate::clock::Clock;
use crate::testing::{day, each_engine};

/// Longer than any wake-up takes, shorter than a person's patience.
const PATIENCE: Duration = Duration::from_secs(20);

async fn wish(db: &Db, job: JobName, clock: &Clock) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    hurry(&mut tx, job, clock.now()).await?;
    Ok(tx.commit().await?)
}

fn work(body: impl Fn(JobName) -> anyhow::Result<()> + Send + Sync + 'static) -> Work {
    let body = Arc::new(body);
    Arc::new(move |job| {
        let body = body.clone();
        Box::pin(async move { body(job) })
    })
}

struct Stop(Arc<Notify>);

impl Stop {
    fn new() -> (Self, impl Future<Output = ()> + Send + 'static) {
        let notify = Arc::new(Notify::new());
        (Self(notify.clone()), async move { notify.notified().await })
    }
}

// E1, E7, d7 of style: one wish, one run; a panic stops neither the worker nor the other jobs.
#[tokio::test(flavor = "multi_thread")]
async fn a_wish_runs_its_job_and_a_panic_stops_nothing_else() {
    each_engine(async |db| {
        let clock = Clock::system();
        let (done, mut ran) = mpsc::unbounded_channel();
        let work = work(move |job| {
            done.send(job)?;
            assert!(job != JobName::PollFeed, "this job panics");
            Ok(())
        });
        let (stop, stopped) = Stop::new();
        let worker = tokio::spawn({
            let (db, clock) = (db.clone(), clock.clone());
            async move { run(&db, &clock, "test-a", &JobName::ALL, work, stopped).await }
        });
        wish(&db, JobName::PollFeed, &clock).await?;
        assert_eq!(
            tokio::time::timeout(PATIENCE, ran.recv()).await?,
            Some(JobName::PollFeed)
        );
        wish(&db, JobName::Rerank, &clock).await?;
        assert_eq!(
            tokio::time::timeout(PATIENCE, ran.recv()).await?,
            Some(JobName::Rerank)
        );
        stop.0.notify_one();
        tokio::time::timeout(PATIENCE, worker).await???;
        assert!(ran.try_recv().is_err(), "each ran once");
        assert!(
            store::forget(&db, clock.now() + TimeDelta::days(1)).await? >= 1,
            "the served wake-up is forgotten"
        );
        Ok(())
    })
    .await;
}

// guides/apalis.md 3.1: two workers, a slow job, a short liveness window: nothing twice at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_job_never_runs_twice_at_once_on_two_workers() {
    each_engine(async |db| {
        let clock = Clock::system();
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (started, mut starts) = mpsc::unbounded_channel();
        let release = Arc::new(Notify::new());
        let slow: Work = {
            let (at_once, most, release) = (at_once.clone(), most.clone(), release.clone());
            Arc::new(move |_| {
                let (at_once, most) = (at_once.clone(), most.clone());
                let (started, release) = (started.clone(), release.clone());
                Box::pin(async move {
                    most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    started.send(())?;
                    release.notified().await;
                    at_once.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                })
            })
        };
        let mut workers = Vec::new();
        for name in ["test-b", "test-c"] {
            let (stop, stopped) = Stop::new();
            let (db, clock, slow) = (db.clone(), clock.clone(), slow.clone());
            workers.push((
                stop,
                tokio::spawn(
                    async move { run(&db, &clock, name, &JobName::ALL, slow, stopped).await },
                ),
            ));
        }
        wish(&db, JobName::Rerank, &clock).await?;
        tokio::time::timeout(PATIENCE, starts.recv()).await?;
        // While it runs: more wishes and lost wake-ups, served by the other worker if the claim let it.
        for _ in 0..5 {
            wish(&db, JobName::Rerank, &clock).await?;
            push(&db, &[JobName::Rerank.as_str().to_owned()]).await?;
        }
        release.notify_one();
        tokio::time::timeout(PATIENCE, starts.recv()).await?;
        release.notify_one();
        for (stop, worker) in workers {
            stop.0.notify_one();
            tokio::time::timeout(PATIENCE, worker).await???;
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
        let row = store::list(&db).await?.remove(0);
        assert_eq!(
            (row.asked, row.done, row.attempts),
            (6, 6, 0),
            "two runs served six wishes"
        );
        Ok(())
    })
    .await;
}

// E7: attempts are counted before the work, so a job that kills its worker is parked too; a person lets it run again.
#[tokio::test]
async fn a_job_that_kills_its_worker_each_time_is_parked_and_can_be_replayed() {
    each_engine(async |db| {
        let lease = TimeDelta::seconds(30);
        let mut now = day(0);
        let mut tx = db.begin().await?;
        hurry(&mut tx, JobName::Rerank, now).await?;
        tx.commit().await?;
        for attempt in 1..=3 {
            let claim = store::claim(&db, JobName::Rerank, "dies", lease, 3, now).await?;
            assert_eq!(claim.map(|claim| claim.attempts), Some(attempt));
            assert!(
                store::claim(&db, JobName::Rerank, "other", lease, 3, now)
                    .await?
                    .is_none(),
                "it is held"
            );
            now += lease;
        }
        assert!(
            store::claim(&db, JobName::Rerank, "dies", lease, 3, now)
                .await?
                .is_none()
        );
        assert!(store::list(&db).await?[0].parked_at.is_some());
        let mut tx = db.begin().await?;
        assert!(
            store::wake_unserved(&mut tx, now, now).await?.is_empty(),
            "a parked job is left alone"
        );
        assert!(store::retry(&mut tx, JobName::Rerank, now).await?);
        tx.commit().await?;
        assert!(
            store::claim(&db, JobName::Rerank, "replay", lease, 3, now)
                .await?
                .is_some()
        );
        Ok(())
    })
    .await;
}

// E5: leases carry a fence; a late holder's write is refused.
#[tokio::test]
async fn a_late_holder_can_neither_renew_nor_record() {
    each_engine(async |db| {
        let (lease, now) = (TimeDelta::seconds(30), day(0));
        let mut tx = db.begin().await?;
        hurry(&mut tx, JobName::Rerank, now).await?;
        tx.commit().await?;
        let late = store::claim(&db, JobName::Rerank, "late", lease, 9, now)
            .await?
            .expect("it has work");
        let next = store::claim(&db, JobName::Rerank, "next", lease, 9, now + lease)
            .await?
            .expect("the lease ended");
        let stale = |done: Result<bool, StoreError>| matches!(done, Err(StoreError::Stale { .. }));
        assert!(stale(store::succeed(&db, JobName::Rerank, late, now).await));
        assert!(stale(
            store::fail(&db, JobName::Rerank, late, "too late", now, 9, now).await
        ));
        assert!(
            store::renew(&db, JobName::Rerank, late, now + lease * 3)
                .await
                .is_err()
        );
        assert!(
            !store::succeed(&db, JobName::Rerank, next, now + lease).await?,
            "nothing more was asked"
        );
        Ok(())
    })
    .await;
}

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl std::task::Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

// guides/apalis.md 0.3: apalis polls its stream once per poll of its own, so a look that it takes must bring it back to the next one.
#[tokio::test]
async fn a_look_that_is_taken_asks_for_the_next_one() {
    let (sender, receiver) = mpsc::channel(1);
    let mut looks = runner::looks(receiver);
    let woken = Arc::new(Woken::default());
    let waker = std::task::Waker::from(woken.clone());
    let mut context = std::task::Context::from_waker(&waker);
    sender.try_send(()).unwrap();
    assert!(looks.poll_next_unpin(&mut context).is_ready());
    assert_eq!(woken.0.load(Ordering::SeqCst), 1, "polled again at once");
    assert!(looks.poll_next_unpin(&mut context).is_pending());
    sender.try_send(()).unwrap();
    assert_eq!(woken.0.load(Ordering::SeqCst), 2, "and by the next look");
    assert!(looks.poll_next_unpin(&mut context).is_ready());
    assert!(looks.poll_next_unpin(&mut context).is_pending());
    drop(sender);
    let before = woken.0.load(Ordering::SeqCst);
    assert_eq!(
        looks.poll_next_unpin(&mut context),
        std::task::Poll::Ready(None)
    );
    assert_eq!(
        woken.0.load(Ordering::SeqCst),
        before,
        "an end is not looked at again"
    );
}
