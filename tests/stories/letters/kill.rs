//! kill -9 in a loop: what survives of the letters when the sender does not.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use relance_shared::clock::Clock;
use relance_shared::db::Db;
use relance_shared::outbox::State;
use relance_shared::outbox::store::{self, LetterRow};
use relance_shared::testing::{day, each_engine};
use relance_tests::programs::{program, url_of};
use relance_tests::smtp_sink::{Act, SmtpSink};
use secrecy::ExposeSecret as _;
use tokio::process::Command;

use super::{env, put_follow_ups};

const ROUNDS: usize = 50;
const LETTERS: usize = 900;
/// Longest that a worker may need to send one more letter.
const PATIENCE: Duration = Duration::from_mins(1);

fn worker(
    db: &Db,
    url: &str,
    folder: &std::path::Path,
    at: DateTime<Utc>,
) -> anyhow::Result<Command> {
    let mut command = Command::new(program("relance-worker")?);
    command
        .arg("--data")
        .arg(folder)
        .args(["outbox", "drain"])
        .env("RELANCE__DATABASE__URL", url_of(db).expose_secret())
        .env("RELANCE__MAIL__TRANSPORT", "smtp")
        .env("RELANCE__MAIL__SMTP_URL", url)
        .env("RELANCE__MAIL__PER_SECOND_MAX", "1000000")
        .env("RELANCE__MAIL__PER_DOMAIN_MINUTE_MAX", "1000000")
        .env("RELANCE__CLOCK__SIMULATED", "true")
        .env("RELANCE__CLOCK__AT", at.to_rfc3339())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    Ok(command)
}

async fn all(db: &Db) -> anyhow::Result<Vec<LetterRow>> {
    Ok(store::list(db, None, 10_000).await?)
}

/// How often each Message-ID was received.
fn copies(sink: &SmtpSink) -> BTreeMap<String, usize> {
    let mut copies = BTreeMap::new();
    for letter in sink.received() {
        *copies.entry(letter.message_id()).or_default() += 1;
    }
    copies
}

// a23, E2, E3, E7: no letter is lost; none is repeated by itself; those whose outcome nobody knows are listed, and when a
// person repeats them, the only copies are of letters that had arrived before their sender could write it down.
#[tokio::test]
async fn fifty_kills_lose_no_letter_and_repeat_none_by_themselves() {
    each_engine(async |db| {
        let sink = SmtpSink::start(|_| Act::Accept).await?;
        let folder = tempfile::TempDir::new()?;
        let names: Vec<_> = (0..LETTERS).map(|n| format!("n{n:03}")).collect();
        put_follow_ups(&env(&db, &Clock::fixed(day(3)), &sink.url()), &names).await?;
        let mut at = day(3);
        for round in 0..ROUNDS {
            let before = sink.received().len();
            let mut running = worker(&db, &sink.url(), folder.path(), at)?.spawn()?;
            // Killed after one to nine letters of this round, at whatever it does then.
            let killed_at = sink.reached(before + 1 + round * 7 % 9);
            tokio::time::timeout(PATIENCE, killed_at).await?;
            running.kill().await?;
            at += TimeDelta::minutes(10);
        }
        let copies_then = copies(&sink);
        let unknown = store::list(&db, Some(State::Unknown), 10_000).await?;
        assert!(!unknown.is_empty(), "some kill fell between the final dot and its record");
        // The rest goes in peace.
        let status = worker(&db, &sink.url(), folder.path(), at)?.status().await?;
        assert!(status.success());
        assert!(copies(&sink).values().all(|copies| *copies == 1), "nothing was sent twice by itself");
        let rows = all(&db).await?;
        assert_eq!(rows.len(), LETTERS);
        let once = copies(&sink);
        let (mut arrived_unknown, mut unknown) = (0, 0);
        for row in &rows {
            match row.state {
                State::Accepted => assert!(once.contains_key(&row.message_id), "an accepted letter was lost"),
                State::Unknown => {
                    unknown += 1;
                    arrived_unknown += usize::from(once.contains_key(&row.message_id));
                }
                other => panic!("{} is still {}", row.id, other.as_str()),
            }
        }
        assert!(copies_then.len() >= ROUNDS);
        // A person repeats every unknown one.
        let mut tx = db.begin().await?;
        for row in rows.iter().filter(|row| row.state == State::Unknown) {
            store::retry(&mut tx, row.id, at).await?;
        }
        tx.commit().await?;
        let status = worker(&db, &sink.url(), folder.path(), at)?.status().await?;
        assert!(status.success());
        let after = copies(&sink);
        assert_eq!(after.len(), LETTERS, "every letter arrived");
        assert_eq!(after.values().filter(|copies| **copies == 2).count(), arrived_unknown);
        assert!(after.values().all(|copies| *copies <= 2));
        assert!(all(&db).await?.iter().all(|row| row.state == State::Accepted));
        println!("{ROUNDS} kills: {unknown} of {LETTERS} letters unknown, {arrived_unknown} of them had arrived");
        Ok(())
    })
    .await;
}

// O3: told to stop, a worker ends by itself soon, with every letter either through or handed back.
#[tokio::test]
async fn a_worker_told_to_stop_hands_its_letters_back() {
    each_engine(async |db| {
        let sink = SmtpSink::start(|_| Act::Accept).await?;
        let folder = tempfile::TempDir::new()?;
        let names: Vec<_> = (0..60).map(|n| format!("n{n:03}")).collect();
        let env = env(&db, &Clock::fixed(day(3)), &sink.url());
        put_follow_ups(&env, &names).await?;
        // Slow, so that the signal comes in between.
        let mut slow = worker(&db, &sink.url(), folder.path(), day(3))?;
        let mut running = slow.env("RELANCE__MAIL__PER_SECOND_MAX", "10").spawn()?;
        tokio::time::timeout(PATIENCE, sink.reached(12)).await?;
        let pid = running.id().expect("it runs").to_string();
        std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status()?;
        let status = tokio::time::timeout(PATIENCE, running.wait()).await??;
        assert!(status.success());
        let rows = all(&db).await?;
        let of = |state| rows.iter().filter(|row| row.state == state).count();
        assert_eq!(of(State::Accepted), sink.received().len());
        assert_eq!(of(State::Accepted) + of(State::Planned), 60);
        assert!(of(State::Planned) > 0, "it stopped before the end");
        Ok(())
    })
    .await;
}
