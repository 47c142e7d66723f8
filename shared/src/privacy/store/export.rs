//! Everything that any table keeps about a person: the tables are found by their columns, so that none is forgotten.

#[cfg(test)]
use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

use crate::db::{Db, Engine, StoreError};
use crate::privacy::Person;

const TABLES_SQLITE: &str =
    "SELECT DISTINCT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND c.name = $1 ORDER BY m.name";
const TABLES_POSTGRES: &str = "SELECT c.table_name::TEXT FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.column_name = $1
    ORDER BY c.table_name";
/// What names a person by their Discord user or their question alone.
const BESIDE: [(&str, &str); 3] = [
    (
        "discord_doors",
        "discord_user IN (SELECT discord_user FROM discord_links WHERE {person} = $1)",
    ),
    (
        "link_requests",
        "discord_user IN (SELECT discord_user FROM discord_links WHERE {person} = $1)",
    ),
    (
        "faq_feedback",
        "answer_id IN (SELECT id FROM faq_answers WHERE {person} = $1)",
    ),
];
/// Bytes of one column that are given; longer ones (a raw letter) are cut there.
const COLUMN_BYTES_MAX: usize = 1024 * 1024;

/// Gives `f` every row about a person, a table at a time, one row in memory at a time.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn export(
    db: &Db,
    person: Person,
    mut f: impl FnMut(&str, Value),
) -> Result<(), StoreError> {
    let id = person.uuid();
    let named = tables(db, person.column()).await?;
    let profile = match person {
        Person::Client(_) => "clients",
        Person::Provider(_) => "providers",
    };
    rows(db, profile, "id = $1", id, &mut f).await?;
    for table in &named {
        let which = format!("{} = $1", person.column());
        rows(db, table, &which, id, &mut f).await?;
    }
    let subject = match person {
        Person::Client(_) => {
            "subject IN (SELECT reference FROM clients WHERE id = $1
                UNION SELECT reference FROM projects WHERE client_id = $1)"
        }
        Person::Provider(_) => "subject IN (SELECT reference FROM providers WHERE id = $1)",
    };
    rows(db, "platform_events", subject, id, &mut f).await?;
    let letters = format!(
        "letter_id IN (SELECT id FROM outbox WHERE {} = $1)",
        person.column()
    );
    rows(db, "outbox_messages", &letters, id, &mut f).await?;
    for (table, which) in BESIDE {
        let which = which.replace("{person}", person.column());
        rows(db, table, &which, id, &mut f).await?;
    }
    if let Person::Provider(_) = person {
        let theirs = "request_id IN (SELECT id FROM refund_requests WHERE provider_id = $1)";
        rows(db, "refund_events", theirs, id, &mut f).await?;
    }
    if let Person::Client(_) = person {
        // What is kept by project alone; what names a provider is that provider's.
        let provider_s = tables(db, "provider_id").await?;
        for table in tables(db, "project_id").await? {
            if !named.contains(&table) && !provider_s.contains(&table) {
                let which = "project_id IN (SELECT id FROM projects WHERE client_id = $1)";
                rows(db, &table, which, id, &mut f).await?;
            }
        }
    }
    Ok(())
}

async fn tables(db: &Db, column: &str) -> Result<Vec<String>, StoreError> {
    Ok(match db.read() {
        Engine::Sqlite(pool) => {
            sqlx::query_scalar(TABLES_SQLITE)
                .bind(column)
                .fetch_all(pool)
                .await?
        }
        Engine::Postgres(pool) => {
            sqlx::query_scalar(TABLES_POSTGRES)
                .bind(column)
                .fetch_all(pool)
                .await?
        }
    })
}

pub(super) async fn rows(
    db: &Db,
    table: &str,
    which: &str,
    id: Uuid,
    f: &mut impl FnMut(&str, Value),
) -> Result<(), StoreError> {
    // Names come from the catalogue, conditions from this file; the id is bound.
    match db.read() {
        Engine::Sqlite(pool) => {
            let sql = format!("SELECT * FROM \"{table}\" WHERE {which}");
            let mut found = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch(pool);
            while let Some(row) = found.try_next().await? {
                f(table, as_json(&row)?);
            }
        }
        Engine::Postgres(pool) => {
            let sql = format!("SELECT to_jsonb(t) FROM \"{table}\" t WHERE {which}");
            let mut found = sqlx::query_scalar::<_, Value>(AssertSqlSafe(sql))
                .bind(id)
                .fetch(pool);
            while let Some(row) = found.try_next().await? {
                f(table, row);
            }
        }
    }
    Ok(())
}

fn as_json(row: &SqliteRow) -> Result<Value, StoreError> {
    let mut object = Map::new();
    for column in row.columns() {
        let value = row.try_get_raw(column.ordinal())?;
        let kind = value.type_info().name().to_owned();
        let value = if value.is_null() {
            Value::Null
        } else {
            match kind.as_str() {
                "INTEGER" => row.try_get_unchecked::<i64, _>(column.ordinal())?.into(),
                "REAL" => row.try_get_unchecked::<f64, _>(column.ordinal())?.into(),
                "BLOB" => blob(&row.try_get_unchecked::<Vec<u8>, _>(column.ordinal())?),
                _ => row.try_get_unchecked::<String, _>(column.ordinal())?.into(),
            }
        };
        object.insert(column.name().to_owned(), value);
    }
    Ok(Value::Object(object))
}

/// An id as an id, a letter as its text.
fn blob(bytes: &[u8]) -> Value {
    Uuid::from_slice(bytes).map_or_else(
        |_| {
            String::from_utf8_lossy(&bytes[..bytes.len().min(COLUMN_BYTES_MAX)])
                .into_owned()
                .into()
        },
        |id| id.to_string().into(),
    )
}

/// Tables by name with their rows, for tests and for people few enough to hold.
///
/// # Errors
/// [`StoreError::Sql`]
#[cfg(test)]
pub(super) async fn all(
    db: &Db,
    person: Person,
) -> Result<BTreeMap<String, Vec<Value>>, StoreError> {
    let mut tables: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    export(db, person, |table, row| {
        tables.entry(table.to_owned()).or_default().push(row);
    })
    .await?;
    Ok(tables)
}
