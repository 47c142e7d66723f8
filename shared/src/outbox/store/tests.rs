mod guards;
mod held;
mod relay;

use chrono_tz::Europe::Paris;
use serde_json::json;

use super::*;
use crate::account::{ClientId, Locale, Mails};
use crate::answer;
use crate::clock::Clock;
use crate::contact::{self, Channel, Line, LineKind, Stage};
use crate::db::Db;
use crate::env::Env;
use crate::mail::{Composer, FollowUpProject, FollowUpValues, Letter, LetterKind};
use crate::outbox::Verdict;
use crate::project::ProjectId;
use crate::testing::store::{a_client, a_pending_project, each_prepares};
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

async fn claimed(db: &Db, at: DateTime<Utc>) -> anyhow::Result<Vec<Claimed>> {
    Ok(claim(db, CLAIM_ROWS_MAX, at).await?.letters)
}

fn said(letter: &Claimed, verdict: Verdict) -> Settled {
    Settled {
        id: letter.id,
        fence: letter.fence,
        attempts: letter.attempts,
        verdict,
        due_at: None,
    }
}

async fn only(db: &Db) -> anyhow::Result<LetterRow> {
    Ok(list(db, None, 10).await?.remove(0))
}

async fn run(db: &Db, sql: &'static str) -> Result<u64, sqlx::Error> {
    on_engine!(db.write(), pool => sqlx::query(sql).execute(pool).await.map(|done| done.rows_affected()))
}

async fn a_follow_up(db: &Db) -> anyhow::Result<(ClientId, ProjectId)> {
    let client = a_client(db, "C1", day(0)).await?;
    let project = a_pending_project(db, client, "P1", day(0)).await?;
    put_one(db, &follow_up(client, &[project], "a")).await?;
    Ok((client, project))
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(ALL_SQL, &[]).await;
}

// E3, S9: accepted is one line on the timeline of each project; the letter counts as a question.
#[tokio::test]
async fn an_accepted_letter_is_one_line_on_the_timeline() {
    each_engine(async |db| {
        a_follow_up(&db).await?;
        assert!(claimed(&db, day(2)).await?.is_empty(), "not due yet");
        let letters = claimed(&db, day(3)).await?;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].attempts, 1);
        assert!(
            claimed(&db, day(3)).await?.is_empty(),
            "nobody else gets it"
        );
        assert_eq!(only(&db).await?.state, State::Sending);
        assert_eq!(
            record(&db, &[said(&letters[0], Verdict::Accepted)], day(3)).await?,
            1
        );
        assert_eq!(only(&db).await?.state, State::Accepted);
        let mails: i64 = on_engine!(db.read(), pool => sqlx::query_scalar(
            "SELECT mails_unanswered FROM project_facts").fetch_one(pool).await)?;
        assert_eq!(mails, 1);
        let again = record(
            &db,
            &[said(&letters[0], Verdict::Refused("554".to_owned()))],
            day(3),
        )
        .await?;
        assert_eq!(again, 0, "a verdict is recorded once");
        Ok(())
    })
    .await;
}

// E5, E7: two who claim at once never get the same letter.
#[tokio::test]
async fn claims_at_once_share_no_letter() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        let project = a_pending_project(&db, client, "P1", day(0)).await?;
        let composer = composer(&db);
        let letters: Vec<Composed> = (0..120)
            .map(|n| {
                composer
                    .compose(&follow_up(client, &[project], &n.to_string()), day(3))
                    .unwrap()
            })
            .collect();
        let mut tx = db.begin().await?;
        put(&mut tx, &letters, day(3)).await?;
        tx.commit().await?;
        let claims = (0..4).map(|_| claim(&db, 40, day(3)));
        let claims = futures_util::future::try_join_all(claims).await?;
        let mut ids: Vec<_> = claims
            .iter()
            .flat_map(|c| &c.letters)
            .map(|l| l.id)
            .collect();
        let found = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), found, "no letter twice");
        assert!(found >= 40);
        Ok(())
    })
    .await;
}

// E4: each reason that makes a letter wrong between planning and sending stops it, at the last moment.
#[tokio::test]
async fn a_letter_that_became_wrong_is_withdrawn_with_the_reason() {
    each_engine(async |db| {
        let (client, project) = a_follow_up(&db).await?;
        let answer = Line {
            client,
            project: Some(project),
            kind: LineKind::Answer,
            channel: Channel::Page,
            stage: Some(Stage::Searching),
            ask_again_at: None,
            note: None,
            source: "page:1".to_owned(),
            at: day(4),
        };
        let mut tx = db.begin().await?;
        contact::store::append(&mut tx, &[answer], day(4)).await?;
        tx.commit().await?;
        let claim = claim(&db, 10, day(5)).await?;
        assert_eq!((claim.letters.len(), claim.withdrawn), (0, 1));
        let row = only(&db).await?;
        assert_eq!(
            (row.state, row.reason.as_deref()),
            (State::Withdrawn, Some("answered"))
        );
        Ok(())
    })
    .await;
    let spoil = [
        ("UPDATE clients SET mails = 'none'", "opt_out"),
        (
            "UPDATE clients SET email_dead_at = created_at",
            "address_dead",
        ),
        (
            "UPDATE clients SET email = 'other@clients.example'",
            "address_changed",
        ),
        ("UPDATE clients SET email = NULL", "address_changed"),
    ];
    for (sql, reason) in spoil {
        each_engine(async |db| {
            a_follow_up(&db).await?;
            run(&db, sql).await?;
            assert!(claimed(&db, day(5)).await?.is_empty());
            assert_eq!(only(&db).await?.reason.as_deref(), Some(reason));
            Ok(())
        })
        .await;
    }
}

