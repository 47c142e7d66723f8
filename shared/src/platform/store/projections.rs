//! The state that follows from the platform's events, read row by row in words that both engines share.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::db::{Db, Engine, StoreError};

type Time = DateTime<Utc>;
type ClientState = (
    String,
    String,
    Option<String>,
    Option<String>,
    String,
    String,
    Time,
    Option<Time>,
);
type ProviderState = (String, String, Option<String>, String, Time);
type SubscriptionState = (String, Time, String, Option<Time>, Time);
type ProjectText = (
    String,
    String,
    String,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Time,
);
type ProjectState = (
    String,
    String,
    Time,
    String,
    Option<String>,
    Option<Time>,
    Option<Time>,
);
type ApplicationState = (String, String, String, i64, Time, Option<Time>);
type PastState = (String, String, String, Time, Time);
type LineState = (
    String,
    String,
    Option<String>,
    String,
    String,
    Option<String>,
    Time,
);

const CLIENTS: &str =
    "SELECT reference, name, email, phone, locale, zone, profile_at, last_seen_at FROM clients";
const PROVIDERS: &str = "SELECT reference, name, email, locale, profile_at FROM providers";
const SUBSCRIPTIONS: &str = "SELECT v.reference, s.from_at, s.plan, s.until_at, s.event_at
    FROM subscriptions s JOIN providers v ON v.id = s.provider_id";
const TEXTS: &str =
    "SELECT reference, title, description, category, budget_minor, currency, urgency, phone_verified, is_company, source,
        details_at
    FROM projects";
const STATES: &str = "SELECT p.reference, c.reference, p.published_at, p.state, v.reference, p.awarded_at, p.cancelled_at
    FROM projects p JOIN clients c ON c.id = p.client_id LEFT JOIN providers v ON v.id = p.awarded_to";
const APPLICATIONS: &str = "SELECT p.reference, v.reference, a.kind, a.credits, a.applied_at, a.withdrawn_at
    FROM applications a JOIN projects p ON p.id = a.project_id JOIN providers v ON v.id = a.provider_id";
const PAST: &str =
    "SELECT reference, client_reference, title, published_at, ended_at FROM past_projects";
const LINES: &str = "SELECT k.source, c.reference, p.reference, k.kind, k.channel, k.stage, k.at
    FROM contacts k JOIN clients c ON c.id = k.client_id LEFT JOIN projects p ON p.id = k.project_id
    WHERE k.source LIKE 'event:%'";

pub(super) const ALL_SQL: &[&str] = &[
    CLIENTS,
    PROVIDERS,
    SUBSCRIPTIONS,
    TEXTS,
    STATES,
    APPLICATIONS,
    PAST,
    LINES,
];

/// Calls `f` with the name of the kind of row and the row's text, for every row that follows from the platform's events.
/// What Relance itself adds (rhythm of the mails, dead addresses, places, facts) is not among them. In no order; one row in
/// memory at a time.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn each(db: &Db, mut f: impl FnMut(&'static str, String)) -> Result<(), StoreError> {
    rows::<ClientState>(db, CLIENTS, "client", &mut f).await?;
    rows::<ProviderState>(db, PROVIDERS, "provider", &mut f).await?;
    rows::<SubscriptionState>(db, SUBSCRIPTIONS, "subscription", &mut f).await?;
    rows::<ProjectText>(db, TEXTS, "project text", &mut f).await?;
    rows::<ProjectState>(db, STATES, "project state", &mut f).await?;
    rows::<ApplicationState>(db, APPLICATIONS, "application", &mut f).await?;
    rows::<PastState>(db, PAST, "past project", &mut f).await?;
    rows::<LineState>(db, LINES, "timeline line", &mut f).await
}

async fn rows<Row>(
    db: &Db,
    sql: &'static str,
    kind: &'static str,
    f: &mut impl FnMut(&'static str, String),
) -> Result<(), StoreError>
where
    Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Debug + Send + Unpin,
{
    let mut rows = match db.read() {
        Engine::Sqlite(pool) => sqlx::query_as::<_, Row>(sql).fetch(pool),
        Engine::Postgres(pool) => sqlx::query_as::<_, Row>(sql).fetch(pool),
    };
    while let Some(row) = rows.try_next().await? {
        f(kind, format!("{row:?}"));
    }
    Ok(())
}
