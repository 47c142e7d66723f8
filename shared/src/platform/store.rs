//! SQL of the platform's events: every event kept as it came, what came of it, and the state that follows.

mod applications;
pub mod compare;
mod credits;
mod evidence;
pub mod feed;
mod known;
pub mod out;
mod people;
pub mod projections;
mod projects;
mod record;
pub mod replay;
mod states;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Postgres, Sqlite};
use uuid::Uuid;

use crate::account::ClientId;
use crate::consent::CancelReason;
use crate::contact::{self, Channel, Line, LineKind};
use crate::db::{Db, Engine, StoreError, Tx};
use crate::id::Id;
use crate::listing::store::rerank_some;
use crate::platform::{AccountAct, Event, RawEvent, Source, Taken, What};
use crate::project::ProjectId;
use crate::queue::{self, JobName};
use crate::token::Keys;
use known::Known;

pub use out::tell;

/// Events taken in one transaction: the write lock of the embedded database is free again after some tens of
/// milliseconds, and memory does not grow with the file.
pub const EVENTS_PER_TRANSACTION_MAX: usize = 5_000;
/// Events that had waited and are looked at together.
const WAITING_PER_ROUND_MAX: usize = 2_000;
/// How far ahead of our clock an event may be dated; further, it would outdo every later one for good.
const AHEAD_MAX: TimeDelta = TimeDelta::days(1);
/// Key of the lock under which events are taken on `PostgreSQL`: two takers would see half of each other.
const TAKER_LOCK: i64 = 7_352_624;

const LOCK_POSTGRES: &str = "SELECT pg_advisory_xact_lock($1)";
const REFERENCES: &str =
    "SELECT p.reference, c.reference FROM projects p, clients c WHERE p.id = $1 AND c.id = $2";
const WAITING_COUNT: &str = "SELECT COUNT(*) FROM platform_outcomes WHERE outcome = 'waiting'";

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&[&str]] = &[
    &[REFERENCES, WAITING_COUNT],
    feed::ALL_SQL,
    out::ALL_SQL,
    projections::ALL_SQL,
    replay::ALL_SQL,
];

/// One statement in the words of each engine: they read lists from JSON differently.
struct Twin {
    sqlite: &'static str,
    postgres: &'static str,
}

/// Every pair, for the test that prepares each on its engine.
#[cfg(test)]
const ALL_TWINS: &[&[&Twin]] = &[
    applications::TWINS,
    known::TWINS,
    people::TWINS,
    projects::TWINS,
    record::TWINS,
    states::TWINS,
];

