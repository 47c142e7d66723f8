//! Whether every event kept is one that was taken here: its seal is looked at again (P1, P2, P6).

use futures_util::TryStreamExt as _;

use crate::db::{Db, Engine, StoreError};
use crate::platform::store::replay::{KEPT, Row};
use crate::token::Keys;
use crate::verify::Finding;

/// Events that one statement reads: a reader that stays long keeps the log of the embedded database from being folded.
const ROWS_PER_READ: i64 = 5_000;
/// Events that are told; more mean the same.
const FINDINGS_MAX: usize = 20;

/// What [`events`] came to.
#[derive(Debug, Default)]
pub struct Seals {
    /// Events whose seal was looked at.
    pub looked_at: u64,
    /// Events whose seal does not hold.
    pub broken: u64,
    /// The first of these.
    pub findings: Vec<Finding>,
}

/// Looks at the seal of every event, the oldest first, one row in memory at a time. Erased events have none: nothing is left
/// of what they said, and none of them ever moved a project.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn events(db: &Db, keys: &Keys) -> Result<Seals, StoreError> {
    let mut seals = Seals::default();
    // Below any number that the engines give by themselves: somebody may have chosen one.
    let mut last = i64::MIN;
    loop {
        let read = match db.read() {
            Engine::Sqlite(pool) => sqlx::query_as::<_, Row>(KEPT)
                .bind(last)
                .bind(ROWS_PER_READ)
                .fetch(pool),
            Engine::Postgres(pool) => sqlx::query_as::<_, Row>(KEPT)
                .bind(last)
                .bind(ROWS_PER_READ)
                .fetch(pool),
        };
        let before = last;
        let mut rows = read;
        while let Some(row) = rows.try_next().await? {
            last = row.seq;
            seals.look(&row, keys);
        }
        if last == before {
            return Ok(seals);
        }
    }
}

impl Seals {
    fn look(&mut self, row: &Row, keys: &Keys) {
        if row.erased_at.is_some() {
            return;
        }
        self.looked_at += 1;
        if row.is_as_taken(keys) {
            return;
        }
        self.broken += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding(row, keys));
        }
    }
}

fn finding(row: &Row, keys: &Keys) -> Finding {
    let (id, seq, kind) = (&row.id, row.seq, &row.kind);
    let project = row.subject.as_deref().unwrap_or("none");
    let (rule, effect) = match kind.as_str() {
        "project.awarded" => (
            "P6",
            format!(
                "; if project {project} is not on the list because of it, the platform's project.award_revoked puts it back"
            ),
        ),
        "project.cancelled_by_client" => (
            "P2",
            format!(
                "; if project {project} is cancelled because of it, its client's project.reopened_by_client puts it back"
            ),
        ),
        _ => ("P1", String::new()),
    };
    let what = if keys.names(row.seal.as_deref().unwrap_or_default()) {
        format!(
            "event {id} (number {seq}, {kind}) was not taken here, or was altered since: its seal does not hold; find out who \
             writes to the database{effect}"
        )
    } else {
        format!(
            "event {id} (number {seq}, {kind}) carries the seal of a key that is not given: name the keys before the present \
             one in web.key_previous; if there was none, the event is forged{effect}"
        )
    };
    Finding { rule, what }
}
