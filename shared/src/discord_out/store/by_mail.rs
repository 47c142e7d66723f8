//! The letter that stands in for a message: a closed door, or no bot that runs.

use chrono::{DateTime, Utc};
use serde::Deserialize as _;
use serde_json::Value;

use super::{Claimed, mailed, refuse};
use crate::account::{self, DiscordUser, Identity, Locale, Provider};
use crate::db::StoreError;
use crate::discord_out::{MessageId, To};
use crate::env::Env;
use crate::mail::{Composer, Letter, LetterKind};
use crate::outbox;

/// The letter that says the same, in one transaction with the message's end. False, and the message is refused with the
/// reason, when there is no letter or no address.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn send(
    env: &Env,
    composer: &Composer,
    message: &Claimed,
    user: Option<DiscordUser>,
) -> Result<bool, StoreError> {
    let now = env.clock.now();
    let provider = match (message.to, user) {
        (To::Provider(id), _) => account::store::provider(&env.db, id).await?,
        (_, Some(user)) => match account::store::who(&env.db, user, now).await? {
            Identity::Provider { provider, .. } => Some(provider),
            Identity::Client { .. } | Identity::Staff(_) | Identity::Nobody => None,
        },
        _ => None,
    };
    let written = (message.letter.as_ref().zip(provider)).and_then(|((kind, values), provider)| {
        letter(env, message.id, *kind, values, &provider, now)
    });
    let Some(letter) = written else {
        let why = "the door is closed or no bot runs, and there is no letter or no address";
        refuse(&env.db, message, why, now).await?;
        return Ok(false);
    };
    let ready = match composer.compose(&letter, now) {
        Ok(ready) => ready,
        // One letter that cannot be written must not keep the others.
        Err(error) => {
            tracing::error!(message = %message.id, error = &error as &dyn std::error::Error, "no letter for a message");
            refuse(&env.db, message, "the letter cannot be written", now).await?;
            return Ok(false);
        }
    };
    let mut tx = env.db.begin().await?;
    let is_ours = mailed(&mut tx, message, now).await?;
    if is_ours {
        outbox::store::put(&mut tx, &[ready], now).await?;
        tx.commit().await?;
    }
    Ok(is_ours)
}

fn letter(
    env: &Env,
    id: MessageId,
    kind: LetterKind,
    values: &Value,
    provider: &Provider,
    now: DateTime<Utc>,
) -> Option<Letter> {
    // In the language in which they asked, as the message would have been.
    let locale = (values.get("locale")).and_then(|locale| Locale::deserialize(locale).ok());
    Some(Letter {
        kind,
        client: None,
        provider: Some(provider.id),
        name: provider.name.clone(),
        email: provider.email.clone()?,
        locale: locale.unwrap_or(provider.locale),
        zone: env.settings.schedule.zone,
        dedupe: format!("discord:{id}"),
        due_at: now,
        projects: Vec::new(),
        values: values.clone(),
    })
}