impl Twin {
    /// Runs it with the rows as $1 and the time as $2.
    async fn write(
        &self,
        tx: &mut Tx,
        rows: &[Value],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let rows = json!(rows).to_string();
        match tx {
            Engine::Sqlite(tx) => {
                let query = sqlx::query(self.sqlite).bind(rows).bind(now);
                query.execute(&mut **tx).await?;
            }
            Engine::Postgres(tx) => {
                let query = sqlx::query(self.postgres).bind(rows).bind(now);
                query.execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    /// Reads with the list as $1.
    async fn read<Row>(&self, tx: &mut Tx, list: &[Value]) -> Result<Vec<Row>, StoreError>
    where
        Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        if list.is_empty() {
            return Ok(Vec::new());
        }
        let list = json!(list).to_string();
        Ok(match tx {
            Engine::Sqlite(tx) => {
                sqlx::query_as::<Sqlite, Row>(self.sqlite)
                    .bind(list)
                    .fetch_all(&mut **tx)
                    .await?
            }
            Engine::Postgres(tx) => {
                sqlx::query_as::<Postgres, Row>(self.postgres)
                    .bind(list)
                    .fetch_all(&mut **tx)
                    .await?
            }
        })
    }
}

/// How ids are spelled in the JSON of this engine's statements.
fn spelled(tx: &Tx, id: Uuid) -> String {
    match tx {
        Engine::Sqlite(_) => id.simple().to_string(),
        Engine::Postgres(_) => id.to_string(),
    }
}

/// An event that is kept, on its way to its effect.
struct Item {
    seq: i64,
    source: Source,
    event: Event,
    /// When it was signed, if its signature held on arrival.
    signed_at: Option<DateTime<Utc>>,
}

impl Item {
    fn line(&self, client: ClientId, project: Option<ProjectId>, kind: LineKind) -> Line {
        Line {
            client,
            project,
            kind,
            channel: if self.source == Source::Account {
                Channel::Account
            } else {
                Channel::Platform
            },
            stage: None,
            ask_again_at: None,
            note: None,
            source: format!("event:{}", self.event.id),
            at: self.event.at,
        }
    }

    fn key(&self) -> (DateTime<Utc>, String) {
        (self.event.at, self.event.id.clone())
    }
}

/// What a round comes to.
#[derive(Default)]
struct Settled {
    outcomes: HashMap<i64, Taken>,
    lines: Vec<Line>,
    /// What others may have waited for, as `kind:reference`.
    arrived: BTreeSet<String>,
    /// Projects of which something became known that is no line of the timeline.
    seen: BTreeSet<ProjectId>,
    told: bool,
    moved: bool,
}

/// Takes events from anywhere: keeps each as it came, applies what it says, and gives what came of each, in the order
/// given. The same event twice is one event; an event about something unknown waits until that arrives. The state that
/// follows does not depend on the order. Each is kept under a seal of `keys`. A batch of [`EVENTS_PER_TRANSACTION_MAX`] is one transaction.
///
/// # Errors
/// [`StoreError::Sql`]; batches before the failing one stay, taking everything again is harmless.
pub async fn take(
    db: &Db,
    keys: &Keys,
    source: Source,
    events: &[RawEvent],
    now: DateTime<Utc>,
) -> Result<Vec<Taken>, StoreError> {
    let mut taken = Vec::with_capacity(events.len());
    for events in events.chunks(EVENTS_PER_TRANSACTION_MAX) {
        let mut tx = db.begin().await?;
        taken.extend(take_in(&mut tx, keys, source, events, now).await?);
        tx.commit().await?;
    }
    Ok(taken)
}

/// [`take`] in the caller's transaction, at most [`EVENTS_PER_TRANSACTION_MAX`] events.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn take_in(
    tx: &mut Tx,
    keys: &Keys,
    source: Source,
    events: &[RawEvent],
    now: DateTime<Utc>,
) -> Result<Vec<Taken>, StoreError> {
    if let Engine::Postgres(tx) = tx {
        sqlx::query(LOCK_POSTGRES)
            .bind(TAKER_LOCK)
            .execute(&mut **tx)
            .await?;
    }
    let kept = record::keep(tx, keys, source, events, now).await?;
    let mut outcomes = HashMap::new();
    let (mut told, mut moved) = (false, false);
    let mut items = kept.items;
    let mut arrived = BTreeSet::new();
    while !items.is_empty() {
        let settled = round(tx, &items, now).await?;
        told |= settled.told;
        moved |= settled.moved;
        outcomes.extend(settled.outcomes);
        arrived.extend(settled.arrived);
        items = record::waiting(tx, &arrived, WAITING_PER_ROUND_MAX).await?;
        if items.len() < WAITING_PER_ROUND_MAX {
            arrived.clear();
        }
    }
    if moved {
        queue::hurry(tx, JobName::PlanFollowUps, now).await?;
    }
    if told {
        queue::hurry(tx, JobName::DeliverEvents, now).await?;
    }
    let found = kept.taken.into_iter().map(|taken| match taken {
        record::Kept::Seq(seq) => outcomes.remove(&seq).unwrap_or(Taken::Applied),
        record::Kept::Known(taken) => taken,
    });
    Ok(found.collect())
}

/// An act of `client` on the account page of this installation: kept as a signed event, then applied like the platform's.
/// Somebody who does not own the project is refused.
///
/// # Errors
/// [`StoreError::Missing`] when there is no such project or client, [`StoreError::Sql`]
pub async fn take_account_act(
    tx: &mut Tx,
    keys: &Keys,
    client: ClientId,
    project: ProjectId,
    act: AccountAct,
    now: DateTime<Utc>,
) -> Result<Taken, StoreError> {
    let found: Option<(String, String)> = crate::on_engine!(&mut *tx, tx => sqlx::query_as(REFERENCES)
        .bind(project).bind(client).fetch_optional(&mut **tx).await)?;
    let (project, client) = found.ok_or_else(|| StoreError::Missing {
        what: "project",
        id: project.to_string(),
    })?;
    let id = format!("account:{}", Id::<RawEvent>::at(now));
    let (kind, reason) = match act {
        AccountAct::Cancel(reason) => ("project.cancelled_by_client", Some(reason)),
        AccountAct::Reopen => ("project.reopened_by_client", None::<CancelReason>),
    };
    let body = json!({
        "id": id, "type": kind, "at": crate::db::time_text(now),
        "data": {"project": project, "client": client, "reason": reason},
    });
    let act = RawEvent::act(body.to_string(), now, keys).map_err(|_| StoreError::Corrupt {
        what: "project",
        id: project,
        why: "its references cannot be written into an event",
    })?;
    let taken = take_in(tx, keys, Source::Account, &[act], now).await?;
    Ok(taken.into_iter().next().unwrap_or(Taken::Duplicate))
}

/// Events that wait for what they are about.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn waiting_count(db: &Db) -> Result<i64, StoreError> {
    Ok(
        crate::on_engine!(db.read(), pool => sqlx::query_scalar(WAITING_COUNT).fetch_one(pool).await)?,
    )
}

