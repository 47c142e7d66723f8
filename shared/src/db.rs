//! The two engines: opening, migrating, transactions, and the macro that pastes one SQL text for both.

mod file;
mod migrate;

pub(crate) use migrate::migrate_postgres;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Postgres, Sqlite, Transaction};

/// Connections of a `PostgreSQL` pool; a worker needs a handful, the server's default limit is 100.
const POSTGRES_CONNECTIONS_MAX: u32 = 16;
/// Reading connections of the embedded database, beside the one that writes.
const SQLITE_READERS_MAX: u32 = 4;
/// Connections to the queue beside the embedded database.
const SQLITE_QUEUE_CONNECTIONS_MAX: u32 = 2;
/// How long a statement waits for the embedded database's write lock (another process of ours).
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller waits for a free connection before it gets an error.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);
/// Pages kept in memory by the connection that writes, in KiB (negative): bulk work touches more than the default 2 MB.
/// Measured: with 2,000 a third of the time of sending letters went into reading the same pages of the file again.
const SQLITE_WRITER_CACHE: &str = "-16384";
/// Pages after which the log of the embedded database is folded back, and its size after that, in bytes.
const SQLITE_WAL_LIMIT_BYTES: &str = "67108864";
/// Page cache of a connection that reads the embedded database, in KiB (negative for SQLite). Each connection has its own
/// and fills it as the file grows; the pages are in the system's cache, too.
const SQLITE_READER_CACHE: &str = "-4000";

const APPLIED_MIGRATIONS: &str = "SELECT version, checksum FROM _sqlx_migrations WHERE success";
const OWNS_TABLES: &str = "SELECT EXISTS (SELECT 1 FROM pg_tables
    WHERE schemaname = current_schema() AND tablename = 'projects' AND tableowner = current_user)";
const LAST_RECORDED: &str = "SELECT received_at FROM platform_events ORDER BY seq DESC LIMIT 1";

pub(crate) static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
pub(crate) static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// One thing of either engine: a pool, a transaction.
#[derive(Debug, Clone)]
pub enum Engine<S, P> {
    /// The embedded default.
    Sqlite(S),
    /// When one machine is not enough.
    Postgres(P),
}

/// A pool of either engine.
pub type Pool = Engine<SqlitePool, PgPool>;
/// An open transaction of either engine. Dropped without [`commit`](Tx::commit), it rolls back.
pub type Tx = Engine<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>;

/// Pastes `$body` twice, once for each engine, with `$it` bound to that engine's pool or transaction.
///
/// The body must give the same type on both: `rows_affected()`, rows read with `FromRow`, unit.
/// With a pool: `on_engine!(db.read(), pool => query.fetch_all(pool).await)`; with a transaction:
/// `on_engine!(tx, tx => query.execute(&mut **tx).await)`.
#[macro_export]
macro_rules! on_engine {
    ($on:expr, $it:ident => $body:expr) => {
        match $on {
            $crate::db::Engine::Sqlite($it) => $body,
            $crate::db::Engine::Postgres($it) => $body,
        }
    };
}

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the row first; reload and decide again.
    #[error("{what} {id} changed meanwhile")]
    Stale {
        /// The concept, for example `project`.
        what: &'static str,
        /// Its id or reference.
        id: String,
    },
    /// No such row.
    #[error("no {what} {id}")]
    Missing {
        /// The concept, for example `project`.
        what: &'static str,
        /// Its id or reference.
        id: String,
    },
    /// The row contradicts itself; a person has to look.
    #[error("{what} {id} is corrupt: {why}")]
    Corrupt {
        /// The concept, for example `project`.
        what: &'static str,
        /// Its id or reference.
        id: String,
        /// What contradicts what.
        why: &'static str,
    },
    /// The database refused or could not be reached.
    #[error("database")]
    Sql(#[from] sqlx::Error),
}

