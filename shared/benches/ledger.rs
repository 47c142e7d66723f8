//! How fast credits move and how fast the ledger is proved. Goals: 300 transfers a second on SQLite with FULL
//! synchronisation and 400 on PostgreSQL, each committed by itself; a million entries proved in under 60 s.
//!
//! `cargo bench -p relance-shared --bench ledger --features testing`, with a cluster in `RELANCE_TEST_POSTGRES`.

use std::time::Instant;

use futures_util::future::try_join_all;
use relance_shared::account::ProviderId;
use relance_shared::credit::{Amount, Kind, Order, What, store};
use relance_shared::db::{Db, Engine};
use relance_shared::project::ProjectId;
use relance_shared::testing::store::{a_client, a_pending_project, a_provider};
use relance_shared::testing::{day, each_engine};

/// Clients that spend at once.
const CLIENTS: usize = 8;
/// Spends of each, one commit each.
const SPENDS: usize = 500;
/// Transfers of the ledger that is proved; two entries each. Filling is what takes long on the server.
const PROVED_SQLITE: usize = 500_000;
const PROVED_POSTGRES: usize = 100_000;

fn spend(provider: ProviderId, kind: Kind, project: ProjectId, n: usize) -> Order {
    Order {
        key: format!("{provider}:{kind:?}:{n}"),
        provider,
        kind,
        amount: Amount::new(1).expect("one credit"),
        what: What::Spend(project),
        at: day(1),
    }
}

async fn a_granted_provider(db: &Db, name: &str, kind: Kind) -> anyhow::Result<ProviderId> {
    let provider = a_provider(db, name, day(0)).await?;
    let mut tx = db.begin().await?;
    let grant = Order {
        key: format!("grant:{provider}"),
        amount: Amount::new(1_000_000).expect("in range"),
        what: What::Grant,
        ..spend(provider, kind, ProjectId::at(day(0)), 0)
    };
    store::grant(&mut tx, &grant, day(1)).await?;
    tx.commit().await?;
    Ok(provider)
}

async fn one_by_one(
    db: &Db,
    provider: ProviderId,
    kind: Kind,
    projects: &[ProjectId],
) -> anyhow::Result<()> {
    for (n, project) in projects.iter().enumerate() {
        let mut tx = db.begin().await?;
        store::spend(&mut tx, &spend(provider, kind, *project, n), day(1)).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn all_at_once(db: &Db, provider: ProviderId, projects: &[ProjectId]) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    for (n, project) in projects.iter().enumerate() {
        store::spend(&mut tx, &spend(provider, Kind::View, *project, n), day(1)).await?;
    }
    Ok(tx.commit().await?)
}

async fn measure(db: Db) -> anyhow::Result<()> {
    let (engine, size) = match db.write() {
        Engine::Sqlite(_) => ("SQLite", PROVED_SQLITE),
        Engine::Postgres(_) => ("PostgreSQL", PROVED_POSTGRES),
    };
    let client = a_client(&db, "C1", day(0)).await?;
    let mut projects = Vec::new();
    for n in 0..1_000 {
        projects.push(a_pending_project(&db, client, &format!("P{n}"), day(0)).await?);
    }
    let mut providers = Vec::new();
    for n in 0..CLIENTS {
        providers.push(a_granted_provider(&db, &format!("V{n}"), Kind::Offer).await?);
    }
    let began = Instant::now();
    let mine = &projects[..SPENDS];
    try_join_all((providers.iter()).map(|provider| one_by_one(&db, *provider, Kind::Offer, mine)))
        .await?;
    let rate = per_second(CLIENTS * SPENDS, began);
    println!("{engine}: {rate:.0} transfers/s, {CLIENTS} clients, one commit each");

    let began = Instant::now();
    for n in 0..size / projects.len() {
        let provider = a_granted_provider(&db, &format!("W{n}"), Kind::View).await?;
        all_at_once(&db, provider, &projects).await?;
    }
    let rate = per_second(size, began);
    println!("{engine}: {rate:.0} transfers/s, a thousand to a commit");

    let began = Instant::now();
    let proven = store::prove(&db).await?;
    anyhow::ensure!(proven.first_bad.is_none(), "{:?}", proven.first_bad);
    let took = began.elapsed().as_secs_f64();
    println!("{engine}: {} entries proved in {took:.1} s", proven.entries);
    Ok(())
}

fn per_second(count: usize, began: Instant) -> f64 {
    f64::from(u32::try_from(count).expect("small")) / began.elapsed().as_secs_f64()
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("the operating system gives threads");
    runtime.block_on(each_engine(measure));
}
