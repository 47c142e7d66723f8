//! How fast the bot is, as a process of its own against the local Discord: ready, memory at rest, from dispatch to the
//! first answer at a steady rate. Run it with the program built for release: `cargo build --release -p relance-bot`, then
//! `cargo bench -p relance-tests --bench discord`. Compare only figures of one run: tails on a busy machine are its noise.

use std::fmt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use relance_shared::config::{Settings, environment};
use relance_shared::db::Db;
use relance_shared::testing::day;
use relance_shared::testing::store::{a_client, a_pending_project};
use relance_tests::discord::{Discord, GUILD, Way};
use serde_json::json;

/// Interactions a second. Source: the guide's comparison of libraries.
const RATE: u32 = 200;
/// Interactions of a run.
const COUNT: u32 = 2_000;
/// Pending projects behind the answers.
const PROJECTS: i64 = 500;
/// People who ask; each stays below the limit for one person.
const PEOPLE: u64 = 500;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo test --benches` calls this program too, without `--bench`.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let folder = tempfile::TempDir::new()?;
    let url = format!(
        "sqlite://{}",
        folder.path().join("relance.sqlite").display()
    );
    let db = Db::open(&url).await?;
    db.migrate().await?;
    let client = a_client(&db, "C1", day(0)).await?;
    for n in 0..PROJECTS {
        a_pending_project(&db, client, &format!("{}", 31_200 + n), day(n)).await?;
    }
    let discord = Discord::start(Way::Plain).await?;
    let began = Instant::now();
    let mut bot = spawn(&discord, &folder)?;
    discord.sessions(1).await?;
    let ready = began.elapsed();
    discord.registered().await?;
    let at_rest = Resident::of(bot.id())?;
    let mut beat = tokio::time::interval(Duration::from_secs(1) / RATE);
    for n in 0..COUNT {
        beat.tick().await;
        let page = json!([{"name": "page", "type": 4, "value": 1 + n % 20}]);
        let _ = discord.command(5_000 + u64::from(n) % PEOPLE, "fr", "pending", &page);
    }
    discord.answered(COUNT as usize).await?;
    let mut latencies = discord.latencies();
    latencies.sort_by(f64::total_cmp);
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 1_000];
    println!("ready after {ready:.0?}");
    println!("resident at rest {at_rest}");
    println!(
        "resident after {COUNT} interactions {}",
        Resident::of(bot.id())?
    );
    println!(
        "{RATE}/s, first answer: p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms",
        at(500),
        at(990),
        at(1_000)
    );
    bot.kill()?;
    bot.wait()?;
    discord.check()
}

fn spawn(discord: &Discord, folder: &tempfile::TempDir) -> anyhow::Result<Child> {
    let mut settings = Settings::default();
    discord.point(&mut settings);
    let base = settings
        .discord
        .api_base
        .context("the plain path has an address")?;
    Command::new(program()?)
        .args(["--data", &folder.path().display().to_string(), "run"])
        .env("RELANCE__DISCORD__TOKEN", "test-token")
        .env("RELANCE__DISCORD__API_BASE", base)
        .env("RELANCE__DISCORD__GUILD", GUILD.to_string())
        .stdout(Stdio::null())
        .spawn()
        .context("starting relance-bot: build it for release first")
}

/// The program beside this one's folder, or the one of `RELANCE_BOT`.
fn program() -> anyhow::Result<PathBuf> {
    if let Some(path) = environment("RELANCE_BOT") {
        return Ok(path.into());
    }
    let own = std::env::current_exe()?;
    let target = own
        .ancestors()
        .nth(2)
        .context("this program stands in target/release/deps")?;
    Ok(target.join("relance-bot"))
}

/// What a process keeps in memory, in MiB.
struct Resident {
    all: f64,
    /// Its own: heap, stacks, written pages. The rest is pages of the program's file, which the system can drop.
    own: f64,
}

impl Resident {
    fn of(process: u32) -> anyhow::Result<Self> {
        let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
        let mib = |name: &str| {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name));
            let kib: Option<f64> = line
                .and_then(|rest| rest.split_whitespace().next())
                .and_then(|kib| kib.parse().ok());
            anyhow::Ok(kib.with_context(|| format!("no {name} here"))? / 1024.0)
        };
        Ok(Self {
            all: mib("Rss:")?,
            own: mib("Anonymous:")?,
        })
    }
}

impl fmt::Display for Resident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1} MiB, of these its own {:.1} MiB",
            self.all, self.own
        )
    }
}