/// Why the database could not be opened; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// `database.url` is of no known form.
    #[error("database.url must start with sqlite:// or postgres://")]
    UnknownScheme,
    /// The folder of the embedded database cannot be made.
    #[error(
        "cannot create the data folder {0}: check that its parent exists and can be written to"
    )]
    Folder(String, #[source] std::io::Error),
    /// The server or file does not answer.
    #[error(
        "cannot open the database: check database.url, that the server runs and that the login may connect"
    )]
    Connect(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error(
        "cannot bring the tables up to date: where another login owns them, let that one run `relance-worker migrate`"
    )]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The guards are not those of the migrations; the first one that is not.
    #[error("the database is not guarded as it must be: {0}; `relance-worker verify` says all")]
    Unguarded(String),
}

/// What [`Db::fits`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fits {
    /// Every migration of this program is there, as it was written.
    pub migrated: bool,
    /// When the newest event was recorded, by the clock of whoever took it.
    pub last_recorded_at: Option<DateTime<Utc>>,
}

/// The database: a pool to read from and a pool to write to (one and the same on `PostgreSQL`; on `SQLite` one
/// writing connection beside several readers, so that a write never waits for a lock held by ourselves).
#[derive(Debug, Clone)]
pub struct Db {
    read: Pool,
    write: Pool,
    queue: Pool,
}

