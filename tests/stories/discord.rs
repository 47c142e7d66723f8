//! The bot against a local Discord, on both of its paths: answers, faults, restarts, deliveries.

mod accounts;
mod deliveries;
mod faults;
mod people;
mod refunds;

use std::sync::{Arc, OnceLock};

use relance_bot::conversation::Desk;
use relance_bot::discord::connect::Lines;
use relance_bot::discord::{Bot, tell};
use relance_shared::account::link::AccountId;
use relance_shared::account::{self, DiscordUser, ProviderId};
use relance_shared::clock::Clock;
use relance_shared::config::Settings;
use relance_shared::db::Db;
use relance_shared::env::Env;
use relance_shared::faq::Index;
use relance_shared::faq::live::Live;
use relance_shared::testing::store::{a_client, a_pending_project, a_provider};
use relance_shared::testing::{day, sqlite};
use relance_tests::discord::{CHANNEL, Discord, Way};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const ANN: u64 = 4_000_000_000_000_000_001;
const BOB: u64 = 4_000_000_000_000_000_002;
const LETTERS: &str = "SELECT m.raw FROM outbox o JOIN outbox_messages m ON m.letter_id = o.id
    WHERE o.kind = $1 ORDER BY o.composed_at DESC";

/// Learned once for all stories of a process.
fn faq() -> Arc<Live> {
    static FAQ: OnceLock<Arc<Live>> = OnceLock::new();
    FAQ.get_or_init(|| Arc::new(Live::fixed(Index::for_tests())))
        .clone()
}

struct Running {
    desk: Arc<Desk>,
    lines: Arc<Lines>,
    listening: JoinHandle<anyhow::Result<()>>,
    stop: Box<dyn Fn() -> JoinHandle<()> + Send>,
}

fn env(db: &Db, discord: &Discord) -> Env {
    let mut settings = Settings::default();
    discord.point(&mut settings);
    let mut env = Env::for_tests(db, &Clock::system());
    env.settings = settings.into();
    env
}

async fn start(env: Env) -> anyhow::Result<Running> {
    let desk = Arc::new(Desk::new(env, faq())?);
    let bot = Bot::connect(desk.clone()).await?;
    let (lines, shards) = (bot.lines(), bot.shards());
    let stop = move || {
        let shards = shards.clone();
        tokio::spawn(async move { shards.shutdown_all().await })
    };
    Ok(Running {
        desk,
        lines,
        listening: tokio::spawn(bot.listen()),
        stop: Box::new(stop),
    })
}

impl Running {
    async fn stop(self) -> anyhow::Result<()> {
        (self.stop)().await?;
        self.listening.abort();
        Ok(())
    }

    async fn tell(&self) -> anyhow::Result<()> {
        tell::run(&self.desk, &self.lines).await
    }
}

async fn a_list(db: &Db, projects: i64) -> anyhow::Result<()> {
    let client = a_client(db, "C1", day(0)).await?;
    for n in 0..projects {
        a_pending_project(db, client, &format!("{}", 31_200 + n), day(n)).await?;
    }
    Ok(())
}

fn text(name: &str, value: &str) -> Value {
    json!([{"name": name, "type": 3, "value": value}])
}

async fn a_linked_provider(db: &Db, reference: &str, user: u64) -> anyhow::Result<ProviderId> {
    let provider = a_provider(db, reference, day(0)).await?;
    let mut tx = db.begin().await?;
    account::store::tie(
        &mut tx,
        DiscordUser(user),
        AccountId::Provider(provider),
        day(0),
    )
    .await?;
    tx.commit().await?;
    Ok(provider)
}

async fn answers_over(way: Way) -> anyhow::Result<()> {
    let discord = Discord::start(way).await?;
    let (_folder, db) = sqlite().await;
    a_list(&db, 50).await?;
    let running = start(env(&db, &discord)).await?;
    discord.sessions(1).await?;
    discord.registered().await?;
    let list = discord.command(
        ANN,
        "fr",
        "pending",
        &json!([{"name": "page", "type": 4, "value": 2}]),
    );
    let list = discord.shown(&list).await?;
    assert!(
        list.is_private && list.text().contains("page 2 sur 3"),
        "{}",
        list.text()
    );
    let pressed = discord.press(ANN, "fr", &list.buttons()[1], list.message());
    let pressed = discord.shown(&pressed).await?;
    assert_eq!(pressed.first, 6, "the list is replaced");
    assert!(
        pressed.text().contains("page 3 sur 3"),
        "{}",
        pressed.text()
    );
    let project = discord.command(BOB, "en-GB", "project", &text("reference", "31200"));
    let project = discord.shown(&project).await?;
    assert!(
        project.text().contains("This project is on page 3"),
        "{}",
        project.text()
    );
    let typing = json!([{"name": "question", "type": 3, "value": "rembours", "focused": true}]);
    let suggestions = discord
        .shown(&discord.typing(ANN, "fr", "faq", &typing))
        .await?;
    assert!(suggestions.data["choices"][0]["value"].is_string());
    let old = discord.press(ANN, "fr", "rf0:gone:1", list.message());
    assert!(
        discord
            .shown(&old)
            .await?
            .text()
            .contains("version précédente")
    );
    running.stop().await?;
    discord.check()
}

