//! Every SQL text that a source file names, prepared on the engines that it is for: a wrong column, a wrong type or a text
//! that only one engine takes is found whether or not some list holds it.

use std::path::Path;

use regex::Regex;
use sqlx::{Executor as _, SqlSafeStr as _};

use super::*;
use crate::testing::each_engine;

/// Texts of one engine whose names do not say so.
const OF_SQLITE: [&str; 2] = ["CONTRADICTIONS", "DANGLING"];
/// Texts of the other.
const OF_POSTGRES: [&str; 1] = ["OWNS_TABLES"];
/// Texts about the queue's own tables, which the embedded database keeps in another file.
const OF_THE_QUEUE: &str = "queue/store.rs";

struct Text {
    place: String,
    sql: String,
    on_sqlite: bool,
    on_postgres: bool,
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for item in std::fs::read_dir(folder).expect("the sources are here") {
        let path = item.expect("a file").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The SQL texts of the sources, tests aside.
fn texts() -> Vec<Text> {
    let named =
        Regex::new(r#"(?s)const ([A-Z0-9_]+): &(?:'static )?str\s*=\s*"((?:[^"\\]|\\.)*)";"#)
            .expect("the literal compiles");
    let joined = Regex::new(r"\\\n\s*").expect("the literal compiles");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let mut texts = Vec::new();
    for path in paths {
        let file = path
            .strip_prefix(&root)
            .expect("inside")
            .display()
            .to_string();
        if file.contains("tests") || file.contains("testing") {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source can be read");
        let source = source
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default();
        for found in named.captures_iter(source) {
            let name = &found[1];
            let sql = joined
                .replace_all(&found[2], "")
                .replace("\\\"", "\"")
                .replace("\\\\", "\\");
            let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
            if verbs.iter().any(|verb| sql.trim_start().starts_with(verb)) {
                texts.push(Text {
                    on_sqlite: !name.contains("POSTGRES") && !OF_POSTGRES.contains(&name),
                    on_postgres: !name.contains("SQLITE") && !OF_SQLITE.contains(&name),
                    place: format!("{file} {name}"),
                    sql,
                });
            }
        }
    }
    texts
}

#[tokio::test]
async fn every_named_text_prepares_on_the_engines_it_is_for() {
    let texts = texts();
    assert!(texts.len() > 250, "{}", texts.len());
    each_engine(async |db| {
        let mut wrong = Vec::new();
        for text in &texts {
            let is_meant = match db.read() {
                Engine::Sqlite(_) => text.on_sqlite,
                Engine::Postgres(_) => text.on_postgres,
            };
            let of_queue = text.place.starts_with(OF_THE_QUEUE) && text.place.contains("_SQLITE");
            let pool = if of_queue { db.queue() } else { db.read() };
            let sql = AssertSqlSafe(text.sql.clone()).into_sql_str();
            if is_meant
                && let Err(error) = on_engine!(pool, pool => pool.prepare(sql).await.map(drop))
            {
                wrong.push(format!("{}: {error}", text.place));
            }
        }
        anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    })
    .await;
}
