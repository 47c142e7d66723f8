//! One run of the plan: expires calls, reckons what was learned, and asks whoever is due.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

use crate::account::ClientId;
use crate::db::{Db, Engine, StoreError};
use crate::follow_up::Rhythm;
use crate::follow_up::store::run::Run;
use crate::follow_up::store::{CLIENTS_PER_BATCH, reckon, unmade, write};
use crate::mail::{ComposeError, Composer};
use crate::on_engine;

/// How far back contacts are read for the caps, which count in seven days.
pub(super) const CONTACTS_SINCE: TimeDelta = TimeDelta::days(8);

macro_rules! due {
    ($index:literal) => {
        concat!(
            "SELECT client_id, MIN(due_at) AS due_at FROM follow_up_due ",
            $index,
            " WHERE due_at <= $1 GROUP BY client_id ORDER BY MIN(due_at), client_id LIMIT $2"
        )
    };
}
// Left to itself, SQLite walks the whole table in the order of clients to spare itself the grouping of a few.
const DUE_SQLITE: &str = due!("INDEXED BY follow_up_due_by_time");
const DUE_POSTGRES: &str = due!("");
const COUNT_DUE: &str = "SELECT COUNT(DISTINCT client_id) FROM follow_up_due WHERE due_at <= $1";
const STOPPED: &str = "SELECT people, people_max, since FROM follow_up_stop WHERE only_row = 1";

pub(super) const ALL_SQL: &[&str] = &[COUNT_DUE, STOPPED];

/// A run found more people due than it may disturb; it planned nothing (o5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct Stop {
    /// People due.
    pub people: i64,
    /// People that a run may disturb.
    pub people_max: i64,
    /// When a run stopped first.
    pub since: DateTime<Utc>,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Planned {
    /// Letters put into the outbox, one a client.
    pub letters: u64,
    /// Calls opened.
    pub calls: u64,
    /// Projects asked about in them.
    pub projects: u64,
    /// People due who were disturbed enough this week; their projects wait.
    pub later: u64,
    /// Calls that nobody made in time.
    pub expired: u64,
    /// Calls closed because nothing was left to ask.
    pub withdrawn: u64,
    /// Projects reckoned anew.
    pub reckoned: u64,
    /// Why nobody was asked, if so.
    pub stopped: Option<Stop>,
}

/// Why a run ended early. What it did until then stands; the next run goes on.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The database.
    #[error("planning the follow-ups")]
    Store(#[from] StoreError),
    /// The templates or settings make no letter.
    #[error("writing a follow-up letter")]
    Compose(#[from] ComposeError),
}

/// The stop that stands, if one does.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn standing_stop(db: &Db) -> Result<Option<Stop>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(STOPPED).fetch_optional(pool).await)?)
}

/// Plans everything that is due at `now`: one letter or one call a client, oldest first. Safe to run twice, at once,
/// anywhere. More than `people_max` people due: it stops and says so; the settings' [`Rhythm::people_per_run_max`]
/// unless an operator allowed more for once.
///
/// # Errors
/// [`PlanError`]; what was planned until then stands.
pub async fn plan(
    db: &Db,
    composer: &Composer,
    rhythm: &Rhythm,
    people_max: u32,
    now: DateTime<Utc>,
) -> Result<Planned, PlanError> {
    reckon::under_these_settings(db, rhythm).await?;
    let mut done = Planned {
        expired: unmade::expire(db, now).await?,
        withdrawn: unmade::withdraw(db, now).await?,
        reckoned: reckon::learned(db, rhythm, now).await?,
        ..Planned::default()
    };
    let due = due(db, now, people_max).await?;
    if due.len() > people_max as usize {
        done.stopped = Some(stop(db, people_max, now).await?);
        return Ok(done);
    }
    if standing_stop(db).await?.is_some() {
        let mut tx = db.begin().await?;
        write::stop(&mut tx, None, now).await?;
        tx.commit().await?;
    }
    let mut run = Run::new(db, composer, rhythm, now);
    for due in due.chunks(CLIENTS_PER_BATCH) {
        run.batch(due, &mut done).await?;
    }
    Ok(done)
}

/// Clients due and since when, oldest first, at most one more than may be disturbed.
pub(super) async fn due(
    db: &Db,
    now: DateTime<Utc>,
    people_max: u32,
) -> Result<Vec<(ClientId, DateTime<Utc>)>, StoreError> {
    let statement = match db.read() {
        Engine::Sqlite(_) => DUE_SQLITE,
        Engine::Postgres(_) => DUE_POSTGRES,
    };
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(statement).bind(now).bind(i64::from(people_max) + 1)
        .fetch_all(pool).await)?,
    )
}

async fn stop(db: &Db, people_max: u32, now: DateTime<Utc>) -> Result<Stop, StoreError> {
    let people: i64 = on_engine!(db.read(), pool => sqlx::query_scalar(COUNT_DUE).bind(now).fetch_one(pool).await)?;
    let people_max = i64::from(people_max);
    // Counted a moment after it was found: never less than what stopped the run.
    let people = people.max(people_max + 1);
    let mut tx = db.begin().await?;
    write::stop(&mut tx, Some((people, people_max)), now).await?;
    tx.commit().await?;
    let since = standing_stop(db).await?.map_or(now, |stop| stop.since);
    Ok(Stop {
        people,
        people_max,
        since,
    })
}
