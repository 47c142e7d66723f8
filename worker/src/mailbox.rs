//! The mailbox that answers arrive in, read over IMAP.
//!
//! A message is stored first and moved to a folder of ours after. Storing takes the same message once, whatever way it
//! comes, so a crash between the two, renumbered messages (UIDVALIDITY) or a second reader lose and repeat nothing.

mod session;
mod url;

use std::time::Duration;

use anyhow::Context as _;
use async_imap::extensions::idle::IdleResponse;
use async_imap::imap_proto::{MailboxDatum, Response};
use relance_shared::config::MailInbox;
use relance_shared::env::Env;
use relance_shared::queue::{self, JobName};
use relance_shared::reading::message::MESSAGE_BYTES_MAX;
use relance_shared::reading::store;
use secrecy::ExposeSecret as _;

use self::session::{Session, step};
use self::url::Place;

/// Messages taken by one run. Source: two exchanges a message at 50 ms each stay under a minute; the next run follows.
const MESSAGES_PER_RUN_MAX: u32 = 200;
/// How long one wait for news lasts, in seconds. Source: RFC 2177 asks for less than 29 minutes, address translators drop
/// silent connections after 5.
const WAIT_SECONDS: u64 = 240;
/// How long to leave a mailbox alone that could not be watched, in seconds. Until then the schedule of the job reads it.
const REST_SECONDS: u64 = 60;
/// Where messages go that are stored.
const DONE: &str = "Done";
/// Where messages go that a person has to look at in the mailbox.
const PARKED: &str = "Parked";

/// What a run did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Stored now.
    pub stored: usize,
    /// Stored before, by another run, reader or way in.
    pub known: usize,
    /// Put aside for a person, in the mailbox.
    pub parked: usize,
}

/// Takes what lies in the mailbox of `mail.imap_url`: stores each message, then moves it to `Relance/Done`. One that is too
/// large, or that the database refuses, is moved to `Relance/Parked`, with a warning in the log.
///
/// # Errors
/// When the mailbox or the database cannot be used; no message says the password. What was not moved is met again.
pub async fn take(env: &Env) -> anyhow::Result<Taken> {
    let mut session = open(env).await?;
    let mut taken = Taken::default();
    if session.messages() == 0 {
        session.close().await;
        return Ok(taken);
    }
    // First, while the numbers of the messages are those of the selection: another reader may move some meanwhile.
    let sizes = session.sizes(MESSAGES_PER_RUN_MAX).await?;
    let done = session.folder(DONE).await?;
    let parked = session.folder(PARKED).await?;
    for (uid, size) in sizes {
        let raw = if size <= MESSAGE_BYTES_MAX {
            // None: another reader moved it meanwhile.
            let Some(raw) = session.message(uid).await? else {
                continue;
            };
            Some(raw)
        } else {
            None
        };
        let folder = match keep(env, raw.as_deref()).await? {
            Kept::Now => {
                taken.stored += 1;
                &done
            }
            Kept::Before => {
                taken.known += 1;
                &done
            }
            Kept::Not(reason) => {
                tracing::warn!(uid, size, reason, "a message was moved to Relance/Parked");
                taken.parked += 1;
                &parked
            }
        };
        session.shift(uid, folder).await?;
    }
    session.close().await;
    Ok(taken)
}

enum Kept {
    Now,
    Before,
    Not(&'static str),
}

/// Stores a message. One that the database refuses twice while it answers otherwise is at fault itself: it must not stop
/// those behind it.
async fn keep(env: &Env, raw: Option<&[u8]>) -> anyhow::Result<Kept> {
    let Some(raw) = raw.filter(|raw| raw.len() <= MESSAGE_BYTES_MAX) else {
        return Ok(Kept::Not("larger than the limit"));
    };
    for _ in 0..2 {
        match store::receive(&env.db, raw, env.clock.now()).await {
            Ok(Some(_)) => return Ok(Kept::Now),
            Ok(None) => return Ok(Kept::Before),
            Err(error) => tracing::warn!(%error, "a message could not be stored"),
        }
    }
    store::waiting(&env.db)
        .await
        .context("storing what came in by IMAP")?;
    Ok(Kept::Not("the database refuses it"))
}

async fn open(env: &Env) -> anyhow::Result<Session> {
    let url = env
        .settings
        .mail
        .imap_url
        .as_ref()
        .context("mail.imap_url is not set; give the mailbox")?;
    let place = Place::parse(url.expose_secret())?;
    Session::open(&place, env.settings.mail.smtp_ca.as_deref()).await
}

/// Hurries the job `read-inbox` whenever something arrives, until dropped. Without IDLE at the server, or when it cannot be
/// reached, the job's schedule is what reads.
pub async fn watch(env: Env) {
    if env.settings.mail.inbox != MailInbox::Imap {
        return;
    }
    loop {
        match watch_once(&env).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::info!(
                    "the mail server does not announce new messages (no IDLE); the schedule reads them"
                );
                return;
            }
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the mailbox cannot be watched; the schedule reads it"
                );
                tokio::time::sleep(Duration::from_secs(REST_SECONDS)).await;
            }
        }
    }
}

/// One connection that waits for news again and again, until it breaks; false when the server cannot do that.
async fn watch_once(env: &Env) -> anyhow::Result<bool> {
    let session = open(env).await?;
    if !session.can_idle() {
        session.close().await;
        return Ok(false);
    }
    let mut news = session.messages() > 0;
    let mut imap = session.into_imap();
    loop {
        if news {
            let mut tx = env.db.begin().await?;
            queue::hurry(&mut tx, JobName::ReadInbox, env.clock.now()).await?;
            tx.commit().await?;
        }
        let mut waiting = imap.idle();
        step("IDLE", waiting.init()).await?;
        let (answer, _interrupt) = waiting.wait_with_timeout(Duration::from_secs(WAIT_SECONDS));
        news = match answer.await.context("waiting for new messages")? {
            IdleResponse::NewData(data) => matches!(
                data.parsed(),
                Response::MailboxData(MailboxDatum::Exists(count)) if *count > 0
            ),
            IdleResponse::Timeout => false,
            IdleResponse::ManualInterrupt => anyhow::bail!("the mail server hung up"),
        };
        imap = step("IDLE", waiting.done()).await?;
    }
}
