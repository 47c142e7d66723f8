//! SQL of the ties between Discord users and accounts, and of the codes that make them.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::FromRow;

use crate::account::link::{ATTEMPTS_MAX, Account, AccountId, REQUESTS_MAX, REQUESTS_WINDOW};
use crate::account::store::find_staff;
use crate::account::{ClientId, DiscordUser, Locale, ProviderId};
use crate::db::{Db, StoreError, Tx};
use crate::id::Id;
use crate::{discord_out, on_engine, token};

const BY_EMAIL: &str = "SELECT provider_id, client_id, name, email, locale, zone FROM (
        SELECT id AS provider_id, CAST(NULL AS UUID) AS client_id, name, email, locale, 'Europe/Paris' AS zone,
            1 AS preference, created_at
        FROM providers WHERE lower(email) = $1
        UNION ALL
        SELECT CAST(NULL AS UUID), id, name, email, locale, zone, 2, created_at FROM clients WHERE lower(email) = $1) AS found
    ORDER BY preference, created_at LIMIT 1";
const COUNT_REQUESTS: &str = "SELECT
        (SELECT COUNT(*) FROM link_requests WHERE discord_user = $1 AND at > $3),
        (SELECT COUNT(*) FROM link_requests WHERE address_hash = $2 AND at > $3)";
const RECORD_REQUEST: &str =
    "INSERT INTO link_requests (id, discord_user, address_hash, at) VALUES ($1, $2, $3, $4)";
const FORGET_REQUESTS: &str = "DELETE FROM link_requests WHERE at <= $1";
const FORGET_CODES: &str = "DELETE FROM link_codes WHERE expires_at <= $1";
const PUT_CODE: &str = "INSERT INTO link_codes
        (discord_user, provider_id, client_id, code_mac, attempts, made_at, expires_at)
    VALUES ($1, $2, $3, $4, 0, $5, $6)
    ON CONFLICT (discord_user) DO UPDATE SET provider_id = excluded.provider_id, client_id = excluded.client_id,
        code_mac = excluded.code_mac, attempts = 0, made_at = excluded.made_at,
        expires_at = excluded.expires_at";
// The attempt is counted before the code is looked at, so guesses made at once do not share one.
const TRY_CODE: &str = "UPDATE link_codes SET attempts = attempts + 1
    WHERE discord_user = $1 AND expires_at > $2 AND attempts < $3
    RETURNING provider_id, client_id, code_mac";
const DROP_CODE: &str = "DELETE FROM link_codes WHERE discord_user = $1 AND code_mac = $2";
// Whoever proves that the account's mail reaches them holds it: the Discord user before is untied.
const DROP_HOLDER: &str = "DELETE FROM discord_links WHERE provider_id = $1 OR client_id = $2";
// A Discord user who is somebody already stays who they are.
const LINK: &str =
    "INSERT INTO discord_links (discord_user, provider_id, client_id, linked_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (discord_user) DO NOTHING";
const END_OWN: &str = "DELETE FROM discord_links WHERE discord_user = $1 AND staff_id IS NULL";
const IS_TIED: &str = "SELECT COUNT(*) FROM discord_links WHERE discord_user = $1";
// One statement decides, so two operators at once cannot both be told that it worked.
const LINK_IF_FREE: &str =
    "INSERT INTO discord_links (discord_user, staff_id, linked_at) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING";
const IN_THE_WAY: &str =
    "SELECT l.discord_user, s.reference FROM discord_links l LEFT JOIN staff s ON s.id = l.staff_id
    WHERE l.discord_user = $1 OR l.staff_id = $2
    ORDER BY CASE WHEN l.discord_user = $1 THEN 0 ELSE 1 END LIMIT 1";
const UNLINK_STAFF: &str =
    "DELETE FROM discord_links WHERE staff_id = (SELECT id FROM staff WHERE reference = $1)";
const USER_OF_PROVIDER: &str = "SELECT discord_user FROM discord_links WHERE provider_id = $1";

/// Every statement of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[
    BY_EMAIL,
    COUNT_REQUESTS,
    RECORD_REQUEST,
    FORGET_REQUESTS,
    FORGET_CODES,
    PUT_CODE,
    TRY_CODE,
    DROP_CODE,
    DROP_HOLDER,
    LINK,
    END_OWN,
    IS_TIED,
    LINK_IF_FREE,
    IN_THE_WAY,
    UNLINK_STAFF,
    USER_OF_PROVIDER,
];

