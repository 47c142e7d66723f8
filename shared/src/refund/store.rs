//! SQL of the refund requests.

mod decide;
mod gather;
mod movement;
mod open;
mod quiet;
mod talk;
mod told;

pub use decide::{Command, Decided, Done, Verdict, decide, decided_by};
pub use gather::{announce, case, open_case};
pub use open::{Ask, Claimable, Opened, claimable, open};
pub use quiet::{Kept, keep};
pub use talk::{answer, note, notes};
pub use told::show_cards_of;

use chrono::{DateTime, Utc};

use crate::account::{Plan, ProviderId};
use crate::credit::Kind;
use crate::db::{Db, Engine, StoreError, Tx};
use crate::on_engine;
use crate::refund::{EventKind, Reason, Request, RequestId, State, Surface};

/// Requests on one page of the queue. Source: a Discord message shows ten comfortably; a terminal more.
pub const QUEUE_ROWS_MAX: u32 = 100;
/// Requests of one provider that are listed.
const OWN_ROWS_MAX: i64 = 25;
/// Events of one request that are listed; a request has a handful.
const EVENTS_MAX: i64 = 200;

macro_rules! requests {
    ($tail:literal) => {
        concat!(
            "SELECT r.id, r.number, r.spend, r.provider_id, r.project_id, r.kind, r.amount, r.plan, r.reason, r.story,
                r.proof, r.locale, r.opened_at, r.state, r.state_at FROM refund_requests r ",
            $tail
        )
    };
}
use requests;

const GET: &str = requests!("WHERE r.id = $1");
const BY_NUMBER: &str = requests!("WHERE r.number = $1");
const QUEUE: &str =
    "SELECT r.id, r.number, r.kind, r.amount, r.reason, r.plan, r.opened_at, r.state, r.state_at,
        v.reference AS provider, v.name AS provider_name, p.reference AS project, p.title,
        EXISTS (SELECT 1 FROM refund_events e WHERE e.request_id = r.id AND e.kind = 'endorsed') AS needs_second
    FROM refund_requests r JOIN providers v ON v.id = r.provider_id JOIN projects p ON p.id = r.project_id
    WHERE r.state IN ('open', 'asked') AND r.number > $2
    ORDER BY r.opened_at, r.number LIMIT $1";
const SETTLED: &str =
    "SELECT r.id, r.number, r.kind, r.amount, r.reason, r.plan, r.opened_at, r.state, r.state_at,
        v.reference AS provider, v.name AS provider_name, p.reference AS project, p.title
    FROM refund_requests r JOIN providers v ON v.id = r.provider_id JOIN projects p ON p.id = r.project_id
    WHERE r.state NOT IN ('open', 'asked') AND r.state = COALESCE($2, r.state)
    ORDER BY r.state_at DESC, r.number DESC LIMIT $1";
const OF_PROVIDER: &str =
    "SELECT r.id, r.number, r.kind, r.amount, r.reason, r.plan, r.opened_at, r.state, r.state_at,
        v.reference AS provider, v.name AS provider_name, p.reference AS project, p.title
    FROM refund_requests r JOIN providers v ON v.id = r.provider_id JOIN projects p ON p.id = r.project_id
    WHERE r.provider_id = $1 ORDER BY r.opened_at DESC, r.number DESC LIMIT $2";
const WAITING: &str = "SELECT COUNT(*) FROM refund_requests WHERE state IN ('open', 'asked')";
const EVENTS: &str = "SELECT e.kind, e.from_state, e.to_state, s.name AS staff, t.name AS seconded_by, e.said, e.surface,
        e.interaction, e.at
    FROM refund_events e LEFT JOIN staff s ON s.id = e.staff_id LEFT JOIN staff t ON t.id = e.seconded_by
    WHERE e.request_id = $1 ORDER BY e.seq LIMIT $2";
// Everybody who opens or decides changes this row first, so they pass one after the other on both engines.
const GATE: &str = "UPDATE refund_gate SET last_number = last_number WHERE one = 1";

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&[&str]] = &[
    &[
        GET,
        BY_NUMBER,
        QUEUE,
        SETTLED,
        OF_PROVIDER,
        WAITING,
        EVENTS,
        GATE,
    ],
    decide::ALL_SQL,
    gather::ALL_SQL,
    movement::ALL_SQL,
    open::ALL_SQL,
    quiet::ALL_SQL,
    talk::ALL_SQL,
    told::ALL_SQL,
];

