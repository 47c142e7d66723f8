//! Every way in, and what goes wrong on it (a7, a24; threats M4, E7).

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use relance_shared::reading::message::MESSAGE_BYTES_MAX;
use relance_tests::programs::{program, url_of};
use secrecy::ExposeSecret as _;

use super::*;

fn some(count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|n| {
            answer(
                "reply@reponse.place.example",
                &format!("n{n}"),
                &format!("Réponse {n}."),
            )
        })
        .collect()
}

// a7: TLS from the first byte, with a certificate of an authority that only the operator knows.
#[tokio::test]
async fn an_encrypted_mailbox_is_read_when_its_authority_is_known() {
    each_engine(async |db| {
        let servers = MailServers::start().await?;
        let mut env = env(&db, &servers);
        let with = |env: &Env, ca| {
            let mut settings = Settings::clone(&env.settings);
            settings.mail.imap_url = Some(servers.imaps_url(USER).into());
            settings.mail.smtp_ca = ca;
            Arc::new(settings)
        };
        servers.put(USER, "1.a.host", &some(1)[0])?;
        env.settings = with(&env, None);
        assert!(
            mailbox::take(&env).await.is_err(),
            "a certificate of nobody we know"
        );
        env.settings = with(&env, Some(servers.ca()));
        assert_eq!(
            mailbox::take(&env).await?,
            Taken {
                stored: 1,
                ..Taken::default()
            }
        );
        assert_eq!(lying(&servers.maildir(USER), ".Relance.Done"), 1);
        Ok(())
    })
    .await;
}

// a7: COPY, mark, EXPUNGE where the server cannot MOVE, with UIDPLUS and without.
#[tokio::test]
async fn a_server_that_cannot_move_loses_and_repeats_nothing() {
    each_engine(async |db| {
        let without: [&[&str]; 2] = [&["MOVE"], &["MOVE", "UIDPLUS"]];
        for (run, without) in without.into_iter().enumerate() {
            let servers = MailServers::start_without(without).await?;
            let env = env(&db, &servers);
            for (n, raw) in some(3).iter().enumerate() {
                servers.put(USER, &format!("{n}.a.host"), raw)?;
            }
            let taken = mailbox::take(&env).await?;
            assert_eq!(
                (taken.stored, taken.known),
                if run == 0 { (3, 0) } else { (0, 3) }
            );
            let maildir = servers.maildir(USER);
            assert_eq!(
                (lying(&maildir, ""), lying(&maildir, ".Relance.Done")),
                (0, 3)
            );
            assert_eq!(mailbox::take(&env).await?, Taken::default());
            assert_eq!(rows(&db).await?.len(), 3);
        }
        Ok(())
    })
    .await;
}

// a24, E7: the server numbers its messages anew (UIDVALIDITY) between two runs, as after a restore from a backup.
#[tokio::test]
async fn messages_that_are_numbered_anew_are_known() {
    each_engine(async |db| {
        let servers = MailServers::start().await?;
        let env = env(&db, &servers);
        let raw = some(2);
        for (n, raw) in raw.iter().enumerate() {
            servers.put(USER, &format!("{n}.a.host"), raw)?;
        }
        assert_eq!(mailbox::take(&env).await?.stored, 2);
        let maildir = servers.maildir(USER);
        for entry in std::fs::read_dir(&maildir)? {
            let path = entry?.path();
            if path.is_file() {
                std::fs::remove_file(path)?;
            }
        }
        for (n, raw) in raw.iter().enumerate() {
            servers.put(USER, &format!("{n}.b.host"), raw)?;
        }
        assert_eq!(
            mailbox::take(&env).await?,
            Taken {
                known: 2,
                ..Taken::default()
            }
        );
        assert_eq!(rows(&db).await?.len(), 2);
        Ok(())
    })
    .await;
}

// a24: two workers look into one mailbox at the same moment, and both read what waits.
#[tokio::test]
async fn two_readers_at_once_handle_each_message_once() {
    each_engine(async |db| {
        let servers = MailServers::start().await?;
        let env = env(&db, &servers);
        for (n, raw) in some(6).iter().enumerate() {
            servers.put(USER, &format!("{n}.a.host"), raw)?;
        }
        let (one, two) = tokio::join!(mailbox::take(&env), mailbox::take(&env));
        // One that lost a race may give up; the next run meets what is left.
        let stored = [one, two].into_iter().flatten().map(|taken| taken.stored);
        assert!(stored.sum::<usize>() <= 6);
        mailbox::take(&env).await?;
        let (one, two) = tokio::join!(
            read_inbox::read_waiting(&env),
            read_inbox::read_waiting(&env)
        );
        one.and(two)?;
        let rows = rows(&db).await?;
        assert_eq!(
            (
                rows.len(),
                rows.iter().filter(|(state, _)| state == "tray").count()
            ),
            (6, 6)
        );
        assert_eq!(lying(&servers.maildir(USER), ""), 0);
        Ok(())
    })
    .await;
}

// M4: too large to be taken is put aside in the mailbox, and those behind it are read.
#[tokio::test]
async fn a_message_over_the_limit_is_parked_and_stops_nobody() {
    each_engine(async |db| {
        let servers = MailServers::start().await?;
        let env = env(&db, &servers);
        let large = [
            b"Subject: x\r\n\r\n".as_slice(),
            &b"0123456789abcde\n".repeat(MESSAGE_BYTES_MAX / 16),
        ]
        .concat();
        servers.put(USER, "0.a.host", &large)?;
        servers.put(USER, "1.a.host", &some(1)[0])?;
        assert_eq!(
            mailbox::take(&env).await?,
            Taken {
                stored: 1,
                parked: 1,
                ..Taken::default()
            }
        );
        let maildir = servers.maildir(USER);
        assert_eq!(
            (
                lying(&maildir, ".Relance.Parked"),
                lying(&maildir, ".Relance.Done")
            ),
            (1, 1)
        );
        Ok(())
    })
    .await;
}

// a7: as a mail server's pipe gives it: the real program, the message on standard input, an exit code that the server
// understands.
#[tokio::test]
async fn a_pipe_stores_a_message_once_and_says_what_came_of_it() {
    each_engine(async |db| {
        let data = tempfile::tempdir()?;
        let receive_into = |url: &str, raw: &[u8]| -> anyhow::Result<(bool, String)> {
            let mut child = Command::new(program("relance-worker")?)
                .args(["inbox", "receive"])
                .env("RELANCE_DATA", data.path())
                .env("RELANCE__DATABASE__URL", url)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?;
            child.stdin.take().context("a pipe")?.write_all(raw)?;
            let output = child.wait_with_output()?;
            Ok((
                output.status.success(),
                String::from_utf8_lossy(&output.stdout).into_owned(),
            ))
        };
        let receive = |raw: &[u8]| receive_into(url_of(&db).expose_secret(), raw);
        let raw = &some(1)[0];
        let (stored, said) = receive(raw)?;
        assert!(stored && said.contains("tray"), "{said}");
        let (again, said) = receive(raw)?;
        assert!(again && said.contains("known already"), "{said}");
        let (empty, said) = receive(b"")?;
        assert!(!empty && said.starts_with("5.6.0"), "{said}");
        let nowhere = data.path().join("file");
        std::fs::write(&nowhere, "no folder")?;
        let url = format!("sqlite://{}/relance.sqlite", nowhere.display());
        let (later, said) = receive_into(&url, raw)?;
        assert!(
            !later && said.starts_with("4.3.0"),
            "the mail server keeps it: {said}"
        );
        assert_eq!(rows(&db).await?.len(), 1);
        Ok(())
    })
    .await;
}
