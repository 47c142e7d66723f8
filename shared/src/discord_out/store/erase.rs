//! The end of what messages say about a person: where Discord shows it, it is shown anew without it (D4).

use chrono::{DateTime, Utc};

use super::as_json;
use crate::db::{Engine, StoreError, Tx};
use crate::discord_out::Body;
use crate::on_engine;
use crate::queue::{self, JobName};

// Lists of names are read differently by the engines.
macro_rules! rewrite_all {
    ($which:literal) => {
        concat!(
            "UPDATE discord_messages SET body = $2, version = version + 1, state = 'planned', settled_at = NULL,
                due_at = $3, attempts = 0
            WHERE state IN ('planned', 'sent') AND body <> $2 AND dedupe ", $which
        )
    };
}
macro_rules! blank {
    ($which:literal) => {
        concat!(
            "UPDATE discord_messages SET body = NULL, letter = NULL
            WHERE state IN ('mailed', 'refused') AND body IS NOT NULL AND dedupe ",
            $which
        )
    };
}
const REWRITE_ALL_SQLITE: &str = rewrite_all!("IN (SELECT value FROM json_each($1))");
const REWRITE_ALL_POSTGRES: &str = rewrite_all!("= ANY($1)");
const BLANK_SQLITE: &str = blank!("IN (SELECT value FROM json_each($1))");
const BLANK_POSTGRES: &str = blank!("= ANY($1)");
// Nobody is written to any more.
pub(super) const DROP: &str = "UPDATE discord_messages SET state = 'refused', settled_at = $2, last_error = 'erased', body = NULL,
        letter = NULL, lease_until = NULL
    WHERE state = 'planned' AND (provider_id = $1 OR discord_user IN (SELECT discord_user FROM discord_links
        WHERE provider_id = $1 OR client_id = $1))";
pub(super) const DROP_TO_PERSON: &str = "UPDATE discord_messages SET body = NULL, letter = NULL
    WHERE state <> 'planned' AND body IS NOT NULL AND (provider_id = $1
        OR discord_user IN (SELECT discord_user FROM discord_links WHERE provider_id = $1 OR client_id = $1))";

#[cfg(test)]
pub(super) const TWINS: [(&str, &str); 2] = [
    (REWRITE_ALL_SQLITE, REWRITE_ALL_POSTGRES),
    (BLANK_SQLITE, BLANK_POSTGRES),
];

/// Ends the messages *to* a person: those on their way are dropped, of the others nothing is kept but that they were.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn to_person(
    tx: &mut Tx,
    person: uuid::Uuid,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(on_engine!(tx, tx => {
        let dropped = sqlx::query(DROP).bind(person).bind(now).execute(&mut **tx).await?.rows_affected();
        let blanked = sqlx::query(DROP_TO_PERSON).bind(person).execute(&mut **tx).await?.rows_affected();
        dropped + blanked
    }))
}

/// Ends the messages of these causes: what Discord shows becomes `body`, what it does not show becomes nothing.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn of_causes(
    tx: &mut Tx,
    dedupes: &[String],
    body: &Body,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let body = as_json(body);
    let shown = match &mut *tx {
        Engine::Sqlite(tx) => {
            let query = sqlx::query(REWRITE_ALL_SQLITE).bind(as_json(&dedupes));
            query
                .bind(body)
                .bind(now)
                .execute(&mut **tx)
                .await?
                .rows_affected()
        }
        Engine::Postgres(tx) => {
            let query = sqlx::query(REWRITE_ALL_POSTGRES).bind(dedupes);
            query
                .bind(body)
                .bind(now)
                .execute(&mut **tx)
                .await?
                .rows_affected()
        }
    };
    if shown > 0 {
        queue::hurry(tx, JobName::TellDiscord, now).await?;
    }
    Ok(shown + not_shown(tx, dedupes).await?)
}

/// Ends those messages of these causes that Discord does not show.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn not_shown(tx: &mut Tx, dedupes: &[String]) -> Result<u64, StoreError> {
    Ok(match tx {
        Engine::Sqlite(tx) => {
            let query = sqlx::query(BLANK_SQLITE).bind(as_json(&dedupes));
            query.execute(&mut **tx).await?.rows_affected()
        }
        Engine::Postgres(tx) => {
            let query = sqlx::query(BLANK_POSTGRES).bind(dedupes);
            query.execute(&mut **tx).await?.rows_affected()
        }
    })
}
