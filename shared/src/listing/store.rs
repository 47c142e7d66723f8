//! SQL of the lists: pages, places, one project's page, and the check that nothing pending is missing.

mod rerank;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

pub(crate) use rerank::{Move, Whose, hold, rerank_whose, write_moves};
pub use rerank::{Reranked, rerank_by_rules, rerank_clients, rerank_some};

use crate::contact::{LineKind, Stage};
use crate::db::{Db, StoreError};
use crate::listing::{Evidence, Place, pages};
use crate::on_engine;
use crate::project::{PAGE_SIZE, ProjectId};

/// Projects that the check reads at a time.
const VERIFY_ROWS_MAX: i64 = 5_000;

/// Since when neither address nor number works, none while one of them may: a client without either tells nothing.
macro_rules! unreachable_at {
    () => {
        "CASE WHEN (c.email IS NULL OR c.email_dead_at IS NOT NULL) AND (c.phone IS NULL OR c.phone_dead_at IS NOT NULL)
            THEN COALESCE(CASE WHEN c.email_dead_at > c.phone_dead_at THEN c.email_dead_at ELSE c.phone_dead_at END,
                c.email_dead_at, c.phone_dead_at) END"
    };
}
use unreachable_at;

macro_rules! select_listed {
    ($more:literal, $from:literal, $tail:literal) => {
        concat!(
            "SELECT p.id, p.reference, p.title, p.description, p.category, p.budget_minor, p.currency, p.urgency,
                p.published_at, p.state, p.awarded_at, p.cancelled_at, p.rank_key,
                f.last_sign_at, f.last_sign_kind, f.stage, f.stage_at, f.asked_at,
                COALESCE(f.mails_unanswered, 0) AS mails_unanswered,
                COALESCE(f.calls_unanswered, 0) AS calls_unanswered, ",
            unreachable_at!(),
            " AS unreachable_at",
            $more,
            " FROM ",
            $from,
            " JOIN clients c ON c.id = p.client_id LEFT JOIN project_facts f ON f.project_id = p.id ",
            $tail
        )
    };
}

// The places of a page are cut from the index alone and its twenty rows read after that. The back half of a list is cut
// from its end, so that the last page costs what the first costs.
const PENDING_FROM_TOP: &str = select_listed!(
    "",
    "(SELECT reference FROM projects WHERE state = 'pending'
        ORDER BY rank_key DESC, reference DESC LIMIT $1 OFFSET $2) AS cut
        JOIN projects p ON p.reference = cut.reference",
    "ORDER BY p.rank_key DESC, p.reference DESC"
);
const PENDING_FROM_END: &str = select_listed!(
    "",
    "(SELECT reference FROM projects WHERE state = 'pending'
        ORDER BY rank_key, reference LIMIT $1 OFFSET $2) AS cut
        JOIN projects p ON p.reference = cut.reference",
    "ORDER BY p.rank_key DESC, p.reference DESC"
);
const IN_PROGRESS_FROM_TOP: &str = select_listed!(
    "",
    "(SELECT reference FROM projects WHERE state = 'in_progress'
        ORDER BY awarded_at DESC, reference DESC LIMIT $1 OFFSET $2) AS cut
        JOIN projects p ON p.reference = cut.reference",
    "ORDER BY p.awarded_at DESC, p.reference DESC"
);
const IN_PROGRESS_FROM_END: &str = select_listed!(
    "",
    "(SELECT reference FROM projects WHERE state = 'in_progress'
        ORDER BY awarded_at, reference LIMIT $1 OFFSET $2) AS cut
        JOIN projects p ON p.reference = cut.reference",
    "ORDER BY p.awarded_at DESC, p.reference DESC"
);
const FIND: &str = select_listed!(
    ", COALESCE(
        (SELECT MIN(k.known_at) FROM contacts k
            WHERE k.project_id = p.id AND k.at = f.last_sign_at AND k.kind = f.last_sign_kind),
        (SELECT MIN(k.known_at) FROM contacts k
            WHERE k.client_id = p.client_id AND k.project_id IS NULL
                AND k.at = f.last_sign_at AND k.kind = f.last_sign_kind)) AS last_sign_known_at",
    "projects p",
    "WHERE p.reference = $1"
);
const FIND_PAST: &str =
    "SELECT reference, title, published_at, ended_at FROM past_projects WHERE reference = $1";
