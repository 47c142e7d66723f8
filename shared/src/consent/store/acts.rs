//! The client's own acts: cancelling with a receipt and a way back, putting back on the list.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::still_signed_in;
use crate::account::ClientId;
use crate::answer::store::PageClient;
use crate::consent::{CancelReason, WAY_BACK_LIFE};
use crate::contact::{self, Channel, Line, LineKind};
use crate::db::{Db, StoreError, Tx};
use crate::env::Env;
use crate::listing::store::StateName;
use crate::mail::{Composer, Letter, LetterKind, clean_text};
use crate::on_engine;
use crate::outbox;
use crate::platform::{AccountAct, Taken, store::take_account_act};
use crate::project::ProjectId;
use crate::token::{self, Keys, Purpose};

/// Characters that are kept of what a client says about a cancellation.
const TEXT_CHARS_MAX: usize = 500;

const STANDS: &str =
    "SELECT reference, title FROM projects WHERE id = $1 AND client_id = $2 AND state = $3";
const CLIENT: &str =
    "SELECT id, reference, name, email, locale, zone, mails FROM clients WHERE id = $1";
const MAKE_WAY_BACK: &str =
    "INSERT INTO ways_back (token_hash, project_id, client_id, made_at, expires_at)
    VALUES ($1, $2, $3, $4, $5)";
const WAY_BACK: &str = "SELECT w.project_id, w.client_id, p.reference, p.title, p.state, c.locale
    FROM ways_back w JOIN projects p ON p.id = w.project_id JOIN clients c ON c.id = w.client_id
    WHERE w.token_hash = $1 AND w.used_at IS NULL AND w.expires_at > $2";
const USE_WAY_BACK: &str = "UPDATE ways_back SET used_at = $2
    WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING project_id, client_id";

pub(super) const ALL_SQL: &[&str] = &[STANDS, CLIENT, MAKE_WAY_BACK, WAY_BACK, USE_WAY_BACK];

/// Who asks, by what, for which project.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The session's cookie; looked at again in the transaction that acts.
    pub cookie: &'a str,
    /// The project.
    pub project: ProjectId,
}

/// Why, in the client's choice and words.
#[derive(Debug, Clone, Copy)]
pub struct Why<'a> {
    /// The choice.
    pub reason: CancelReason,
    /// The words, if any.
    pub text: &'a str,
}

/// What came of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// As asked.
    Yes,
    /// The project is not (or no longer) where it could be done: awarded, cancelled, back already.
    NotNow,
    /// The session or the link is over, or the project is somebody else's.
    NotAllowed,
}

/// Cancels a project for its signed-in client: signed evidence, proof, event, receipt with its way back, all or nothing.
///
/// # Errors
/// [`StoreError`]; nothing was changed then.
pub async fn cancel(
    env: &Env,
    composer: &Composer,
    asking: Asking<'_>,
    why: Why<'_>,
) -> Result<Done, StoreError> {
    let (keys, now) = (&env.keys, env.clock.now());
    let mut tx = env.db.begin().await?;
    let Some(client) = still_signed_in(&mut tx, keys, asking.cookie, now).await? else {
        return Ok(Done::NotAllowed);
    };
    let stands = stands(&mut tx, client, asking.project, StateName::Pending).await?;
    let Some((reference, title)) = stands else {
        return Ok(Done::NotNow);
    };
    let act = AccountAct::Cancel(why.reason);
    if take_account_act(&mut tx, keys, client, asking.project, act, now).await? != Taken::Applied {
        return Ok(Done::NotNow);
    }
    let text = clean_text(why.text, TEXT_CHARS_MAX);
    if !text.is_empty() {
        let line = note(client, asking.project, text, now);
        contact::store::append(&mut tx, &[line], now).await?;
    }
    let until = now + WAY_BACK_LIFE;
    let link = keys.mint(Purpose::WayBack, asking.project.uuid(), until);
    on_engine!(&mut tx, tx => sqlx::query(MAKE_WAY_BACK).bind(token::hash(&link)).bind(asking.project)
        .bind(client).bind(now).bind(until).execute(&mut **tx).await.map(drop))?;
    let who: PageClient = on_engine!(&mut tx, tx => sqlx::query_as(CLIENT).bind(client)
        .fetch_one(&mut **tx).await)?;
    let root = env.settings.web.public_url.trim_end_matches('/');
    let values = json!({
        "reference": reference, "title": title, "url": format!("{root}/account/back/{link}"),
        "until": until.to_rfc3339_opts(SecondsFormat::Secs, true),
    });
    let receipt = receipt(who, asking.project, values, &token::hash(&link), now);
    // An address that no relay takes must not keep a client from cancelling; the account shows the way back too.
    if let Ok(letter) = composer.compose(&receipt, now) {
        outbox::store::put(&mut tx, &[letter], now).await?;
    }
    tx.commit().await?;
    Ok(Done::Yes)
}

