//! Settings: defaults, then the file, then the environment; every error names the key.

mod discord;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use figment::value::Value;
use secrecy::SecretString;
use serde::Deserialize;

use crate::clock::Clock;
use crate::follow_up::Rhythm;
use crate::platform::webhook::Secrets;
use crate::ranking::settings::{RankSettings, Unusable};
use crate::refund::limits::{Limits, refuse_automation};
use crate::schedule::Schedules;

/// Settings in the environment start so; `RELANCE__MAIL__FROM` is `mail.from`.
const ENVIRONMENT_PREFIX: &str = "RELANCE__";
/// The settings file that is read when none is named.
const DEFAULT_FILE: &str = "relance.toml";

/// Every setting of both programs. A key that is not here is refused, so that a typo cannot switch a guard off.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the embedded database and the mail folders live (`--data`, `RELANCE_DATA`).
    #[serde(skip)]
    pub data: PathBuf,
    /// The database.
    pub database: Database,
    /// Letters out, mail in.
    pub mail: Mail,
    /// The web face.
    pub web: Web,
    /// The marketplace that Relance stands beside.
    pub platform: Platform,
    /// The bot.
    pub discord: Discord,
    /// The bot's FAQ.
    pub faq: Faq,
    /// Time, for tests and the demo.
    pub clock: ClockSettings,
    /// The rhythm of the follow-ups and its limits.
    pub follow_up: Rhythm,
    /// The window and the ceilings of refund requests. No setting can approve one.
    pub refund: Limits,
    /// When the jobs run by themselves.
    pub schedule: Schedules,
    /// The order of the list.
    pub rank: RankSettings,
}

/// `database.*`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:///path` or `postgres://…`; none: `relance.sqlite` in the data folder.
    pub url: Option<SecretString>,
}

/// How letters leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    /// One `.eml` per letter in `DATA/mail/out/new` (Maildir).
    #[default]
    Folder,
    /// The relay of `mail.smtp_url`.
    Smtp,
}

/// Where answers arrive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailInbox {
    /// Maildir `DATA/mail/in`.
    #[default]
    Folder,
    /// The mailbox of `mail.imap_url`.
    Imap,
}

/// `mail.*`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// How letters leave.
    pub transport: MailTransport,
    /// The relay, for example `smtp://127.0.0.1:2525` or `smtps://user:pass@host`.
    pub smtp_url: Option<SecretString>,
    /// Certificate authorities (PEM) that the certificates of the relay and the mailbox may come from, beside the public ones.
    pub smtp_ca: Option<PathBuf>,
    /// Sender of every letter, `Name <address>` or an address.
    pub from: String,
    /// Domain of the signed reply addresses and of the return paths.
    pub reply_domain: String,
    /// The one Authentication-Results id to believe; none: nothing is believed.
    pub trusted_authserv: Option<String>,
    /// Where answers arrive.
    pub inbox: MailInbox,
    /// The mailbox, for example `imap://user:pass@127.0.0.1:1143/INBOX`.
    pub imap_url: Option<SecretString>,
    /// Folder with templates that replace the built-in ones of the same name.
    pub templates: Option<PathBuf>,
    /// Letters handed to the relay per second, all domains together. Source: operator's choice; relays allow tens.
    pub per_second_max: u32,
    /// Seconds that handing one letter over may take altogether, 1 to 180. Source: RFC 5321 4.5.3.2 allows minutes for each
    /// step; a relay of one's own answers in seconds.
    pub letter_seconds_max: u32,
    /// Letters per minute to one recipient domain. Source: operator's choice.
    pub per_domain_minute_max: u32,
    /// Days after which the message and the address of a settled letter are erased (threats D4). Source: operator's choice.
    pub letters_kept_days: u32,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            transport: MailTransport::default(),
            smtp_url: None,
            smtp_ca: None,
            from: "Relance <relance@localhost>".to_owned(),
            reply_domain: "localhost".to_owned(),
            trusted_authserv: None,
            inbox: MailInbox::default(),
            imap_url: None,
            templates: None,
            letter_seconds_max: 120,
            per_second_max: 50,
            per_domain_minute_max: 300,
            letters_kept_days: 365,
        }
    }
}

/// `web.*`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Web {
    /// Address and port to listen on.
    pub listen: String,
    /// What the links in letters begin with; never taken from a request's Host header.
    pub public_url: String,
    /// Key that signs links and the account's evidence, 32 bytes or more; none: made once, kept in `DATA/web.key`.
    pub key: Option<SecretString>,
    /// The keys before the present one, separated by commas: what they signed stays valid until it expires, and the seals of
    /// the events taken under them can be looked at again.
    pub key_previous: Option<SecretString>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            public_url: "http://127.0.0.1:8080".to_owned(),
            key: None,
            key_previous: None,
        }
    }
}

/// `platform.*`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Platform {
    /// Shared secrets of the webhooks (`whsec_…`), the present one first; several, comma separated, during rotation.
    pub secret: Option<SecretString>,
    /// The client's account page on the platform; set: only the platform's signed event cancels.
    pub account_url: Option<String>,
    /// Feed of events to poll.
    pub feed_url: Option<String>,
    /// Where our events go.
    pub events_url: Option<String>,
}

