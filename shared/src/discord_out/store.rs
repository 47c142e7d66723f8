//! SQL of the messages to Discord.

pub mod by_mail;
pub mod doors;
pub mod erase;
mod made;

pub use made::made;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

use crate::account::{DiscordUser, ProviderId};
use crate::db::{Db, StoreError, Tx};
use crate::discord_out::{Body, Message, MessageId, To};
use crate::mail::LetterKind;
use crate::on_engine;
use crate::queue::{self, JobName};

/// Messages that one claim takes.
pub const CLAIM_ROWS_MAX: i64 = 20;
/// A claim lasts so long: twenty messages with their retries.
const LEASE: TimeDelta = TimeDelta::seconds(120);
/// Tries after which a message waits for nobody any more; the last ones are hours apart.
pub const ATTEMPTS_MAX: i64 = 12;
/// Days that a settled message is kept: its card may be redrawn. Source: operator's choice; requests are decided in weeks.
const KEEP_DAYS: i64 = 365;
/// Messages forgotten at a time; the job comes again.
const FORGET_ROWS_MAX: i64 = 5_000;

const PUT: &str = "INSERT INTO discord_messages (id, dedupe, target, provider_id, discord_user, body, letter, version, shown,
        state, attempts, fence, due_at, made_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, 'planned', 0, 0, $8, $8)
    ON CONFLICT (dedupe) DO NOTHING";
// A message that went by mail or nowhere stays as it was told.
const REWRITE: &str =
    "UPDATE discord_messages SET body = $2, version = version + 1, state = 'planned', settled_at = NULL,
        due_at = $3, attempts = 0
    WHERE dedupe = $1 AND state IN ('planned', 'sent') AND body <> $2";
const CLAIM: &str =
    "UPDATE discord_messages SET fence = fence + 1, attempts = attempts + 1, lease_until = $2
    WHERE id IN (SELECT id FROM discord_messages WHERE state = 'planned' AND due_at <= $1
            AND NOT EXISTS (SELECT 1 FROM send_hold) AND (lease_until IS NULL OR lease_until <= $1) ORDER BY due_at, id LIMIT $3)
        AND state = 'planned' AND (lease_until IS NULL OR lease_until <= $1)
    RETURNING id, target, provider_id, discord_user, body, letter, version, channel_ref, message_ref, attempts, fence";
// Never shown by Discord: nobody is told twice. One that a bot holds just now is left to it.
const CLAIM_LATE: &str =
    "UPDATE discord_messages SET fence = fence + 1, attempts = attempts + 1, lease_until = $3
    WHERE id IN (SELECT id FROM discord_messages WHERE state = 'planned' AND made_at <= $1 AND due_at <= $2
            AND target IN ('provider', 'user') AND letter IS NOT NULL AND message_ref IS NULL
            AND NOT EXISTS (SELECT 1 FROM send_hold) AND (lease_until IS NULL OR lease_until <= $2) ORDER BY due_at, id LIMIT $4)
        AND state = 'planned' AND (lease_until IS NULL OR lease_until <= $2)
    RETURNING id, target, provider_id, discord_user, body, letter, version, channel_ref, message_ref, attempts, fence";
const SHOWN: &str = "UPDATE discord_messages SET shown = $3, channel_ref = $4, message_ref = $5, lease_until = NULL,
        last_error = NULL, letter = CASE WHEN version = $3 THEN NULL ELSE letter END,
        state = CASE WHEN version = $3 THEN 'sent' ELSE 'planned' END,
        settled_at = CASE WHEN version = $3 THEN $6 ELSE settled_at END
    WHERE id = $1 AND fence = $2";
const LATER: &str = "UPDATE discord_messages SET lease_until = NULL, due_at = $3, last_error = $4
    WHERE id = $1 AND fence = $2";
const SETTLE: &str =
    "UPDATE discord_messages SET lease_until = NULL, state = $3, settled_at = $4, last_error = $5, letter = NULL
    WHERE id = $1 AND fence = $2 AND state = 'planned'";
const LOST: &str = "UPDATE discord_messages SET channel_ref = NULL, message_ref = NULL, shown = 0, lease_until = NULL,
        due_at = $3
    WHERE id = $1 AND fence = $2";
const WAITING: &str = "SELECT MIN(due_at) FROM discord_messages WHERE state = 'planned'
    AND NOT EXISTS (SELECT 1 FROM send_hold)";
const FORGET: &str = "DELETE FROM discord_messages WHERE id IN (SELECT id FROM discord_messages
    WHERE state <> 'planned' AND settled_at < $1 LIMIT $2)";
