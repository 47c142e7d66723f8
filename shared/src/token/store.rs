//! Which key signs for a database: every process must have the same one, or links and evidence of one are nothing to the others.

use chrono::{DateTime, Utc};

use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::token::Keys;

// The first process says which key it is.
const BEGIN: &str = "INSERT INTO signing_key (only_row, key_id, since_at) VALUES (1, $1, $2)
    ON CONFLICT (only_row) DO NOTHING";
const PRESENT: &str = "SELECT key_id FROM signing_key WHERE only_row = 1";
const ROTATE: &str =
    "UPDATE signing_key SET key_id = $1, since_at = $2 WHERE only_row = 1 AND key_id = $3";

/// Every statement, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[BEGIN, PRESENT, ROTATE];

/// Why a process may not work on a database.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// What it signs the others could not read, and the evidence that is there it could not check.
    #[error(
        "this database is signed with another key than this process has: give every process, and whoever reads a copy, the \
         same web.key (without the setting it is the file web.key of the data folder that began the database); after a change \
         of the key, keep the old one in web.key_previous"
    )]
    Another,
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the present key the key of the database, if it is the first or follows the one before (W3).
///
/// # Errors
/// [`KeyError::Another`] when the database is signed with neither of them.
pub async fn claim(db: &Db, keys: &Keys, now: DateTime<Utc>) -> Result<(), KeyError> {
    let ids: Vec<String> = keys.ids().collect();
    let Some((present, previous)) = ids.split_first() else {
        return Err(KeyError::Another);
    };
    let mut signed_with = found(db).await?;
    if signed_with.is_none() {
        on_engine!(db.write(), pool => sqlx::query(BEGIN).bind(present).bind(now).execute(pool).await.map(drop))
            .map_err(StoreError::from)?;
        signed_with = found(db).await?;
    }
    if signed_with.as_ref() == Some(present) {
        return Ok(());
    }
    let Some(signed_with) = signed_with.filter(|id| previous.contains(id)) else {
        return Err(KeyError::Another);
    };
    on_engine!(db.write(), pool => sqlx::query(ROTATE).bind(present).bind(now).bind(signed_with).execute(pool).await.map(drop))
        .map_err(StoreError::from)?;
    Ok(())
}

async fn found(db: &Db) -> Result<Option<String>, StoreError> {
    Ok(on_engine!(db.write(), pool => sqlx::query_scalar(PRESENT).fetch_optional(pool).await)?)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    use crate::testing::store::each_prepares;
    use crate::testing::{day, each_engine};

    fn keys(present: &str, previous: Option<&str>) -> Keys {
        let long = |name: &str| SecretString::from(format!("{name:x<40}"));
        Keys::new(long(present), previous.map(long)).unwrap()
    }

    // W3, P2: another key could neither read the links nor check the evidence; a change of keys needs the one before.
    #[tokio::test]
    async fn one_key_signs_for_a_database_and_its_follower_must_know_it() {
        each_engine(async |db| {
            claim(&db, &keys("first", None), day(0)).await?;
            claim(&db, &keys("first", None), day(1)).await?;
            let other = claim(&db, &keys("other", None), day(1)).await;
            assert!(matches!(other, Err(KeyError::Another)));
            claim(&db, &keys("second", Some("first")), day(2)).await?;
            claim(&db, &keys("second", Some("first")), day(3)).await?;
            let late = claim(&db, &keys("first", None), day(3)).await;
            assert!(matches!(late, Err(KeyError::Another)));
            claim(&db, &keys("second", None), day(9)).await?;
            Ok(())
        })
        .await;
    }

    #[tokio::test]
    async fn every_statement_prepares() {
        each_prepares(ALL_SQL, &[]).await;
    }
}
