//! Gives projects their place at once when something became known of them, without reading the list.
//!
//! The keys fall along the list, so the place is found by bisection: a few dozen looks at single rows, whatever the
//! length of the list.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::fold::Folded;
use super::registry::{self, Learned};
use crate::db::{StoreError, Tx};
use crate::listing::RANK_KEYS;
use crate::on_engine;
use crate::queue::{self, JobName};
use crate::ranking::fit::chance;
use crate::ranking::known::Known;
use crate::ranking::{keys, order};

/// Projects placed one by one in a transaction; of more, the whole list is put in order soon after.
const PLACED_AT_ONCE_MAX: usize = 64;

const AT_OR_BELOW: &str = "SELECT p.id, p.reference, p.rank_key, r.state FROM projects p LEFT JOIN rank_states r ON r.project_id = p.id
    WHERE p.state = 'pending' AND p.rank_key <= $1 AND p.rank_key > $2 AND p.id <> $3
    ORDER BY p.rank_key DESC, p.reference DESC LIMIT 1";
const ABOVE: &str = "SELECT p.id, p.reference, p.rank_key, r.state FROM projects p LEFT JOIN rank_states r ON r.project_id = p.id
    WHERE p.state = 'pending' AND p.rank_key > $1 AND p.rank_key < $2 AND p.id <> $3
    ORDER BY p.rank_key, p.reference LIMIT 1";
const NTH: &str = "SELECT rank_key FROM projects WHERE state = 'pending' AND id <> $1
    ORDER BY rank_key DESC, reference DESC LIMIT 1 OFFSET $2";
const SET: &str =
    "UPDATE projects SET rank_key = $2, ranked_at = $3 WHERE id = $1 AND rank_key <> $2";

pub(super) const ALL_SQL: &[&str] = &[AT_OR_BELOW, ABOVE, NTH, SET];

type Neighbour = (Uuid, String, i64, Option<Vec<u8>>);

/// Places the projects named, in the caller's transaction; gives how many moved, none when the list is not ordered by a
/// learned line.
///
/// # Errors
/// [`StoreError::Sql`]
pub(crate) async fn place(
    tx: &mut Tx,
    projects: &HashMap<Uuid, Folded>,
    now: DateTime<Utc>,
) -> Result<Option<u64>, StoreError> {
    let Some(current) = registry::current(tx).await? else {
        return Ok(None);
    };
    let Some(learned) = current.learned else {
        return Ok(None);
    };
    if projects.len() > PLACED_AT_ONCE_MAX {
        queue::hurry(tx, JobName::Rerank, now).await?;
        return Ok(Some(0));
    }
    let first_pages = registry::first_pages_yesterday(tx, now).await?;
    let mut moved = 0;
    for (id, project) in projects {
        let judge = Judge {
            learned: &learned,
            first_pages: &first_pages,
            at: now.timestamp(),
        };
        let mut key = bisect(tx, *id, project, &judge).await?;
        if order::is_young(project.known.created_at, now.timestamp()) {
            key = lifted(tx, *id, key).await?;
        }
        moved += on_engine!(&mut *tx, tx => sqlx::query(SET).bind(*id).bind(key).bind(now).execute(&mut **tx).await
            .map(|done| done.rows_affected()))?;
    }
    Ok(Some(moved))
}

/// Compares projects as the order does.
struct Judge<'a> {
    learned: &'a Learned,
    first_pages: &'a [Uuid],
    at: i64,
}

impl Judge<'_> {
    /// What the order sorts by, larger is better: not in the tail, then the score, then youth.
    fn rank(&self, id: Uuid, known: &Known) -> (bool, f64, i64) {
        let model = &self.learned.model;
        let log_odds = model.log_odds(
            known.created_at,
            &known.facts,
            &known.evidence,
            self.at,
            &mut Vec::new(),
        );
        let is_head = chance(log_odds) >= self.learned.tail_below;
        let sticks = if self.first_pages.contains(&id) {
            order::STICKINESS
        } else {
            0.0
        };
        (
            is_head,
            if is_head { log_odds + sticks } else { 0.0 },
            known.created_at,
        )
    }
}

async fn bisect(
    tx: &mut Tx,
    id: Uuid,
    project: &Folded,
    judge: &Judge<'_>,
) -> Result<i64, StoreError> {
    let mine = judge.rank(id, &project.known);
    // Exclusive bounds: everybody at or above `high` is better, everybody at or below `low` is not.
    let (mut low, mut high) = (RANK_KEYS.start() - 1, RANK_KEYS.end() + 1);
    let (mut below, mut above) = (None, None);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let met = match look(tx, AT_OR_BELOW, middle, low, id).await? {
            Some(met) => Some(met),
            None => look(tx, ABOVE, middle, high, id).await?,
        };
        let Some((other, reference, key, state)) = met else {
            break;
        };
        let theirs = state
            .as_deref()
            .and_then(Known::from_bytes)
            .unwrap_or_else(|| Known::nothing(key));
        let theirs = judge.rank(other, &theirs);
        let is_better = (theirs.0.cmp(&mine.0))
            .then(theirs.1.total_cmp(&mine.1))
            .then(theirs.2.cmp(&mine.2))
            .then(project.reference.cmp(&reference))
            .is_gt();
        if is_better {
            (high, above) = (key, Some(key));
        } else {
            (low, below) = (key, Some(key));
        }
    }
    let stays = above.is_none_or(|above| project.key < above)
        && below.is_none_or(|below| project.key > below);
    Ok(if stays {
        project.key
    } else {
        keys::between(above, below)
    })
}

async fn look(
    tx: &mut Tx,
    statement: &'static str,
    from: i64,
    to: i64,
    id: Uuid,
) -> Result<Option<Neighbour>, StoreError> {
    Ok(
        on_engine!(&mut *tx, tx => sqlx::query_as(statement).bind(from).bind(to).bind(id)
        .fetch_optional(&mut **tx).await)?,
    )
}

/// A young project stands on page 3 at the latest, if the list is that long.
async fn lifted(tx: &mut Tx, id: Uuid, key: i64) -> Result<i64, StoreError> {
    let last = i64::try_from(order::YOUNG_PLACES).expect("sixty");
    let above = nth(tx, id, last - 2).await?;
    let below = nth(tx, id, last - 1).await?;
    Ok(match below {
        Some(below) if key < below => keys::between(above, Some(below)),
        Some(_) | None => key,
    })
}

async fn nth(tx: &mut Tx, but: Uuid, nth: i64) -> Result<Option<i64>, StoreError> {
    Ok(
        on_engine!(&mut *tx, tx => sqlx::query_scalar(NTH).bind(but).bind(nth).fetch_optional(&mut **tx).await)?,
    )
}
