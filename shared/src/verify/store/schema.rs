//! Whether the guards are those of the migrations: all of them, as they were written, and no others.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Connection as _, PgPool, SqliteConnection, SqlitePool};

use crate::db::{Db, Engine, OpenError, POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS};
use crate::verify::Finding;

const SQLITE_SCHEMA: &str = "SELECT type, name, COALESCE(sql, '') FROM sqlite_schema
    WHERE name NOT GLOB 'sqlite_*' AND name <> '_sqlx_migrations' ORDER BY name";
const POSTGRES_TRIGGERS: &str = "SELECT t.tgname::TEXT, c.relname::TEXT, p.proname::TEXT, t.tgenabled::TEXT FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND n.nspname = current_schema() ORDER BY 1";
const POSTGRES_FUNCTIONS: &str = "SELECT p.proname::TEXT, p.prosrc FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = current_schema()";
const VERSIONS: &str = "SELECT version FROM _sqlx_migrations";

/// Statements of the embedded database, for the test that prepares each.
#[cfg(test)]
pub(super) const SQLITE_SQL: &[&str] = &[SQLITE_SCHEMA, VERSIONS];
/// Statements of the other engine.
#[cfg(test)]
pub(super) const POSTGRES_SQL: &[&str] = &[POSTGRES_TRIGGERS, POSTGRES_FUNCTIONS, VERSIONS];

/// Whether the guards of the migrations are all there, as they are written, switched on, and joined by no others: on
/// `SQLite` every object, on `PostgreSQL` every trigger with its table and the body of its function. What a newer version
/// of this program added is left alone.
///
/// # Errors
/// [`OpenError`] when the comparison cannot be made.
pub async fn schema(db: &Db) -> Result<Vec<Finding>, OpenError> {
    let wrong = match db.read() {
        Engine::Sqlite(pool) => sqlite(pool).await,
        Engine::Postgres(pool) => postgres(pool).await,
    };
    let found = wrong.map_err(OpenError::Connect)?.into_iter();
    Ok(found.map(|what| Finding { rule: "O6", what }).collect())
}

/// What a program asks before it serves: refuses to start on a database whose guards were tampered with.
///
/// # Errors
/// [`OpenError::Unguarded`] names the first guard that is not as it must be.
pub async fn guarded(db: &Db) -> Result<(), OpenError> {
    match schema(db).await?.into_iter().next() {
        Some(finding) => Err(OpenError::Unguarded(finding.what)),
        None => Ok(()),
    }
}

/// An object of `SQLite`: its kind, its name, how it is written.
type Object = (String, String, String);

/// Whether a table here says everything that `meant` says, line by line: a newer version adds columns, which `SQLite` writes
/// behind the last one on its line, and takes none away (O4).
fn is_expanded((kind, name, sql): &Object, here: &BTreeSet<Object>) -> bool {
    let bare = |line: &'_ str| line.trim().trim_end_matches(',').to_owned();
    let stands = |line: &str, among: &str| {
        let (line, longer) = (bare(line), format!("{}, ", bare(line)));
        among
            .lines()
            .map(bare)
            .any(|other| other == line || other.starts_with(&longer))
    };
    kind == "table"
        && here.iter().any(|(other_kind, other, other_sql)| {
            other_kind == kind && other == name && sql.lines().all(|line| stands(line, other_sql))
        })
}

