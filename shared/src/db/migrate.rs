//! Bringing the tables up to date, and seeing whether they are.

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, PgPool};

use super::{APPLIED_MIGRATIONS, Db, Engine, OpenError, POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS};

impl Db {
    /// Brings the tables up to date. A migration of a newer version that runs beside this one is left alone.
    ///
    /// # Errors
    /// [`OpenError::Migrate`] when a migration fails or a released one was edited.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match &self.write {
            Engine::Sqlite(pool) => {
                migrator(&SQLITE_MIGRATIONS).run(pool).await?;
            }
            Engine::Postgres(pool) => {
                migrate_postgres(pool, &migrator(&POSTGRES_MIGRATIONS)).await?;
            }
        }
        Ok(())
    }
}

/// Runs what is missing of `migrations`. A login that owns nothing may not even begin, so where nothing is missing nothing
/// is begun (O6).
///
/// # Errors
/// [`OpenError::Migrate`]
pub(crate) async fn migrate_postgres(
    pool: &PgPool,
    migrations: &Migrator,
) -> Result<(), OpenError> {
    // apalis keeps its list in a schema of its own.
    let list = APPLIED_MIGRATIONS.replace("_sqlx_migrations", &migrations.table_name);
    // An error here means that nothing was ever run; if the server is gone, the run says so.
    let applied: Vec<(i64, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(list))
        .fetch_all(pool)
        .await
        .unwrap_or_default();
    if !holds(&applied, migrations) {
        migrations.run(pool).await?;
    }
    Ok(())
}

/// Whether every one of `migrations` was applied, as it is written.
pub(super) fn holds(applied: &[(i64, Vec<u8>)], migrations: &Migrator) -> bool {
    migrations.iter().all(|migration| {
        applied.iter().any(|(version, checksum)| {
            *version == migration.version && checksum[..] == migration.checksum[..]
        })
    })
}

fn migrator(of: &'static Migrator) -> Migrator {
    let mut ours = Migrator {
        migrations: of.migrations.clone(),
        ..Migrator::DEFAULT
    };
    ours.set_ignore_missing(true);
    ours
}
