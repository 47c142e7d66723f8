//! Databases and sample rows for tests.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor as _, PgConnection, SqlStr};

use crate::account::{ClientId, ProviderId};
use crate::clock::Clock;
use crate::db::{Db, Engine, POSTGRES_MIGRATIONS, StoreError};
use crate::on_engine;
use crate::platform::Source;
use crate::platform::seal::Sealed;
use crate::project::ProjectId;
use crate::testing::{each_engine, keys};

/// Key of the lock under which the migrated template is made ("relance" read as digits of a telephone).
const TEMPLATE_LOCK: i64 = 7_352_623;

const INSERT_CLIENT: &str = "INSERT INTO clients
    (id, reference, name, email, phone, locale, zone, profile_at, mails, created_at)
    VALUES ($1, $2, $3, $4, '+33639980000', 'fr', 'Europe/Paris', $5, 'normal', $5)";
const INSERT_PROVIDER: &str =
    "INSERT INTO providers (id, reference, name, email, locale, profile_at, created_at)
    VALUES ($1, $2, $3, $4, 'fr', $5, $5)";
const INSERT_PROJECT: &str = "INSERT INTO projects
    (id, reference, client_id, title, description, published_at, details_at, state, rank_key, ranked_at)
    VALUES ($1, $2, $3, $4, '', $5, $5, 'pending', $6, $5)";

const INSERT_APPLICATION: &str = "INSERT INTO applications
    (id, project_id, provider_id, kind, credits, applied_at) VALUES ($1, $2, $3, 'offer', 1, $4)";
const INSERT_EVENT: &str =
    "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, seal)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING seq";
const INSERT_PAST: &str = "INSERT INTO past_projects (reference, client_reference, title, published_at, ended_at, evidence)
    VALUES ($1, 'C0', $2, $3, $4, $5)";
const FORGE: &str =
    "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, seal)
    SELECT 'forged', 'webhook', 'project.awarded', $1, $1, $2, $3, MIN(seal) FROM platform_events RETURNING seq";
const REFERENCE_OF: &str = "SELECT reference FROM providers WHERE id = $1";
const MOVE: &str = "INSERT INTO project_events (project_id, from_state, to_state, actor_kind, cause, awarded_to, at)
    SELECT id, state, $2, 'platform', $3, $4, $5 FROM projects WHERE reference = $1";
const CHANGE_TITLE: &str = "UPDATE projects SET title = 'changed' WHERE reference = $1";

/// A client named after `reference`, French, in Paris, with an address and a telephone.
///
/// # Errors
/// [`StoreError`] when the reference is taken.
pub async fn a_client(db: &Db, reference: &str, at: DateTime<Utc>) -> Result<ClientId, StoreError> {
    let id = ClientId::at(at);
    on_engine!(db.write(), pool => sqlx::query(INSERT_CLIENT).bind(id).bind(reference)
        .bind(format!("Client {reference}")).bind(format!("{reference}@clients.example")).bind(at)
        .execute(pool).await.map(drop))?;
    Ok(id)
}

/// A provider named after `reference`.
///
/// # Errors
/// [`StoreError`] when the reference is taken.
pub async fn a_provider(
    db: &Db,
    reference: &str,
    at: DateTime<Utc>,
) -> Result<ProviderId, StoreError> {
    let id = ProviderId::at(at);
    on_engine!(db.write(), pool => sqlx::query(INSERT_PROVIDER).bind(id).bind(reference)
        .bind(format!("Prestataire {reference}")).bind(format!("{reference}@prestataires.example")).bind(at)
        .execute(pool).await.map(drop))?;
    Ok(id)
}

/// A pending project of `client`, published at `at`, ranked by its age.
///
/// # Errors
/// [`StoreError`] when the reference is taken or the client unknown.
pub async fn a_pending_project(
    db: &Db,
    client: ClientId,
    reference: &str,
    at: DateTime<Utc>,
) -> Result<ProjectId, StoreError> {
    let id = ProjectId::at(at);
    on_engine!(db.write(), pool => sqlx::query(INSERT_PROJECT).bind(id).bind(reference).bind(client)
        .bind(format!("Projet {reference}")).bind(at).bind(at.timestamp())
        .execute(pool).await.map(drop))?;
    Ok(id)
}

