//! The mail stands in for a bot that does not run: what Discord never showed becomes a letter. Part of `drain-outbox`.

use chrono::TimeDelta;
use relance_shared::discord_out::To;
use relance_shared::discord_out::store::{by_mail, claim_late};
use relance_shared::env::Env;
use relance_shared::mail::Composer;

/// How long a bot may take. Source: operator's choice; a restart takes seconds.
const NO_BOT_AFTER: TimeDelta = TimeDelta::hours(1);

/// Writes letters for the messages to people that no bot delivered in [`NO_BOT_AFTER`].
///
/// # Errors
/// When the templates cannot be read or the database fails; messages that were claimed come back after their lease.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let mut written = 0;
    loop {
        let now = env.clock.now();
        let late = claim_late(&env.db, now - NO_BOT_AFTER, now).await?;
        if late.is_empty() {
            break;
        }
        let composer = Composer::new(&env.settings, &env.keys)?;
        for message in &late {
            let user = match message.to {
                To::User(user) => Some(user),
                To::Provider(_) | To::Review | To::Log => None,
            };
            written += usize::from(by_mail::send(env, &composer, message, user).await?);
        }
    }
    if written > 0 {
        tracing::info!(
            letters = written,
            "mail stands in for messages that no bot took"
        );
    }
    Ok(())
}