impl Db {
    /// Opens `url` (`sqlite:///path` or `postgres://…`), creating an embedded database that is not there yet.
    ///
    /// # Errors
    /// [`OpenError`] says which setting to look at.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url).map_err(OpenError::Connect)?;
            let pool = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS_MAX)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .connect_with(options)
                .await
                .map_err(OpenError::Connect)?;
            Ok(Self {
                read: Engine::Postgres(pool.clone()),
                queue: Engine::Postgres(pool.clone()),
                write: Engine::Postgres(pool),
            })
        } else {
            Err(OpenError::UnknownScheme)
        }
    }

    /// The file of an embedded database; none for a server or for what cannot be read as a URL.
    #[must_use]
    pub fn embedded_file(url: &str) -> Option<PathBuf> {
        let options = SqliteConnectOptions::from_str(url).ok()?;
        url.starts_with("sqlite:")
            .then(|| options.get_filename().to_owned())
    }

    async fn open_sqlite(url: &str) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(OpenError::Connect)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Money and sent letters: a commit that was answered must survive a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
            .pragma("journal_size_limit", SQLITE_WAL_LIMIT_BYTES)
            .pragma("cache_size", SQLITE_READER_CACHE)
            .pragma("recursive_triggers", "ON");
        if let Some(folder) = options
            .get_filename()
            .parent()
            .filter(|f| *f != Path::new(""))
        {
            file::make_folder(folder)
                .map_err(|e| OpenError::Folder(folder.display().to_string(), e))?;
        }
        file::make_file(options.get_filename())
            .map_err(|e| OpenError::Folder(options.get_filename().display().to_string(), e))?;
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
        };
        let write = pool(1)
            .connect_with(options.clone().pragma("cache_size", SQLITE_WRITER_CACHE))
            .await
            .map_err(OpenError::Connect)?;
        let read = pool(SQLITE_READERS_MAX)
            .connect_with(options.clone())
            .await
            .map_err(OpenError::Connect)?;
        let queue = pool(SQLITE_QUEUE_CONNECTIONS_MAX).connect_lazy_with(queue_options(options));
        Ok(Self {
            read: Engine::Sqlite(read),
            write: Engine::Sqlite(write),
            queue: Engine::Sqlite(queue),
        })
    }

    /// Whether the database answers, holds every migration of this program as it was written, and when it last took an
    /// event: what a readiness probe asks.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when it does not answer.
    pub async fn fits(&self) -> Result<Fits, StoreError> {
        let applied: Vec<(i64, Vec<u8>)> = on_engine!(&self.read, pool => sqlx::query_as(APPLIED_MIGRATIONS).fetch_all(pool).await)?;
        let last_recorded_at: Option<DateTime<Utc>> = on_engine!(&self.read, pool => sqlx::query_scalar(LAST_RECORDED).fetch_optional(pool).await)?;
        let meant = match &self.read {
            Engine::Sqlite(_) => &SQLITE_MIGRATIONS,
            Engine::Postgres(_) => &POSTGRES_MIGRATIONS,
        };
        Ok(Fits {
            migrated: migrate::holds(&applied, meant),
            last_recorded_at,
        })
    }

    /// Whether this login owns the tables, and so could take the guards away (O6); false on the embedded database, whose
    /// guards are checked instead.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when it does not answer.
    pub async fn owns_its_tables(&self) -> Result<bool, StoreError> {
        match &self.read {
            Engine::Sqlite(_) => Ok(false),
            Engine::Postgres(pool) => Ok(sqlx::query_scalar(OWNS_TABLES).fetch_one(pool).await?),
        }
    }

    /// The pool for reading.
    #[must_use]
    pub const fn read(&self) -> &Pool {
        &self.read
    }

    /// The pool for single writing statements; several together take [`Db::begin`].
    #[must_use]
    pub const fn write(&self) -> &Pool {
        &self.write
    }

    /// The pool that the queue's own machinery uses.
    #[must_use]
    pub const fn queue(&self) -> &Pool {
        &self.queue
    }

    /// Begins a writing transaction (`BEGIN IMMEDIATE` on `SQLite`, so that two writers queue instead of failing late).
    ///
    /// # Errors
    /// [`StoreError::Sql`] when no connection is free in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match &self.write {
            Engine::Sqlite(pool) => Engine::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Engine::Postgres(pool) => Engine::Postgres(pool.begin().await?),
        })
    }

    /// Begins a transaction that only reads: on `SQLite` it neither waits for the writer nor makes it wait.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when no connection is free in time.
    pub async fn begin_read(&self) -> Result<Tx, StoreError> {
        Ok(match &self.read {
            Engine::Sqlite(pool) => Engine::Sqlite(pool.begin().await?),
            Engine::Postgres(pool) => Engine::Postgres(pool.begin().await?),
        })
    }

    /// Folds the write-ahead log of the embedded database back into its file and cuts it; nothing on `PostgreSQL`.
    ///
    /// # Errors
    /// [`StoreError::Sql`]; a reader that is busy only makes it do less.
    pub async fn fold_log(&self) -> Result<(), StoreError> {
        if let Engine::Sqlite(pool) = &self.write {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(pool)
                .await?;
        }
        Ok(())
    }

    /// Writes a consistent copy of the embedded database to `file`, which must not be there yet; false on `PostgreSQL`.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when the file cannot be written.
    pub async fn copy_to(&self, file: &Path) -> Result<bool, StoreError> {
        let Engine::Sqlite(pool) = &self.write else {
            return Ok(false);
        };
        file::make_file(file).map_err(sqlx::Error::Io)?;
        sqlx::query("VACUUM INTO $1")
            .bind(file.display().to_string())
            .execute(pool)
            .await?;
        Ok(true)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        on_engine!(&self.read, pool => pool.close().await);
        on_engine!(&self.write, pool => pool.close().await);
        on_engine!(&self.queue, pool => pool.close().await);
    }
}

impl Tx {
    /// Makes everything done in the transaction last.
    ///
    /// # Errors
    /// [`StoreError::Sql`]; nothing was written then.
    pub async fn commit(self) -> Result<(), StoreError> {
        on_engine!(self, tx => tx.commit().await)?;
        Ok(())
    }
}

/// An instant as sqlx writes it into a `TEXT` column of `SQLite`, for bulk statements that pass rows as JSON.
#[must_use]
pub fn time_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false)
}

/// apalis keeps a write transaction open while it waits to be polled (seen: ten seconds at shutdown), so on the embedded
/// default it has a file of its own, `….queue`: nothing of ours waits behind it, and what it loses our rows wish for again.
fn queue_options(main: SqliteConnectOptions) -> SqliteConnectOptions {
    let mut file = main.get_filename().to_owned().into_os_string();
    file.push(".queue");
    main.filename(file).synchronous(SqliteSynchronous::Normal)
}

#[cfg(test)]
mod tests;
