//! A local Discord: REST v10 and gateway v10, on loopback. It checks every request against Discord's own description when
//! that file is there, and what the description does not say: life cycle, duplicate ids, limits. Faults are scripted.

mod check;
mod describe;
mod gateway;
mod http;
mod rest;
mod world;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use relance_shared::config::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use world::{Asked, World};
pub use world::{Fault, FaultKind, Posted, Shown};

/// Names of the API, for the certificate.
const HOST: &str = "discord.com";
/// Longest wait for something that must happen.
const WAIT: Duration = Duration::from_secs(20);
/// The application, its server and a channel.
pub const APPLICATION: u64 = 1_000_000_000_000_000_001;
/// The server.
pub const GUILD: u64 = 1_000_000_000_000_000_002;
/// The channel in which people ask.
pub const CHANNEL: u64 = 1_000_000_000_000_000_003;
/// The staff's channel.
pub const REVIEW: u64 = 1_000_000_000_000_000_004;
/// The channel in which decisions are mirrored.
pub const LOG: u64 = 1_000_000_000_000_000_006;
/// The channel for threads that stand in for private messages.
pub const HELP: u64 = 1_000_000_000_000_000_005;

/// Which way the bot comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `discord.api_base`: plain, limiter off.
    Plain,
    /// `discord.tls_test_*`: the production path, limiter on.
    Tls,
}

/// A running local Discord.
pub struct Discord {
    world: Arc<World>,
    rest: SocketAddr,
    way: Way,
    folder: TempDir,
}

/// One interaction that was sent to the bot.
#[derive(Debug, Clone)]
pub struct Interaction {
    token: String,
    payload: Value,
}

impl Discord {
    /// Starts one on free ports.
    ///
    /// # Errors
    /// When no port or certificate can be had.
    pub async fn start(way: Way) -> anyhow::Result<Self> {
        let world = Arc::new(World::new(describe::Description::load()?));
        let folder = TempDir::new()?;
        let acceptor = match way {
            Way::Plain => None,
            Way::Tls => Some(certificates(&folder)?),
        };
        gateway::serve(&world).await?;
        let rest = http::serve(&world, acceptor).await?;
        Ok(Self {
            world,
            rest,
            way,
            folder,
        })
    }

    /// Points a bot's settings here.
    pub fn point(&self, settings: &mut Settings) {
        let discord = &mut settings.discord;
        discord.token = Some("test-token".to_owned().into());
        discord.guild = Some(GUILD);
        discord.review_channel = Some(REVIEW);
        discord.log_channel = Some(LOG);
        discord.help_channel = Some(HELP);
        match self.way {
            Way::Plain => discord.api_base = Some(format!("http://{}", self.rest)),
            Way::Tls => {
                discord.tls_test_ca = Some(self.authority());
                discord.tls_test_addr = Some(self.rest.to_string());
            }
        }
    }

    /// The certificate authority's file.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The next request whose path contains `path` (method first: `POST /channels`) meets a fault, `times` times.
    pub fn fault(&self, path: &str, kind: FaultKind, times: u32) {
        self.world.with(|state| {
            state.faults.push(Fault {
                path: path.to_owned(),
                kind,
                times,
            });
        });
    }

    /// Private messages of `user` are refused from now on.
    pub fn close_door(&self, user: u64) {
        self.world.with(|state| state.closed_doors.push(user));
    }

    /// Waits until the gateway greeted `sessions` new sessions (RESUME not counted).
    ///
    /// # Errors
    /// When that does not happen.
    pub async fn sessions(&self, sessions: u32) -> anyhow::Result<()> {
        self.until("a session", |state| {
            (state.sessions >= sessions).then_some(())
        })
        .await
    }

    /// Waits until `resumes` sessions were taken up again.
    ///
    /// # Errors
    /// When that does not happen.
    pub async fn resumes(&self, resumes: u32) -> anyhow::Result<()> {
        self.until("a resume", |state| (state.resumes >= resumes).then_some(()))
            .await
    }