// D2, a29: the opt-out is effective on queued letters; what the client just asked for is still sent, a complaint stops all.
#[tokio::test]
async fn a_suppressed_address_gets_service_mail_but_no_follow_up() {
    each_engine(async |db| {
        let (client, _) = a_follow_up(&db).await?;
        let sign_in = Letter {
            kind: LetterKind::SignIn,
            values: json!({"url": "https://relance.example/s/x", "minutes": 30}),
            ..follow_up(client, &[], "sign_in:1")
        };
        put_one(&db, &sign_in).await?;
        let suppress = "INSERT INTO suppressions (address_hash, reason, at) VALUES ($1, $2, $3)";
        on_engine!(db.write(), pool => sqlx::query(suppress).bind(address_hash("c1@CLIENTS.example ")).bind("opt_out")
            .bind(day(3)).execute(pool).await.map(drop))?;
        let letters = claimed(&db, day(5)).await?;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].kind, LetterKind::SignIn);
        record(&db, &[said(&letters[0], Verdict::Later("451".to_owned()))], day(5)).await?;
        answer::store::set_mails(&db, client, Mails::Fewer, Channel::Page, day(5)).await?;
        on_engine!(db.write(), pool => sqlx::query(suppress).bind(address_hash("c1@clients.example")).bind("complaint")
            .bind(day(5)).execute(pool).await.map(drop))?;
        assert!(claimed(&db, day(6)).await?.is_empty());
        let reasons: Vec<_> = list(&db, None, 10).await?.into_iter().filter_map(|row| row.reason).collect();
        assert!(reasons.contains(&"suppressed".to_owned()) && reasons.contains(&"complaint".to_owned()));
        Ok(())
    })
    .await;
}

// a15: a mailbox that is not there marks the address, so that the next step is a call; a refusal about us does not.
#[tokio::test]
async fn only_a_refused_address_is_marked_dead() {
    each_engine(async |db| {
        a_follow_up(&db).await?;
        let dead = "SELECT COUNT(*) FROM clients WHERE email_dead_at IS NOT NULL";
        let letter = claimed(&db, day(3)).await?.remove(0);
        record(
            &db,
            &[said(&letter, Verdict::Refused("554 5.7.1".to_owned()))],
            day(3),
        )
        .await?;
        let count: i64 =
            on_engine!(db.read(), pool => sqlx::query_scalar(dead).fetch_one(pool).await)?;
        assert_eq!(count, 0);
        let mut tx = db.begin().await?;
        retry(&mut tx, letter.id, day(4)).await?;
        tx.commit().await?;
        let letter = claimed(&db, day(4)).await?.remove(0);
        record(
            &db,
            &[said(
                &letter,
                Verdict::AddressRefused("550 5.1.1".to_owned()),
            )],
            day(4),
        )
        .await?;
        let count: i64 =
            on_engine!(db.read(), pool => sqlx::query_scalar(dead).fetch_one(pool).await)?;
        assert_eq!(count, 1);
        assert_eq!(only(&db).await?.state, State::Refused);
        Ok(())
    })
    .await;
}

// E3, a23: a sender that died leaves an unknown letter, which only a person sends again, with the same bytes and id.
#[tokio::test]
async fn a_letter_whose_sender_died_is_unknown_until_a_person_decides() {
    each_engine(async |db| {
        a_follow_up(&db).await?;
        let first = claimed(&db, day(3)).await?.remove(0);
        assert_eq!(
            expire(&db, false, day(3)).await?,
            0,
            "it may still be on its way"
        );
        assert_eq!(expire(&db, false, day(3) + SENDING_LEASE).await?, 1);
        let row = only(&db).await?;
        assert_eq!((row.state, row.attempts), (State::Unknown, 1));
        assert!(claimed(&db, day(30)).await?.is_empty(), "never by itself");
        assert_eq!(
            record(&db, &[said(&first, Verdict::Accepted)], day(4)).await?,
            0,
            "a late holder's write is refused"
        );
        let mut tx = db.begin().await?;
        retry(&mut tx, row.id, day(31)).await?;
        tx.commit().await?;
        let second = claimed(&db, day(31)).await?.remove(0);
        assert_eq!(
            (&second.raw, &second.message_id),
            (&first.raw, &first.message_id)
        );
        assert_eq!(
            record(&db, &[said(&first, Verdict::Accepted)], day(31)).await?,
            0,
            "its fence is older"
        );
        assert_eq!(
            record(&db, &[said(&second, Verdict::Accepted)], day(31)).await?,
            1
        );
        let mut tx = db.begin().await?;
        assert!(
            retry(&mut tx, row.id, day(32)).await.is_err(),
            "an accepted letter is not sent again"
        );
        Ok(())
    })
    .await;
}
