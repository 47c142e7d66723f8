//! The ledger on both engines: honest commands, races, and attacks with raw SQL.

mod attacks;

use futures_util::future::join_all;
use sqlx::AssertSqlSafe;

use super::*;
use crate::credit::Amount;
use crate::testing::store::{a_client, a_pending_project, a_provider, each_prepares};
use crate::testing::{day, each_engine};

fn order(key: &str, provider: ProviderId, amount: i64, what: What) -> Order {
    Order {
        key: key.to_owned(),
        provider,
        kind: Kind::Offer,
        amount: Amount::new(amount).unwrap(),
        what,
        at: day(1),
    }
}

async fn run(db: &Db, order: &Order) -> Result<Outcome, StoreError> {
    let mut tx = db.begin().await?;
    let outcome = match order.what {
        What::Grant => grant(&mut tx, order, day(1)).await?,
        What::Spend(_) => spend(&mut tx, order, day(1)).await?,
        What::Refund { .. } | What::Correct { .. } => carry_out(&mut tx, order, day(1)).await?,
    };
    tx.commit().await?;
    Ok(outcome)
}

fn done(outcome: Outcome) -> Transfer {
    match outcome {
        Outcome::Done(transfer) => *transfer,
        Outcome::Refused(refused) => panic!("refused: {refused}"),
    }
}

/// A provider with `granted` credits, and `projects` projects.
async fn a_book(
    db: &Db,
    granted: i64,
    projects: usize,
) -> anyhow::Result<(ProviderId, Vec<ProjectId>)> {
    let client = a_client(db, "C1", day(0)).await?;
    let provider = a_provider(db, "V1", day(0)).await?;
    let mut ids = Vec::new();
    for n in 0..projects {
        ids.push(a_pending_project(db, client, &format!("P{n}"), day(0)).await?);
    }
    done(run(db, &order("grant", provider, granted, What::Grant)).await?);
    Ok((provider, ids))
}

async fn attack(db: &Db, sql: &str) -> Result<u64, sqlx::Error> {
    on_engine!(db.write(), pool => sqlx::query(AssertSqlSafe(sql.to_owned())).execute(pool).await
        .map(|done| done.rows_affected()))
}

/// Whether a constraint or a trigger refused it, not a slip in the attack.
fn is_a_rule(error: &sqlx::Error) -> bool {
    let code = (error.as_database_error())
        .and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    let code = code.unwrap_or_default();
    // SQLite: extended codes of SQLITE_CONSTRAINT (19); PostgreSQL: class 23.
    code.parse::<u32>()
        .is_ok_and(|number| number < 20_000 && number & 0xff == 19)
        || (code.len() == 5 && code.starts_with("23"))
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(&ALL_SQL.concat(), &[]).await;
}

// L1, L3: a grant, a spend and a correction; the three accounts always come to nothing.
#[tokio::test]
async fn the_accounts_of_a_book_always_sum_to_zero() {
    each_engine(async |db| {
        let (provider, projects) = a_book(&db, 10, 1).await?;
        let spend = order("spend", provider, 3, What::Spend(projects[0]));
        done(run(&db, &spend).await?);
        let grant = done(run(&db, &order("too much", provider, 100, What::Grant)).await?);
        let correct = What::Correct {
            transfer: grant.id,
            back_to: Account::Issued,
            reason: "granted to the wrong provider".to_owned(),
        };
        done(run(&db, &order("back", provider, 100, correct.clone())).await?);
        let balance = balance(&db, provider, Kind::Offer).await?;
        assert_eq!(
            (balance.issued, balance.available, balance.used),
            (-10, 7, 3)
        );
        let again = run(&db, &order("back again", provider, 100, correct)).await?;
        assert_eq!(again, Outcome::Refused(Refused::AlreadyReversed(grant.id)));
        let margin = margin(&db, provider).await?;
        assert_eq!(
            (margin.granted, margin.used, margin.available),
            (10, 3, 7),
            "N21"
        );
        let proven = prove(&db).await?;
        assert_eq!(
            (proven.transfers, proven.entries, proven.first_bad),
            (4, 8, None)
        );
        Ok(())
    })
    .await;
}

// L7: the same command again gets the same answer; its key with another body is a conflict.
#[tokio::test]
async fn a_key_stands_for_one_transfer_for_ever() {
    each_engine(async |db| {
        let (provider, projects) = a_book(&db, 10, 2).await?;
        let spend = order("k", provider, 3, What::Spend(projects[0]));
        let first = done(run(&db, &spend).await?);
        for _ in 0..3 {
            assert_eq!(done(run(&db, &spend).await?).id, first.id);
        }
        let others = [
            order("k", provider, 4, What::Spend(projects[0])),
            order("k", provider, 3, What::Spend(projects[1])),
            order("k", provider, 3, What::Grant),
            Order {
                kind: Kind::View,
                ..spend.clone()
            },
        ];
        for other in others {
            let answer = run(&db, &other).await?;
            assert_eq!(
                answer,
                Outcome::Refused(Refused::KeyTaken(first.id)),
                "{other:?}"
            );
        }
        assert_eq!(balance(&db, provider, Kind::Offer).await?.available, 7);
        Ok(())
    })
    .await;
}

