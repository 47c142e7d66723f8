//! SQL of the people: the staff, who a Discord user is, link codes, subscriptions.

pub mod links;
pub mod staff;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

pub use links::{
    Linked, StaffTie, allow_code, by_email, end_own, link, put_code, tie, tie_staff, untie_staff,
    user_of,
};
pub use staff::{NewStaff, add_staff, find_staff, list_staff, remove_staff, staff_in};

use crate::account::{
    ClientId, DiscordUser, Identity, Locale, Plan, Provider, ProviderId, Role, StaffId, StaffMember,
};
use crate::db::{Db, StoreError, Tx};
use crate::on_engine;

/// The plan that runs at `$2`: of the subscription that began last, while it lasts.
macro_rules! plan_of {
    ($provider:literal) => {
        concat!(
            "(SELECT CASE WHEN s.until_at IS NULL OR s.until_at > $2 THEN s.plan END FROM subscriptions s
                WHERE s.provider_id = ",
            $provider,
            " AND s.from_at <= $2 ORDER BY s.from_at DESC LIMIT 1)"
        )
    };
}

const WHO: &str = concat!(
    "SELECT l.provider_id, p.reference AS provider_reference, p.name AS provider_name, p.email AS provider_email,
        p.locale AS provider_locale, ",
    plan_of!("p.id"),
    " AS plan, l.client_id, c.name AS client_name, c.locale AS client_locale,
        s.id AS staff_id, s.reference AS staff_reference, s.name AS staff_name, s.email AS staff_email,
        s.locale AS staff_locale, s.role AS staff_role, s.provider_id AS staff_provider
    FROM discord_links l LEFT JOIN providers p ON p.id = l.provider_id LEFT JOIN clients c ON c.id = l.client_id
        LEFT JOIN staff s ON s.id = l.staff_id AND s.left_at IS NULL
    WHERE l.discord_user = $1"
);
const PLAN: &str = concat!("SELECT ", plan_of!("$1"));
const FIND_PROVIDER: &str =
    "SELECT id, reference, name, email, locale FROM providers WHERE reference = $1";
const GET_PROVIDER: &str = "SELECT id, reference, name, email, locale FROM providers WHERE id = $1";
const FIND_CLIENT: &str = "SELECT id, name, locale FROM clients WHERE reference = $1";

/// Every statement of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[WHO, PLAN, FIND_PROVIDER, GET_PROVIDER, FIND_CLIENT];

#[derive(FromRow)]
struct WhoRow {
    provider_id: Option<ProviderId>,
    provider_reference: Option<String>,
    provider_name: Option<String>,
    provider_email: Option<String>,
    provider_locale: Option<Locale>,
    plan: Option<Plan>,
    client_id: Option<ClientId>,
    client_name: Option<String>,
    client_locale: Option<Locale>,
    staff_id: Option<StaffId>,
    staff_reference: Option<String>,
    staff_name: Option<String>,
    staff_email: Option<String>,
    staff_locale: Option<Locale>,
    staff_role: Option<Role>,
    staff_provider: Option<ProviderId>,
}

impl WhoRow {
    fn identity(self) -> Option<Identity> {
        if let Some(id) = self.staff_id {
            return Some(Identity::Staff(StaffMember {
                id,
                reference: self.staff_reference?,
                name: self.staff_name?,
                email: self.staff_email?,
                locale: self.staff_locale?,
                role: self.staff_role?,
                provider: self.staff_provider,
            }));
        }
        if let Some(id) = self.provider_id {
            let provider = Provider {
                id,
                reference: self.provider_reference?,
                name: self.provider_name?,
                email: self.provider_email,
                locale: self.provider_locale?,
            };
            return Some(Identity::Provider {
                provider,
                plan: self.plan,
            });
        }
        Some(Identity::Client {
            id: self.client_id?,
            name: self.client_name?,
            locale: self.client_locale?,
        })
    }
}

#[derive(FromRow)]
struct ProviderRow {
    id: ProviderId,
    reference: String,
    name: String,
    email: Option<String>,
    locale: Locale,
}

impl From<ProviderRow> for Provider {
    fn from(row: ProviderRow) -> Self {
        Self {
            id: row.id,
            reference: row.reference,
            name: row.name,
            email: row.email,
            locale: row.locale,
        }
    }
}

/// Who `user` is at `now`; asked anew at every interaction, so a link, a subscription or a membership that ended counts
/// at once (B1).
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn who(db: &Db, user: DiscordUser, now: DateTime<Utc>) -> Result<Identity, StoreError> {
    let row: Option<WhoRow> = on_engine!(db.read(), pool => sqlx::query_as(WHO).bind(user.0.to_string()).bind(now)
        .fetch_optional(pool).await)?;
    Ok(row.and_then(WhoRow::identity).unwrap_or(Identity::Nobody))
}

/// Who the account with that short name or platform reference is: staff before providers before clients. For the
/// operator's own terminal; nobody on Discord can name an account.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn named(
    db: &Db,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Option<Identity>, StoreError> {
    if let Some(member) = find_staff(db, name).await? {
        return Ok(Some(Identity::Staff(member)));
    }
    let provider: Option<ProviderRow> = on_engine!(db.read(), pool => sqlx::query_as(FIND_PROVIDER).bind(name)
        .fetch_optional(pool).await)?;
    if let Some(row) = provider {
        let plan = plan_of(db, row.id, now).await?;
        let provider = Provider::from(row);
        return Ok(Some(Identity::Provider { provider, plan }));
    }
    let client: Option<(ClientId, String, Locale)> = on_engine!(db.read(), pool => sqlx::query_as(FIND_CLIENT)
        .bind(name).fetch_optional(pool).await)?;
    Ok(client.map(|(id, name, locale)| Identity::Client { id, name, locale }))
}

/// The provider `id`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn provider(db: &Db, id: ProviderId) -> Result<Option<Provider>, StoreError> {
    let row: Option<ProviderRow> = on_engine!(db.read(), pool => sqlx::query_as(GET_PROVIDER).bind(id)
        .fetch_optional(pool).await)?;
    Ok(row.map(Provider::from))
}

/// The plan of `provider` at `now`; none when no subscription runs.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn plan_of(
    db: &Db,
    provider: ProviderId,
    now: DateTime<Utc>,
) -> Result<Option<Plan>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar(PLAN).bind(provider).bind(now)
        .fetch_one(pool).await)?,
    )
}

/// The plan of `provider` at `now`, read in the caller's transaction.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn plan_in(
    tx: &mut Tx,
    provider: ProviderId,
    now: DateTime<Utc>,
) -> Result<Option<Plan>, StoreError> {
    Ok(
        on_engine!(tx, tx => sqlx::query_scalar(PLAN).bind(provider).bind(now)
        .fetch_one(&mut **tx).await)?,
    )
}

#[cfg(test)]
mod tests;
