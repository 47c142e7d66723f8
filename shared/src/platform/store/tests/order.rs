//! The state does not depend on the order in which events arrive.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Everything that can happen to two projects, some of it twice, some of it contradicting.
fn a_history() -> Vec<RawEvent> {
    let mut events = a_market();
    events.extend([
        event(
            "c1b",
            "client.upserted",
            4,
            &json!({"client": "C1", "name": "Ana B.", "email": "ana@new.example"}),
        ),
        event(
            "c1c",
            "client.upserted",
            4,
            &json!({"client": "C1", "name": "Ana C.", "phone": "+33639980001"}),
        ),
        event("s1", "client.seen", 5, &json!({"client": "C1"})),
        event(
            "u1",
            "project.updated",
            3,
            &json!({"project": "P1", "title": "Un grand site"}),
        ),
        event(
            "u2",
            "project.updated",
            2,
            &json!({"project": "P1", "title": "Un site web", "budget": 700}),
        ),
        event(
            "p2",
            "project.published",
            2,
            &json!({"project": "P2", "client": "C2", "title": "Un logo"}),
        ),
        event(
            "sub1",
            "subscription.changed",
            3,
            &json!({"provider": "V1", "plan": "privilege", "from": "2026-01-03T00:00:00Z"}),
        ),
        event(
            "sub2",
            "subscription.changed",
            4,
            &json!({"provider": "V1", "plan": "basic", "from": "2026-01-03T00:00:00Z"}),
        ),
        event(
            "wd1",
            "application.withdrawn",
            4,
            &json!({"project": "P1", "provider": "V1"}),
        ),
        event(
            "a3",
            "application.created",
            5,
            &json!({"project": "P1", "provider": "V2", "kind": "view", "credits": 3}),
        ),
        event(
            "wd2",
            "application.withdrawn",
            3,
            &json!({"project": "P1", "provider": "V2", "kind": "view"}),
        ),
        awarded("w1", 6),
        cancelled("x1", 5, "C1"),
        cancelled("x2", 8, "C1"),
        event("w2", "project.award_revoked", 9, &json!({"project": "P1"})),
        event(
            "r1",
            "project.reopened_by_client",
            10,
            &json!({"project": "P1", "client": "C1"}),
        ),
        event(
            "w3",
            "project.awarded",
            10,
            &json!({"project": "P2", "provider": "V2"}),
        ),
        event(
            "q1",
            "project.praised",
            3,
            &json!({"project": "P1", "stars": 5}),
        ),
    ]);
    events
}

// P6: order, batches and repetition of arrival do not matter, and nothing is left waiting.
#[tokio::test]
async fn any_order_of_arrival_gives_the_same_state() {
    let reference = {
        let (_folder, db) = crate::testing::sqlite().await;
        take(&db, &keys(), Source::File, &a_history(), day(20))
            .await
            .unwrap();
        whole(&db).await.unwrap()
    };
    each_engine(async |db| {
        take(&db, &keys(), Source::File, &a_history(), day(20)).await?;
        assert_eq!(whole(&db).await?, reference);
        Ok(())
    })
    .await;
    let mut runner = proptest::test_runner::TestRunner::new(proptest::test_runner::Config {
        cases: 24,
        failure_persistence: None,
        ..Default::default()
    });
    let runtime = tokio::runtime::Handle::current();
    let order = Just((0..a_history().len()).collect::<Vec<_>>()).prop_shuffle();
    tokio::task::spawn_blocking(move || {
        runner
            .run(&(order, 1..9_usize), |(order, batch)| {
                let events = a_history();
                let shuffled: Vec<RawEvent> = order
                    .iter()
                    .chain(&order[..5])
                    .map(|at| events[*at].clone())
                    .collect();
                let (rows, waiting) = runtime.block_on(async {
                    let (_folder, db) = crate::testing::sqlite().await;
                    for batch in shuffled.chunks(batch) {
                        take(&db, &keys(), Source::File, batch, day(20))
                            .await
                            .unwrap();
                    }
                    (whole(&db).await.unwrap(), waiting_count(&db).await.unwrap())
                });
                prop_assert_eq!(waiting, 0);
                prop_assert_eq!(&rows, &reference);
                Ok(())
            })
            .unwrap();
    })
    .await
    .unwrap();
}
