//! Gathers the rows of a case file and keeps what was seen.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::told::show_card;
use super::{get, get_in};
use crate::account::StaffId;
use crate::credit;
use crate::db::{Db, Engine, StoreError, Tx};
use crate::on_engine;
use crate::refund::case::{self, CHANCE_DAYS, CaseFile, Chance, OTHERS_SHOWN_MAX, Other, Record};
use crate::refund::case::{Rows, Subject, TimelineLine};
use crate::refund::{CaseId, RequestId};
use crate::witness;

/// Lines of a timeline that a case looks at, the newest. Source: two years of monthly letters and calls are below 100.
const LINES_MAX: i64 = 1_000;
/// How far back projects were published that make the sample of a chance.
const SAMPLE_DAYS: i64 = 4 * 365;
/// Projects whose fate is looked up for a chance, the newest that had the time. Source: Discord waits 3 s; measured at
/// 200,000 projects, all of four years took up to 2.4 s on the embedded database, 10,000 take 0.03 s, and a share of 10,000
/// is right to one point, 19 times in 20.
pub(super) const SAMPLE_PROJECTS_MAX: i64 = 10_000;

const SUBJECT: &str = "SELECT r.number, r.reason, r.plan, r.kind, r.amount, s.at AS spent_at, r.opened_at,
        v.reference AS provider, p.reference AS project, p.title, p.published_at, p.state AS project_state,
        p.awarded_at, p.cancelled_at, a.withdrawn_at, n.page AS page_then
    FROM refund_requests r JOIN transfers s ON s.id = r.spend JOIN providers v ON v.id = r.provider_id
        JOIN projects p ON p.id = r.project_id
        LEFT JOIN applications a ON a.project_id = r.project_id AND a.provider_id = r.provider_id AND a.kind = r.kind
        LEFT JOIN spend_pages n ON n.transfer_id = r.spend
    WHERE r.id = $1";
const LINES: &str = "SELECT c.kind, c.channel, c.stage, c.at, c.known_at FROM (
        SELECT k.seq, k.kind, k.channel, k.stage, k.at, k.known_at FROM contacts k WHERE k.project_id = $1
        UNION ALL
        SELECT k.seq, k.kind, k.channel, k.stage, k.at, k.known_at
        FROM projects p JOIN contacts k ON k.client_id = p.client_id AND k.project_id IS NULL AND k.at >= p.published_at
        WHERE p.id = $1) c
    ORDER BY c.at DESC, c.seq DESC LIMIT $2";
const OTHERS: &str = "SELECT r.number, v.reference AS provider, r.provider_id = m.provider_id AS same_claimant, r.reason,
        r.state, r.opened_at
    FROM refund_requests m JOIN refund_requests r ON r.project_id = m.project_id AND r.id <> m.id
        JOIN providers v ON v.id = r.provider_id
    WHERE m.id = $1 ORDER BY r.opened_at DESC, r.number DESC LIMIT $2";
