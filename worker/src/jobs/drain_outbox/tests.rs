use chrono::{DateTime, TimeDelta, Utc};
use relance_shared::account::{ClientId, Locale};
use relance_shared::clock::Clock;
use relance_shared::config::{MailTransport, Settings};
use relance_shared::db::Db;
use relance_shared::discord_out::{self, Body, Message, To};
use relance_shared::mail::{Composer, FollowUpProject, FollowUpValues, Letter, LetterKind};
use relance_shared::outbox::State;
use relance_shared::project::ProjectId;
use relance_shared::testing::store::{a_client, a_pending_project, a_provider};
use relance_shared::testing::{day, each_engine};
use serde_json::json;

use super::*;

fn env(db: &Db, clock: &Clock, folder: &tempfile::TempDir) -> Env {
    let mut env = Env::for_tests(db, clock);
    let settings = Settings {
        data: folder.path().to_owned(),
        ..Settings::default()
    };
    env.settings = settings.into();
    env
}

fn follow_up(client: ClientId, project: ProjectId, dedupe: &str, due_at: DateTime<Utc>) -> Letter {
    let line = FollowUpProject {
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
        zone: chrono_tz::Europe::Paris,
        dedupe: dedupe.to_owned(),
        due_at,
        projects: vec![project],
        values: FollowUpValues {
            projects: vec![line],
        }
        .into_value(),
    }
}

async fn put(env: &Env, count: usize) -> anyhow::Result<()> {
    let client = a_client(&env.db, "C1", day(0)).await?;
    let project = a_pending_project(&env.db, client, "P1", day(0)).await?;
    let composer = Composer::new(&env.settings, &env.keys)?;
    let letters: Result<Vec<_>, _> = (0..count)
        .map(|n| composer.compose(&follow_up(client, project, &n.to_string(), day(3)), day(3)))
        .collect();
    let mut tx = env.db.begin().await?;
    store::put(&mut tx, &letters?, day(3)).await?;
    Ok(tx.commit().await?)
}

// a23: each letter is one file of the mail folder, whatever the number of runs.
#[tokio::test]
async fn every_due_letter_is_one_file_of_the_mail_folder() {
    each_engine(async |db| {
        let folder = tempfile::TempDir::new()?;
        let env = env(&db, &Clock::fixed(day(3)), &folder);
        put(&env, 45).await?;
        let runs = [drain(&env), drain(&env)];
        let drained = futures_util::future::try_join_all(runs).await?;
        assert_eq!(drained.iter().map(|run| run.accepted).sum::<usize>(), 45);
        let new = folder.path().join("mail/out/new");
        assert_eq!(std::fs::read_dir(new)?.count(), 45);
        assert_eq!(drain(&env).await?, Drained::default());
        let states = store::count(&db).await?;
        assert_eq!(
            states
                .iter()
                .map(|c| (c.state, c.letters))
                .collect::<Vec<_>>(),
            [(State::Accepted, 45)]
        );
        Ok(())
    })
    .await;
}

// O7, o7: a relay that refuses is told to whoever asks, from another process too: since when, why, how many letters wait.
#[tokio::test]
async fn a_relay_that_refuses_is_told_until_it_is_back() {
    each_engine(async |db| {
        let folder = tempfile::TempDir::new()?;
        // Taken and given back: nobody listens there.
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let mut there = env(&db, &Clock::fixed(day(3)), &folder);
        put(&there, 2).await?;
        let mut settings = (*there.settings).clone();
        settings.mail.transport = MailTransport::Smtp;
        settings.mail.smtp_url = Some(format!("smtp://127.0.0.1:{port}").into());
        let mut dead = there.clone();
        dead.settings = settings.into();
        let drained = drain(&dead).await?;
        assert!(drained.away.is_some() && drained.accepted == 0);
        let away = store::standing_away(&db).await?.expect("it refuses");
        assert_eq!(
            (away.since_at, away.why.as_str()),
            (day(3), "cannot connect to the relay: connection refused")
        );
        assert!(away.failures >= 3 && away.again_at > away.failed_at);
        assert_eq!(store::waiting(&db, day(3)).await?, 2);
        dead.clock.set(day(3) + TimeDelta::minutes(1));
        drain(&dead).await?;
        let later = store::standing_away(&db).await?.expect("it still refuses");
        assert!(later.since_at == away.since_at && later.failed_at > away.failed_at);
        // The mail folder stands in for a relay that is back.
        there.clock = Clock::fixed(day(3) + TimeDelta::minutes(2));
        assert_eq!(drain(&there).await?.accepted, 2);
        assert_eq!(store::standing_away(&db).await?, None);
        Ok(())
    })
    .await;
}

fn decision(to: To, dedupe: &str) -> Message {
    let values = json!({"reference": "P1", "title": "Un site", "approved": false, "reason": "no", "credits": 1, "news": null,
        "locale": "fr"});
    Message {
        to,
        dedupe: dedupe.to_owned(),
        body: Body {
            text: "declined".to_owned(),
            buttons: Vec::new(),
        },
        letter: Some((LetterKind::RefundDecision, values)),
    }
}

// A decision that no bot takes within an hour goes by mail, once; a younger one waits for the bot, and a card for the
// staff stays on Discord.
#[tokio::test]
async fn a_decision_that_no_bot_takes_goes_by_mail_once() {
    each_engine(async |db| {
        let folder = tempfile::TempDir::new()?;
        let env = env(&db, &Clock::fixed(day(1)), &folder);
        let provider = a_provider(&db, "V1", day(0)).await?;
        let mut tx = db.begin().await?;
        let old = [
            decision(To::Provider(provider), "old"),
            decision(To::Review, "card"),
        ];
        discord_out::store::put(&mut tx, &old, day(0)).await?;
        let new = [decision(To::Provider(provider), "new")];
        discord_out::store::put(&mut tx, &new, day(1)).await?;
        tx.commit().await?;
        run(&env).await?;
        run(&env).await?;
        let letters = folder.path().join("mail/out/new");
        assert_eq!(std::fs::read_dir(letters)?.count(), 1);
        let waiting = discord_out::store::claim(&db, day(1)).await?;
        assert_eq!(waiting.len(), 2, "the young one and the card");
        Ok(())
    })
    .await;
}

#[test]
fn a_claim_grows_while_letters_go_fast_and_shrinks_when_they_do_not() {
    let (fast, slow) = (Duration::from_millis(5), Duration::from_secs(1));
    assert_eq!(next_rows(8, 8, fast), 16);
    assert_eq!(next_rows(128, 128, fast), CLAIM_ROWS_MAX);
    assert_eq!(next_rows(50, 3, fast), 50, "few letters say nothing");
    assert_eq!(next_rows(50, 50, slow), 25);
    assert_eq!(next_rows(8, 8, slow), CONNECTIONS_MAX);
}
