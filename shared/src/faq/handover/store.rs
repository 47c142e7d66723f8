//! SQL of the questions that a person takes.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Handover, HandoverId};
use crate::account::{DiscordUser, Locale, StaffMember};
use crate::db::{Db, StoreError, Tx};
use crate::discord_out;
use crate::faq::log::AnswerId;
use crate::on_engine;

/// Questions that one list shows.
pub const WAITING_MAX: i64 = 100;
/// Tries to get a number when others ask at the same time. Source: one try more than the people who press at once.
const NUMBER_TRIES_MAX: u32 = 20;

// The next number; two at once want the same one, and the later asks again.
const OPEN: &str = "INSERT INTO faq_handovers (id, number, answer_id, at)
    SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3 FROM faq_handovers WHERE TRUE
    ON CONFLICT DO NOTHING";

/// All of a question, with the condition that chooses.
macro_rules! handovers {
    ($which:literal) => {
        concat!(
            "SELECT h.id, h.number, h.answer_id, h.at, a.text, a.locale, a.discord_user,
                COALESCE(p.reference, c.reference) AS account, s.name AS by_name, r.at AS resolved_at
            FROM faq_handovers h JOIN faq_answers a ON a.id = h.answer_id
                LEFT JOIN providers p ON p.id = a.provider_id LEFT JOIN clients c ON c.id = a.client_id
                LEFT JOIN faq_resolutions r ON r.handover_id = h.id LEFT JOIN staff s ON s.id = r.staff_id ",
            $which
        )
    };
}

const OF_ANSWER: &str = handovers!("WHERE h.answer_id = $1");
const BY_ID: &str = handovers!("WHERE h.id = $1");
const BY_NUMBER: &str = handovers!("WHERE h.number = $1");
const WAITING: &str = handovers!("WHERE r.handover_id IS NULL ORDER BY h.number LIMIT $1");
const RESOLVE: &str = "INSERT INTO faq_resolutions (handover_id, staff_id, at) VALUES ($1, $2, $3)
    ON CONFLICT (handover_id) DO NOTHING";

/// Every statement of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[OPEN, OF_ANSWER, BY_ID, BY_NUMBER, WAITING, RESOLVE];

#[derive(FromRow)]
struct HandoverRow {
    id: HandoverId,
    number: i64,
    answer_id: AnswerId,
    at: DateTime<Utc>,
    text: Option<String>,
    locale: Locale,
    discord_user: Option<String>,
    account: Option<String>,
    by_name: Option<String>,
    resolved_at: Option<DateTime<Utc>>,
}

impl From<HandoverRow> for Handover {
    fn from(row: HandoverRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            answer: row.answer_id,
            at: row.at,
            question: row.text,
            locale: row.locale,
            user: (row.discord_user)
                .and_then(|user| user.parse().ok())
                .map(DiscordUser),
            account: row.account,
            resolved: row.by_name.zip(row.resolved_at),
        }
    }
}

/// Asks a person to take the question of an answer, in the caller's transaction; asked again it is the same one.
///
/// # Errors
/// [`StoreError::Sql`]; an answer that is not there is refused by the database.
pub async fn open(
    tx: &mut Tx,
    answer: AnswerId,
    now: DateTime<Utc>,
) -> Result<Handover, StoreError> {
    for _ in 0..NUMBER_TRIES_MAX {
        on_engine!(&mut *tx, tx => sqlx::query(OPEN).bind(HandoverId::at(now)).bind(answer).bind(now)
            .execute(&mut **tx).await.map(drop))?;
        let row: Option<HandoverRow> = on_engine!(&mut *tx, tx => sqlx::query_as(OF_ANSWER).bind(answer)
            .fetch_optional(&mut **tx).await)?;
        if let Some(row) = row {
            return Ok(row.into());
        }
    }
    Err(StoreError::Corrupt {
        what: "hand-over of an answer",
        id: answer.to_string(),
        why: "no number is free",
    })
}

/// The question of that id.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn get(db: &Db, id: HandoverId) -> Result<Option<Handover>, StoreError> {
    let row: Option<HandoverRow> =
        on_engine!(db.read(), pool => sqlx::query_as(BY_ID).bind(id).fetch_optional(pool).await)?;
    Ok(row.map(Handover::from))
}

/// The question that people call `number`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn find(db: &Db, number: i64) -> Result<Option<Handover>, StoreError> {
    let row: Option<HandoverRow> = on_engine!(db.read(), pool => sqlx::query_as(BY_NUMBER).bind(number).fetch_optional(pool).await)?;
    Ok(row.map(Handover::from))
}

/// The questions that wait, the oldest first, at most [`WAITING_MAX`].
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn waiting(db: &Db) -> Result<Vec<Handover>, StoreError> {
    let rows: Vec<HandoverRow> = on_engine!(db.read(), pool => sqlx::query_as(WAITING).bind(WAITING_MAX).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(Handover::from).collect())
}

/// What came of marking a question resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// It is marked, the card says so, and its asker is told if they asked on Discord.
    Now(Handover),
    /// Somebody had marked it before.
    Before(Handover),
    /// There is no such question.
    Unknown,
}

/// Marks a question resolved by `staff`, rewrites its card and tells its asker, in one transaction.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn resolve(
    db: &Db,
    id: HandoverId,
    staff: &StaffMember,
    zone: chrono_tz::Tz,
    now: DateTime<Utc>,
) -> Result<Resolved, StoreError> {
    let mut tx = db.begin().await?;
    let row: Option<HandoverRow> =
        on_engine!(&mut tx, tx => sqlx::query_as(BY_ID).bind(id).fetch_optional(&mut **tx).await)?;
    if row.is_none() {
        return Ok(Resolved::Unknown);
    }
    let marked = on_engine!(&mut tx, tx => sqlx::query(RESOLVE).bind(id).bind(staff.id).bind(now)
        .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
    let row: HandoverRow =
        on_engine!(&mut tx, tx => sqlx::query_as(BY_ID).bind(id).fetch_one(&mut **tx).await)?;
    let handover = Handover::from(row);
    if marked == 0 {
        return Ok(Resolved::Before(handover));
    }
    discord_out::store::rewrite(&mut tx, &handover.dedupe(), &handover.card(zone), now).await?;
    if let Some(told) = handover.told() {
        discord_out::store::put(&mut tx, &[told], now).await?;
    }
    tx.commit().await?;
    Ok(Resolved::Now(handover))
}

#[cfg(test)]
mod tests;
