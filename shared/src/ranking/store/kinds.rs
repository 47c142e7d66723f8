//! The installation's own kinds of evidence: declared in the settings, kept with a slot each, seen in the platform's events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::{Db, StoreError, Tx};
use crate::on_engine;
use crate::ranking::EXTRA_KINDS_MAX;
use crate::ranking::history::{Kind, Sign};
use crate::ranking::settings::{Declared, RankSettings, Unusable};

const KINDS: &str =
    "SELECT slot, name, half_life_days, sign, retired FROM evidence_kinds ORDER BY slot";
const ADD: &str =
    "INSERT INTO evidence_kinds (slot, name, half_life_days, sign, retired, declared_at)
    VALUES ($1, $2, $3, $4, 0, $5)";
const CHANGE: &str =
    "UPDATE evidence_kinds SET half_life_days = $2, sign = $3, retired = $4, declared_at = $5
    WHERE slot = $1";
// Their states were folded without the new kind; the next pass folds what is missing.
const FOLD_AGAIN: &str = "DELETE FROM rank_states WHERE project_id IN (
    SELECT p.id FROM platform_events e JOIN projects p ON p.reference = e.subject WHERE e.kind = 'project.evidence')";

pub(super) const ALL_SQL: &[&str] = &[KINDS, ADD, CHANGE, FOLD_AGAIN];

/// Why the settings' kinds cannot be declared in this database.
#[derive(Debug, thiserror::Error)]
pub enum DeclareError {
    /// Names the key.
    #[error("settings: {0}")]
    Settings(#[from] Unusable),
    /// The database failed.
    #[error("declaring kinds of evidence")]
    Store(#[from] StoreError),
}

#[derive(FromRow)]
struct Row {
    slot: i64,
    name: String,
    half_life_days: Option<f64>,
    sign: String,
    retired: i64,
}

impl Row {
    fn kind(self) -> Result<Kind, StoreError> {
        let corrupt = || StoreError::Corrupt {
            what: "kind of evidence",
            id: self.name.clone(),
            why: "its slot or its sign is none that this version knows",
        };
        let slot = u8::try_from(self.slot).map_err(|_| corrupt())?;
        let sign = match self.sign.as_str() {
            "raises" => Sign::Raises,
            "lowers" => Sign::Lowers,
            "free" => Sign::Free,
            _ => return Err(corrupt()),
        };
        Ok(Kind {
            slot,
            name: self.name,
            half_life_days: self.half_life_days,
            sign,
        })
    }
}

const fn sign_name(sign: Sign) -> &'static str {
    match sign {
        Sign::Raises => "raises",
        Sign::Lowers => "lowers",
        Sign::Free => "free",
    }
}

/// The kinds that are declared now, by slot.
///
/// # Errors
/// [`StoreError::Sql`]; [`StoreError::Corrupt`] names a kind that cannot be read.
pub(crate) async fn kinds(tx: &mut Tx) -> Result<Vec<Kind>, StoreError> {
    let rows: Vec<Row> = on_engine!(tx, tx => sqlx::query_as(KINDS).fetch_all(&mut **tx).await)?;
    rows.into_iter()
        .filter(|row| row.retired == 0)
        .map(Row::kind)
        .collect()
}

/// Makes the database know the kinds of the settings. One that is no longer there is kept, but not learned from; a new
/// one counts for what was seen of it before, too, from the next learning on. Safe to run at each start.
///
/// # Errors
/// [`DeclareError::Settings`] names the kind that finds no slot: eight is the most over an installation's life.
pub async fn declare(
    db: &Db,
    settings: &RankSettings,
    now: DateTime<Utc>,
) -> Result<(), DeclareError> {
    let mut tx = db.begin().await?;
    let rows: Vec<Row> =
        on_engine!(&mut tx, tx => sqlx::query_as(KINDS).fetch_all(&mut **tx).await)
            .map_err(StoreError::from)?;
    let mut free = (0..).filter(|slot| !rows.iter().any(|row| row.slot == *slot));
    let mut wanted: BTreeMap<&str, &Declared> = (settings.evidence.iter())
        .map(|(name, declared)| (name.as_str(), declared))
        .collect();
    for row in &rows {
        change(&mut tx, row, wanted.remove(row.name.as_str()), now).await?;
    }
    let is_new = !wanted.is_empty();
    for (name, declared) in wanted {
        let slot: i64 = free.next().unwrap_or(i64::MAX);
        if usize::try_from(slot).is_ok_and(|slot| slot >= EXTRA_KINDS_MAX) {
            let known: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
            return Err(Unusable {
                key: format!("rank.evidence.{name}"),
                why: format!(
                    "this database has had its 8 kinds ({}); a kind keeps its place for ever, so use one of these names",
                    known.join(", ")
                ),
            }
            .into());
        }
        on_engine!(&mut tx, tx => sqlx::query(ADD).bind(slot).bind(name).bind(declared.half_life_days)
            .bind(sign_name(declared.sign)).bind(now).execute(&mut **tx).await.map(drop))
        .map_err(StoreError::from)?;
    }
    if is_new {
        on_engine!(&mut tx, tx => sqlx::query(FOLD_AGAIN).execute(&mut **tx).await.map(drop))
            .map_err(StoreError::from)?;
    }
    tx.commit().await?;
    Ok(())
}

async fn change(
    tx: &mut Tx,
    row: &Row,
    wanted: Option<&Declared>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let half_life_days = wanted.map_or(row.half_life_days, |kind| kind.half_life_days);
    let sign = wanted.map_or(row.sign.as_str(), |kind| sign_name(kind.sign));
    let retired = i64::from(wanted.is_none());
    let same = (row.half_life_days, row.sign.as_str(), row.retired);
    if same == (half_life_days, sign, retired) {
        return Ok(());
    }
    on_engine!(tx, tx => sqlx::query(CHANGE).bind(row.slot).bind(half_life_days).bind(sign).bind(retired).bind(now)
        .execute(&mut **tx).await.map(drop))?;
    Ok(())
}
