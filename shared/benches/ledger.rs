//! How fast credits move, how fast the ledger is proved and the queue of refund requests read. Goals: 300 transfers a
//! second on SQLite with FULL synchronisation and 400 on PostgreSQL, each committed by itself; a million entries proved in
//! under 60 s; a queue of 10,000 requests listed in under 100 ms.
//!
//! `cargo bench -p relance-shared --bench ledger --features testing`, with a cluster in `RELANCE_TEST_POSTGRES`.

use std::time::Instant;

use futures_util::future::try_join_all;
use relance_shared::account::ProviderId;
use relance_shared::credit::{Amount, Kind, Order, What, store};
use relance_shared::db::{Db, Engine};
use relance_shared::project::ProjectId;
use relance_shared::refund::store::{QUEUE_ROWS_MAX, queue, waiting};
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

async fn all_at_once(
    db: &Db,
    provider: ProviderId,
    kind: Kind,
    projects: &[ProjectId],
) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    for (n, project) in projects.iter().enumerate() {
        store::spend(&mut tx, &spend(provider, kind, *project, n), day(1)).await?;
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
        all_at_once(&db, provider, Kind::View, &projects).await?;
    }
    let rate = per_second(size, began);
    println!("{engine}: {rate:.0} transfers/s, a thousand to a commit");

    queue_of_ten_thousand(&db, engine, &projects).await?;

    let began = Instant::now();
    let proof = store::prove(&db).await?;
    anyhow::ensure!(proof.first_bad.is_none(), "{:?}", proof.first_bad);
    let took = began.elapsed().as_secs_f64();
    println!("{engine}: {} entries proved in {took:.1} s", proof.entries);
    Ok(())
}

/// Requests of ten providers on every project, put as the door would, then the first page of the queue.
async fn queue_of_ten_thousand(
    db: &Db,
    engine: &str,
    projects: &[ProjectId],
) -> anyhow::Result<()> {
    const FILL: &str = "INSERT INTO refund_requests (id, number, spend, provider_id, project_id, kind, amount, reason,
            story, proof, locale, surface, idempotency_key, opened_at, state, state_at)
        SELECT t.id, n.number, t.id, t.provider_id, t.project_id, t.kind, t.amount, 'other', 'x', '', 'fr', 'command',
            'bench:' || n.number, t.at, 'open', t.at
        FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS number FROM transfers
            WHERE purpose = 'spend' AND kind = 'contact') n JOIN transfers t ON t.id = n.id";
    for n in 0..10 {
        let provider = a_granted_provider(db, &format!("Q{n}"), Kind::Contact).await?;
        all_at_once(db, provider, Kind::Contact, projects).await?;
    }
    relance_shared::on_engine!(db.write(), pool => sqlx::query(FILL).execute(pool).await.map(drop))?;
    let began = Instant::now();
    let rows = queue(db, 0, QUEUE_ROWS_MAX).await?;
    let waiting = waiting(db).await?;
    let took = began.elapsed().as_secs_f64() * 1_000.0;
    println!(
        "{engine}: {} of {waiting} requests listed in {took:.1} ms",
        rows.len()
    );
    Ok(())
}

fn per_second(count: usize, began: Instant) -> f64 {
    f64::from(u32::try_from(count).expect("small")) / began.elapsed().as_secs_f64()
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("the operating system gives threads");
    runtime.block_on(each_engine(measure));
}
