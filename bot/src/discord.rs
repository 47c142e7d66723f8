//! Discord through serenity: draws what the conversation says, and delivers messages.

pub mod answer;
pub mod connect;
pub mod draw;
pub mod register;
mod say;
pub mod tell;

use std::sync::Arc;

use anyhow::Context as _;
use serenity::all::{
    ClientBuilder, Context, EventHandler, GatewayIntents, Interaction, Ready, ShardManager,
    async_trait,
};

use crate::conversation::Desk;
use connect::Lines;

/// What the gateway's events are handed to.
struct Handler {
    desk: Arc<Desk>,
    lines: Arc<Lines>,
}

#[async_trait]
impl EventHandler for Handler {
    async fn ready(&self, _: Context, ready: Ready) {
        self.lines.know_application(ready.application.id);
        let is_first = ready.shard.is_none_or(|shard| shard.id.0 == 0);
        tracing::info!(
            shards = ready.shard.map_or(1, |shard| shard.total),
            "on Discord"
        );
        if is_first {
            match register::if_changed(&self.desk.env, &self.lines).await {
                Ok(true) => tracing::info!("the commands were registered"),
                Ok(false) => {}
                // What was registered before goes on working; the next start tries again.
                Err(error) => {
                    tracing::error!(error = %error, "the commands could not be registered");
                }
            }
        }
    }

    async fn interaction_create(&self, _: Context, interaction: Interaction) {
        answer::answer(&self.desk, &self.lines, interaction).await;
    }
}

/// A connected bot, not yet listening.
pub struct Bot {
    client: serenity::Client,
    lines: Arc<Lines>,
    shards: Option<u32>,
}

impl Bot {
    /// Reaches Discord and prepares to listen, for GUILDS alone: slash commands and buttons need no other intent, and no
    /// message of anybody is read.
    ///
    /// # Errors
    /// When no token is set, or the API cannot be reached with the settings: nothing falls back to another address.
    pub async fn connect(desk: Arc<Desk>) -> anyhow::Result<Self> {
        let settings = &desk.env.settings.discord;
        let (http, lines) = connect::lines(settings).await?;
        let lines = Arc::new(lines);
        let shards = settings.shards;
        let handler = Handler {
            desk,
            lines: lines.clone(),
        };
        let client = ClientBuilder::new_with_http(http, GatewayIntents::GUILDS)
            .event_handler(handler)
            .await
            .context("preparing the connection to Discord")?;
        Ok(Self {
            client,
            lines,
            shards,
        })
    }

    /// The lines to Discord, for deliveries.
    #[must_use]
    pub fn lines(&self) -> Arc<Lines> {
        self.lines.clone()
    }

    /// What stops the bot.
    #[must_use]
    pub fn shards(&self) -> Arc<ShardManager> {
        self.client.shard_manager.clone()
    }

    /// Listens until stopped.
    ///
    /// # Errors
    /// When Discord refuses the token or the intents; broken lines are taken up again.
    pub async fn listen(mut self) -> anyhow::Result<()> {
        let listening = match self.shards {
            Some(shards) => self.client.start_shards(shards).await,
            None => self.client.start_autosharded().await,
        };
        listening.context("listening to Discord: is discord.token right?")
    }
}
