//! How long a history takes to import. Goal: 48,000 rows under 10 s on each engine.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use relance_shared::clock::Clock;
use relance_shared::env::Env;
use relance_shared::testing::{day, each_engine};
use relance_worker::import::import;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Posted projects; each has 13 events: some 48,000 rows together.
const LISTINGS: i64 = 3_400;

fn a_history(folder: &TempDir) {
    let mut listings = "listing_id,client_id,created_at,category,budget_eur,urgency\n".to_owned();
    let mut events = "at,listing_id,event,actor,detail\n".to_owned();
    for n in 0..LISTINGS {
        let at = |days: i64| day(n * 700 / LISTINGS + days - 1_000).to_rfc3339();
        writeln!(
            listings,
            "L{n},C{},{},seo,{},asap",
            n / 2,
            at(0),
            n % 97 * 50
        )
        .expect("text takes text");
        for bid in 0..8 {
            writeln!(events, "{},L{n},bid,P{},", at(bid + 1), (n * 7 + bid) % 300)
                .expect("text takes text");
        }
        for (days, name, detail) in [
            (3, "email_sent", ""),
            (5, "reply", "still_looking"),
            (7, "email_sent", ""),
            (8, "login", ""),
        ] {
            writeln!(events, "{},L{n},{name},,{detail}", at(days)).expect("text takes text");
        }
        let end = match n % 5 {
            0 => "client_cancelled",
            1 => "awarded",
            _ => "login",
        };
        writeln!(events, "{},L{n},{end},,", at(30)).expect("text takes text");
    }
    fs::write(folder.path().join("listings.csv"), listings).expect("a writable folder");
    fs::write(folder.path().join("events.csv"), events).expect("a writable folder");
}

fn imports(criterion: &mut Criterion) {
    let folder = TempDir::new().expect("a temporary folder");
    a_history(&folder);
    let runtime = Runtime::new().expect("threads and timers");
    let mut group = criterion.benchmark_group("import 48,000 rows of history");
    group.sample_size(10);
    // The harness gives a fresh database of each engine; their times are told apart below.
    for engine in 0..2 {
        let name = ["SQLite", "PostgreSQL"][engine];
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    let seen = std::sync::Mutex::new(Vec::new());
                    runtime.block_on(each_engine(async |db| {
                        let env = Env::for_tests(&db, &Clock::fixed(day(0)));
                        let begun = Instant::now();
                        import(&env, folder.path(), |_| {}).await?;
                        seen.lock().expect("nobody panicked").push(begun.elapsed());
                        Ok(())
                    }));
                    let seen = seen.into_inner().expect("nobody panicked");
                    spent += seen.get(engine).copied().unwrap_or_default();
                }
                spent.max(Duration::from_nanos(1))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, imports);
criterion_main!(benches);
