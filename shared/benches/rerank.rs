//! The whole list put in order in the database: `cargo bench -p relance-shared --features testing --bench rerank -- [PROJECTS]` prints the
//! figures on the embedded database and, when `RELANCE_BENCH_POSTGRES` names a cluster, on `PostgreSQL`. Goals at a
//! million: a pass under 10 s and 1 GiB, one answer placed under 50 ms, nothing written when nothing changed.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use relance_shared::account::ClientId;
use relance_shared::config::environment;
use relance_shared::contact::{Channel, Line, LineKind, Stage};
use relance_shared::db::{Db, Engine};
use relance_shared::listing;
use relance_shared::project::ProjectId;
use relance_shared::testing::store::an_award;
use relance_shared::{on_engine, queue, ranking};
use serde_json::json;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Days that the invented past spans.
const SPAN_DAYS: i64 = 700;
/// Projects awarded on the platform; the rest is pending.
const AWARDED: i64 = 8_000;
const ROWS_PER_STATEMENT: i64 = 20_000;

fn end() -> DateTime<Utc> {
    "2026-11-01T02:30:00Z".parse().unwrap()
}

fn id(n: i64) -> Uuid {
    // Spread like the random end of real ids.
    let n = u64::try_from(n).unwrap();
    Uuid::from_u64_pair(
        0x0190_0000_0000_7000 + (n << 16),
        n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 << 63,
    )
}

fn published(n: i64, of: i64) -> DateTime<Utc> {
    end() - TimeDelta::minutes((of - n) * SPAN_DAYS * 1_440 / of)
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
        let create = "DROP DATABASE IF EXISTS relance_bench WITH (FORCE)";
        on_engine!(admin.write(), pool => sqlx::query(create).execute(pool).await.map(drop))
            .unwrap();
        on_engine!(admin.write(), pool => sqlx::query("CREATE DATABASE relance_bench").execute(pool).await.map(drop))
            .unwrap();
        let base = cluster.rsplit_once('/').unwrap().0;
        measure(
            "PostgreSQL",
            &Db::open(&format!("{base}/relance_bench")).await.unwrap(),
            projects,
        )
        .await;
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
    let pass = async |what: &str, at: DateTime<Utc>| {
        let began = Instant::now();
        let done = ranking::store::publish(db, 0, at).await.unwrap();
        println!(
            "{engine}: {what}: {:.2} s, {} of {} written, by a learned line: {}, peak memory {} MiB",
            began.elapsed().as_secs_f64(),
            done.moved,
            done.projects,
            done.model.is_some(),
            peak_mebibytes()
        );
    };
    pass("first pass, folding and learning included", end()).await;
    pass("again, nothing changed", end()).await;
    pass("six hours later", end() + TimeDelta::hours(6)).await;
    pass("a day later, learning included", end() + TimeDelta::days(1)).await;
    let at = end() + TimeDelta::days(1);
    let began = Instant::now();
    for n in 0..100 {
        one_answer(db, n * projects / 100 + 1, at).await;
    }
    println!(
        "{engine}: one answer placed: {:.1} ms (mean of 100)",
        began.elapsed().as_secs_f64() * 10.0
    );
    let whole = listing::store::verify(db).await.unwrap();
    assert!(whole.is_whole(), "{whole:?}");
}

fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0)
        / 1_024
}