#[derive(FromRow)]
struct AccountRow {
    provider_id: Option<ProviderId>,
    client_id: Option<ClientId>,
    name: String,
    email: String,
    locale: Locale,
    zone: String,
}

#[derive(FromRow)]
struct CodeRow {
    provider_id: Option<ProviderId>,
    client_id: Option<ClientId>,
    code_mac: String,
}

fn account_id(provider: Option<ProviderId>, client: Option<ClientId>) -> Option<AccountId> {
    provider
        .map(AccountId::Provider)
        .or(client.map(AccountId::Client))
}

/// The two columns of an account: provider, client.
const fn columns(of: AccountId) -> (Option<ProviderId>, Option<ClientId>) {
    match of {
        AccountId::Provider(id) => (Some(id), None),
        AccountId::Client(id) => (None, Some(id)),
    }
}

/// The account that is written to at `address` (folded by [`crate::account::link::address`]): a provider's before
/// a client's, the oldest of its kind. The staff are tied by the operator.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn by_email(db: &Db, address: &str) -> Result<Option<Account>, StoreError> {
    let row: Option<AccountRow> = on_engine!(db.read(), pool => sqlx::query_as(BY_EMAIL).bind(address)
        .fetch_optional(pool).await)?;
    Ok(row.and_then(|row| {
        Some(Account {
            id: account_id(row.provider_id, row.client_id)?,
            name: row.name,
            email: row.email,
            locale: row.locale,
            zone: row.zone.parse().unwrap_or(Tz::Europe__Paris),
        })
    }))
}

/// Counts one request for a code, known address or not; false, and nothing recorded, when `user` or the address asked
/// too often lately.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn allow_code(
    tx: &mut Tx,
    user: DiscordUser,
    address: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (user, address, since) = (
        user.0.to_string(),
        token::hash(address),
        now - REQUESTS_WINDOW,
    );
    on_engine!(&mut *tx, tx => sqlx::query(FORGET_REQUESTS).bind(since).execute(&mut **tx).await.map(drop))?;
    let (by_user, to_address): (i64, i64) = on_engine!(&mut *tx, tx => sqlx::query_as(COUNT_REQUESTS).bind(&user)
        .bind(&address).bind(since).fetch_one(&mut **tx).await)?;
    if by_user >= REQUESTS_MAX || to_address >= REQUESTS_MAX {
        return Ok(false);
    }
    on_engine!(tx, tx => sqlx::query(RECORD_REQUEST).bind(Id::<Account>::at(now)).bind(&user).bind(&address).bind(now)
        .execute(&mut **tx).await.map(drop))?;
    Ok(true)
}

/// Keeps the MAC of a code that is being mailed; the one before no longer counts.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn put_code(
    tx: &mut Tx,
    user: DiscordUser,
    account: AccountId,
    code_mac: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (provider, client) = columns(account);
    on_engine!(&mut *tx, tx => sqlx::query(FORGET_CODES).bind(now).execute(&mut **tx).await.map(drop))?;
    on_engine!(tx, tx => sqlx::query(PUT_CODE).bind(user.0.to_string()).bind(provider).bind(client)
        .bind(code_mac).bind(now).bind(expires_at).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

/// What came of a code that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    /// The Discord user is tied to the account.
    Tied,
    /// There is no code, it is too old, tried too often or another one.
    Wrong,
    /// The Discord user is tied already, to an account or a member of the staff: that tie has to be ended first.
    Taken,
}

