use chrono_tz::Europe::Paris;
use serde_json::json;

use super::*;
use crate::account::{ClientId, Locale};
use crate::clock::Clock;
use crate::db::Db;
use crate::env::Env;
use crate::mail::{Composer, FollowUpProject, FollowUpValues, Letter, LetterKind};
use crate::project::ProjectId;
use crate::testing::store::{a_client, a_pending_project};
use crate::testing::{day, each_engine};

fn composer(db: &Db) -> Composer {
    let env = Env::for_tests(db, &Clock::fixed(day(0)));
    Composer::new(&env.settings, &env.keys).unwrap()
}

fn follow_up(client: ClientId, projects: &[ProjectId], dedupe: &str) -> Letter {
    let line = |_: &ProjectId| FollowUpProject {
        reference: "P1".to_owned(),
        title: "Un site".to_owned(),
        published_at: day(0),
    };
    Letter {
        kind: LetterKind::FollowUp,
        client: Some(client),
        provider: None,
        name: "Client C1".to_owned(),
        email: "C1@clients.example".to_owned(),
        locale: Locale::Fr,
        zone: Paris,
        dedupe: dedupe.to_owned(),
        due_at: day(3),
        projects: projects.to_vec(),
        values: FollowUpValues {
            projects: projects.iter().map(line).collect(),
        }
        .into_value(),
    }
}

async fn put_one(db: &Db, letter: &Letter) -> anyhow::Result<u64> {
    let composed = composer(db).compose(letter, day(3))?;
    let mut tx = db.begin().await?;
    let put = put(&mut tx, &[composed], day(3)).await?;
    tx.commit().await?;
    Ok(put)
}

// E5: a unique key in the database carries "once".
#[tokio::test]
async fn the_same_cause_is_written_about_once() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        let project = a_pending_project(&db, client, "P1", day(0)).await?;
        let composer = composer(&db);
        let letters = ["a", "b", "a"].map(|dedupe| {
            composer
                .compose(&follow_up(client, &[project], dedupe), day(3))
                .unwrap()
        });
        let mut tx = db.begin().await?;
        assert_eq!(put(&mut tx, &letters, day(3)).await?, 2);
        tx.commit().await?;
        assert_eq!(put_one(&db, &follow_up(client, &[project], "b")).await?, 0);
        let lines: i64 = on_engine!(db.read(), pool =>
            sqlx::query_scalar("SELECT COUNT(*) FROM outbox_projects").fetch_one(pool).await)?;
        assert_eq!(lines, 2, "a letter that was there already gets no lines");
        Ok(())
    })
    .await;
}

// E1: the drain is woken in the transaction that puts the letter.
#[tokio::test]
async fn a_letter_put_wakes_the_drain() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        let letter = Letter {
            kind: LetterKind::SignIn,
            projects: Vec::new(),
            values: json!({"url": "https://relance.example/s/x", "minutes": 30}),
            ..follow_up(client, &[], "sign_in:1")
        };
        assert_eq!(put_one(&db, &letter).await?, 1);
        let jobs = queue::store::list(&db).await?;
        assert!(
            jobs.iter()
                .any(|job| job.job == "drain-outbox" && job.asked == 1)
        );
        Ok(())
    })
    .await;
}
