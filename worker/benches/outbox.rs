//! Letters rendered, put, claimed, handed to a local sink and recorded durably, per second, on both engines, plain and over
//! TLS with authentication; nodemailer with its pool against the same sinks in the same run; and what the sinks can take.
//!
//! `cargo bench -p relance-worker --bench outbox [-- plain|tls]`; `PostgreSQL` when `RELANCE_TEST_POSTGRES` names a cluster, which
//! for figures that mean something keeps `fsync` on. Plain goes to `smtp-sink` (Debian's package postfix), which speaks no TLS; the
//! other sink is this program, started once more. npm for nodemailer.

#[path = "outbox/sink.rs"]
mod sink;

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use relance_shared::account::{ClientId, Locale};
use relance_shared::clock::Clock;
use relance_shared::config::{MailTransport, Settings};
use relance_shared::db::{Db, Engine};
use relance_shared::env::Env;
use relance_shared::mail::{
    Composed, Composer, FollowUpProject, FollowUpValues, Letter, LetterKind,
};
use relance_shared::outbox::store;
use relance_shared::project::ProjectId;
use relance_shared::testing::store::{a_client, a_pending_project};
use relance_shared::testing::{day, each_engine};
use relance_worker::jobs::drain_outbox::drain;

use sink::Sink;

const LETTERS: usize = 20_000;
/// Clients with a project each; one is written to once, as a plan does it, and once more by the second way.
const CLIENTS: usize = LETTERS;
/// Letters that one transaction puts.
const PUT: usize = 500;

fn env(db: &Db, sink: &Sink) -> Env {
    let mut settings = Settings::default();
    settings.mail.transport = MailTransport::Smtp;
    settings.mail.smtp_url = Some(sink.url().into());
    settings.mail.smtp_ca = sink.certificate();
    settings.mail.per_second_max = u32::MAX;
    settings.mail.per_domain_minute_max = u32::MAX;
    Env {
        settings: Arc::new(settings),
        ..Env::for_tests(db, &Clock::fixed(day(30)))
    }
}

fn letter(client: ClientId, project: ProjectId, n: usize) -> Letter {
    let line = FollowUpProject {
        reference: format!("P{n}"),
        title: "Refonte d’un site vitrine pour un artisan".to_owned(),
        published_at: day(0),
    };
    Letter {
        kind: LetterKind::FollowUp,
        client: Some(client),
        provider: None,
        name: "Anne Durand".to_owned(),
        email: format!("C{}@clients.example", n % CLIENTS),
        locale: Locale::Fr,
        zone: chrono_tz::Europe::Paris,
        dedupe: format!("follow_up:{n}"),
        due_at: day(30),
        projects: vec![project],
        values: FollowUpValues {
            projects: vec![line],
        }
        .into_value(),
    }
}

fn rate(what: &str, letters: usize, took: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "a count of letters")]
    let per_second = letters as f64 / took.as_secs_f64();
    println!("  {what:<42} {per_second:>9.0}/s");
}

async fn measure(db: Db, sink: &Sink) -> anyhow::Result<()> {
    println!(
        "{}",
        if matches!(db.read(), Engine::Sqlite(_)) {
            "SQLite (WAL, FULL)"
        } else {
            "PostgreSQL"
        }
    );
    let env = env(&db, sink);
    let mut people = Vec::new();
    for n in 0..CLIENTS {
        let client = a_client(&db, &format!("C{n}"), day(0)).await?;
        people.push((
            client,
            a_pending_project(&db, client, &format!("P{n}"), day(0)).await?,
        ));
    }
    let composer = Arc::new(Composer::new(&env.settings, &env.keys)?);
    let began = Instant::now();
    let mut letters = Vec::with_capacity(LETTERS);
    for n in 0..LETTERS {
        let (client, project) = people[n % CLIENTS];
        letters.push(composer.compose(&letter(client, project, n), day(30))?);
    }
    let rendered = began.elapsed();
    let putting = Instant::now();
    let bytes = letters.iter().map(|letter| letter.raw.len()).sum::<usize>() / LETTERS;
    put(&db, &letters).await?;
    let stored = putting.elapsed();
    let claiming = Instant::now();
    let drained = drain(&env).await?;
    let (handed_over, whole) = (claiming.elapsed(), began.elapsed());
    anyhow::ensure!(drained.accepted == LETTERS, "{drained:?}");
    rate(&format!("rendered ({bytes} bytes each)"), LETTERS, rendered);
    rate("put, durably", LETTERS, stored);
    rate(
        "claimed, handed over, recorded, durably",
        LETTERS,
        handed_over,
    );
    rate("all of it, one after the other", LETTERS, whole);
    let together = both_at_once(&env, &composer, &people).await?;
    rate("all of it, planning while sending", LETTERS, together);
    Ok(())
}