const COUNT: &str =
    "SELECT CAST(COALESCE(SUM(change), 0) AS BIGINT) FROM listing_counts WHERE state = $1";
const ABOVE: &str = "SELECT (SELECT COUNT(*) FROM projects a
        WHERE a.state = 'pending' AND (a.rank_key, a.reference) > (p.rank_key, p.reference))
    FROM projects p WHERE p.id = $1 AND p.state = 'pending'";
const TOP_REFERENCES: &str = "SELECT reference FROM projects WHERE state = 'pending'
    ORDER BY rank_key DESC, reference DESC LIMIT $1";
const LISTED_AFTER: &str = "SELECT rank_key, reference FROM projects
    WHERE state = 'pending' AND (rank_key, reference) < ($1, $2)
    ORDER BY rank_key DESC, reference DESC LIMIT $3";
// The sum keeps the engines from answering out of the list's own index, which is what is checked.
const PENDING_BY_TABLE: &str = "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'pending' THEN 1 ELSE 0 END), 0) AS BIGINT) FROM projects";

/// Every statement of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[
    PENDING_FROM_TOP,
    PENDING_FROM_END,
    IN_PROGRESS_FROM_TOP,
    IN_PROGRESS_FROM_END,
    FIND,
    FIND_PAST,
    COUNT,
    ABOVE,
    TOP_REFERENCES,
    LISTED_AFTER,
    PENDING_BY_TABLE,
];

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// In the order of rank.
    Pending,
    /// The last award on top (S16).
    InProgress,
}

pub use crate::project::StateName;

/// A project with what is known about it: no word of the CRM, nothing about who the client is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Listed {
    /// Our id.
    pub id: ProjectId,
    /// The platform's id, which people see.
    pub reference: String,
    /// One line.
    pub title: String,
    /// The client's text.
    pub description: String,
    /// The platform's own word for its kind.
    pub category: Option<String>,
    /// Budget in the smallest unit of `currency`.
    pub budget_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// The platform's own word.
    pub urgency: Option<String>,
    /// First time on the list.
    pub published_at: DateTime<Utc>,
    /// Where it stands.
    pub state: StateName,
    /// When it was awarded, if it is in progress.
    pub awarded_at: Option<DateTime<Utc>>,
    /// When its client cancelled it, if so.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Its place as a number; see [`crate::listing::rank_key`].
    pub rank_key: i64,
    /// Last sign of the client.
    pub last_sign_at: Option<DateTime<Utc>>,
    /// Which.
    pub last_sign_kind: Option<LineKind>,
    /// Since when we know of that sign; read for a single project only.
    #[sqlx(default)]
    pub last_sign_known_at: Option<DateTime<Utc>>,
    /// The client's last word: for the staff, not for the page.
    pub stage: Option<Stage>,
    /// When it was said.
    pub stage_at: Option<DateTime<Utc>>,
    /// Last letter or call.
    pub asked_at: Option<DateTime<Utc>>,
    /// Letters since the last sign.
    pub mails_unanswered: i64,
    /// Calls since the last sign.
    pub calls_unanswered: i64,
    /// Since when no address and no number of the client works.
    pub unreachable_at: Option<DateTime<Utc>>,
}

impl Listed {
    /// What its place follows from.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence {
            published_at: self.published_at,
            last_sign: self.last_sign_at.zip(self.last_sign_kind),
            word: self.stage_at.zip(self.stage),
            mails_unanswered: self.mails_unanswered,
            calls_unanswered: self.calls_unanswered,
            unreachable_at: self.unreachable_at,
        }
    }
}

/// A project that had ended before Relance knew it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Past {
    /// The platform's id.
    pub reference: String,
    /// One line.
    pub title: String,
    /// First time on the list.
    pub published_at: DateTime<Utc>,
    /// Its end.
    pub ended_at: DateTime<Utc>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Pages that there are; 0 when nothing is listed.
    pub pages: u32,
    /// Projects on all pages.
    pub total: u64,
    /// At most [`PAGE_SIZE`], in order; none beyond the last page.
    pub projects: Vec<Listed>,
}