/// Counts one attempt and, when `holds` says that the code of the MAC was typed, ties `user` to the account; the user who
/// held the account before is untied. Nobody who is somebody already becomes somebody else by a code.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn link(
    db: &Db,
    user: DiscordUser,
    holds: impl FnOnce(&str) -> bool + Send,
    now: DateTime<Utc>,
) -> Result<Linked, StoreError> {
    let mut tx = db.begin().await?;
    let name = user.0.to_string();
    let row: Option<CodeRow> = on_engine!(&mut tx, tx => sqlx::query_as(TRY_CODE).bind(&name).bind(now)
        .bind(ATTEMPTS_MAX).fetch_optional(&mut **tx).await)?;
    let account = row.as_ref().filter(|row| holds(&row.code_mac));
    let account = account.and_then(|row| {
        let id = account_id(row.provider_id, row.client_id)?;
        Some((id, &row.code_mac))
    });
    let Some((account, mac)) = account else {
        tx.commit().await?;
        return Ok(Linked::Wrong);
    };
    if !tie(&mut tx, user, account, now).await? {
        return Ok(Linked::Taken);
    }
    on_engine!(&mut tx, tx => sqlx::query(DROP_CODE).bind(&name).bind(mac).execute(&mut **tx).await.map(drop))?;
    tx.commit().await?;
    Ok(Linked::Tied)
}

/// Ties `user` to `account`, untying the user who held it; false, and nothing is to be committed, when `user` is tied
/// already.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn tie(
    tx: &mut Tx,
    user: DiscordUser,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let name = user.0.to_string();
    let (provider, client) = columns(account);
    let tied: i64 = on_engine!(&mut *tx, tx => sqlx::query_scalar(IS_TIED).bind(&name).fetch_one(&mut **tx).await)?;
    if tied > 0 {
        return Ok(false);
    }
    on_engine!(&mut *tx, tx => sqlx::query(DROP_HOLDER).bind(provider).bind(client).execute(&mut **tx).await.map(drop))?;
    // Whoever tied the user in between was first.
    let made = on_engine!(&mut *tx, tx => sqlx::query(LINK).bind(&name).bind(provider).bind(client).bind(now)
        .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
    // Whoever ties an account wants to hear of it, and may have opened their private messages meanwhile.
    discord_out::store::doors::open(tx, user).await?;
    Ok(made == 1)
}

/// Ends the tie of `user` to a provider's or client's account; that of a member of the staff is the operator's to end.
/// True when there was one.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn end_own(db: &Db, user: DiscordUser) -> Result<bool, StoreError> {
    let ended = on_engine!(db.write(), pool => sqlx::query(END_OWN).bind(user.0.to_string())
        .execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(ended == 1)
}

/// What came of tying a Discord user to a member of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StaffTie {
    /// It is done.
    Tied,
    /// Nobody of the staff has that short name.
    NoMember,
    /// The Discord user is tied already: to the member of that short name, or to a provider or client.
    UserTaken(Option<String>),
    /// The member is tied already, to this other Discord user.
    MemberTied(DiscordUser),
}

/// Ties `user` to the member of the staff called `reference`; it unties nobody.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn tie_staff(
    db: &Db,
    user: DiscordUser,
    reference: &str,
    now: DateTime<Utc>,
) -> Result<StaffTie, StoreError> {
    let Some(member) = find_staff(db, reference).await? else {
        return Ok(StaffTie::NoMember);
    };
    let name = user.0.to_string();
    let mut tx = db.begin().await?;
    let made = on_engine!(&mut tx, tx => sqlx::query(LINK_IF_FREE).bind(&name).bind(member.id).bind(now)
        .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
    if made == 1 {
        tx.commit().await?;
        return Ok(StaffTie::Tied);
    }
    let (holder, staff): (String, Option<String>) = on_engine!(&mut tx, tx => sqlx::query_as(IN_THE_WAY).bind(&name)
        .bind(member.id).fetch_one(&mut **tx).await)?;
    Ok(match holder.parse() {
        Ok(other) if holder != name => StaffTie::MemberTied(DiscordUser(other)),
        _ => StaffTie::UserTaken(staff),
    })
}

/// Unties the member of the staff called `reference`, who may have left; true when a Discord user was tied to them.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn untie_staff(db: &Db, reference: &str) -> Result<bool, StoreError> {
    let ended = on_engine!(db.write(), pool => sqlx::query(UNLINK_STAFF).bind(reference)
        .execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(ended == 1)
}

/// The Discord user of `provider`, if one is linked.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn user_of(db: &Db, provider: ProviderId) -> Result<Option<DiscordUser>, StoreError> {
    let user: Option<String> = on_engine!(db.read(), pool => sqlx::query_scalar(USER_OF_PROVIDER).bind(provider)
        .fetch_optional(pool).await)?;
    Ok(user.and_then(|user| user.parse().ok()).map(DiscordUser))
}
