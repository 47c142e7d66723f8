//! How fast the lists are read: `cargo bench -p relance-shared --features testing --bench listing -- [PROJECTS]` prints the
//! figures on the embedded database and, when `RELANCE_BENCH_POSTGRES` names a cluster, on `PostgreSQL`. Goal at 100,000
//! pending projects: first and last page under 2 ms.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::time::{Duration, Instant};

use relance_shared::config::environment;
use relance_shared::db::{Db, Engine};
use relance_shared::listing::store::{find, page, place_of};
use relance_shared::testing::day;
use relance_shared::testing::store::a_client;
use relance_shared::{on_engine, queue};
use sqlx::AssertSqlSafe;

/// Times that each page is read.
const READS: usize = 500;

// One statement for all rows; only ids and instants are spelled differently. Half of the clients were heard.
const SEED_SQLITE: &str = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
    INSERT INTO projects (id, reference, client_id, title, description, published_at, details_at, state, rank_key, ranked_at)
    SELECT randomblob(16), printf('L%08d', i), (SELECT id FROM clients), 'Projet ' || i, '', $2, $2, 'pending',
        1700000000 + (i * 7919) % 60000000, $2 FROM n";
const SEED_POSTGRES: &str = "INSERT INTO projects
        (id, reference, client_id, title, description, published_at, details_at, state, rank_key, ranked_at)
    SELECT gen_random_uuid(), 'L' || lpad(i::TEXT, 8, '0'), (SELECT id FROM clients), 'Projet ' || i, '', $2, $2,
        'pending', 1700000000 + (i * 7919) % 60000000, $2 FROM generate_series(0, $1 - 1) AS i";
const FACTS: &str = "INSERT INTO project_facts (project_id, last_sign_at, last_sign_kind, mails_unanswered,
        calls_unanswered, mails_total, calls_total, changed_at)
    SELECT id, $1, 'login', 2, 1, 4, 2, $1 FROM projects WHERE reference LIKE '%0' OR reference LIKE '%5'";

#[tokio::main]
async fn main() {
    let projects = std::env::args()
        .find_map(|a| a.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("bench.sqlite").display());
    measure("SQLite", &Db::open(&url).await.unwrap(), projects).await;
    if let Some(cluster) = environment("RELANCE_BENCH_POSTGRES") {
        let admin = Db::open(&cluster).await.unwrap();
        for statement in [
            "DROP DATABASE IF EXISTS relance_bench_listing WITH (FORCE)",
            "CREATE DATABASE relance_bench_listing",
        ] {
            on_engine!(admin.write(), pool => sqlx::query(statement).execute(pool).await.map(drop))
                .unwrap();
        }
        let base = cluster.rsplit_once('/').unwrap().0;
        let db = Db::open(&format!("{base}/relance_bench_listing"))
            .await
            .unwrap();
        measure("PostgreSQL", &db, projects).await;
        db.close().await;
        let drop_it = "DROP DATABASE relance_bench_listing WITH (FORCE)";
        on_engine!(admin.write(), pool => sqlx::query(drop_it).execute(pool).await.map(drop))
            .unwrap();
    }
}

async fn seed(db: &Db, projects: i64) {
    db.migrate().await.unwrap();
    queue::migrate(db).await.unwrap();
    a_client(db, "C1", day(0)).await.unwrap();
    let seed = match db.write() {
        Engine::Sqlite(_) => SEED_SQLITE,
        Engine::Postgres(_) => SEED_POSTGRES,
    };
    on_engine!(db.write(), pool => sqlx::query(seed).bind(projects).bind(day(0)).execute(pool).await.map(drop)).unwrap();
    on_engine!(db.write(), pool => sqlx::query(FACTS).bind(day(1)).execute(pool).await.map(drop))
        .unwrap();
    if let Engine::Postgres(pool) = db.write() {
        sqlx::query(AssertSqlSafe("VACUUM ANALYZE"))
            .execute(pool)
            .await
            .unwrap();
    }
}

async fn measure(engine: &str, db: &Db, projects: i64) {
    seed(db, projects).await;
    let last = page(db, 1).await.unwrap().pages;
    for (what, number) in [
        ("first page", 1),
        ("page in the middle", last / 2),
        ("last page", last),
    ] {
        let mut times = Vec::with_capacity(READS);
        for _ in 0..READS {
            let began = Instant::now();
            assert!(!page(db, number).await.unwrap().projects.is_empty());
            times.push(began.elapsed());
        }
        told(engine, projects, what, times);
    }
    let reference = page(db, last).await.unwrap().projects[0].reference.clone();
    let mut times = Vec::with_capacity(READS);
    for _ in 0..READS {
        let began = Instant::now();
        let project = find(db, &reference).await.unwrap().unwrap();
        place_of(db, project.id).await.unwrap().unwrap();
        times.push(began.elapsed());
    }
    told(
        engine,
        projects,
        "a project of the last page and its place",
        times,
    );
}

fn told(engine: &str, projects: i64, what: &str, mut times: Vec<Duration>) {
    times.sort();
    let milliseconds = |at: usize| times[at].as_secs_f64() * 1_000.0;
    println!(
        "{engine}, {projects} projects, {what}: p50 {:.2} ms, p99 {:.2} ms",
        milliseconds(READS / 2),
        milliseconds(READS * 99 / 100)
    );
}
