//! SQL of the answers' log.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::account::Locale;
use crate::db::{Db, Engine, StoreError};
use crate::faq::author::GROUPED_MAX;
use crate::faq::log::{
    AnswerId, Answered, Asker, Change, Feedback, OwnLine, Settled, Surface, Unanswered, Use, Uses,
    band_parts,
};
use crate::id::Id;
use crate::on_engine;

/// Lines that an asker gets of their own log; the newest.
pub const OWN_LINES_MAX: i64 = 1_000;
/// Messages that are settled in one call.
pub const SETTLED_MAX: usize = GROUPED_MAX;

const LOG: &str = "INSERT INTO faq_answers (id, provider_id, client_id, discord_user, surface, text, locale, band,
        reason, entry, best, score_millionths, version, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const SAY: &str = "INSERT INTO faq_feedback (answer_id, kind, entry, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (answer_id, kind) DO NOTHING";
// An account's own answers, and those that its Discord user got before or after the link.
const OWN: &str = "SELECT id, at, surface, text, band, entry, best, version FROM faq_answers
    WHERE provider_id = $1 OR client_id = $2 OR discord_user = $3
    ORDER BY at DESC, id DESC LIMIT $4";
// Handed over, offered without a choice, or answered without help; greetings and the like are nobody's work.
const UNANSWERED: &str = "SELECT id, at, text, locale, best FROM faq_answers a
    WHERE text IS NOT NULL AND at >= $1
        AND (band <> 'answer' OR EXISTS (SELECT 1 FROM faq_feedback f
            WHERE f.answer_id = a.id AND f.kind IN ('not_helped', 'person')))
        AND NOT EXISTS (SELECT 1 FROM faq_feedback f WHERE f.answer_id = a.id AND f.kind IN ('helped', 'chosen'))
        AND NOT EXISTS (SELECT 1 FROM faq_settled s WHERE s.answer_id = a.id)
        AND COALESCE(reason, 'unknown') NOT IN ('courtesy', 'nothing', 'insult', 'instruction')
    ORDER BY at DESC, id DESC LIMIT $2";
// The engines read the list of answers differently.
const SETTLE_SQLITE: &str = "INSERT INTO faq_settled (answer_id, how, entry, at)
    SELECT unhex(value), $2, $3, $4 FROM json_each($1) WHERE TRUE ON CONFLICT (answer_id) DO NOTHING";
const SETTLE_POSTGRES: &str = "INSERT INTO faq_settled (answer_id, how, entry, at)
    SELECT value::UUID, $2, $3, $4 FROM json_array_elements_text($1::json) AS answer(value)
    ON CONFLICT (answer_id) DO NOTHING";
const CHANGE: &str = "INSERT INTO faq_changes (id, entry, locale, variant, fixes, breaks, version_before, version_after,
        changed_by, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const ERASE: &str = "UPDATE faq_answers SET text = NULL, discord_user = NULL
    WHERE (provider_id = $1 OR client_id = $2 OR discord_user = $3) AND (text IS NOT NULL OR discord_user IS NOT NULL)";

// Each thing is said once about an answer, so every join finds one row at most.
const USES: &str = "SELECT a.entry, COUNT(*) AS answered, COUNT(y.answer_id) AS helped, COUNT(n.answer_id) AS not_helped,
        COUNT(p.answer_id) AS person
    FROM faq_answers a LEFT JOIN faq_feedback y ON y.answer_id = a.id AND y.kind = 'helped'
        LEFT JOIN faq_feedback n ON n.answer_id = a.id AND n.kind = 'not_helped'
        LEFT JOIN faq_feedback p ON p.answer_id = a.id AND p.kind = 'person'
    WHERE a.band = 'answer' AND a.at >= $1 GROUP BY a.entry ORDER BY answered DESC, a.entry";
const CHOICES: &str = "SELECT f.entry, COUNT(*) AS chosen FROM faq_feedback f
    WHERE f.kind = 'chosen' AND f.at >= $1 GROUP BY f.entry ORDER BY chosen DESC, f.entry";
const BANDS: &str =
    "SELECT a.band, COUNT(*) AS times FROM faq_answers a WHERE a.at >= $1 GROUP BY a.band";

/// Every statement, which a test prepares on both engines.
pub const ALL_SQL: &[&str] = &[
    LOG, SAY, OWN, UNANSWERED, CHANGE, ERASE, USES, CHOICES, BANDS,
];
/// The pairs that differ: `SQLite`, `PostgreSQL`.
pub const PAIRS: [(&str, &str); 1] = [(SETTLE_SQLITE, SETTLE_POSTGRES)];

#[derive(FromRow)]
struct OwnRow {
    id: AnswerId,
    at: DateTime<Utc>,
    surface: Surface,
    text: Option<String>,
    band: String,
    entry: Option<String>,
    best: String,
    version: String,
}

#[derive(FromRow)]
struct UnansweredRow {
    id: AnswerId,
    at: DateTime<Utc>,
    text: String,
    locale: Locale,
    best: String,
}

fn list(best: &str) -> Vec<String> {
    best.split_whitespace().map(str::to_owned).collect()
}