const REGISTERED: &str = "SELECT fingerprint FROM discord_registrations WHERE place = $1";
const KEEP_REGISTERED: &str =
    "INSERT INTO discord_registrations (place, fingerprint, at) VALUES ($1, $2, $3)
    ON CONFLICT (place) DO UPDATE SET fingerprint = excluded.fingerprint, at = excluded.at";

/// Statements of this file and of those below it, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[
    PUT,
    REWRITE,
    CLAIM,
    CLAIM_LATE,
    SHOWN,
    LATER,
    SETTLE,
    LOST,
    WAITING,
    FORGET,
    REGISTERED,
    KEEP_REGISTERED,
    doors::DOOR,
    doors::CLOSE_DOOR,
    doors::KEEP_THREAD,
    doors::OPEN_DOOR,
    erase::DROP,
    erase::DROP_TO_PERSON,
];

/// A message to deliver now.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its id; the nonce is made of it.
    pub id: MessageId,
    /// To whom.
    pub to: To,
    /// What it shows.
    pub body: Body,
    /// The letter that stands in.
    pub letter: Option<(LetterKind, serde_json::Value)>,
    /// Which rewriting this is.
    pub version: i64,
    /// Channel and message on Discord, when it was delivered before.
    pub delivered: Option<(u64, u64)>,
    /// Which try it is, from 1.
    pub attempts: i64,
    fence: i64,
}

#[derive(FromRow)]
struct ClaimedRow {
    id: MessageId,
    target: String,
    provider_id: Option<ProviderId>,
    discord_user: Option<String>,
    body: Option<String>,
    letter: Option<String>,
    version: i64,
    channel_ref: Option<String>,
    message_ref: Option<String>,
    attempts: i64,
    fence: i64,
}

impl TryFrom<ClaimedRow> for Claimed {
    type Error = StoreError;

    fn try_from(row: ClaimedRow) -> Result<Self, StoreError> {
        let corrupt = |why| StoreError::Corrupt {
            what: "discord message",
            id: row.id.to_string(),
            why,
        };
        let user = row.discord_user.as_ref().and_then(|user| user.parse().ok());
        let to = match (row.target.as_str(), row.provider_id, user) {
            ("provider", Some(provider), _) => To::Provider(provider),
            ("user", _, Some(user)) => To::User(DiscordUser(user)),
            ("review", ..) => To::Review,
            ("log", ..) => To::Log,
            _ => return Err(corrupt("its target is not known")),
        };
        let body = row.body.as_deref().map(serde_json::from_str).transpose();
        let body = body.map_err(|_| corrupt("its body cannot be read"))?;
        let letter = row.letter.as_deref().map(serde_json::from_str).transpose();
        let place = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        Ok(Self {
            id: row.id,
            to,
            body: body.ok_or_else(|| corrupt("its body was erased"))?,
            letter: letter.map_err(|_| corrupt("its letter cannot be read"))?,
            version: row.version,
            delivered: place(&row.channel_ref).zip(place(&row.message_ref)),
            attempts: row.attempts,
            fence: row.fence,
        })
    }
}

/// Puts messages and wakes their delivery, in the caller's transaction; gives how many are new.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn put(tx: &mut Tx, messages: &[Message], now: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut new = 0;
    for message in messages {
        let (target, provider, user) = match message.to {
            To::Provider(id) => ("provider", Some(id), None),
            To::User(user) => ("user", None, Some(user.0.to_string())),
            To::Review => ("review", None, None),
            To::Log => ("log", None, None),
        };
        let letter = message.letter.as_ref().map(as_json);
        new += on_engine!(&mut *tx, tx => sqlx::query(PUT).bind(MessageId::at(now)).bind(&message.dedupe).bind(target)
            .bind(provider).bind(user).bind(as_json(&message.body)).bind(letter).bind(now)
            .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
    }
    if new > 0 {
        queue::hurry(tx, JobName::TellDiscord, now).await?;
    }
    Ok(new)
}

/// Shows the message of that cause anew, in the caller's transaction; false when it is not there, shows the same already
/// or did not go to Discord.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn rewrite(
    tx: &mut Tx,
    dedupe: &str,
    body: &Body,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let changed = on_engine!(&mut *tx, tx => sqlx::query(REWRITE).bind(dedupe).bind(as_json(body)).bind(now)
        .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
    if changed > 0 {
        queue::hurry(tx, JobName::TellDiscord, now).await?;
    }
    Ok(changed > 0)
}

