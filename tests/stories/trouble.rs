//! A database that is away for a while, and a program that waits it out.

use std::sync::Arc;
use std::time::Duration;

use relance_shared::clock::Clock;
use relance_shared::db::{Db, Engine};
use relance_shared::queue::{self, JobName, Running};
use relance_shared::testing::each_engine;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Longer than any pause of a worker that waits for its database.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often wishes that nobody serves are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

async fn wish(db: &Db, job: JobName, clock: &Clock) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    queue::hurry(&mut tx, job, clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Takes the database away, asserts that nobody reaches it, and gives it back.
async fn away_for_a_while(db: &Db) -> anyhow::Result<()> {
    match db.write() {
        // Somebody else holds the file's write lock.
        Engine::Sqlite(pool) => {
            let file = pool.connect_options().get_filename().to_owned();
            let mut other =
                SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await?;
            let refused = sqlx::raw_sql("PRAGMA busy_timeout = 1; BEGIN IMMEDIATE; ROLLBACK")
                .execute(pool)
                .await;
            assert!(refused.is_err(), "the lock is held");
            sqlx::raw_sql("PRAGMA busy_timeout = 10000")
                .execute(pool)
                .await?;
            sqlx::raw_sql("ROLLBACK").execute(&mut other).await?;
            other.close().await?;
        }
        // Every connection is cut, and no new one let in.
        Engine::Postgres(pool) => {
            let options = (*pool.connect_options()).clone();
            let name = options.get_database().unwrap_or_default().to_owned();
            let admin = options.database("postgres");
            let mut admin = sqlx::PgConnection::connect_with(&admin).await?;
            let shut = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
            sqlx::raw_sql(AssertSqlSafe(shut))
                .execute(&mut admin)
                .await?;
            let cut = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            );
            sqlx::raw_sql(AssertSqlSafe(cut))
                .execute(&mut admin)
                .await?;
            assert!(
                sqlx::query("SELECT 1").execute(pool).await.is_err(),
                "nobody gets in"
            );
            let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
            sqlx::raw_sql(AssertSqlSafe(open))
                .execute(&mut admin)
                .await?;
            admin.close().await?;
        }
    }
    Ok(())
}

// O2, o2: with its database gone a worker claims nothing and does not end; when the database is back it goes on by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_outlives_its_databases_absence() {
    each_engine(async |db| {
        let clock = Clock::system();
        let (ran, mut runs) = mpsc::unbounded_channel();
        let work = Arc::new(move |job| -> Running {
            let ran = ran.clone();
            Box::pin(async move {
                ran.send(job)?;
                Ok(())
            })
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let worker = tokio::spawn({
            let (db, clock) = (db.clone(), clock.clone());
            async move {
                let stopped = async {
                    // An error means that the test is over.
                    let _ = stopped.await;
                };
                queue::run(&db, &clock, "trouble", &[JobName::Rerank], work, stopped).await
            }
        });
        wish(&db, JobName::Rerank, &clock).await?;
        assert_eq!(timeout(PATIENCE, runs.recv()).await?, Some(JobName::Rerank));
        away_for_a_while(&db).await?;
        assert!(!worker.is_finished(), "it waits");
        // The first statements may meet a connection that was cut.
        while wish(&db, JobName::Rerank, &clock).await.is_err() {}
        // As both programs do: the first run's end may not have been recorded, and its lease has to pass then.
        let again = async {
            loop {
                if let Ok(job) = timeout(LOOK_EVERY, runs.recv()).await {
                    return job;
                }
                // The next look repeats what fails.
                let _ = queue::wake_unserved(&db, clock.now()).await;
            }
        };
        assert_eq!(timeout(PATIENCE, again).await?, Some(JobName::Rerank));
        let _ended = stop.send(());
        timeout(PATIENCE, worker).await???;
        Ok(())
    })
    .await;
}
