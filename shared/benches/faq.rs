//! How long a question takes, and the reading of the whole content; prints what the index holds. Goals: p99 under 1 ms a
//! question, under 30 MiB for the index, a reload under 0.5 s. The same questions go to `SQLite`'s FTS5 with trigrams, as a
//! yardstick for the time; what it finds is counted too.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use relance_shared::faq::content::{self, built_in};
use relance_shared::faq::eval::{self, Example};
use relance_shared::faq::{Index, Question, normalise};
use sqlx::sqlite::SqlitePool;

/// Rounds over all questions for the percentiles.
const ROUNDS: usize = 20;

fn examples() -> Vec<Example> {
    let files = built_in();
    let golden = files.iter().find(|file| file.path == content::GOLDEN);
    eval::read(&golden.expect("the stored messages").text).expect("JSON")
}

fn question(text: &str) -> Question<'_> {
    Question {
        text,
        locale: None,
        audience: None,
    }
}

fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// The most that this process has held, in MiB; none where `/proc` is not there.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

fn asking(c: &mut Criterion) {
    let before = peak_mib();
    let begun = Instant::now();
    let index = Index::built_in();
    println!("read and learned in {:?}", begun.elapsed());
    if let (Some(before), Some(after)) = (before, peak_mib()) {
        println!("peak {before:.1} MiB before, {after:.1} MiB after");
    }
    let examples = examples();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        for example in &examples {
            let begun = Instant::now();
            black_box(index.ask(&question(&example.text)));
            times.push(begun.elapsed());
        }
    }
    let (p50, p99) = percentiles(times);
    println!(
        "{} questions, {} KiB; a question p50 {p50:?}, p99 {p99:?}",
        index.rows(),
        index.bytes() / 1024
    );
    println!(
        "{:?}",
        eval::measure(&examples, &eval::ask_all(&index, &examples))
    );
    c.bench_function("a question", |b| {
        b.iter(|| index.ask(&question(black_box("cmt récupérer mes credits svp"))));
    });
    c.bench_function("reload", |b| b.iter(Index::built_in));
}

/// The best entry by FTS5 with trigrams, any trigram counting; `bm25` orders.
const TRIGRAM: &str = "SELECT entry FROM questions WHERE questions MATCH $1 ORDER BY rank LIMIT 1";

fn trigrams(text: &str) -> String {
    let letters: Vec<char> = normalise::fold(text)
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let all = letters
        .windows(3)
        .map(|three| format!("\"{}\"", three.iter().collect::<String>()));
    all.collect::<Vec<_>>().join(" OR ")
}

fn yardstick(_: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("threads");
    let (index, examples) = (Index::built_in(), examples());
    runtime.block_on(async {
        let options = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
        let pool: SqlitePool = options.connect("sqlite::memory:").await.expect("memory");
        let made = "CREATE VIRTUAL TABLE questions USING fts5(text, entry UNINDEXED, tokenize = 'trigram')";
        sqlx::query(made).execute(&pool).await.expect("FTS5 is there");
        for entry in &index.entries {
            for text in entry.fr.questions().chain(entry.en.questions()) {
                let row = sqlx::query("INSERT INTO questions (text, entry) VALUES ($1, $2)");
                row.bind(normalise::fold(text)).bind(&entry.id).execute(&pool).await.expect("a row");
            }
        }
        let (mut times, mut right, mut answerable) = (Vec::new(), 0_u32, 0_u32);
        for example in examples.iter().filter(|example| example.expect.is_some()) {
            let begun = Instant::now();
            let found: Option<String> = sqlx::query_scalar(TRIGRAM)
                .bind(trigrams(&example.text))
                .fetch_optional(&pool)
                .await
                .expect("a search");
            times.push(begun.elapsed());
            answerable += 1;
            right += u32::from(found.is_some_and(|id| example.accepts(&id)));
        }
        let (p50, p99) = percentiles(times);
        println!(
            "FTS5 trigrams on the same questions: first right {:.3}, p50 {p50:?}, p99 {p99:?}",
            f64::from(right) / f64::from(answerable)
        );
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = asking, yardstick
}
criterion_main!(benches);