/// Claims messages that are due, the oldest first. A row that cannot be read is left to its lease and told.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn claim(db: &Db, now: DateTime<Utc>) -> Result<Vec<Claimed>, StoreError> {
    let rows: Vec<ClaimedRow> = on_engine!(db.write(), pool => sqlx::query_as(CLAIM).bind(now).bind(now + LEASE)
        .bind(CLAIM_ROWS_MAX).fetch_all(pool).await)?;
    readable(db, rows, now).await
}

/// Claims messages to people that were made by `before` and never shown: no bot delivers them.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn claim_late(
    db: &Db,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Claimed>, StoreError> {
    let rows: Vec<ClaimedRow> = on_engine!(db.write(), pool => sqlx::query_as(CLAIM_LATE).bind(before).bind(now)
        .bind(now + LEASE).bind(CLAIM_ROWS_MAX).fetch_all(pool).await)?;
    readable(db, rows, now).await
}

async fn readable(
    db: &Db,
    rows: Vec<ClaimedRow>,
    now: DateTime<Utc>,
) -> Result<Vec<Claimed>, StoreError> {
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, fence) = (row.id, row.fence);
        match Claimed::try_from(row) {
            Ok(message) => claimed.push(message),
            Err(error) => {
                settle(db, id, fence, "refused", &error.to_string(), now).await?;
                tracing::error!(message = %id, error = %error, "a message to Discord cannot be read");
            }
        }
    }
    Ok(claimed)
}

/// Records that Discord shows the message at `(channel, message)`; a rewriting made meanwhile stays to be shown.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn shown(
    db: &Db,
    of: &Claimed,
    (channel, message): (u64, u64),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(SHOWN).bind(of.id).bind(of.fence).bind(of.version)
        .bind(channel.to_string()).bind(message.to_string()).bind(now).execute(pool).await.map(drop))?;
    Ok(())
}

/// Puts a message off to `due_at`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn later(
    db: &Db,
    of: &Claimed,
    due_at: DateTime<Utc>,
    why: &str,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(LATER).bind(of.id).bind(of.fence).bind(due_at).bind(why)
        .execute(pool).await.map(drop))?;
    Ok(())
}

/// Records that the message is gone from Discord, to be delivered again at once.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn lost(db: &Db, of: &Claimed, now: DateTime<Utc>) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(LOST).bind(of.id).bind(of.fence).bind(now)
        .execute(pool).await.map(drop))?;
    Ok(())
}

/// Gives a message up; staff see it as refused.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn refuse(
    db: &Db,
    of: &Claimed,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    settle(db, of.id, of.fence, "refused", why, now).await
}

async fn settle(
    db: &Db,
    id: MessageId,
    fence: i64,
    state: &str,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(SETTLE).bind(id).bind(fence).bind(state).bind(now).bind(why)
        .execute(pool).await.map(drop))?;
    Ok(())
}

/// Records that a letter stands in, in the transaction that puts it into the outbox; false when somebody else settled the
/// message meanwhile: roll back.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn mailed(tx: &mut Tx, of: &Claimed, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let settled = on_engine!(tx, tx => sqlx::query(SETTLE).bind(of.id).bind(of.fence).bind("mailed").bind(now)
        .bind("the door is closed or no bot runs").execute(&mut **tx).await.map(|done| done.rows_affected()))?;
    Ok(settled == 1)
}

/// When the next message is due; none when all are settled.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn next_due(db: &Db) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(WAITING).fetch_one(pool).await)?)
}

/// Forgets messages that were settled long ago; what is still to be told stays.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn forget(db: &Db, now: DateTime<Utc>) -> Result<(), StoreError> {
    let before = now - TimeDelta::days(KEEP_DAYS);
    on_engine!(db.write(), pool => sqlx::query(FORGET).bind(before).bind(FORGET_ROWS_MAX).execute(pool).await.map(drop))?;
    Ok(())
}

/// What was registered last at `place` (`global`, or a server's number).
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn registered(db: &Db, place: &str) -> Result<Option<String>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar(REGISTERED).bind(place)
        .fetch_optional(pool).await)?,
    )
}

/// Remembers what was registered at `place`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn keep_registered(
    db: &Db,
    place: &str,
    fingerprint: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(KEEP_REGISTERED).bind(place).bind(fingerprint).bind(now)
        .execute(pool).await.map(drop))?;
    Ok(())
}

fn as_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("texts and lists are valid JSON")
}

#[cfg(test)]
mod tests;
