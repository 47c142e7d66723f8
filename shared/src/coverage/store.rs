//! SQL of the coverage figures: one pass over the pending list.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

use crate::coverage::{Cancelled, Coverage, KEPT_WITHIN, Oldest, SPANS_DAYS};
use crate::db::{Db, StoreError};
use crate::follow_up::store::never;
use crate::listing::{MAILS_PER_CALL, SILENT_FROM};
use crate::on_engine;

// COUNT passes by what is NULL: the CASEs have no ELSE.
const COUNT: &str = "SELECT COUNT(*) AS pending,
        COUNT(CASE WHEN f.last_sign_at > $1 THEN 1 END) AS heard_short,
        COUNT(CASE WHEN f.last_sign_at > $2 THEN 1 END) AS heard_long,
        COUNT(CASE WHEN f.asked_at > $1 THEN 1 END) AS asked_short,
        COUNT(CASE WHEN f.asked_at > $2 THEN 1 END) AS asked_long,
        COUNT(CASE WHEN f.asked_at IS NULL THEN 1 END) AS never_asked,
        COUNT(CASE WHEN d.due_at IS NULL OR d.due_at > $3 THEN 1 END) AS kept,
        COUNT(CASE WHEN d.due_at >= $4 THEN 1 END) AS no_way,
        COUNT(CASE WHEN f.mails_unanswered + $5 * f.calls_unanswered >= $6 THEN 1 END) AS silent
    FROM projects p JOIN follow_up_due d ON d.project_id = p.id LEFT JOIN project_facts f ON f.project_id = p.id
    WHERE p.state = 'pending'";
const CALLS: &str = "SELECT COUNT(*), COUNT(CASE WHEN due_at < $1 THEN 1 END) FROM call_tasks WHERE outcome IS NULL";
const NEVER_ASKED: &str = "SELECT p.reference, p.published_at AS since FROM projects p
    LEFT JOIN project_facts f ON f.project_id = p.id
    WHERE p.state = 'pending' AND f.asked_at IS NULL ORDER BY p.published_at, p.reference LIMIT 1";
const UNASKED: &str =
    "SELECT p.reference, COALESCE(f.asked_at, p.published_at) AS since FROM projects p
    LEFT JOIN project_facts f ON f.project_id = p.id
    WHERE p.state = 'pending' ORDER BY COALESCE(f.asked_at, p.published_at), p.reference LIMIT 1";

const CANCELLED: &str = "SELECT reason, COUNT(*) AS times FROM project_events
    WHERE to_state = 'cancelled' GROUP BY reason ORDER BY times DESC, reason";

/// Every statement of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[COUNT, CALLS, NEVER_ASKED, UNASKED, CANCELLED];

#[derive(FromRow)]
struct Row {
    pending: i64,
    heard_short: i64,
    heard_long: i64,
    asked_short: i64,
    asked_long: i64,
    never_asked: i64,
    kept: i64,
    no_way: i64,
    silent: i64,
}

/// The figures at `now`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn coverage(db: &Db, now: DateTime<Utc>) -> Result<Coverage, StoreError> {
    let [short, long] = SPANS_DAYS.map(|days| now - TimeDelta::days(days));
    let row: Row = on_engine!(db.read(), pool => sqlx::query_as(COUNT).bind(short).bind(long).bind(now - KEPT_WITHIN)
        .bind(never()).bind(MAILS_PER_CALL).bind(SILENT_FROM).fetch_one(pool).await)?;
    let (calls_open, calls_overdue): (i64, i64) = on_engine!(db.read(), pool => sqlx::query_as(CALLS)
        .bind(now - TimeDelta::days(1)).fetch_one(pool).await)?;
    let oldest_never_asked: Option<Oldest> =
        on_engine!(db.read(), pool => sqlx::query_as(NEVER_ASKED).fetch_optional(pool).await)?;
    let oldest_unasked: Option<Oldest> =
        on_engine!(db.read(), pool => sqlx::query_as(UNASKED).fetch_optional(pool).await)?;
    let cancelled_because: Vec<Cancelled> =
        on_engine!(db.read(), pool => sqlx::query_as(CANCELLED).fetch_all(pool).await)?;
    let counted = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(Coverage {
        pending: counted(row.pending),
        heard: [counted(row.heard_short), counted(row.heard_long)],
        asked: [counted(row.asked_short), counted(row.asked_long)],
        never_asked: counted(row.never_asked),
        kept: counted(row.kept),
        silent: counted(row.silent),
        no_way: counted(row.no_way),
        calls_open: counted(calls_open),
        calls_overdue: counted(calls_overdue),
        oldest_never_asked,
        oldest_unasked,
        cancelled_because,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{self, Channel, Line, LineKind};

    use crate::testing::store::{a_client, a_pending_project, each_prepares};
    use crate::testing::{day, each_engine};

    #[tokio::test]
    async fn every_statement_prepares() {
        each_prepares(ALL_SQL, &[]).await;
    }

    // o9, N23, S5: what was heard and asked in 30 and 90 days, and what was never asked.
    #[tokio::test]
    async fn the_figures_say_what_was_asked_and_heard() {
        each_engine(async |db| {
            let client = a_client(&db, "C1", day(0)).await?;
            let mut lines = Vec::new();
            for (reference, kind, on) in [
                ("P1", Some(LineKind::LetterSent), 95),
                ("P2", Some(LineKind::LetterSent), 30),
                ("P3", Some(LineKind::Reopened), 98),
                ("P4", None, 0),
            ] {
                let project = a_pending_project(&db, client, reference, day(0)).await?;
                lines.extend(kind.map(|kind| Line {
                    client,
                    project: Some(project),
                    kind,
                    channel: Channel::Email,
                    stage: None,
                    ask_again_at: None,
                    note: None,
                    source: reference.to_owned(),
                    at: day(on),
                }));
            }
            let mut tx = db.begin().await?;
            contact::store::append(&mut tx, &lines, day(100)).await?;
            tx.commit().await?;
            let coverage = coverage(&db, day(100)).await?;
            assert_eq!(
                (coverage.pending, coverage.heard, coverage.asked),
                (4, [1, 1], [1, 2])
            );
            assert_eq!(
                (coverage.never_asked, coverage.kept, coverage.no_way),
                (2, 4, 0)
            );
            assert_eq!(
                coverage
                    .oldest_never_asked
                    .map(|oldest| oldest.reference)
                    .as_deref(),
                Some("P3")
            );
            assert_eq!(
                coverage.oldest_unasked.map(|oldest| oldest.since),
                Some(day(0))
            );
            Ok(())
        })
        .await;
    }
}
