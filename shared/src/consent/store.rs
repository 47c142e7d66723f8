//! SQL of the client's account: links asked for, sessions, the client's projects.

mod acts;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

pub use acts::{Asking, Done, WayBack, Why, cancel, reopen, reopen_by_way_back, way_back};

use crate::account::ClientId;
use crate::answer::store::PageClient;
use crate::consent::{
    LINKS_PER_ADDRESS_HOUR_MAX, LINKS_PER_ADDRESS_PAUSE, LINKS_PER_MINUTE_MAX, SESSION_LIFE,
    SIGN_IN_LIFE, SessionId, SignInId,
};
use crate::contact::{self, Channel, Line, LineKind, Stage};
use crate::db::{Db, StoreError, Tx};
use crate::listing::store::StateName;
use crate::mail::{Composed, address_hash};
use crate::on_engine;
use crate::outbox;
use crate::project::ProjectId;
use crate::token::{self, Keys, Purpose};

/// Projects that the account shows; nobody has as many pending ones, the older ended ones are left out.
const PROJECTS_MAX: i64 = 200;

// Whoever was on the platform last, where several clients share an address.
const BY_ADDRESS: &str = "SELECT id, reference, name, email, locale, zone, mails FROM clients
    WHERE LOWER(email) = LOWER($1) ORDER BY last_seen_at DESC NULLS LAST, reference LIMIT 1";
const ASKED_BY_ADDRESS: &str =
    "SELECT COUNT(*) FROM sign_ins WHERE address_hash = $1 AND asked_at > $2";
const ASKED_BY_ALL: &str =
    "SELECT COUNT(*) FROM sign_ins WHERE asked_at > $1 AND client_id IS NOT NULL";
const ASKED_BY_NOBODY: &str =
    "SELECT COUNT(*) FROM sign_ins WHERE asked_at > $1 AND client_id IS NULL";
const ASK: &str =
    "INSERT INTO sign_ins (id, client_id, address_hash, token_hash, asked_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const USE: &str = "UPDATE sign_ins SET used_at = $3
    WHERE id = $1 AND token_hash = $2 AND used_at IS NULL AND expires_at > $3 RETURNING client_id";
const OPEN: &str =
    "INSERT INTO account_sessions (id, client_id, sign_in, token_hash, made_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const SESSION: &str = "SELECT client_id FROM account_sessions
    WHERE id = $1 AND token_hash = $2 AND ended_at IS NULL AND expires_at > $3";
const END: &str = "UPDATE account_sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
const PROJECTS: &str = "SELECT p.id, p.reference, p.title, p.state, p.published_at, p.awarded_at, p.cancelled_at, f.stage, f.stage_at
    FROM projects p LEFT JOIN project_facts f ON f.project_id = p.id WHERE p.client_id = $1
    ORDER BY CASE p.state WHEN 'pending' THEN 0 WHEN 'in_progress' THEN 1 ELSE 2 END, p.published_at DESC, p.reference
    LIMIT $2";
const PROJECT: &str = "SELECT p.id, p.reference, p.title, p.state, p.published_at, p.awarded_at, p.cancelled_at, f.stage, f.stage_at
    FROM projects p LEFT JOIN project_facts f ON f.project_id = p.id WHERE p.client_id = $1 AND p.id = $2";
const FORGET_SESSIONS: &str = "DELETE FROM account_sessions WHERE expires_at < $1";
const FORGET_SIGN_INS: &str = "DELETE FROM sign_ins WHERE asked_at < $1
    AND NOT EXISTS (SELECT 1 FROM account_sessions s WHERE s.sign_in = sign_ins.id)";
const FORGET_WAYS_BACK: &str = "DELETE FROM ways_back WHERE expires_at < $1";

/// Every statement, for the test that prepares each on both engines.
pub const ALL_SQL: &[&[&str]] = &[
    &[
        BY_ADDRESS,
        ASKED_BY_ADDRESS,
        ASKED_BY_ALL,
        ASKED_BY_NOBODY,
        ASK,
        USE,
        OPEN,
        SESSION,
        END,
        PROJECTS,
        PROJECT,
        FORGET_SESSIONS,
        FORGET_SIGN_INS,
        FORGET_WAYS_BACK,
    ],
    acts::ALL_SQL,
];

/// A project of the client, whatever its state.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AccountProject {
    /// Our id.
    pub id: ProjectId,
    /// The platform's id.
    pub reference: String,
    /// One line.
    pub title: String,
    /// Where it stands.
    pub state: StateName,
    /// First time on the list.
    pub published_at: DateTime<Utc>,
    /// When it was awarded, if it is in progress.
    pub awarded_at: Option<DateTime<Utc>>,
    /// When the client cancelled it, if so.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// The client's last word.
    pub stage: Option<Stage>,
    /// When it was said.
    pub stage_at: Option<DateTime<Utc>>,
}

/// The client with that address, in any case.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn by_address(db: &Db, address: &str) -> Result<Option<PageClient>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(BY_ADDRESS).bind(address.trim())
        .fetch_optional(pool).await)?,
    )
}

/// A link to be mailed.
#[derive(Debug)]
pub struct Link<'a> {
    /// Its row.
    pub id: SignInId,
    /// Whom it lets in.
    pub client: ClientId,
    /// What it carries; only the hash is kept.
    pub token: &'a str,
    /// The letter with it.
    pub letter: &'a Composed,
}

