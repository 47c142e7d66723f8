//! Fetches answers from the mail folder or the mailbox and reads what waits.

use std::path::Path;

use anyhow::Context as _;
use chrono::TimeDelta;
use relance_shared::config::MailInbox;
use relance_shared::env::Env;
use relance_shared::mail::Composer;
use relance_shared::reading::message::MESSAGE_BYTES_MAX;
use relance_shared::reading::store::{self, Desk};

use crate::mailbox;

/// Files taken from the folder by one run. Source: a run stays under a minute.
const FILES_PER_RUN_MAX: usize = 500;

/// Where files of the folder go that are too large to be taken.
const PARKED: &str = "parked";

/// Takes what lies in the Maildir `DATA/mail/in` or in the mailbox of `mail.imap_url`, then reads every message that waits, each once.
///
/// # Errors
/// When the folder, the mailbox or the database cannot be used; what was stored stays stored and is read by the next run.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let taken = match env.settings.mail.inbox {
        MailInbox::Folder => take_folder(env, &env.settings.data.join("mail").join("in")).await,
        MailInbox::Imap => mailbox::take(env).await.map(drop),
    };
    // What is stored is read even when the way in is closed.
    read_waiting(env).await?;
    taken?;
    let now = env.clock.now();
    store::forget(&env.db, now - TimeDelta::days(store::RAW_KEPT_DAYS)).await?;
    Ok(())
}

/// Reads and files what waits. A message that cannot be filed now waits on and stops nobody.
///
/// # Errors
/// When the database cannot be read or the letters' templates are broken.
pub async fn read_waiting(env: &Env) -> anyhow::Result<()> {
    let composer =
        Composer::new(&env.settings, &env.keys).context("checking the letters' templates")?;
    let desk = desk(env, &composer);
    for id in store::waiting(&env.db).await? {
        if let Err(error) = store::file(&desk, id, env.clock.now()).await {
            tracing::warn!(%id, %error, "a message could not be filed; it waits on");
        }
    }
    Ok(())
}

/// What filing needs to know, as this installation has it.
pub fn desk<'a>(env: &'a Env, composer: &'a Composer) -> Desk<'a> {
    Desk {
        db: &env.db,
        keys: &env.keys,
        authserv: env.settings.mail.trusted_authserv.as_deref(),
        composer,
        rhythm: &env.settings.follow_up,
    }
}

/// Maildir: `new` holds what arrived; stored messages move to `cur` with the flag "seen".
async fn take_folder(env: &Env, folder: &Path) -> anyhow::Result<()> {
    let arrived = folder.join("new");
    let done = folder.join("cur");
    for part in ["tmp", "new", "cur"] {
        tokio::fs::create_dir_all(folder.join(part))
            .await
            .with_context(|| format!("making {}", folder.join(part).display()))?;
    }
    let mut entries = tokio::fs::read_dir(&arrived)
        .await
        .with_context(|| format!("reading {}", arrived.display()))?;
    let mut taken = 0;
    while let Some(entry) = entries.next_entry().await? {
        let is_file = entry.file_type().await?.is_file();
        if !is_file || taken >= FILES_PER_RUN_MAX {
            continue;
        }
        taken += 1;
        let size = entry.metadata().await?.len();
        if size > MESSAGE_BYTES_MAX as u64 {
            // Put aside once, for a person: it is never tried again, and stops nobody.
            let parked = folder.join(PARKED);
            tokio::fs::create_dir_all(&parked).await?;
            tokio::fs::rename(entry.path(), parked.join(entry.file_name())).await?;
            tracing::warn!(
                size,
                "a message larger than the limit was moved to mail/in/parked"
            );
            continue;
        }
        let raw = tokio::fs::read(entry.path()).await?;
        store::receive(&env.db, &raw, env.clock.now()).await?;
        let name = format!("{}:2,S", entry.file_name().to_string_lossy());
        tokio::fs::rename(entry.path(), done.join(name)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use relance_shared::clock::Clock;
    use relance_shared::config::Settings;
    use relance_shared::testing::{day, each_engine};

    use super::*;

    // a7: a file of the Maildir is taken once and moves to where mail programs look for what was seen.
    #[tokio::test]
    async fn a_file_of_the_mail_folder_is_taken_once_and_moves_on() {
        const RAW: &[u8] = b"From: c@clients.example\r\nSubject: x\r\n\r\nBonjour.\r\n";
        each_engine(async |db| {
            let data = tempfile::tempdir()?;
            let env = Env {
                settings: Settings {
                    data: data.path().to_owned(),
                    ..Settings::default()
                }
                .into(),
                ..Env::for_tests(&db, &Clock::fixed(day(10)))
            };
            let folder = data.path().join("mail").join("in");
            run(&env).await?;
            for name in ["1.a.host", "2.b.host"] {
                std::fs::write(folder.join("new").join(name), RAW)?;
                run(&env).await?;
                assert!(!folder.join("new").join(name).exists());
                let seen = folder.join("cur").join(format!("{name}:2,S"));
                assert_eq!(std::fs::read(seen)?, RAW);
                let desk = store::desk(&db).await?;
                assert_eq!(
                    desk.len(),
                    1,
                    "the same message in another file is no second one"
                );
                assert_eq!(desk[0].state, "tray");
            }
            // M4: too large to be taken: put aside once, and those behind it are read.
            let large = folder.join("new").join("0.large.host");
            std::fs::File::create(&large)?.set_len(MESSAGE_BYTES_MAX as u64 + 1)?;
            run(&env).await?;
            assert!(!large.exists() && folder.join(PARKED).join("0.large.host").exists());
            assert_eq!(store::desk(&db).await?.len(), 1);
            Ok(())
        })
        .await;
    }
}