async fn one_answer(db: &Db, n: i64, at: DateTime<Utc>) {
    let mut tx = db.begin().await.unwrap();
    let line = Line {
        client: ClientId::from(id(n)),
        project: Some(ProjectId::from(id(n))),
        kind: LineKind::Answer,
        channel: Channel::Email,
        stage: Some(Stage::Searching),
        ask_again_at: None,
        note: None,
        source: format!("bench:{n}"),
        at,
    };
    relance_shared::contact::store::append(&mut tx, &[line], at)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

// What the engines read lists of rows with.
const CLIENTS: [&str; 2] = [
    "INSERT INTO clients (id, reference, name, phone, locale, zone, profile_at, mails, created_at)
     SELECT unhex(value ->> 0), value ->> 1, 'Client', '+33639980000', 'fr', 'Europe/Paris', value ->> 2, 'normal', value ->> 2
     FROM json_each($1)",
    "INSERT INTO clients (id, reference, name, phone, locale, zone, profile_at, mails, created_at)
     SELECT (value ->> 0)::UUID, value ->> 1, 'Client', '+33639980000', 'fr', 'Europe/Paris',
        (value ->> 2)::TIMESTAMPTZ, 'normal', (value ->> 2)::TIMESTAMPTZ FROM json_array_elements($1::json)",
];
const PROJECTS: [&str; 2] = [
    "INSERT INTO projects (id, reference, client_id, title, description, published_at, details_at, state, rank_key, ranked_at)
     SELECT unhex(value ->> 0), value ->> 1, unhex(value ->> 0), 'Projet', '', value ->> 2, value ->> 2, 'pending',
        value ->> 3, value ->> 2 FROM json_each($1)",
    "INSERT INTO projects (id, reference, client_id, title, description, published_at, details_at, state, rank_key, ranked_at)
     SELECT (value ->> 0)::UUID, value ->> 1, (value ->> 0)::UUID, 'Projet', '', (value ->> 2)::TIMESTAMPTZ,
        (value ->> 2)::TIMESTAMPTZ, 'pending', (value ->> 3)::BIGINT, (value ->> 2)::TIMESTAMPTZ
     FROM json_array_elements($1::json)",
];
const LINES: [&str; 2] = [
    "INSERT INTO contacts (client_id, project_id, kind, channel, source, at, known_at)
     SELECT unhex(value ->> 0), unhex(value ->> 0), value ->> 1, 'platform', value ->> 2, value ->> 3, value ->> 3
     FROM json_each($1)",
    "INSERT INTO contacts (client_id, project_id, kind, channel, source, at, known_at)
     SELECT (value ->> 0)::UUID, (value ->> 0)::UUID, value ->> 1, 'platform', value ->> 2, (value ->> 3)::TIMESTAMPTZ,
        (value ->> 3)::TIMESTAMPTZ FROM json_array_elements($1::json)",
];

async fn put(db: &Db, statements: [&'static str; 2], rows: &[serde_json::Value]) {
    let text = json!(rows).to_string();
    match db.write() {
        Engine::Sqlite(pool) => sqlx::query(statements[0])
            .bind(text)
            .execute(pool)
            .await
            .map(drop)
            .unwrap(),
        Engine::Postgres(pool) => sqlx::query(statements[1])
            .bind(text)
            .execute(pool)
            .await
            .map(drop)
            .unwrap(),
    }
}

async fn seed(db: &Db, projects: i64) {
    let provider = relance_shared::testing::store::a_provider(db, "V1", end())
        .await
        .unwrap();
    for first in (0..projects).step_by(usize::try_from(ROWS_PER_STATEMENT).unwrap()) {
        let range = first..(first + ROWS_PER_STATEMENT).min(projects);
        let rows: Vec<_> = (range.clone())
            .map(|n| {
                let at = published(n, projects);
                json!([
                    id(n).simple().to_string(),
                    format!("L{n:08}"),
                    at,
                    at.timestamp()
                ])
            })
            .collect();
        put(db, CLIENTS, &rows).await;
        put(db, PROJECTS, &rows).await;
        put(
            db,
            LINES,
            &range.flat_map(|n| lines(n, projects)).collect::<Vec<_>>(),
        )
        .await;
    }
    let stride = stride(projects);
    for n in (0..projects).step_by(usize::try_from(stride).unwrap()) {
        award(db, n, projects, provider).await;
    }
    if let Engine::Postgres(pool) = db.write() {
        sqlx::query(AssertSqlSafe("VACUUM ANALYZE"))
            .execute(pool)
            .await
            .unwrap();
    }
}

/// Every so many projects one is awarded.
fn stride(projects: i64) -> i64 {
    (projects / AWARDED).max(2)
}

/// A letter for everybody; two in five come by, those that will be awarded more often.
fn lines(n: i64, of: i64) -> Vec<serde_json::Value> {
    let key = id(n).simple().to_string();
    let at = |days: i64| (published(n, of) + TimeDelta::days(days)).min(end());
    let mut lines = vec![json!([key, "letter_sent", format!("l{n}"), at(3)])];
    let visits = if n % (of / AWARDED).max(1) == 0 {
        5
    } else {
        n % 5 / 3
    };
    lines.extend(
        (0..visits).map(|v| json!([key, "login", format!("v{n}-{v}"), at(4 + 4 * v + n % 11)])),
    );
    lines
}

async fn award(db: &Db, n: i64, of: i64, provider: relance_shared::account::ProviderId) {
    let at = published(n, of) + TimeDelta::days(28);
    if at > end() {
        return;
    }
    an_award(db, &format!("L{n:08}"), provider, at)
        .await
        .unwrap();
}