/// `discord.*`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Discord {
    /// Bot token (also `DISCORD_TOKEN`).
    pub token: Option<SecretString>,
    /// Loopback only: a plain local server in place of Discord.
    pub api_base: Option<String>,
    /// Loopback only: certificate authority of a local TLS server.
    pub tls_test_ca: Option<PathBuf>,
    /// Loopback only: address of that server.
    pub tls_test_addr: Option<String>,
    /// The server (guild) to serve.
    pub guild: Option<u64>,
    /// Where refund requests are decided.
    pub review_channel: Option<u64>,
    /// Where decisions are mirrored.
    pub log_channel: Option<u64>,
    /// Role of the staff on the server. Gives no right, as the next two: rights are in the database (B1); `check` says so.
    pub staff_role: Option<u64>,
    /// Role of the providers.
    pub provider_role: Option<u64>,
    /// Role of the privilege subscribers.
    pub privilege_role: Option<u64>,
    /// Channels in which commands are answered; none: everywhere on the server. Private messages always are.
    pub channels: Vec<u64>,
    /// Channel under which a private thread is opened for somebody whose private messages are closed; none: by mail.
    pub help_channel: Option<u64>,
    /// Connections to the gateway; none: as many as Discord recommends.
    pub shards: Option<u32>,
    /// Address and port of the bot's `/healthz`, `/readyz` and `/metrics`; none: nowhere.
    pub metrics_listen: Option<String>,
}

/// `faq.*`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faq {
    /// Folder with the entries (`entries/<section>/<id>.md`) and, when they differ from the built-in ones, the lists.
    pub content: Option<PathBuf>,
}

/// `clock.*`, refused outside tests and demo unless `simulated` says so.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClockSettings {
    /// Must be true for `at` to count.
    pub simulated: bool,
    /// The instant at which the clock starts.
    pub at: Option<DateTime<Utc>>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named by the caller is not there.
    #[error("no settings file {0}: give --config another path or leave it out")]
    NoFile(PathBuf),
    /// A key is unknown or its value of the wrong kind; the text names it.
    #[error("settings: {0}")]
    Key(Box<figment::Error>),
    /// A setting that would approve refund requests without a person (S26).
    #[error(
        "settings: {0}: a refund is only ever approved by a person, one request at a time; there is no setting for it. Remove the key"
    )]
    Automation(String),
    /// A setting of the order.
    #[error("settings: {0}")]
    Rank(#[from] Unusable),
    /// Two settings contradict each other.
    #[error("settings: {key}: {why}")]
    Contradiction {
        /// The key to change.
        key: &'static str,
        /// What is wrong and what to do.
        why: &'static str,
    },
}

impl Settings {
    /// Reads the settings. `file` none: `relance.toml` when it is there. The environment wins over the file.
    ///
    /// # Errors
    /// [`ConfigError`] names the file or the key.
    pub fn load(data: PathBuf, file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::new();
        match file {
            Some(path) if !path.is_file() => return Err(ConfigError::NoFile(path.to_owned())),
            Some(path) => figment = figment.merge(Toml::file_exact(path)),
            None if Path::new(DEFAULT_FILE).is_file() => {
                figment = figment.merge(Toml::file_exact(DEFAULT_FILE));
            }
            None => {}
        }
        let figment = figment.merge(Env::prefixed(ENVIRONMENT_PREFIX).split("__"));
        if let Ok(Value::Dict(_, keys)) = figment.find_value("refund")
            && let Some(error) = refuse_automation(keys.keys().map(String::as_str))
        {
            return Err(error);
        }
        let mut settings: Self = figment
            .extract()
            .map_err(|error| ConfigError::Key(Box::new(error)))?;
        settings.data = data;
        if settings.discord.token.is_none() {
            settings.discord.token = environment("DISCORD_TOKEN").map(SecretString::from);
        }
        settings.refuse_contradictions()?;
        Ok(settings)
    }

    fn refuse_contradictions(&self) -> Result<(), ConfigError> {
        let refuse = |key, why| Err(ConfigError::Contradiction { key, why });
        if self.clock.at.is_some() && !self.clock.simulated {
            return refuse(
                "clock.at",
                "only for tests; remove it, or set clock.simulated = true",
            );
        }
        if self.mail.transport == MailTransport::Smtp && self.mail.smtp_url.is_none() {
            return refuse(
                "mail.smtp_url",
                "needed by mail.transport = \"smtp\"; give the relay",
            );
        }
        if self.mail.per_second_max == 0 || self.mail.per_domain_minute_max == 0 {
            return refuse(
                "mail.per_second_max",
                "and mail.per_domain_minute_max must be at least 1; to stop sending, stop the job drain-outbox",
            );
        }
        if !(1..=180).contains(&self.mail.letter_seconds_max) {
            return refuse(
                "mail.letter_seconds_max",
                "must be 1 to 180: a letter on its way for longer counts as lost",
            );
        }
        if !(30..=3_660).contains(&self.mail.letters_kept_days) {
            return refuse(
                "mail.letters_kept_days",
                "must be 30 to 3660: a person may send a letter again while it is kept",
            );
        }
        if self.mail.inbox == MailInbox::Imap && self.mail.imap_url.is_none() {
            return refuse(
                "mail.imap_url",
                "needed by mail.inbox = \"imap\"; give the mailbox",
            );
        }
        if !self.web.public_url.starts_with("http://")
            && !self.web.public_url.starts_with("https://")
        {
            return refuse("web.public_url", "must begin with http:// or https://");
        }
        self.rank.refuse_contradictions()?;
        self.refund.refuse_contradictions()?;
        self.discord.refuse_contradictions()?;
        Secrets::new(self.platform.secret.as_ref())?;
        self.follow_up.refuse_contradictions()
    }

    /// The database's URL, the embedded default included.
    #[must_use]
    pub fn database_url(&self) -> SecretString {
        self.database.url.clone().unwrap_or_else(|| {
            format!("sqlite://{}", self.data.join("relance.sqlite").display()).into()
        })
    }

    /// The clock that the settings ask for.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock.at.map_or_else(Clock::system, Clock::starting)
    }
}

/// One variable of the environment; empty counts as absent.
#[expect(
    clippy::disallowed_methods,
    reason = "the one reader of the environment"
)]
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