async fn put(db: &Db, letters: &[Composed]) -> anyhow::Result<()> {
    for letters in letters.chunks(PUT) {
        let mut tx = db.begin().await?;
        store::put(&mut tx, letters, day(30)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The worker's own way: one job renders and puts, the other sends what is there, in one process.
async fn both_at_once(
    env: &Env,
    composer: &Arc<Composer>,
    people: &[(ClientId, ProjectId)],
) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let (tell, planned) = tokio::sync::watch::channel(false);
    let sending = async {
        let mut accepted = 0;
        loop {
            let is_last = *planned.borrow();
            accepted += drain(env).await?.accepted;
            if is_last {
                return anyhow::Ok(accepted);
            }
            tokio::task::yield_now().await;
        }
    };
    let planning = async {
        for first in (0..LETTERS).step_by(PUT) {
            let batch: Vec<Letter> = (first..first + PUT)
                .map(|n| {
                    let (client, project) = people[n % CLIENTS];
                    letter(client, project, LETTERS + n)
                })
                .collect();
            let writer = Arc::clone(composer);
            let letters = tokio::task::spawn_blocking(move || {
                let written = batch.iter().map(|letter| writer.compose(letter, day(30)));
                written.collect::<Result<Vec<_>, _>>()
            });
            put(&env.db, &letters.await??).await?;
        }
        tell.send(true)?;
        anyhow::Ok(())
    };
    let (accepted, ()) = tokio::try_join!(sending, planning)?;
    anyhow::ensure!(accepted == LETTERS, "{accepted} letters");
    Ok(began.elapsed())
}

/// nodemailer's pool sends as many messages of about that size to the same sink.
fn peer(sink: &Sink) -> anyhow::Result<()> {
    println!("nodemailer, pool, rendering nothing and recording nothing");
    let folder = tempfile::TempDir::new()?;
    let installed = Command::new("npm")
        .args([
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "nodemailer",
            "--prefix",
        ])
        .arg(folder.path())
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        println!("  skipped: npm cannot install it here");
        return Ok(());
    }
    let script = folder.path().join("nodemailer.mjs");
    std::fs::write(&script, include_str!("nodemailer.mjs"))?;
    let output = Command::new("node")
        .arg(script)
        .arg(sink.port().to_string())
        .arg("5000")
        .args(sink.certificate())
        .output()?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if asked.iter().any(|word| word == sink::SERVE) {
        return sink::serve().await;
    }
    println!("{LETTERS} letters, one process");
    for (name, start) in [
        ("plain", Sink::plain as fn() -> anyhow::Result<Sink>),
        ("tls", Sink::tls),
    ] {
        if ["plain", "tls"]
            .iter()
            .any(|one| asked.iter().any(|word| word == one))
            && !asked.iter().any(|word| word == name)
        {
            continue;
        }
        let sink = start()?;
        println!("--- {}", sink.name());
        if name == "plain" {
            let took = sink::ceiling(&sink, LETTERS).await?;
            rate(
                "the sink alone, from a sender that only sends",
                LETTERS,
                took,
            );
        }
        each_engine(async |db| measure(db, &sink).await).await;
        peer(&sink)?;
    }
    Ok(())
}
