//! Fetches the platform's feed: page after page from where the last one ended.
//!
//! `GET platform.feed_url?cursor=…` gives `{"events":[…],"cursor":"…"}`, or JSON lines whose last event's id is the next
//! cursor. An event may be a signed line (`webhook-id`, `webhook-timestamp`, `webhook-signature`, `payload`).

use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use relance_shared::env::Env;
use relance_shared::platform::store::{feed, take};
use relance_shared::platform::webhook::Secrets;
use relance_shared::platform::{RawEvent, Source, Taken};
use reqwest::header::ACCEPT;
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::Value;

use crate::outgoing;

/// Bytes of a page at most: it is held in memory.
const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Pages of one run; the next run goes on from there.
const PAGES_PER_RUN_MAX: u32 = 200;
/// Characters of a cursor.
const CURSOR_CHARS_MAX: usize = 1_000;
/// Pause after the first failure in a row; it doubles up to [`PAUSE_SECS_MAX`]. Source: operator's choice.
const PAUSE_SECS_FIRST: i64 = 60;
/// Longest pause between two attempts.
const PAUSE_SECS_MAX: i64 = 3_600;

/// Takes what is new. Without `platform.feed_url` there is nothing to do.
///
/// # Errors
/// When the setting cannot be used or the database fails. A platform that does not answer is no error: it is asked again
/// later, from the same place.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let Some(setting) = &env.settings.platform.feed_url else {
        return Ok(());
    };
    let (client, url) = outgoing::client(setting).context("platform.feed_url")?;
    let secrets = Secrets::new(env.settings.platform.secret.as_ref())?;
    let name = name(&url);
    let known = feed::find(&env.db, &name).await?;
    let now = env.clock.now();
    if known.as_ref().is_some_and(|known| known.due_at > now) {
        return Ok(());
    }
    let failures = known.as_ref().map_or(0, |known| known.failures);
    let mut cursor = known.and_then(|known| known.cursor);
    for _ in 0..PAGES_PER_RUN_MAX {
        let page = match fetch(&client, &url, cursor.as_deref()).await {
            Ok(page) => page,
            Err(error) => {
                let pause = PAUSE_SECS_FIRST << failures.clamp(0, 6);
                let due_at = env.clock.now() + TimeDelta::seconds(pause.min(PAUSE_SECS_MAX));
                tracing::warn!(
                    failures = failures + 1,
                    why = format!("{error:#}"),
                    "the feed could not be read"
                );
                feed::failed(&env.db, &name, due_at).await?;
                return Ok(());
            }
        };
        let is_last = page.lines.is_empty() || page.cursor.is_none() || page.cursor == cursor;
        accept(env, &page.lines, &secrets).await?;
        cursor = page.cursor.or(cursor);
        feed::served(&env.db, &name, cursor.as_deref(), env.clock.now()).await?;
        if is_last {
            break;
        }
    }
    Ok(())
}

/// The feed's name in the database: its address without credentials and without what is asked of it.
fn name(url: &Url) -> String {
    let mut name = url.clone();
    name.set_query(None);
    // Both fail only for addresses without a host, which were refused.
    let _ = name.set_username("");
    let _ = name.set_password(None);
    name.into()
}

struct Page {
    lines: Vec<String>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Wrapped {
    events: Vec<Value>,
    #[serde(alias = "next")]
    cursor: Option<String>,
}

async fn fetch(client: &Client, url: &Url, cursor: Option<&str>) -> anyhow::Result<Page> {
    let mut url = url.clone();
    if let Some(cursor) = cursor {
        url.query_pairs_mut().append_pair("cursor", cursor);
    }
    let request = client
        .get(url)
        .header(ACCEPT, "application/json, application/x-ndjson");
    let answer = request.send().await.map_err(reqwest::Error::without_url)?;
    if !answer.status().is_success() {
        bail!("the platform answered {}", answer.status().as_u16());
    }
    let body = outgoing::bounded(answer, PAGE_BYTES_MAX).await?;
    let page = page(std::str::from_utf8(&body).context("the feed is no UTF-8")?)?;
    if page
        .cursor
        .as_ref()
        .is_some_and(|cursor| cursor.chars().count() > CURSOR_CHARS_MAX)
    {
        bail!("the feed's cursor is longer than {CURSOR_CHARS_MAX} characters");
    }
    Ok(page)
}

fn page(body: &str) -> anyhow::Result<Page> {
    if let Ok(wrapped) = serde_json::from_str::<Wrapped>(body) {
        return Ok(Page {
            lines: wrapped.events.iter().map(Value::to_string).collect(),
            cursor: wrapped.cursor,
        });
    }
    let lines: Vec<String> = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    let last = lines
        .last()
        .map(|line| serde_json::from_str::<Value>(line))
        .transpose();
    let last = last.context("the feed is neither an object with events nor JSON lines")?;
    let id = last
        .as_ref()
        .and_then(|last| last.get("id").or_else(|| last.get("webhook-id")));
    Ok(Page {
        cursor: id.and_then(Value::as_str).map(str::to_owned),
        lines,
    })
}

async fn accept(env: &Env, lines: &[String], secrets: &Secrets) -> anyhow::Result<()> {
    let mut events = Vec::new();
    let mut rejected = 0_u64;
    for (at, line) in lines.iter().enumerate() {
        match RawEvent::line(line, secrets) {
            Ok(event) => events.push(event),
            Err(why) => {
                rejected += 1;
                tracing::warn!(event = at + 1, why = %why, "an event of the feed was rejected");
            }
        }
    }
    let taken = take(&env.db, &env.keys, Source::Feed, &events, env.clock.now()).await?;
    for (event, taken) in events.iter().zip(&taken) {
        if let Taken::Rejected(why) | Taken::Refused(why) = taken {
            rejected += 1;
            tracing::warn!(
                event = event.event().id,
                why,
                "an event of the feed had no effect"
            );
        }
    }
    let source = [("source", "feed")];
    metrics::counter!("relance_platform_events_total", &source)
        .increment(lines.len() as u64 - rejected);
    metrics::counter!("relance_platform_rejected_total", &source).increment(rejected);
    Ok(())
}

#[cfg(test)]
mod tests;
