//! Why one project stands where it stands, by the line that the list is ordered by.

use chrono::{DateTime, Utc};

use super::registry;
use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::project::ProjectId;
use crate::ranking::known::Known;
use crate::ranking::odds::{self, Odds};
use crate::ranking::reasons::{Weighed, reasons};
use crate::ranking::{DAY_SECS, said};

const STATE: &str = "SELECT state FROM rank_states WHERE project_id = $1";

pub(super) const ALL_SQL: &[&str] = &[STATE];

/// What the score of one project follows from.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Chance of an award within thirty days, strictly between 0 and 1.
    pub probability: f64,
    /// The weightiest reasons, in order.
    pub reasons: Vec<Weighed>,
    /// What became of projects of its age; none with too few cases.
    pub odds: Option<Odds>,
}

/// Explains a project's score; none while the list is ordered by the stated rules, or the project is unknown.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn explain(
    db: &Db,
    project: ProjectId,
    now: DateTime<Utc>,
) -> Result<Option<Explained>, StoreError> {
    let mut tx = db.begin_read().await?;
    let current = registry::current(&mut tx).await?;
    let state: Option<Vec<u8>> = on_engine!(&mut tx, tx => sqlx::query_scalar(STATE).bind(project)
        .fetch_optional(&mut **tx).await)?;
    tx.commit().await?;
    let learned = current.and_then(|current| current.learned);
    let known = state.as_deref().and_then(Known::from_bytes);
    let (Some(learned), Some(known)) = (learned, known) else {
        return Ok(None);
    };
    let at = now.timestamp();
    let log_odds = learned.model.log_odds(
        known.created_at,
        &known.facts,
        &known.evidence,
        at,
        &mut Vec::new(),
    );
    let counted = registry::last(db)
        .await?
        .map(|last| last.odds())
        .unwrap_or_default();
    Ok(Some(Explained {
        probability: said(log_odds),
        reasons: reasons(&learned.model, &known, at),
        odds: odds::of_age(&counted, (at - known.created_at) / DAY_SECS),
    }))
}