/// Page `number` of the pending list, from 1, in the order of rank.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn page(db: &Db, number: u32) -> Result<Page, StoreError> {
    page_of(db, List::Pending, number).await
}

/// Page `number` of either list.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn page_of(db: &Db, list: List, number: u32) -> Result<Page, StoreError> {
    let total = count(db, list).await?;
    let (from_top, from_end) = match list {
        List::Pending => (PENDING_FROM_TOP, PENDING_FROM_END),
        List::InProgress => (IN_PROGRESS_FROM_TOP, IN_PROGRESS_FROM_END),
    };
    let size = u64::from(PAGE_SIZE);
    let first = u64::from(number.saturating_sub(1)) * size;
    let rows = size.min(total.saturating_sub(first));
    let after = total.saturating_sub(first + rows);
    let (statement, offset) = if first <= after {
        (from_top, first)
    } else {
        (from_end, after)
    };
    let projects = if rows == 0 {
        Vec::new()
    } else {
        on_engine!(db.read(), pool => sqlx::query_as(statement)
            .bind(as_count(rows)).bind(as_count(offset)).fetch_all(pool).await)?
    };
    Ok(Page {
        number,
        pages: pages(total),
        total,
        projects,
    })
}

/// Projects on a list.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn count(db: &Db, list: List) -> Result<u64, StoreError> {
    let state = match list {
        List::Pending => StateName::Pending,
        List::InProgress => StateName::InProgress,
    };
    let counted: i64 = on_engine!(db.read(), pool => sqlx::query_scalar(COUNT).bind(state)
        .fetch_one(pool).await)?;
    Ok(u64::try_from(counted).unwrap_or(0))
}

/// The place of a pending project; none when it is not pending. Counts the projects above it in the index.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn place_of(db: &Db, project: ProjectId) -> Result<Option<Place>, StoreError> {
    let above: Option<i64> = on_engine!(db.read(), pool => sqlx::query_scalar(ABOVE).bind(project)
        .fetch_optional(pool).await)?;
    Ok(above.map(|above| Place::at(u64::try_from(above).unwrap_or(0) + 1)))
}

/// The project with the platform's id `reference`, whatever its state.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn find(db: &Db, reference: &str) -> Result<Option<Listed>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(FIND).bind(reference)
        .fetch_optional(pool).await)?,
    )
}

/// The project with the platform's id `reference` that had ended before Relance knew it.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn find_past(db: &Db, reference: &str) -> Result<Option<Past>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(FIND_PAST).bind(reference)
        .fetch_optional(pool).await)?,
    )
}

/// The references of the first `projects_max` pending projects, in order.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn top_references(db: &Db, projects_max: u32) -> Result<Vec<String>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar(TOP_REFERENCES)
        .bind(i64::from(projects_max)).fetch_all(pool).await)?,
    )
}

/// What the check of the list found; all three are equal when nothing is missing (P5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Pending projects, counted in the table.
    pub pending: u64,
    /// Projects met when walking the list from its first to its last place.
    pub listed: u64,
    /// Projects that the pages announce.
    pub announced: u64,
}

impl Verified {
    /// Whether nothing pending is missing from the pages.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.pending == self.listed && self.listed == self.announced
    }
}

/// Walks the whole list and compares it with the table. A project that comes or goes meanwhile makes a difference of
/// one: look again before crying out.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn verify(db: &Db) -> Result<Verified, StoreError> {
    let pending: i64 =
        on_engine!(db.read(), pool => sqlx::query_scalar(PENDING_BY_TABLE).fetch_one(pool).await)?;
    let mut listed = 0;
    // Above every key that the database takes.
    let mut last = (i64::MAX, String::new());
    loop {
        let rows: Vec<(i64, String)> = on_engine!(db.read(), pool => sqlx::query_as(LISTED_AFTER)
            .bind(last.0).bind(&last.1).bind(VERIFY_ROWS_MAX).fetch_all(pool).await)?;
        let Some(end) = rows.last() else { break };
        last = end.clone();
        listed += rows.len() as u64;
    }
    Ok(Verified {
        pending: u64::try_from(pending).unwrap_or(0),
        listed,
        announced: count(db, List::Pending).await?,
    })
}

fn as_count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