/// Records that somebody asked for a link for `address` and puts the letter into the outbox, both or neither. Without
/// [`Link`], nobody has that address: the row is kept for the limit, so that known and unknown addresses look alike.
/// False when a limit is reached; nothing was recorded then.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn ask(
    db: &Db,
    address: &str,
    link: Option<Link<'_>>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let hash = address_hash(address);
    let mut tx = db.begin().await?;
    let of_address: i64 = on_engine!(&mut tx, tx => sqlx::query_scalar(ASKED_BY_ADDRESS)
        .bind(&hash).bind(now - TimeDelta::hours(1)).fetch_one(&mut **tx).await)?;
    let of_late: i64 = on_engine!(&mut tx, tx => sqlx::query_scalar(ASKED_BY_ADDRESS)
        .bind(&hash).bind(now - LINKS_PER_ADDRESS_PAUSE).fetch_one(&mut **tx).await)?;
    if of_address >= LINKS_PER_ADDRESS_HOUR_MAX && of_late > 0 {
        return Ok(false);
    }
    let alike = if link.is_some() {
        ASKED_BY_ALL
    } else {
        ASKED_BY_NOBODY
    };
    let of_all: i64 = on_engine!(&mut tx, tx => sqlx::query_scalar(alike)
        .bind(now - TimeDelta::minutes(1)).fetch_one(&mut **tx).await)?;
    if of_all >= LINKS_PER_MINUTE_MAX {
        // Who asks for an address that nobody has reads the same as ever, and fills no table.
        return Ok(link.is_none());
    }
    let id = link
        .as_ref()
        .map_or_else(|| SignInId::at(now), |link| link.id);
    let client = link.as_ref().map(|link| link.client);
    let token = link.as_ref().map(|link| token::hash(link.token));
    on_engine!(&mut tx, tx => sqlx::query(ASK).bind(id).bind(client).bind(&hash).bind(token).bind(now)
        .bind(now + SIGN_IN_LIFE).execute(&mut **tx).await.map(drop))?;
    if let Some(link) = link {
        outbox::store::put(&mut tx, std::slice::from_ref(link.letter), now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// A client who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// Whose.
    pub client: ClientId,
}

/// Uses a mailed link, once, and opens a session; gives what the cookie holds. The log-in is on the timeline (S20).
/// None when the link is used, expired or not ours.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn enter(
    db: &Db,
    keys: &Keys,
    link: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    let Ok(sign_in) = keys.read(Purpose::SignIn, link, now).map(SignInId::from) else {
        return Ok(None);
    };
    let mut tx = db.begin().await?;
    let client: Option<Option<ClientId>> = on_engine!(&mut tx, tx => sqlx::query_scalar(USE)
        .bind(sign_in).bind(token::hash(link)).bind(now).fetch_optional(&mut **tx).await)?;
    let Some(client) = client.flatten() else {
        return Ok(None);
    };
    let (session, expires_at) = (SessionId::at(now), now + SESSION_LIFE);
    let cookie = keys.mint(Purpose::Session, session.uuid(), expires_at);
    on_engine!(&mut tx, tx => sqlx::query(OPEN).bind(session).bind(client).bind(sign_in)
        .bind(token::hash(&cookie)).bind(now).bind(expires_at).execute(&mut **tx).await.map(drop))?;
    let log_in = Line {
        client,
        project: None,
        kind: LineKind::Login,
        channel: Channel::Account,
        stage: None,
        ask_again_at: None,
        note: None,
        source: format!("sign_in:{sign_in}"),
        at: now,
    };
    contact::store::append(&mut tx, &[log_in], now).await?;
    tx.commit().await?;
    Ok(Some(cookie))
}

/// Who is signed in with that cookie; none when the session is over.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn session(
    db: &Db,
    keys: &Keys,
    cookie: &str,
    now: DateTime<Utc>,
) -> Result<Option<SignedIn>, StoreError> {
    let Ok(session) = keys
        .read(Purpose::Session, cookie, now)
        .map(SessionId::from)
    else {
        return Ok(None);
    };
    let client: Option<ClientId> = on_engine!(db.read(), pool => sqlx::query_scalar(SESSION)
        .bind(session).bind(token::hash(cookie)).bind(now).fetch_optional(pool).await)?;
    Ok(client.map(|client| SignedIn { session, client }))
}

/// The same question inside the transaction that acts on the answer.
async fn still_signed_in(
    tx: &mut Tx,
    keys: &Keys,
    cookie: &str,
    now: DateTime<Utc>,
) -> Result<Option<ClientId>, StoreError> {
    let Ok(session) = keys
        .read(Purpose::Session, cookie, now)
        .map(SessionId::from)
    else {
        return Ok(None);
    };
    Ok(
        on_engine!(tx, tx => sqlx::query_scalar(SESSION).bind(session).bind(token::hash(cookie)).bind(now)
        .fetch_optional(&mut **tx).await)?,
    )
}

/// Ends a session.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn end(db: &Db, session: SessionId, now: DateTime<Utc>) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(END).bind(session).bind(now).execute(pool).await.map(drop))?;
    Ok(())
}

/// The client's projects: pending, then in progress, then cancelled; at most two hundred.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn projects(db: &Db, client: ClientId) -> Result<Vec<AccountProject>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(PROJECTS).bind(client).bind(PROJECTS_MAX)
        .fetch_all(pool).await)?,
    )
}

/// One of the client's projects; none when it is somebody else's.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn project(
    db: &Db,
    client: ClientId,
    project: ProjectId,
) -> Result<Option<AccountProject>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(PROJECT).bind(client).bind(project)
        .fetch_optional(pool).await)?,
    )
}

/// Forgets links, sessions and ways back that were over before `before`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn forget(db: &Db, before: DateTime<Utc>) -> Result<(), StoreError> {
    for statement in [FORGET_SESSIONS, FORGET_SIGN_INS, FORGET_WAYS_BACK] {
        on_engine!(db.write(), pool => sqlx::query(statement).bind(before).execute(pool).await.map(drop))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