// c1, c7, c9, c16: the plain path (limiter off).
#[tokio::test(flavor = "multi_thread")]
async fn commands_buttons_and_suggestions_are_answered_on_the_plain_path() -> anyhow::Result<()> {
    answers_over(Way::Plain).await
}

// The same on the production path: TLS, limiter on.
#[tokio::test(flavor = "multi_thread")]
async fn commands_buttons_and_suggestions_are_answered_on_the_tls_path() -> anyhow::Result<()> {
    answers_over(Way::Tls).await
}

// d7, c1: a button of before the restart works after it; the same commands are not registered again.
#[tokio::test(flavor = "multi_thread")]
async fn buttons_survive_a_restart_and_nothing_is_registered_twice() -> anyhow::Result<()> {
    let discord = Discord::start(Way::Plain).await?;
    let (_folder, db) = sqlite().await;
    a_list(&db, 30).await?;
    let first = start(env(&db, &discord)).await?;
    discord.sessions(1).await?;
    discord.registered().await?;
    let list = discord
        .shown(&discord.command(ANN, "fr", "pending", &json!([])))
        .await?;
    first.stop().await?;
    let second = start(env(&db, &discord)).await?;
    discord.sessions(2).await?;
    let pressed = discord.press(ANN, "fr", &list.buttons()[0], list.message());
    assert!(
        discord
            .shown(&pressed)
            .await?
            .text()
            .contains("page 2 sur 2")
    );
    assert_eq!(discord.registrations(), 1);
    second.stop().await?;
    discord.check()
}

// B3: whatever the database does, the acknowledgement leaves at once and the answer follows.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_delays_no_acknowledgement() -> anyhow::Result<()> {
    let discord = Discord::start(Way::Plain).await?;
    let (_folder, db) = sqlite().await;
    a_provider(&db, "V1", day(0)).await?;
    let running = start(env(&db, &discord)).await?;
    discord.sessions(1).await?;
    discord.registered().await?;
    let lock = db.begin().await?;
    let options = json!([{"name": "email", "type": 1, "options": [
        {"name": "address", "type": 3, "value": "v1@prestataires.example"}]}]);
    let asked = discord.command(ANN, "en-US", "link", &options);
    discord.acknowledged(&asked).await?;
    drop(lock);
    let shown = discord.shown(&asked).await?;
    assert!(
        shown.text().contains("a code has just left"),
        "{}",
        shown.text()
    );
    running.stop().await?;
    discord.check()
}

// B3: a database that stays locked longer than people wait becomes an apology with a reference, and nothing is written.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stays_locked_is_told_with_a_reference() -> anyhow::Result<()> {
    let discord = Discord::start(Way::Plain).await?;
    let (_folder, db) = sqlite().await;
    a_provider(&db, "V1", day(0)).await?;
    let running = start(env(&db, &discord)).await?;
    discord.sessions(1).await?;
    discord.registered().await?;
    let lock = db.begin().await?;
    let options = json!([{"name": "email", "type": 1, "options": [
        {"name": "address", "type": 3, "value": "v1@prestataires.example"}]}]);
    let asked = discord.command(ANN, "en-US", "link", &options);
    discord.acknowledged(&asked).await?;
    let shown = discord.shown(&asked).await?;
    assert!(
        shown.is_private && shown.text().contains("give us the reference"),
        "{}",
        shown.text()
    );
    drop(lock);
    running.stop().await?;
    discord.check()
}

// Answers only where allowed (c14).
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_not_allowed_gets_a_private_refusal() -> anyhow::Result<()> {
    let discord = Discord::start(Way::Plain).await?;
    let (_folder, db) = sqlite().await;
    let mut env = env(&db, &discord);
    let mut settings = Settings::clone(&env.settings);
    settings.discord.channels = vec![CHANNEL + 100];
    env.settings = settings.into();
    let running = start(env).await?;
    discord.sessions(1).await?;
    let shown = discord
        .shown(&discord.command(ANN, "fr", "pending", &json!([])))
        .await?;
    assert!(shown.is_private && shown.text().contains("Je ne réponds pas à cet endroit"));
    running.stop().await?;
    discord.check()
}
