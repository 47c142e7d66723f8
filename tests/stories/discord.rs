//! The bot against a local Discord, on both of its paths: answers, faults, restarts, deliveries.

use std::sync::{Arc, OnceLock};

use mail_parser::MessageParser;
use relance_bot::conversation::Desk;
use relance_bot::discord::connect::Lines;
use relance_bot::discord::{Bot, tell};
use relance_shared::account::link::AccountId;
use relance_shared::account::{self, DiscordUser, ProviderId};
use relance_shared::clock::Clock;
use relance_shared::config::Settings;
use relance_shared::db::Db;
use relance_shared::discord_out::store as out;
use relance_shared::discord_out::{Body, Button, Message, To};
use relance_shared::env::Env;
use relance_shared::faq::Index;
use relance_shared::faq::live::Live;
use relance_shared::mail::LetterKind;
use relance_shared::on_engine;
use relance_shared::testing::store::{a_client, a_pending_project, a_provider};
use relance_shared::testing::{day, each_engine, sqlite};
use relance_tests::discord::{CHANNEL, Discord, FaultKind, REVIEW, Way};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const ANN: u64 = 4_000_000_000_000_000_001;
const BOB: u64 = 4_000_000_000_000_000_002;
const LETTERS: &str = "SELECT raw FROM outbox WHERE kind = $1 ORDER BY composed_at DESC";

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

async fn faults_over(way: Way) -> anyhow::Result<()> {
    let discord = Discord::start(way).await?;
    let (_folder, db) = sqlite().await;
    a_list(&db, 3).await?;
    let running = start(env(&db, &discord)).await?;
    discord.sessions(1).await?;
    discord.registered().await?;
    let faults = [
        ("/callback", FaultKind::Status(502), 2),
        ("/callback", FaultKind::CutBefore, 1),
        ("/callback", FaultKind::CutAfter, 1),
        ("/callback", FaultKind::TooMany(50), 1),
        ("@original", FaultKind::Status(500), 2),
        ("@original", FaultKind::CutBefore, 1),
        ("@original", FaultKind::CutAfter, 1),
        ("@original", FaultKind::TooMany(50), 1),
    ];
    for (path, kind, times) in faults {
        discord.fault(path, kind, times);
        let asked = discord.command(ANN, "fr", "pending", &json!([]));
        let shown = discord.shown(&asked).await?;
        assert!(
            shown.text().contains("page 1"),
            "{path} {kind:?}: {}",
            shown.text()
        );
        assert_eq!(shown.acknowledgements, 1, "{path} {kind:?}");
    }
    running.stop().await?;
    discord.check()
}

// Own retry: server errors, cut lines before and after the deed, too many requests; 40060 means that it arrived.
#[tokio::test(flavor = "multi_thread")]
async fn server_errors_and_cut_lines_are_answered_all_the_same_on_the_plain_path()
-> anyhow::Result<()> {
    faults_over(Way::Plain).await
}

#[tokio::test(flavor = "multi_thread")]
async fn server_errors_and_cut_lines_are_answered_all_the_same_on_the_tls_path()
-> anyhow::Result<()> {
    faults_over(Way::Tls).await
}

// Gateway: op 7, a cut line, op 9; what was asked meanwhile is answered, what comes twice is answered once.
#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_is_taken_up_again_and_nothing_is_answered_twice() -> anyhow::Result<()> {
    let discord = Discord::start(Way::Plain).await?;
    let (_folder, db) = sqlite().await;
    a_list(&db, 3).await?;
    let running = start(env(&db, &discord)).await?;
    discord.sessions(1).await?;
    for resumes in 1..=2 {
        if resumes == 1 {
            discord.ask_to_reconnect();
        } else {
            discord.drop_gateway();
        }
        let asked = discord.command(ANN, "fr", "pending", &json!([]));
        discord.resumes(resumes).await?;
        assert_eq!(discord.shown(&asked).await?.acknowledgements, 1);
        discord.repeat(&asked);
    }
    discord.invalidate_session();
    discord.sessions(2).await?;
    let asked = discord.command(ANN, "fr", "pending", &json!([]));
    assert!(discord.shown(&asked).await?.text().contains("page 1"));
    running.stop().await?;
    discord.check()
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

