//! Delivers our events to the platform: signed, in order, retried, parked after a bound.

use anyhow::Context as _;
use chrono::TimeDelta;
use relance_shared::env::Env;
use relance_shared::platform::store::out::{self, Outgoing};
use relance_shared::platform::webhook::Secrets;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};

use crate::outgoing;

/// Pauses after the first, second, … failed attempt of an event; the last is repeated. Source: `guides/apalis.md` 3.5.
const PAUSES_SECS: [i64; 5] = [30, 120, 600, 3_600, 21_600];
/// Attempts after which an event waits for a person and the next one is delivered: some two days.
const ATTEMPTS_MAX: i64 = 12;
/// Events that one run delivers; the rest is for the next.
const DELIVERIES_PER_RUN_MAX: u64 = 10_000;

/// Delivers what is due. Without `platform.events_url` only forgets what nobody asked for.
///
/// # Errors
/// When the setting cannot be used or the database fails. A platform that does not answer is no error: its events wait.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    out::forget(&env.db, env.clock.now()).await?;
    let Some(setting) = &env.settings.platform.events_url else {
        return Ok(());
    };
    let (client, url) = outgoing::client(setting).context("platform.events_url")?;
    let secrets = Secrets::new(env.settings.platform.secret.as_ref())?;
    let mut delivered = 0;
    while delivered < DELIVERIES_PER_RUN_MAX {
        let events = out::next(&env.db).await?;
        let Some(first) = events.first().map(|event| event.seq) else {
            return Ok(());
        };
        let mut last = None;
        let mut stuck = None;
        for event in &events {
            if event.due_at > env.clock.now() {
                stuck = Some(None);
                break;
            }
            match deliver(env, &client, &url, &secrets, event).await {
                Ok(()) => last = Some(event.seq),
                Err(why) => {
                    stuck = Some(Some((event, why)));
                    break;
                }
            }
            delivered += 1;
        }
        let now = env.clock.now();
        if let Some(last) = last {
            out::delivered(&env.db, first, last, now).await?;
        }
        match stuck {
            None => {}
            Some(None) => return Ok(()),
            // Nothing overtakes an event that is to be tried again.
            Some(Some((event, why))) => {
                let comes_again = put_off(env, event, &why).await?;
                if comes_again {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Records that an event was not delivered; whether it is tried again.
async fn put_off(env: &Env, event: &Outgoing, why: &str) -> anyhow::Result<bool> {
    let (now, pause) = (env.clock.now(), pause(event.attempts));
    tracing::warn!(
        event = event.seq,
        parked = pause.is_none(),
        why,
        "an event was not delivered"
    );
    let again_at = pause.map(|pause| now + pause);
    out::failed(&env.db, event.seq, why, again_at, now).await?;
    Ok(pause.is_some())
}

/// How long to wait after one more failure; none: no more attempts.
fn pause(attempts_before: i64) -> Option<TimeDelta> {
    if attempts_before + 1 >= ATTEMPTS_MAX {
        return None;
    }
    let at = usize::try_from(attempts_before)
        .unwrap_or_default()
        .min(PAUSES_SECS.len() - 1);
    Some(TimeDelta::seconds(PAUSES_SECS[at]))
}

async fn deliver(
    env: &Env,
    client: &Client,
    url: &Url,
    secrets: &Secrets,
    event: &Outgoing,
) -> Result<(), String> {
    let timestamp = env.clock.now().timestamp();
    let mut request = client
        .post(url.clone())
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", &event.id)
        .header("webhook-timestamp", timestamp);
    if let Some(signature) = secrets.sign(&event.id, timestamp, &event.body) {
        request = request.header("webhook-signature", signature);
    }
    let answer = request.body(event.body.clone()).send().await;
    let answer = answer.map_err(|error| chain(&error.without_url()))?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(format!(
        "the platform answered {}",
        answer.status().as_u16()
    ))
}

/// An error with its causes; the address is left out, it may hold a secret.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
