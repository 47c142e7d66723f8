//! Letters rendered, put, claimed, handed to a local sink and recorded durably, per second, on both engines; and nodemailer
//! with its pool against the same sink in the same run.
//!
//! `cargo bench -p relance-worker --bench outbox`; `PostgreSQL` when `RELANCE_TEST_POSTGRES` names a cluster, which for
//! figures that mean something keeps `fsync` on. Needs `smtp-sink` (Debian's package postfix); npm for nodemailer.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use relance_shared::account::{ClientId, Locale};
use relance_shared::clock::Clock;
use relance_shared::config::{MailTransport, Settings};
use relance_shared::db::{Db, Engine};
use relance_shared::env::Env;
use relance_shared::mail::{Composer, FollowUpProject, FollowUpValues, Letter, LetterKind};
use relance_shared::outbox::store;
use relance_shared::project::ProjectId;
use relance_shared::testing::store::{a_client, a_pending_project};
use relance_shared::testing::{day, each_engine};
use relance_worker::jobs::drain_outbox::drain;

/// Clients with a project each; every one is written to several times.
const CLIENTS: usize = 1_000;
const LETTERS: usize = 20_000;
/// Letters that one transaction puts.
const PUT: usize = 500;

/// A running `smtp-sink`, stopped when dropped.
struct Sink {
    child: Child,
    port: u16,
}

impl Sink {
    fn start() -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("smtp-sink")
            .args(["-u", "postfix", &format!("127.0.0.1:{port}"), "1000"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("smtp-sink is not there: install Debian's package postfix")?;
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            anyhow::ensure!(
                started.elapsed() < Duration::from_secs(10),
                "smtp-sink does not listen"
            );
            std::thread::yield_now();
        }
        Ok(Self { child, port })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Gone already: nothing to stop.
        let _killed = self.child.kill();
        let _status = self.child.wait();
    }
}

fn env(db: &Db, port: u16) -> Env {
    let mut settings = Settings::default();
    settings.mail.transport = MailTransport::Smtp;
    settings.mail.smtp_url = Some(format!("smtp://127.0.0.1:{port}").into());
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

async fn measure(db: Db, port: u16) -> anyhow::Result<()> {
    println!(
        "{}",
        if matches!(db.read(), Engine::Sqlite(_)) {
            "SQLite (WAL, FULL)"
        } else {
            "PostgreSQL"
        }
    );
    let env = env(&db, port);
    let mut people = Vec::new();
    for n in 0..CLIENTS {
        let client = a_client(&db, &format!("C{n}"), day(0)).await?;
        people.push((
            client,
            a_pending_project(&db, client, &format!("P{n}"), day(0)).await?,
        ));
    }
    let composer = Composer::new(&env.settings, &env.keys)?;
    let began = Instant::now();
    let mut letters = Vec::with_capacity(LETTERS);
    for n in 0..LETTERS {
        let (client, project) = people[n % CLIENTS];
        letters.push(composer.compose(&letter(client, project, n), day(30))?);
    }
    let rendered = began.elapsed();
    let putting = Instant::now();
    let bytes = letters.iter().map(|letter| letter.raw.len()).sum::<usize>() / LETTERS;
    for letters in letters.chunks(PUT) {
        let mut tx = db.begin().await?;
        store::put(&mut tx, letters, day(30)).await?;
        tx.commit().await?;
    }
    let put = putting.elapsed();
    let claiming = Instant::now();
    let drained = drain(&env).await?;
    let (handed_over, whole) = (claiming.elapsed(), began.elapsed());
    anyhow::ensure!(drained.accepted == LETTERS, "{drained:?}");
    rate(&format!("rendered ({bytes} bytes each)"), LETTERS, rendered);
    rate("put, durably", LETTERS, put);
    rate(
        "claimed, handed over, recorded, durably",
        LETTERS,
        handed_over,
    );
    rate("all of it, one after the other", LETTERS, whole);
    Ok(())
}

/// nodemailer's pool sends as many messages of about that size to the same sink.
fn peer(port: u16) -> anyhow::Result<()> {
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
        .arg(port.to_string())
        .arg("5000")
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
    let sink = Sink::start()?;
    let port = sink.port;
    println!("{LETTERS} letters to smtp-sink, one process");
    each_engine(async |db| measure(db, port).await).await;
    peer(port)
}
