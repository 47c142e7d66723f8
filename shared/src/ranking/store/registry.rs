//! What was learned and what was published last.

use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Db, StoreError, Tx};
use crate::id::Id;
use crate::on_engine;
use crate::ranking::model::{Model, Stage, Trial};
use crate::ranking::odds::Odds;

const REGISTER: &str = "INSERT INTO rank_models
    (id, stage, verdict, why, awards, sample_rows, log_loss, calibration_error, odds, model, learned_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const LAST: &str =
    "SELECT id, stage, verdict, why, awards, sample_rows, log_loss, calibration_error, odds,
        learned_at FROM rank_models ORDER BY learned_at DESC, id DESC LIMIT 1";
const LAST_ACCEPTED: &str = "SELECT id, model FROM rank_models WHERE verdict = 'accepted' ORDER BY learned_at DESC, id DESC LIMIT 1";
const CURRENT: &str = "SELECT model_id, as_of, tail_below, report_places_max FROM rank_publications ORDER BY seq DESC LIMIT 1";
const BEFORE: &str =
    "SELECT first_pages FROM rank_publications WHERE as_of <= $1 ORDER BY seq DESC LIMIT 1";
const MODEL: &str = "SELECT model FROM rank_models WHERE id = $1";
const PUBLISH: &str =
    "INSERT INTO rank_publications (model_id, as_of, projects, moved, tail_below, first_pages, report_places_max)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
// Never the one that "yesterday" is read from.
const FORGET: &str =
    "DELETE FROM rank_publications WHERE seq <= (SELECT MAX(seq) FROM rank_publications) - $1
    AND seq < (SELECT MAX(seq) FROM rank_publications WHERE as_of <= $2)";

pub(super) const ALL_SQL: &[&str] = &[
    REGISTER,
    LAST,
    LAST_ACCEPTED,
    CURRENT,
    BEFORE,
    MODEL,
    PUBLISH,
    FORGET,
];

/// The id of a learned line.
pub type ModelId = Id<Model>;

/// The line used last: each change of the timeline asks for it, and it changes once a day.
static LAST_USED: LazyLock<ArcSwapOption<(ModelId, Arc<Model>)>> =
    LazyLock::new(ArcSwapOption::empty);

/// A learned line as the registry knows it.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Registered {
    /// Its id.
    pub id: ModelId,
    /// `own`, `leaning`, `age_only` or `newest_first`; see [`Stage`].
    pub stage: String,
    /// `accepted` or `refused`.
    pub verdict: String,
    /// The reason, for the operator.
    pub why: String,
    /// Awards it was learned from.
    pub awards: i64,
    /// Rows it was fitted on.
    pub sample_rows: i64,
    /// Mean log-loss over the last two known months.
    pub log_loss: Option<f64>,
    /// Calibration error over the same.
    pub calibration_error: Option<f64>,
    /// How often projects of each age were awarded, as JSON; see [`Registered::odds`].
    #[sqlx(rename = "odds")]
    odds_json: String,
    /// When.
    pub learned_at: DateTime<Utc>,
}

impl Registered {
    /// How often projects of each age were awarded when this was learned.
    #[must_use]
    pub fn odds(&self) -> Vec<Odds> {
        serde_json::from_str(&self.odds_json).unwrap_or_default()
    }
}

/// What the list is ordered by now.
#[derive(Debug, Clone)]
pub struct Current {
    /// The line; none: by the stated rules.
    pub learned: Option<Learned>,
    /// When the whole list was last put in order.
    pub as_of: DateTime<Utc>,
}

/// A line in use.
#[derive(Debug, Clone)]
pub struct Learned {
    /// Its id.
    pub id: ModelId,
    /// The line.
    pub model: Arc<Model>,
    /// Chance below which the newest stand first.
    pub tail_below: f64,
    /// Places that reports of providers may cost a project.
    pub report_places_max: u32,
}

type CurrentRow = (Option<ModelId>, DateTime<Utc>, Option<f64>, i64);

/// What the list is ordered by; none before it was ever put in order.
///
/// # Errors
/// [`StoreError::Corrupt`] when the line kept cannot be read: a newer program wrote it.
pub async fn current(tx: &mut Tx) -> Result<Option<Current>, StoreError> {
    let row: Option<CurrentRow> =
        on_engine!(&mut *tx, tx => sqlx::query_as(CURRENT).fetch_optional(&mut **tx).await)?;
    let Some((id, as_of, tail_below, places)) = row else {
        return Ok(None);
    };
    let learned = match id.zip(tail_below) {
        None => None,
        Some((id, tail_below)) => Some(Learned {
            id,
            model: model(tx, id).await?,
            tail_below,
            report_places_max: u32::try_from(places).unwrap_or(0),
        }),
    };
    Ok(Some(Current { learned, as_of }))
}

