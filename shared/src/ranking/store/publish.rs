//! Puts the whole list in order: learns once a day, scores, sorts, and writes only the keys of projects that moved.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::registry::{self, ModelId};
use super::{fold, learn};
use crate::db::{Db, Engine, StoreError};
use crate::listing::store::{Move, Whose, rerank_by_rules, write_moves};
use crate::on_engine;
use crate::project::ProjectId;
use crate::ranking::keys;
use crate::ranking::known::Known;
use crate::ranking::model::{Model, Stage, Trial};
use crate::ranking::odds;
use crate::ranking::order::{self, Scored};
use crate::ranking::reports;

/// A line is learned anew when the last one is older; the nightly run then always learns.
const LEARN_AFTER: TimeDelta = TimeDelta::hours(20);
/// States folded in one transaction when they are missing.
const FOLDS_PER_TURN: usize = 2_000;
/// Keys written in one transaction: others get their turn in between.
const MOVES_PER_TURN: usize = 10_000;

const WITHOUT_STATE: &str =
    "SELECT p.id FROM projects p LEFT JOIN rank_states r ON r.project_id = p.id
    WHERE r.project_id IS NULL AND p.id > $1 ORDER BY p.id LIMIT $2";
const PENDING: &str =
    "SELECT p.id, p.reference, p.rank_key, r.state FROM projects p JOIN rank_states r ON r.project_id = p.id
    WHERE p.state = 'pending'";

pub(super) const ALL_SQL: &[&str] = &[WITHOUT_STATE, PENDING];

/// What came of putting the list in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Pending projects looked at.
    pub projects: u64,
    /// Projects that were given another key.
    pub moved: u64,
    /// The line that scored them; none: by the stated rules.
    pub model: Option<ModelId>,
}

/// A pending project on its way through the order.
struct Candidate {
    id: Uuid,
    reference: Box<str>,
    key: i64,
    created_at: i64,
    log_odds: f64,
    lost: usize,
}

/// Puts the pending list in order; reports of providers cost a project at most `report_places_max` places. Safe to run
/// twice, at once, anywhere: a key that somebody wrote meanwhile is left alone.
///
/// # Errors
/// [`StoreError::Sql`]; what was written until then stays, each key is right by itself.
pub async fn publish(
    db: &Db,
    report_places_max: u32,
    now: DateTime<Utc>,
) -> Result<Published, StoreError> {
    fold_missing(db).await?;
    let model = line_of_today(db, now).await?;
    let Some((id, model)) = model.filter(|(_, model)| model.stage != Stage::NewestFirst) else {
        return by_rules(db, now).await;
    };
    let yesterday = yesterday(db, now).await?;
    let mut candidates = scored(db, &model, report_places_max, now).await?;
    let (order, tail_below) = ordered(&mut candidates, &yesterday, now);
    let old_keys: Vec<i64> = order.iter().map(|&at| candidates[at].key).collect();
    let to_write: Vec<Move> = keys::moves(&old_keys)
        .into_iter()
        .map(|one| Move {
            project: candidates[order[one.at]].id,
            old_key: old_keys[one.at],
            new_key: one.key,
        })
        .collect();
    let mut moved = 0;
    for turn in to_write.chunks(MOVES_PER_TURN) {
        moved += write_moves(db, turn, now).await?;
    }
    let first: Vec<Uuid> = order
        .iter()
        .take(order::FIRST_PLACES)
        .map(|&at| candidates[at].id)
        .collect();
    let projects = order.len() as u64;
    let order = registry::Order {
        by: Some((id, tail_below)),
        report_places_max,
        projects,
        moved,
        first_pages: &first,
    };
    registry::published(db, &order, now).await?;
    Ok(Published {
        projects,
        moved,
        model: Some(id),
    })
}

async fn yesterday(db: &Db, now: DateTime<Utc>) -> Result<BTreeSet<Uuid>, StoreError> {
    let mut tx = db.begin().await?;
    let ids = registry::first_pages_yesterday(&mut tx, now).await?;
    tx.commit().await?;
    Ok(ids.into_iter().collect())
}

async fn by_rules(db: &Db, now: DateTime<Utc>) -> Result<Published, StoreError> {
    let done = rerank_by_rules(db, now).await?;
    let order = registry::Order {
        by: None,
        report_places_max: 0,
        projects: done.projects,
        moved: done.moved,
        first_pages: &[],
    };
    registry::published(db, &order, now).await?;
    Ok(Published {
        projects: done.projects,
        moved: done.moved,
        model: None,
    })
}

