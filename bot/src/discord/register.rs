//! Telling Discord about the commands, when they changed: creations are limited to 200 a day.

use anyhow::Context as _;
use relance_shared::discord_out::store;
use relance_shared::env::Env;
use serde_json::Value;
use serenity::all::{ApplicationId, GuildId, LightMethod};
use serenity::http::{Request, Route};

use crate::conversation::register::{definitions, fingerprint};
use crate::discord::connect::{self, Lines};

/// Registers the commands, on the server of the settings or everywhere, if they are others than last time.
///
/// # Errors
/// When Discord refuses, with its status and code, or the data cannot be read.
pub async fn if_changed(env: &Env, lines: &Lines) -> anyhow::Result<bool> {
    let guild = env.settings.discord.guild;
    let place = guild.map_or_else(|| "global".to_owned(), |guild| guild.to_string());
    let fingerprint = fingerprint();
    if store::registered(&env.db, &place).await?.as_ref() == Some(&fingerprint) {
        return Ok(false);
    }
    let definitions = definitions();
    let sent = match guild {
        Some(guild) => lines
            .http
            .create_guild_commands(GuildId::new(guild), &definitions)
            .await
            .map(drop),
        None => lines
            .http
            .create_global_commands(&definitions)
            .await
            .map(drop),
    };
    sent.map_err(|error| {
        anyhow::anyhow!("Discord refused the commands ({})", connect::kind(&error))
    })?;
    store::keep_registered(&env.db, &place, &fingerprint, env.clock.now()).await?;
    Ok(true)
}

/// Asks Discord whose commands the token's are.
///
/// # Errors
/// When Discord does not answer.
pub async fn know_application(lines: &Lines) -> anyhow::Result<()> {
    let request = Request::new(Route::Oauth2ApplicationCurrent, LightMethod::Get);
    let application: Value = (lines.http.fire(request).await).map_err(|error| {
        anyhow::anyhow!(
            "Discord does not say whose token it is ({})",
            connect::kind(&error)
        )
    })?;
    let id = application["id"]
        .as_str()
        .and_then(|id| id.parse::<u64>().ok());
    let id = id.context("Discord's answer about the application has no id")?;
    lines.know_application(ApplicationId::new(id));
    Ok(())
}