    /// Waits until the commands were registered.
    ///
    /// # Errors
    /// When that does not happen.
    pub async fn registered(&self) -> anyhow::Result<Value> {
        self.until("a registration", |state| state.commands.clone())
            .await
    }

    /// How often commands were registered.
    #[must_use]
    pub fn registrations(&self) -> u32 {
        self.world.with(|state| state.registrations)
    }

    /// Asks the bot to reconnect (op 7).
    pub fn ask_to_reconnect(&self) {
        self.world.control(gateway::Control::Reconnect);
    }

    /// Cuts the gateway's line.
    pub fn drop_gateway(&self) {
        self.world.control(gateway::Control::Drop);
    }

    /// Tells the bot that its session is over (op 9).
    pub fn invalidate_session(&self) {
        self.world.control(gateway::Control::Invalidate);
    }

    /// Somebody uses a command in the channel.
    #[must_use]
    pub fn command(&self, user: u64, locale: &str, name: &str, options: &Value) -> Interaction {
        let data = json!({"id": "1", "name": name, "type": 1, "options": options});
        self.interact(user, locale, 2, &data, None)
    }

    /// Somebody types an option.
    #[must_use]
    pub fn typing(&self, user: u64, locale: &str, name: &str, options: &Value) -> Interaction {
        let data = json!({"id": "1", "name": name, "type": 1, "options": options});
        self.interact(user, locale, 4, &data, None)
    }

    /// Somebody presses a button of a message that the bot showed.
    #[must_use]
    pub fn press(&self, user: u64, locale: &str, custom_id: &str, message: &Value) -> Interaction {
        let data = json!({"custom_id": custom_id, "component_type": 2});
        self.interact(user, locale, 3, &data, Some(message))
    }

    /// Somebody sends a form.
    #[must_use]
    pub fn send_form(
        &self,
        user: u64,
        locale: &str,
        custom_id: &str,
        field: &str,
        value: &str,
    ) -> Interaction {
        let data = json!({"custom_id": custom_id, "components": [
            {"type": 1, "components": [{"type": 4, "custom_id": field, "value": value}]}]});
        self.interact(user, locale, 5, &data, None)
    }

    /// The same interaction is delivered once more, as after a resume.
    pub fn repeat(&self, interaction: &Interaction) {
        self.world
            .dispatch("INTERACTION_CREATE", &interaction.payload);
    }

    /// What the asker sees in the end: the deferred answer filled, or the first answer.
    ///
    /// # Errors
    /// When nothing is shown in time.
    pub async fn shown(&self, interaction: &Interaction) -> anyhow::Result<Shown> {
        let token = interaction.token.clone();
        self.until("an answer", move |state| {
            state.asked.get(&token).and_then(Asked::shown)
        })
        .await
    }