/// An offer of `provider` for `project`, one credit.
///
/// # Errors
/// [`StoreError`] when there is one already.
pub async fn an_application(
    db: &Db,
    project: ProjectId,
    provider: ProviderId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(INSERT_APPLICATION).bind(ProjectId::at(at)).bind(project)
        .bind(provider).bind(at).execute(pool).await.map(drop))?;
    Ok(())
}

/// A project that had ended before Relance knew it.
///
/// # Errors
/// [`StoreError`] when the reference is taken.
pub async fn a_past_project(
    db: &Db,
    reference: &str,
    published_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let id = format!("history:{reference}");
    let evidence = an_event(
        db,
        &Sealed {
            id: &id,
            source: Source::History,
            kind: "project.published",
            at: published_at,
            received_at: published_at,
            subject: Some(reference),
            body: "{}",
            signature: None,
        },
    )
    .await?;
    on_engine!(db.write(), pool => sqlx::query(INSERT_PAST).bind(reference)
        .bind(format!("Projet {reference}")).bind(published_at).bind(ended_at).bind(evidence)
        .execute(pool).await.map(drop))?;
    Ok(())
}

/// Awards a pending project to `provider`, as the platform would tell it.
///
/// # Errors
/// [`StoreError`] when the project or provider is unknown, or something newer moved the project.
pub async fn an_award(
    db: &Db,
    reference: &str,
    provider: ProviderId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let data = won_by(db, reference, provider).await?;
    let cause = moving_event(db, "project.awarded", reference, &data, at).await?;
    moved(db, reference, ("in_progress", Some(provider)), cause, at).await
}

/// What somebody with a console does to make `provider` the winner: an event that was never taken, under the seal of
/// another one, and the change that follows from it. The database cannot tell the seal from a true one.
///
/// # Errors
/// [`StoreError`] when the database refuses it after all.
pub async fn a_forged_award(
    db: &Db,
    reference: &str,
    provider: ProviderId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let data = won_by(db, reference, provider).await?;
    let body =
        json!({"id": "forged", "type": "project.awarded", "at": at.to_rfc3339(), "data": data})
            .to_string();
    let cause: i64 = on_engine!(db.write(), pool => sqlx::query_scalar(FORGE).bind(at).bind(reference).bind(&body)
        .fetch_one(pool).await)?;
    moved(db, reference, ("in_progress", Some(provider)), cause, at).await
}

/// Takes an award back, as the platform would tell it.
///
/// # Errors
/// [`StoreError`] when the project is not in progress.
pub async fn a_revocation(db: &Db, reference: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    let data = json!({"project": reference});
    let cause = moving_event(db, "project.award_revoked", reference, &data, at).await?;
    moved(db, reference, ("pending", None), cause, at).await
}

/// What the platform says of an award.
async fn won_by(db: &Db, reference: &str, provider: ProviderId) -> Result<Value, StoreError> {
    let to: String = on_engine!(db.read(), pool => sqlx::query_scalar(REFERENCE_OF).bind(provider).fetch_one(pool)
        .await)?;
    Ok(json!({"project": reference, "provider": to}))
}

async fn moved(
    db: &Db,
    reference: &str,
    (state, winner): (&str, Option<ProviderId>),
    cause: i64,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(MOVE).bind(reference).bind(state).bind(cause).bind(winner)
        .bind(at).execute(pool).await.map(drop))?;
    Ok(())
}

async fn moving_event(
    db: &Db,
    kind: &str,
    reference: &str,
    data: &Value,
    at: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let id = format!("{kind}:{reference}:{}", at.timestamp_micros());
    let body = json!({"id": id, "type": kind, "at": at.to_rfc3339(), "data": data}).to_string();
    an_event(
        db,
        &Sealed {
            id: &id,
            source: Source::File,
            kind,
            at,
            received_at: at,
            subject: Some(reference),
            body: &body,
            signature: None,
        },
    )
    .await
}

/// Keeps an event as if it had been taken, and gives its number.
async fn an_event(db: &Db, row: &Sealed<'_>) -> Result<i64, StoreError> {
    Ok(
        on_engine!(db.write(), pool => sqlx::query_scalar(INSERT_EVENT).bind(row.id).bind(row.source).bind(row.kind)
        .bind(row.at).bind(row.received_at).bind(row.subject).bind(row.body).bind(row.seal(&keys()))
        .fetch_one(pool).await)?,
    )
}

