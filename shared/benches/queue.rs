//! From a wish to the start of its job, and what waiting costs: `cargo bench -p relance-shared --features testing --bench
//! queue` prints the figures on the embedded database and, when `RELANCE_BENCH_POSTGRES` names a cluster, on `PostgreSQL`.
//! Goals: p50 5 ms and p99 25 ms on `PostgreSQL`, p99 110 ms on `SQLite` (10 ms when the same process wished), idle under
//! 0.2 % of a processor and 25 MB.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use relance_shared::clock::Clock;
use relance_shared::config::environment;
use relance_shared::db::Db;
use relance_shared::on_engine;
use relance_shared::queue::{self, JobName, Running};
use tokio::sync::{Notify, mpsc};

const WISHES: usize = 200;
const PAUSE: Duration = Duration::from_millis(53);
const IDLE: Duration = Duration::from_secs(15);
/// Nothing happens any more when nothing happened for so long.
const QUIET: Duration = Duration::from_secs(2);

fn micros() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_micros()
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|a| a == "--wish") {
        return wish(&Db::open(&args[at + 1]).await.unwrap()).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("bench.sqlite").display());
    measure("SQLite", &url).await;
    if let Some(cluster) = environment("RELANCE_BENCH_POSTGRES") {
        let admin = Db::open(&cluster).await.unwrap();
        let drop_old = "DROP DATABASE IF EXISTS relance_queue WITH (FORCE)";
        on_engine!(admin.write(), pool => sqlx::query(drop_old).execute(pool).await.map(drop))
            .unwrap();
        on_engine!(admin.write(), pool => sqlx::query("CREATE DATABASE relance_queue").execute(pool).await.map(drop))
            .unwrap();
        let base = cluster.rsplit_once('/').unwrap().0;
        measure("PostgreSQL", &format!("{base}/relance_queue")).await;
    }
}

/// Wishes and prints when each began to be committed.
async fn wish(db: &Db) {
    for _ in 0..WISHES {
        let mut tx = db.begin().await.unwrap();
        queue::hurry(&mut tx, JobName::Rerank, Clock::system().now())
            .await
            .unwrap();
        println!("{}", micros());
        tx.commit().await.unwrap();
        tokio::time::sleep(PAUSE).await;
    }
}

async fn measure(engine: &str, url: &str) {
    let db = Db::open(url).await.unwrap();
    db.migrate().await.unwrap();
    queue::migrate(&db).await.unwrap();
    let (started, mut starts) = mpsc::unbounded_channel();
    let stop = Arc::new(Notify::new());
    let worker = {
        let (db, stop) = (db.clone(), stop.clone());
        let work = Arc::new(move |_| -> Running {
            let _ = started.send(micros());
            Box::pin(async { Ok(()) })
        });
        tokio::spawn(async move {
            let stopped = async move { stop.notified().await };
            queue::run(&db, &Clock::system(), "bench", &JobName::ALL, work, stopped).await
        })
    };
    tokio::time::sleep(QUIET).await;
    idle(engine).await;
    let mut wishes = Vec::new();
    for _ in 0..WISHES {
        let mut tx = db.begin().await.unwrap();
        queue::hurry(&mut tx, JobName::Rerank, Clock::system().now())
            .await
            .unwrap();
        wishes.push(micros());
        tx.commit().await.unwrap();
        tokio::time::sleep(PAUSE).await;
    }
    tell(
        engine,
        "wished in the same process",
        &wishes,
        &begun(&mut starts).await,
    );
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--wish", url])
        .stdout(Stdio::piped())
        .spawn();
    let output = tokio::task::spawn_blocking(move || child.unwrap().wait_with_output().unwrap())
        .await
        .unwrap();
    let wishes = String::from_utf8(output.stdout).unwrap();
    let wishes: Vec<u128> = wishes.lines().map(|line| line.parse().unwrap()).collect();
    tell(
        engine,
        "wished in another process",
        &wishes,
        &begun(&mut starts).await,
    );
    stop.notify_one();
    worker.await.unwrap().unwrap();
}

async fn idle(engine: &str) {
    let (cpu, began) = (cpu_ticks(), micros());
    tokio::time::sleep(IDLE).await;
    let share = f64::from(cpu_ticks() - cpu) / 100.0 / (f64_of(micros() - began) / 1e6);
    println!(
        "{engine}: idle {:.2} % of a processor, {} MiB resident",
        share * 100.0,
        resident_mebibytes()
    );
}

/// When the job started, once it has been quiet for a while.
async fn begun(starts: &mut mpsc::UnboundedReceiver<u128>) -> Vec<u128> {
    let mut begun = Vec::new();
    while let Ok(Some(start)) = tokio::time::timeout(QUIET, starts.recv()).await {
        begun.push(start);
    }
    begun
}

/// A wish counts from its commit on and is served by the first start after that; one start may serve several.
fn tell(engine: &str, how: &str, wishes: &[u128], starts: &[u128]) {
    let mut waits: Vec<u128> = wishes
        .iter()
        .map(|wished| {
            let start = starts.iter().find(|start| *start >= wished);
            start.expect("each wish is served") - wished
        })
        .collect();
    waits.sort_unstable();
    let at = |share: usize| f64_of(waits[(waits.len() * share / 100).min(waits.len() - 1)]) / 1e3;
    println!(
        "{engine}: {how}: to the start p50 {:.1} ms, p99 {:.1} ms ({} wishes)",
        at(50),
        at(99),
        waits.len()
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of a bench fit a double exactly"
)]
fn f64_of(n: u128) -> f64 {
    n as f64
}

/// Hundredths of a second that this process has used.
fn cpu_ticks() -> u32 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap()
}

fn resident_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let rss = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    rss.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
}
