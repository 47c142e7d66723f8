//! SQL of the proofs.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::db::{Db, Engine, OpenError, POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS, StoreError};
use crate::on_engine;
use crate::platform::webhook::Secrets;
use crate::platform::{Source, is_cancellation};
use crate::token::Keys;
use crate::verify::Finding;

/// Findings of one kind that are told; more mean the same.
const FINDINGS_MAX: i64 = 20;
/// Findings about evidence that are told.
const EVIDENCE_FINDINGS_MAX: usize = 20;

const SQLITE_SCHEMA: &str = "SELECT name, COALESCE(sql, '') FROM sqlite_schema
    WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx%' ORDER BY name";
const POSTGRES_TRIGGERS: &str = "SELECT t.tgname::TEXT, t.tgenabled::TEXT FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND n.nspname = current_schema() ORDER BY 1";
// The state of a project is what its last event made it, or pending as born.
const STATE_WITHOUT_EVENT: &str = "SELECT p.reference FROM projects p
    LEFT JOIN (SELECT project_id, MAX(seq) AS seq FROM project_events GROUP BY project_id) l ON l.project_id = p.id
    LEFT JOIN project_events e ON e.seq = l.seq
    WHERE p.state <> COALESCE(e.to_state, 'pending') OR COALESCE(p.state_event, 0) <> COALESCE(e.seq, 0)
    ORDER BY p.reference LIMIT $1";
const EVENT_OUT_OF_CHAIN: &str = "SELECT p.reference FROM (
        SELECT project_id, from_state,
            LAG(to_state, 1, 'pending') OVER (PARTITION BY project_id ORDER BY seq) AS before_state
        FROM project_events) c
    JOIN projects p ON p.id = c.project_id
    WHERE c.from_state <> c.before_state ORDER BY p.reference LIMIT $1";
const CANCELLED_WITHOUT_EVIDENCE: &str = "SELECT p.reference FROM project_events e
    JOIN projects p ON p.id = e.project_id
    LEFT JOIN client_proofs c ON c.id = e.proof AND c.project_id = e.project_id AND c.client_id = p.client_id
    LEFT JOIN platform_events v ON v.seq = c.evidence AND v.signature IS NOT NULL
    WHERE e.to_state = 'cancelled' AND (v.seq IS NULL OR e.at < c.made_at OR e.at >= c.expires_at)
    ORDER BY p.reference LIMIT $1";
const EVIDENCE: &str =
    "SELECT p.reference, k.reference, v.source, v.body, v.signature FROM project_events e
    JOIN projects p ON p.id = e.project_id JOIN clients k ON k.id = p.client_id
    JOIN client_proofs c ON c.id = e.proof JOIN platform_events v ON v.seq = c.evidence
    WHERE e.to_state = 'cancelled'";

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&str] = &[
    STATE_WITHOUT_EVENT,
    EVENT_OUT_OF_CHAIN,
    CANCELLED_WITHOUT_EVIDENCE,
    EVIDENCE,
];

/// Whether the guards of the migrations are all there and switched on: on `SQLite` every object as the migrations write
/// it, on `PostgreSQL` every trigger enabled.
///
/// # Errors
/// [`StoreError::Sql`], or [`OpenError`] when the comparison cannot be made.
pub async fn schema(db: &Db) -> Result<Vec<Finding>, OpenError> {
    let finding = |what: String| Finding { rule: "O6", what };
    match db.read() {
        Engine::Sqlite(pool) => {
            let here: BTreeMap<String, String> = sqlx::query_as(SQLITE_SCHEMA)
                .fetch_all(pool)
                .await
                .map_err(OpenError::Connect)?
                .into_iter()
                .collect();
            let mut fresh = SqliteConnection::connect("sqlite::memory:")
                .await
                .map_err(OpenError::Connect)?;
            for migration in SQLITE_MIGRATIONS.iter() {
                sqlx::raw_sql(AssertSqlSafe(migration.sql.as_str().to_owned()))
                    .execute(&mut fresh)
                    .await
                    .map_err(OpenError::Connect)?;
            }
            let meant: Vec<(String, String)> = sqlx::query_as(SQLITE_SCHEMA)
                .fetch_all(&mut fresh)
                .await
                .map_err(OpenError::Connect)?;
            let wrong = meant
                .into_iter()
                .filter(|(name, sql)| here.get(name) != Some(sql));
            Ok(wrong
                .map(|(name, _)| {
                    finding(format!(
                        "{name} is missing or was altered: restore a backup, then find out who"
                    ))
                })
                .collect())
        }
        Engine::Postgres(pool) => {
            let here: BTreeMap<String, String> = sqlx::query_as(POSTGRES_TRIGGERS)
                .fetch_all(pool)
                .await
                .map_err(OpenError::Connect)?
                .into_iter()
                .collect();
            let meant = POSTGRES_MIGRATIONS
                .iter()
                .flat_map(|migration| triggers(migration.sql.as_str()));
            Ok(meant
                .filter(|name| {
                    here.get(name)
                        .is_none_or(|enabled| enabled != "O" && enabled != "A")
                })
                .map(|name| finding(format!("the trigger {name} is missing or switched off")))
                .collect())
        }
    }
}