fn receipt(
    who: PageClient,
    project: ProjectId,
    values: Value,
    hash: &str,
    now: DateTime<Utc>,
) -> Letter {
    Letter {
        kind: LetterKind::CancelReceipt,
        client: Some(who.id),
        provider: None,
        zone: who.zone(),
        locale: who.locale,
        name: who.name,
        email: who.email.unwrap_or_default(),
        dedupe: format!("cancel_receipt:{hash}"),
        due_at: now,
        projects: vec![project],
        values,
    }
}

/// Puts a cancelled project back on the list, with its old age, for its signed-in client (b19).
///
/// # Errors
/// [`StoreError`]; nothing was changed then.
pub async fn reopen(
    db: &Db,
    keys: &Keys,
    asking: Asking<'_>,
    now: DateTime<Utc>,
) -> Result<Done, StoreError> {
    let mut tx = db.begin().await?;
    let Some(client) = still_signed_in(&mut tx, keys, asking.cookie, now).await? else {
        return Ok(Done::NotAllowed);
    };
    reopen_for(tx, keys, client, asking.project, now).await
}

/// A way back that still works.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct WayBack {
    /// The project.
    pub project_id: ProjectId,
    /// Its client.
    pub client_id: ClientId,
    /// The platform's id of the project.
    pub reference: String,
    /// One line.
    pub title: String,
    /// Where it stands now.
    pub state: StateName,
    /// The client's language.
    pub locale: crate::account::Locale,
}

/// The way back of a receipt; none when it was used or is over.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn way_back(
    db: &Db,
    keys: &Keys,
    link: &str,
    now: DateTime<Utc>,
) -> Result<Option<WayBack>, StoreError> {
    if keys.read(Purpose::WayBack, link, now).is_err() {
        return Ok(None);
    }
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(WAY_BACK).bind(token::hash(link)).bind(now)
        .fetch_optional(pool).await)?,
    )
}

/// Takes the way back of a receipt, once.
///
/// # Errors
/// [`StoreError`]; nothing was changed then.
pub async fn reopen_by_way_back(
    db: &Db,
    keys: &Keys,
    link: &str,
    now: DateTime<Utc>,
) -> Result<Done, StoreError> {
    if keys.read(Purpose::WayBack, link, now).is_err() {
        return Ok(Done::NotAllowed);
    }
    let mut tx = db.begin().await?;
    let used: Option<(ProjectId, ClientId)> = on_engine!(&mut tx, tx => sqlx::query_as(USE_WAY_BACK)
        .bind(token::hash(link)).bind(now).fetch_optional(&mut **tx).await)?;
    let Some((project, client)) = used else {
        return Ok(Done::NotAllowed);
    };
    reopen_for(tx, keys, client, project, now).await
}

async fn reopen_for(
    mut tx: Tx,
    keys: &Keys,
    client: ClientId,
    project: ProjectId,
    now: DateTime<Utc>,
) -> Result<Done, StoreError> {
    let stands = stands(&mut tx, client, project, StateName::Cancelled).await?;
    if stands.is_none() {
        return Ok(Done::NotNow);
    }
    let taken = take_account_act(&mut tx, keys, client, project, AccountAct::Reopen, now).await?;
    if taken != Taken::Applied {
        return Ok(Done::NotNow);
    }
    tx.commit().await?;
    Ok(Done::Yes)
}

/// Reference and title of the client's own project while it is in `state`.
async fn stands(
    tx: &mut Tx,
    client: ClientId,
    project: ProjectId,
    state: StateName,
) -> Result<Option<(String, String)>, StoreError> {
    Ok(
        on_engine!(tx, tx => sqlx::query_as(STANDS).bind(project).bind(client).bind(state)
        .fetch_optional(&mut **tx).await)?,
    )
}

fn note(client: ClientId, project: ProjectId, text: String, now: DateTime<Utc>) -> Line {
    Line {
        client,
        project: Some(project),
        kind: LineKind::Note,
        channel: Channel::Account,
        stage: None,
        ask_again_at: None,
        note: Some(text),
        source: format!("cancel_text:{project}:{}", now.timestamp_micros()),
        at: now,
    }
}
