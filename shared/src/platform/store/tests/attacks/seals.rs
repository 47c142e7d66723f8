//! Events that were never taken: the database asks for a seal, the programs whether it holds (P1, P6).

use super::*;
use crate::verify::Finding;

/// An award of P1 that nobody took, with this seal and this time of erasure.
fn planted(id: &str, seal: &str, erased_at: &str) -> String {
    format!(
        "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, seal, erased_at)
        SELECT '{id}', 'file', 'project.awarded', at, received_at, 'P1',
            '{{\"id\":\"{id}\",\"type\":\"project.awarded\",\"at\":\"2026-01-06T12:00:00Z\",\"data\":{{\"project\":\"P1\",\"provider\":\"V1\"}}}}',
            {seal}, {erased_at}
        FROM platform_events WHERE id = 'r4'"
    )
}

// P1, P6, a shadow cancel by a false award: without a seal no award moves a project, whatever a console switches off.
#[tokio::test]
async fn an_award_that_was_never_taken_moves_nothing_without_a_seal() {
    each_engine(async |db| {
        a_stage(&db).await?;
        let is_embedded = matches!(db.write(), Engine::Sqlite(_));
        for (n, seal) in ["NULL", "''", "'AAAAAA.short'"].into_iter().enumerate() {
            for erased_at in ["NULL", "received_at"] {
                let id = format!("w9{n}{}", erased_at.len());
                let event = planted(&id, seal, erased_at);
                let refused = run(&db, &event).await.expect_err(&event).to_string();
                assert!(refused.contains("platform_event_"), "{refused}");
                if is_embedded {
                    let off = format!("PRAGMA ignore_check_constraints = ON; {event}; PRAGMA ignore_check_constraints = OFF");
                    run(&db, &off).await?;
                }
                let award = forged("pending", "in_progress", ("platform", "NULL"), &id, "NULL", VERA);
                let answered = run(&db, &award).await;
                assert_eq!(answered.is_err(), is_embedded, "there was no event to refer to: {answered:?}");
                assert_eq!(state(&db, "P1").await?, "pending");
            }
        }
        Ok(())
    })
    .await;
}

// P1, P6: a seal that was copied is found and its event named, by `verify` and by whoever builds the state again; so are an
// event under a number before all others and one altered behind the guards' back.
#[tokio::test]
async fn an_event_that_was_never_taken_is_found() {
    each_engine(async |db| {
        a_stage(&db).await?;
        let seals = verify::events(&db, &keys()).await?;
        assert_eq!((seals.looked_at, seals.broken), (15, 0), "{seals:?}");
        let copied = "(SELECT seal FROM platform_events WHERE id = 'w2')";
        run(&db, &planted("w9", copied, "NULL")).await?;
        run(&db, &forged("pending", "in_progress", ("platform", "NULL"), "w9", "NULL", VERA)).await?;
        assert_eq!(state(&db, "P1").await?, "in_progress");
        let seals = verify::events(&db, &keys()).await?;
        assert_eq!(seals.broken, 1);
        let Finding { rule, what } = &seals.findings[0];
        assert!(*rule == "P6" && what.contains("event w9 ") && what.contains("project P1 "), "{what}");
        let (_folder, scratch) = crate::testing::sqlite().await;
        let rebuilt = replay::replay(&db, &scratch, &keys(), 0, |_| {}).await;
        assert!(matches!(rebuilt, Err(StoreError::Corrupt { what: "platform event", .. })), "{rebuilt:?}");
        let altered: &[&str] = match db.write() {
            Engine::Sqlite(_) => &[
                "INSERT INTO platform_events (seq, id, source, kind, at, received_at, body, seal)
                    SELECT -7, 'early', 'file', 'x', at, at, '{}', seal FROM platform_events WHERE id = 'w2'",
                "DROP TRIGGER platform_events_only_erased",
                "UPDATE platform_events SET subject = 'P4' WHERE id = 'spare'",
            ],
            Engine::Postgres(_) => &[
                "INSERT INTO platform_events (seq, id, source, kind, at, received_at, body, seal) OVERRIDING SYSTEM VALUE
                    SELECT -7, 'early', 'file', 'x', at, at, '{}', seal FROM platform_events WHERE id = 'w2'",
                "ALTER TABLE platform_events DISABLE TRIGGER platform_events_only_erased",
                "UPDATE platform_events SET subject = 'P4' WHERE id = 'spare'",
            ],
        };
        for sql in altered {
            run(&db, sql).await?;
        }
        assert_eq!(verify::events(&db, &keys()).await?.broken, 3);
        // Another key knows none of them, and says so.
        let other = Keys::new("another key, long enough to sign".into(), None)?;
        let seals = verify::events(&db, &other).await?;
        assert_eq!(seals.broken, seals.looked_at);
        assert!(seals.findings[0].what.contains("web.key_previous"), "{seals:?}");
        Ok(())
    })
    .await;
}