async fn sqlite(pool: &SqlitePool) -> Result<Vec<String>, sqlx::Error> {
    let here: Vec<Object> = sqlx::query_as(SQLITE_SCHEMA).fetch_all(pool).await?;
    let mut fresh = SqliteConnection::connect("sqlite::memory:").await?;
    for migration in SQLITE_MIGRATIONS.iter() {
        sqlx::raw_sql(AssertSqlSafe(migration.sql.as_str().to_owned()))
            .execute(&mut fresh)
            .await?;
    }
    let meant: Vec<Object> = sqlx::query_as(SQLITE_SCHEMA).fetch_all(&mut fresh).await?;
    let (here, meant): (BTreeSet<Object>, BTreeSet<Object>) =
        (here.into_iter().collect(), meant.into_iter().collect());
    let versions: Vec<i64> = sqlx::query_scalar(VERSIONS).fetch_all(pool).await?;
    let is_ours_alone = versions
        .iter()
        .all(|version| SQLITE_MIGRATIONS.version_exists(*version));
    let mut wrong: Vec<String> = meant
        .difference(&here)
        .filter(|object| is_ours_alone || !is_expanded(object, &here))
        .map(|(kind, name, _)| {
            format!(
                "the {kind} {name} is missing or was altered: restore a backup, then find out who"
            )
        })
        .collect();
    if is_ours_alone {
        let names: BTreeSet<&str> = meant.iter().map(|(_, name, _)| name.as_str()).collect();
        let extra = here.iter().filter(|(kind, name, _)| {
            (kind == "trigger" || kind == "view") && !names.contains(name.as_str())
        });
        wrong.extend(extra.map(|(kind, name, _)| {
            format!("the {kind} {name} is none of ours: find out who made it, then drop it")
        }));
    }
    Ok(wrong)
}

async fn postgres(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    let triggers: Vec<(String, String, String, String)> =
        sqlx::query_as(POSTGRES_TRIGGERS).fetch_all(pool).await?;
    let functions: BTreeMap<String, String> = sqlx::query_as(POSTGRES_FUNCTIONS)
        .fetch_all(pool)
        .await?
        .into_iter()
        .collect();
    let versions: Vec<i64> = sqlx::query_scalar(VERSIONS).fetch_all(pool).await?;
    let mut wrong = Vec::new();
    let mut meant = BTreeSet::new();
    for migration in POSTGRES_MIGRATIONS.iter() {
        for guard in guards(migration.sql.as_str()) {
            let is_on = triggers.iter().any(|(name, table, function, enabled)| {
                (name.as_str(), table.as_str(), function.as_str())
                    == (guard.name, guard.table, guard.function)
                    && (enabled == "O" || enabled == "A")
            });
            if !is_on {
                let name = guard.name;
                wrong.push(format!(
                    "the trigger {name} is missing, switched off or calls something else"
                ));
            }
            meant.insert(guard.name);
        }
    }
    for (name, body) in POSTGRES_MIGRATIONS
        .iter()
        .flat_map(|migration| bodies(migration.sql.as_str()))
        .collect::<BTreeMap<_, _>>()
    {
        if functions.get(name).map(String::as_str) != Some(body) {
            wrong.push(format!("the function {name} is missing or was altered"));
        }
    }
    if versions
        .iter()
        .all(|version| POSTGRES_MIGRATIONS.version_exists(*version))
    {
        let extra = triggers
            .iter()
            .filter(|(name, ..)| !meant.contains(name.as_str()));
        wrong.extend(extra.map(|(name, table, ..)| {
            format!(
                "the trigger {name} on {table} is none of ours: find out who made it, then drop it"
            )
        }));
    }
    Ok(wrong)
}

/// A trigger as a migration makes it.
struct Guard<'a> {
    name: &'a str,
    table: &'a str,
    function: &'a str,
}

/// The triggers that a migration creates.
fn guards(sql: &str) -> impl Iterator<Item = Guard<'_>> {
    sql.split("\nCREATE TRIGGER ").skip(1).filter_map(|rest| {
        let name = rest.split_whitespace().next()?;
        let table = rest.split_once(" ON ")?.1.split_whitespace().next()?;
        let function = rest.split_once("EXECUTE FUNCTION ")?.1.split('(').next()?;
        Some(Guard {
            name,
            table,
            function,
        })
    })
}

/// Name and body of the functions that a migration creates.
fn bodies(sql: &str) -> impl Iterator<Item = (&str, &str)> {
    let made = sql.split("CREATE FUNCTION ").skip(1);
    made.filter_map(|rest| {
        let name = rest.split('(').next()?;
        let body = rest.split_once("$$")?.1.split_once("$$")?.0;
        Some((name, body))
    })
}