/// Folds projects that no line of the timeline touched since this version runs.
async fn fold_missing(db: &Db) -> Result<(), StoreError> {
    let turn = i64::try_from(FOLDS_PER_TURN).expect("two thousand");
    let mut after = ProjectId::from(Uuid::nil());
    loop {
        let projects: Vec<ProjectId> = on_engine!(db.read(), pool => sqlx::query_scalar(WITHOUT_STATE)
            .bind(after).bind(turn).fetch_all(pool).await)?;
        let Some(&last) = projects.last() else {
            return Ok(());
        };
        after = last;
        let whose = Whose {
            projects,
            clients: Vec::new(),
        };
        let mut tx = db.begin().await?;
        fold::fold(&mut tx, &whose).await?;
        tx.commit().await?;
    }
}

/// The line to score with: learned now when the last one is of yesterday, and kept unless it foretells worse than the
/// one before.
async fn line_of_today(
    db: &Db,
    now: DateTime<Utc>,
) -> Result<Option<(ModelId, Model)>, StoreError> {
    let before = registry::last_accepted(db).await?;
    let is_fresh = registry::last(db)
        .await?
        .is_some_and(|last| last.learned_at > now - LEARN_AFTER);
    if is_fresh && before.is_some() {
        return Ok(before);
    }
    let history = learn(db).await?;
    let at = now.timestamp();
    // Minutes of arithmetic on a large past must not hold up the worker's other tasks.
    let learned = tokio::task::spawn_blocking(move || {
        let model = Model::learn(&history, at);
        let trial = model.trial(&history, at);
        let odds = odds::by_age(&history, at);
        let trial_before = before
            .as_ref()
            .and_then(|(_, model)| model.trial(&history, at));
        (model, trial, odds, before, trial_before)
    });
    let (model, trial, odds, before, trial_before) = learned
        .await
        .map_err(|died| StoreError::Sql(sqlx::Error::Io(std::io::Error::other(died))))?;
    let refused = before
        .as_ref()
        .and_then(|(_, before)| worse(&model, trial, before, trial_before));
    let id = registry::register(db, &model, trial, &odds, refused, now).await?;
    Ok(if refused.is_some() {
        before
    } else {
        Some((id, model))
    })
}

/// Why a new line is refused; none: it is as good as the one before, or there was nothing to compare on.
fn worse(
    new: &Model,
    trial: Option<Trial>,
    before: &Model,
    trial_before: Option<Trial>,
) -> Option<&'static str> {
    if before.stage == Stage::NewestFirst || new.stage == Stage::NewestFirst {
        return None;
    }
    let (new, before) = (trial?, trial_before?);
    (new.log_loss > before.log_loss)
        .then_some("it foretells the last months worse than the one before")
}

async fn scored(
    db: &Db,
    model: &Model,
    report_places_max: u32,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>, StoreError> {
    type Row = (Uuid, String, i64, Vec<u8>);
    let mut rows = match db.read() {
        Engine::Sqlite(pool) => sqlx::query_as::<_, Row>(PENDING).fetch(pool),
        Engine::Postgres(pool) => sqlx::query_as::<_, Row>(PENDING).fetch(pool),
    };
    let at = now.timestamp();
    let mut buffer = Vec::new();
    let mut candidates = Vec::new();
    while let Some((id, reference, key, state)) = rows.try_next().await? {
        // A state that cannot be read counts as unknown: the project keeps a place by its age (P5).
        let known = Known::from_bytes(&state).unwrap_or_else(|| Known::nothing(key));
        let log_odds = model.log_odds(
            known.created_at,
            &known.facts,
            &known.evidence,
            at,
            &mut buffer,
        );
        candidates.push(Candidate {
            id,
            reference: reference.into_boxed_str(),
            key,
            created_at: known.created_at,
            log_odds,
            lost: reports::places_lost(report_places_max, &known.evidence, known.created_at, at),
        });
    }
    Ok(candidates)
}

/// Indexes of the candidates, best first, and the chance below which the newest stand first.
fn ordered(
    candidates: &mut [Candidate],
    yesterday: &BTreeSet<Uuid>,
    now: DateTime<Utc>,
) -> (Vec<usize>, f64) {
    candidates
        .sort_unstable_by(|a, b| (a.created_at, &a.reference).cmp(&(b.created_at, &b.reference)));
    let mut list: Vec<Scored> = (0..)
        .zip(candidates.iter())
        .map(|(entry, c)| Scored {
            entry,
            created_at: c.created_at,
            log_odds: c.log_odds,
            lost: c.lost,
        })
        .collect();
    let sticks: BTreeSet<usize> = (0..)
        .zip(candidates.iter())
        .filter(|(_, c)| yesterday.contains(&c.id))
        .map(|(entry, _)| entry)
        .collect();
    let tail_below = order::tail_below(&list);
    order::order(&mut list, now.timestamp(), &sticks);
    (list.into_iter().map(|s| s.entry).collect(), tail_below)
}
