//! What the database itself refuses, attacked with raw SQL.

use super::*;

// E1 to E3 and E7 on the database itself: what no code path, script or console may do.
#[tokio::test]
async fn the_database_refuses_what_must_not_happen_to_a_letter() {
    each_engine(async |db| {
        a_follow_up(&db).await?;
        for attack in [
            "UPDATE outbox_messages SET raw = letter_id",
            "DELETE FROM outbox_messages",
            "INSERT INTO outbox_messages SELECT letter_id, raw FROM outbox_messages",
            "UPDATE outbox SET recipient = NULL",
            "UPDATE outbox SET recipient = 'x@y.example'",
            "UPDATE outbox SET message_id = '<x@y>'",
            "UPDATE outbox SET dedupe = 'b'",
            "UPDATE outbox SET kind = 'sign_in'",
            "UPDATE outbox SET client_id = NULL",
            "UPDATE outbox SET state = 'accepted', settled_at = composed_at",
            "UPDATE outbox SET state = 'sent'",
            "UPDATE outbox SET state = 'sending'",
            "UPDATE outbox SET state = 'withdrawn', settled_at = composed_at",
            "UPDATE outbox SET attempts = -1",
            "UPDATE outbox SET fence = -1",
            "UPDATE outbox SET holder = 'me'",
            "DELETE FROM outbox",
            "UPDATE outbox_projects SET line_number = 2",
            "DELETE FROM outbox_projects",
            "INSERT INTO outbox_projects SELECT letter_id, 21, project_id FROM outbox_projects",
        ] {
            assert!(run(&db, attack).await.is_err(), "{attack}");
        }
        run(&db, "UPDATE outbox SET state = 'withdrawn', settled_at = composed_at, reason = 'test'").await?;
        for attack in [
            "UPDATE outbox SET state = 'planned', settled_at = NULL",
            "UPDATE outbox SET state = 'sending', settled_at = NULL, holder = 'me', lease_until = due_at",
        ] {
            assert!(run(&db, attack).await.is_err(), "{attack}");
        }
        // At rest, whom it went to can be forgotten (D4), nothing else.
        assert!(run(&db, "UPDATE outbox SET recipient = NULL").await.is_err());
        run(&db, "DELETE FROM outbox_messages").await?;
        let kept: i64 = on_engine!(db.read(), pool =>
            sqlx::query_scalar("SELECT COUNT(recipient) FROM outbox").fetch_one(pool).await)?;
        assert_eq!(kept, 0, "the address goes with the message");
        let again = "INSERT INTO outbox_messages SELECT id, id FROM outbox";
        assert!(run(&db, again).await.is_err(), "{again}");
        Ok(())
    })
    .await;
}

// E5 on the embedded default: REPLACE walks round triggers that only look at updates and deletions.
#[tokio::test]
async fn a_letter_is_never_replaced() {
    each_engine(async |db| {
        a_follow_up(&db).await?;
        let Engine::Sqlite(pool) = db.write() else {
            return Ok(());
        };
        let into = "INSERT OR REPLACE INTO outbox (id, kind, state, client_id, dedupe, message_id, recipient, address_hash,
            return_path, composed_at, due_at, attempts, fence) ";
        sqlx::query("PRAGMA recursive_triggers = OFF").execute(pool).await?;
        let other = LetterId::at(day(1));
        let statement = sqlx::AssertSqlSafe(format!(
            "{into} SELECT $1, kind, state, client_id, dedupe, message_id || $2, recipient, address_hash,
            return_path, composed_at, due_at, attempts, 7 FROM outbox"
        ));
        sqlx::query(statement).bind(other).bind("x").execute(pool).await?;
        let fences: Vec<i64> = sqlx::query_scalar("SELECT fence FROM outbox").fetch_all(pool).await?;
        assert_eq!(fences, [0], "the same cause again changes nothing");
        Ok(())
    })
    .await;
}

// D4: after their time the message and the address are gone; what became of the letter, its id and its timeline stay.
#[tokio::test]
async fn an_old_letter_is_forgotten_but_not_what_became_of_it() {
    each_engine(async |db| {
        let (client, project) = a_follow_up(&db).await?;
        put_one(&db, &follow_up(client, &[project], "b")).await?;
        let letters = claimed(&db, day(3)).await?;
        assert_eq!(letters.len(), 2);
        record(&db, &[said(&letters[0], Verdict::Accepted)], day(3)).await?;
        record(&db, &[said(&letters[1], Verdict::Later("451".to_owned()))], day(3)).await?;
        assert_eq!(forget(&db, day(3)).await?, 0, "settled on that day, not before it");
        assert_eq!(forget(&db, day(4)).await?, 1, "a letter that still waits is kept");
        assert_eq!(forget(&db, day(4)).await?, 0);
        let (row, raw) = get(&db, letters[0].id).await?;
        assert_eq!((row.state, row.recipient, raw), (State::Accepted, None, None));
        assert_eq!(row.message_id, letters[0].message_id);
        let lines: i64 = on_engine!(db.read(), pool =>
            sqlx::query_scalar("SELECT COUNT(*) FROM contacts WHERE kind = 'letter_sent'").fetch_one(pool).await)?;
        assert_eq!(lines, 1);
        let (_, raw) = get(&db, letters[1].id).await?;
        assert!(raw.is_some());
        let mut tx = db.begin().await?;
        assert!(retry(&mut tx, letters[0].id, day(5)).await.is_err(), "what is gone is not sent again");
        Ok(())
    })
    .await;
}

// E1, E3: what came of one claim and the next claim commit together; a letter that was recorded is not claimed again.
#[tokio::test]
async fn a_claim_is_recorded_with_the_next_one() {
    each_engine(async |db| {
        let (client, project) = a_follow_up(&db).await?;
        put_one(&db, &follow_up(client, &[project], "b")).await?;
        let first = claim(&db, 1, day(3)).await?.letters;
        assert_eq!(first.len(), 1);
        let next = record_and_claim(&db, &[said(&first[0], Verdict::Accepted)], 10, day(3)).await?;
        assert_eq!(next.letters.len(), 1);
        assert_ne!(next.letters[0].id, first[0].id);
        let (row, _) = get(&db, first[0].id).await?;
        assert_eq!(row.state, State::Accepted);
        let (row, _) = get(&db, next.letters[0].id).await?;
        assert_eq!(row.state, State::Sending);
        Ok(())
    })
    .await;
}
