//! Letters from the outbox to a mailbox, and what happens on the way.

mod kill;
mod verdicts;

use std::sync::Arc;

use relance_shared::account::Locale;
use relance_shared::clock::Clock;
use relance_shared::config::{MailTransport, Settings};
use relance_shared::db::{Db, Engine};
use relance_shared::env::Env;
use relance_shared::mail::{
    Composer, FollowUpProject, FollowUpValues, Letter, LetterId, LetterKind, read_bounce_token,
    read_reply_token,
};
use relance_shared::outbox::{State, store};
use relance_shared::testing::store::{a_client, a_pending_project};
use relance_shared::testing::{day, each_engine};
use relance_shared::token::Keys;
use relance_tests::mail_servers::MailServers;
use relance_worker::jobs::drain_outbox::drain;

/// An environment that hands letters to `url`, fast.
pub(crate) fn env(db: &Db, clock: &Clock, url: &str) -> Env {
    let mut settings = Settings::default();
    settings.mail.transport = MailTransport::Smtp;
    settings.mail.smtp_url = Some(url.into());
    settings.mail.from = "Place des projets <bonjour@place.example>".into();
    settings.mail.reply_domain = "reponse.place.example".into();
    settings.mail.per_second_max = 1_000_000;
    settings.mail.per_domain_minute_max = 1_000_000;
    settings.mail.letter_seconds_max = 2;
    settings.web.public_url = "https://relance.place.example".into();
    Env {
        settings: Arc::new(settings),
        ..Env::for_tests(db, clock)
    }
}

/// Puts one follow-up, due on day 3, to each of `names`, a client each.
pub(crate) async fn put_follow_ups(env: &Env, names: &[String]) -> anyhow::Result<()> {
    let composer = Composer::new(&env.settings, &env.keys)?;
    let mut letters = Vec::new();
    for name in names {
        let client = a_client(&env.db, name, day(0)).await?;
        let project = a_pending_project(&env.db, client, &format!("P-{name}"), day(0)).await?;
        let line = FollowUpProject {
            reference: format!("P-{name}"),
            title: "Refonte d’un site".to_owned(),
            published_at: day(0),
        };
        let letter = Letter {
            kind: LetterKind::FollowUp,
            client: Some(client),
            provider: None,
            name: format!("Client {name}"),
            email: format!("{name}@clients.example"),
            locale: Locale::Fr,
            zone: chrono_tz::Europe::Paris,
            dedupe: format!("follow_up:{name}"),
            due_at: day(3),
            projects: vec![project],
            values: FollowUpValues {
                projects: vec![line],
            }
            .into_value(),
        };
        letters.push(composer.compose(&letter, day(3))?);
    }
    let mut tx = env.db.begin().await?;
    store::put(&mut tx, &letters, day(3)).await?;
    Ok(tx.commit().await?)
}

// a6, a14, a29, E2: what a client finds in the mailbox after two real servers.
#[tokio::test]
async fn a_follow_up_reaches_a_real_mailbox_with_its_headers() {
    let servers = MailServers::start()
        .await
        .expect("Postfix and Dovecot start");
    each_engine(async |db| {
        let env = env(&db, &Clock::fixed(day(3)), &servers.smtp_url());
        let user = if matches!(db.read(), Engine::Sqlite(_)) {
            "anne"
        } else {
            "zoe"
        };
        put_follow_ups(&env, &[user.to_owned()]).await?;
        assert_eq!(drain(&env).await?.accepted, 1);
        let raw = servers.arrived(user, 1).await?.remove(0);
        let mail = mail_parser::MessageParser::new()
            .parse(&raw)
            .expect("a message");
        let header = |name: &str| mail.header_raw(name).unwrap_or_default().trim().to_owned();
        let row = store::list(&db, None, 1).await?.remove(0);
        assert_eq!(header("Message-ID"), row.message_id);
        assert_eq!(
            mail.subject(),
            Some("Votre projet « Refonte d’un site » est-il toujours d’actualité ?")
        );
        assert_eq!(header("Auto-Submitted"), "auto-generated");
        assert_eq!(header("X-Auto-Response-Suppress"), "All");
        assert_eq!(
            header("List-Unsubscribe-Post"),
            "List-Unsubscribe=One-Click"
        );
        let unsubscribe = header("List-Unsubscribe");
        assert!(
            unsubscribe.contains("<https://relance.place.example/unsubscribe/"),
            "{unsubscribe}"
        );
        assert!(unsubscribe.contains("<mailto:reply+"), "{unsubscribe}");
        let token = |address: &str, prefix: &str, read: fn(&Keys, &str) -> Option<LetterId>| {
            let address = address.trim_matches(['<', '>']);
            let token = address
                .strip_prefix(prefix)?
                .strip_suffix("@reponse.place.example")?;
            read(&env.keys, token)
        };
        let reply_to = mail
            .reply_to()
            .and_then(|to| to.first())
            .and_then(|to| to.address())
            .unwrap_or_default();
        assert_eq!(token(reply_to, "reply+", read_reply_token), Some(row.id));
        assert_eq!(
            token(&header("Return-Path"), "bounce+", read_bounce_token),
            Some(row.id),
            "the envelope carried the VERP address"
        );
        assert!(
            String::from_utf8_lossy(&raw).contains("with ESMTPS "),
            "STARTTLS was offered and taken"
        );
        assert!(
            mail.body_text(0)
                .is_some_and(|text| text.contains("https://relance.place.example/c/"))
        );
        assert!(
            mail.body_html(0)
                .is_some_and(|html| html.contains("<html lang=\"fr\">"))
        );
        Ok(())
    })
    .await;
}

// TLS from the first byte and a password, over a socket of ours; a wrong password costs no letter an attempt.
#[tokio::test]
async fn letters_travel_encrypted_and_signed_in() {
    let servers = MailServers::start()
        .await
        .expect("Postfix and Dovecot start");
    each_engine(async |db| {
        let clock = Clock::fixed(day(3));
        let with = |password: &str| {
            let mut env = env(&db, &clock, &servers.smtps_url("place", password));
            let mut settings = (*env.settings).clone();
            settings.mail.smtp_ca = Some(servers.ca());
            env.settings = Arc::new(settings);
            env
        };
        let user = match db.read() {
            Engine::Sqlite(_) => "anne",
            Engine::Postgres(_) => "zoe",
        };
        // The right password first: Dovecot makes whoever gave a wrong one wait.
        put_follow_ups(&with("secret"), &[user.to_owned()]).await?;
        assert_eq!(drain(&with("secret")).await?.accepted, 1);
        let raw = servers.arrived(user, 1).await?.remove(0);
        let text = String::from_utf8_lossy(&raw);
        assert!(text.contains("with ESMTPSA "), "encrypted and signed in");
        let wrong = with("wrong");
        put_follow_ups(&wrong, &["other".to_owned()]).await?;
        assert_eq!(drain(&wrong).await?.accepted, 0);
        let row = store::list(&db, Some(State::Planned), 1).await?.remove(0);
        assert_eq!(row.attempts, 0);
        Ok(())
    })
    .await;
}
