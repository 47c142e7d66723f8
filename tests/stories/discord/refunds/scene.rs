//! A provider with three spends, two admins, the bot, the local Discord, and a platform that listens.

use std::process::Stdio;

use anyhow::Context as _;
use chrono::TimeDelta;
use mail_parser::MessageParser;
use relance_shared::account::store::{NewStaff, StaffTie};
use relance_shared::account::{self, DiscordUser, Locale, ProviderId, Role};
use relance_shared::clock::Clock;
use relance_shared::config::Settings;
use relance_shared::credit::{Amount, Kind, Order, What, store as ledger};
use relance_shared::db::Db;
use relance_shared::env::Env;
use relance_shared::on_engine;
use relance_shared::testing::day;
use relance_shared::testing::store::{a_client, a_pending_project};
use relance_tests::discord::{Discord, Interaction, Posted, Shown, Way};
use relance_tests::platform::Platform;
use relance_tests::programs::{program, url_of};
use relance_worker::jobs::deliver_events;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::super::{LETTERS, Running, a_linked_provider, start};
use super::{ANNE, BILAL, VERA};

pub struct Scene {
    pub db: Db,
    pub discord: Discord,
    pub provider: ProviderId,
    platform: Platform,
    clock: Clock,
    env: Env,
    running: Option<Running>,
    sessions: u32,
    folder: TempDir,
}

impl Scene {
    /// V1 holds twenty credits and spent one on each of three projects; anne and bilal decide.
    pub async fn new(db: Db) -> anyhow::Result<Self> {
        let discord = Discord::start(Way::Plain).await?;
        let platform = Platform::start().await?;
        let clock = Clock::fixed(day(2));
        let mut settings = Settings::default();
        discord.point(&mut settings);
        platform.point(&mut settings);
        // Without a place for threads a closed door leads to the mail.
        settings.discord.help_channel = None;
        let mut env = Env::for_tests(&db, &clock);
        env.settings = settings.into();
        let provider = a_market(&db).await?;
        let mut scene = Self {
            db,
            discord,
            provider,
            platform,
            clock,
            env,
            running: None,
            sessions: 0,
            folder: TempDir::new()?,
        };
        scene.restart().await?;
        Ok(scene)
    }

    /// The bot goes away, and another one comes.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        if let Some(running) = self.running.take() {
            running.stop().await?;
        }
        self.running = Some(start(self.env.clone()).await?);
        self.sessions += 1;
        self.discord.sessions(self.sessions).await
    }

    pub async fn end(mut self) -> anyhow::Result<()> {
        match self.running.take() {
            Some(running) => running.stop().await,
            None => Ok(()),
        }
    }

    /// A minute goes by.
    pub fn tick(&self) {
        self.clock.set(self.clock.now() + TimeDelta::minutes(1));
    }

    pub fn next_day(&self) {
        self.clock.set(self.clock.now() + TimeDelta::days(1));
    }

    /// What waits for Discord is delivered.
    pub async fn deliver(&self) -> anyhow::Result<()> {
        self.running.as_ref().context("the bot runs")?.tell().await
    }

    /// `relance-worker refunds …`, in a process of its own, on the same database.
    pub async fn refunds(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(program("relance-worker")?)
            .arg("--data")
            .arg(self.folder.path())
            .arg("refunds")
            .args(arguments)
            .env("RELANCE__DATABASE__URL", url_of(&self.db).expose_secret())
            .env("RELANCE__CLOCK__SIMULATED", "true")
            .env("RELANCE__CLOCK__AT", self.clock.now().to_rfc3339())
            .stderr(Stdio::inherit())
            .output()
            .await?;
        // Their clock ran on; ours must not be behind what they wrote.
        self.tick();
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The events that the platform has received, after one run of their delivery.
    pub async fn told_to_the_platform(&self) -> anyhow::Result<Vec<Value>> {
        deliver_events::run(&self.env).await?;
        self.platform.events()
    }

    /// The decisions that left by mail, as people read them.
    pub async fn letters(&self) -> anyhow::Result<Vec<String>> {
        let raw: Vec<Vec<u8>> = on_engine!(self.db.read(), pool => sqlx::query_scalar(LETTERS)
            .bind("refund_decision").fetch_all(pool).await)?;
        let text = |raw: &Vec<u8>| {
            let letter = MessageParser::default().parse(raw)?;
            // French has spaces that do not break.
            Some(letter.body_text(0)?.replace(['\u{a0}', '\u{202f}'], " "))
        };
        let texts = raw.iter().map(|raw| text(raw).context("a letter"));
        texts.collect()
    }

    pub fn person(&self, user: u64, locale: &'static str) -> Person<'_> {
        Person {
            scene: self,
            user,
            locale,
            sees: None,
            asked: None,
        }
    }
}

pub async fn a_market(db: &Db) -> anyhow::Result<ProviderId> {
    let client = a_client(db, "C1", day(0)).await?;
    let provider = a_linked_provider(db, "V1", VERA).await?;
    let mut order = Order {
        key: "grant".to_owned(),
        provider,
        kind: Kind::Offer,
        amount: Amount::new(20).context("in range")?,
        what: What::Grant,
        at: day(1),
    };
    let mut tx = db.begin().await?;
    ledger::grant(&mut tx, &order, day(1)).await?;
    tx.commit().await?;
    order.amount = Amount::new(1).context("in range")?;
    for reference in ["31204", "31205", "31206"] {
        let project = a_pending_project(db, client, reference, day(0)).await?;
        (order.key, order.what) = (reference.to_owned(), What::Spend(project));
        let mut tx = db.begin().await?;
        ledger::spend(&mut tx, &order, day(1)).await?;
        tx.commit().await?;
    }
    for (name, user) in [("anne", ANNE), ("bilal", BILAL)] {
        let new = NewStaff {
            reference: name.to_owned(),
            name: name.to_owned(),
            email: format!("{name}@staff.example"),
            locale: Locale::Fr,
            role: Role::Admin,
            provider: None,
        };
        account::store::add_staff(db, &new, day(0)).await?;
        let tie = account::store::tie_staff(db, DiscordUser(user), name, day(0)).await?;
        assert_eq!(tie, StaffTie::Tied);
    }
    Ok(provider)
}

/// Somebody on Discord, and what they have before them.
pub struct Person<'a> {
    scene: &'a Scene,
    user: u64,
    locale: &'static str,
    sees: Option<Sees>,
    asked: Option<Interaction>,
}