const RECORD: &str = "SELECT COUNT(*) AS requests,
        CAST(COALESCE(SUM(CASE WHEN opened_at > $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS requests_30_days,
        CAST(COALESCE(SUM(CASE WHEN state = 'approved' THEN 1 ELSE 0 END), 0) AS BIGINT) AS approved,
        CAST(COALESCE(SUM(CASE WHEN state = 'approved' AND state_at > $3 THEN 1 ELSE 0 END), 0) AS BIGINT)
            AS approved_90_days,
        CAST(COALESCE(SUM(CASE WHEN state = 'declined' THEN 1 ELSE 0 END), 0) AS BIGINT) AS declined,
        CAST(COALESCE(SUM(CASE WHEN state = 'closed_silent' THEN 1 ELSE 0 END), 0) AS BIGINT) AS closed_silent
    FROM refund_requests WHERE provider_id = $1";
// Days between two instants are written differently on the engines.
macro_rules! chance {
    ($days:literal) => {
        concat!(
            "SELECT COUNT(*) AS sample, CAST(COALESCE(SUM(CASE WHEN awarded_age < $2 THEN 1 ELSE 0 END), 0) AS BIGINT)
            FROM (
                SELECT MIN(",
            $days,
            ") AS end_age, MIN(CASE WHEN e.to_state = 'in_progress' THEN ",
            $days,
            " END) AS awarded_age
                FROM (SELECT id, published_at FROM projects WHERE published_at > $3 AND published_at < $4
                        ORDER BY published_at DESC LIMIT $5) AS p
                    LEFT JOIN project_events e ON e.project_id = p.id AND e.to_state IN ('in_progress', 'cancelled')
                GROUP BY p.id) AS ends
            WHERE end_age IS NULL OR end_age >= $1"
        )
    };
}
const CHANCE_SQLITE: &str = chance!("julianday(e.at) - julianday(p.published_at)");
const CHANCE_POSTGRES: &str =
    chance!("CAST(EXTRACT(EPOCH FROM e.at - p.published_at) / 86400 AS DOUBLE PRECISION)");
const KEEP: &str = "INSERT INTO refund_cases (id, request_id, staff_id, file, gathered_at)
    VALUES ($1, $2, $3, $4, $5)";
const KEPT: &str = "SELECT file FROM refund_cases WHERE id = $1";

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&str] = &[SUBJECT, LINES, OTHERS, RECORD, KEEP, KEPT];

#[derive(Debug, sqlx::FromRow)]
struct RecordRow {
    requests: i64,
    requests_30_days: i64,
    approved: i64,
    approved_90_days: i64,
    declined: i64,
    closed_silent: i64,
}

/// Gathers the case file of a request for `staff` (none: for the card in the channel) and keeps it: what was seen stays
/// with the decision.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::Sql`]
pub async fn open_case(
    db: &Db,
    id: RequestId,
    staff: Option<StaffId>,
    now: DateTime<Utc>,
) -> Result<(CaseId, CaseFile), StoreError> {
    let file = gather(db, id, now).await?;
    let mut tx = db.begin().await?;
    let case = keep(&mut tx, id, staff, &file, now).await?;
    tx.commit().await?;
    Ok((case, file))
}

/// Gathers the case file of a request and puts its card into the review channel, in one transaction.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::Sql`]
pub async fn announce(
    db: &Db,
    id: RequestId,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let file = gather(db, id, now).await?;
    let mut tx = db.begin().await?;
    let request = get_in(&mut tx, id).await?;
    keep(&mut tx, id, None, &file, now).await?;
    show_card(&mut tx, &request, &file, zone, now).await?;
    tx.commit().await
}

async fn keep(
    tx: &mut Tx,
    id: RequestId,
    staff: Option<StaffId>,
    file: &CaseFile,
    now: DateTime<Utc>,
) -> Result<CaseId, StoreError> {
    let case = CaseId::at(now);
    let text = serde_json::to_string(file).expect("a case file has only text keys");
    on_engine!(tx, tx => sqlx::query(KEEP).bind(case).bind(id).bind(staff).bind(text).bind(now)
        .execute(&mut **tx).await.map(drop))?;
    Ok(case)
}

/// A case file as it was seen.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::Corrupt`], [`StoreError::Sql`]
pub async fn case(db: &Db, id: CaseId) -> Result<CaseFile, StoreError> {
    let text: Option<String> = on_engine!(db.read(), pool => sqlx::query_scalar(KEPT).bind(id).fetch_optional(pool).await)?;
    let text = text.ok_or_else(|| StoreError::Missing {
        what: "case file",
        id: id.to_string(),
    })?;
    serde_json::from_str(&text).map_err(|_| StoreError::Corrupt {
        what: "case file",
        id: id.to_string(),
        why: "it is not readable any more",
    })
}

async fn gather(db: &Db, id: RequestId, now: DateTime<Utc>) -> Result<CaseFile, StoreError> {
    let request = get(db, id).await?;
    let subject: Subject =
        on_engine!(db.read(), pool => sqlx::query_as(SUBJECT).bind(id).fetch_one(pool).await)?;
    let lines: Vec<TimelineLine> = on_engine!(db.read(), pool => sqlx::query_as(LINES).bind(request.project_id)
        .bind(LINES_MAX).fetch_all(pool).await)?;
    let others: Vec<Other> = on_engine!(db.read(), pool => sqlx::query_as(OTHERS).bind(id).bind(OTHERS_SHOWN_MAX)
        .fetch_all(pool).await)?;
    let row: RecordRow = on_engine!(db.read(), pool => sqlx::query_as(RECORD).bind(request.provider_id)
        .bind(now - TimeDelta::days(30)).bind(now - TimeDelta::days(90)).fetch_one(pool).await)?;
    let margin = credit::store::margin(db, request.provider_id).await?;
    let witness = witness::store::record(db, request.project_id).await?;
    let chance = chance(db, case::age_days(&subject), now).await?;
    let record = Record {
        requests: row.requests,
        requests_30_days: row.requests_30_days,
        approved: row.approved,
        approved_90_days: row.approved_90_days,
        declined: row.declined,
        closed_silent: row.closed_silent,
        granted: margin.granted,
        used: margin.used,
        available: margin.available,
        used_on_cancelled: margin.used_on_cancelled,
    };
    let rows = Rows {
        subject,
        lines,
        others,
        record,
        chance: Some(chance),
        differences: witness.map_or_else(Vec::new, |record| record.differences(now)),
    };
    Ok(case::assemble(rows, now))
}

/// Of the projects that had reached the bracket of `age_days` and had time since, how many were awarded; the newest
/// [`SAMPLE_PROJECTS_MAX`] are looked at.
pub(super) async fn chance(
    db: &Db,
    age_days: i64,
    now: DateTime<Utc>,
) -> Result<Chance, StoreError> {
    let (from_days, to_days) = case::bracket(age_days);
    let newest = now - TimeDelta::days(from_days + CHANCE_DAYS);
    let oldest = now - TimeDelta::days(SAMPLE_DAYS);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand days")]
    let ages = (from_days as f64, (from_days + CHANCE_DAYS) as f64);
    let (sample, awarded): (i64, i64) = match db.read() {
        Engine::Sqlite(pool) => {
            let query = sqlx::query_as(CHANCE_SQLITE).bind(ages.0).bind(ages.1);
            let query = query.bind(oldest).bind(newest).bind(SAMPLE_PROJECTS_MAX);
            query.fetch_one(pool).await?
        }
        Engine::Postgres(pool) => {
            let query = sqlx::query_as(CHANCE_POSTGRES).bind(ages.0).bind(ages.1);
            let query = query.bind(oldest).bind(newest).bind(SAMPLE_PROJECTS_MAX);
            query.fetch_one(pool).await?
        }
    };
    Ok(Chance {
        from_days,
        to_days,
        sample,
        awarded,
    })
}
