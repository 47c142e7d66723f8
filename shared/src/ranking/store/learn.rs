//! The platform's past as the database knows it, bounded.

use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use serde_json::json;
use uuid::Uuid;

use super::event_of;
use super::fold::{
    HAPPENED_POSTGRES, HAPPENED_SQLITE, Happened, SEEN_POSTGRES, SEEN_SQLITE, Seen, declared,
};
use crate::db::{Db, Engine, StoreError};
use crate::ranking::evidence::Event;
use crate::ranking::history::{Entry, History};
use crate::ranking::known::Known;

/// Projects that a line is learned from; of more, an even share is taken. Source: the guide's measurements have nine
/// thousand; sixty thousand snapshots are what the fit keeps anyway.
const PROJECTS_MAX: u64 = 60_000;
/// Events kept in memory at most (24 bytes each).
const EVENTS_MAX: usize = 6_000_000;
/// Projects whose timelines one statement reads.
const PROJECTS_PER_READ: usize = 1_000;

const COUNT: &str = "SELECT COUNT(*) FROM rank_states";
// Instants travel as seconds: hence the twins.
const PROJECTS_SQLITE: &str =
    "SELECT p.id, p.reference, r.state, unixepoch(p.awarded_at), unixepoch(p.cancelled_at)
    FROM projects p JOIN rank_states r ON r.project_id = p.id";
const PROJECTS_POSTGRES: &str =
    "SELECT p.id, p.reference, r.state, FLOOR(EXTRACT(EPOCH FROM p.awarded_at))::BIGINT,
        FLOOR(EXTRACT(EPOCH FROM p.cancelled_at))::BIGINT
    FROM projects p JOIN rank_states r ON r.project_id = p.id";

type ProjectRow = (Uuid, String, Vec<u8>, Option<i64>, Option<i64>);

/// Reads projects and what happened to them: all of them, or an even share when there are more than sixty thousand. A
/// project that came back counts as pending; how it once left is forgotten.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn learn(db: &Db) -> Result<History, StoreError> {
    let (entries, mut events, places) = projects(db).await?;
    let mut tx = db.begin_read().await?;
    let kinds = super::kinds(&mut tx).await?;
    tx.commit().await?;
    let ids: Vec<Uuid> = places.keys().copied().collect();
    for ids in ids.chunks(PROJECTS_PER_READ) {
        for (id, kind, stage, at, _, weight) in happened(db, ids).await? {
            if let (Some(&place), Some(event)) = (places.get(&id), event_of(kind, stage, weight)) {
                events.push((place, at, event));
            }
        }
        if !kinds.is_empty() {
            let seen = seen(db, ids).await?.into_iter();
            events.extend(seen.filter_map(|(id, slot, at)| {
                let place = places.get(&id)?;
                Some((*place, at, declared(slot)))
            }));
        }
        if events.len() > EVENTS_MAX {
            tracing::warn!(
                "the past has more events than are learned from; the rest is passed over"
            );
            break;
        }
    }
    Ok(History::new(entries, events, kinds))
}

type Projects = (Vec<Entry>, Vec<(u32, i64, Event)>, HashMap<Uuid, u32>);

async fn projects(db: &Db) -> Result<Projects, StoreError> {
    let count = match db.read() {
        Engine::Sqlite(pool) => sqlx::query_scalar::<_, i64>(COUNT).fetch_one(pool).await?,
        Engine::Postgres(pool) => sqlx::query_scalar::<_, i64>(COUNT).fetch_one(pool).await?,
    };
    let one_in = u64::try_from(count)
        .unwrap_or(0)
        .div_ceil(PROJECTS_MAX)
        .max(1);
    let mut rows = match db.read() {
        Engine::Sqlite(pool) => sqlx::query_as::<_, ProjectRow>(PROJECTS_SQLITE).fetch(pool),
        Engine::Postgres(pool) => sqlx::query_as::<_, ProjectRow>(PROJECTS_POSTGRES).fetch(pool),
    };
    let (mut entries, mut events, mut places) = (Vec::new(), Vec::new(), HashMap::new());
    while let Some((id, reference, state, awarded_at, cancelled_at)) = rows.try_next().await? {
        let Some(known) = Known::from_bytes(&state).filter(|_| drawn(id, one_in)) else {
            continue;
        };
        let place = u32::try_from(entries.len()).expect("sixty thousand and some");
        places.insert(id, place);
        events.extend(awarded_at.map(|at| (place, at, Event::Awarded)));
        events.extend(cancelled_at.map(|at| (place, at, Event::Cancelled)));
        entries.push(Entry {
            id: reference,
            created_at: known.created_at,
            facts: known.facts,
            left: None,
        });
    }
    Ok((entries, events, places))
}

/// The same choice each night: by the random end of the id.
fn drawn(id: Uuid, one_in: u64) -> bool {
    let (_, random) = id.as_u64_pair();
    random % one_in == 0
}

async fn happened(db: &Db, ids: &[Uuid]) -> Result<Vec<Happened>, StoreError> {
    Ok(match db.read() {
        Engine::Sqlite(pool) => {
            let ids: Vec<_> = ids.iter().map(|id| id.simple().to_string()).collect();
            sqlx::query_as(HAPPENED_SQLITE)
                .bind(json!(ids).to_string())
                .fetch_all(pool)
                .await?
        }
        Engine::Postgres(pool) => {
            sqlx::query_as(HAPPENED_POSTGRES)
                .bind(ids)
                .fetch_all(pool)
                .await?
        }
    })
}

async fn seen(db: &Db, ids: &[Uuid]) -> Result<Vec<Seen>, StoreError> {
    Ok(match db.read() {
        Engine::Sqlite(pool) => {
            let ids: Vec<_> = ids.iter().map(|id| id.simple().to_string()).collect();
            sqlx::query_as(SEEN_SQLITE)
                .bind(json!(ids).to_string())
                .fetch_all(pool)
                .await?
        }
        Engine::Postgres(pool) => {
            sqlx::query_as(SEEN_POSTGRES)
                .bind(ids)
                .fetch_all(pool)
                .await?
        }
    })
}