// A bot whose own look at the API fails must not go on and try Discord itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_without_its_api_refuses_to_start() -> anyhow::Result<()> {
    let (_folder, db) = sqlite().await;
    let mut settings = Settings::default();
    settings.discord.token = Some("test-token".to_owned().into());
    settings.discord.api_base = Some("http://127.0.0.1:9".to_owned());
    let mut env = Env::for_tests(&db, &Clock::system());
    env.settings = settings.into();
    let Err(refused) = start(env).await else {
        anyhow::bail!("it started");
    };
    let told = format!("{refused:#}");
    assert!(
        told.contains("does not answer") && !told.contains("test-token"),
        "{told}"
    );
    Ok(())
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

async fn code_of_the_letter(db: &Db) -> anyhow::Result<String> {
    let raw: Vec<u8> = on_engine!(db.read(), pool => sqlx::query_scalar(LETTERS).bind("link_code").fetch_one(pool).await)?;
    let letter = MessageParser::default()
        .parse(&raw)
        .ok_or_else(|| anyhow::anyhow!("no letter"))?;
    let body = letter.body_text(0).unwrap_or_default();
    let code = body
        .split_whitespace()
        .find(|word| word.len() == 9 && word.as_bytes()[4] == b'-');
    Ok(code
        .ok_or_else(|| anyhow::anyhow!("no code in {body}"))?
        .to_owned())
}

// Who is asking: the code of the letter ties the account; what only a provider may see opens then.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_ties_their_account_by_the_code_of_the_letter() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        a_provider(&db, "V1", day(0)).await?;
        let running = start(env(&db, &discord)).await?;
        discord.sessions(1).await?;
        let link = |name: &str, option: &str, value: &str| {
            json!([{"name": name, "type": 1, "options": [{"name": option, "type": 3, "value": value}]}])
        };
        let say = async |user, name: &str, options: &Value| {
            let asked = discord.command(user, "en-US", name, options);
            Ok::<_, anyhow::Error>(discord.shown(&asked).await?.text())
        };
        assert!(say(ANN, "credits", &json!([])).await?.contains("/link email"));
        say(ANN, "link", &link("email", "address", "v1@prestataires.example")).await?;
        let code = code_of_the_letter(&db).await?;
        let stolen = say(BOB, "link", &link("code", "code", &code)).await?;
        assert!(stolen.contains("not the right one"), "{stolen}");
        let tied = say(ANN, "link", &link("code", "code", &code)).await?;
        assert!(tied.contains("is tied to"), "{tied}");
        let credits = say(ANN, "credits", &json!([])).await?;
        assert!(credits.contains("Credits available: 0"), "{credits}");
        running.stop().await?;
        discord.check()
    })
    .await;
}

const SUBSCRIBE: &str = "INSERT INTO subscriptions (provider_id, plan, from_at, until_at, event_at)
    VALUES ($1, 'privilege', $2, $3, $2)";
const LAPSE: &str = "UPDATE subscriptions SET until_at = $2 WHERE provider_id = $1";

// S10, N12, B1, B4, c12: the window opens to a subscriber alone, each reading is noted, and an old button opens nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_crm_window_closes_with_the_subscription_whatever_button_is_left() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        a_list(&db, 1).await?;
        let provider = a_linked_provider(&db, "V1", ANN).await?;
        let now = Clock::system().now();
        on_engine!(db.write(), pool => sqlx::query(SUBSCRIBE).bind(provider).bind(day(1)).bind(None::<chrono::DateTime<chrono::Utc>>)
            .execute(pool).await.map(drop))?;
        let running = start(env(&db, &discord)).await?;
        discord.sessions(1).await?;
        let shown = discord.shown(&discord.command(ANN, "fr", "project", &text("reference", "31200"))).await?;
        let button = shown.buttons()[0].clone();
        let other = discord.shown(&discord.command(BOB, "fr", "project", &text("reference", "31200"))).await?;
        assert!(other.buttons().is_empty(), "nobody else sees the button");
        let window = discord.shown(&discord.press(ANN, "fr", &button, shown.message())).await?;
        assert!(window.is_private && window.text().contains("Fiche CRM"), "{}", window.text());
        let borrowed = discord.shown(&discord.press(BOB, "fr", &button, shown.message())).await?;
        assert!(borrowed.text().contains("réservée aux prestataires"), "{}", borrowed.text());
        on_engine!(db.write(), pool => sqlx::query(LAPSE).bind(provider).bind(now).execute(pool).await.map(drop))?;
        let lapsed = discord.shown(&discord.press(ANN, "fr", &button, shown.message())).await?;
        assert!(lapsed.text().contains("abonnement privilège en cours"), "{}", lapsed.text());
        running.stop().await?;
        discord.check()
    })
    .await;
}

