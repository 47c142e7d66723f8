//! Whether two databases say the same: sums over all rows that follow from the platform's events, in no order, so that
//! memory does not grow with the tables.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::db::{Db, StoreError};

use super::projections;

/// How many rows of one kind, and the sum of their hashes.
type Sum = (u64, [u64; 4]);

/// What the two say about one kind of row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The kind.
    pub kind: &'static str,
    /// Rows in the one and in the other.
    pub rows: (u64, u64),
    /// Whether they are the same rows.
    pub is_same: bool,
}

/// Compares the projections of two databases, of whichever engines, kind by kind.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn compare(one: &Db, other: &Db) -> Result<Vec<Compared>, StoreError> {
    let (one, other) = (sums(one).await?, sums(other).await?);
    let mut kinds: Vec<&'static str> = one.keys().chain(other.keys()).copied().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let compared = kinds.into_iter().map(|kind| {
        let of = |sums: &BTreeMap<&'static str, Sum>| sums.get(kind).copied().unwrap_or_default();
        Compared {
            kind,
            rows: (of(&one).0, of(&other).0),
            is_same: of(&one) == of(&other),
        }
    });
    Ok(compared.collect())
}

async fn sums(db: &Db) -> Result<BTreeMap<&'static str, Sum>, StoreError> {
    let mut sums: BTreeMap<&'static str, Sum> = BTreeMap::new();
    projections::each(db, |kind, row| {
        let (count, sum) = sums.entry(kind).or_default();
        *count += 1;
        let hash = Sha256::digest(row.as_bytes());
        for (lane, bytes) in sum.iter_mut().zip(hash.chunks_exact(8)) {
            *lane = lane.wrapping_add(u64::from_be_bytes(
                bytes.try_into().expect("eight bytes were cut"),
            ));
        }
    })
    .await?;
    Ok(sums)
}
