//! Gives projects their place at once when something became known of them, without reading the list.
//!
//! The keys fall along the list, so the place is found by bisection: a few dozen looks at single rows, whatever the
//! length of the list.

use std::cmp::Ordering;
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
use crate::ranking::{keys, order, reports};

/// Projects placed one by one in a transaction; of more, the whole list is put in order soon after.
const PLACED_AT_ONCE_MAX: usize = 64;

const AT_OR_BELOW: &str = "SELECT p.id, p.reference, p.rank_key, r.state FROM projects p LEFT JOIN rank_states r ON r.project_id = p.id
    WHERE p.state = 'pending' AND p.rank_key <= $1 AND p.rank_key > $2 AND p.id <> $3
    ORDER BY p.rank_key DESC, p.reference DESC LIMIT 1";
const ABOVE: &str = "SELECT p.id, p.reference, p.rank_key, r.state FROM projects p LEFT JOIN rank_states r ON r.project_id = p.id
    WHERE p.state = 'pending' AND p.rank_key > $1 AND p.rank_key < $2 AND p.id <> $3
    ORDER BY p.rank_key, p.reference LIMIT 1";
const NTH: &str = "SELECT p.id, p.reference, p.rank_key, r.state FROM projects p LEFT JOIN rank_states r ON r.project_id = p.id
    WHERE p.state = 'pending' AND p.id <> $1 ORDER BY p.rank_key DESC, p.reference DESC LIMIT 1 OFFSET $2";
const FIRST: &str = "SELECT p.published_at FROM projects p WHERE p.state = 'pending' AND p.id <> $1
    ORDER BY p.rank_key DESC, p.reference DESC LIMIT $2";
const NTH_BELOW: &str =
    "SELECT rank_key FROM projects WHERE state = 'pending' AND rank_key < $1 AND id <> $2
    ORDER BY rank_key DESC, reference DESC LIMIT 1 OFFSET $3";
const LAST_BELOW: &str =
    "SELECT MIN(rank_key) FROM projects WHERE state = 'pending' AND rank_key < $1 AND id <> $2";
const SET: &str =
    "UPDATE projects SET rank_key = $2, ranked_at = $3 WHERE id = $1 AND rank_key <> $2";

pub(super) const ALL_SQL: &[&str] = &[AT_OR_BELOW, ABOVE, NTH, FIRST, NTH_BELOW, LAST_BELOW, SET];

type Neighbour = (Uuid, String, i64, Option<Vec<u8>>);
type Met = (Uuid, String, i64, Known);

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
        let mut judge = Judge {
            learned: &learned,
            first_pages: &first_pages,
            front: None,
            at: now.timestamp(),
        };
        let last_of_first = nth(tx, *id, order::FIRST_PLACES - 1).await?;
        judge.front = last_of_first.map(|met| (met.2, judge.rank(met.0, &met.3)));
        let mut key = bisect(tx, *id, project, &judge).await?;
        if let Some((front, _)) = judge.front
            && key > front
            && no_room_for(tx, *id, &project.known, now).await?
        {
            let below = nth(tx, *id, order::FIRST_PLACES).await?;
            key = keys::between(Some(front), below.map(|met| met.2));
        }
        let lost = judge.lost(&project.known);
        if lost > 0 {
            key = set_back(tx, *id, key, lost).await?;
        }
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
    /// Key and rank of the last project on the first pages, if they are full.
    front: Option<(i64, Rank)>,
    at: i64,
}

/// What the order sorts by, larger is better: not in the tail, then the score, then youth.
type Rank = (bool, f64, i64);

fn compared(one: &Rank, other: &Rank) -> Ordering {
    (one.0.cmp(&other.0))
        .then(one.1.total_cmp(&other.1))
        .then(one.2.cmp(&other.2))
}

