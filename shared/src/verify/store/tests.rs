use sqlx::{Executor as _, SqlStr};

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

// O6: a trigger that is none of ours may swallow what must be kept; a program refuses to start on such a database.
#[tokio::test]
async fn a_trigger_of_somebody_else_is_found_and_keeps_the_programs_from_starting() {
    each_engine(async |db| {
        guarded(&db).await?;
        let swallow = match db.write() {
            Engine::Sqlite(_) => "CREATE TRIGGER _sqlx_quiet BEFORE INSERT ON suppressions BEGIN SELECT RAISE(IGNORE); END",
            Engine::Postgres(_) => "CREATE TRIGGER quiet BEFORE INSERT ON suppressions FOR EACH ROW EXECUTE FUNCTION
                suppress_redundant_updates_trigger()",
        };
        on_engine!(db.write(), pool => sqlx::query(swallow).execute(pool).await.map(drop))?;
        let findings = schema(&db).await?;
        assert!(findings.len() == 1 && findings[0].what.contains("quiet"), "{findings:?}");
        assert!(guarded(&db).await.is_err());
        Ok(())
    })
    .await;
}

// O6: a guard that has its name and does nothing is found too.
#[tokio::test]
async fn a_hollow_guard_is_found() {
    each_engine(async |db| {
        let hollow: &[&str] = match db.write() {
            Engine::Sqlite(_) => &[
                "DROP TRIGGER projects_no_delete",
                "CREATE TRIGGER projects_no_delete BEFORE DELETE ON projects BEGIN SELECT 1; END",
            ],
            Engine::Postgres(_) => &[
                "CREATE OR REPLACE FUNCTION refuse(why TEXT) RETURNS void LANGUAGE plpgsql
                AS $$ BEGIN RETURN; END $$",
            ],
        };
        for sql in hollow {
            on_engine!(db.write(), pool => sqlx::query(*sql).execute(pool).await.map(drop))?;
        }
        assert_eq!(schema(&db).await?.len(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn every_statement_prepares() {
    each_engine(async |db| {
        let own: [&[&str]; 2] = match db.read() {
            Engine::Sqlite(_) => [schema::SQLITE_SQL, &SQLITE_ONLY_SQL],
            Engine::Postgres(_) => [schema::POSTGRES_SQL, &[]],
        };
        for sql in ALL_SQL.iter().chain(own.into_iter().flatten()) {
            on_engine!(db.read(), pool => pool.prepare(SqlStr::from_static(sql)).await.map(drop))
                .map_err(|error| anyhow::anyhow!("{sql}: {error}"))?;
        }
        Ok(())
    })
    .await;
}
