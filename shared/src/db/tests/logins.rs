//! A login of `PostgreSQL` that owns nothing: it can serve, and deceive no guard.

use super::*;
use crate::queue::{self, JobName};
use crate::testing::store::{a_client, a_pending_project};
use crate::testing::{day, each_engine};
use crate::verify::store as verify;

const README: &str = include_str!("../../../../README.md");
const WITH_OTHER_PATH: &str = "SELECT DISTINCT p.proname::TEXT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
        AND (NOT p.prosecdef OR p.proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, public, pg_temp'])";

async fn run(db: &Db, sql: &str) -> Result<(), sqlx::Error> {
    on_engine!(db.write(), pool => sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await.map(drop))
}

/// What the README tells an operator to run, for `login` on this database.
fn recipe(login: &str, database: &str) -> String {
    let block = README
        .split("```sql")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let block = block.expect("the README says how a login is made");
    block
        .replace("DATABASE relance ", &format!("DATABASE {database} "))
        .replace("relance_programs", login)
}

/// A temporary table in place of the history says that the client cancelled.
const DECEIVE: &str = "CREATE TEMPORARY TABLE project_events AS SELECT * FROM public.project_events WHERE FALSE;
    INSERT INTO pg_temp.project_events (seq, project_id, from_state, to_state, actor_kind, actor_id, cause, at)
        SELECT 99, id, 'pending', 'cancelled', 'client', client_id, 1, ranked_at FROM public.projects;
    GRANT ALL ON pg_temp.project_events TO PUBLIC;
    UPDATE public.projects SET state = 'cancelled', cancelled_by = client_id, cancelled_at = ranked_at, state_event = 99";

async fn as_program(owner: &Db, login: &str) -> anyhow::Result<()> {
    let Engine::Postgres(pool) = owner.write() else {
        anyhow::bail!("of PostgreSQL only");
    };
    let options = pool.connect_options();
    let database = options.get_database().unwrap_or_default().to_owned();
    let (host, port) = (options.get_host(), options.get_port());
    let recipe = recipe(login, &database);
    let (grants, no_temporary) = recipe
        .split_once("REVOKE")
        .expect("temporary tables are taken away");
    run(owner, grants).await?;
    let db = Db::open(&format!("postgres://{login}@{host}:{port}/{database}")).await?;
    db.migrate().await?;
    queue::migrate(&db).await?;
    verify::guarded(&db).await?;
    assert!(!db.owns_its_tables().await? && owner.owns_its_tables().await?);
    let client = a_client(&db, "C1", day(0)).await?;
    a_pending_project(&db, client, "P1", day(0)).await?;
    let mut tx = db.begin().await?;
    queue::hurry(&mut tx, JobName::Rerank, day(0)).await?;
    tx.commit().await?;
    let deceived = run(&db, DECEIVE)
        .await
        .expect_err("a guard believed a temporary table");
    assert!(
        deceived.to_string().contains("only by an event"),
        "{deceived}"
    );
    assert_eq!(crate::verify::store::chains(&db).await?, []);
    for attack in [
        "TRUNCATE projects CASCADE",
        "ALTER TABLE projects DISABLE TRIGGER ALL",
        "DROP TRIGGER projects_changed ON projects",
    ] {
        assert!(run(&db, attack).await.is_err(), "{attack}");
    }
    run(owner, &format!("REVOKE{no_temporary}")).await?;
    assert!(
        run(&db, "CREATE TEMPORARY TABLE entries (n INT)")
            .await
            .is_err()
    );
    db.close().await;
    Ok(())
}

// O6, P1, P2, L4: a login that owns nothing runs the programs; a temporary table of a table's name is not what a guard reads.
#[tokio::test]
async fn a_login_that_owns_nothing_can_serve_and_deceives_no_guard() {
    each_engine(async |db| {
        let Engine::Postgres(pool) = db.write() else {
            return Ok(());
        };
        let others: Vec<String> = sqlx::query_scalar(WITH_OTHER_PATH).fetch_all(pool).await?;
        assert!(
            others.is_empty(),
            "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp: {others:?}"
        );
        let login = format!(
            "{}_programs",
            pool.connect_options().get_database().unwrap_or_default()
        );
        let outcome = as_program(&db, &login).await;
        run(&db, &format!("DROP OWNED BY {login}; DROP ROLE {login}")).await?;
        outcome
    })
    .await;
}
