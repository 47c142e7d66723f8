//! `INSERT OR REPLACE` and `UPDATE OR REPLACE` from a console: they delete the row in their way and fire no delete trigger.
//! Only SQLite has them; PostgreSQL's `ON CONFLICT DO UPDATE` fires the update triggers.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::filled_sqlite;

const GUARDED: &str = "SELECT DISTINCT tbl_name FROM sqlite_schema
    WHERE type = 'trigger' AND (sql LIKE '%BEFORE UPDATE%' OR sql LIKE '%BEFORE DELETE%') ORDER BY 1";
const COLUMNS: &str = "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid";
const WITHOUT_ROWID: &str = "SELECT wr = 1 FROM pragma_table_list($1) WHERE schema = 'main'";
const KEYS: &str = "SELECT name FROM pragma_index_list($1) WHERE \"unique\" = 1 ORDER BY seq";
const KEY_COLUMNS: &str = "SELECT name FROM pragma_index_info($1) ORDER BY seqno";

/// Tables from which a row may be taken anyway: a tie to Discord ends and is made anew.
const MAY_END: [&str; 1] = ["discord_links"];
/// Tables that hold one row by their nature.
const OF_ONE_ROW: [&str; 1] = ["refund_gate"];

struct Table {
    name: String,
    /// Name and type; an `INTEGER PRIMARY KEY`, which is the rowid, is none of them.
    columns: Vec<(String, String)>,
    /// Columns of each unique key; `rowid` alone where the table has one.
    keys: Vec<Vec<String>>,
    /// What finds a row: `rowid`, or the columns of its key.
    order: String,
}

impl Table {
    async fn read(db: &mut SqliteConnection, name: String) -> Result<Self, sqlx::Error> {
        let all: Vec<(String, String, i64)> = sqlx::query_as(COLUMNS)
            .bind(&name)
            .fetch_all(&mut *db)
            .await?;
        let without_rowid: bool = sqlx::query_scalar(WITHOUT_ROWID)
            .bind(&name)
            .fetch_one(&mut *db)
            .await?;
        let mut keys = Vec::new();
        let indexes: Vec<String> = sqlx::query_scalar(KEYS)
            .bind(&name)
            .fetch_all(&mut *db)
            .await?;
        for index in indexes {
            keys.push(
                sqlx::query_scalar(KEY_COLUMNS)
                    .bind(index)
                    .fetch_all(&mut *db)
                    .await?,
            );
        }
        let primary: Vec<&str> = all
            .iter()
            .filter(|(_, _, pk)| *pk > 0)
            .map(|(name, _, _)| name.as_str())
            .collect();
        let order = if without_rowid {
            primary.join(", ")
        } else {
            "rowid".to_owned()
        };
        if !without_rowid {
            keys.push(vec!["rowid".to_owned()]);
        }
        let is_rowid = |(_, kind, pk): &(String, String, i64)| {
            !without_rowid && *pk == 1 && primary.len() == 1 && kind == "INTEGER"
        };
        let columns = all.iter().filter(|column| !is_rowid(column));
        Ok(Self {
            columns: columns
                .map(|(name, kind, _)| (name.clone(), kind.clone()))
                .collect(),
            keys,
            order,
            name,
        })
    }

