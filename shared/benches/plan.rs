//! The follow-ups of a whole marketplace: `cargo bench -p relance-shared --features testing --bench plan -- [PROJECTS]`
//! prints the figures on the embedded database and, when `RELANCE_BENCH_POSTGRES` names a cluster, on `PostgreSQL`.
//! Goals at 100,000 projects: a plan under 5 s, an idle run next to nothing, memory that does not grow with the table.
//! A run changes the database, so each figure is of one run: criterion's repetitions would measure idle ones.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use relance_shared::clock::Clock;
use relance_shared::config::environment;
use relance_shared::db::{Db, Engine};
use relance_shared::env::Env;
use relance_shared::follow_up::store::{Planned, plan, preview};
use relance_shared::mail::Composer;
use relance_shared::{coverage, on_engine, queue};
use sqlx::AssertSqlSafe;

/// Projects of one client, in fifths: most have one, some have more.
const PROJECTS_PER_THREE_CLIENTS: i64 = 5;

// Instants as sqlx writes them. Five in six were asked within the last month, the others never.
const SEED_SQLITE: [&str; 3] = [
    "INSERT INTO clients (id, reference, name, email, phone, locale, zone, profile_at, mails, created_at)
    WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < $2)
    SELECT randomblob(16), 'C' || n, 'Client ' || n, 'c' || n || '@clients.example', '+33639980000', 'fr', 'Europe/Paris',
        $1, 'normal', $1 FROM s",
    "INSERT INTO projects (id, reference, client_id, title, description, published_at, details_at, state, rank_key, ranked_at)
    WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < $2)
    SELECT randomblob(16), 'P' || n, (SELECT id FROM clients WHERE reference = 'C' || (1 + n % $3)), 'Refonte du site ' || n,
        '', strftime('%Y-%m-%dT%H:%M:%S+00:00', $1, '-' || (1 + n % 700) || ' days'), $1, 'pending', n, $1 FROM s",
    "INSERT INTO project_facts (project_id, mails_unanswered, calls_unanswered, mails_total, calls_total, asked_at, changed_at)
    SELECT id, 1, 0, 1, 0, strftime('%Y-%m-%dT%H:%M:%S+00:00', $1, '-' || (rank_key % 30) || ' days', '-' || (rank_key % 600) || ' minutes'), $1
    FROM projects WHERE rank_key % 6 > 0 AND published_at < strftime('%Y-%m-%dT%H:%M:%S+00:00', $1, '-30 days')",
];
const SEED_POSTGRES: [&str; 3] = [
    "INSERT INTO clients (id, reference, name, email, phone, locale, zone, profile_at, mails, created_at)
    SELECT gen_random_uuid(), 'C' || n, 'Client ' || n, 'c' || n || '@clients.example', '+33639980000', 'fr', 'Europe/Paris',
        $1, 'normal', $1 FROM generate_series(1, $2) AS s(n)",
    "INSERT INTO projects (id, reference, client_id, title, description, published_at, details_at, state, rank_key, ranked_at)
    SELECT gen_random_uuid(), 'P' || n, c.id, 'Refonte du site ' || n, '', $1 - (1 + n % 700) * INTERVAL '1 day', $1,
        'pending', n, $1 FROM generate_series(1, $2) AS s(n) JOIN clients c ON c.reference = 'C' || (1 + n % $3)",
    "INSERT INTO project_facts (project_id, mails_unanswered, calls_unanswered, mails_total, calls_total, asked_at, changed_at)
    SELECT id, 1, 0, 1, 0, $1 - (rank_key % 30) * INTERVAL '1 day' - (rank_key % 600) * INTERVAL '1 minute', $1
    FROM projects WHERE rank_key % 6 > 0 AND published_at < $1 - INTERVAL '30 days'",
];

fn start() -> DateTime<Utc> {
    // A Tuesday morning in office hours.
    "2026-11-03T09:00:00Z".parse().unwrap()
}

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
        for sql in [
            "DROP DATABASE IF EXISTS relance_bench_plan WITH (FORCE)",
            "CREATE DATABASE relance_bench_plan",
        ] {
            on_engine!(admin.write(), pool => sqlx::query(sql).execute(pool).await.map(drop))
                .unwrap();
        }
        let base = cluster.rsplit_once('/').unwrap().0;
        let db = Db::open(&format!("{base}/relance_bench_plan"))
            .await
            .unwrap();
        measure("PostgreSQL", &db, projects).await;
    }
}

async fn measure(engine: &str, db: &Db, projects: i64) {
    db.migrate().await.unwrap();
    queue::migrate(db).await.unwrap();
    let began = Instant::now();
    seed(db, projects).await;
    println!(
        "{engine}: {projects} projects seeded in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    let env = Env::for_tests(db, &Clock::fixed(start()));
    let composer = Composer::new(&env.settings, &env.keys).unwrap();
    let run = async |what: &str, at: DateTime<Utc>, people_max: u32| -> Planned {
        let began = Instant::now();
        let done = plan(db, &composer, &env.settings.follow_up, people_max, at)
            .await
            .unwrap();
        println!(
            "{engine}: {what}: {:.3} s; {} reckoned, {} letters, {} calls, {} projects asked, {} later; peak memory {} MiB",
            began.elapsed().as_secs_f64(),
            done.reckoned,
            done.letters,
            done.calls,
            done.projects,
            done.later,
            peak_mebibytes()
        );
        done
    };
    run("everything reckoned, the stop stands", start(), 1).await;
    run("nothing learned, the stop stands", start(), 1).await;
    run("all that is due", start(), u32::MAX).await;
    run("idle", start(), 500).await;
    let began = Instant::now();
    let seen = preview(db, &env.settings.follow_up, start() + TimeDelta::days(1))
        .await
        .unwrap();
    println!(
        "{engine}: preview of tomorrow: {:.3} s, {} letters, {} calls",
        began.elapsed().as_secs_f64(),
        seen.letters,
        seen.calls
    );
    run("a day later", start() + TimeDelta::days(1), u32::MAX).await;
    let began = Instant::now();
    coverage::store::coverage(db, start() + TimeDelta::days(1))
        .await
        .unwrap();
    println!("{engine}: coverage: {:.3} s", began.elapsed().as_secs_f64());
}

async fn seed(db: &Db, projects: i64) {
    let clients = projects * 3 / PROJECTS_PER_THREE_CLIENTS;
    let statements = match db.write() {
        Engine::Sqlite(_) => SEED_SQLITE,
        Engine::Postgres(_) => SEED_POSTGRES,
    };
    let counts = [clients, projects, projects];
    for (sql, count) in statements.into_iter().zip(counts) {
        on_engine!(db.write(), pool => {
            let query = sqlx::query(sql).bind(start());
            let query = if sql.contains("$2") { query.bind(count) } else { query };
            let query = if sql.contains("$3") { query.bind(clients) } else { query };
            query.execute(pool).await.map(drop)
        })
        .unwrap();
    }
    if let Engine::Postgres(pool) = db.write() {
        sqlx::query(AssertSqlSafe("VACUUM ANALYZE"))
            .execute(pool)
            .await
            .unwrap();
    }
}

fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0)
        / 1_024
}