enum Sees {
    Answer(Shown),
    Card(Posted),
}

impl Person<'_> {
    /// What is suggested while `typed` stands in the option.
    pub async fn types(
        &mut self,
        command: &str,
        option: &str,
        typed: &str,
    ) -> anyhow::Result<Vec<String>> {
        let options = json!([{"name": option, "type": 3, "value": typed, "focused": true}]);
        let discord = &self.scene.discord;
        let asked = discord.typing(self.user, self.locale, command, &options);
        Ok(discord.shown(&asked).await?.choices())
    }

    pub async fn uses(
        &mut self,
        command: &str,
        options: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let options: Vec<Value> = options
            .iter()
            .map(|(name, value)| json!({"name": name, "type": 3, "value": value}))
            .collect();
        let discord = &self.scene.discord;
        let asked = discord.command(self.user, self.locale, command, &json!(options));
        self.reads(asked).await
    }

    pub fn looks_at(&mut self, card: &Posted) {
        self.sees = Some(Sees::Card(card.clone()));
    }

    /// Presses the button with `label` on what is before them.
    pub async fn presses(&mut self, label: &str) -> anyhow::Result<String> {
        let (button, message) = match &self.sees {
            Some(Sees::Answer(shown)) => (shown.button(label), shown.message().clone()),
            Some(Sees::Card(card)) => (card.button(label), card.body.clone()),
            None => anyhow::bail!("nothing to press"),
        };
        let button = button.with_context(|| format!("no button {label:?} on {message}"))?;
        let discord = &self.scene.discord;
        let asked = discord.press(self.user, self.locale, &button, &message);
        self.reads(asked).await
    }

    /// Presses a button that opens a form.
    pub async fn opens(&mut self, label: &str) -> anyhow::Result<()> {
        self.presses(label).await?;
        self.form().map(drop)
    }

    /// The form that is open: its id and its field.
    pub fn form(&self) -> anyhow::Result<(String, String)> {
        match &self.sees {
            Some(Sees::Answer(shown)) => shown.form().context("no form is open"),
            Some(Sees::Card(_)) | None => anyhow::bail!("no form is open"),
        }
    }

    /// Fills the open form in and sends it.
    pub async fn fills(&mut self, text: &str) -> anyhow::Result<String> {
        let form = self.form()?;
        self.sends(&form, text).await
    }

    pub async fn sends(
        &mut self,
        (id, field): &(String, String),
        text: &str,
    ) -> anyhow::Result<String> {
        let discord = &self.scene.discord;
        let asked = discord.send_form(self.user, self.locale, id, field, text);
        self.reads(asked).await
    }

    /// Discord delivers the last interaction once more.
    pub fn again(&self) {
        if let Some(asked) = &self.asked {
            self.scene.discord.repeat(asked);
        }
    }

    /// Whatever is answered is for the asker alone (B4).
    async fn reads(&mut self, asked: Interaction) -> anyhow::Result<String> {
        let shown = self.scene.discord.shown(&asked).await?;
        anyhow::ensure!(
            shown.is_private || shown.first == 9,
            "everybody saw {}",
            shown.text()
        );
        let text = shown.text();
        self.asked = Some(asked);
        self.sees = Some(Sees::Answer(shown));
        self.scene.tick();
        Ok(text)
    }
}

/// The text of a message, without what Discord's escapes add.
pub fn text_of(message: &Value) -> String {
    let content = message["content"].as_str().unwrap_or_default();
    let embed = (message["embeds"][0]["description"].as_str()).unwrap_or_default();
    format!("{content}{embed}").replace(['\\', '\u{200b}'], "")
}