    /// Waits for the first answer alone.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn acknowledged(&self, interaction: &Interaction) -> anyhow::Result<()> {
        let token = interaction.token.clone();
        self.until("an acknowledgement", move |state| {
            state
                .asked
                .get(&token)
                .and_then(|asked| asked.first)
                .map(drop)
        })
        .await
    }

    /// The time is over in which Discord knows a nonce again.
    pub fn forget_nonces(&self) {
        self.world.with(|state| state.nonces.clear());
    }

    /// Milliseconds from dispatch to the first answer of each interaction so far.
    #[must_use]
    pub fn latencies(&self) -> Vec<f64> {
        self.world.with(|state| {
            let acknowledged = state.asked.values().filter_map(|asked| asked.acknowledged);
            acknowledged
                .map(|after| after.as_secs_f64() * 1_000.0)
                .collect()
        })
    }

    /// Waits until `count` interactions were answered for good.
    ///
    /// # Errors
    /// When that does not happen.
    pub async fn answered(&self, count: usize) -> anyhow::Result<()> {
        self.until("all answers", |state| {
            (state.asked.values().filter_map(Asked::shown).count() >= count).then_some(())
        })
        .await
    }

    /// Messages in a channel or thread, in their order.
    #[must_use]
    pub fn posted(&self, channel: u64) -> Vec<Posted> {
        self.world.with(|state| {
            let of_channel = state
                .messages
                .iter()
                .filter(|message| message.channel == channel);
            of_channel.cloned().collect()
        })
    }

    /// The channel of private messages with `user`.
    #[must_use]
    pub fn private_channel(user: u64) -> u64 {
        world::private_channel(user)
    }

    /// A member of the staff deletes a message.
    pub fn delete(&self, message: u64) {
        self.world
            .with(|state| state.messages.retain(|posted| posted.id != message));
    }

    /// Requests that were made, as `METHOD /path`.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.world.with(|state| state.requests.clone())
    }

    /// Fails when a request broke a rule of Discord.
    ///
    /// # Errors
    /// Names every broken rule.
    pub fn check(&self) -> anyhow::Result<()> {
        let broken = self.world.with(|state| state.violations.clone());
        if !broken.is_empty() {
            bail!(
                "{} requests broke a rule:\n{}",
                broken.len(),
                broken.join("\n")
            );
        }
        Ok(())
    }

    /// How many requests were held against Discord's description.
    #[must_use]
    pub fn described(&self) -> u32 {
        self.world.with(|state| state.described)
    }

    fn interact(
        &self,
        user: u64,
        locale: &str,
        kind: u8,
        data: &Value,
        message: Option<&Value>,
    ) -> Interaction {
        let (id, token) = self.world.with(|state| {
            let id = state.next_id();
            let token = format!("interaction-token-{id}");
            state.asked.insert(token.clone(), Asked::new(id, kind));
            (id, token)
        });
        let mut payload = json!({
            "id": id.to_string(), "application_id": APPLICATION.to_string(), "type": kind, "data": data,
            "guild_id": GUILD.to_string(), "channel_id": CHANNEL.to_string(),
            "channel": {"id": CHANNEL.to_string(), "type": 0, "name": "questions", "permissions": "0"},
            "member": {
                "user": person(user), "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": false,
                "mute": false, "permissions": "0", "flags": 0, "guild_id": GUILD.to_string(),
            },
            "token": token, "version": 1, "locale": locale, "guild_locale": "fr", "app_permissions": "0",
            "entitlements": [], "authorizing_integration_owners": {}, "context": 0, "attachment_size_limit": 1024,
        });
        if let Some(message) = message {
            payload["message"] = message.clone();
        }
        self.world.dispatch("INTERACTION_CREATE", &payload);
        Interaction { token, payload }
    }

    async fn until<T>(
        &self,
        what: &str,
        found: impl FnMut(&world::State) -> Option<T>,
    ) -> anyhow::Result<T> {
        let waiting = self.world.until(found);
        tokio::time::timeout(WAIT, waiting).await.with_context(|| {
            let (requests, broken) = self
                .world
                .with(|state| (state.requests.clone(), state.violations.clone()));
            format!("waited in vain for {what}; requests: {requests:?}; broken: {broken:?}")
        })
    }
}

fn person(user: u64) -> Value {
    json!({"id": user.to_string(), "username": format!("user{user}"), "discriminator": "0", "avatar": null})
}

/// Makes an authority and a leaf for the API's name: rustls takes no authority for a server's own certificate.
fn certificates(folder: &TempDir) -> anyhow::Result<TlsAcceptor> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    let certificate = authority.self_signed(&key)?;
    std::fs::write(folder.path().join("ca.pem"), certificate.pem())?;
    let issuer = Issuer::new(authority, key);
    let leaf_key = KeyPair::generate()?;
    let leaf = CertificateParams::new(vec![HOST.to_owned()])?.signed_by(&leaf_key, &issuer)?;
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
