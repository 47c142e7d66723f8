//! Evidence of the kinds that the installation declared: the event itself is what the order reads; here it only says so.

use super::known::Known;
use super::{Item, Settled};
use crate::db::{StoreError, Tx};
use crate::platform::{Taken, What};
use crate::ranking;

/// What was seen of projects. Of a kind that is not declared it is kept, and counts once the kind is.
pub(super) async fn settle(
    tx: &mut Tx,
    items: &[Item],
    known: &Known,
    settled: &mut Settled,
) -> Result<(), StoreError> {
    let mut about = Vec::new();
    for item in items {
        let What::Evidence { project, kind } = &item.event.what else {
            continue;
        };
        match known.project(project) {
            Ok(row) => about.push((item.seq, row.id, kind)),
            Err(taken) => {
                settled.outcomes.insert(item.seq, taken);
            }
        }
    }
    if about.is_empty() {
        return Ok(());
    }
    let kinds = ranking::store::kinds(tx).await?;
    for (seq, project, kind) in about {
        let taken = if kinds.iter().any(|declared| declared.name == *kind) {
            settled.seen.insert(project);
            Taken::Applied
        } else {
            Taken::Kept(format!(
                "no kind of evidence {kind} is declared; declare it as rank.evidence.{kind} in the settings"
            ))
        };
        settled.outcomes.insert(seq, taken);
    }
    Ok(())
}