/// Writes an answer down.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn log(db: &Db, answered: &Answered, now: DateTime<Utc>) -> Result<AnswerId, StoreError> {
    let id = AnswerId::at(now);
    let (band, reason, entry) = band_parts(&answered.band);
    let asker = answered.asker;
    let user = asker.user.map(|user| user.0.to_string());
    on_engine!(db.write(), pool => sqlx::query(LOG).bind(id).bind(asker.provider).bind(asker.client).bind(user)
        .bind(answered.surface).bind(&answered.text).bind(answered.locale).bind(band).bind(reason).bind(entry)
        .bind(answered.best.join(" ")).bind(answered.score_millionths).bind(&answered.version).bind(now)
        .execute(pool).await.map(drop))?;
    Ok(id)
}

/// Writes down what the asker says about an answer; the same thing twice counts once.
///
/// # Errors
/// [`StoreError::Sql`]; an answer that is not there is refused by the database.
pub async fn say(
    db: &Db,
    answer: AnswerId,
    feedback: &Feedback,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (kind, entry) = feedback.parts();
    on_engine!(db.write(), pool => sqlx::query(SAY).bind(answer).bind(kind).bind(entry).bind(now)
        .execute(pool).await.map(drop))?;
    Ok(())
}

/// An asker's own log, newest first, at most [`OWN_LINES_MAX`] lines (N24).
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn own_log(db: &Db, asker: &Asker) -> Result<Vec<OwnLine>, StoreError> {
    let user = asker.user.map(|user| user.0.to_string());
    let rows: Vec<OwnRow> = on_engine!(db.read(), pool => sqlx::query_as(OWN).bind(asker.provider).bind(asker.client)
        .bind(user).bind(OWN_LINES_MAX).fetch_all(pool).await)?;
    Ok(rows
        .into_iter()
        .map(|row| OwnLine {
            id: row.id,
            at: row.at,
            surface: row.surface,
            text: row.text,
            band: row.band,
            entry: row.entry,
            best: list(&row.best),
            version: row.version,
        })
        .collect())
}

/// Messages since `since` that no answer settled, newest first, at most [`GROUPED_MAX`] (c5).
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn unanswered(db: &Db, since: DateTime<Utc>) -> Result<Vec<Unanswered>, StoreError> {
    let limit = i64::try_from(GROUPED_MAX).unwrap_or(i64::MAX);
    let rows: Vec<UnansweredRow> = on_engine!(db.read(), pool => sqlx::query_as(UNANSWERED).bind(since).bind(limit)
        .fetch_all(pool).await)?;
    Ok(rows
        .into_iter()
        .map(|row| Unanswered {
            id: row.id,
            at: row.at,
            text: row.text,
            locale: row.locale,
            best: list(&row.best),
        })
        .collect())
}

/// What became of the questions since `since`, entry by entry (c6).
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn uses(db: &Db, since: DateTime<Utc>) -> Result<Uses, StoreError> {
    let answered: Vec<Use> =
        on_engine!(db.read(), pool => sqlx::query_as(USES).bind(since).fetch_all(pool).await)?;
    let chosen: Vec<(String, i64)> =
        on_engine!(db.read(), pool => sqlx::query_as(CHOICES).bind(since).fetch_all(pool).await)?;
    let bands: Vec<(String, i64)> =
        on_engine!(db.read(), pool => sqlx::query_as(BANDS).bind(since).fetch_all(pool).await)?;
    Ok(Uses::of(answered, chosen, &bands))
}

/// Takes messages off the list of the unanswered, at most [`SETTLED_MAX`].
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn settle(
    db: &Db,
    answers: &[AnswerId],
    how: &Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (name, entry) = how.parts();
    let ids = answers
        .iter()
        .take(SETTLED_MAX)
        .map(|id| id.uuid().simple().to_string());
    let ids = ids.collect::<serde_json::Value>().to_string();
    let statement = match db.write() {
        Engine::Sqlite(_) => SETTLE_SQLITE,
        Engine::Postgres(_) => SETTLE_POSTGRES,
    };
    on_engine!(db.write(), pool => sqlx::query(statement).bind(ids).bind(name).bind(entry).bind(now)
        .execute(pool).await.map(drop))?;
    Ok(())
}

/// Writes down a variant that was added.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn change(db: &Db, change: &Change<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    on_engine!(db.write(), pool => sqlx::query(CHANGE).bind(Id::<Change<'_>>::at(now)).bind(change.entry).bind(change.locale)
        .bind(change.variant).bind(count(change.fixes)).bind(count(change.breaks)).bind(change.version_before)
        .bind(change.version_after).bind(change.changed_by).bind(now).execute(pool).await.map(drop))?;
    Ok(())
}

/// Erases the text and the Discord user of somebody's answers; that something was answered stays.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn erase(db: &Db, asker: &Asker) -> Result<u64, StoreError> {
    let user = asker.user.map(|user| user.0.to_string());
    let erased = on_engine!(db.write(), pool => sqlx::query(ERASE).bind(asker.provider).bind(asker.client).bind(user)
        .execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(erased)
}

#[cfg(test)]
mod tests;