impl Judge<'_> {
    /// Places that reports cost a project.
    fn lost(&self, known: &Known) -> usize {
        let places_max = self.learned.report_places_max;
        reports::places_lost(places_max, &known.evidence, known.created_at, self.at)
    }

    /// Whether a project stands further back than its score says: reports cost it places, or it is an old one for which
    /// there was no room on the first pages.
    fn is_held_back(&self, id: Uuid, key: i64, known: &Known) -> bool {
        let is_behind = |(front, rank): &(i64, Rank)| {
            key < *front && compared(&self.rank(id, known), rank).is_gt()
        };
        self.lost(known) > 0 || self.front.as_ref().is_some_and(is_behind)
    }

    fn rank(&self, id: Uuid, known: &Known) -> Rank {
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
        let met = match look(tx, AT_OR_BELOW, (middle, low), id, judge).await? {
            Some(met) => Some(met),
            None => look(tx, ABOVE, (middle, high), id, judge).await?,
        };
        let Some((other, reference, key, theirs)) = met else {
            break;
        };
        let theirs = judge.rank(other, &theirs);
        let is_better = compared(&theirs, &mine)
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

/// The next project from a key on, up to another, that is not held back: such a one does not stand where its score says, so
/// nobody is compared with it.
async fn look(
    tx: &mut Tx,
    statement: &'static str,
    (mut from, to): (i64, i64),
    id: Uuid,
    judge: &Judge<'_>,
) -> Result<Option<Met>, StoreError> {
    loop {
        let row: Option<Neighbour> = on_engine!(&mut *tx, tx => sqlx::query_as(statement).bind(from).bind(to).bind(id)
            .fetch_optional(&mut **tx).await)?;
        let Some(met) = row.map(met) else {
            return Ok(None);
        };
        let key = met.2;
        if !judge.is_held_back(met.0, key, &met.3) {
            return Ok(Some(met));
        }
        from = if to < key { key - 1 } else { key };
    }
}

/// The key `lost` places behind the one that the score gives, or that of the last place.
async fn set_back(tx: &mut Tx, id: Uuid, key: i64, lost: usize) -> Result<i64, StoreError> {
    let lost = i64::try_from(lost).expect("forty at most");
    let above = nth_below(tx, id, key, lost - 1).await?;
    let below = nth_below(tx, id, key, lost).await?;
    if above.is_some() {
        return Ok(keys::between(above, below));
    }
    let lowest: Option<i64> = on_engine!(&mut *tx, tx => sqlx::query_scalar(LAST_BELOW).bind(key).bind(id)
        .fetch_one(&mut **tx).await)?;
    Ok(lowest.map_or(key, |lowest| keys::between(Some(lowest), None)))
}

async fn nth_below(tx: &mut Tx, but: Uuid, key: i64, nth: i64) -> Result<Option<i64>, StoreError> {
    Ok(
        on_engine!(&mut *tx, tx => sqlx::query_scalar(NTH_BELOW).bind(key).bind(but).bind(nth)
        .fetch_optional(&mut **tx).await)?,
    )
}

/// Whether the project is an old one and as many old ones as may be stand on the first pages.
async fn no_room_for(
    tx: &mut Tx,
    id: Uuid,
    known: &Known,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if order::is_recent(known.created_at, now.timestamp()) {
        return Ok(false);
    }
    let first = i64::try_from(order::FIRST_PLACES).expect("forty");
    let posted: Vec<DateTime<Utc>> = on_engine!(&mut *tx, tx => sqlx::query_scalar(FIRST).bind(id).bind(first)
        .fetch_all(&mut **tx).await)?;
    let is_old = |posted: &&DateTime<Utc>| !order::is_recent(posted.timestamp(), now.timestamp());
    Ok(posted.iter().filter(is_old).count() >= order::OLD_PLACES_MAX)
}

/// A young project stands on page 3 at the latest, if the list is that long.
async fn lifted(tx: &mut Tx, id: Uuid, key: i64) -> Result<i64, StoreError> {
    let above = nth(tx, id, order::YOUNG_PLACES - 2).await?.map(|met| met.2);
    let below = nth(tx, id, order::YOUNG_PLACES - 1).await?;
    Ok(match below.map(|met| met.2) {
        Some(below) if key < below => keys::between(above, Some(below)),
        Some(_) | None => key,
    })
}

/// The project at a place, counted from 0 without the one named.
async fn nth(tx: &mut Tx, but: Uuid, nth: usize) -> Result<Option<Met>, StoreError> {
    let nth = i64::try_from(nth).expect("sixty at most");
    let row: Option<Neighbour> = on_engine!(&mut *tx, tx => sqlx::query_as(NTH).bind(but).bind(nth)
        .fetch_optional(&mut **tx).await)?;
    Ok(row.map(met))
}

/// A project whose state cannot be read counts as unknown.
fn met((id, reference, key, state): Neighbour) -> Met {
    let known = state
        .as_deref()
        .and_then(Known::from_bytes)
        .unwrap_or_else(|| Known::nothing(key));
    (id, reference, key, known)
}
