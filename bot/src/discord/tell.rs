//! The job `tell-discord`: delivers the messages that are due, shows rewritten ones anew, and falls back from a closed
//! door to a private thread, then to the mail.

use chrono::{DateTime, TimeDelta, Utc};
use relance_shared::account::{self, DiscordUser};
use relance_shared::discord_out::store::{self, ATTEMPTS_MAX, Claimed, by_mail, doors};
use relance_shared::discord_out::{MessageId, To};
use serde_json::{Value, json};
use serenity::all::{ChannelId, MessageId as DiscordMessageId, UserId};

use crate::conversation::Desk;
use crate::discord::connect::Lines;
use crate::discord::draw;
use crate::discord::say::{DOOR_CLOSED, Said, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, say};

/// Pauses after the first, second, … failed delivery; the last one repeats.
const BACK_OFF_SECS: [i64; 6] = [5, 30, 120, 600, 3_600, 10_800];
/// A private thread under a text channel. Source: Discord's channel types.
const PRIVATE_THREAD: u8 = 12;
/// Name of the thread that stands in for private messages; the platform's own language.
const THREAD_NAME: &str = "Vos messages";
/// Characters of a nonce that Discord takes.
const NONCE_CHARS: usize = 25;

/// Where a message goes.
enum Place {
    Channel(u64),
    Mail,
    /// Discord does not answer now; says why.
    Later(String),
    Nowhere(&'static str),
}

/// Delivers what is due, until nothing is.
///
/// # Errors
/// When the data cannot be read or written; trouble with Discord puts the messages off.
pub async fn run(desk: &Desk, lines: &Lines) -> anyhow::Result<()> {
    loop {
        let claimed = store::claim(&desk.env.db, desk.env.clock.now()).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        for message in &claimed {
            deliver(desk, lines, message).await?;
        }
    }
}

async fn deliver(desk: &Desk, lines: &Lines, message: &Claimed) -> anyhow::Result<()> {
    let now = desk.env.clock.now();
    let body = draw::message(&message.body.text, &message.body.buttons);
    if let Some((channel, id)) = message.delivered {
        return edit(desk, lines, message, (channel, id), &body).await;
    }
    let user = user_of(desk, message.to).await?;
    match place(desk, lines, message.to, user).await? {
        Place::Nowhere(why) => store::refuse(&desk.env.db, message, why, now).await?,
        Place::Mail => mail(desk, message, user).await?,
        Place::Later(why) => put_off(desk, message, &why).await?,
        Place::Channel(channel) => post(desk, lines, message, channel, user, body).await?,
    }
    Ok(())
}

/// The first delivery. The nonce makes a repeated one show nothing twice.
async fn post(
    desk: &Desk,
    lines: &Lines,
    message: &Claimed,
    channel: u64,
    user: Option<DiscordUser>,
    mut body: Value,
) -> anyhow::Result<()> {
    let (db, now) = (&desk.env.db, desk.env.clock.now());
    body["nonce"] = json!(nonce(message.id));
    body["enforce_nonce"] = json!(true);
    let send = || {
        lines
            .http
            .send_message(ChannelId::new(channel), Vec::new(), &body)
    };
    match (say(send).await, user) {
        (Said::Done(posted), _) => {
            store::shown(db, message, (channel, posted.id.get()), now).await?;
        }
        (Said::Refused { code, .. }, Some(user)) if code == DOOR_CLOSED => {
            doors::close(db, user, now).await?;
            through_thread(desk, lines, message, user).await?;
        }
        // The thread was deleted: another one, or the mail, at the next try.
        (Said::Refused { code, .. }, Some(user)) if code == UNKNOWN_CHANNEL => {
            doors::keep_thread(db, user, None, now).await?;
            store::later(db, message, back_off(message, now), "the thread is gone").await?;
        }
        (Said::Refused { status, code }, Some(_)) => {
            tracing::warn!(message = %message.id, status, code, "a message was refused; the mail stands in");
            mail(desk, message, user).await?;
        }
        (Said::Refused { status, code }, None) => {
            store::refuse(db, message, &format!("status {status}, code {code}"), now).await?;
        }
        (Said::Before, _) => {
            store::later(db, message, back_off(message, now), "answered before").await?;
        }
        (Said::Later(why), _) => put_off(desk, message, &why).await?,
    }
    Ok(())
}

async fn edit(
    desk: &Desk,
    lines: &Lines,
    message: &Claimed,
    (channel, id): (u64, u64),
    body: &Value,
) -> anyhow::Result<()> {
    let (db, now) = (&desk.env.db, desk.env.clock.now());
    let (of_channel, of_message) = (ChannelId::new(channel), DiscordMessageId::new(id));
    let send = || {
        lines
            .http
            .edit_message(of_channel, of_message, body, Vec::new())
    };
    match say(send).await {
        Said::Done(_) => store::shown(db, message, (channel, id), now).await?,
        // Somebody deleted the card: it is posted again.
        Said::Refused { code, .. } if code == UNKNOWN_MESSAGE || code == UNKNOWN_CHANNEL => {
            store::lost(db, message, now).await?;
        }
        Said::Refused { status, code } => {
            store::refuse(db, message, &format!("status {status}, code {code}"), now).await?;
        }
        Said::Before => {
            store::later(db, message, back_off(message, now), "answered before").await?;
        }
        Said::Later(why) => put_off(desk, message, &why).await?,
    }
    Ok(())
}

async fn put_off(desk: &Desk, message: &Claimed, why: &str) -> anyhow::Result<()> {
    let now = desk.env.clock.now();
    if message.attempts >= ATTEMPTS_MAX {
        store::refuse(&desk.env.db, message, why, now).await?;
    } else {
        store::later(&desk.env.db, message, back_off(message, now), why).await?;
    }
    Ok(())
}

async fn user_of(desk: &Desk, to: To) -> anyhow::Result<Option<DiscordUser>> {
    Ok(match to {
        To::User(user) => Some(user),
        To::Provider(provider) => account::store::user_of(&desk.env.db, provider).await?,
        To::Review | To::Log => None,
    })
}

async fn place(
    desk: &Desk,
    lines: &Lines,
    to: To,
    user: Option<DiscordUser>,
) -> anyhow::Result<Place> {
    let settings = &desk.env.settings.discord;
    Ok(match (to, user) {
        (To::Review, _) => settings.review_channel.map_or(
            Place::Nowhere("discord.review_channel is not set"),
            Place::Channel,
        ),
        (To::Log, _) => settings.log_channel.map_or(
            Place::Nowhere("discord.log_channel is not set"),
            Place::Channel,
        ),
        (To::Provider(_), None) => Place::Mail,
        (To::Provider(_) | To::User(_), Some(user)) => {
            let door = doors::of(&desk.env.db, user).await?;
            match (door.is_closed, door.thread) {
                (true, Some(thread)) => Place::Channel(thread),
                (true, None) => Place::Mail,
                (false, _) => private_channel(lines, user).await,
            }
        }
        (To::User(_), None) => Place::Nowhere("no such user"),
    })
}

/// The channel of private messages with `user`; the mail when Discord gives none.
async fn private_channel(lines: &Lines, user: DiscordUser) -> Place {
    let map = json!({"recipient_id": user.0.to_string()});
    match say(|| lines.http.create_private_channel(&map)).await {
        Said::Done(channel) => Place::Channel(channel.id.get()),
        Said::Before | Said::Refused { .. } => Place::Mail,
        Said::Later(why) => Place::Later(why),
    }
}

/// The door is closed: a private thread under the help channel stands in from now on, else the mail.
async fn through_thread(
    desk: &Desk,
    lines: &Lines,
    message: &Claimed,
    user: DiscordUser,
) -> anyhow::Result<()> {
    let now = desk.env.clock.now();
    let Some(help) = desk.env.settings.discord.help_channel else {
        return mail(desk, message, Some(user)).await;
    };
    let map = json!({"name": THREAD_NAME, "type": PRIVATE_THREAD, "invitable": false});
    let opened = say(|| lines.http.create_thread(ChannelId::new(help), &map, None)).await;
    let thread = match opened {
        Said::Done(thread) => thread,
        Said::Later(why) => return put_off(desk, message, &why).await,
        Said::Before | Said::Refused { .. } => return mail(desk, message, Some(user)).await,
    };
    let joined = say(|| {
        lines
            .http
            .add_thread_channel_member(thread.id, UserId::new(user.0))
    })
    .await;
    let Said::Done(()) = joined else {
        return mail(desk, message, Some(user)).await;
    };
    doors::keep_thread(&desk.env.db, user, Some(thread.id.get()), now).await?;
    store::later(
        &desk.env.db,
        message,
        now,
        "the door is closed; a thread stands in",
    )
    .await?;
    Ok(())
}

async fn mail(desk: &Desk, message: &Claimed, user: Option<DiscordUser>) -> anyhow::Result<()> {
    by_mail::send(&desk.env, &desk.composer, message, user).await?;
    Ok(())
}

fn back_off(message: &Claimed, now: DateTime<Utc>) -> DateTime<Utc> {
    let nth = usize::try_from(message.attempts - 1).unwrap_or(0);
    now + TimeDelta::seconds(BACK_OFF_SECS[nth.min(BACK_OFF_SECS.len() - 1)])
}

/// The last characters of the id: its random part.
fn nonce(id: MessageId) -> String {
    let id = id.uuid().simple().to_string();
    id[id.len() - NONCE_CHARS..].to_owned()
}