async fn model(tx: &mut Tx, id: ModelId) -> Result<Arc<Model>, StoreError> {
    if let Some(last) = LAST_USED.load().as_deref().filter(|(last, _)| *last == id) {
        return Ok(last.1.clone());
    }
    let bytes: Vec<u8> =
        on_engine!(tx, tx => sqlx::query_scalar(MODEL).bind(id).fetch_one(&mut **tx).await)?;
    let model = Arc::new(unpacked(id, &bytes)?);
    LAST_USED.store(Some(Arc::new((id, model.clone()))));
    Ok(model)
}

/// The line learned last, accepted or not.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn last(db: &Db) -> Result<Option<Registered>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(LAST).fetch_optional(pool).await)?)
}

/// The line accepted last.
pub(super) async fn last_accepted(db: &Db) -> Result<Option<(ModelId, Model)>, StoreError> {
    let row: Option<(ModelId, Vec<u8>)> =
        on_engine!(db.read(), pool => sqlx::query_as(LAST_ACCEPTED).fetch_optional(pool).await)?;
    row.map(|(id, bytes)| Ok((id, unpacked(id, &bytes)?)))
        .transpose()
}

fn unpacked(id: ModelId, bytes: &[u8]) -> Result<Model, StoreError> {
    postcard::from_bytes(bytes).map_err(|_| StoreError::Corrupt {
        what: "rank model",
        id: id.to_string(),
        why: "it was written by another version",
    })
}

/// Keeps a line with the verdict on it.
pub(super) async fn register(
    db: &Db,
    model: &Model,
    trial: Option<Trial>,
    odds: &[Odds],
    refused: Option<&str>,
    now: DateTime<Utc>,
) -> Result<ModelId, StoreError> {
    let id = ModelId::at(now);
    let odds = serde_json::to_string(odds).expect("counts are valid JSON");
    let bytes = postcard::to_stdvec(model).expect("numbers and texts can be packed");
    let verdict = if refused.is_some() {
        "refused"
    } else {
        "accepted"
    };
    let why = refused.unwrap_or("it foretells the last months at least as well as the one before");
    on_engine!(db.write(), pool => sqlx::query(REGISTER).bind(id).bind(stage_name(model.stage)).bind(verdict).bind(why)
        .bind(count(model.awards)).bind(count(model.rows)).bind(trial.map(|t| t.log_loss))
        .bind(trial.map(|t| t.calibration_error)).bind(&odds).bind(&bytes).bind(now).execute(pool).await.map(drop))?;
    Ok(id)
}

/// "Yesterday" for what stood on the first pages: the last order that is at least so old.
const YESTERDAY: TimeDelta = TimeDelta::hours(20);

/// Ids that stood on the first pages yesterday.
pub(super) async fn first_pages_yesterday(
    tx: &mut Tx,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, StoreError> {
    let text: Option<String> = on_engine!(tx, tx => sqlx::query_scalar(BEFORE).bind(now - YESTERDAY)
        .fetch_optional(&mut **tx).await)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// Orders remembered, beside those of the last day: what "yesterday" and an operator's look back need. Source: our choice,
/// some months of nightly runs and hurried ones; a row is some two kilobytes.
const PUBLICATIONS_MAX: i64 = 1_000;

/// What is remembered of an order.
pub(super) struct Order<'a> {
    /// The line and the chance below which the newest stand first; none: by the stated rules.
    pub(super) by: Option<(ModelId, f64)>,
    /// Places that reports of providers could cost a project.
    pub(super) report_places_max: u32,
    /// Pending projects looked at.
    pub(super) projects: u64,
    /// Of these, given another key.
    pub(super) moved: u64,
    /// Ids on the first pages.
    pub(super) first_pages: &'a [Uuid],
}

/// Records that the list was put in order and forgets orders long past.
pub(super) async fn published(
    db: &Db,
    order: &Order<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let pages = serde_json::to_string(order.first_pages).expect("ids are valid JSON");
    let counted = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let by = order.by;
    on_engine!(db.write(), pool => sqlx::query(PUBLISH).bind(by.map(|(id, _)| id)).bind(now)
        .bind(counted(order.projects)).bind(counted(order.moved)).bind(by.map(|(_, tail)| tail)).bind(&pages)
        .bind(i64::from(order.report_places_max)).execute(pool).await.map(drop))?;
    on_engine!(db.write(), pool => sqlx::query(FORGET).bind(PUBLICATIONS_MAX).bind(now - YESTERDAY).execute(pool).await
        .map(drop))?;
    Ok(())
}

const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::NewestFirst => "newest_first",
        Stage::Leaning => "leaning",
        Stage::Own => "own",
        Stage::AgeOnly => "age_only",
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
