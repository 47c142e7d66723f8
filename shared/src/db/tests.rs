//! The migrations on top of rows, and raw attacks on every guarded table at once.

mod console;
mod logins;
mod prepared;
mod replace;

use std::fmt::Write as _;

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::*;
use crate::config::environment;
use crate::testing::store::{a_client, a_pending_project, drop_postgres, empty_postgres};
use crate::testing::{POSTGRES_VARIABLE, day, each_engine};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/samples");

/// The rows that go on top of migration `version`, as one engine spells them; none where it makes no table.
fn samples(version: i64, on_postgres: bool) -> String {
    let files = std::fs::read_dir(SAMPLES).expect("the samples are there");
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    let mut of_version = paths.filter(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with(&format!("{version:04}_")))
    });
    let Some(path) = of_version.next() else {
        return String::new();
    };
    spelled(
        &std::fs::read_to_string(path).expect("a sample can be read"),
        on_postgres,
    )
}

/// `@7` is the id that ends in 7, `@bytes` a few bytes, `@no` false.
fn spelled(text: &str, on_postgres: bool) -> String {
    let mut sql = String::new();
    for (place, piece) in text.split('@').enumerate() {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let (id, rest) = piece.split_at(digits);
        let done = if place == 0 {
            write!(sql, "{piece}")
        } else if let Some(rest) = piece.strip_prefix("bytes") {
            let bytes = if on_postgres {
                "'\\x4142'::BYTEA"
            } else {
                "x'4142'"
            };
            write!(sql, "{bytes}{rest}")
        } else if let Some(rest) = piece.strip_prefix("seal") {
            write!(sql, "'{:A<50}'{rest}", "AAAAAA.")
        } else if let Some(rest) = piece.strip_prefix("no,") {
            let no = if on_postgres { "FALSE" } else { "0" };
            write!(sql, "{no},{rest}")
        } else if id.is_empty() {
            // An address.
            write!(sql, "@{piece}")
        } else if on_postgres {
            write!(sql, "'00000000-0000-0000-0000-{id:0>12}'::UUID{rest}")
        } else {
            write!(sql, "x'{id:0>32}'{rest}")
        };
        done.expect("a text takes any line");
    }
    sql
}

/// Each migration and the rows on top of it, named.
fn steps(migrations: &Migrator, on_postgres: bool) -> Vec<(String, AssertSqlSafe<String>)> {
    let both = migrations.iter().flat_map(|migration| {
        let (version, name) = (migration.version, &migration.description);
        let rows = samples(version, on_postgres);
        [
            (
                format!("{version} {name}"),
                migration.sql.as_str().to_owned(),
            ),
            (format!("the rows after {version} {name}"), rows),
        ]
    });
    both.map(|(name, sql)| (name, AssertSqlSafe(sql))).collect()
}

/// An embedded database with every sample row, opened as `sqlite3`'s console does: nothing switched on.
async fn filled_sqlite() -> SqliteConnection {
    let mut connection = SqliteConnection::connect("sqlite::memory:")
        .await
        .expect("memory opens");
    for (name, sql) in steps(&SQLITE_MIGRATIONS, false) {
        let done = sqlx::raw_sql(sql).execute(&mut connection).await;
        done.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let console = "PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF";
    let done = sqlx::raw_sql(console).execute(&mut connection).await;
    done.expect("a console's settings");
    connection
}

/// A database on `cluster` with every sample row, and its name.
async fn filled_postgres(cluster: &str) -> (String, PgConnection) {
    let (name, mut connection) = empty_postgres(cluster).await.expect("an empty database");
    for (step, sql) in steps(&POSTGRES_MIGRATIONS, true) {
        let done = sqlx::raw_sql(sql).execute(&mut connection).await;
        done.unwrap_or_else(|error| panic!("on PostgreSQL, {step}: {error}"));
    }
    (name, connection)
}

/// What the next version does first: it expands, and leaves what is there as it is.
const EXPAND: &[&str] = &[
    "ALTER TABLE clients ADD COLUMN nickname TEXT",
    "CREATE TABLE tomorrow (id BIGINT PRIMARY KEY NOT NULL)",
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 9999, 'expand', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
];

// O4: after the next version has expanded the tables, this one starts, is ready and works on.
#[tokio::test]
async fn this_version_works_beside_the_next_one() {
    each_engine(async |db| {
        for sql in EXPAND {
            on_engine!(db.write(), pool => sqlx::query(*sql).execute(pool).await.map(drop))?;
        }
        db.migrate().await?;
        assert!(db.fits().await?.migrated);
        assert_eq!(crate::verify::store::schema(&db).await?, []);
        let client = a_client(&db, "C1", day(0)).await?;
        a_pending_project(&db, client, "P1", day(0)).await?;
        // A guard that is gone is found all the same.
        let drop_guard = match db.write() {
            Engine::Sqlite(_) => "DROP TRIGGER projects_move_by_event",
            Engine::Postgres(_) => "ALTER TABLE projects DISABLE TRIGGER projects_changed",
        };
        on_engine!(db.write(), pool => sqlx::query(drop_guard).execute(pool).await.map(drop))?;
        assert_eq!(crate::verify::store::schema(&db).await?.len(), 1);
        Ok(())
    })
    .await;
}

// O4: what an installation holds never keeps the next migration from being applied.
#[tokio::test]
async fn each_migration_applies_on_top_of_sample_rows() {
    filled_sqlite().await.close().await.expect("memory closes");
    let Some(cluster) = environment(POSTGRES_VARIABLE) else {
        return;
    };
    let (name, connection) = filled_postgres(&cluster).await;
    connection.close().await.expect("the connection closes");
    drop_postgres(&cluster, &name)
        .await
        .expect("the test's database can be dropped");
}
