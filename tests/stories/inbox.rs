//! Answers from a client's mail program to the timeline, through a real relay and a real mailbox.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use lettre::address::Envelope;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use relance_shared::clock::Clock;
use relance_shared::config::{MailInbox, Settings};
use relance_shared::db::Db;
use relance_shared::env::Env;
use relance_shared::mail::reply_token;
use relance_shared::on_engine;
use relance_shared::outbox::store as outbox;
use relance_shared::queue;
use relance_shared::testing::{day, each_engine};
use relance_tests::mail_servers::MailServers;
use relance_worker::jobs::{drain_outbox, read_inbox};
use relance_worker::mailbox::{self, Taken};

use crate::letters;

mod ways;

/// The user whose INBOX takes everything to `reply+…`.
const USER: &str = "reply";
/// As the relay signs what it checked.
const AUTHSERV: &str = "relay.test";

fn env(db: &Db, servers: &MailServers) -> Env {
    let letters = letters::env(db, &Clock::fixed(day(3)), &servers.smtp_url());
    let mut settings = Settings::clone(&letters.settings);
    settings.mail.inbox = MailInbox::Imap;
    settings.mail.imap_url = Some(servers.imap_url(USER).into());
    settings.mail.trusted_authserv = Some(AUTHSERV.to_owned());
    Env {
        settings: Arc::new(settings),
        ..letters
    }
}

async fn send(servers: &MailServers, to: &str, raw: &[u8]) -> anyhow::Result<()> {
    let relay = AsyncSmtpTransport::<Tokio1Executor>::from_url(&servers.smtp_url())?.build();
    let envelope = Envelope::new(Some("anne@clients.example".parse()?), vec![to.parse()?])?;
    relay.send_raw(&envelope, raw).await?;
    Ok(())
}

/// An answer as a relay that checks DMARC hands it over: on top, its own words about the sender.
fn answer(to: &str, message_id: &str, words: &str) -> Vec<u8> {
    format!(
        "Authentication-Results: {AUTHSERV}; dmarc=pass header.from=clients.example\r\n\
         From: Anne <anne@clients.example>\r\nTo: <{to}>\r\nDate: Thu, 04 Jan 2024 10:00:00 +0100\r\n\
         Subject: Re: Votre projet\r\nMessage-ID: <{message_id}@clients.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{words}\r\n"
    )
    .into_bytes()
}

/// Messages in a folder of the mailbox; none when there is no such folder.
fn lying(maildir: &Path, folder: &str) -> usize {
    ["new", "cur"]
        .iter()
        .filter_map(|part| std::fs::read_dir(maildir.join(folder).join(part)).ok())
        .map(Iterator::count)
        .sum()
}

async fn rows(db: &Db) -> anyhow::Result<Vec<(String, String)>> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as("SELECT state, matched FROM inbox ORDER BY received_at, id")
            .fetch_all(pool).await)?,
    )
}

async fn stage(db: &Db) -> anyhow::Result<Option<String>> {
    let stage: Option<Option<String>> = on_engine!(db.read(), pool => sqlx::query_scalar("SELECT stage FROM project_facts")
        .fetch_optional(pool).await)?;
    Ok(stage.flatten())
}

// a7, a24, E7: letter, answer and timeline through Postfix and Dovecot; what is moved back or comes twice changes nothing.
#[tokio::test]
async fn an_answer_sent_by_mail_is_on_the_timeline_once() {
    each_engine(async |db| {
        let servers = MailServers::start().await?;
        let env = env(&db, &servers);
        letters::put_follow_ups(&env, &["anne".to_owned()]).await?;
        assert_eq!(drain_outbox::drain(&env).await?.accepted, 1);
        servers.arrived("anne", 1).await?;
        let letter = outbox::list(&db, None, 1).await?.remove(0);
        let to = format!(
            "reply+{}@reponse.place.example",
            reply_token(&env.keys, letter.id)
        );
        assert_eq!(stage(&db).await?, None);

        let words = "Bonjour, je cherche toujours un prestataire.";
        send(&servers, &to, &answer(&to, "first", words)).await?;
        servers.arrived(USER, 1).await?;
        read_inbox::run(&env).await?;
        let maildir = servers.maildir(USER);
        assert_eq!(lying(&maildir, ""), 0, "nothing waits in the mailbox");
        assert_eq!(lying(&maildir, ".Relance.Done"), 1);
        let once = vec![("filed".to_owned(), "token".to_owned())];
        assert_eq!(rows(&db).await?, once);
        assert_eq!(stage(&db).await?.as_deref(), Some("searching"));

        read_inbox::run(&env).await?;
        assert_eq!(rows(&db).await?, once);

        // The same message once more, as after a crash between storing and moving.
        send(&servers, &to, &answer(&to, "first", words)).await?;
        servers.arrived(USER, 1).await?;
        assert_eq!(
            mailbox::take(&env).await?,
            Taken {
                known: 1,
                ..Taken::default()
            }
        );
        assert_eq!(rows(&db).await?, once);
        assert_eq!(lying(&maildir, ".Relance.Done"), 2);
        assert_eq!(lying(&maildir, ".Relance.Parked"), 0);
        Ok(())
    })
    .await;
}

// a7, threats about secrets: the operator learns what failed, and the log does not learn the password.
#[tokio::test]
async fn a_refused_login_says_what_to_check_and_not_the_password() {
    each_engine(async |db| {
        let servers = MailServers::start().await?;
        let mut env = env(&db, &servers);
        let mut settings = Settings::clone(&env.settings);
        let wrong = servers.imap_url(USER).replace(":secret@", ":hushhush@");
        settings.mail.imap_url = Some(wrong.into());
        env.settings = Arc::new(settings);
        let error = read_inbox::run(&env)
            .await
            .err()
            .context("a wrong password is refused")?;
        let error = format!("{error:?}");
        assert!(error.contains("mail.imap_url"), "{error}");
        assert!(!error.contains("hushhush"), "{error}");
        Ok(())
    })
    .await;
}

/// Ends when the job has been wished for more than `count` times.
async fn wished(db: &Db, count: i64) -> anyhow::Result<i64> {
    tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let jobs = queue::store::list(db).await?;
            let asked = jobs.iter().find(|row| row.job == "read-inbox");
            if let Some(row) = asked.filter(|row| row.asked > count) {
                return anyhow::Ok(row.asked);
            }
        }
    })
    .await
    .context("nobody hurried the job")?
}

// a7: the server announces what arrives, so an answer does not wait for the schedule.
#[tokio::test]
async fn a_new_message_hurries_the_job() {
    each_engine(async |db| {
        let servers = MailServers::start().await?;
        let env = env(&db, &servers);
        send(
            &servers,
            "reply@reponse.place.example",
            &answer("x@y.example", "one", "Un"),
        )
        .await?;
        servers.arrived(USER, 1).await?;
        let watch = tokio::spawn(mailbox::watch(env));
        let asked = wished(&db, 0).await?;
        // Connected and waiting from here on.
        send(
            &servers,
            "reply@reponse.place.example",
            &answer("x@y.example", "two", "Deux"),
        )
        .await?;
        wished(&db, asked).await?;
        watch.abort();
        Ok(())
    })
    .await;
}