/// Changes what a project says behind the back of the events.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn change_a_title(db: &Db, reference: &str) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(CHANGE_TITLE).bind(reference).execute(pool).await.map(drop))?;
    Ok(())
}

/// Makes a fresh database on `cluster` from a template migrated once, and gives its name.
pub(super) async fn postgres(cluster: &str) -> anyhow::Result<(String, Db)> {
    let options = PgConnectOptions::from_str(cluster)?;
    let mut admin = options.connect().await?;
    let template = template(&mut admin, cluster).await?;
    let name = format!(
        "relance_test_{}",
        ProjectId::at(Clock::system().now()).uuid().simple()
    );
    sqlx::query(AssertSqlSafe(format!(
        "CREATE DATABASE {name} TEMPLATE {template}"
    )))
    .execute(&mut admin)
    .await?;
    admin.close().await?;
    Ok((name.clone(), Db::open(&on_database(cluster, &name)).await?))
}

/// Makes an empty database on `cluster` and gives its name and a connection.
#[cfg(test)]
pub(crate) async fn empty_postgres(cluster: &str) -> anyhow::Result<(String, PgConnection)> {
    let mut admin = PgConnectOptions::from_str(cluster)?.connect().await?;
    let id = ProjectId::at(Clock::system().now()).uuid();
    let name = format!("relance_test_{}", id.simple());
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut admin)
        .await?;
    admin.close().await?;
    let connection = PgConnection::connect(&on_database(cluster, &name)).await?;
    Ok((name, connection))
}

pub(crate) async fn drop_postgres(cluster: &str, name: &str) -> anyhow::Result<()> {
    let mut admin = PgConnectOptions::from_str(cluster)?.connect().await?;
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .execute(&mut admin)
        .await?;
    Ok(admin.close().await?)
}

async fn template(admin: &mut PgConnection, cluster: &str) -> anyhow::Result<String> {
    let mut hasher = DefaultHasher::new();
    for migration in POSTGRES_MIGRATIONS.migrations.iter() {
        migration.checksum.hash(&mut hasher);
    }
    let name = format!("relance_template_{:016x}", hasher.finish());
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *admin)
        .await?;
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(&name)
            .fetch_one(&mut *admin)
            .await?;
    if !known {
        let making = format!("{name}_making");
        sqlx::query(AssertSqlSafe(format!(
            "DROP DATABASE IF EXISTS {making} WITH (FORCE)"
        )))
        .execute(&mut *admin)
        .await?;
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {making}")))
            .execute(&mut *admin)
            .await?;
        let db = Db::open(&on_database(cluster, &making)).await?;
        db.migrate().await?;
        crate::queue::migrate(&db).await?;
        db.close().await;
        sqlx::query(AssertSqlSafe(format!(
            "ALTER DATABASE {making} RENAME TO {name}"
        )))
        .execute(&mut *admin)
        .await?;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *admin)
        .await?;
    Ok(name)
}

fn on_database(cluster: &str, name: &str) -> String {
    let base = cluster.rsplit_once('/').map_or(cluster, |(base, _)| base);
    format!("{base}/{name}")
}

/// Prepares each statement on both engines, and of each twin (`SQLite`'s, `PostgreSQL`'s) the text that an engine has.
///
/// # Panics
/// Names the statement that an engine does not take.
pub async fn each_prepares(statements: &[&'static str], twins: &[(&'static str, &'static str)]) {
    each_engine(async |db| {
        let own = twins.iter().map(|(sqlite, postgres)| match db.read() {
            Engine::Sqlite(_) => *sqlite,
            Engine::Postgres(_) => *postgres,
        });
        for sql in statements.iter().copied().chain(own) {
            on_engine!(db.read(), pool => pool.prepare(SqlStr::from_static(sql)).await.map(drop))
                .with_context(|| sql.to_owned())?;
        }
        Ok(())
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    // P5: a project is born on the list, on both engines.
    #[tokio::test]
    async fn the_ground_holds_a_client_with_a_pending_project() {
        each_engine(async |db| {
            let client = a_client(&db, "C1", day(0)).await?;
            a_pending_project(&db, client, "P1", day(1)).await?;
            let again = a_pending_project(&db, client, "P1", day(2)).await;
            assert!(again.is_err(), "a reference is taken once");
            Ok(())
        })
        .await;
    }
}