// At most one spend of each kind per provider and project; another kind is another credit.
#[tokio::test]
async fn one_credit_of_a_kind_is_spent_once_on_a_project() {
    each_engine(async |db| {
        let (provider, projects) = a_book(&db, 10, 1).await?;
        let first = done(run(&db, &order("a", provider, 1, What::Spend(projects[0]))).await?);
        let second = run(&db, &order("b", provider, 1, What::Spend(projects[0]))).await?;
        assert_eq!(second, Outcome::Refused(Refused::AlreadySpent(first.id)));
        Ok(())
    })
    .await;
}

// L2: what a book cannot pay is refused with both figures, kept, and paid by the next grants in the order of the spends.
#[tokio::test]
async fn an_unpaid_spend_waits_for_the_next_grant_and_is_not_lost() {
    each_engine(async |db| {
        let (provider, projects) = a_book(&db, 2, 3).await?;
        for (n, amount) in [(0, 5), (1, 1), (2, 4)] {
            let mut spend = order(&format!("s{n}"), provider, amount, What::Spend(projects[n]));
            spend.at = day(3 - i64::try_from(n)?);
            let outcome = run(&db, &spend).await?;
            assert_eq!(matches!(outcome, Outcome::Done(_)), n == 1);
            run(&db, &spend).await?;
        }
        let waiting: Vec<_> = unpaid(&db).await?.into_iter().map(|u| u.amount).collect();
        assert_eq!(waiting, [4, 5], "the older spend first, each once");
        done(run(&db, &order("g2", provider, 4, What::Grant)).await?);
        assert_eq!(unpaid(&db).await?.len(), 1);
        done(run(&db, &order("g3", provider, 10, What::Grant)).await?);
        assert_eq!(unpaid(&db).await?, []);
        assert_eq!(
            balance(&db, provider, Kind::Offer).await?.available,
            16 - 10
        );
        assert_eq!(prove(&db).await?.first_bad, None);
        Ok(())
    })
    .await;
}

// L2: 160 spends race for 50 credits and exactly 50 pass.
#[tokio::test]
async fn of_160_racing_spends_on_50_credits_exactly_50_pass() {
    each_engine(async |db| {
        let (provider, projects) = a_book(&db, 50, 160).await?;
        let orders: Vec<Order> = (projects.iter().enumerate())
            .map(|(n, project)| order(&format!("s{n}"), provider, 1, What::Spend(*project)))
            .collect();
        let outcomes = join_all(orders.iter().map(|order| run(&db, order))).await;
        let mut passed = 0;
        for outcome in outcomes {
            passed += usize::from(matches!(outcome?, Outcome::Done(_)));
        }
        assert_eq!(passed, 50);
        let balance = balance(&db, provider, Kind::Offer).await?;
        assert_eq!((balance.available, balance.used), (0, 50));
        assert_eq!(
            unpaid(&db).await?.len(),
            100,
            "at most a hundred are listed"
        );
        assert_eq!(prove(&db).await?.first_bad, None);
        Ok(())
    })
    .await;
}

// L7, d12: 400 commands at once, each key four times and once with another body.
#[tokio::test]
async fn four_hundred_commands_at_once_move_each_credit_once() {
    each_engine(async |db| {
        let (provider, projects) = a_book(&db, 1_000, 80).await?;
        let mut orders = Vec::new();
        for (n, project) in projects.iter().enumerate() {
            for attempt in 0..5 {
                let amount = if attempt == 4 { 2 } else { 1 };
                orders.push(order(
                    &format!("s{n}"),
                    provider,
                    amount,
                    What::Spend(*project),
                ));
            }
        }
        let outcomes = join_all(orders.iter().map(|order| run(&db, order))).await;
        for outcome in outcomes {
            assert!(matches!(
                outcome?,
                Outcome::Done(_) | Outcome::Refused(Refused::KeyTaken(_))
            ));
        }
        let proven = prove(&db).await?;
        assert_eq!((proven.transfers, proven.first_bad), (81, None));
        Ok(())
    })
    .await;
}

// O6, L1: what is forged behind the guards' back is found, and the first bad row is named.
#[tokio::test]
async fn the_proof_names_the_first_bad_row() {
    let forgeries = [
        (
            "transfers",
            "UPDATE transfers SET amount = 9 WHERE idempotency_key = 'spend'",
        ),
        (
            "transfers",
            "UPDATE transfers SET at = recorded_at, idempotency_key = 'spend ' WHERE idempotency_key = 'spend'",
        ),
        (
            "entries",
            "UPDATE entries SET after = after + 1 WHERE account = 'available' AND n = 2",
        ),
        ("entries", "DELETE FROM entries WHERE account = 'used'"),
    ];
    for (table, forgery) in forgeries {
        each_engine(async |db| {
            let (provider, projects) = a_book(&db, 10, 1).await?;
            let spend =
                done(run(&db, &order("spend", provider, 3, What::Spend(projects[0]))).await?);
            let guards: Vec<String> = if matches!(db.write(), Engine::Sqlite(_)) {
                vec![
                    format!("DROP TRIGGER {table}_no_update"),
                    format!("DROP TRIGGER {table}_no_delete"),
                ]
            } else {
                vec![format!("ALTER TABLE {table} DISABLE TRIGGER ALL")]
            };
            for guard in guards {
                attack(&db, &guard).await?;
            }
            assert_eq!(attack(&db, forgery).await?, 1, "{forgery}");
            let bad = prove(&db).await?.first_bad.expect("it is found");
            assert!(bad.what.contains(&spend.id.to_string()), "{forgery}: {bad}");
            Ok(())
        })
        .await;
    }
}