    /// Every row with its rowid, as text.
    async fn rows(&self, db: &mut SqliteConnection) -> Result<BTreeSet<String>, sqlx::Error> {
        let mut columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, _)| format!("quote({name})"))
            .collect();
        if self.order == "rowid" {
            columns.push("rowid".to_owned());
        }
        let sql = format!("SELECT {} FROM {}", columns.join(" || ',' || "), self.name);
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(db).await?;
        Ok(rows.into_iter().collect())
    }

    /// Every way to put something in the place of one of the `rows`.
    fn attacks(&self, rows: usize) -> Vec<String> {
        let mut attacks = Vec::new();
        for key in &self.keys {
            for n in 0..rows {
                attacks.push(self.insert(key, n));
                let victims = (0..rows).filter(|victim| *victim != n);
                attacks.extend(victims.map(|victim| self.update(key, n, victim)));
            }
        }
        attacks
    }

    /// A new row that has only `key` in common with the `n`-th.
    fn insert(&self, key: &[String], n: usize) -> String {
        let mut names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut values: Vec<String> = self
            .columns
            .iter()
            .map(|(name, kind)| {
                let is_elsewhere = self.keys.iter().flatten().any(|other| other == name);
                match kind.as_str() {
                    _ if key.contains(name) || !is_elsewhere => name.clone(),
                    "BLOB" => format!("CASE WHEN {name} IS NOT NULL THEN randomblob(16) END"),
                    "TEXT" => format!("{name} || 'x'"),
                    _ => format!("{name} + 1000"),
                }
            })
            .collect();
        if key == ["rowid"] {
            names.push("rowid");
            values.push("rowid".to_owned());
        }
        let (table, order) = (&self.name, &self.order);
        let (names, values) = (names.join(", "), values.join(", "));
        format!(
            "INSERT OR REPLACE INTO {table} ({names}) SELECT {values} FROM {table} ORDER BY {order} LIMIT 1 OFFSET {n}"
        )
    }

    /// The `n`-th row takes the key of the `victim`-th.
    fn update(&self, key: &[String], n: usize, victim: usize) -> String {
        let (table, order) = (&self.name, &self.order);
        let set: Vec<String> = key
            .iter()
            .map(|column| {
                format!("{column} = (SELECT {column} FROM {table} ORDER BY {order} LIMIT 1 OFFSET {victim})")
            })
            .collect();
        let set = set.join(", ");
        format!(
            "UPDATE OR REPLACE {table} SET {set}
            WHERE ({order}) = (SELECT {order} FROM {table} ORDER BY {order} LIMIT 1 OFFSET {n})"
        )
    }
}

// P4, L1, L3, E5, D2: whatever stands in a guarded table cannot be replaced away, by any key, with a console's settings.
#[tokio::test]
async fn no_guarded_row_can_be_replaced_from_a_console() -> Result<(), sqlx::Error> {
    let mut db = filled_sqlite().await;
    sqlx::raw_sql("PRAGMA ignore_check_constraints = ON")
        .execute(&mut db)
        .await?;
    let names: Vec<String> = sqlx::query_scalar(GUARDED).fetch_all(&mut db).await?;
    let (mut tried, mut taken) = (0, Vec::new());
    for name in names
        .into_iter()
        .filter(|name| !MAY_END.contains(&name.as_str()))
    {
        let table = Table::read(&mut db, name).await?;
        let before = table.rows(&mut db).await?;
        let enough = if OF_ONE_ROW.contains(&table.name.as_str()) {
            1
        } else {
            2
        };
        assert!(
            before.len() >= enough,
            "{}: write {enough} sample rows",
            table.name
        );
        for attack in table.attacks(before.len()) {
            sqlx::raw_sql("SAVEPOINT attack").execute(&mut db).await?;
            let answered = sqlx::raw_sql(AssertSqlSafe(attack.clone()))
                .execute(&mut db)
                .await;
            if let Err(error) = &answered {
                let said = error.to_string();
                assert!(
                    !said.contains("syntax") && !said.contains("no such"),
                    "no attack at all: {attack}\n{said}"
                );
            }
            if !before.is_subset(&table.rows(&mut db).await?) {
                taken.push(attack);
            }
            sqlx::raw_sql("ROLLBACK TO attack; RELEASE attack")
                .execute(&mut db)
                .await?;
            tried += 1;
        }
    }
    assert!(
        taken.is_empty(),
        "rows are gone after:\n{}",
        taken.join("\n")
    );
    assert!(tried > 200, "{tried}");
    Ok(())
}