async fn round(tx: &mut Tx, items: &[Item], now: DateTime<Utc>) -> Result<Settled, StoreError> {
    let mut settled = Settled::default();
    let mut known = Known::of(tx, items).await?;
    people::clients(tx, items, &mut known, &mut settled, now).await?;
    people::providers(tx, items, &mut known, &mut settled, now).await?;
    people::subscriptions(tx, items, &known, &mut settled, now).await?;
    projects::published(tx, items, &mut known, &mut settled, now).await?;
    projects::details(tx, items, &known, &mut settled, now).await?;
    applications::settle(tx, items, &known, &mut settled, now).await?;
    credits::settle(tx, items, &known, &mut settled, now).await?;
    states::settle(tx, items, &known, &mut settled, now).await?;
    people::seen(tx, items, &known, &mut settled, now).await?;
    evidence::settle(tx, items, &known, &mut settled).await?;
    logged(items, &known, &mut settled);
    contact::store::append(tx, &settled.lines, now).await?;
    if !settled.seen.is_empty() {
        let seen: Vec<ProjectId> = settled.seen.iter().copied().collect();
        rerank_some(tx, &seen, now).await?;
    }
    record::outcomes(tx, &settled.outcomes, now).await?;
    Ok(settled)
}

/// What needs no row of its own: lines of the past, what this version does not know.
fn logged(items: &[Item], known: &Known, settled: &mut Settled) {
    for item in items {
        let taken = match &item.event.what {
            What::Logged { .. } | What::Ended { .. } if item.source != Source::History => {
                Taken::Kept("this type is read from history folders only".to_owned())
            }
            What::Logged { project, line, channel, stage } => match known.project(project) {
                Ok(row) => {
                    settled.lines.push(Line {
                        channel: *channel,
                        stage: *stage,
                        ..item.line(row.client_id, Some(row.id), *line)
                    });
                    Taken::Applied
                }
                Err(taken) => taken,
            },
            What::Ended { project } => match known.project(project) {
                Ok(_) => Taken::Refused(
                    "an unsigned log does not cancel a project that is listed; only its client does".to_owned(),
                ),
                Err(Taken::Kept(_)) => Taken::Applied,
                Err(taken) => taken,
            },
            What::Unknown => Taken::Kept(format!("this version knows no type {}", item.event.kind)),
            _ => continue,
        };
        settled.outcomes.insert(item.seq, taken);
    }
}

#[cfg(test)]
mod tests;
