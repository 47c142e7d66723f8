//! SQL of the staff.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::account::{Locale, ProviderId, Role, StaffId, StaffMember};
use crate::db::{Db, StoreError, Tx};
use crate::on_engine;

/// Staff that a list gives; a platform has tens.
const STAFF_LISTED_MAX: i64 = 500;

const ADD_STAFF: &str =
    "INSERT INTO staff (id, reference, name, email, locale, role, provider_id, created_at)
    VALUES (COALESCE((SELECT id FROM staff WHERE reference = $2), $1), $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (reference) DO UPDATE SET name = excluded.name, email = excluded.email, locale = excluded.locale,
        role = excluded.role, provider_id = COALESCE(excluded.provider_id, staff.provider_id), left_at = NULL
    RETURNING id";
const REMOVE_STAFF: &str = "UPDATE staff SET left_at = $2 WHERE reference = $1 AND left_at IS NULL";
const LIST_STAFF: &str = "SELECT id, reference, name, email, locale, role, provider_id FROM staff
    WHERE left_at IS NULL ORDER BY reference LIMIT $1";
const FIND_STAFF: &str = "SELECT id, reference, name, email, locale, role, provider_id FROM staff
    WHERE reference = $1 AND left_at IS NULL";
const GET_STAFF: &str = "SELECT id, reference, name, email, locale, role, provider_id FROM staff
    WHERE id = $1 AND left_at IS NULL";

/// Every statement of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[ADD_STAFF, REMOVE_STAFF, LIST_STAFF, FIND_STAFF, GET_STAFF];

#[derive(FromRow)]
struct StaffRow {
    id: StaffId,
    reference: String,
    name: String,
    email: String,
    locale: Locale,
    role: Role,
    provider_id: Option<ProviderId>,
}

impl From<StaffRow> for StaffMember {
    fn from(row: StaffRow) -> Self {
        Self {
            id: row.id,
            reference: row.reference,
            name: row.name,
            email: row.email,
            locale: row.locale,
            role: row.role,
            provider: row.provider_id,
        }
    }
}

/// What `staff add` tells of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStaff {
    /// Short name; the same one again changes the member and brings one who left back.
    pub reference: String,
    /// As colleagues and decisions show it.
    pub name: String,
    /// Address.
    pub email: String,
    /// Language.
    pub locale: Locale,
    /// What they may do.
    pub role: Role,
    /// Their account as a provider, if they have one; once told, it stays (L5).
    pub provider: Option<ProviderId>,
}

/// Adds a member of the staff, or changes the one of that short name.
///
/// # Errors
/// [`StoreError::Sql`] when the address belongs to another member.
pub async fn add_staff(db: &Db, new: &NewStaff, now: DateTime<Utc>) -> Result<StaffId, StoreError> {
    Ok(
        on_engine!(db.write(), pool => sqlx::query_scalar(ADD_STAFF).bind(StaffId::at(now)).bind(&new.reference)
        .bind(&new.name).bind(new.email.to_lowercase()).bind(new.locale).bind(new.role).bind(new.provider).bind(now)
        .fetch_one(pool).await)?,
    )
}

/// Ends a membership; true when there was one.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn remove_staff(
    db: &Db,
    reference: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ended = on_engine!(db.write(), pool => sqlx::query(REMOVE_STAFF).bind(reference).bind(now)
        .execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(ended == 1)
}

/// The staff, by short name.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn list_staff(db: &Db) -> Result<Vec<StaffMember>, StoreError> {
    let rows: Vec<StaffRow> = on_engine!(db.read(), pool => sqlx::query_as(LIST_STAFF).bind(STAFF_LISTED_MAX)
        .fetch_all(pool).await)?;
    Ok(rows.into_iter().map(StaffMember::from).collect())
}

/// The member with that short name, while they are one.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn find_staff(db: &Db, reference: &str) -> Result<Option<StaffMember>, StoreError> {
    let row: Option<StaffRow> = on_engine!(db.read(), pool => sqlx::query_as(FIND_STAFF).bind(reference)
        .fetch_optional(pool).await)?;
    Ok(row.map(StaffMember::from))
}

/// The member `id`, while they are one, read in the caller's transaction: for decisions.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn staff_in(tx: &mut Tx, id: StaffId) -> Result<Option<StaffMember>, StoreError> {
    let row: Option<StaffRow> = on_engine!(tx, tx => sqlx::query_as(GET_STAFF).bind(id)
        .fetch_optional(&mut **tx).await)?;
    Ok(row.map(StaffMember::from))
}
