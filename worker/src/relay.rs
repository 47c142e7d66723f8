//! Letters on their way out: what hands them over, how fast, and what an answer means.

mod breaker;
mod folder;
mod limits;
mod smtp;
pub(crate) mod tls;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use relance_shared::config::MailTransport;
use relance_shared::env::Env;
use relance_shared::outbox::Verdict;
use relance_shared::outbox::store::Claimed;
use secrecy::ExposeSecret;
use tokio::sync::watch;

pub use breaker::Breaker;
use folder::Folder;
pub use limits::Limits;
use smtp::Smtp;

/// Letters that travel at the same time, each on a connection of its own. Source: operator's relays allow ten or more.
pub const CONNECTIONS_MAX: usize = 8;

/// Relays of this process by address: the pool, the rate limits and the breaker hold over all runs of the job.
static RELAYS: LazyLock<Mutex<HashMap<String, Arc<Relay>>>> = LazyLock::new(Mutex::default);

/// Becomes true when the program was told to stop.
pub type Stop = watch::Receiver<bool>;

/// What takes letters over.
#[derive(Debug)]
pub struct Relay {
    transport: Transport,
    /// How fast.
    pub limits: Limits,
    /// Whether it seems to be there.
    pub breaker: Mutex<Breaker>,
}

#[derive(Debug)]
enum Transport {
    Folder(Folder),
    Smtp(Box<Smtp>),
}

impl Relay {
    /// The relay of the settings, one per address and process.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn of(env: &Env) -> anyhow::Result<Arc<Self>> {
        let mail = &env.settings.mail;
        let folder = env.settings.data.join("mail/out");
        let url = mail.smtp_url.as_ref().map(ExposeSecret::expose_secret);
        let key = match mail.transport {
            MailTransport::Folder => folder.display().to_string(),
            MailTransport::Smtp => url.unwrap_or_default().to_owned(),
        };
        let mut relays = RELAYS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(relay) = relays.get(&key) {
            return Ok(Arc::clone(relay));
        }
        let transport = match mail.transport {
            MailTransport::Folder => Transport::Folder(Folder::open(&folder)?),
            MailTransport::Smtp => {
                let letter_time = Duration::from_secs(mail.letter_seconds_max.into());
                let url = url.context("mail.smtp_url: give the relay")?;
                let smtp = Smtp::new(url, mail.smtp_ca.as_deref(), letter_time)?;
                Transport::Smtp(Box::new(smtp))
            }
        };
        let relay = Arc::new(Self {
            transport,
            limits: Limits::new(mail.per_second_max, mail.per_domain_minute_max),
            breaker: Mutex::default(),
        });
        relays.insert(key, Arc::clone(&relay));
        Ok(relay)
    }

    /// Whether handing the same letter over twice leaves one letter.
    #[must_use]
    pub const fn is_repeat_harmless(&self) -> bool {
        matches!(self.transport, Transport::Folder(_))
    }

    /// Whether [`Relay::ready`] would answer at once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match &self.transport {
            Transport::Folder(_) => true,
            Transport::Smtp(smtp) => smtp.is_ready(),
        }
    }

    /// Makes sure that it is there, before any letter is claimed for it.
    ///
    /// # Errors
    /// What is wrong, without secrets.
    pub async fn ready(&self) -> Result<(), String> {
        match &self.transport {
            Transport::Folder(_) => Ok(()),
            Transport::Smtp(smtp) => smtp.ready().await,
        }
    }

    /// Hands one letter over. Never fails: whatever happens is a verdict.
    pub async fn send(&self, letter: &Claimed, stop: &Stop) -> Verdict {
        match &self.transport {
            Transport::Folder(folder) => folder.send(letter).await,
            Transport::Smtp(smtp) => smtp.send(letter, stop.clone()).await,
        }
    }
}