/// Whether states follow from events and every cancellation has its client's signed act.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn chains(db: &Db) -> Result<Vec<Finding>, StoreError> {
    let checks = [
        (
            "P1",
            STATE_WITHOUT_EVENT,
            "is not in the state that its last event says",
        ),
        (
            "P1",
            EVENT_OUT_OF_CHAIN,
            "has an event that does not start where the one before ended",
        ),
        (
            "P2",
            CANCELLED_WITHOUT_EVIDENCE,
            "was cancelled without its client's signed act",
        ),
    ];
    let mut findings = Vec::new();
    for (rule, sql, what) in checks {
        let references: Vec<String> = on_engine!(db.read(), pool => sqlx::query_scalar(sql).bind(FINDINGS_MAX).fetch_all(pool).await)?;
        findings.extend(references.into_iter().map(|reference| Finding {
            rule,
            what: format!("project {reference} {what}"),
        }));
    }
    Ok(findings)
}

/// Whether the signature of every cancellation's evidence still holds and still says that this client ended this project.
/// One row in memory at a time.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn evidence(db: &Db, secrets: &Secrets, keys: &Keys) -> Result<Vec<Finding>, StoreError> {
    let mut rows = match db.read() {
        Engine::Sqlite(pool) => sqlx::query_as::<_, EvidenceRow>(EVIDENCE).fetch(pool),
        Engine::Postgres(pool) => sqlx::query_as::<_, EvidenceRow>(EVIDENCE).fetch(pool),
    };
    let mut findings = Vec::new();
    while let Some((project, client, source, body, signature)) = rows.try_next().await? {
        let signature = signature.unwrap_or_default();
        let about = (project.as_str(), client.as_str());
        if findings.len() < EVIDENCE_FINDINGS_MAX
            && !is_cancellation(source, &body, &signature, about, secrets, keys)
        {
            findings.push(Finding {
                rule: "P2",
                what: format!(
                    "project {project} was cancelled by an act whose signature holds under no key of today: give the \
                     keys of then in platform.secret and web.key_previous, or put it back"
                ),
            });
        }
    }
    Ok(findings)
}

/// Reference of the project and of its client, way, body and signature of the evidence.
type EvidenceRow = (String, String, Source, String, Option<String>);

/// Names of the triggers that a migration creates.
fn triggers(sql: &str) -> impl Iterator<Item = String> {
    sql.lines()
        .filter_map(|line| line.strip_prefix("CREATE TRIGGER "))
        .filter_map(|rest| rest.split_whitespace().next().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::store::{a_client, a_pending_project};
    use crate::testing::{day, each_engine};

    // O6: whoever may open the file can drop a guard; it must not stay unseen.
    #[tokio::test]
    async fn a_dropped_guard_is_found() {
        each_engine(async |db| {
            assert_eq!(schema(&db).await?, []);
            let drop_guard = match db.write() {
                Engine::Sqlite(_) => "DROP TRIGGER projects_move_by_event",
                Engine::Postgres(_) => "ALTER TABLE projects DISABLE TRIGGER projects_changed",
            };
            on_engine!(db.write(), pool => sqlx::query(drop_guard).execute(pool).await.map(drop))?;
            assert_eq!(schema(&db).await?.len(), 1);
            Ok(())
        })
        .await;
    }

    const FORGE: &str =
        "UPDATE projects SET state = 'cancelled', cancelled_by = client_id, cancelled_at = $1";

    // P1, P2: a state changed behind the guards' back is found and named.
    #[tokio::test]
    async fn a_state_without_its_event_is_found() {
        each_engine(async |db| {
            let client = a_client(&db, "C1", day(0)).await?;
            a_pending_project(&db, client, "P7", day(0)).await?;
            assert_eq!(chains(&db).await?, []);
            let drop_guard = match db.write() {
                Engine::Sqlite(_) => "DROP TRIGGER projects_move_by_event",
                Engine::Postgres(_) => "ALTER TABLE projects DISABLE TRIGGER projects_changed",
            };
            on_engine!(db.write(), pool => sqlx::query(drop_guard).execute(pool).await.map(drop))?;
            on_engine!(db.write(), pool => sqlx::query(FORGE).bind(day(1)).execute(pool).await.map(drop))?;
            let findings = chains(&db).await?;
            assert!(findings.iter().any(|finding| finding.what.contains("P7")), "{findings:?}");
            Ok(())
        })
        .await;
    }
}