fn message(to: To, dedupe: &str) -> Message {
    Message {
        to,
        dedupe: dedupe.to_owned(),
        body: body("a decision about @everyone"),
        letter: Some((
            LetterKind::RefundDecision,
            json!({"reference": "31204", "title": "Un site", "approved": false, "reason": "r", "credits": 1, "news": ""}),
        )),
    }
}

fn body(text: &str) -> Body {
    Body {
        text: text.to_owned(),
        buttons: vec![vec![Button::new("v1:review:1", "Look")]],
    }
}

async fn put(db: &Db, messages: &[Message]) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    out::put(&mut tx, messages, Clock::system().now()).await?;
    Ok(tx.commit().await?)
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

// d8, E5: a card is posted once though the line breaks after the deed, rewritten in place, posted again when deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_posted_once_rewritten_in_place_and_posted_again_when_deleted() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        let running = start(env(&db, &discord)).await?;
        discord.fault("POST /api/v10/channels", FaultKind::CutAfter, 1);
        put(&db, &[message(To::Review, "card")]).await?;
        running.tell().await?;
        assert_eq!(discord.posted(REVIEW).len(), 1);
        let rewrite = async |text: &str| {
            let mut tx = db.begin().await?;
            out::rewrite(&mut tx, "card", &body(text), Clock::system().now()).await?;
            tx.commit().await?;
            running.tell().await
        };
        rewrite("decided").await?;
        let posted = discord.posted(REVIEW);
        assert_eq!(
            (posted.len(), posted[0].edits, posted[0].content.as_str()),
            (1, 1, "decided")
        );
        discord.delete(posted[0].id);
        discord.forget_nonces();
        rewrite("decided again").await?;
        let posted = discord.posted(REVIEW);
        assert_eq!(
            (posted.len(), posted[0].content.as_str()),
            (1, "decided again")
        );
        running.stop().await?;
        discord.check()
    })
    .await;
}

// d21: private message, else a private thread, else the mail; a closed door is not knocked at again.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_door_falls_back_to_a_thread_then_to_the_mail_and_is_remembered() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        let open = a_linked_provider(&db, "V1", ANN).await?;
        let closed = a_linked_provider(&db, "V2", BOB).await?;
        let unlinked = a_provider(&db, "V3", day(0)).await?;
        discord.close_door(BOB);
        let running = start(env(&db, &discord)).await?;
        put(&db, &[message(To::Provider(open), "a"), message(To::Provider(closed), "b")]).await?;
        put(&db, &[message(To::Provider(unlinked), "c")]).await?;
        running.tell().await?;
        assert_eq!(discord.posted(Discord::private_channel(ANN)).len(), 1);
        let knocks = |discord: &Discord| {
            let door = format!("/channels/{}/messages", Discord::private_channel(BOB));
            discord.requests().iter().filter(|line| line.contains(&door)).count()
        };
        assert_eq!(knocks(&discord), 1);
        put(&db, &[message(To::Provider(closed), "d")]).await?;
        running.tell().await?;
        assert_eq!(knocks(&discord), 1, "remembered");
        let threads = discord.requests().iter().filter(|line| line.ends_with("/threads")).count();
        assert_eq!(threads, 1, "one thread for both");
        let letters: Vec<Vec<u8>> = on_engine!(db.read(), pool => sqlx::query_scalar(LETTERS).bind("refund_decision")
            .fetch_all(pool).await)?;
        assert_eq!(letters.len(), 1, "the one without a Discord user");
        running.stop().await?;
        discord.check()
    })
    .await;
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
