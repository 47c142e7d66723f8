//! For the tests of all crates: a migrated database of its own per test on each engine, days to count with, sample rows.

pub mod doors;
pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::config::environment;
use crate::db::Db;
use crate::queue;
use crate::token::Keys;

/// Names the running cluster that tests may create databases on, for example `postgres://postgres@127.0.0.1:5432/postgres`.
pub const POSTGRES_VARIABLE: &str = "RELANCE_TEST_POSTGRES";

/// The keys of every test's environment.
///
/// # Panics
/// Never: the key is long enough.
#[must_use]
pub fn keys() -> Keys {
    let key = SecretString::from("a key for tests only, long enough");
    Keys::new(key, None).expect("the key is long enough")
}

/// Runs `test` on `SQLite` and, when [`POSTGRES_VARIABLE`] is set, on `PostgreSQL`, each time on a fresh migrated database.
///
/// # Panics
/// When `test` fails on an engine (the message names it), or in continuous integration without a cluster.
pub async fn each_engine<F: AsyncFn(Db) -> anyhow::Result<()>>(test: F) {
    let (folder, db) = sqlite().await;
    if let Err(error) = test(db.clone()).await {
        panic!("on SQLite: {error:?}");
    }
    db.close().await;
    drop(folder);
    match environment(POSTGRES_VARIABLE) {
        Some(cluster) => {
            let (name, db) = store::postgres(&cluster)
                .await
                .expect("a database on the test cluster");
            let outcome = test(db.clone()).await;
            db.close().await;
            store::drop_postgres(&cluster, &name)
                .await
                .expect("the test's database can be dropped");
            if let Err(error) = outcome {
                panic!("on PostgreSQL: {error:?}");
            }
        }
        None => assert!(
            environment("CI").is_none(),
            "{POSTGRES_VARIABLE} must be set here"
        ),
    }
}

/// A migrated embedded database in a folder that lives as long as the first value.
///
/// # Panics
/// When the folder or the database cannot be made.
pub async fn sqlite() -> (TempDir, Db) {
    let folder = TempDir::new().expect("a temporary folder");
    let url = format!(
        "sqlite://{}",
        folder.path().join("relance.sqlite").display()
    );
    let db = Db::open(&url).await.expect("an embedded database opens");
    db.migrate().await.expect("the migrations run");
    queue::migrate(&db)
        .await
        .expect("the queue's migrations run");
    (folder, db)
}

/// Noon UTC of the `n`-th day of the tests; day 0 is Thursday 1 January 2026 (winter time in Paris).
///
/// # Panics
/// Never for days that fit a calendar.
#[must_use]
pub fn day(n: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_268_800, 0).expect("a valid instant") + TimeDelta::days(n)
}