/// A request as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Queued {
    /// Our id.
    pub id: RequestId,
    /// What people call it.
    pub number: i64,
    /// Which kind of credit.
    pub kind: Kind,
    /// How many.
    pub amount: i64,
    /// Why, from the list.
    pub reason: Reason,
    /// The claimant's subscription when asking.
    pub plan: Option<Plan>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub state_at: DateTime<Utc>,
    /// The platform's id of the claimant.
    pub provider: String,
    /// The claimant's name.
    pub provider_name: String,
    /// The platform's id of the project.
    pub project: String,
    /// Its title.
    pub title: String,
    /// Whether somebody approved it, above a ceiling, and another person has to say so too (d11).
    #[sqlx(default)]
    pub needs_second: bool,
}

/// One thing that happened to a request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// Where the request stood before.
    pub from_state: State,
    /// And after.
    pub to_state: State,
    /// Who of the staff.
    pub staff: Option<String>,
    /// The other person, above a ceiling.
    pub seconded_by: Option<String>,
    /// The reason, question or answer.
    pub said: String,
    /// Where it was done.
    pub surface: Surface,
    /// The press, form or command that did it.
    pub interaction: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The request with that id.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::Sql`]
pub async fn get(db: &Db, id: RequestId) -> Result<Request, StoreError> {
    let row: Option<Request> =
        on_engine!(db.read(), pool => sqlx::query_as(GET).bind(id).fetch_optional(pool).await)?;
    row.ok_or_else(|| missing(id))
}

async fn get_in(tx: &mut Tx, id: RequestId) -> Result<Request, StoreError> {
    let row: Option<Request> =
        on_engine!(tx, tx => sqlx::query_as(GET).bind(id).fetch_optional(&mut **tx).await)?;
    row.ok_or_else(|| missing(id))
}

/// The request that people call `number`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn find(db: &Db, number: i64) -> Result<Option<Request>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(BY_NUMBER).bind(number).fetch_optional(pool).await)?,
    )
}

/// Requests that wait, the oldest first (d17), from the one after `after` (0: from the start).
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn queue(db: &Db, after: i64, rows_max: u32) -> Result<Vec<Queued>, StoreError> {
    let rows = i64::from(rows_max.min(QUEUE_ROWS_MAX));
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(QUEUE).bind(rows).bind(after).fetch_all(pool).await)?,
    )
}

/// Requests that were decided or closed, the last first; with a state, only those in it.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn settled(
    db: &Db,
    state: Option<State>,
    rows_max: u32,
) -> Result<Vec<Queued>, StoreError> {
    let rows = i64::from(rows_max.min(QUEUE_ROWS_MAX));
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(SETTLED).bind(rows).bind(state.map(State::as_str))
        .fetch_all(pool).await)?,
    )
}

/// How many requests wait.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn waiting(db: &Db) -> Result<i64, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(WAITING).fetch_one(pool).await)?)
}

async fn waiting_in(tx: &mut Tx) -> Result<i64, StoreError> {
    Ok(on_engine!(tx, tx => sqlx::query_scalar(WAITING).fetch_one(&mut **tx).await)?)
}

/// A provider's own requests, the newest first (d15).
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn of_provider(db: &Db, provider: ProviderId) -> Result<Vec<Queued>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(OF_PROVIDER).bind(provider).bind(OWN_ROWS_MAX)
        .fetch_all(pool).await)?,
    )
}

/// What happened to a request, in order.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn events(db: &Db, request: RequestId) -> Result<Vec<Event>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(EVENTS).bind(request).bind(EVENTS_MAX)
        .fetch_all(pool).await)?,
    )
}

async fn pass_the_gate(tx: &mut Tx) -> Result<(), StoreError> {
    match tx {
        // The one writer is behind the gate already.
        Engine::Sqlite(_) => {}
        Engine::Postgres(tx) => {
            sqlx::query(GATE).execute(&mut **tx).await?;
        }
    }
    Ok(())
}

fn missing(id: RequestId) -> StoreError {
    StoreError::Missing {
        what: "refund request",
        id: id.to_string(),
    }
}

#[cfg(test)]
mod tests;
