//! Raw SQL against the rules of the plan.

use super::*;
use crate::testing::store::{a_revocation, an_award};

async fn is_refused(db: &Db, sql: &'static str) -> anyhow::Result<()> {
    let before = whole(db).await?;
    anyhow::ensure!(
        execute(db, sql).await.is_err() || whole(db).await? == before,
        "{sql}"
    );
    Ok(())
}

/// Everything that history consists of, as one number that any change moves.
async fn whole(db: &Db) -> Result<(i64, i64, i64, i64), StoreError> {
    Ok((
        count(db, "SELECT COUNT(*) FROM follow_ups").await?,
        count(
            db,
            "SELECT CAST(COALESCE(SUM(step), 0) AS BIGINT) FROM follow_ups",
        )
        .await?,
        count(
            db,
            "SELECT COUNT(*) FROM call_tasks WHERE outcome IS NOT NULL",
        )
        .await?,
        count(db, "SELECT COUNT(*) FROM call_tasks").await?,
    ))
}

// E5, P1: a step is written once, in order, about a pending project of that client; history stays; calls end once.
#[tokio::test]
async fn the_plan_cannot_be_rewritten() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 1).await?;
        a_client_with(&db, "C2", 1).await?;
        // Letters and a call: two mails, then the call.
        world.live(day(4), day(29), 3).await?;
        anyhow::ensure!(count(&db, "SELECT COUNT(*) FROM call_tasks").await? > 0, "a call was opened");
        for attack in [
            "UPDATE follow_ups SET step = step + 10",
            "UPDATE follow_ups SET reason = 'promised'",
            "DELETE FROM follow_ups",
            "INSERT INTO follow_ups SELECT * FROM follow_ups WHERE step = 1",
            "INSERT INTO follow_ups (project_id, step, client_id, channel, at, letter_id, call_id, mails_in_row, reason, planned_at)
                SELECT project_id, step + 7, client_id, channel, at, letter_id, call_id, mails_in_row, reason, planned_at
                FROM follow_ups WHERE step = 1",
            // Another client's project; neither letter nor call; both; an unknown channel.
            "INSERT INTO follow_ups (project_id, step, client_id, channel, at, letter_id, call_id, mails_in_row, reason, planned_at)
                SELECT s.project_id, 1 + (SELECT MAX(step) FROM follow_ups m WHERE m.project_id = s.project_id), c.id, s.channel,
                    s.at, s.letter_id, s.call_id, s.mails_in_row, s.reason, s.planned_at
                FROM follow_ups s JOIN clients c ON c.id <> s.client_id WHERE s.step = 1",
            "INSERT INTO follow_ups (project_id, step, client_id, channel, at, mails_in_row, reason, planned_at)
                SELECT project_id, 1 + (SELECT MAX(step) FROM follow_ups m WHERE m.project_id = s.project_id), client_id, 'email',
                    at, 1, reason, planned_at FROM follow_ups s WHERE step = 1",
            "INSERT INTO follow_ups (project_id, step, client_id, channel, at, letter_id, mails_in_row, reason, planned_at)
                SELECT project_id, 1 + (SELECT MAX(step) FROM follow_ups m WHERE m.project_id = s.project_id), client_id, 'pigeon',
                    at, letter_id, 1, reason, planned_at FROM follow_ups s WHERE step = 1",
            "UPDATE call_tasks SET outcome = 'spoke', ended_at = opened_at WHERE outcome IS NOT NULL",
            "UPDATE call_tasks SET outcome = 'charmed', ended_at = opened_at",
            "UPDATE call_tasks SET outcome = 'spoke'",
            "UPDATE call_tasks SET expires_at = due_at",
            "DELETE FROM call_tasks",
            "INSERT INTO call_tasks SELECT * FROM call_tasks",
            "INSERT INTO call_tasks (id, client_id, opened_at, due_at, expires_at, outcome, ended_at)
                SELECT id, id, created_at, created_at, created_at, 'spoke', created_at FROM clients",
        ] {
            is_refused(&db, attack).await?;
        }
        let replace = "INSERT OR REPLACE INTO follow_ups SELECT * FROM follow_ups";
        if matches!(db.write(), Engine::Sqlite(_)) {
            is_refused(&db, replace).await?;
            is_refused(&db, "REPLACE INTO call_tasks SELECT * FROM call_tasks").await?;
        } else {
            is_refused(&db, "TRUNCATE follow_ups").await?;
            is_refused(&db, "TRUNCATE call_tasks CASCADE").await?;
        }
        Ok(())
    })
    .await;
}

// S6, P5: each pending project has exactly one row that says when it is looked at again, whatever is done to it.
#[tokio::test]
async fn no_pending_project_is_forgotten_by_the_plan() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        let (client, projects) = a_client_with(&db, "C1", 3).await?;
        let missing =
            "SELECT COUNT(*) FROM projects p LEFT JOIN follow_up_due d ON d.project_id = p.id
            WHERE (p.state = 'pending') <> (d.project_id IS NOT NULL)";
        world.live(day(4), day(9), 6).await?;
        assert_eq!(count(&db, missing).await?, 0);
        let provider = a_provider(&db, "P1", day(0)).await?;
        an_award(&db, "C1-0", provider, day(10)).await?;
        assert_eq!(count(&db, missing).await?, 0, "awarded");
        assert_eq!(count(&db, "SELECT COUNT(*) FROM follow_up_due").await?, 2);
        a_revocation(&db, "C1-0", day(11)).await?;
        assert_eq!(count(&db, missing).await?, 0, "revoked");
        world.env.clock.set(day(12));
        world
            .hear(
                client,
                Some(projects[1]),
                LineKind::Answer,
                Some(Stage::Searching),
            )
            .await?;
        assert_eq!(
            count(
                &db,
                "SELECT COUNT(*) FROM follow_up_due WHERE due_at IS NULL"
            )
            .await?,
            2,
            "the revoked and the answered"
        );
        let twice = "INSERT INTO follow_up_due SELECT * FROM follow_up_due";
        assert!(execute(&db, twice).await.is_err());
        Ok(())
    })
    .await;
}
